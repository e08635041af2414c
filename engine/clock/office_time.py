"""An office's own time: its zone, its hours, its calendar. Moments are UTC, the law counts the office's civil days."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Self, TypeVar, cast
from zoneinfo import ZoneInfo

from ..errors import Fault, NotValid
from .calendar import Day, WorkCalendar
from .counting import Course, Gap, add_months, union
from .limits import Span, Unit

Reckoned = TypeVar("Reckoned")
_ONE = timedelta(1)
_MOST = 8192
_NOT_YET: Any = object()


class ZoneUnknown(NotValid):
    """There is no such time zone in the pinned tzdata."""

    code = "zone-unknown"
    sentence = "没有“{key}”这个时区。"
    remedy = "填写 IANA 时区名，如 Asia/Shanghai、Asia/Urumqi。"


class HoursNotValid(NotValid):
    """Office hours that overlap, go backwards or are none."""

    code = "office-hours-not-valid"
    sentence = "办公时间“{given}”不对。"
    remedy = '按先后写成 [[开门, 关门], …]，如 [["09:00", "12:00"], ["14:00", "17:00"]]，时段不重叠。'


@cache
def office_zone(key: str) -> ZoneInfo:
    """A time zone out of the pinned tzdata package, never out of the machine's own files: two machines with different
    system data must not disagree about a due moment. Raises ZoneUnknown."""
    if key not in (files("tzdata") / "zones").read_text("utf-8").split():
        raise ZoneUnknown(key=key)
    with (files("tzdata") / "zoneinfo").joinpath(*key.split("/")).open("rb") as compiled:
        return ZoneInfo.from_file(compiled, key)


CHINA = office_zone("Asia/Shanghai")


@dataclass(frozen=True)
class OfficeHours:
    """When an office is open on a working day: (open, close) in local time, in order. A moment of closing is closed."""

    windows: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(14), time(17)))

    def __post_init__(self) -> None:
        edges = [edge for window in self.windows for edge in window]
        if not edges or any(a >= b for a, b in pairwise(edges)):
            raise _bad_hours(self.windows)

    @classmethod
    def from_json(cls, drawn: Any) -> Self:
        """`[["09:00", "12:00"], ["14:00", "17:00"]]`. Raises HoursNotValid."""
        try:
            return cls(tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in drawn))
        except (TypeError, ValueError) as wrong:
            raise _bad_hours(drawn) from wrong

    def to_json(self) -> list[list[str]]:
        return [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in self.windows]

    def passed(self, at: time) -> float:
        """The part of the open hours that lies before a time of day, from 0 to 1."""
        open_ = [(_seconds(opens), _seconds(closes)) for opens, closes in self.windows]
        before = sum(min(max(_seconds(at) - opens, 0), closes - opens) for opens, closes in open_)
        return before / sum(closes - opens for opens, closes in open_)

    @property
    def opens(self) -> time:
        return self.windows[0][0]

    @property
    def closes(self) -> time:
        return self.windows[-1][1]


def _seconds(of_day: time) -> float:
    return of_day.hour * 3600 + of_day.minute * 60 + of_day.second + of_day.microsecond / 1e6


def _bad_hours(given: Any) -> HoursNotValid:
    told = HoursNotValid.remedy
    return HoursNotValid(given=given, faults=[Fault("/hours", "办公时间不对", told, HoursNotValid.code)])


_USUAL_HOURS = OfficeHours()


@dataclass(frozen=True)
class Received:
    """When an application is received in law. at: the moment, UTC; on: its civil day, day 0 of every limit from receipt.
    after_hours: it was filed at another moment, outside the office hours. provisional: the calendar is not published."""

    at: datetime
    on: date
    after_hours: bool
    provisional: bool


@dataclass(frozen=True)
class OfficeTime:
    """The one value that other rooms carry about to count time for an office.

    count_start_day: the jurisdiction counts the day of the event as day 1 (the law does not: 民法典 第201条).
    """

    calendar: WorkCalendar
    hours: OfficeHours = _USUAL_HOURS
    zone: ZoneInfo = CHINA
    count_start_day: bool = False
    _reckoned: dict[tuple[str, Hashable], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, what: str, of: Hashable, reckon: Callable[[], Reckoned]) -> Reckoned:
        """What follows from a value and this office's time alone, reckoned once and kept in the memory of the process: clocks of one
        matter that began on one day are the same. Threads may share it."""
        key = (what, of)
        known = self._reckoned.get(key, _NOT_YET)  # asked once: another thread may clear it in between
        if known is _NOT_YET:
            if len(self._reckoned) >= _MOST:
                self._reckoned.clear()
            known = self._reckoned[key] = reckon()
        return cast("Reckoned", known)

    def civil(self, at: datetime) -> date:
        """The civil day of a moment in the office's zone. A moment without a zone is a bug and raises ValueError."""
        if at.tzinfo is None:
            raise ValueError(f"{at}: a moment needs its zone")
        return at.astimezone(self.zone).date()

    def day_starts_at(self, on: date) -> datetime:
        """The first moment of a civil day, UTC; where the zone skips midnight, the moment after the gap."""
        return self._at(on, time())

    def opens_at(self, on: date) -> datetime:
        """When the office opens on a working day, UTC."""
        return self._at(on, self.hours.opens)

    def closes_at(self, on: date) -> datetime:
        """Close of business, UTC: a limit whose last day this is ends at this moment (民法典 第203条)."""
        return self._at(on, self.hours.closes)

    def next_working_day(self, on: date) -> Day:
        """The first working day after `on`."""
        return self.calendar.add(on, 1)

    def received(self, filed_at: datetime, in_person: bool) -> Received:
        """When something filed at this moment is received. At the window: then. Online in the hours: then; in the lunch
        break or before opening: when the office opens again the same day; after closing or on a rest day: when it opens on
        the next working day. A hall that opens on a rest day receives, but that day stays no working day."""
        filed_at, day = filed_at.astimezone(UTC), self.civil(filed_at)
        if in_person:
            return Received(filed_at, day, False, not self.calendar.known(day))
        if self.calendar.is_working(day):
            for opens, closes in self.hours.windows:
                if filed_at < self._at(day, closes):
                    at = max(filed_at, self._at(day, opens))
                    return Received(at, day, at != filed_at, not self.calendar.known(day))
        following = self.next_working_day(day)
        unknown = following.provisional or not self.calendar.known(day)
        return Received(self.opens_at(following.on), following.on, True, unknown)

    def add(self, start_on: date, span: Span) -> Day:
        """The day on which a length ends that starts with an event on `start_on` (day 0, not counted). Working days end on
        a working day; calendar days and months roll forward to one."""
        due = self.course(start_on, span).due
        assert due is not None, "nothing stops this count"
        return due

    def add_to_each(self, first: date, last: date, span: Span) -> list[int]:
        """`add` for an event on every day from `first` to `last`, as ordinals: for whoever asks of years of days at once.
        Raises DateOutOfReach."""
        shift = _ONE if self.count_start_day and span.n else timedelta()
        if span.unit is Unit.WD or not span.n:
            return self.calendar.add_to_each(first - shift, last - shift, span.n)
        if span.unit is Unit.CD:
            ahead = timedelta(span.n) - shift
            return self.calendar.add_to_each(first + ahead, last + ahead, 0)
        days = (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
        return [self.add(day, span).on.toordinal() for day in days]

    def worked(self, since: datetime, until: datetime) -> float:
        """The office time between two moments in working days, one being the open hours of one day: a case that lay over
        a night or a weekend lay there for nothing. 0 when `until` is not after `since`."""
        first, last = self.civil(since), self.civil(until)
        whole = self.calendar.count(first - _ONE, last - _ONE)
        return max(0.0, whole + self._part_open(until) - self._part_open(since))

    def _part_open(self, at: datetime) -> float:
        """How much of the open hours of its day has passed at a moment, from 0 to 1; 0 on a rest day."""
        local = at.astimezone(self.zone)
        if not self.calendar.is_working(local.date()):
            return 0.0
        return self.hours.passed(local.time())

    def deemed_at(self, notice_due_on: date) -> datetime:
        """The start of the next working day after the notice's due day: from here silence is acceptance, UTC."""
        return self.day_starts_at(self.next_working_day(notice_due_on).on)

    def course(self, start_on: date, span: Span, gaps: Iterable[Gap] = ()) -> Course:
        """The count of a length with its gaps. Months are the calendar days up to the day of the same number."""
        after = start_on - _ONE if self.count_start_day else start_on
        total = (add_months(after, span.n) - after).days if span.unit is Unit.MO else span.n
        return Course(self.calendar, span.unit is Unit.WD, start_on, after, total, union(gaps))

    def _at(self, on: date, local: time) -> datetime:
        return datetime.combine(on, local, self.zone).astimezone(UTC)
