"""Which days count: regions, reach-back, changes, what is known and since when, and the years nobody has published."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.clock import DayKind, Notice, WorkCalendar, parse_notice, shipped_notices
from engine.clock.calendar import DateOutOfReach, RegionNotPublished
from engine.clock.notice import RegionNotUnderstood
from tests.clock.reckoning import CALENDAR, day, days

TORCH = Notice(
    "演示州〔2026〕1号", day("2026-01-05"), day("2026-01-05"), 2026, "CN-51-34",
    off=(day("2026-07-30"), day("2026-07-31")), work=(day("2026-08-01"),),
)  # fmt: skip


def next_year(**changes: object) -> Notice:
    """An imagined notice for 2027 that reaches back into December."""
    drawn = {
        "number": "演示〔2026〕1号", "year": 2027, "issued_on": "2026-11-25", "src": "P",
        "off": ["2026-12-31", "2027-01-01", "2027-01-02", "2027-05-01", "2027-10-01"], "work": ["2026-12-26"],
    }  # fmt: skip
    return parse_notice({**drawn, **changes})


def test_a_region_has_its_own_days_on_top_of_the_nations() -> None:
    region = WorkCalendar.of((*shipped_notices(), TORCH), "CN-51-34")
    county = WorkCalendar.of((*shipped_notices(), TORCH), "CN-51-34-01")
    province = WorkCalendar.of((*shipped_notices(), TORCH), "CN-51")
    assert [c.is_working(day("2026-07-30")) for c in (region, county, province)] == [False, False, True]
    assert region.is_working(day("2026-08-01"))
    assert not province.is_working(day("2026-08-01"))
    assert region.add(day("2026-07-29"), 1).on == day("2026-08-01")
    assert region.why(day("2026-07-30")).words == "地方节日（演示州〔2026〕1号）"
    assert region.why(day("2026-08-01")).kind is DayKind.REGIONAL_MAKE_UP
    assert region.known_through == province.known_through == day("2026-12-24")


def test_a_region_wins_over_a_newer_notice_of_the_nation() -> None:
    newer = Notice(
        "国〔2026〕9号",
        day("2026-07-01"),
        day("2026-07-01"),
        2026,
        work=(day("2026-07-30"),),
        changes="国办发明电〔2025〕7号",
    )
    calendar = WorkCalendar.of((newer, TORCH, *shipped_notices()), "CN-51-34")
    assert not calendar.is_working(day("2026-07-30"))


def test_an_office_whose_region_has_no_days_of_its_own_counts_the_nations() -> None:
    year = day("2025-01-01"), day("2026-01-01")
    assert WorkCalendar.of(shipped_notices(), "CN-51-34").count(*year) == CALENDAR.count(*year)


@pytest.mark.parametrize("code", ["", "XX", "9901", "cn", "CN-", "CN-四川", "CN-51 "])
def test_what_is_no_region_has_no_calendar(code: str) -> None:
    with pytest.raises(RegionNotUnderstood):
        WorkCalendar.of(shipped_notices(), code)


def test_a_region_that_was_typed_in_must_have_a_notice() -> None:
    """Nobody vouches that it has no days of its own: the nation's are not told as its own."""
    notices = (*shipped_notices(), TORCH)
    assert WorkCalendar.of_published(notices, "CN-51-34") == WorkCalendar.of(notices, "CN-51-34")
    assert WorkCalendar.of_published(notices, "CN") == CALENDAR
    for code in ("CN-51", "CN-51-35"):
        with pytest.raises(RegionNotPublished):
            WorkCalendar.of_published(notices, code)


def test_regional_notices_open_no_year() -> None:
    calendar = WorkCalendar.of((TORCH,), "CN-51-34")
    assert not calendar.known(day("2026-07-30"))
    assert not calendar.is_working(day("2026-07-30"))


@pytest.mark.parametrize(
    ("on", "kind", "words"),
    [
        ("2025-10-30", DayKind.WORKDAY, "工作日"),
        ("2025-10-25", DayKind.WEEKEND, "周末"),
        ("2025-10-01", DayKind.HOLIDAY, "节日（国办发明电〔2024〕12号）"),
        ("2025-10-11", DayKind.MAKE_UP, "调休上班（国办发明电〔2024〕12号）"),
        ("2018-12-29", DayKind.MAKE_UP, "调休上班（国办发明电〔2018〕15号）"),
        ("2018-12-31", DayKind.HOLIDAY, "节日（国办发明电〔2018〕15号）"),
        ("2019-05-02", DayKind.HOLIDAY, "节日（国办发明电〔2019〕3号）"),
        ("2020-02-01", DayKind.HOLIDAY, "节日（国办发明电〔2020〕1号）"),
        ("2026-12-25", DayKind.WORKDAY, "工作日，日历未公布"),
        ("2027-01-01", DayKind.EXPECTED_HOLIDAY, "法定节日，日历未公布"),
        ("2027-01-02", DayKind.WEEKEND, "周末，日历未公布"),
        ("2027-02-06", DayKind.WEEKEND, "周末，日历未公布"),
    ],
)
def test_why(on: str, kind: DayKind, words: str) -> None:
    reason = CALENDAR.why(day(on))
    assert (reason.kind, reason.words) == (kind, words)
    assert reason.works is CALENDAR.is_working(day(on))


