"""One clock of a case: when it began, what stopped and what lengthened it; on an office's calendar it tells its due day.

The value knows no calendar. The calendar is given with every question, so that a new holiday notice only has to ask again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ..errors import Fault, NotValid
from .calendar import Day
from .counting import Course, Gap
from .kinds import RULES, ClockKind, ClockRule
from .limits import GROUND_NAMES, UNVERIFIED, Approver, Ground, Limit, Span, Unit
from .office_time import OfficeTime
from .stored import StoredAs
from .story import Plot, Story, tell
from .words import long_date


class PauseNotValid(NotValid):
    """A pause that ends before it begins, or is planned to take no time at all."""

    code = "pause-not-valid"
    sentence = "自{started}起的暂停{why}。"
    remedy = "核对特别程序的开始日、结果日和计划时间；当日就有结果的，不需要暂停。"


class ExtensionNotValid(NotValid):
    """An extension that cannot be added to the limit: another unit, no length, or before the clock began."""

    code = "extension-not-valid"
    sentence = "延长“{span}”不能加在“{limit}”的时限上：{why}。"
    remedy = "用与原时限相同的单位填写延长的时间，批准时间在起算之后。"


@dataclass(frozen=True)
class Pause(StoredAs):
    """A special procedure or another lawful stop. It takes away the days of (started_on, ended_on]: the day on which it
    begins is used up, counting goes on with the next day after its end.

    basis: what the written notice to the applicant names. ended_on None: open still; planned: the length that the
    applicant was told (第45条), None where nobody can say.
    """

    ground: Ground
    basis: str
    started_on: date
    ended_on: date | None = None
    planned: Span | None = None

    def __post_init__(self) -> None:
        if self.ended_on is not None and self.ended_on < self.started_on:
            raise self._wrong("/ended_on", "结束日早于开始日")
        if self.planned is not None and self.planned.n == 0:
            raise self._wrong("/planned", "没有计划时间")

    def _wrong(self, place: str, why: str) -> PauseNotValid:
        fault = Fault(place, why, PauseNotValid.remedy, PauseNotValid.code)
        return PauseNotValid(started=self.started_on, why=why, faults=[fault])


@dataclass(frozen=True)
class Extension(StoredAs):
    """A granted extension: so much longer, granted at this moment (UTC) by this approver."""

    span: Span
    approved_at: datetime
    approver: Approver


_BY_FACT = (ClockKind.NOTICE, ClockKind.PROMISED, ClockKind.STATUTORY, ClockKind.DELIVERY)


@dataclass(frozen=True)
class Clock(StoredAs):
    """One clock. started_on: civil day of the event that starts it, not counted. stopped_on: the day of the act that met
    it. Pauses may name grounds that do not stop this limit; they are kept and change nothing."""

    kind: ClockKind
    limit: Limit
    started_on: date
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    stopped_on: date | None = None

    def __post_init__(self) -> None:
        for extension in self.extensions:
            demand_addable(self.limit, extension.span)

    @property
    def rule(self) -> ClockRule:
        return RULES[self.kind]

    @property
    def total(self) -> Span:
        """The limit with its extensions."""
        return Span(self.limit.span.n + sum(e.span.n for e in self.extensions), self.limit.span.unit)

    @property
    def starts(self) -> str:
        """The fact that starts it, in a word: for a matter's own limits what the limit says, else the kind's."""
        return self.limit.counted_from.words if self.kind in _BY_FACT else self.rule.starts

    @property
    def counted_in(self) -> Unit:
        """The unit of used, left, paused and overdue days: months are counted in calendar days."""
        return Unit.WD if self.limit.span.unit is Unit.WD else Unit.CD

    # ------------------------------------------------------------ what it says on a calendar
    def due(self, office_time: OfficeTime, on: date | None = None) -> Day | None:
        """The day on which the limit ends. Projected while a pause is open with a planned length, None while one is open
        without. on: today; an open pause that is longer than planned lasts at least until then."""
        if on is None:
            return office_time.once("due", self, lambda: self.course(office_time).due)
        return self.course(office_time, on).due

    def due_at(self, office_time: OfficeTime, on: date | None = None) -> datetime | None:
        """Close of business of the due day, UTC; from this moment on it is late."""
        due = self.due(office_time, on)
        return None if due is None else office_time.closes_at(due.on)

    def used(self, office_time: OfficeTime, on: date) -> int:
        """Days counted up to and with `on`, in the limit's unit (months: calendar days): pauses left out, the same day 0."""
        return self.course(office_time, on).counted(self._until(on))

    def left(self, office_time: OfficeTime, on: date) -> int:
        """Days of the limit after `on`; 0 on its last day and past it."""
        return max(0, self.course(office_time, on).total - self.used(office_time, on))

    def paused_days(self, office_time: OfficeTime, on: date) -> int:
        """Days up to and with `on` that pauses took away, each once, in the limit's unit."""
        course = self.course(office_time, on)
        return course.passed(self._until(on)) - course.counted(self._until(on))

    def overdue_days(self, office_time: OfficeTime, on: date) -> int:
        """Days after the due day up to and with `on` or the day of the act, in the limit's unit; 0 on the due day."""
        due = self.due(office_time, on)
        if due is None:
            return 0
        if self.limit.span.unit is Unit.WD:
            return office_time.calendar.count(due.on, self._until(on))
        return max(0, (self._until(on) - due.on).days)

    def paused_by(self, office_time: OfficeTime, on: date) -> tuple[Pause, ...]:
        """The pauses that hold the clock on this day: begun, not ended, and begun before it ran out."""
        if self.stopped_on is not None:
            return ()
        effective = self.held(office_time).effective
        return tuple(
            p
            for p in self.pauses
            if self.stopped_by(p)
            and p.started_on <= on
            and (p.ended_on is None or on < p.ended_on)
            and any(g.after <= p.started_on and (g.through is None or p.started_on < g.through) for g in effective)
        )

    def stopped_by(self, pause: Pause) -> bool:
        """Does this pause stop this clock at all? Only a ground that its own limit lists with a basis."""
        return self.rule.pausable and self.limit.stops(pause.ground)

    def course(self, office_time: OfficeTime, on: date | None = None) -> Course:
        """The count behind every answer."""
        return office_time.course(self.started_on, self.total, self._gaps(office_time, on))

    def held(self, office_time: OfficeTime) -> Course:
        """The count as it stands while nobody acts: an open pause holds it without end, whatever was planned."""
        gaps = (Gap(g.after, None) if g.projected else g for g in self._gaps(office_time, None))
        return office_time.course(self.started_on, self.total, gaps)

    def explain(self, office_time: OfficeTime, on: date) -> Story:
        """The story day by day: what each day counted, or why it did not, up to the due day, or to `on` past it."""
        grounds = tuple((p.started_on, p.ended_on, GROUND_NAMES[p.ground]) for p in self.pauses if self.stopped_by(p))
        plot = Plot(
            heading=tuple(self._heading(office_time, on)),
            course=self.course(office_time, on),
            starts=self.starts,
            grounds=grounds,
            until=self._until(on),
            met=self.stopped_on is not None,
            unit=self.counted_in.words,
        )
        return tell(plot, office_time, on)

    # ------------------------------------------------------------ how it knows
    def _until(self, on: date) -> date:
        return on if self.stopped_on is None else min(on, self.stopped_on)

    def _gaps(self, office_time: OfficeTime, on: date | None) -> Iterator[Gap]:
        for pause in self.pauses:
            if not self.stopped_by(pause):
                continue
            ended_on = pause.ended_on or self.stopped_on
            if ended_on is not None:
                yield Gap(pause.started_on, max(ended_on, pause.started_on))
            elif pause.planned is None:
                yield Gap(pause.started_on, None, projected=True)
            else:
                planned = office_time.add(pause.started_on, pause.planned)
                yield Gap(pause.started_on, max(planned.on, on or planned.on), True, planned.provisional)

    def _heading(self, office_time: OfficeTime, on: date) -> Iterator[str]:
        """What the limit is, by which law, and what lengthened it. Articles only where they are verified (docs/legal-clock.md)."""
        yield f"{self.rule.label} {self.limit.span.words}，自{self.starts}（{long_date(self.started_on, on)}）起算"
        if not self.limit.verified:
            yield UNVERIFIED
        elif self.limit.basis:
            yield f"依据：{self.limit.basis}"
        for extension in self.extensions:
            granted = long_date(office_time.civil(extension.approved_at), on)
            yield f"延长 {extension.span.words}，{granted}经{extension.approver.words}批准"
        for pause in self.pauses:
            if self.stopped_by(pause):
                yield self._paused_words(pause, on)

    def _paused_words(self, pause: Pause, on: date) -> str:
        until = f"至 {long_date(pause.ended_on, on)}" if pause.ended_on else "，尚未结束"
        planned = f"，计划 {pause.planned.words}" if pause.planned else ""
        basis = f"，依据：{self.limit.grounds[pause.ground].basis}" if self.limit.verified else ""
        return f"{GROUND_NAMES[pause.ground]}：{long_date(pause.started_on, on)}{until}{planned}{basis}"


def demand_addable(limit: Limit, span: Span) -> None:
    """Raises ExtensionNotValid unless this length can be added to this limit."""
    if span.unit is not limit.span.unit:
        raise _not_addable(limit, span, f"单位不同（时限按{limit.span.unit.words}计算）")
    if span.n == 0:
        raise _not_addable(limit, span, "没有写延长多少")


def _not_addable(limit: Limit, span: Span, why: str) -> ExtensionNotValid:
    fault = Fault("/span", why, ExtensionNotValid.remedy, ExtensionNotValid.code)
    return ExtensionNotValid(span=span, limit=limit.span, why=why, faults=[fault])
