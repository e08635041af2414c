"""The story day by day: reasons, numbers, pauses, the roll forward, lateness, and what it must not say."""

from __future__ import annotations

import json
from dataclasses import replace

from engine.clock import Approver, Clock, ClockKind, DayPart, Extension, Ground, OfficeTime, Source, Span, Story
from tests.clock.reckoning import CALENDAR, OFFICE, at, clock, day, limit, pause


def tell(made: Clock, on: str, office: OfficeTime = OFFICE) -> Story:
    return made.explain(office, day(on))


def test_a_whole_story() -> None:
    made = clock("2025-09-26", "8wd", pause("2025-09-29", "2025-10-09"))
    assert tell(made, "2025-10-10").lines() == [
        "法定时限 8 个工作日，自受理（9月26日 周五）起算",
        "依据：行政许可法 第42条",
        "专家评审：9月29日 周一至 10月9日 周四，依据：行政许可法 第45条",
        "9月26日 周五  —  受理，当日不计",
        "9月27日 周六  —  周末",
        "9月28日 周日  1  调休上班（国办发明电〔2024〕12号）",
        "9月29日 周一  2  工作日",
        "9月30日 周二  —  暂停（专家评审）",
        *[f"10月{d}日 周{w}  —  节日（国办发明电〔2024〕12号）" for d, w in enumerate("三四五六日一二三", 1)],
        "10月9日 周四  —  暂停（专家评审）",
        "10月10日 周五  3  工作日",
        "10月11日 周六  4  调休上班（国办发明电〔2024〕12号）",
        "10月12日 周日  —  周末",
        "10月13日 周一  5  工作日",
        "10月14日 周二  6  工作日",
        "10月15日 周三  7  工作日",
        "10月16日 周四  8  工作日，到期（17:00）",
        "共 8 个工作日：已用 3 个，暂停 2 个，剩余 5 个",
        "到期：10月16日 周四 17:00",
    ]


def sums(made: Clock, on: str) -> list[tuple[str, int | None]]:
    return [(row.words, row.n) for row in tell(made, on).sums]


def test_the_addition_as_one_would_write_it() -> None:
    """Weekends are left out, a holiday and a pause are rows of their own, and what was counted comes to the limit."""
    made = clock("2025-09-26", "8wd", pause("2025-09-29", "2025-10-09"))
    assert sums(made, "2025-10-10") == [
        ("9月26日 周五受理，当日不计", 0),
        ("9月28日至29日", 2),
        ("9月30日，暂停（专家评审），1 个工作日", None),
        ("10月1日至8日，节日（国办发明电〔2024〕12号）", None),
        ("10月9日，暂停（专家评审），1 个工作日", None),
        ("10月10日至16日", 6),
    ]
    assert sum(n or 0 for _, n in sums(made, "2025-10-10")) == 8
    late = sums(clock("2025-11-26", "3wd", kind=ClockKind.PROMISED), "2025-12-03")
    assert late == [("11月26日 周三受理，当日不计", 0), ("11月27日至12月1日", 3), ("12月2日至3日，超期", 2)]
    rolled = sums(clock("2026-01-20", "30cd", kind=ClockKind.STATUTORY), "2026-02-02")
    assert rolled[1:3] == [("1月21日至2月19日", 30), ("2月20日至23日，节日（国办发明电〔2025〕7号），顺延", None)]


def test_calendar_days_roll_forward() -> None:
    story = tell(clock("2026-01-20", "30cd", kind=ClockKind.STATUTORY), "2026-02-02")
    told = {d.on: d for d in story.days}
    assert told[day("2026-02-15")].k == 26  # a holiday counts in calendar days
    assert (told[day("2026-02-19")].k, told[day("2026-02-19")].due) == (30, False)
    assert [d.part for d in story.days[31:]] == [DayPart.ROLLED] * 5
    assert story.days[-1].words == "工作日，顺延，到期（17:00）"
    assert story.days[-1].on == day("2026-02-24")
    assert story.foot == ("共 30 个自然日：已用 13 个，暂停 0 个，剩余 17 个", "到期：2月24日 周二 17:00")


def test_past_due_the_story_goes_on_to_today() -> None:
    story = tell(clock("2025-11-03", "3wd", kind=ClockKind.PROMISED), "2025-11-11")
    assert [(d.on.day, d.part, d.k) for d in story.days[3:]] == [
        (6, DayPart.COUNTED, 3),
        (7, DayPart.OVERDUE, 1),
        (8, DayPart.REST, None),
        (9, DayPart.REST, None),
        (10, DayPart.OVERDUE, 2),
        (11, DayPart.OVERDUE, 3),
    ]
    assert (story.used, story.left) == (6, 0)


def test_a_clock_that_was_met_ends_there() -> None:
    story = tell(replace(clock("2025-09-26"), stopped_on=day("2025-10-10")), "2025-12-01")
    assert (story.days[-1].on, story.used, story.left) == (day("2025-10-10"), 5, 15)


