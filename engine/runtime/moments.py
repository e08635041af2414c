"""Texts of timers: ISO moments, durations and repetitions, and an office's lengths: `3wd` working days, `5cd`, `6mo`.

The moment from which is counted is always given. A moment without a zone is meant as the office's; months are counted
there. An office's lengths are counted by its calendar and end when it closes on the last day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from engine.clock import Span
from engine.errors import CHINA, NotValid

from .marks import Due

MAX_MISSED = 100
"""Missed repetitions of one timer that are made up one by one; after a longer silence the rest is skipped."""

_ISO = re.compile(
    r"P(?!$)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,6}(?:\.\d{1,6})?)W)?(?:(\d{1,6}(?:\.\d{1,6})?)D)?"
    r"(?:T(?!$)(?:(\d{1,9}(?:\.\d{1,6})?)H)?(?:(\d{1,9}(?:\.\d{1,6})?)M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.IGNORECASE,
)
_REPEAT = re.compile(r"R(\d{0,6})/(?:([^/P][^/]*)/)?(P[^/]+)", re.IGNORECASE)


class Reckoned(Protocol):
    """The last day of a length; provisional where the calendar is not yet known so far."""

    @property
    def on(self) -> date: ...
    @property
    def provisional(self) -> bool: ...


class OfficeTime(Protocol):
    """What the runtime asks of an office's calendar: engine.clock has one."""

    def civil(self, at: datetime) -> date: ...
    def add(self, start_on: date, span: Span) -> Reckoned: ...
    def closes_at(self, on: date) -> datetime: ...


@dataclass(frozen=True)
class Duration:
    """An ISO duration: calendar months and a fixed rest."""

    months: int
    rest: timedelta

    @classmethod
    def read(cls, text: str) -> Duration | None:
        """None when it is no duration, nothing at all, or longer than a century."""
        found = _ISO.fullmatch(text)
        if not found:
            return None
        years, months = (int(part or 0) for part in found.groups()[:2])
        weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups()[2:])
        rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        length = cls(12 * years + months, rest)
        return length if length.months <= 1200 and rest <= timedelta(days=36_525) else None

    def after(self, start: datetime) -> datetime:
        local = start.astimezone(CHINA)
        month = local.month - 1 + self.months
        year, month = local.year + month // 12, month % 12 + 1
        day = min(local.day, monthrange(year, month)[1])
        return (local.replace(year=year, month=month, day=day) + self.rest).astimezone(UTC)


_NOTHING = Duration(0, timedelta())


@dataclass(frozen=True)
class Timing:
    """A timer's text, understood: when it first goes off, and for a cycle what repeats it how often (None: for ever)."""

    text: str
    first: datetime | Duration | Span
    every: Duration | None = None
    times: int | None = 1

    @classmethod
    def read(cls, text: str) -> Timing | None:
        """None when the text is no timer that can be kept."""
        text = text.strip()
        if found := _REPEAT.fullmatch(text):
            return cls._cycle(text, found[1], found[2], found[3])
        if span := _span(text):
            return cls(text, span)
        length = Duration.read(text)
        first = _moment(text) if length is None else length
        return None if first is None else cls(text, first)

    @classmethod
    def _cycle(cls, text: str, times: str, start: str | None, length: str) -> Timing | None:
        every = Duration.read(length)
        first = _moment(start) if start else every
        if every in (None, _NOTHING) or first is None or times.strip("0") == "" != times:
            return None
        return cls(text, first, every, int(times) if times else None)

    @property
    def in_days(self) -> bool:
        """Whether an office's calendar is needed to keep it."""
        return not isinstance(self.first, datetime | Duration)

    def due(self, start: datetime, office_time: OfficeTime | None) -> Due:
        """When a timer that begins to wait at `start` goes off."""
        left = None if self.times is None else self.times - 1
        match self.first:
            case datetime():
                return Due(self.first, start, self.text, left)
            case Duration():
                return Due(self.first.after(start), start, self.text, left)
            case span:
                day, closes_at = _last_day(span, start, office_time)
                return Due(closes_at, start, self.text, left, day.provisional)

    def again(self, due: Due) -> Due | None:
        """The next time of a cycle; None after the last."""
        if self.every is None or due.left == 0:
            return None
        try:
            at = self.every.after(due.at)
        except (OverflowError, ValueError):  # the calendar ends with the year 9999
            return None
        return replace(due, at=at, left=None if due.left is None else due.left - 1)

    def after_silence(self, due: Due | None, now: datetime) -> Due | None:
        """The first time of a cycle that is still to come; what was missed before is skipped."""
        while due is not None and due.at <= now:
            if self.every and not self.every.months and due.left is None:
                missed = (now - due.at) // self.every.rest
                due = replace(due, at=due.at + missed * self.every.rest)
            due = self.again(due)
        return due


def _last_day(span: Span, start: datetime, office_time: OfficeTime | None) -> tuple[Reckoned, datetime]:
    if office_time is None:
        raise TypeError("a length in working days needs the office's time")
    day = office_time.add(office_time.civil(start), span)
    return day, office_time.closes_at(day.on).astimezone(UTC)


def _span(text: str) -> Span | None:
    try:
        return Span.parse(text)
    except NotValid:
        return None


def _moment(text: str) -> datetime | None:
    """An ISO moment or date in UTC, or None. A date alone begins at midnight of the office."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=CHINA)).astimezone(UTC)