def test_what_was_known_on_a_past_day() -> None:
    before, after = CALENDAR.as_of(day("2019-03-21")), CALENDAR.as_of(day("2019-03-22"))
    assert before.is_working(day("2019-05-02"))
    assert not before.is_working(day("2019-05-05"))
    assert not after.is_working(day("2019-05-02"))
    assert after.is_working(day("2019-05-05"))
    assert before.add(day("2019-04-26"), 5).on == day("2019-05-06")
    assert after.add(day("2019-04-26"), 5).on == day("2019-05-06")
    assert before.add(day("2019-04-26"), 3).on == day("2019-05-02")
    assert after.add(day("2019-04-26"), 3).on == day("2019-04-30")


def test_the_spring_festival_of_2020() -> None:
    before, after = CALENDAR.as_of(day("2020-01-25")), CALENDAR.as_of(day("2020-01-26"))
    assert [before.is_working(d) for d in days(day("2020-01-31"), day("2020-02-03"))] == [True, True, False, True]
    assert [after.is_working(d) for d in days(day("2020-01-31"), day("2020-02-03"))] == [False, False, False, True]
    assert before.add(day("2020-01-20"), 5).on == day("2020-02-01")
    assert after.add(day("2020-01-20"), 5).on == day("2020-02-04")


def test_a_notice_is_known_from_the_day_of_its_issue() -> None:
    assert CALENDAR.as_of(day("2025-11-03")).known_through == day("2025-12-24")
    assert CALENDAR.as_of(day("2025-11-04")).known_through == day("2026-12-24")
    later = next_year(holds_from="2026-12-01")
    calendar = WorkCalendar.of((*shipped_notices(), later))
    assert calendar.as_of(day("2026-11-30")).known_through == day("2026-12-24")
    assert calendar.as_of(day("2026-12-01")).known_through == day("2027-12-24")


def test_importing_the_next_year_moves_and_settles_dates() -> None:
    calendar = WorkCalendar.of((*shipped_notices(), next_year()))
    assert str(CALENDAR.add(day("2026-12-24"), 3)) == "2026-12-29 provisional"
    assert str(calendar.add(day("2026-12-24"), 3)) == "2026-12-28"
    assert calendar.is_working(day("2026-12-26"))
    assert not calendar.is_working(day("2026-12-31"))
    assert calendar.known(day("2026-12-31"))


def test_a_gap_between_published_years_is_not_known() -> None:
    calendar = WorkCalendar.of(n for n in shipped_notices() if n.year != 2022)
    assert calendar.known(day("2021-12-24"))
    assert [calendar.known(day(d)) for d in ("2021-12-25", "2022-06-01", "2022-12-31")] == [False, False, False]
    assert calendar.known(day("2023-01-01"))
    assert calendar.known_through == day("2026-12-24")
    assert calendar.add(day("2021-12-20"), 300).provisional


def test_known_between_is_half_open() -> None:
    assert CALENDAR.known_between(day("2017-12-31"), day("2026-12-24"))
    assert not CALENDAR.known_between(day("2017-12-30"), day("2026-12-24"))
    assert not CALENDAR.known_between(day("2017-12-31"), day("2026-12-25"))
    assert CALENDAR.known_between(day("2027-01-01"), day("2027-01-01"))


@pytest.mark.parametrize("year", [1900, 1969, 2017, 2027, 2100, 2200])
def test_years_without_a_notice_are_estimated_and_marked(year: int) -> None:
    fixed = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
    for d in days(date(year, 1, 1), date(year, 12, 31)):
        assert CALENDAR.is_working(d) is (d.weekday() < 5 and (d.month, d.day) not in fixed)
        assert not CALENDAR.known(d)
    assert CALENDAR.add(date(year, 3, 1), 10).provisional


def test_no_notice_at_all() -> None:
    nothing = WorkCalendar.of(())
    assert nothing.add(day("2026-11-23"), 5).provisional
    assert nothing.known_through < date(1900, 1, 1)


def test_the_longest_limit_from_either_end() -> None:
    assert CALENDAR.add(date(2200, 12, 31), 9999).provisional
    assert CALENDAR.add(date(1900, 1, 1), -1).on < date(1900, 1, 1)


@pytest.mark.parametrize(
    ("start", "n"), [(date(1800, 1, 1), 1), (date(2400, 1, 1), 0), (date(2300, 12, 1), 400), (date(1880, 1, 5), -10)]
)
def test_beyond_all_reach_is_refused(start: date, n: int) -> None:
    with pytest.raises(DateOutOfReach):
        CALENDAR.add(start, n)


def test_day_zero_of_a_rest_day_is_the_next_working_day() -> None:
    assert CALENDAR.add(day("2025-10-01"), 0).on == day("2025-10-09")
    assert CALENDAR.add(day("2025-10-11"), 0).on == day("2025-10-11")
    assert CALENDAR.add(day("2026-12-26"), 0).provisional


def test_calendars_are_values() -> None:
    again = WorkCalendar.of(reversed(shipped_notices()))
    assert again == CALENDAR
    assert hash(again) == hash(CALENDAR)
    assert again != WorkCalendar.of(shipped_notices(), "CN-51")
    assert "array" not in repr(CALENDAR)


def test_empty_and_backward_stretches_count_nothing() -> None:
    today = day("2025-10-30")
    assert CALENDAR.count(today, today) == 0
    assert CALENDAR.count(today, today - timedelta(30)) == 0