def test_an_unpublished_day_says_so() -> None:
    story = tell(clock("2026-12-22", "4wd"), "2026-12-23")
    assert [d.on.day for d in story.days if d.known] == [22, 23, 24]
    assert [d.on.day for d in story.days if not d.known] == [25, 26, 27, 28]
    assert story.days[3].words == "工作日，日历未公布"
    assert story.foot[1] == "到期：12月28日 周一 17:00，暂定：日历未公布"


def test_open_pauses() -> None:
    planned = tell(clock("2026-11-16", "8wd", pause("2026-11-19", planned="9wd")), "2026-11-23")
    assert planned.heading[2] == "专家评审：11月19日 周四，尚未结束，计划 9 个工作日，依据：行政许可法 第45条"
    assert planned.foot[1] == "到期：12月9日 周三 17:00，按暂停的计划时间推算"
    assert sum(d.part is DayPart.PAUSED for d in planned.days) == 9
    unknown = tell(clock("2026-11-16", "8wd", pause("2026-11-19")), "2026-11-23")
    assert unknown.days[-1].on == day("2026-11-23")
    assert unknown.foot == (
        "共 8 个工作日：已用 3 个，暂停 2 个，剩余 5 个",
        "暂停没有写明计划时间，结束后才能算出到期日",
    )


def test_a_day_of_two_pauses_names_both_from_the_day_after_each_began() -> None:
    second = pause("2025-11-05", "2025-11-07", Ground.TESTING)
    story = tell(clock("2025-11-03", "8wd", pause("2025-11-04", "2025-11-06"), second), "2025-11-04")
    assert [d.words for d in story.days[2:5]] == ["暂停（专家评审）", "暂停（专家评审、检测）", "暂停（检测）"]


def test_what_is_not_verified_names_no_article() -> None:
    granted = Extension(Span(10), at("2025-09-20T10:00"), Approver.HEAD)
    made = clock("2025-09-01", "20wd", pause("2025-09-08", "2025-09-10"))
    made = replace(made, limit=limit(src=Source.G), extensions=(granted,))
    lines = tell(made, "2025-09-22").lines()
    assert lines[1] == "示例数据，未经核实"
    assert "延长 10 个工作日，9月20日 周六经本机关负责人批准" in lines
    assert not any("行政许可法" in line for line in lines)


def test_a_verified_limit_without_an_article_prints_neither() -> None:
    lines = tell(Clock(ClockKind.PROMISED, limit("3wd", basis=""), day("2025-09-26")), "2025-09-26").lines()
    assert lines[1] == "9月26日 周五  —  受理，当日不计"


def test_same_day_limits() -> None:
    assert [d.words for d in tell(clock("2025-10-30", "0wd"), "2025-10-30").days] == ["受理，当日办结，到期（17:00）"]
    saturday = tell(clock("2026-11-28", "0wd"), "2026-11-28")
    assert [(d.part, d.k, d.due) for d in saturday.days] == [
        (DayPart.START, None, False),
        (DayPart.ROLLED, None, False),
        (DayPart.ROLLED, None, True),
    ]
    assert saturday.foot == ("限当日", "到期：11月30日 周一 17:00")


def test_where_the_first_day_counts() -> None:
    office = OfficeTime(CALENDAR, count_start_day=True)
    story = tell(clock("2025-09-26", "2wd"), "2025-09-26", office)
    assert [(d.on.day, d.k) for d in story.days] == [(26, 1), (27, None), (28, 2)]
    rest = tell(clock("2026-01-03", "1wd"), "2026-01-03", office)
    assert [(d.on.day, d.k) for d in rest.days] == [(3, None), (4, 1)]


def test_day_zero_is_named_after_its_fact() -> None:
    received = replace(clock("2025-09-26"), kind=ClockKind.ORDER)
    assert tell(received, "2025-09-26").days[0].words == "发出督办单，当日不计"


def test_the_plain_structure() -> None:
    story = tell(clock("2026-12-10", "20wd"), "2026-12-14").to_json()
    assert json.loads(json.dumps(story)) == story
    assert (story["due_on"], story["provisional"], story["projected"]) == ("2027-01-08", True, False)
    assert story["days"][1] == {
        "on": "2026-12-11",
        "weekday": "周五",
        "part": "counted",
        "k": 1,
        "words": "工作日",
        "due": False,
        "known": True,
    }
    assert (story["used"], story["paused"], story["left"]) == (2, 0, 18)
    settled = tell(clock("2025-09-26", "8wd"), "2025-09-29").to_json()
    assert (settled["due_on"], settled["provisional"], settled["projected"]) == ("2025-10-14", False, False)
    open_ = tell(clock("2026-11-16", "8wd", pause("2026-11-19", planned="9wd")), "2026-11-23").to_json()
    assert (open_["provisional"], open_["projected"], open_["paused"]) == (False, True, 2)
    unknown = tell(clock("2026-11-16", "8wd", pause("2026-11-19")), "2026-11-23").to_json()
    assert (unknown["due_on"], unknown["provisional"], unknown["projected"]) == (None, False, False)
