"""The story of a clock, day by day: what every day counted, or why it did not. A date that can be checked is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from .calendar import Day
from .counting import Course
from .office_time import OfficeTime
from .words import due_date, long_date, short_date, weekday

_ONE = timedelta(1)


class DayPart(StrEnum):
    """What a day was to the clock."""

    START = "start"  # 当日不计
    COUNTED = "counted"
    REST = "rest"  # weekend or holiday
    PAUSED = "paused"
    ROLLED = "rolled"  # the last calendar day was no working day: on to the next
    OVERDUE = "overdue"


@dataclass(frozen=True)
class StoryDay:
    """One civil day. k: its number in the count (past due: the number of days overdue), None when it did not count.
    words: why, for people. due: the limit ends here. known False: the calendar is not published for this day."""

    on: date
    part: DayPart
    k: int | None
    words: str
    due: bool
    known: bool


@dataclass(frozen=True)
class Sum:
    """One row of the addition: a stretch of days and what it counted. n None: 不计. words: the stretch and what it was,
    `11月17日至19日`, `11月20日至12月2日，暂停（专家评审）9 个工作日`."""

    words: str
    n: int | None


@dataclass(frozen=True)
class Story:
    """A clock explained. heading and foot: sentences; days: every civil day in order, none left out; unit: the word behind
    a number of them."""

    heading: tuple[str, ...]
    days: tuple[StoryDay, ...]
    foot: tuple[str, ...]
    due: Day | None
    used: int
    paused: int
    left: int
    on: date
    unit: str

    def lines(self) -> list[str]:
        """The story as lines of text, for a terminal."""
        told = [f"{long_date(d.on, self.on)}  {'—' if d.k is None else d.k}  {d.words}" for d in self.days]
        return [*self.heading, *told, *self.foot]

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The addition that a person would write on paper: stretches of days alike, weekends left out of them. What was
        counted up to the due day comes to the limit; overdue days stand for themselves."""
        return tuple(_sums(self))

    def to_json(self) -> dict[str, Any]:
        """The same for the API: plain values, dates in ISO form."""
        return {
            "heading": list(self.heading),
            "days": [
                {
                    "on": d.on.isoformat(),
                    "weekday": weekday(d.on),
                    "part": str(d.part),
                    "k": d.k,
                    "words": d.words,
                    "due": d.due,
                    "known": d.known,
                }
                for d in self.days
            ],
            "foot": list(self.foot),
            "due_on": self.due.on.isoformat() if self.due else None,
            "provisional": bool(self.due and self.due.provisional),
            "projected": bool(self.due and self.due.projected),
            "used": self.used,
            "paused": self.paused,
            "left": self.left,
        }


@dataclass(frozen=True)
class Plot:
    """What a story is made of. starts: the fact of day 0 in a word. grounds: (begun, last day or None, name) of every pause
    that stops this clock. until: the day of the act that met the limit, or today. unit: word behind a number of days."""

    heading: tuple[str, ...]
    course: Course
    starts: str
    grounds: tuple[tuple[date, date | None, str], ...]
    until: date
    met: bool
    unit: str


def tell(plot: Plot, office_time: OfficeTime, on: date) -> Story:
    """Tell the story up to the due day; past it, or while nobody knows it, up to `plot.until`."""
    course, due = plot.course, plot.course.due
    used = course.counted(plot.until)
    paused, left = course.passed(plot.until) - used, max(0, course.total - used)
    days = tuple(_days(plot, office_time, due))
    return Story(plot.heading, days, tuple(_foot(plot, office_time, due, on)), due, used, paused, left, on, plot.unit)


def _days(plot: Plot, office_time: OfficeTime, due: Day | None) -> Iterator[StoryDay]:
    last, k, late = plot.course.last, 0, 0
    day = plot.course.start
    while day <= _end(plot, due):
        counts = _counts(plot.course, day)
        past_due = due is not None and day > due.on
        past_last = not plot.course.total or (last is not None and day > last.on)
        k, late = k + (counts and not past_last), late + (past_due and counts)
        part, words = _part(plot, day, counts, past_last, past_due)
        number = late if past_due else k
        known = office_time.calendar.known(day)
        is_due = due is not None and day == due.on
        told = f"{words}，到期（{office_time.hours.closes:%H:%M}）" if is_due else words
        shown = number if part in (DayPart.COUNTED, DayPart.OVERDUE) else None
        yield StoryDay(day, part, shown, told, is_due, known)
        day += _ONE


