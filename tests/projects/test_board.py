"""The board says what each matter of a plan is at this moment, and the morning what to look at first."""

from __future__ import annotations

import pytest

from engine.clock import Lamp
from engine.projects import Cell, ProjectUnknown, State, board, lamps
from tests.cases.test_consultations import MINUTES
from tests.hall import Hall
from tests.joint import Joint
from tests.projects.driving import CODE, TOLD, files, granted, line, list_of, opens, stands
from tests.projects.test_projects import publish_with_need

OTHER = "2026-519900-83-01-000002"
EXPERTS = {"ground": "expert_review", "planned": "5wd", "reason": "新技术"}


def cell(hall: Hall, stage: str) -> Cell:
    return next(c for c in stands(hall).cells if c.stage.name == stage)


# ---------------------------------------------------------------- one matter
def test_a_matter_is_what_its_case_is(hall: Hall) -> None:
    opens(hall)
    assert (line(hall, "GH02").state, line(hall, "GH02").lamp, line(hall, "GH02").words) == (
        State.NONE,
        Lamp.NONE,
        "未开始",
    )
    case_id = files(hall, "GH02")
    assert (line(hall, "GH02").state, line(hall, "GH02").words) == (State.RUNNING, "告知 剩 5 日")
    hall.does("zhao", case_id, "intake", "accept")
    assert line(hall, "GH02").words == "剩 3 日"
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant")
    assert (line(hall, "GH02").state, line(hall, "GH02").lamp, line(hall, "GH02").words) == (
        State.GRANTED,
        Lamp.DONE,
        "准予",
    )


def test_a_correction_is_the_applicants_turn(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "GH02", missing=("parcel_map",))
    hall.does("zhao", case_id, "intake", "request_correction", items=[{"material": "parcel_map", "problem": "缺"}])
    found = line(hall, "GH02")
    assert (found.state, found.lamp) == (State.CORRECTING, Lamp.GREEN)


def test_a_paused_case_is_grey_and_says_why(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "XF01")
    hall.does("lin", case_id, "intake", "accept")
    hall.acts("gao", case_id, "start_special", **EXPERTS)
    found = line(hall, "XF01")
    assert (found.state, found.lamp, found.words) == (State.PAUSED, Lamp.GREY, "暂停 专家评审")


def test_a_refused_matter_must_begin_again(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "GH02")
    hall.does("zhao", case_id, "intake", "accept")
    hall.does("qian", case_id, "review", "pass")
    hall.at("2026-03-03").does("sun", case_id, "decide", "refuse", reasons="不符合规划", basis="城乡规划法")
    found = line(hall, "GH02")
    assert (found.state, found.words) == (State.ENDED, "不予许可")
    assert found.dates is not None
    assert found.dates.earliest_start.on == hall.now.date()
    again = files(hall, "GH02")
    assert line(hall, "GH02").state is State.RUNNING
    hall.applicant(again, "withdraw")
    assert line(hall, "GH02").words == "已撤回"


def test_of_several_cases_the_granted_one_counts(hall: Hall) -> None:
    opens(hall)
    granted(hall)
    files(hall, "GH02")
    assert line(hall, "GH02").state is State.GRANTED


# ---------------------------------------------------------------- dates with real cases
def test_the_dates_follow_the_real_case(hall: Hall) -> None:
    opens(hall, plan=("GH02", "GH03", "GH04"))
    case_id = files(hall, "GH02")
    hall.at("2026-03-04").does("zhao", case_id, "intake", "accept")
    found = line(hall, "GH02").dates
    following = line(hall, "GH03").dates
    assert found is not None
    assert following is not None
    assert found.earliest_finish.on == hall.clock(case_id, "promised").due_on
    assert following.earliest_start == found.earliest_finish
    assert following.waits_for == ("GH02",)
    hall.at("2026-03-05").does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant")
    following = line(hall, "GH03").dates
    assert following is not None
    assert (following.earliest_start.on, following.waits_for) == (hall.now.date(), ())


def test_a_late_case_eats_the_slack_of_all_behind_it(hall: Hall) -> None:
    opens(hall, plan=("GH02", "GH03", "GH04"))
    case_id = files(hall, "GH02")
    hall.does("zhao", case_id, "intake", "accept")
    before = stands(hall).float_days
    hall.at("2026-03-13")
    after = stands(hall).float_days
    assert before is not None
    assert after is not None
    due_to_today = 6  # due on the 5th; the 6th, 9th … 13th
    assert before - after == due_to_today
    assert all(x.dates is not None and x.dates.critical for x in stands(hall).lines)


