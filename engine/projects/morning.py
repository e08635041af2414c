"""The coordinator's morning: what to look at first, in one fixed order, the gravest of each first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ..cases import OrderRow, Phase, ResolutionRow
from ..clock import ClockKind, Lamp, OfficeTime
from ..people import Officer, office, office_time
from ..store import Tx
from .board import Line, Standing
from .projects import Project
from .running import OWN, Light, Running, State

PATIENCE = 5
_ORDER = (Lamp.DARK_RED, Lamp.RED, Lamp.YELLOW, Lamp.GREY, Lamp.GREEN, Lamp.NONE)
_HEADINGS = (
    "超期环节",
    "今日、下一工作日到期",
    "过了最迟申报日还没报",
    "特别程序超过计划",
    "意见未复、容缺到期",
    "会商议定事项到期",
    f"申请人等待超 {PATIENCE} 个工作日",
    "督办到期未复",
)


@dataclass(frozen=True)
class Point:
    """One thing to look at. line: of the plan, None where the case is none: a stage, a case that nobody planned. what: which
    limit of the matter it is, where that is not the promise; whom: who can move it; words: how late; due_on: its day, where it
    has one. beside: name and number of a case that is no line of the plan."""

    project: Project
    line: Line | None
    what: str
    whom: str
    words: str
    lamp: Lamp
    due_on: date | None
    beside: tuple[str, str] = ("", "")

    @property
    def name(self) -> str:
        return self.line.name if self.line is not None else self.beside[0]

    @property
    def anchor(self) -> str:
        """Where it stands on the page of its project."""
        return f"m-{self.line.code}" if self.line is not None else self.beside[1]


@dataclass(frozen=True)
class Heading:
    """One heading with what stands under it; it stands there with nothing too, so that the eye finds its place."""

    number: int
    name: str
    points: tuple[Point, ...]

    @property
    def count(self) -> int:
        return len(self.points)


def morning(tx: Tx, who: Officer, standings: Sequence[Standing], now: datetime) -> list[Heading]:
    """What the coordinator looks at first."""
    time = office_time(tx, office(tx, who.office_id))
    eye = _Eye(time, time.civil(now))
    found = [(n, point) for one in standings for n, point in eye.looks_at(one)]
    return [
        Heading(n, name, tuple(sorted((point for at, point in found if at == n), key=_gravest)))
        for n, name in enumerate(_HEADINGS, 1)
    ]


def _gravest(point: Point) -> tuple[int, date, str]:
    return _ORDER.index(point.lamp), point.due_on or date.max, point.project.code


@dataclass(frozen=True)
class _Eye:
    time: OfficeTime
    today: date

    def looks_at(self, one: Standing) -> Iterator[tuple[int, Point]]:
        """What of a project belongs on the list, with the number of its heading."""
        for line in one.lines:
            if line.case is None or line.state is State.ENDED:
                yield from self.not_filed(one.project, line)
            else:
                yield from self.running(one.project, line, line.case)
        for owed in one.resolutions:
            if owed.lamp is not None and self.is_soon(owed.due_on):
                yield 6, _debt(one, owed, owed.name, owed.lamp, owed.due_on)
        for order in one.orders:
            if order.lamp in (Lamp.DARK_RED, Lamp.RED):
                yield 8, _debt(one, order, order.number, order.lamp, order.reply_due_on)

    def running(self, of: Project, line: Line, case: Running) -> Iterator[tuple[int, Point]]:
        whom = "、".join(case.hands) or line.department
        own = [x for x in case.lights if x.kind in OWN and x.kind is not ClockKind.CORRECTION]
        late = [x for x in own if x.late]
        soon = [x for x in own if self.soon(x)]
        if late:
            yield 1, _point(of, line, min(late, key=_weight), whom)
        elif soon:
            yield 2, _point(of, line, min(soon, key=_day), whom)
        for x in case.lights:
            if x.kind is ClockKind.SPECIAL and x.late:
                yield 4, _point(of, line, x, whom)
            if x.kind in (ClockKind.OPINION, ClockKind.TOLERANCE) and self.soon(x):
                yield 5, _point(of, line, x, case.applicant if x.kind is ClockKind.TOLERANCE else whom)
        if case.phase is Phase.CORRECTING and case.asked_on is not None:
            days = self.time.calendar.count(case.asked_on, self.today)
            if days > PATIENCE:
                told = f"第 {days} 个工作日，打电话"
                yield 7, Point(of, line, "补正", case.applicant, told, Lamp.NONE, case.asked_on)

    def not_filed(self, of: Project, line: Line) -> Iterator[tuple[int, Point]]:
        if line.dates is None or line.dates.latest_start.on >= self.today:
            return
        latest = line.dates.latest_start.on
        days = self.time.calendar.count(latest, self.today)
        whom = "等前置事项" if line.dates.waits_for else "等申请人申报"
        yield 3, Point(of, line, "", whom, f"过 {days} 个工作日", Lamp.NONE, latest)

    def soon(self, light: Light) -> bool:
        """Due today or on the next working day, or past its day."""
        return self.is_soon(light.due_on)

    def is_soon(self, due_on: date | None) -> bool:
        return due_on is not None and due_on <= self.time.next_working_day(self.today).on


def _debt(of: Standing, owed: OrderRow | ResolutionRow, what: str, lamp: Lamp, due_on: date | None) -> Point:
    """What one department owes in a case of the project, in the plan or beside it."""
    line = next((x for x in of.lines if x.case is not None and x.case.id == owed.case_id), None)
    stage = next((name for name, case in of.joint if case.id == owed.case_id), owed.case_no)
    return Point(of.project, line, what, owed.department, owed.words, lamp, due_on, (stage, owed.case_no))


def _point(of: Project, line: Line, light: Light, whom: str) -> Point:
    plain = light.late and light.kind not in (ClockKind.STEP, ClockKind.SPECIAL)  # the words say it then
    return Point(of, line, "" if plain else light.name, whom, light.words, light.lamp, light.due_on)


def _weight(light: Light) -> tuple[int, int]:
    """A broken promise before a step that is late inside it."""
    return _ORDER.index(light.lamp), OWN.index(light.kind)


def _day(light: Light) -> tuple[date, int]:
    return light.due_on or date.max, OWN.index(light.kind)
