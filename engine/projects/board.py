"""The board: every open project × every matter of its plan, with real cases, dates and the one thing to look at first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ..cases import PHASE_NAMES, OrderRow, ResolutionRow, orders_on, resolutions_on
from ..catalogue import Guide, running_guides
from ..clock import ClockKind, Lamp, OfficeTime
from ..people import Officer, office, office_time
from ..store import Tx
from .projects import Planned, Project, plan, project, projects, work_of
from .running import Running, State, running_cases
from .schedule import Dates, PrerequisiteCycle, Work, schedule
from .stages import Stage, stage_of, stages


@dataclass(frozen=True)
class Line:
    """One matter of a plan. dates: None where the project's event does not ask for it (竣工验收 comes after 开工), or where none
    can be counted. needs: codes of the plan, each met by any one of several. waits_for: names of the matters of the plan
    whose results it needs first. outside: needs that no matter of the plan delivers: met elsewhere, or forgotten."""

    code: str
    name: str
    stage: Stage
    department: str
    owner: str
    state: State
    case: Running | None
    dates: Dates | None
    promise: str
    needs: tuple[tuple[str, ...], ...]
    waits_for: tuple[str, ...]
    outside: tuple[tuple[str, ...], ...]

    @property
    def lamp(self) -> Lamp:
        """Of an open case its lamp; else that there is none yet, or none any more."""
        if self.state is State.GRANTED:
            return Lamp.DONE
        light = self.case.light if self.case is not None and self.state is not State.ENDED else None
        return light.lamp if light is not None else Lamp.NONE

    @property
    def words(self) -> str:
        """What stands beside the lamp, or instead of one."""
        if self.case is None:
            return Lamp.NONE.word
        if self.state is State.GRANTED:
            return "准予"
        if self.state is State.ENDED:
            words = {"refused": "不予许可", "revoked": "准予已撤销"}
            return words.get(self.case.result or "", PHASE_NAMES[self.case.phase])
        return self.case.light.told if self.case.light is not None else PHASE_NAMES[self.case.phase]


@dataclass(frozen=True)
class Cell:
    """A project in one stage: how many of its matters are granted, and the one to look at first, None when all are.
    passed: the latest start of that one has passed and nobody has filed it."""

    stage: Stage
    done: int
    needed: int
    first: Line | None
    lamp: Lamp
    words: str
    passed: bool = False


@dataclass(frozen=True)
class Standing:
    """Where a project stands. float_days: the least slack of its open matters, None when none is open. unplanned: cases with
    its code of a matter that is not in the plan. fault: why no dates can be counted."""

    project: Project
    lines: tuple[Line, ...]
    cells: tuple[Cell, ...]
    float_days: int | None
    unplanned: tuple[str, ...]
    orders: tuple[OrderRow, ...]
    resolutions: tuple[ResolutionRow, ...]
    """What consultations about its cases resolved and nobody has reported, the first due first."""
    fault: str
    joint: tuple[tuple[str, Running], ...]
    """The cases of its stages of joint approval, each with the name of its stage; their matters are lines of the plan."""

    @property
    def done(self) -> int:
        return sum(line.state is State.GRANTED for line in self.lines)

    @property
    def cases(self) -> list[Running]:
        return [line.case for line in self.lines if line.case is not None]


def board(tx: Tx, who: Officer, now: datetime) -> list[Standing]:
    """Every open project of the officer's office; empty for a stranger."""
    return _standings(tx, who, projects(tx, who), now)


def standing(tx: Tx, who: Officer, code: str, now: datetime) -> Standing:
    """One project, open or closed. Raises ProjectUnknown, for a stranger too."""
    (found,) = _standings(tx, who, [project(tx, who, code)], now)
    return found


def lamps(standings: Sequence[Standing]) -> list[tuple[Lamp, str, int]]:
    """How many open cases of these projects show which lamp, the gravest first, each with its word; a late one with what it is
    late for (a late step is no broken promise), what is the most first. A lamp that none shows is left out."""
    shown = Counter((line.lamp, _late_for(line) or line.lamp.word) for one in standings for line in one.lines)
    order = (Lamp.DARK_RED, Lamp.RED, Lamp.YELLOW, Lamp.GREEN, Lamp.GREY)
    return [(lamp, word, n) for lamp in order for (of, word), n in shown.most_common() if of is lamp]


def _late_for(line: Line) -> str:
    light = line.case.light if line.case is not None else None
    return light.clock.rule.late_word if light is not None and light.late else ""


# ---------------------------------------------------------------- how a project stands
def _standings(tx: Tx, who: Officer, among: Sequence[Project], now: datetime) -> list[Standing]:
    time = office_time(tx, office(tx, who.office_id))
    plans = plan(tx, [p.id for p in among])
    guides = running_guides(tx, who.office_id, {item.code for items in plans.values() for item in items})
    running = running_cases(tx, who.office_id, [p.code for p in among], time, now)
    ids = [case.id for of in running.values() for case in of.values()]
    orders: dict[int, list[OrderRow]] = defaultdict(list)
    for order in orders_on(tx, ids, now):
        orders[order.case_id].append(order)
    resolutions = resolutions_on(tx, ids, now)
    codes = {code for of in running.values() for code in of}
    joint = {code: guide.name for code, guide in running_guides(tx, who.office_id, codes).items() if guide.stage}
    view = _View(guides, orders, resolutions, time, time.civil(now), joint)
    return [view.standing(p, plans.get(p.id, []), running.get(p.code, {})) for p in among]


