"""The clock sentence in every state that a case can be in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.clock import (
    Approver,
    Clock,
    ClockKind,
    Extension,
    Ground,
    Source,
    Span,
    limit_of,
    receipt_sentence,
    sentence,
)
from tests.clock.reckoning import OFFICE, at, clock, day, limit, pause

PROMISED, STATUTORY = ClockKind.PROMISED, ClockKind.STATUTORY
HOSPITAL = clock("2026-11-16", "8wd", pause("2026-11-19", planned="9wd"), kind=PROMISED)
SCHOOL = clock("2026-11-17", "5wd", kind=PROMISED)


def notice(received: str, span: str = "5wd") -> Clock:
    law = limit_of(ClockKind.NOTICE)
    assert law is not None
    return Clock(ClockKind.NOTICE, replace(law, span=Span.parse(span)), day(received))


@pytest.mark.parametrize(
    ("made", "when", "told"),
    [
        # running
        (SCHOOL, "2026-11-23T10:00", "5 个工作日已用 4 个，明天（11月24日 周二）17:00 前决定。"),
        (SCHOOL, "2026-11-24T16:59", "5 个工作日已用 5 个，今日 17:00 前决定。"),
        (SCHOOL, "2026-11-18T10:00", "5 个工作日已用 1 个，11月24日 周二前决定。"),
        (clock("2025-12-24", "10wd"), "2025-12-30T10:00", "10 个工作日已用 4 个，2026年1月8日 周四前决定。"),
        (clock("2025-09-10", "30cd"), "2025-09-20T10:00", "30 个自然日已用 10 个，10月10日 周五前决定。"),
        (clock("2025-08-31", "6mo"), "2025-09-30T10:00", "6 个月已过 30 个自然日，2026年2月28日 周六前决定。"),
        (clock("2026-11-23", "0wd"), "2026-11-23T10:00", "限当日，今日 17:00 前决定。"),
        (clock("2026-11-16", "3wd", kind=ClockKind.ORDER), "2026-11-17T10:00", "3 个工作日已用 1 个，11月19日 周四前回复督办单。"),
        # paused
        (HOSPITAL, "2026-11-23T10:00", "8 个工作日已用 3 个，专家评审暂停至 12月2日；12月3日起续算，12月9日 周三前办结。"),
        (
            clock("2026-11-16", "8wd", pause("2026-11-19", planned="7wd")),
            "2026-11-23T10:00",
            "8 个工作日已用 3 个，专家评审暂停至 11月30日；12月1日起续算，12月7日 周一前办结。",
        ),
        (
            clock("2026-11-16", "8wd", pause("2026-11-19", "2026-11-27")),
            "2026-11-23T10:00",
            "8 个工作日已用 3 个，专家评审暂停至 11月27日；11月30日起续算，12月4日 周五前办结。",
        ),
        (
            clock("2026-11-16", "20cd", pause("2026-11-19", planned="7wd")),
            "2026-11-23T10:00",
            "20 个自然日已用 3 个，专家评审暂停至 11月30日；12月1日起续算，12月17日 周四前办结。",
        ),
        (
            clock("2026-11-16", "8wd", pause("2026-11-19", planned="2wd"), pause("2026-11-20", None, Ground.TESTING, "6wd")),
            "2026-11-23T10:00",
            "8 个工作日已用 3 个，专家评审、检测暂停至 11月30日；12月1日起续算，12月7日 周一前办结。",
        ),
        (
            clock("2026-11-16", "8wd", pause("2026-11-19", planned="2wd")),
            "2026-11-25T10:00",
            "8 个工作日已用 3 个，专家评审暂停已超过计划的 11月23日，结束后续算，最早 12月2日 周三前办结。",
        ),
        (
            clock("2026-11-16", "8wd", pause("2026-11-19")),
            "2026-11-23T10:00",
            "8 个工作日已用 3 个，专家评审暂停中，没有写明计划时间，续算后再定到期日。",
        ),
        (HOSPITAL, "2026-12-02T20:00", "8 个工作日已用 3 个，专家评审暂停至 12月2日；12月3日起续算，12月9日 周三前办结。"),
        (HOSPITAL, "2026-12-03T00:00", "8 个工作日已用 3 个，专家评审暂停已超过计划的 12月2日，结束后续算，最早 12月10日 周四前办结。"),
        # late
        (SCHOOL, "2026-11-24T17:00", "5 个工作日已用 5 个，已超承诺（今日 17:00 到期）。"),
        (SCHOOL, "2026-11-26T10:00", "5 个工作日已用 7 个，已超承诺 2 个工作日。"),
        (clock("2026-11-16", "5wd"), "2026-11-24T10:00", "5 个工作日已用 6 个，已超法定 1 个工作日。"),
        (clock("2026-11-13", "5wd"), "2026-11-21T10:00", "5 个工作日已用 5 个，已超法定。"),
        (clock("2025-09-10", "30cd"), "2025-10-14T10:00", "30 个自然日已用 34 个，已超法定 4 个自然日。"),
        # notice
        (notice("2026-11-18"), "2026-11-20T10:00", "5 个工作日已用 2 个，还没受理，11月25日 周三前须一次告知。"),
        (notice("2026-11-18"), "2026-11-25T10:00", "5 个工作日已用 5 个，还没受理，今日 17:00 前须一次告知。"),
        (
            notice("2026-11-18"),
            "2026-11-25T17:30",
            "5 个工作日已用 5 个，没有按期一次告知，11月26日 周四起视为自11月18日 周三已受理。",
        ),
        # provisional
        (clock("2026-12-10"), "2026-12-14T10:00", "20 个工作日已用 2 个，日历未公布，2027年1月8日 周五为暂定。"),
        (clock("2026-12-24", "1wd"), "2026-12-25T10:00", "1 个工作日已用 1 个，日历未公布，今日 17:00 为暂定。"),
        (notice("2026-12-21"), "2026-12-22T10:00", "5 个工作日已用 1 个，还没受理，12月28日 周一（暂定）前须一次告知。"),
        (
            clock("2026-12-10", "20wd", pause("2026-12-14", planned="3wd")),
            "2026-12-15T10:00",
            "20 个工作日已用 2 个，专家评审暂停至 12月17日；12月18日起续算，2027年1月13日 周三（暂定）前办结。",
        ),
        # met
        (replace(clock("2025-09-26"), stopped_on=day("2025-10-10")), "2025-10-20T10:00", "20 个工作日已用 5 个，10月10日 周五已决定。"),
        (
            replace(clock("2025-09-26", "8wd", kind=PROMISED), stopped_on=day("2025-10-15")),
            "2025-10-20T10:00",
            "8 个工作日已用 9 个，10月15日 周三已决定，超承诺 1 个工作日。",
        ),
    ],
)  # fmt: skip
def test_the_sentence(made: Clock, when: str, told: str) -> None:
    assert sentence(made, OFFICE, at(when)) == told


def test_a_broken_promise_names_the_statute() -> None:
    statutory = clock("2026-11-17")
    late = sentence(SCHOOL, OFFICE, at("2026-11-26T10:00"), statutory=statutory)
    assert late == "5 个工作日已用 7 个，已超承诺 2 个工作日，法定到 12月15日 周二。"
    worse = sentence(SCHOOL, OFFICE, at("2026-12-16T10:00"), statutory=statutory)
    assert worse == "5 个工作日已用 21 个，已超承诺 16 个工作日，已超法定 1 个工作日。"
    evening = sentence(SCHOOL, OFFICE, at("2026-12-15T17:00"), statutory=statutory)
    assert evening == "5 个工作日已用 20 个，已超承诺 15 个工作日，已超法定（今日 17:00 到期）。"
    at_year_end = sentence(
        clock("2026-12-10", "3wd", kind=PROMISED), OFFICE, at("2026-12-16T10:00"), statutory=clock("2026-12-10")
    )
    assert at_year_end == "3 个工作日已用 4 个，已超承诺 1 个工作日，法定到 2027年1月8日 周五（暂定）。"
    held = replace(statutory, pauses=(pause("2026-11-18"),))
    assert "法定" not in sentence(SCHOOL, OFFICE, at("2026-11-26T10:00"), statutory=held)


def test_an_extension_is_named() -> None:
    granted = Extension(Span(10), at("2025-09-20T10:00"), Approver.HEAD)
    made = replace(clock("2025-09-01"), extensions=(granted,))
    assert sentence(made, OFFICE, at("2025-09-29T10:00")) == (
        "30 个工作日（含延长 10 个工作日）已用 21 个，10月17日 周五前决定。"
    )


@pytest.mark.parametrize("src", [Source.G, Source.P, Source.D])
def test_what_is_not_verified_says_so_and_names_no_article(src: Source) -> None:
    for made in (SCHOOL, HOSPITAL, notice("2026-11-18")):
        told = sentence(replace(made, limit=replace(made.limit, src=src)), OFFICE, at("2026-11-23T10:00"))
        assert told.endswith("。示例数据，未经核实。")
        assert "第" not in told


def test_a_pause_of_another_limits_ground_is_not_told() -> None:
    made = clock("2026-11-17", "5wd", pause("2026-11-18", None, Ground.DISPUTE), kind=PROMISED)
    assert sentence(made, OFFICE, at("2026-11-23T10:00")) == sentence(SCHOOL, OFFICE, at("2026-11-23T10:00"))


def test_a_future_pause_without_a_plan() -> None:
    made = Clock(STATUTORY, limit("8wd"), day("2026-11-16"), (pause("2026-11-20"),))
    assert sentence(made, OFFICE, at("2026-11-18T10:00")) == (
        "8 个工作日已用 2 个，有一段暂停没有写明计划时间，到期日待定。"
    )


@pytest.mark.parametrize(
    ("filed_at", "before", "after"),
    [
        ("2026-11-25T10:21", "现在是办公时间，提交后当即收件", "今日 10:21 收件"),
        ("2026-11-25T08:10", "现在还没到上班时间，提交后 今日 09:00 收件", "提交时还没到上班时间，今日 09:00 收件"),
        ("2026-11-25T12:30", "现在是午休时间，提交后 今日 14:00 收件", "提交时是午休时间，今日 14:00 收件"),
        (
            "2026-11-25T17:00",
            "现在是下班时间，提交后 11月26日 周四 09:00 收件",
            "提交时是下班时间，11月26日 周四 09:00 收件",
        ),
        (
            "2026-11-28T10:00",
            "现在是休息日，提交后 11月30日 周一 09:00 收件",
            "提交时是休息日，11月30日 周一 09:00 收件",
        ),
        # a make-up Saturday is a day of work, and the evening before it leads to it
        (
            "2026-10-09T20:00",
            "现在是下班时间，提交后 10月10日 周六 09:00 收件",
            "提交时是下班时间，10月10日 周六 09:00 收件",
        ),
        (
            "2026-12-31T18:00",
            "现在是下班时间，提交后 2027年1月4日 周一 09:00（暂定）收件",
            "提交时是下班时间，2027年1月4日 周一 09:00（暂定）收件",
        ),
    ],
)
def test_when_an_online_filing_is_received(filed_at: str, before: str, after: str) -> None:
    """Said before the button and after it, and both say the same moment."""
    moment = at(filed_at)
    assert receipt_sentence(moment, OFFICE, moment, filed=False) == f"{before}，从那时起算。"
    assert receipt_sentence(moment, OFFICE, moment, filed=True) == f"{after}，从那时起算。"
