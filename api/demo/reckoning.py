"""The law's arithmetic once more, day by day, apart from the product's own.

Nothing here asks the clocks of the engine anything. What is read are the facts of the acts (when something was received,
accepted, paused, lengthened, decided), the limits as the guides print them, and the list of days that the notices name; each
day between is looked at by itself. What comes out is held against the dates that the product keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

ONE = timedelta(1)
Spans = list[tuple[date, date | None]]
"""(from, to]: the first day is used up, the last one is the last that is not counted; None: it goes on."""


@dataclass(frozen=True)
class Told:
    """One case as the server tells of it when all is over. acts: its journal, moments in the office's zone. guide: guide.yaml.
    step_limits: of the diagram, `3wd` by step. master: the number of the stage that it belongs to."""

    case_no: str
    code: str
    guide: Mapping[str, Any]
    step_limits: Mapping[str, str]
    acts: Sequence[Mapping[str, Any]]
    tasks: Sequence[Mapping[str, Any]]
    clocks: Sequence[Mapping[str, Any]]
    master: str | None = None
    optional: bool = False

    @property
    def is_stage(self) -> bool:
        return bool(self.guide.get("stage"))

    def day_of(self, *names: str) -> date | None:
        """The civil day of the first act of one of these names."""
        return next((one["at"].date() for one in self.acts if one["act"] in names), None)


@dataclass
class Run:
    """One clock as it must have run."""

    kind: str
    subject: str
    start: date
    n: int
    unit: str
    paused: set[date] = field(default_factory=set)
    stop: date | None = None


@dataclass(frozen=True)
class Row:
    """A line of the closing table."""

    code: str
    name: str
    case_no: str
    promised: str
    used: int
    paused: int
    due: date
    ended: date

    @property
    def in_time(self) -> bool:
        return self.ended <= self.due


class Days:
    """The days of an office, one by one: off and make-up days as the notices name them, else Monday to Friday."""

    def __init__(self, off: Collection[date], made_up: Collection[date]) -> None:
        self._off, self._made_up = frozenset(off), frozenset(made_up)

    def works(self, day: date) -> bool:
        return day in self._made_up or (day.weekday() < 5 and day not in self._off)

    def due(self, run: Run) -> date:
        """Walk on from the day after the start until all days are counted; a day off at the end moves on."""
        day, left = run.start, run.n
        while left:
            day += ONE
            left -= day not in run.paused and (run.unit == "cd" or self.works(day))
        while not self.works(day):
            day += ONE
        return day

    def used(self, run: Run, until: date) -> int:
        return sum(d not in run.paused for d in self._counted(run, until))

    def lost(self, run: Run, until: date) -> int:
        return sum(d in run.paused for d in self._counted(run, until))

    def _counted(self, run: Run, until: date) -> Iterator[date]:
        last, day = min(until, run.stop or until), run.start
        while day < last:
            day += ONE
            if run.unit == "cd" or self.works(day):
                yield day


@dataclass
class Reckoning:
    """The closing table, how many clocks were reckoned anew, and every place where what the product keeps differs."""

    rows: list[Row] = field(default_factory=list)
    clocks: int = 0
    wrong: list[str] = field(default_factory=list)


def reckon(told: Sequence[Told], days: Days, today: date) -> Reckoning:
    """Reckon every clock of these cases anew, a stage with all its matters, and hold it against what is kept."""
    found = Reckoning()
    for one in told:
        runs = _runs_of(one, told)
        found.clocks += len(runs)
        found.wrong += _differences(one, runs, days, today)
        found.wrong += _late_without_flag(one, runs, days)
        promised = next((r for r in runs if r.kind in ("promised", "stage_promised") and r.stop is not None), None)
        if promised is None or promised.stop is None:
            found.wrong.append(f"{one.case_no}：没有走完的承诺时限")
            continue
        words = f"{promised.n} {'个工作日' if promised.unit == 'wd' else '天'}" if promised.n else "当日"
        used, lost = days.used(promised, today), days.lost(promised, today)
        due = days.due(promised)
        found.rows.append(Row(one.code, str(one.guide["name"]), one.case_no, words, used, lost, due, promised.stop))
    return found


# ---------------------------------------------------------------- what the product keeps, held against it
def _differences(one: Told, runs: Sequence[Run], days: Days, today: date) -> Iterator[str]:
    kept = {(c["kind"], c["subject"], c["started_on"]): c for c in one.clocks}
    for run in runs:
        clock = kept.pop((run.kind, run.subject, run.start.isoformat()), None)
        what = f"{one.case_no} {run.kind} {run.subject}".rstrip() + f"（自 {run.start}）"
        if clock is None:
            yield f"{what}：没有这个时钟"
            continue
        state = "stopped" if run.stop is not None else "running"
        must = (state, days.due(run).isoformat(), days.used(run, today), days.lost(run, today))
        told = (clock["state"], clock["due_on"], clock["used"], clock["paused"])
        for name, right, found in zip(("状态", "到期日", "已用", "暂停"), must, told, strict=True):
            if right != found:
                yield f"{what}：{name}登记为 {found}，依法应为 {right}"
    for kind, subject, start in kept:
        yield f"{one.case_no} {kind} {subject}（自 {start}）：这个时钟没有依据"


def _late_without_flag(one: Told, runs: Sequence[Run], days: Days) -> Iterator[str]:
    """Whoever was late was flagged on the evening of the due day, and nobody else was."""
    late = {(r.kind, r.subject, days.due(r)) for r in runs if r.stop is not None and r.stop > days.due(r)}
    flags = [(a["payload"], a["at"].date()) for a in one.acts if a["act"] == "flag"]
    red = {(p["clock"], p["subject"], on) for p, on in flags if p["to"] in ("red", "dark_red")}
    for kind, subject, due in sorted(late - red):
        yield f"{one.case_no} {kind} {subject}：{due} 到期未办，没有亮红灯"
    for kind, subject, on in sorted(red - late):
        yield f"{one.case_no} {kind} {subject}：{on} 亮了红灯，依法不该"


# ---------------------------------------------------------------- the runs that follow from the acts
def _runs_of(one: Told, all_told: Sequence[Told]) -> list[Run]:
    follower = _Follower(one)
    for act in one.acts:
        follower.hear(act)
    if one.is_stage:
        _end_stage(follower, one, [t for t in all_told if t.master == one.case_no and not t.optional])
    return follower.runs + list(_steps(one, follower.received))


class _Follower:
    """Hears the acts of one case in order and lets its clocks run."""

    def __init__(self, one: Told) -> None:
        self.one, self.limits = one, one.guide["limits"]
        self.runs: list[Run] = []
        self.received: dict[datetime, date] = {}
        """When something came in, the day on which it counts as received."""
        prefix = "stage_" if one.is_stage else ""
        self.decision = {f"{prefix}promised": "promised", f"{prefix}statutory": "statutory"}
        self.pauses: dict[str, Spans] = {}

    def hear(self, act: Mapping[str, Any]) -> None:
        on, payload = act["at"].date(), act["payload"]
        match act["act"]:
            case "receive" | "receive_correction":
                on = datetime.fromisoformat(payload["received_at"]).astimezone(act["at"].tzinfo).date()
                self.stop(on, "correction")
                if "stage" not in payload:  # a matter of a stage was received with the stage's form
                    self.received[act["at"]] = on
                    self.start("notice", on, self.limits.get("notice", {}).get("lim", [5, "wd"]))
                self.decide_from("received", on)
            case "request_correction":
                self.stop(on, "notice", *self.decision)
                self.start("correction", on, [30, "wd"])
            case "accept":
                self.stop(on, "notice")
                self.decide_from("accepted", date.fromisoformat(payload["accepted_on"]))
            case "start_special":
                self.start("special", on, _span(payload["planned"]), payload["ground"])
                self.pauses.setdefault(payload["ground"], []).append((on, None))
            case "end_special":
                self.stop(on, "special", subject=payload["ground"])
                spans = self.pauses[payload["ground"]]
                spans[-1] = (spans[-1][0], on)
            case "extend":
                self.lengthen(_span(payload["span"]))
            case "order":
                self.start("order", on, _span(payload["reply"]), f"order:{payload['order']}")
            case "answer_order":
                self.stop(on, "order", subject=f"order:{payload['order']}")
            case "decide_grant" | "decide_refuse" | "conclude":
                self.stop(on, *self.decision)
                self.start("delivery", on, self.limits.get("delivery", {}).get("lim", [10, "wd"]))
            case "deliver":
                self.stop(on, "delivery")
        self.spread_pauses()

    # ---- how
    def start(self, kind: str, on: date, limit: Sequence[Any], subject: str = "") -> None:
        self.runs.append(Run(kind, subject, on, int(limit[0]), str(limit[1])))

    def stop(self, on: date, *kinds: str, subject: str = "") -> None:
        for run in self.runs:
            if run.kind in kinds and run.subject == subject and run.stop is None:
                run.stop = max(on, run.start)

    def decide_from(self, fact: str, on: date) -> None:
        for kind, name in self.decision.items():
            limit = self.limits[name]["lim"]
            if limit[2] == fact:
                self.start(kind, on, limit)

    def lengthen(self, span: Sequence[Any]) -> None:
        """The statute; and with it the promise of a matter, never that of a stage."""
        for run in self.runs:
            theirs = run.kind.endswith("statutory") or run.kind == "promised"
            if theirs and run.stop is None and run.unit == span[1]:
                run.n += int(span[0])

    def spread_pauses(self) -> None:
        """A pause stops the limits that list its ground; a promise that lists none follows the statute."""
        statute = self.limits["statutory"].get("pause") or []
        for run in self.runs:
            if run.kind not in ("promised", "statutory"):
                continue
            listed = {g.partition("<=")[0] for g in self.limits[run.kind].get("pause") or statute}
            for ground, spans in self.pauses.items():
                for start, end in spans if ground in listed else []:
                    run.paused |= _between(start, end or start)


def _end_stage(follower: _Follower, stage: Told, matters: Sequence[Told]) -> None:
    """The stage's clocks stop with the last mandatory matter, and stand still while every open one of them is paused."""
    ended = [m.day_of("decide_grant", "decide_refuse") for m in matters]
    accepted = stage.day_of("accept")
    if accepted is None or not ended or None in ended:
        return
    last = max(on for on in ended if on is not None)
    still: set[date] = set()
    if "matters_paused" in (stage.guide["limits"]["statutory"].get("pause") or []):
        lives = [_life(m) for m in matters]
        for day in _between(accepted, last):
            there = [paused for opened, closed, paused in lives if opened < day <= closed]
            if there and all(day in paused for paused in there):
                still.add(day)
    for run in follower.runs:
        if run.kind in follower.decision and run.start == accepted:
            run.stop, run.paused = last, still


