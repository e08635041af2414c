"""Which days count: weekends, holidays, make-up days, per region, and how far all that is known.

Every question is O(1): one array of prefix sums and one index of working days over the years 1880 to 2300. Outside the
published years the arrays hold an estimate (weekends and the holidays of fixed date), and answers say so.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, compress

from ..errors import NotValid
from .notice import NATION, Notice, demand_region

# wider than 1900 to 2200, so that the longest limit counted from either end still stays inside
_FIRST, _LAST = date(1880, 1, 1), date(2300, 12, 31)
_ORIGIN = _FIRST.toordinal()
_LENGTH = _LAST.toordinal() - _ORIGIN + 1
_FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_NOTHING_KNOWN = date(1899, 12, 31)
_ONE = timedelta(1)


class DateOutOfReach(NotValid):
    """A date that no office means; the calendar reaches from 1880 to 2300."""

    code = "date-out-of-reach"
    sentence = "日期超出日历范围（1900 年至 2200 年）。"
    remedy = "检查年份和时限长度。"


class RegionNotPublished(NotValid):
    """A region that no notice speaks of: the nation's days would be told as its own."""

    code = "region-not-published"
    sentence = "没有地区 {region} 的放假通知，不知道当地另有哪些假日，没有推算。"
    remedy = "核对地区代码；只按全国的通知推算时写 CN；按某个机构的日历推算时用 --office。"


