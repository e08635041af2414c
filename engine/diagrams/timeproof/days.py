"""Every day of the known calendar at once: what a length makes of each of them, by numbers.

A day is its place, counted from 1; 0 stands for any day before them and `beyond` for any day past the published calendar.
Both stay what they are under every length, so that nothing that is not known can look like a date.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from itertools import accumulate

from ...clock import OfficeTime, Span

MARGIN = 800
"""Days before the known ones that a latest day may still lie on; they only say by how much a promise was missed."""

Length = Span | int
"""A limit, by the rules of the law; or a number of plain days that roll nowhere, as a timer waits them."""

Places = list[int]


class Days:
    """The known days of an office's calendar, and a table for each length that was asked for."""

    def __init__(self, time: OfficeTime) -> None:
        self.time = time
        first, last = time.calendar.known_from, time.calendar.known_through
        self._origin = first.toordinal() - MARGIN - 1
        self.beyond = last.toordinal() - self._origin + 1
        self.known: Places = list(range(MARGIN + 1, self.beyond)) if first <= last else []
        days = time.calendar.add_to_each(self.day(1), self.day(self.beyond - 1), 0) if self.known else []
        works = [day - self._origin == place for place, day in enumerate(days, 1)]
        self.worked_through: Places = list(accumulate(works, initial=0))
        self.worked_through.append(self.worked_through[-1])
        self._after: dict[tuple[Length, ...], Places] = {}
        self._latest: dict[tuple[Length, ...], Places] = {}

    def day(self, place: int) -> date:
        return date.fromordinal(self._origin + place)

    def after(self, lengths: tuple[Length, ...]) -> Places:
        """By the place of a day, the place on which these lengths end, one after the other, when they begin on it."""
        if lengths not in self._after:
            table = self._table(lengths[-1])
            if lengths[:-1]:
                table = [table[place] for place in self.after(lengths[:-1])]
            self._after[lengths] = table
        return self._after[lengths]

    def latest(self, lengths: tuple[Length, ...]) -> Places:
        """By the place of a day, the last place on which they may begin to end on it or before."""
        if lengths not in self._latest:
            self._latest[lengths] = _turned_round(self.after(lengths))
        return self._latest[lengths]

    def worked(self, after: int, through: int) -> int:
        """How many working days lie in the half-open (after, through]; negative where it runs backwards."""
        return self.worked_through[through] - self.worked_through[after]

    def _table(self, length: Length) -> Places:
        beyond = self.beyond
        if isinstance(length, int):
            return [0, *(min(place + length, beyond) for place in range(1, beyond)), beyond]
        ends = self.time.add_to_each(self.day(1), self.day(beyond - 1), length)
        return [0, *(min(day - self._origin, beyond) for day in ends), beyond]


def _turned_round(table: Places) -> Places:
    latest, start = [], 0
    for place in range(len(table)):
        while start + 1 < len(table) and table[start + 1] <= place:
            start += 1
        latest.append(start)
    return latest


@lru_cache(maxsize=16)
def days_of(time: OfficeTime) -> Days:
    """Kept: a drawing is proved as it is drawn, against the same calendar."""
    return Days(time)