def test_what_comes_after_the_event_has_no_dates(hall: Hall) -> None:
    opens(hall, plan=("GH02", "GH03"), event="竣工")
    assert [x.dates for x in stands(hall).lines] == [None, None]
    assert stands(hall).float_days is None


def test_a_guide_that_makes_a_cycle_later_is_told_and_the_board_still_stands(hall: Hall) -> None:
    opens(hall)
    publish_with_need(hall, "GH02", "D:GH04")
    found = stands(hall)
    assert "建设用地规划许可证核发（GH02）" in found.fault
    assert [x.code for x in found.lines][:2] == ["TZ01", "GH02"]
    assert all(x.dates is None for x in found.lines)


def test_needs_outside_the_plan_are_named_unless_they_depend_on_the_route(hall: Hall) -> None:
    opens(hall, plan=("GH02", "GH04"))
    assert line(hall, "GH02").outside == (("TZ01", "TZ02", "TZ03"),)
    assert line(hall, "GH04").outside == (("ZR01", "ZR02"), ("GH03",))


def test_a_case_outside_the_plan_is_named(hall: Hall) -> None:
    opens(hall, plan=("GH03",))
    case_id = files(hall, "GH02")
    assert stands(hall).unplanned == (hall.case(case_id).case_no,)


# ---------------------------------------------------------------- stages
def test_a_stage_counts_what_is_granted_and_shows_what_to_look_at_first(hall: Hall) -> None:
    opens(hall)
    granted(hall)
    first = cell(hall, "立项用地")
    assert (first.done, first.needed, first.first and first.first.code) == (1, 2, "TZ01")
    building = cell(hall, "工程建设")
    assert building.first is not None
    assert building.first.dates is not None
    latest = building.first.dates.latest_start.on
    assert (building.words, building.passed) == (f"最迟 {latest.month}/{latest.day} 报", False)
    assert cell(hall, "施工许可").words == "未开始"
    assert (cell(hall, "竣工验收").needed, cell(hall, "竣工验收").words) == (0, "")
    assert stands(hall).done == 1


def test_a_stage_in_which_all_is_granted_is_done(hall: Hall) -> None:
    opens(hall, plan=("GH02", "GH03"))
    granted(hall)
    done = cell(hall, "立项用地")
    assert (done.done, done.needed, done.first, done.lamp) == (1, 1, None, Lamp.DONE)


def test_the_gravest_lamp_of_a_stage_is_shown(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "GH02")
    hall.does("zhao", case_id, "intake", "accept")
    hall.at("2026-03-04")
    assert (cell(hall, "立项用地").lamp, cell(hall, "立项用地").first) == (Lamp.YELLOW, line(hall, "GH02"))
    hall.at("2026-03-05", "17:30")
    assert cell(hall, "立项用地").lamp is Lamp.RED


def test_the_heading_says_for_what_each_late_case_is_late(hall: Hall) -> None:
    opens(hall)
    promised = files(hall, "GH02")
    hall.does("zhao", promised, "intake", "accept")
    files(hall, "HP02")  # nobody says whether it is accepted
    assert lamps([stands(hall)]) == [(Lamp.GREEN, "正常", 2)]
    hall.at("2026-03-10")
    assert lamps([stands(hall)]) == [(Lamp.RED, "超承诺", 1), (Lamp.RED, "超告知期限", 1)]


# ---------------------------------------------------------------- the morning
def test_overdue_comes_first_and_leaves_the_second_heading(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "GH02")
    hall.does("zhao", case_id, "intake", "accept")
    hall.claim("qian", case_id, "review")
    hall.at("2026-03-04")
    (soon,) = list_of(hall)["今日、下一工作日到期"].points
    assert (soon.line.code, soon.whom, soon.lamp) == ("GH02", "自然资源和规划局 钱立", Lamp.YELLOW)
    hall.at("2026-03-09")
    found = list_of(hall)
    (late,) = found["超期环节"].points
    assert (late.words, late.what, late.lamp) == ("超承诺 2 日", "", Lamp.RED)
    assert found["今日、下一工作日到期"].points == ()


def test_the_headings_stand_in_their_order_even_when_empty(hall: Hall) -> None:
    opens(hall, plan=())
    found = list(list_of(hall).values())
    assert [h.number for h in found] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [len(h.points) for h in found] == [0] * 8


def test_past_its_latest_start_and_not_filed(hall: Hall) -> None:
    opens(hall, plan=("GH02", "GH03"), target_on=TOLD["target_on"].replace(month=3, day=16))
    assert list_of(hall)["过了最迟申报日还没报"].points == ()  # the latest start is today
    hall.at("2026-03-06")
    first, second = list_of(hall)["过了最迟申报日还没报"].points
    assert (first.line.code, first.whom, first.words) == ("GH02", "等申请人申报", "过 4 个工作日")
    assert (second.line.code, second.whom, second.words) == ("GH03", "等前置事项", "过 1 个工作日")


