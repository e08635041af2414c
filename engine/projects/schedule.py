"""Back from the target date (三个倒排): by when each matter of a plan must be filed and done, and how much time there is.

Pure. The works and their needs come in with the office's time; dates go out. A work starts on the day on which its last
need is met, and that day is not counted, as for every limit. What the plan has not begun is counted by its promise; of
what runs, the real days are taken. Dates that rest on a calendar which is not published are provisional.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter

from ..clock import Day, OfficeTime, Span, Unit
from ..errors import Fault, NotValid

_ONE = timedelta(1)


class PrerequisiteCycle(NotValid):
    """Each waits for the other: no order of these matters exists."""

    code = "prerequisite-cycle"
    sentence = "事项之间互为前置，排不出先后：{names}。"
    remedy = "核对这些事项办事指南中“前序结果”的材料规则，改正后重新发布。"


@dataclass(frozen=True)
class Work:
    """One matter of a plan. promise: how long it takes from filing to the decision. needs: each is met by any one of the
    matters it names. started_on, due: of a case that runs (due: the day on which it is expected to be decided). done_on: the
    day on which its result was granted."""

    code: str
    name: str
    promise: Span
    needs: tuple[tuple[str, ...], ...] = ()
    started_on: date | None = None
    due: Day | None = None
    done_on: date | None = None


@dataclass(frozen=True)
class Dates:
    """The dates of one work.

    earliest: forward from today, or from the real days. latest: backward from the target date. slack: working days that the
    work may still slip without moving the target, less than 0 when it is too late already; None once it is done.
    critical: nothing in the plan has less slack. waits_for: works of the plan without which it cannot start.
    """

    earliest_start: Day
    earliest_finish: Day
    latest_start: Day
    latest_finish: Day
    slack: int | None = None
    critical: bool = False
    waits_for: tuple[str, ...] = ()


def schedule(works: Iterable[Work], target_on: date, today: date, time: OfficeTime) -> dict[str, Dates]:
    """The dates of every work, those that come first first. Raises PrerequisiteCycle with the names of the matters."""
    plan = {work.code: work for work in works}
    needs = {code: _needs(plan, code) for code in plan}
    order = _in_order(plan, needs)
    ahead = _ahead(plan, needs, order, today, time)
    back = _back(plan, needs, order, target_on, time)
    dates = {code: _joined(plan, needs, code, ahead, back, time) for code in order}
    least = min((d.slack for d in dates.values() if d.slack is not None), default=None)
    return {code: replace(d, critical=d.slack is not None and d.slack == least) for code, d in dates.items()}


def order_of(works: Iterable[Work]) -> list[str]:
    """The codes in an order in which they can be done. Raises PrerequisiteCycle."""
    plan = {work.code: work for work in works}
    return _in_order(plan, {code: _needs(plan, code) for code in plan})


def latest_start(by: date, promise: Span, time: OfficeTime) -> Day:
    """The last working day on which a work may start so that its promise ends on or before `by`."""
    at = _working(by - timedelta(_surely_short(promise)), time)
    if promise.unit is Unit.WD:
        at = time.calendar.add(at + _ONE, -max(promise.n, 1)).on
    while time.add(at, promise).on > by:
        at = time.calendar.add(at, -1).on
    return Day(at, not time.calendar.known_between(at, by))


# ---------------------------------------------------------------- the graph
_Needs = Mapping[str, tuple[tuple[str, ...], ...]]


def _needs(plan: Mapping[str, Work], code: str) -> tuple[tuple[str, ...], ...]:
    """The needs of a work as far as the plan can meet them. What no work of it delivers was done elsewhere, or is not asked
    for on this route (land that is auctioned needs no allotment)."""
    found = (tuple(c for c in need if c in plan) for need in plan[code].needs)
    return tuple(need for need in found if need)


def _in_order(plan: Mapping[str, Work], needs: _Needs) -> list[str]:
    try:
        return list(TopologicalSorter({c: {p for need in needs[c] for p in need} for c in plan}).static_order())
    except CycleError as cycle:
        names = " → ".join(f"{plan[c].name}（{c}）" for c in reversed(cycle.args[1]))
        fault = Fault("/items", f"互为前置：{names}", PrerequisiteCycle.remedy, PrerequisiteCycle.code)
        raise PrerequisiteCycle(names=names, faults=[fault]) from cycle


def _unmet(plan: Mapping[str, Work], needs: _Needs, code: str) -> tuple[tuple[str, ...], ...]:
    return tuple(need for need in needs[code] if not any(plan[c].done_on for c in need))


# ---------------------------------------------------------------- the two passes
_Spans = Mapping[str, tuple[Day, Day]]


def _ahead(plan: Mapping[str, Work], needs: _Needs, order: Sequence[str], today: date, time: OfficeTime) -> _Spans:
    """Earliest start and finish. Of several works that meet a need the first to be done counts."""
    found: dict[str, tuple[Day, Day]] = {}
    for code in order:
        work = plan[code]
        if work.done_on is not None:
            found[code] = Day(work.started_on or work.done_on), Day(work.done_on)
        elif work.started_on is not None and work.due is not None:
            found[code] = Day(work.started_on), max(work.due, _first_working(today, time), key=_on)
        else:
            ready = [min((found[c][1] for c in need), key=_on) for need in _unmet(plan, needs, code)]
            start = _after(time, max([Day(today), *ready], key=_on), Span(0), any(d.provisional for d in ready))
            found[code] = start, _after(time, start, work.promise, start.provisional)
    return found


def _back(plan: Mapping[str, Work], needs: _Needs, order: Sequence[str], target_on: date, time: OfficeTime) -> _Spans:
    """Latest start and finish. What has started without its need must have it before its own decision; every work that may
    meet a need is held to it."""
    bounds: dict[str, list[Day]] = {code: [Day(target_on)] for code in plan}
    found: dict[str, tuple[Day, Day]] = {}
    for code in reversed(order):
        work = plan[code]
        first = min(bounds[code], key=_on)
        finish = Day(first.on, any(d.provisional for d in bounds[code]))
        start = latest_start(finish.on, work.promise, time)
        found[code] = Day(start.on, start.provisional or finish.provisional), finish
        if work.done_on is None:
            for before in {c for need in _unmet(plan, needs, code) for c in need}:
                bounds[before].append(found[code][0] if work.started_on is None else finish)
    return found


def _joined(plan: Mapping[str, Work], needs: _Needs, code: str, ahead: _Spans, back: _Spans, time: OfficeTime) -> Dates:
    work = plan[code]
    waits = tuple(c for need in _unmet(plan, needs, code) for c in need) if work.done_on is None else ()
    if work.done_on is not None:
        slack = None
    elif work.started_on is not None:
        slack = working_days(ahead[code][1].on, back[code][1].on, time)
    else:
        slack = working_days(ahead[code][0].on, back[code][0].on, time)
    return Dates(*ahead[code], *back[code], slack, waits_for=tuple(dict.fromkeys(waits)))


# ---------------------------------------------------------------- days
def working_days(start: date, end: date, time: OfficeTime) -> int:
    """The working days from one day to another; less than 0 when the second comes first."""
    return time.calendar.count(start, end) if start <= end else -time.calendar.count(end, start)


def _after(time: OfficeTime, start: Day, span: Span, provisional: bool) -> Day:
    day = time.add(start.on, span)
    return Day(day.on, day.provisional or provisional)


def _first_working(on: date, time: OfficeTime) -> Day:
    return time.calendar.add(on, 0)


def _working(on: date, time: OfficeTime) -> date:
    """The last working day up to and with this day."""
    return time.calendar.add(on + _ONE, -1).on


def _surely_short(promise: Span) -> int:
    """Calendar days that a promise in calendar days or months takes at the least, so that no start is passed over."""
    days = {Unit.WD: 0, Unit.CD: promise.n - 1, Unit.MO: 28 * promise.n - 1}[promise.unit]
    return max(0, days)


def _on(day: Day) -> date:
    return day.on
