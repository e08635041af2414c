"""An office's own time: hours, receipt, zones with summer time, and the moments that days and limits begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from engine.clock import OfficeHours, OfficeTime, Span, office_zone
from engine.clock.office_time import HoursNotValid, ZoneUnknown
from tests.clock.reckoning import CALENDAR, OFFICE, at, day

ALL_DAY = OfficeHours(((time(8, 30), time(16, 30)),))


@pytest.mark.parametrize(
    ("filed", "received", "after_hours"),
    [
        ("2026-11-23T09:00", "2026-11-23T09:00", False),
        ("2026-11-23T10:21", "2026-11-23T10:21", False),
        ("2026-11-23T16:59", "2026-11-23T16:59", False),
        ("2026-11-23T06:30", "2026-11-23T09:00", True),
        ("2026-11-23T12:00", "2026-11-23T14:00", True),
        ("2026-11-23T13:10", "2026-11-23T14:00", True),
        ("2026-11-23T17:00", "2026-11-24T09:00", True),
        ("2026-11-27T18:00", "2026-11-30T09:00", True),
        ("2026-11-28T10:00", "2026-11-30T09:00", True),
        ("2026-10-10T10:00", "2026-10-10T10:00", False),
        ("2026-09-30T23:59", "2026-10-08T09:00", True),
    ],
)
def test_filed_online(filed: str, received: str, after_hours: bool) -> None:
    taken = OFFICE.received(at(filed), in_person=False)
    assert (taken.at, taken.after_hours, taken.provisional) == (at(received), after_hours, False)
    assert taken.on == day(received[:10])
    assert taken.at.tzinfo is UTC


@pytest.mark.parametrize("filed", ["2026-11-28T10:00", "2026-11-23T12:30", "2026-11-23T19:00"])
def test_filed_at_the_window_is_received_then(filed: str) -> None:
    taken = OFFICE.received(at(filed), in_person=True)
    assert (taken.at, taken.on, taken.after_hours) == (at(filed), day(filed[:10]), False)


def test_a_hall_open_on_a_rest_day_makes_no_working_day() -> None:
    taken = OFFICE.received(at("2026-01-03T10:00"), in_person=True)
    assert taken.on == day("2026-01-03")
    assert OFFICE.add(taken.on, Span(5)).on == day("2026-01-08")


def test_receipt_past_the_published_calendar_is_provisional() -> None:
    assert OFFICE.received(at("2026-12-24T18:00"), in_person=False).provisional
    assert OFFICE.received(at("2026-12-25T10:00"), in_person=False).provisional
    assert OFFICE.received(at("2026-12-25T10:00"), in_person=True).provisional
    assert not OFFICE.received(at("2026-12-24T10:00"), in_person=False).provisional


def test_the_civil_day_is_the_offices() -> None:
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert OFFICE.civil(late) == day("2026-11-24")
    assert OfficeTime(CALENDAR, zone=office_zone("Asia/Urumqi")).civil(late) == day("2026-11-23")
    with pytest.raises(ValueError, match="zone"):
        OFFICE.civil(datetime(2026, 11, 23, 16, 30))  # noqa: DTZ001


def test_urumqi_closes_two_hours_later() -> None:
    office = OfficeTime(CALENDAR, zone=office_zone("Asia/Urumqi"))
    assert office.closes_at(day("2026-11-23")) == datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert OFFICE.closes_at(day("2026-11-23")) == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_summer_time() -> None:
    office = OfficeTime(CALENDAR, ALL_DAY, office_zone("Europe/Berlin"))
    assert office.closes_at(day("2026-03-27")) == datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
    assert office.closes_at(day("2026-03-30")) == datetime(2026, 3, 30, 14, 30, tzinfo=UTC)
    assert office.opens_at(day("2026-10-26")) == datetime(2026, 10, 26, 7, 30, tzinfo=UTC)
    # the day of the change has 23 hours, the day of the change back 25
    spring = office.day_starts_at(day("2026-03-30")) - office.day_starts_at(day("2026-03-29"))
    autumn = office.day_starts_at(day("2026-10-26")) - office.day_starts_at(day("2026-10-25"))
    assert (spring.total_seconds() / 3600, autumn.total_seconds() / 3600) == (23, 25)
    for moment in (datetime(2026, 10, 26, 7, 29, tzinfo=UTC), datetime(2026, 10, 26, 7, 31, tzinfo=UTC)):
        taken = office.received(moment, in_person=False)
        assert taken.at == max(moment, office.opens_at(day("2026-10-26")))


@pytest.mark.parametrize(
    ("zone", "on", "first"),
    [
        # midnight is skipped: the day begins when the gap ends
        ("America/Sao_Paulo", "2018-11-04", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        # midnight comes twice: the day begins with the first
        ("America/Havana", "2026-11-01", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_days_without_a_plain_midnight(zone: str, on: str, first: datetime) -> None:
    office = OfficeTime(CALENDAR, zone=office_zone(zone))
    assert office.day_starts_at(day(on)) == first
    assert office.civil(first) == day(on)
    assert office.civil(first.replace(minute=0) - (first - first.replace(hour=first.hour - 1))) < day(on)


def test_the_pinned_zone_data_is_used() -> None:
    assert office_zone("Asia/Shanghai") is office_zone("Asia/Shanghai")
    assert office_zone("Asia/Shanghai").key == "Asia/Shanghai"
    assert OFFICE.zone is office_zone("Asia/Shanghai")


@pytest.mark.parametrize("key", ["Asia/Peking", "", "../zones", "/etc/passwd", "Asia"])
def test_an_unknown_zone_is_refused(key: str) -> None:
    with pytest.raises(ZoneUnknown):
        office_zone(key)


def test_deemed_at_is_the_start_of_the_next_working_day() -> None:
    assert OFFICE.deemed_at(day("2025-10-10")) == at("2025-10-11T00:00")
    assert OFFICE.deemed_at(day("2025-10-11")) == at("2025-10-13T00:00")


def test_count_start_day() -> None:
    office = OfficeTime(CALENDAR, count_start_day=True)
    assert office.add(day("2025-09-26"), Span(1)).on == day("2025-09-26")
    assert office.add(day("2025-09-10"), Span.parse("30cd")).on == day("2025-10-09")
    assert office.add(day("2025-08-15"), Span.parse("6mo")).on == day("2026-02-14")
    assert office.add(day("2025-09-26"), Span(0)).on == day("2025-09-26")


@pytest.mark.parametrize(
    "drawn",
    [
        [],
        [["09:00", "09:00"]],
        [["12:00", "09:00"]],
        [["09:00", "12:00"], ["11:00", "17:00"]],
        [["09:00", "12:00"], ["12:00", "17:00"]],
        [["09:00"]],
        ["09:00", "17:00"],
        [["nine", "five"]],
        None,
        7,
    ],
)
def test_hours_that_are_none(drawn: object) -> None:
    with pytest.raises(HoursNotValid) as refused:
        OfficeHours.from_json(drawn)
    assert refused.value.faults


def test_hours_round_trip() -> None:
    drawn = [["09:00", "12:00"], ["13:30", "17:00"]]
    assert OfficeHours.from_json(drawn).to_json() == drawn
    assert OfficeHours.from_json(OfficeHours().to_json()) == OfficeHours()


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2026-11-23T09:00", "2026-11-23T17:00", 1),
        ("2026-11-23T09:00", "2026-11-23T12:00", 0.5),
        ("2026-11-23T12:00", "2026-11-23T14:00", 0),  # the lunch break
        ("2026-11-23T10:30", "2026-11-24T10:30", 1),
        ("2026-11-27T17:00", "2026-11-30T09:00", 0),  # a weekend
        ("2026-11-27T16:00", "2026-11-30T10:00", 2 / 6),
        ("2026-11-28T10:00", "2026-11-29T10:00", 0),
        ("2026-09-30T09:00", "2026-10-10T09:00", 3),  # the National Day holiday
        ("2026-10-10T09:00", "2026-10-11T20:00", 1),  # a make-up Saturday
        ("2026-11-24T09:00", "2026-11-23T09:00", 0),
    ],
)
def test_office_time_between_two_moments(since: str, until: str, days: float) -> None:
    assert OFFICE.worked(at(since), at(until)) == pytest.approx(days)


@pytest.mark.parametrize("count_start_day", [False, True])
@pytest.mark.parametrize("span", ["0wd", "1wd", "20wd", "0cd", "1cd", "30cd", "0mo", "1mo", "6mo"])
def test_what_is_asked_of_years_of_days_at_once_is_what_each_day_answers(span: str, count_start_day: bool) -> None:
    office = OfficeTime(CALENDAR, count_start_day=count_start_day)
    first, last = date(2025, 1, 1), date(2026, 12, 31)
    days = [first + n * timedelta(1) for n in range((last - first).days + 1)]
    each = [office.add(day, Span.parse(span)).on.toordinal() for day in days]
    assert office.add_to_each(first, last, Span.parse(span)) == each
