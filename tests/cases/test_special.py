"""What stops the clock needs a ground of the matter, its basis, a planned length and the written notice; extensions are once,
in time, by the right head (第42条、第45条)."""

from __future__ import annotations

from datetime import date

import pytest

from engine.cases import ActNotUnderstood, ClockBehind
from engine.cases.decisions import StillOut, StillPaused
from engine.cases.special import GroundNotLawful, NotExtendable, NotPaused, NotTheApprover, OutAlready, PausedAlready
from engine.clock import ExtensionNotLawful
from engine.errors import LianshenError, NotLawful
from engine.people import ActNotAllowed
from engine.store import tables
from tests.hall import Hall

EXPERTS = {"ground": "expert_review", "planned": "10wd", "reason": "新技术"}


def reviewed(hall: Hall, day: str = "2026-03-02") -> int:
    case_id = hall.at(day).accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    return case_id


def test_the_notice_is_issued_in_the_same_act(hall: Hall) -> None:
    case_id = reviewed(hall)
    hall.does("gao", case_id, "expert_start", "start", **EXPERTS)
    paper = hall.rows(tables.papers, case_id)[-1]
    assert paper.kind == "special"
    assert "专家评审" in paper.body
    assert "10 个工作日" in paper.body
    assert "第22条" in paper.body
    pause = hall.rows(tables.pauses, case_id)[0]
    assert pause.basis.endswith("第22条")
    assert pause.approved_by == hall.officer("gao").id


MISSING = [
    ({**EXPERTS, "ground": "site_visit"}, "/ground"),
    ({**EXPERTS, "planned": "很久"}, "/planned"),
    ({**EXPERTS, "reason": ""}, "/reason"),
    ({}, "/ground"),
]


@pytest.mark.parametrize(("details", "place"), MISSING)
def test_nothing_stops_without_its_parts(hall: Hall, details: dict[str, str], place: str) -> None:
    case_id = reviewed(hall)
    task = hall.claim("gao", case_id, "expert_start")
    with pytest.raises(ActNotUnderstood) as refused:
        hall.completes("gao", task, "start", **details)
    assert refused.value.faults[0].place == place
    assert hall.rows(tables.pauses, case_id) == []


def test_a_ground_that_the_matter_does_not_allow_is_refused(hall: Hall) -> None:
    case_id = reviewed(hall)
    with pytest.raises(GroundNotLawful, match="专家评审"):
        hall.acts("gao", case_id, "start_special", ground="hearing", planned="10wd", reason="听证")
    other = hall.accepted("GH02")
    with pytest.raises(GroundNotLawful, match="没有任何事由"):
        hall.acts("sun", other, "start_special", **EXPERTS)


def test_longer_than_the_rule_allows_is_refused(hall: Hall) -> None:
    case_id = reviewed(hall)
    with pytest.raises(NotLawful, match="20 个工作日"):
        hall.acts("gao", case_id, "start_special", **{**EXPERTS, "planned": "21wd"})
    with pytest.raises(NotLawful):
        hall.acts("gao", case_id, "start_special", **{**EXPERTS, "planned": "5cd"})


def test_a_reviewer_may_not_stop_the_clock(hall: Hall) -> None:
    with pytest.raises(ActNotAllowed):
        hall.acts("xu", reviewed(hall), "start_special", **EXPERTS)


def test_a_pause_without_a_drawn_step(hall: Hall) -> None:
    """The window may stop and resume the clock at any time before the decision; the process does not notice."""
    case_id = hall.at("2026-03-02").accepted("XF01")
    before = hall.clock(case_id, "promised").due_on
    hall.at("2026-03-03").acts("gao", case_id, "start_special", **EXPERTS)
    assert hall.pool("xu") == ["review"]
    with pytest.raises(PausedAlready):
        hall.acts("gao", case_id, "start_special", **EXPERTS)
    hall.at("2026-03-06").acts("xu", case_id, "end_special", result="同意")
    after = hall.clock(case_id, "promised").due_on
    assert hall.time.calendar.count(before, after) == 3
    with pytest.raises(NotPaused):
        hall.acts("xu", case_id, "end_special", result="同意")


@pytest.mark.parametrize("act", ["end_special", "withdraw"])
def test_no_pause_ends_before_it_began(hall: Hall, act: str) -> None:
    """A machine whose clock is behind says so; nothing is done."""
    case_id = hall.accepted("XF01")
    hall.acts("gao", case_id, "start_special", **EXPERTS)
    hall.later(seconds=-1)
    given = {"result": "同意"} if act == "end_special" else {"reason": "不办了"}
    with pytest.raises(ClockBehind):
        hall.acts("gao", case_id, act, **given)
    assert hall.rows(tables.pauses, case_id)[0].ended_at is None
    hall.later(seconds=1)
    hall.acts("gao", case_id, act, **given)
    assert hall.flaws(case_id) == []


def test_no_decision_while_experts_are_at_work(hall: Hall) -> None:
    case_id = reviewed(hall)
    hall.does("gao", case_id, "expert_start", "skip")
    hall.does("tang", case_id, "check", "pass")
    hall.acts("gao", case_id, "start_special", **EXPERTS)
    task = hall.claim("gao", case_id, "decide")
    with pytest.raises(StillPaused):
        hall.completes("gao", task, "grant")
    hall.acts("xu", case_id, "end_special", result="同意")
    hall.completes("gao", task, "grant")
    assert hall.flaws(case_id) == []


