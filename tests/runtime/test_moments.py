"""Texts of timers, and what is due when. The clock is the test's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import OfficeTime, WorkCalendar, shipped_notices
from engine.runtime import Process, compile
from engine.runtime.moments import MAX_MISSED, Duration, Timing
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON, Twins, play

JANUARY = datetime(2026, 1, 31, 1, tzinfo=UTC)  # 9 o'clock in China
KNOWN = OfficeTime(WorkCalendar.of(shipped_notices()))
NOTHING_KNOWN = OfficeTime(WorkCalendar.of(()))
BEFORE_HOLIDAY = datetime(2025, 9, 29, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT1H", "2026-01-31T02:00"),
        ("P1W", "2026-02-07T01:00"),
        ("P1DT2H", "2026-02-01T03:00"),
        ("PT1.5H", "2026-01-31T02:30"),
        ("P0.5D", "2026-01-31T13:00"),
        ("P1M", "2026-02-28T01:00"),
        ("P1Y2M", "2027-03-31T01:00"),
        ("p1d", "2026-02-01T01:00"),
        ("PT0S", "2026-01-31T01:00"),
        (" PT1H ", "2026-01-31T02:00"),
        ("2026-03-01", "2026-02-28T16:00"),
        ("2026-03-01T09:00", "2026-03-01T01:00"),
        ("2026-03-01T09:00:00+08:00", "2026-03-01T01:00"),
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00"),
        ("R3/PT10M", "2026-01-31T01:10"),
        ("R/2026-03-01T00:00:00Z/PT1H", "2026-03-01T00:00"),
    ],
)
def test_when_it_is_due(text: str, due: str) -> None:
    timing = Timing.read(text)
    assert timing
    assert timing.due(JANUARY, None).at == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "-PT1H",
        "P1X",
        "1h",
        "R0/PT1H",
        "R3/PT0S",
        "R3/",
        "R3/P1D/P1D",
        "0 0 9 * * ?",
        "tomorrow",
        "P200Y",
        "3w",
    ],
)
def test_what_is_no_timer(text: str) -> None:
    assert Timing.read(text) is None


def test_months_are_counted_where_the_office_is() -> None:
    """At 17:00 UTC it is already the first of February in China."""
    month = Duration.read("P1M")
    assert month
    assert month.after(datetime(2026, 1, 31, 17, tzinfo=UTC)) == datetime(2026, 2, 28, 17, tzinfo=UTC)
    assert month.after(datetime(2026, 1, 31, 15, tzinfo=UTC)) == datetime(2026, 2, 28, 15, tzinfo=UTC)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 2_000_000), st.integers(0, 10_000_000))
def test_a_duration_goes_forward(months: int, seconds: int, offset: int) -> None:
    start = JANUARY + timedelta(seconds=offset)
    after = Duration(months, timedelta(seconds=seconds)).after(start)
    assert after >= start + timedelta(days=28 * months, seconds=seconds)
    assert after <= start + timedelta(days=31 * months, seconds=seconds)


BORDER = """
border bd {where} a timer {text}
s > a > n > e
bd > esc > e1
"""
ROWS = [
    ("interrupts", BORDER.format(where="at", text="PT1H"), ": a\n after PT59M : a\n after PT1M : esc\n esc : end"),
    ("beside", BORDER.format(where="beside", text="PT1H"), ": a\n after PT1H : a esc\n a : esc n\n esc : n\n n : end"),
    (
        "beside: the main way does not wait",
        BORDER.format(where="beside", text="PT1H"),
        ": a\n after PT1H : a esc\n a : esc n\n n : esc\n esc : end",
    ),
    (
        "is silent when its step is done",
        BORDER.format(where="at", text="PT1H"),
        ": a\n a : n\n after PT2H : n\n n : end",
    ),
    (
        "quoted, as files of SpiffWorkflow have it",
        BORDER.format(where="at", text="'\"PT1H\"'"),
        ": a\n after PT1H : esc",
    ),
    ("a date", BORDER.format(where="at", text="2026-11-25"), ": a\n after PT11H : a\n after PT1H : esc"),
    ("told by a fact", BORDER.format(where="at", text="'${limit}'"), ": a\n after P1D : a\n after P1D : esc"),
    ("an expression without facts", BORDER.format(where="at", text="\"'P' + '1D'\""), ": a\n after P1D : esc"),
    (
        "three times",
        BORDER.format(where="beside", text="R3/PT10M"),
        ": a\n"
        + " after PT10M : a esc\n after PT10M : a esc esc\n after PT10M : a esc esc esc\n after PT10M : a esc esc esc\n a : esc esc esc n",
    ),
    ("in the flow", "catch c timer PT1H\n s > c > a > e", ": -\n after PT59M : -\n after PT1M : a"),
    (
        "a date that is past goes off with the next sweep",
        "catch c timer 2020-01-01\n s > c > a > e",
        ": -\n after PT0S : a",
    ),
    (
        "a loop without a deciding gateway",
        "catch w timer PT1H\n s > w > a > w",
        ": -\n after PT1H : a\n a : -\n after PT1H : a",
    ),
]


@pytest.mark.parametrize(("drawing", "trace"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_timers(drawing: str, trace: str) -> None:
    play(drawing, trace, {"limit": "P2D"})


def test_next_due_is_read_and_changes_nothing() -> None:
    twins = Twins(
        "border b beside a timer P3D\nborder c at a timer '${limit}'\n s > a > e\n b > e1\n c > esc > e2",
        {"limit": "P5D"},
    )
    before = twins.one.dump()
    assert twins.one.next_due() == NOON + timedelta(days=3)
    assert twins.one.dump() == before
    twins.after("P4D")
    assert twins.one.next_due() == NOON + timedelta(days=5)
    twins.after("P1D")
    assert twins.names == ["esc"]
    assert twins.one.next_due() is None


def test_only_the_sweep_lets_a_timer_go_off() -> None:
    """A step that is overdue but still open is done first, whatever the clock says."""
    plan = compile(draw(BORDER.format(where="at", text="PT1H")))
    state = Process.start(plan, {}, now=NOON).dump()
    late = Process.load(plan, state, now=NOON + timedelta(days=1))
    assert [step.node for step in late.open_steps] == ["a"]
    late.complete(late.open_steps[0].token)
    assert [step.node for step in late.open_steps] == ["n"]


def test_a_fact_that_is_no_time_stops_the_act_and_names_the_place() -> None:
    play(
        "border b at a timer '${limit}'\n s > m > a > e\n b > e1",
        ": m\n m : !not-computable\n m limit=soon : !not-computable\n m limit=P1D : a",
    )


@pytest.mark.parametrize("text", ["R/PT1M", "R/PT1S", "R/P1M"])
def test_missed_repetitions_are_made_up_one_by_one_but_not_without_end(text: str) -> None:
    twins = Twins(f"border b beside a timer {text}\nscript r: n = (n or 0) + 1\ns > a > e\nb > r > e1")
    assert twins.after("P30Y") == MAX_MISSED
    due = twins.one.next_due()
    assert due
    assert due > twins.now
    every = Duration.read(text.split("/")[1])
    assert every
    assert due <= every.after(twins.now)


def test_timers_that_start_one_another_are_made_up_in_order() -> None:
    twins = Twins(
        "catch c timer PT1H\nscript r: n = (n or 0) + 1\nxor m g\ns > m > c > r > g > m [n < 5]\ng > e *", {"n": 0}
    )
    assert twins.one.next_due() == NOON + timedelta(hours=1)
    assert twins.after("PT3H") == 1  # the next turn waits from now on
    assert twins.after("PT1H") == 1


# ---- the office's days
OFFICE = "border b at a timer 3wd\n s > a > e\n b > esc > e1"


def test_working_days_end_when_the_office_closes() -> None:
    """Filed on 29 September: the 30th, then eight days of National Day, a make-up day on the 11th."""
    twins = Twins(OFFICE, now=BEFORE_HOLIDAY, office_time=KNOWN)
    assert twins.one.next_due() == KNOWN.closes_at(date(2025, 10, 10))
    (timer,) = twins.one.waiting
    assert (timer.kind, timer.what, timer.host, timer.beside, timer.provisional) == ("timer", "3wd", "a", True, False)


def test_a_timer_in_calendar_days_uses_the_offices_calendar_too() -> None:
    twins = Twins("catch c timer 5cd\n s > c > a > e", now=BEFORE_HOLIDAY, office_time=KNOWN)
    assert twins.one.next_due() == KNOWN.closes_at(KNOWN.add(date(2025, 9, 29), _span("5cd")).on)


def test_a_new_calendar_moves_working_days_and_nothing_else() -> None:
    drawing = OFFICE + "\nborder c beside a timer PT1H\nc > e2"
    twins = Twins(drawing, now=BEFORE_HOLIDAY, office_time=NOTHING_KNOWN)
    before = {timer.node: timer for timer in twins.one.waiting}
    assert before["b"].provisional
    assert before["b"].due != KNOWN.closes_at(date(2025, 10, 10))
    assert twins.act(lambda process: process.recount(KNOWN)) == 1
    after = {timer.node: timer for timer in twins.one.waiting}
    assert after["b"].due == KNOWN.closes_at(date(2025, 10, 10))
    assert not after["b"].provisional
    assert after["c"] == before["c"]
    assert twins.act(lambda process: process.recount(KNOWN)) == 0


def test_working_days_told_by_a_fact() -> None:
    twins = Twins(
        "border b at a timer '${limit}'\n s > a > e\n b > e1", {"limit": "3wd"}, now=BEFORE_HOLIDAY, office_time=KNOWN
    )
    assert twins.one.next_due() == KNOWN.closes_at(date(2025, 10, 10))


def test_working_days_without_an_office_are_a_bug_of_the_caller() -> None:
    with pytest.raises(TypeError, match="office"):
        Process.start(compile(draw(OFFICE)), {}, now=NOON)


def _span(text: str) -> object:
    timing = Timing.read(text)
    assert timing
    return timing.first
