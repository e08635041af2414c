"""The law counted by hand: one day after the other, nothing clever. The room must agree with it on every question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.clock import (
    Clock,
    ClockKind,
    CountedFrom,
    Ground,
    Limit,
    OfficeTime,
    Pause,
    Source,
    Span,
    Stop,
    Unit,
    WorkCalendar,
    shipped_notices,
)

ONE = timedelta(1)
CALENDAR = WorkCalendar.of(shipped_notices())
OFFICE = OfficeTime(CALENDAR)
SHANGHAI = ZoneInfo("Asia/Shanghai")
STOPS = {
    Ground.EXPERT_REVIEW: Stop("行政许可法 第45条"),
    Ground.TESTING: Stop("行政许可法 第45条"),
    Ground.HEARING: Stop("行政许可法 第45条"),
}


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """A moment on the wall of an office in China, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def limit(span: str = "20wd", **changes: object) -> Limit:
    """A verified limit of the Licence Law that three grounds stop."""
    given = {"counted_from": CountedFrom.ACCEPTED, "grounds": STOPS, "basis": "行政许可法 第42条", "src": Source.S}
    return Limit(Span.parse(span), **{**given, **changes})  # type: ignore[arg-type]


def clock(start: str, span: str = "20wd", *pauses: Pause, kind: ClockKind = ClockKind.STATUTORY) -> Clock:
    return Clock(kind, limit(span), day(start), pauses)


def pause(
    start: str, end: str | None = None, ground: Ground = Ground.EXPERT_REVIEW, planned: str | None = None
) -> Pause:
    return Pause(
        ground, "行政许可法 第45条", day(start), day(end) if end else None, Span.parse(planned) if planned else None
    )


@dataclass
class ByHand:
    """A limit of n days counted out day by day. stretches: pauses as (begun, ended), in any order, overlapping or not."""

    calendar: WorkCalendar
    start: date
    n: int
    unit: Unit
    stretches: Sequence[tuple[date, date]] = ()
    count_start_day: bool = False
    counted: list[date] = field(default_factory=list)
    looked_at: list[date] = field(default_factory=list)

    def due(self) -> date:
        day = self.start if self.count_start_day else self.start + ONE
        if self.n == 0:
            return self._roll(self.start)
        while True:
            if not self._paused(day):
                if self.unit is Unit.CD:
                    self.counted.append(day)
                else:
                    self.looked_at.append(day)
                    if self.calendar.is_working(day):
                        self.counted.append(day)
                if len(self.counted) == self.n:
                    return day if self.unit is Unit.WD else self._roll(day)
            day += ONE

    @property
    def provisional(self) -> bool:
        """After `due`: was any day looked at that is not published?"""
        return not all(self.calendar.known(day) for day in self.looked_at)

    def used(self, on: date) -> int:
        """After `due`: every counting day up to `on` outside the pauses that began before the last counted day."""
        last = self.counted[-1] if self.counted else self.start
        effective = [(a, b) for a, b in self.stretches if a < last and self.n > 0]
        first = self.start if self.count_start_day else self.start + ONE
        return sum(self._counts(d) and not any(a < d <= b for a, b in effective) for d in days(first, on))

    def passed(self, on: date) -> int:
        first = self.start if self.count_start_day else self.start + ONE
        return sum(self._counts(d) for d in days(first, on))

    def _counts(self, day: date) -> bool:
        return self.unit is Unit.CD or self.calendar.is_working(day)

    def _paused(self, day: date) -> bool:
        return any(begun < day <= ended for begun, ended in self.stretches)

    def _roll(self, day: date) -> date:
        self.looked_at.append(day)
        while not self.calendar.is_working(day):
            day += ONE
            self.looked_at.append(day)
        return day


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(i) for i in range((last - first).days + 1)]


def nth_after(start: date, n: int, counts: Callable[[date], bool]) -> date:
    """The n-th day after `start` that counts by some other, wrong, rule."""
    day = start
    while n:
        day += ONE
        n -= counts(day)
    return day
