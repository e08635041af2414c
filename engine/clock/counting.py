"""Counting out a limit over a calendar: which day is day k, which day is the last, what a pause takes away.

Everything is made of half-open stretches (after, through]: the day on which counting or a pause begins is used up. Days
in a gap are not counted; gaps are a union, so no day is taken twice. Each stretch costs O(1).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .calendar import Day, WorkCalendar


@dataclass(frozen=True)
class Gap:
    """A half-open stretch (after, through] in which the clock stands still; through None: nobody knows how long.

    projected: it is open still and was taken at its planned length. provisional: its end is not certain for the calendar.
    """

    after: date
    through: date | None
    projected: bool = False
    provisional: bool = False


def union(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Overlapping and touching gaps as one, the earliest first; empty ones fall away."""
    merged: list[Gap] = []
    for gap in sorted(gaps, key=lambda g: g.after):
        if gap.through is not None and gap.through <= gap.after:
            continue
        last = merged[-1] if merged else None
        if last is not None and (last.through is None or gap.after <= last.through):
            merged[-1] = _joined(last, gap)
        else:
            merged.append(gap)
    return tuple(merged)


def _joined(first: Gap, second: Gap) -> Gap:
    projected = first.projected or second.projected
    if first.through is None or second.through is None:
        return Gap(first.after, None, projected)
    ends = first if first.through > second.through else second
    uncertain = ends.provisional or (first.through == second.through and first.provisional)
    return Gap(first.after, ends.through, projected, uncertain)


@dataclass(frozen=True)
class Course:
    """The course of one count: `total` days, working days or calendar days, from the day after `after`, over the gaps.

    start: the day of the event itself; it differs from `after` only where a jurisdiction counts the first day. gaps: as
    `union` gives them.
    """

    calendar: WorkCalendar
    working: bool
    start: date
    after: date
    total: int
    gaps: tuple[Gap, ...] = ()

    def nth(self, n: int) -> Day | None:
        """Day n of the count, n from 1; None when a gap without a known end comes before it. For calendar days without
        the roll-forward."""
        at, left, sure, projected = self.after, n, True, False
        for gap in self.gaps:
            if gap.through is not None and gap.through <= at:
                continue
            here = self._count(at, gap.after)
            if here >= left:
                break
            if gap.through is None:
                return None
            sure = sure and self._sure(at, gap.after) and not gap.provisional
            projected = projected or gap.projected
            at, left = gap.through, left - here
        if not self.working:
            return Day(at + timedelta(left), not sure, projected)
        day = self.calendar.add(at, left)
        return Day(day.on, day.provisional or not sure, projected)

    @property
    def last(self) -> Day | None:
        """The last counted day. For a same-day limit the start, or the next working day after it."""
        return self.nth(self.total) if self.total else self.calendar.add(self.start, 0)

    @property
    def due(self) -> Day | None:
        """The day on which the limit ends: for calendar days moved to the next working day (民法典 第203条)."""
        last = self.last
        if last is None or self.working:
            return last
        rolled = self.calendar.add(last.on, 0)
        return Day(rolled.on, last.provisional or rolled.provisional, last.projected)

    @property
    def effective(self) -> tuple[Gap, ...]:
        """The gaps that take days away: those that begin before the last counted day. A later one changes nothing, so
        that nobody stops a clock that has run out."""
        last = self.last
        if not self.total:
            return ()
        return tuple(g for g in self.gaps if (last is None or g.after < last.on) and _ends_after(g, self.after))

    def counted(self, through: date) -> int:
        """How many days up to and with `through` were counted; past the limit's end they go on."""
        days = self._count(self.after, through)
        for gap in self.effective:
            end = through if gap.through is None else min(gap.through, through)
            days -= self._count(max(gap.after, self.after), end)
        return days

    def passed(self, through: date) -> int:
        """How many days up to and with `through` would have been counted without any gap."""
        return self._count(self.after, through)

    def in_gap(self, day: date) -> bool:
        """Does an effective gap take this day away?"""
        return any(g.after < day and (g.through is None or day <= g.through) for g in self.effective)

    def _count(self, after: date, through: date) -> int:
        return self.calendar.count(after, through) if self.working else max(0, (through - after).days)

    def _sure(self, after: date, through: date) -> bool:
        return not self.working or self.calendar.known_between(after, through)


def _ends_after(gap: Gap, day: date) -> bool:
    return gap.through is None or gap.through > day


def add_months(day: date, months: int) -> date:
    """The day of the same number so many months later, or the last of that month where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