def test_a_pause_longer_than_planned_is_flagged(hall: Hall) -> None:
    case_id = reviewed(hall)
    hall.does("gao", case_id, "expert_start", "start", **EXPERTS)
    hall.at("2026-03-30").duties()
    assert hall.clock(case_id, "special", "expert_review").lamp == "red"
    assert hall.clock(case_id, "promised").lamp == "grey"


def test_the_third_party_holds_the_case_meanwhile(hall: Hall) -> None:
    case_id = reviewed(hall)
    hall.later(hours=1).does("gao", case_id, "expert_start", "start", **EXPERTS)
    hall.later(days=1).does("xu", case_id, "expert_end", "end", result="同意")
    holders = [p.holder for p in hall.rows(tables.possessions, case_id)]
    assert holders[-2:] == ["third_party", "window"]


# ---------------------------------------------------------------- extension
def test_an_extension_is_once(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.acts("sun", case_id, "extend", span="5wd", reason="衔接规划")
    assert hall.clock(case_id, "statutory").due_on == date(2026, 4, 7)
    with pytest.raises(ExtensionNotLawful, match="已经延长过"):
        hall.acts("sun", case_id, "extend", span="5wd", reason="再来")


EXTENSIONS = [
    ("sun", "11wd", "最多延长"),
    ("sun", "5cd", "延长"),
    ("sun", "0wd", "延长"),
]


@pytest.mark.parametrize(("who", "span", "words"), EXTENSIONS)
def test_an_extension_keeps_to_its_rule(hall: Hall, who: str, span: str, words: str) -> None:
    case_id = hall.at("2026-03-02").accepted()
    with pytest.raises(LianshenError, match=words):
        hall.acts(who, case_id, "extend", span=span, reason="衔接规划")
    assert hall.rows(tables.extensions, case_id) == []


def test_only_the_head_extends(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    with pytest.raises(ActNotAllowed):
        hall.acts("qian", case_id, "extend", span="5wd", reason="衔接规划")
    hall.hire("mayor", "m-1", like="sun", roles=["government"])
    with pytest.raises(NotTheApprover, match="本机关负责人"):
        hall.acts("mayor", case_id, "extend", span="5wd", reason="衔接规划")


def test_an_extension_comes_before_the_due_moment(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()  # statutory due 2026-03-30 17:00
    hall.at("2026-03-30", "17:00")
    with pytest.raises(ExtensionNotLawful, match="届满"):
        hall.acts("sun", case_id, "extend", span="5wd", reason="衔接规划")
    hall.at("2026-03-30", "16:59").acts("sun", case_id, "extend", span="5wd", reason="衔接规划")


def test_a_broken_promise_is_not_mended_by_an_extension(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()  # promised due 2026-03-05
    hall.at("2026-03-10").duties()
    assert hall.clock(case_id, "promised").lamp == "red"
    hall.acts("sun", case_id, "extend", span="5wd", reason="衔接规划")
    assert hall.clock(case_id, "promised").due_on == date(2026, 3, 5)
    assert hall.clock(case_id, "promised").lamp == "red"
    assert hall.clock(case_id, "statutory").due_on == date(2026, 4, 7)


def test_a_matter_without_a_rule_cannot_be_extended(hall: Hall) -> None:
    with pytest.raises(NotExtendable):
        hall.acts("gao", hall.accepted("XF01"), "extend", span="5wd", reason="忙")


# ---------------------------------------------------------------- out of the window's hands
def test_at_hq_the_clocks_run_on_and_hq_holds_the_case(hall: Hall) -> None:
    case_id = hall.accepted()
    due = hall.clock(case_id, "promised").due_on
    hall.later(hours=1).acts("zhao", case_id, "transfer_hq", receiver="规划科", reason="授权不足")
    assert hall.clock(case_id, "promised").due_on == due
    assert hall.rows(tables.possessions, case_id)[-1].holder == "hq"
    with pytest.raises(OutAlready):
        hall.acts("zhao", case_id, "transfer_hq", receiver="规划科", reason="又")
    hall.does("qian", case_id, "review", "pass")
    task = hall.claim("sun", case_id, "decide")
    with pytest.raises(StillOut, match="部门"):
        hall.completes("sun", task, "grant")
    hall.later(hours=1).acts("zhao", case_id, "return_from_hq", opinion="同意")
    hall.completes("sun", task, "grant")
    assert hall.flaws(case_id) == []


def test_suspended_and_away_may_hold_at_once(hall: Hall) -> None:
    from engine.cases import case_view

    case_id = reviewed(hall)
    hall.acts("gao", case_id, "start_special", **EXPERTS)
    hall.acts("lin", case_id, "transfer_hq", receiver="消防科", reason="会商")
    hall.acts("gao", case_id, "escalate_up", receiver="省厅", reason="请示")
    with hall.database.reading() as tx:
        shown = case_view(tx, hall.officer("gao"), hall.case(case_id).case_no, hall.now)
    assert (shown["phase"], shown["suspended"], shown["away"]) == ("accepted", ["expert_review"], ["hq", "upper_level"])
    assert hall.rows(tables.possessions, case_id)[-1].holder == "upper_level"