def _life(matter: Told) -> tuple[date, date, set[date]]:
    """The day of its acceptance, the day of its decision, and the days on which it was paused."""
    opened, closed = matter.day_of("accept"), matter.day_of("decide_grant", "decide_refuse")
    assert opened is not None, matter.case_no
    assert closed is not None, matter.case_no
    hears = _Follower(matter)
    for act in matter.acts:
        hears.hear(act)
    spans = [span for spans in hears.pauses.values() for span in spans]
    return opened, closed, {day for start, end in spans for day in _between(start, end or closed)}


def _steps(one: Told, received: Mapping[datetime, date]) -> Iterator[Run]:
    """Every task whose step has a limit: from its arrival, or from the receipt where that came later, to its end."""
    for task in one.tasks:
        limit = one.step_limits.get(task["step"])
        if limit is not None:
            start = received.get(task["arrived_at"], task["arrived_at"].date())
            n, unit = _span(limit)
            stop = max(task["done_at"].date(), start) if task["done_at"] is not None else None
            yield Run("step", f"task:{task['id']}", start, int(n), str(unit), stop=stop)


def _between(start: date, end: date) -> set[date]:
    """The days of (start, end]."""
    return {start + timedelta(n) for n in range(1, (end - start).days + 1)}


def _span(text: str) -> tuple[int, str]:
    return int(text[:-2]), text[-2:]