class DayKind(StrEnum):
    """Why a day counts or does not."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    REGIONAL_HOLIDAY = "regional_holiday"
    REGIONAL_MAKE_UP = "regional_make_up"
    EXPECTED_HOLIDAY = "expected_holiday"


_KIND_WORDS: Mapping[DayKind, str] = {
    DayKind.WORKDAY: "工作日",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "节日",
    DayKind.MAKE_UP: "调休上班",
    DayKind.REGIONAL_HOLIDAY: "地方节日",
    DayKind.REGIONAL_MAKE_UP: "地方调休上班",
    DayKind.EXPECTED_HOLIDAY: "法定节日",
}


@dataclass(frozen=True)
class Reason:
    """Why a day is what it is; notice: the one that names it. known False: not published, an estimate."""

    kind: DayKind
    works: bool
    known: bool
    notice: Notice | None = None

    @property
    def words(self) -> str:
        """`节日（国办发明电〔2024〕12号）`, `周末`, `工作日，日历未公布`."""
        by = f"（{self.notice.number}）" if self.notice else ""
        return f"{_KIND_WORDS[self.kind]}{by}{'' if self.known else '，日历未公布'}"


@dataclass(frozen=True)
class Day:
    """A civil date that was counted out. provisional: a day that was looked at is not published yet. projected: an open
    pause was taken at its planned length. Prints as `2025-10-30`, with ` provisional` behind it where it is."""

    on: date
    provisional: bool = False
    projected: bool = False

    def __str__(self) -> str:
        return f"{self.on.isoformat()}{' provisional' if self.provisional else ''}"


@dataclass(frozen=True)
class WorkCalendar:
    """The working days of one region, as far as these notices know them. Made by `of`; equal when notices and region are.

    The newest notice that names a day wins; a region's own notices lie on top of the nation's.
    """

    notices: tuple[Notice, ...]
    region: str = NATION
    _named: Mapping[date, Notice] = field(init=False, repr=False, compare=False)
    _known: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)
    _flags: bytes = field(init=False, repr=False, compare=False)
    _sums: array[int] = field(init=False, repr=False, compare=False)
    _index: array[int] = field(init=False, repr=False, compare=False)

    @classmethod
    def of(cls, notices: Iterable[Notice], region: str = NATION) -> WorkCalendar:
        """The calendar of a region code, which falls back to its parents and the nation: CN-51-34, CN-51, CN.
        Raises RegionNotUnderstood."""
        demand_region(region)
        chain = _chain(region)
        ours = (n for n in notices if n.region in chain)
        newest_last = sorted(ours, key=lambda n: (chain.index(n.region), n.holds_from, n.issued_on, n.year, n.number))
        return cls(tuple(newest_last), region)

    @classmethod
    def of_published(cls, notices: Iterable[Notice], region: str) -> WorkCalendar:
        """The same for a region that somebody typed in, where no office vouches that it has no days of its own.
        Raises RegionNotUnderstood, RegionNotPublished."""
        calendar = cls.of(notices, region)
        if region not in {NATION, *(n.region for n in calendar.notices)}:
            raise RegionNotPublished(region=region)
        return calendar

    def __post_init__(self) -> None:
        named = {day: notice for notice in self.notices for day in (*notice.off, *notice.work)}
        known = _known_stretches({n.year for n in self.notices if n.opens_year})
        flags = bytearray(_estimate())
        for first, last in known:
            flags[first : last + 1] = _weekdays()[first : last + 1]
        for day, notice in named.items():
            flags[_place(day)] = day in notice.work
        sums = array("i", accumulate(flags, initial=0))
        index = array("i", compress(range(_LENGTH), flags))
        made = {"_named": named, "_known": known, "_flags": bytes(flags), "_sums": sums, "_index": index}
        for name, value in made.items():
            object.__setattr__(self, name, value)

    @property
    def known_through(self) -> date:
        """24 December of the last published year: the next notice may still move the days after it. The day before 1900
        when no year is published."""
        years = [n.year for n in self.notices if n.opens_year]
        return date(max(years), 12, 24) if years else _NOTHING_KNOWN

    @property
    def known_from(self) -> date:
        """The first day of the published years that end with `known_through`, without a gap; the day after it when no year is
        published."""
        return date.fromordinal(_ORIGIN + self._known[-1][0]) if self._known else _NOTHING_KNOWN + _ONE

    def known(self, day: date) -> bool:
        """Is it published whether this day counts?"""
        return self.known_between(day - _ONE, day)

    def known_between(self, after: date, through: date) -> bool:
        """Is every day of the half-open (after, through] published?"""
        first, last = _place(after) + 1, _place(through)
        return last < first or any(a <= first and last <= b for a, b in self._known)

    def is_working(self, day: date) -> bool:
        return bool(self._flags[_place(day)])

    def why(self, day: date) -> Reason:
        """Why the day counts or not, with the notice that names it."""
        works, known, notice = self.is_working(day), self.known(day), self._named.get(day)
        return Reason(_kind(day, works, notice), works, known, notice)

    def as_of(self, day: date) -> WorkCalendar:
        """The calendar as it was known on that day: notices issued or holding later are left out."""
        return WorkCalendar.of((n for n in self.notices if max(n.issued_on, n.holds_from) <= day), self.region)

    def add(self, start: date, n: int) -> Day:
        """The n-th working day after `start`, day 0 not counted; n < 0 goes back. n = 0 is `start` itself where it is a
        working day, else the next one (民法典 第203条). Raises DateOutOfReach beyond 1880 to 2300."""
        at = _place(start)
        if n > 0:
            nth, first = self._sums[at + 1] + n - 1, start
        elif n < 0:
            nth, first = self._sums[at] + n, start
        else:
            nth, first = self._sums[at], start - _ONE
        if not 0 <= nth < len(self._index):
            raise DateOutOfReach()
        on = date.fromordinal(_ORIGIN + self._index[nth])
        known = self.known_between(first, on) if n >= 0 else self.known_between(on - _ONE, start - _ONE)
        return Day(on, provisional=not known)

    def add_to_each(self, first: date, last: date, n: int) -> list[int]:
        """`add` for every day from `first` to `last`, as ordinals and without a word on what is known; n is not less than 0.
        Raises DateOutOfReach."""
        places = range(_place(first), _place(last) + 1)
        ahead = [self._sums[at + 1] + n - 1 for at in places] if n else [self._sums[at] for at in places]
        if ahead and not ahead[-1] < len(self._index):
            raise DateOutOfReach()
        return [_ORIGIN + self._index[nth] for nth in ahead]

    def count(self, after: date, through: date) -> int:
        """How many working days lie in the half-open (after, through]; 0 when it is empty."""
        first, last = _place(after) + 1, _place(through) + 1
        return max(0, self._sums[last] - self._sums[first])


def _chain(region: str) -> list[str]:
    parts = region.split("-")
    return ["-".join(parts[: i + 1]) for i in range(len(parts))]


def _place(day: date) -> int:
    place = day.toordinal() - _ORIGIN
    if not 0 <= place < _LENGTH:
        raise DateOutOfReach()
    return place


def _kind(day: date, works: bool, notice: Notice | None) -> DayKind:
    if notice is None:
        if works:
            return DayKind.WORKDAY
        return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.EXPECTED_HOLIDAY
    regional = notice.region != NATION
    if not works:
        return DayKind.REGIONAL_HOLIDAY if regional else DayKind.HOLIDAY
    if day.weekday() < 5:
        return DayKind.WORKDAY
    return DayKind.REGIONAL_MAKE_UP if regional else DayKind.MAKE_UP


def _known_stretches(years: set[int]) -> tuple[tuple[int, int], ...]:
    """First and last place of each stretch of published days. The last week of a year is known with the next notice."""
    stretches: list[tuple[int, int]] = []
    for year in sorted(years):
        first = _place(date(year, 1, 1))
        last = _place(date(year, 12, 31) if year + 1 in years else date(year, 12, 24))
        if stretches and stretches[-1][1] == first - 1:
            stretches[-1] = (stretches[-1][0], last)
        else:
            stretches.append((first, last))
    return tuple(stretches)


@lru_cache(maxsize=1)
def _weekdays() -> bytes:
    offset = _FIRST.weekday()
    return bytes((offset + i) % 7 < 5 for i in range(_LENGTH))


@lru_cache(maxsize=1)
def _estimate() -> bytes:
    """What a year without a notice is taken for: weekends, and the statutory days of fixed date."""
    flags = bytearray(_weekdays())
    for year in range(_FIRST.year, _LAST.year + 1):
        for month, of_month in _FIXED:
            flags[_place(date(year, month, of_month))] = 0
    return bytes(flags)