@dataclass(frozen=True)
class _View:
    """What all projects are looked at with."""

    guides: Mapping[str, Guide]
    orders: Mapping[int, list[OrderRow]]
    resolutions: Sequence[ResolutionRow]
    time: OfficeTime
    today: date
    joint: Mapping[str, str]

    def standing(self, of: Project, items: Sequence[Planned], running: Mapping[str, Running]) -> Standing:
        dates, fault = self.dates(of, items, running)
        planned, mine = {item.code for item in items}, {case.id for case in running.values()}
        lines = tuple(self.line(item, running.get(item.code), dates.get(item.code), planned) for item in items)
        return Standing(
            project=of,
            lines=lines,
            cells=tuple(self.cell(stage, [x for x in lines if x.stage == stage]) for stage in stages()),
            float_days=min((d.slack for d in dates.values() if d.slack is not None), default=None),
            unplanned=tuple(
                sorted(case.case_no for code, case in running.items() if code not in planned and code not in self.joint)
            ),
            orders=tuple(order for case in running.values() for order in self.orders.get(case.id, [])),
            resolutions=tuple(one for one in self.resolutions if one.case_id in mine),
            fault=fault,
            joint=tuple((self.joint[code], case) for code, case in sorted(running.items()) if code in self.joint),
        )

    def dates(
        self, of: Project, items: Sequence[Planned], running: Mapping[str, Running]
    ) -> tuple[dict[str, Dates], str]:
        asked = [i.code for i in items if i.code in self.guides and stage_of(i.code).before == of.event]
        works = [self.work(self.guides[code], running.get(code)) for code in asked]
        try:
            return schedule(works, of.target_on, self.today, self.time), ""
        except PrerequisiteCycle as cycle:  # a guide changed after the plan was set
            return {}, str(cycle)

    def work(self, guide: Guide, case: Running | None) -> Work:
        """A matter with the real days of its case; one that ended without its result must begin again."""
        work = work_of(guide)
        if case is None or case.state is State.ENDED:
            return work
        since = case.accepted_on or case.received_on
        if case.state is State.GRANTED:
            return replace(work, started_on=since, done_on=case.decided_on)
        promised = case.clock(ClockKind.PROMISED)
        due = promised.due(self.time, self.today) if promised is not None else None
        # before acceptance the promise has not begun, and a pause without a plan has no end: then it is counted from today
        return replace(work, started_on=since, due=due or self.time.add(max(self.today, since), work.promise))

    def line(self, item: Planned, case: Running | None, dates: Dates | None, planned: set[str]) -> Line:
        guide = self.guides.get(item.code)
        return Line(
            code=item.code,
            name=guide.name if guide is not None else item.code,
            stage=stage_of(item.code),
            department=item.department_name,
            owner=item.owner,
            state=case.state if case is not None else State.NONE,
            case=case,
            dates=dates,
            promise=guide.limits[ClockKind.PROMISED].span.words if guide is not None else "",
            needs=_inside(guide, planned) if guide is not None else (),
            waits_for=tuple(self.guides[code].name for code in dates.waits_for) if dates is not None else (),
            outside=_outside(guide, planned) if guide is not None else (),
        )

    def cell(self, stage: Stage, lines: Sequence[Line]) -> Cell:
        waiting = [x for x in lines if x.state is not State.GRANTED]
        done = len(lines) - len(waiting)
        if not waiting:
            lamp = Lamp.DONE if lines else Lamp.NONE
            return Cell(stage, done, len(lines), None, lamp, lamp.word if lines else "")
        first = min(waiting, key=_look_first)
        if first.state is State.NONE and first.dates is not None:
            latest = first.dates.latest_start.on
            passed = latest < self.today
            if passed or not first.dates.waits_for:
                by = f"最迟 {latest.month}/{latest.day} 报"
                return Cell(stage, done, len(lines), first, Lamp.NONE, by, passed)
        return Cell(stage, done, len(lines), first, first.lamp, first.words)


def _look_first(line: Line) -> tuple[int, date, str]:
    """What is late, then what ended without a result, then what runs by its lamp, then what must be filed first."""
    latest = line.dates.latest_start.on if line.dates is not None else date.max
    order = [Lamp.DARK_RED, Lamp.RED, None, Lamp.YELLOW, Lamp.GREY, Lamp.GREEN, Lamp.NONE]
    light = line.case.light if line.case is not None else None
    due = light.due_on if light is not None else None
    return order.index(None if line.state is State.ENDED else line.lamp), due or latest, line.code


def _inside(guide: Guide, planned: set[str]) -> tuple[tuple[str, ...], ...]:
    """What the matter needs and the plan delivers."""
    found = (tuple(code for code in need if code in planned) for need in work_of(guide).needs)
    return tuple(dict.fromkeys(need for need in found if need))


def _outside(guide: Guide, planned: set[str]) -> tuple[tuple[str, ...], ...]:
    """What the matter always needs and the plan does not deliver."""
    always = (need.codes for need in guide.needs if need.when is None)
    return tuple(need for need in always if not planned & set(need))
