"""The room against the law counted by hand, on calendars, units and pauses that nobody would think of."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import (
    Clock,
    ClockKind,
    Extension,
    Ground,
    Notice,
    OfficeTime,
    Pause,
    Span,
    Unit,
    WorkCalendar,
    shipped_notices,
)
from engine.clock.story import DayPart
from tests.clock.reckoning import ONE, STOPS, ByHand, at, days, limit

REGIONAL = Notice(
    "演示州〔2026〕1号", date(2026, 1, 5), date(2026, 1, 5), 2026, "CN-51-34",
    off=(date(2026, 7, 30), date(2026, 7, 31), date(2026, 12, 24)), work=(date(2026, 8, 1),),
)  # fmt: skip
CALENDARS = [
    WorkCalendar.of(shipped_notices()),
    WorkCalendar.of((*shipped_notices(), REGIONAL), "CN-51-34-01"),
    WorkCalendar.of(n for n in shipped_notices() if n.year != 2022),
]
CALENDAR = CALENDARS[0]
STARTS = st.dates(date(2017, 11, 1), date(2027, 3, 31))
STRETCH = st.tuples(st.integers(-12, 90), st.integers(0, 40))
EVERY = settings(deadline=None, max_examples=300)


@st.composite
def limits(draw: st.DrawFn, pauses: int = 4) -> tuple[Clock, OfficeTime, ByHand]:
    """A clock with closed pauses on one of the calendars, and the same counted by hand."""
    start, n = draw(STARTS), draw(st.integers(0, 70))
    unit = draw(st.sampled_from([Unit.WD, Unit.CD]))
    calendar, first = draw(st.sampled_from(CALENDARS)), draw(st.booleans())
    drawn = draw(st.lists(STRETCH, max_size=pauses))
    stretches = [(start + timedelta(a), start + timedelta(a + length)) for a, length in drawn]
    grounds = [draw(st.sampled_from(sorted(STOPS))) for _ in stretches]
    made = Clock(
        ClockKind.STATUTORY,
        limit(str(Span(n, unit))),
        start,
        tuple(Pause(g, "依据", a, b) for g, (a, b) in zip(grounds, stretches, strict=True)),
    )
    return made, OfficeTime(calendar, count_start_day=first), ByHand(calendar, start, n, unit, stretches, first)


@EVERY
@given(limits())
def test_due_and_provisional_are_what_counting_by_hand_gives(drawn: tuple[Clock, OfficeTime, ByHand]) -> None:
    made, office, hand = drawn
    due = made.due(office)
    assert due is not None
    assert due.on == hand.due()
    assert due.provisional is hand.provisional
    assert not due.projected


@EVERY
@given(limits(), st.integers(-5, 200))
def test_used_paused_and_left_are_what_counting_by_hand_gives(
    drawn: tuple[Clock, OfficeTime, ByHand], later: int
) -> None:
    made, office, hand = drawn
    due, on = hand.due(), made.started_on + timedelta(later)
    used = hand.used(on)
    assert made.used(office, on) == used
    assert made.paused_days(office, on) == hand.passed(on) - used
    assert made.left(office, on) == max(0, hand.n - used)
    if hand.n and on >= hand.counted[-1]:
        assert used >= hand.n
    if hand.unit is Unit.WD:
        assert made.overdue_days(office, on) == sum(office.calendar.is_working(d) for d in days(due + ONE, on))
    else:
        assert made.overdue_days(office, on) == max(0, (on - due).days)


@EVERY
@given(limits(), STRETCH)
def test_a_pause_never_brings_a_date_forward(drawn: tuple[Clock, OfficeTime, ByHand], more: tuple[int, int]) -> None:
    made, office, _ = drawn
    begun = made.started_on + timedelta(more[0])
    longer = Clock(
        made.kind,
        made.limit,
        made.started_on,
        (*made.pauses, Pause(Ground.HEARING, "依据", begun, begun + timedelta(more[1]))),
    )
    before, after = made.due(office), longer.due(office)
    assert before is not None
    assert after is not None
    assert after.on >= before.on
    last = made.course(office).last
    assert last is not None
    if begun >= last.on:
        assert after == before


@EVERY
@given(limits())
def test_no_day_counts_twice_and_none_is_left_out(drawn: tuple[Clock, OfficeTime, ByHand]) -> None:
    made, office, hand = drawn
    due = hand.due()
    story = made.explain(office, made.started_on)
    assert [d.on for d in story.days] == days(made.started_on, due)
    counted = [d for d in story.days if d.part is DayPart.COUNTED]
    if hand.n:
        assert [d.on for d in counted] == hand.counted
    assert [d.k for d in counted] == list(range(1, len(counted) + 1))
    assert sum(d.part is DayPart.PAUSED for d in story.days) == made.paused_days(office, due)
    assert [d.on for d in story.days if d.due] == [due]


@EVERY
@given(STARTS, st.integers(1, 40), st.integers(1, 30), st.lists(STRETCH, max_size=3))
def test_an_extension_is_the_same_run_and_longer(start: date, n: int, more: int, drawn: list[tuple[int, int]]) -> None:
    pauses = tuple(
        Pause(Ground.TESTING, "依据", start + timedelta(a), start + timedelta(a + length)) for a, length in drawn
    )
    office, rule = OfficeTime(CALENDAR), limit().extension
    assert rule is None
    granted = Extension(Span(more), at("2026-01-05T10:00"), "head")  # type: ignore[arg-type]
    extended = Clock(ClockKind.STATUTORY, limit(f"{n}wd"), start, pauses, (granted,))
    plain = Clock(ClockKind.STATUTORY, limit(f"{n + more}wd"), start, pauses)
    assert extended.due(office) == plain.due(office)


def test_prefix_sums_equal_counting_every_day_of_nine_years() -> None:
    span = days(date(2018, 1, 1), date(2026, 12, 31))
    by_hand = accumulate(CALENDAR.is_working(d) for d in span)
    assert [CALENDAR.count(date(2017, 12, 31), d) for d in span] == list(by_hand)
    working = [d for d in span if CALENDAR.is_working(d)]
    assert [CALENDAR.add(date(2017, 12, 31), k).on for k in range(1, len(working) + 1)] == working


@EVERY
@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.integers(1, 300), st.sampled_from(CALENDARS))
def test_adding_and_counting_undo_each_other(start: date, n: int, calendar: WorkCalendar) -> None:
    there = calendar.add(start, n)
    assert calendar.is_working(there.on)
    assert calendar.count(start, there.on) == n
    assert there.provisional is not all(calendar.known(d) for d in days(start + ONE, there.on))
    back = calendar.add(start, -n)
    assert calendar.is_working(back.on)
    assert calendar.count(back.on - ONE, start - ONE) == n
    assert back.provisional is not all(calendar.known(d) for d in days(back.on, start - ONE))
    assert calendar.add(there.on, 0).on == there.on


@EVERY
@given(
    st.dates(date(2018, 1, 1), date(2026, 6, 30)),
    st.integers(0, 12),
    st.lists(STRETCH, max_size=3),
    st.booleans(),
)
def test_months_are_the_calendar_days_to_the_same_number(
    start: date, months: int, drawn: list[tuple[int, int]], first: bool
) -> None:
    stretches = [(start + timedelta(a), start + timedelta(a + length)) for a, length in drawn]
    pauses = tuple(Pause(Ground.TESTING, "依据", a, b) for a, b in stretches)
    office = OfficeTime(CALENDAR, count_start_day=first)
    anchor = start - ONE if first else start
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    target = (
        next(date(year, month + 1, d) for d in range(anchor.day, 27, -1) if _is_date(year, month + 1, d))
        if anchor.day > 28
        else date(year, month + 1, anchor.day)
    )
    hand = ByHand(CALENDAR, start, (target - anchor).days, Unit.CD, stretches, first)
    due = Clock(ClockKind.STATUTORY, limit(f"{months}mo"), start, pauses).due(office)
    assert due is not None
    assert due.on == hand.due()


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