def test_a_special_procedure_past_its_plan(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "XF01")
    hall.does("lin", case_id, "intake", "accept")
    hall.acts("gao", case_id, "start_special", **EXPERTS)
    hall.at("2026-03-09")
    assert list_of(hall)["特别程序超过计划"].points == ()
    hall.at("2026-03-11")
    (late,) = list_of(hall)["特别程序超过计划"].points
    assert (late.what, late.words) == ("专家评审", "超计划时间 2 日")


def test_a_promised_paper_that_falls_due(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "GH02", missing=("parcel_map",))
    promises = [{"material": "parcel_map", "promised_on": "2026-03-05"}]
    hall.does("zhao", case_id, "intake", "accept_tolerant", promises=promises, letter="容 1")
    assert list_of(hall)["意见未复、容缺到期"].points == ()
    hall.at("2026-03-04")
    (due,) = list_of(hall)["意见未复、容缺到期"].points
    assert (due.what, due.whom) == ("容缺补交", TOLD["owner"])


def test_an_applicant_who_waits_more_than_five_days(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "GH02", missing=("parcel_map",))
    hall.does("zhao", case_id, "intake", "request_correction", items=[{"material": "parcel_map", "problem": "缺"}])
    hall.at("2026-03-09")
    assert list_of(hall)["申请人等待超 5 个工作日"].points == ()
    hall.at("2026-03-10")
    (waits,) = list_of(hall)["申请人等待超 5 个工作日"].points
    assert (waits.whom, waits.words) == (TOLD["owner"], "第 6 个工作日，打电话")


def test_an_order_that_nobody_answered(hall: Hall) -> None:
    opens(hall)
    case_id = files(hall, "GH02")
    hall.acts("zhou", case_id, "order", department="nr", text="请说明原因", reply="1wd")
    hall.at("2026-03-03", "17:30")
    (owed,) = list_of(hall)["督办到期未复"].points
    assert (owed.what, owed.whom, owed.lamp) == ("督〔2026〕1号", "自然资源和规划局", Lamp.RED)


def test_what_a_consultation_resolved_and_what_a_stage_owes(hall: Hall) -> None:
    """A stage is no line of the plan; what is owed in it stands on the list with the name of the stage."""
    opens(hall, plan=("TZ01", "GH02"))
    case_id = Joint.filing(hall, project=CODE, land="auctioned").accepted().filed.case_id
    resolved = [
        {"text": text, "department": "wat", "due_on": on} for text, on in (("一", "2026-03-04"), ("二", "2026-03-20"))
    ]
    hall.acts("zhou", case_id, "consult", **{**MINUTES, "agenda": ["GH02"], "resolutions": resolved})
    hall.acts("zhou", case_id, "order", department="nr", text="请说明原因", reply="1wd")
    assert list_of(hall)["会商议定事项到期"].points == ()
    assert [r.text for r in stands(hall).resolutions] == ["一", "二"]
    hall.at("2026-03-03", "17:30")
    (soon,) = list_of(hall)["会商议定事项到期"].points
    assert (soon.what, soon.whom, soon.line, soon.lamp) == ("会〔2026〕1号第1项", "水务局", None, Lamp.YELLOW)
    assert soon.name == "立项用地规划许可阶段（备案类）"
    assert soon.anchor == hall.case(case_id).case_no
    (late,) = list_of(hall)["督办到期未复"].points
    assert late.anchor == soon.anchor
    hall.acts("jin", case_id, "report_resolution", resolution="会〔2026〕1号第1项", text="已核定。")
    assert list_of(hall)["会商议定事项到期"].points == ()
    assert [r.text for r in stands(hall).resolutions] == ["二"]


# ---------------------------------------------------------------- who sees it
def test_the_board_is_for_the_coordinator_and_supervision(hall: Hall) -> None:
    opens(hall)
    opens(hall, OTHER, ("GH02",), name="第二项目")
    with hall.database.reading() as tx:
        assert [s.project.code for s in board(tx, hall.officer("zhou"), hall.now)] == [CODE, OTHER]
        assert len(board(tx, hall.officer("zheng"), hall.now)) == 2
        assert board(tx, hall.officer("li"), hall.now) == []
    with pytest.raises(ProjectUnknown):
        stands(hall, login="li")


def test_cases_count_for_their_own_project_only(hall: Hall) -> None:
    opens(hall)
    opens(hall, OTHER, ("GH02",), name="第二项目")
    granted(hall)
    assert (stands(hall).done, stands(hall, OTHER).done) == (1, 0)