def _end(plot: Plot, due: Day | None) -> date:
    if plot.met or due is None or plot.until > due.on:
        return max(plot.until, plot.course.start)
    return due.on


def _counts(course: Course, day: date) -> bool:
    if day <= course.after or course.in_gap(day):
        return False
    return course.calendar.is_working(day) if course.working else True


def _part(plot: Plot, day: date, counts: bool, past_last: bool, past_due: bool) -> tuple[DayPart, str]:
    """What the day was, and the words for it. The day of the event comes first: nothing else is said of it."""
    reason = plot.course.calendar.why(day).words
    if day <= plot.course.after or (day == plot.course.start and not plot.course.total):
        return DayPart.START, f"{plot.starts}，{'当日不计' if plot.course.total else '当日办结'}"
    if past_due:
        return (DayPart.OVERDUE, f"{reason}，超期") if counts else (DayPart.REST, reason)
    if past_last:
        return DayPart.ROLLED, f"{reason}，顺延"
    if counts:
        return DayPart.COUNTED, reason
    if plot.course.in_gap(day) and (not plot.course.working or plot.course.calendar.is_working(day)):
        return DayPart.PAUSED, f"暂停（{_grounds(plot, day)}）"
    return DayPart.REST, reason


def _grounds(plot: Plot, day: date) -> str:
    names = [name for begun, last, name in plot.grounds if begun < day and (last is None or day <= last)]
    return "、".join(dict.fromkeys(names)) or "特别程序"


def _foot(plot: Plot, office_time: OfficeTime, due: Day | None, on: date) -> Iterator[str]:
    course = plot.course
    used, passed = course.counted(plot.until), course.passed(plot.until)
    left = max(0, course.total - used)
    sums = f"共 {course.total} {plot.unit}：已用 {used} 个，暂停 {passed - used} 个，剩余 {left} 个"
    yield sums if course.total else "限当日"
    if due is None:
        yield "暂停没有写明计划时间，结束后才能算出到期日"
        return
    marks = ("，暂定：日历未公布" if due.provisional else "") + ("，按暂停的计划时间推算" if due.projected else "")
    closes = f"{office_time.hours.closes:%H:%M}"
    day = due_date(due.on, on, closes)
    yield f"到期：{day if closes in day else f'{day} {closes}'}{marks}"


# ---------------------------------------------------------------- the addition
def _sums(story: Story) -> Iterator[Sum]:
    for alike in _alike(story.days):
        first, last = alike[0], alike[-1]
        days = _stretch(first.on, last.on, story.on)
        if first.part is DayPart.START:
            yield Sum(f"{long_date(first.on, story.on)}{first.words}", 0)
        elif first.part is DayPart.COUNTED:
            yield Sum(days, len(alike))
        elif first.part is DayPart.OVERDUE:
            yield Sum(f"{days}，超期", len(alike))
        elif first.part is DayPart.PAUSED:
            yield Sum(f"{days}，{first.words}，{len(alike)} {story.unit}", None)
        else:
            yield Sum(f"{days}，{first.words}", None)


def _alike(days: tuple[StoryDay, ...]) -> Iterator[list[StoryDay]]:
    """Days of one kind in a row; a weekend neither ends a row nor makes one."""
    row: list[StoryDay] = []
    for day in days:
        if day.part is DayPart.REST and day.words == "周末":
            continue
        if row and (row[-1].part, _why(row[-1])) != (day.part, _why(day)):
            yield row
            row = []
        row.append(day)
    if row:
        yield row


def _why(day: StoryDay) -> str:
    """What makes two days differ although they are of one kind: the ground of a pause, the name of a holiday."""
    return "" if day.part in (DayPart.COUNTED, DayPart.OVERDUE) else day.words.partition("，到期")[0]


def _stretch(first: date, last: date, today: date) -> str:
    """`11月17日`, `11月17日至19日`, `11月30日至12月2日`."""
    begins = short_date(first, today)
    if first == last:
        return begins
    same = (first.year, first.month) == (last.year, last.month)
    return f"{begins}至{f'{last.day}日' if same else short_date(last, today)}"
