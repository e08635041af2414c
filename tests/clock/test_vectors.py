"""The date vectors of the handbook: V01 to V30 with the wrong answers of wrong rules, X01 to X20 with their stories."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.clock import (
    Clock,
    ClockKind,
    CountedFrom,
    Ground,
    Lamp,
    OfficeTime,
    Span,
    deemed_acceptance,
    lamp,
    limit_of,
)
from tests.clock.reckoning import CALENDAR, OFFICE, at, clock, day, limit, nth_after, pause

# id, start, n, due; then what comes out when only weekends are skipped, make-up days ignored, the start day counted
VECTORS = """
V01 2025-09-26 20 2025-10-30 2025-10-24 2025-11-03 2025-10-29
V02 2025-09-28 20 2025-10-31 2025-10-24 2025-11-03 2025-10-30
V03 2025-09-30  5 2025-10-14 2025-10-07 2025-10-15 2025-10-13
V04 2025-09-30  1 2025-10-09 2025-10-01 2025-10-09 2025-09-30
V05 2025-01-24 20 2025-02-27 2025-02-21 2025-03-03 2025-02-26
V06 2025-01-26  5 2025-02-08 2025-01-31 2025-02-10 2025-02-07
V07 2025-01-27  1 2025-02-05 2025-01-28 2025-02-05 2025-01-27
V08 2025-04-25  7 2025-05-08 2025-05-06 2025-05-09 2025-05-07
V09 2025-04-30  3 2025-05-08 2025-05-05 2025-05-08 2025-05-07
V10 2025-05-30  3 2025-06-05 2025-06-04 2025-06-05 2025-06-04
V11 2025-12-31 20 2026-01-29 2026-01-28 2026-01-30 2026-01-28
V12 2025-12-24 10 2026-01-08 2026-01-07 2026-01-09 2026-01-07
V13 2026-02-10 20 2026-03-16 2026-03-10 2026-03-18 2026-03-13
V14 2026-02-13 10 2026-03-05 2026-02-27 2026-03-09 2026-03-04
V15 2026-02-14  5 2026-02-28 2026-02-20 2026-03-02 2026-02-27
V16 2026-04-03  5 2026-04-13 2026-04-10 2026-04-13 2026-04-10
V17 2026-04-30  7 2026-05-13 2026-05-11 2026-05-14 2026-05-12
V18 2026-05-08  3 2026-05-12 2026-05-13 2026-05-13 2026-05-11
V19 2026-06-18  2 2026-06-23 2026-06-22 2026-06-23 2026-06-22
V20 2026-09-18 20 2026-10-22 2026-10-16 2026-10-26 2026-10-21
V21 2026-09-24  5 2026-10-09 2026-10-01 2026-10-09 2026-10-08
V22 2026-09-30  1 2026-10-08 2026-10-01 2026-10-08 2026-09-30
V23 2025-08-15 45 2025-10-23 2025-10-17 2025-10-27 2025-10-22
V24 2025-08-15 60 2025-11-13 2025-11-07 2025-11-17 2025-11-12
V25 2026-07-30 45 2026-10-08 2026-10-01 2026-10-09 2026-09-30
V26 2025-09-01 20 2025-09-28 2025-09-29 2025-09-29 2025-09-26
V27 2025-09-01 30 2025-10-17 2025-10-13 2025-10-21 2025-10-16
V28 2026-02-12 10 2026-03-04 2026-02-26 2026-03-06 2026-03-03
V29 2026-01-03  5 2026-01-08 2026-01-09 2026-01-09 -
V30 2025-10-11 15 2025-10-31 2025-10-31 2025-10-31 2025-10-30
"""
ROWS = [line.split() for line in VECTORS.strip().splitlines()]


def test_there_are_thirty_vectors() -> None:
    assert [row[0] for row in ROWS] == [f"V{i:02}" for i in range(1, 31)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_due_day_of_a_vector(row: list[str]) -> None:
    start, n, due = day(row[1]), int(row[2]), day(row[3])
    assert CALENDAR.add(start, n).on == due
    assert OFFICE.add(start, Span(n)).on == due
    counted = clock(row[1], f"{n}wd").due(OFFICE)
    assert counted is not None
    assert (counted.on, counted.provisional, counted.projected) == (due, False, False)
    assert CALENDAR.count(start, due) == n


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_wrong_rules_give_the_wrong_answers_of_the_table(row: list[str]) -> None:
    start, n = day(row[1]), int(row[2])
    named_off = {d for notice in CALENDAR.notices for d in notice.off}
    assert nth_after(start, n, lambda d: d.weekday() < 5) == day(row[4])
    assert nth_after(start, n, lambda d: d.weekday() < 5 and d not in named_off) == day(row[5])
    counting_start = OfficeTime(CALENDAR, count_start_day=True)
    if row[6] != "-":
        assert counting_start.add(start, Span(n)).on == day(row[6])
    else:  # a rest day is no day 1, whatever the switch says
        assert counting_start.add(start, Span(n)).on == day(row[3])


def counted_days(start: str, n: int) -> list[str]:
    story = clock(start, f"{n}wd").explain(OFFICE, day(start))
    assert [d.k for d in story.days if d.k] == list(range(1, n + 1))
    return [d.on.isoformat()[5:] for d in story.days if d.k]


def test_v01_day_by_day() -> None:
    assert counted_days("2025-09-26", 20) == [
        "09-28",
        "09-29",
        "09-30",
        "10-09",
        "10-10",
        "10-11",
        "10-13",
        "10-14",
        "10-15",
        "10-16",
        "10-17",
        "10-20",
        "10-21",
        "10-22",
        "10-23",
        "10-24",
        "10-27",
        "10-28",
        "10-29",
        "10-30",
    ]


def test_v13_day_by_day() -> None:
    first_ten = ["02-11", "02-12", "02-13", "02-14", "02-24", "02-25", "02-26", "02-27", "02-28", "03-02"]
    counted = counted_days("2026-02-10", 20)
    assert (counted[:10], counted[-1]) == (first_ten, "03-16")


def due_on(made: Clock, office: OfficeTime = OFFICE) -> date:
    due = made.due(office)
    assert due is not None
    assert not due.provisional
    return due.on


def notice_clock(received: str) -> Clock:
    law = limit_of(ClockKind.NOTICE)
    assert law is not None
    return Clock(ClockKind.NOTICE, law, day(received))


@pytest.mark.parametrize(
    ("received", "notice_due", "holds_from", "statutory_due"),
    [
        pytest.param("2025-09-26", "2025-10-10", "2025-10-11", "2025-10-30", id="X01"),
        pytest.param("2026-02-12", "2026-02-26", "2026-02-27", "2026-03-18", id="X02"),
    ],
)
def test_silence_is_acceptance_dated_back(received: str, notice_due: str, holds_from: str, statutory_due: str) -> None:
    deemed = deemed_acceptance(notice_clock(received), OFFICE)
    assert deemed is not None
    assert (deemed.due.on, deemed.holds_from.on) == (day(notice_due), day(holds_from))
    assert deemed.accepted_on == day(received)
    assert deemed.at == at(f"{holds_from}T00:00")
    statutory = Clock(ClockKind.STATUTORY, limit(), deemed.accepted_on)
    assert due_on(statutory) == day(statutory_due)
    assert statutory.used(OFFICE, day(notice_due)) == 5


@pytest.mark.parametrize(
    ("accepted", "plain", "pauses", "before", "paused", "due"),
    [
        pytest.param("2025-09-08", "2025-10-11", ["2025-09-15 2025-10-20"], 5, 21, "2025-11-10", id="X03"),
        pytest.param("2026-01-26", "2026-02-28", ["2026-02-04 2026-03-05"], 7, 17, "2026-03-24", id="X04"),
        pytest.param(
            "2025-09-08",
            "2025-10-11",
            ["2025-09-15 2025-09-24", "2025-09-22 2025-10-13"],
            5,
            16,
            "2025-11-03",
            id="X05",
        ),
    ],
)
def test_pauses(accepted: str, plain: str, pauses: list[str], before: int, paused: int, due: str) -> None:
    assert due_on(clock(accepted)) == day(plain)
    made = clock(accepted, "20wd", *(pause(*p.split()) for p in pauses))
    assert due_on(made) == day(due)
    assert made.used(OFFICE, day(pauses[0].split()[0])) == before
    assert made.paused_days(OFFICE, day(due)) == paused
    assert made.used(OFFICE, day(due)) == 20


def test_x05_the_sum_of_overlapping_pauses_would_be_wrong() -> None:
    assert (
        CALENDAR.count(day("2025-09-15"), day("2025-09-24")) + CALENDAR.count(day("2025-09-22"), day("2025-10-13"))
        == 18
    )
    assert CALENDAR.add(day("2025-09-08"), 20 + 18).on == day("2025-11-05")


@pytest.mark.parametrize(
    ("filed", "received", "notice_due"),
    [
        pytest.param("2025-10-03T10:00", "2025-10-09", "2025-10-15", id="X06"),
        pytest.param("2025-09-26T17:40", "2025-09-28", "2025-10-11", id="X07"),
        pytest.param("2026-02-13T18:10", "2026-02-14", "2026-02-28", id="X08"),
    ],
)
def test_online_after_hours(filed: str, received: str, notice_due: str) -> None:
    taken = OFFICE.received(at(filed), in_person=False)
    assert (taken.on, taken.after_hours, taken.provisional) == (day(received), True, False)
    assert taken.at == at(f"{received}T09:00")
    assert due_on(notice_clock(received)) == day(notice_due)


def test_x07_accepted_on_the_make_up_sunday() -> None:
    assert due_on(clock("2025-09-28")) == day("2025-10-31")


def test_x09_at_the_window_on_a_make_up_saturday() -> None:
    filed = at("2026-05-09T10:30")
    taken = OFFICE.received(filed, in_person=True)
    assert (taken.at, taken.on, taken.after_hours) == (filed, day("2026-05-09"), False)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        pytest.param("2025-09-10", "30cd", "2025-10-10", id="X10"),
        pytest.param("2025-08-08", "60cd", "2025-10-09", id="X11"),
        pytest.param("2026-01-20", "30cd", "2026-02-24", id="X12"),
        pytest.param("2025-09-26", "7cd", "2025-10-09", id="X13-cd"),
        pytest.param("2025-09-26", "7wd", "2025-10-13", id="X13-wd"),
        pytest.param("2025-08-08", "60cd", "2025-10-09", id="X14"),
        pytest.param("2025-08-31", "6mo", "2026-02-28", id="X15"),
        pytest.param("2025-08-15", "6mo", "2026-02-24", id="X16"),
        pytest.param("2026-02-11", "5wd", "2026-02-25", id="X17-ask"),
        pytest.param("2026-02-25", "20wd", "2026-03-24", id="X17-hold"),
    ],
)
def test_calendar_days_and_months(start: str, span: str, due: str) -> None:
    made = Clock(ClockKind.STATUTORY, limit(span, counted_from=CountedFrom.RECEIVED), day(start))
    assert due_on(made) == day(due)


def test_x18_yellow_on_day_seven_of_eight() -> None:
    made = clock("2025-09-26", "8wd", kind=ClockKind.PROMISED)
    assert due_on(made) == day("2025-10-14")
    green = lamp(made, OFFICE, at("2025-10-12T23:59"))
    assert (green.lamp, green.next_at) == (Lamp.GREEN, at("2025-10-13T00:00"))
    yellow = lamp(made, OFFICE, at("2025-10-13T00:00"))
    assert (yellow.lamp, yellow.next_at) == (Lamp.YELLOW, at("2025-10-14T17:00"))
    assert made.used(OFFICE, day("2025-10-13")) == 7


def test_x19_used_at_the_decision() -> None:
    assert clock("2025-09-26").used(OFFICE, day("2025-10-10")) == 5


def test_x20_past_the_published_calendar_is_provisional() -> None:
    due = clock("2026-12-10").due(OFFICE)
    assert due is not None
    assert (due.on, due.provisional) == (day("2027-01-08"), True)
    assert str(due) == "2027-01-08 provisional"
    assert str(OFFICE.add(day("2025-09-26"), Span(20))) == "2025-10-30"


@pytest.mark.parametrize(
    ("n", "last"),
    [
        (60, "2026-10-09"),
        (45, "2026-10-29"),
        (30, "2026-11-19"),
        (20, "2026-12-03"),
        (10, "2026-12-17"),
        (5, "2026-12-24"),
    ],
)
def test_the_last_acceptance_whose_due_day_is_inside_2026(n: int, last: str) -> None:
    inside, after = CALENDAR.add(day(last), n), CALENDAR.add(day(last) + timedelta(1), n)
    assert (inside.on.year, inside.provisional) == (2026, True)
    assert after.on.year == 2027


def test_the_horizon_is_exact() -> None:
    assert CALENDAR.add(day("2026-11-26"), 20).on == day("2026-12-24")
    assert not CALENDAR.add(day("2026-11-26"), 20).provisional
    assert CALENDAR.add(day("2026-11-27"), 20).provisional


def test_a_ground_outside_the_list_does_not_stop_the_vector() -> None:
    with_site_work = clock("2025-09-08", "20wd", pause("2025-09-15", "2025-10-20", Ground.TECHNICAL_EVALUATION))
    assert due_on(with_site_work) == day("2025-10-11")


def test_moments_are_utc() -> None:
    assert clock("2025-09-26").due_at(OFFICE) == datetime(2025, 10, 30, 9, tzinfo=UTC)
