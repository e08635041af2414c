"""What an applicant sees of his case, what he files twice by one click, and his draft before it is filed."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import (
    APPLICANT_KINDS,
    DraftUnknown,
    Filed,
    Filing,
    Progress,
    Upload,
    applicant_form,
    ask_precheck,
    change_draft,
    draft,
    draft_of_department,
    drafts_asked,
    file_case,
    file_draft,
    precheck,
    progress,
    save_draft,
)
from engine.cases.drafts import DraftFiled
from engine.clock import ClockKind, Lamp
from engine.people import APPLICANT, CaseUnknown, office_by_code, officer_by_login
from engine.store import RequestReused, tables
from forms import Field, FieldType, Form, FormNotAnswered, judge
from tests.hall import APPLICATIONS, Hall
from tests.pressing import all_press

CLICK = "a-request-id-of-a-page"
FILING = Filing(
    "GH02",
    {"name": "王强"},
    APPLICATIONS["GH02"],
    {},
    "web",
    files={"application": [Upload("表.txt", "申请".encode())]},
)


def seen(hall: Hall, filed: Filed) -> Progress:
    with hall.database.reading() as tx:
        return progress(tx, filed.case_no, filed.query_code, hall.now)


def track(of: Progress) -> list[tuple[str, str, str]]:
    return [(s.name, s.state, s.when) for s in of.stages]


# ---------------------------------------------------------------- progress
def test_the_stages_of_a_case_from_receipt_to_delivery(hall: Hall) -> None:
    filed = hall.file("GH02", missing=("land_contract",))
    told = seen(hall, filed)
    assert track(told) == [
        ("收件", "done", "3月2日 周一"),
        ("受理", "now", "3月9日 周一前"),
        ("审查", "ahead", ""),
        ("决定", "ahead", ""),
        ("送达", "ahead", "决定后 10 个工作日内"),
    ]
    assert told.clock is not None
    assert told.clock.kind is ClockKind.NOTICE
    assert (told.turn, told.may_withdraw) == ("现在不用您做什么。", True)

    asks = [{"material": "land_contract", "problem": "没有提交出让合同"}]
    hall.does("zhao", filed.case_id, "intake", "request_correction", items=asks)
    told = seen(hall, filed)
    assert [(a.key, a.name, a.problem) for a in told.asked] == [
        ("land_contract", "出让合同（仅出让）", "没有提交出让合同")
    ]
    assert ("补正", "now", "4月14日 周二前") in track(told)
    assert told.turn == "请补交下面的 1 项材料，4月14日 周二前。"

    hall.at("2026-03-03").applicant(filed.case_id, "receive_correction", materials=["land_contract"], channel="web")
    hall.at("2026-03-04").does("zhao", filed.case_id, "intake", "accept")
    told = seen(hall, filed)
    assert told.asked == ()
    assert track(told)[:4] == [
        ("收件", "done", "3月2日 周一"),
        ("补正", "done", "3月3日 周二"),
        ("受理", "done", "3月4日 周三"),
        ("审查", "now", "进行中"),
    ]
    assert told.say == "3 个工作日已用 0 个，3月9日 周一前决定。示例数据，未经核实。"
    assert told.due == "3月9日 周一前"
    assert told.statutory is not None
    assert told.statutory.kind is ClockKind.STATUTORY

    hall.does("qian", filed.case_id, "review", "pass")
    assert ("决定", "now", "3月9日 周一前") in track(seen(hall, filed))
    hall.at("2026-03-05").does("sun", filed.case_id, "decide", "grant", text="准予")
    told = seen(hall, filed)
    assert [s.note for s in told.stages if s.name == "决定"] == ["准予许可"]
    assert told.clock is not None
    assert told.clock.kind is ClockKind.DELIVERY
    assert not told.may_withdraw
    hall.does("zhao", filed.case_id, "certificate", "made")
    hall.does("zhao", filed.case_id, "deliver", "delivered", method="pickup", receiver="经办人")
    told = seen(hall, filed)
    assert track(told)[-2:] == [("制证", "done", "3月5日 周四"), ("送达", "done", "3月5日 周四")]
    assert (told.clock, told.say, told.lamp) == (None, "", Lamp.DONE)
    assert {p.kind for s in told.stages for p in s.papers} >= {"receipt", "correction", "acceptance", "grant"}


def test_a_pause_is_a_stage_and_the_lamp_is_grey(hall: Hall) -> None:
    filed = hall.file("XF01")
    hall.does("lin", filed.case_id, "intake", "accept")
    hall.does("xu", filed.case_id, "review", "pass")
    why = {"ground": "expert_review", "planned": "10wd", "reason": "新技术"}
    hall.does("gao", filed.case_id, "expert_start", "start", **why)
    hall.at("2026-03-04")
    told = seen(hall, filed)
    assert ("专家评审", "now", "计划至 3月16日 周一") in track(told)
    assert told.lamp is Lamp.GREY
    assert [p.kind for s in told.stages if s.name == "专家评审" for p in s.papers] == ["special"]
    names = {"林晓", "许诺", "高远"}
    words = " ".join(f"{s.name}{s.when}{s.note}{s.office}" for s in told.stages)
    assert not any(name in words for name in names)


@pytest.mark.parametrize(
    ("act", "stage"),
    [("withdraw", ("已撤回", "ended", "3月2日 周一")), ("refuse", ("不予受理", "ended", "3月2日 周一"))],
)
def test_an_early_end_is_the_last_stage(hall: Hall, act: str, stage: tuple[str, str, str]) -> None:
    filed = hall.file("GH02")
    if act == "withdraw":
        hall.applicant(filed.case_id, "withdraw", reason="不办了")
    else:
        why = {"reason_code": "not_required", "reasons": "不需要许可", "basis": "第三十二条"}
        hall.does("zhao", filed.case_id, "intake", "refuse_acceptance", **why)
    told = seen(hall, filed)
    assert track(told)[-1] == stage
    assert "决定" not in [s.name for s in told.stages]
    assert not told.may_withdraw


def test_before_its_receipt_a_case_is_only_handed_in(hall: Hall) -> None:
    hall.at("2026-03-06", "20:00")
    filed = hall.file("GH02", by=None)
    told = seen(hall, filed)
    assert told.receipt == "提交时是下班时间，3月9日 周一 09:00 收件，从那时起算。"
    assert track(told)[:2] == [("收件", "now", "3月9日 周一 09:00"), ("受理", "ahead", "3月16日 周一前")]
    hall.at("2026-03-09", "09:00")
    assert track(seen(hall, filed))[0] == ("收件", "done", "3月9日 周一")


def test_a_wrong_number_and_a_wrong_code_are_alike(hall: Hall) -> None:
    filed = hall.file("GH02")
    told = []
    for number, code in ((filed.case_no, "AAAABBBBCCCC"), ("GH02-2026-99999", filed.query_code), ("", "")):
        with pytest.raises(CaseUnknown) as refused, hall.database.reading() as tx:
            progress(tx, number, code, hall.now)
        told.append((str(refused.value), refused.value.advice))
    assert len(set(told)) == 1


def test_the_same_statements_run_for_a_wrong_number_and_a_wrong_code(hall: Hall) -> None:
    """What is asked of the database does not tell which numbers there are."""
    filed = hall.file("GH02")
    asked: list[list[str]] = []
    note = lambda *event: asked[-1].append(event[2])  # noqa: E731
    sa.event.listen(hall.database.engine, "before_cursor_execute", note)
    for number in (filed.case_no, "GH02-2026-99999"):
        asked.append([])
        with pytest.raises(CaseUnknown), hall.database.reading() as tx:
            progress(tx, number, "AAAABBBBCCCC", hall.now)
    sa.event.remove(hall.database.engine, "before_cursor_execute", note)
    assert asked[0] == asked[1]
    assert len([s for s in asked[0] if "FROM cases" in s]) == 1


# ---------------------------------------------------------------- one click, one case
def test_a_second_click_gets_the_first_answer(hall: Hall) -> None:
    answers = []
    for _ in range(2):
        with hall.database.writing() as tx:
            answers.append(file_case(tx, office_by_code(tx, "lz"), FILING, APPLICANT, hall.now, request_id=CLICK))
        hall.later(minutes=1)
    assert answers[0] == answers[1]
    assert seen(hall, answers[1]).case_no == answers[0].case_no
    with hall.database.reading() as tx:
        assert tx.value(sa.select(sa.func.count()).select_from(tables.cases)) == 1
        kept = tx.execute(sa.select(tables.requests)).one()
    assert not any(secret in str(kept) for secret in (answers[0].query_code, CLICK)), "what is kept opens nothing"


def test_another_content_under_the_same_click_is_refused(hall: Hall) -> None:
    with hall.database.writing() as tx:
        file_case(tx, office_by_code(tx, "lz"), FILING, APPLICANT, hall.now, request_id=CLICK)
    other = replace(FILING, files={"application": [Upload("表.txt", "另一份".encode())]})
    with pytest.raises(RequestReused), hall.database.writing() as tx:
        file_case(tx, office_by_code(tx, "lz"), other, APPLICANT, hall.now, request_id=CLICK)


def test_two_clicks_at_once_make_one_case(hall: Hall) -> None:
    gate, answers = threading.Barrier(2), []

    def click() -> None:
        gate.wait()
        with hall.database.writing() as tx:
            answers.append(file_case(tx, office_by_code(tx, "lz"), FILING, APPLICANT, hall.now, request_id=CLICK))

    all_press(threading.Thread(target=click) for _ in range(2))
    assert len(answers) == 2
    assert answers[0] == answers[1]


# ---------------------------------------------------------------- drafts
def saves(hall: Hall, **more: Any) -> tuple[int, str]:
    with hall.database.writing() as tx:
        filing = Filing("GH02", {"name": "王强"}, {"project_name": "小区"}, {}, "web", **more)
        return save_draft(tx, office_by_code(tx, "lz"), filing, hall.now)


def waiting(hall: Hall, login: str) -> list[int]:
    with hall.database.reading() as tx:
        return [d.id for d in drafts_asked(tx, officer_by_login(tx, login))]


def test_only_a_draft_that_was_asked_for_is_shown_to_its_department(hall: Hall) -> None:
    draft_id, code = saves(hall)
    assert waiting(hall, "qian") == []
    with pytest.raises(DraftUnknown), hall.database.reading() as tx:
        draft_of_department(tx, officer_by_login(tx, "qian"), draft_id)
    with hall.database.writing() as tx:
        ask_precheck(tx, draft_id, code, hall.now)
    assert (waiting(hall, "qian"), waiting(hall, "li")) == ([draft_id], [])
    with pytest.raises(DraftUnknown), hall.database.reading() as tx:
        draft_of_department(tx, officer_by_login(tx, "li"), draft_id)
    with hall.database.writing() as tx:
        precheck(tx, officer_by_login(tx, "qian"), draft_id, "fail", "缺合同", hall.now)
    assert waiting(hall, "qian") == []


def test_a_changed_draft_forgets_what_was_said_of_it(hall: Hall) -> None:
    draft_id, code = saves(hall)
    with hall.database.writing() as tx:
        ask_precheck(tx, draft_id, code, hall.now)
        precheck(tx, officer_by_login(tx, "qian"), draft_id, "fail", "缺合同", hall.now)
    with hall.database.writing() as tx:
        change_draft(tx, draft_id, code, replace(FILING, files={}), hall.now)
    with hall.database.reading() as tx:
        found = draft(tx, draft_id, code)
    assert (found.asked_at, found.precheck, found.precheck_opinion) == (None, None, "")
    assert found.filing.answers == APPLICATIONS["GH02"]
    with pytest.raises(DraftUnknown), hall.database.writing() as tx:
        change_draft(tx, draft_id, "AAAABBBBCCCC", FILING, hall.now)


def test_a_draft_is_filed_once_as_it_was_last_written(hall: Hall) -> None:
    draft_id, code = saves(hall)

    def files(request_id: str) -> Filed:
        with hall.database.writing() as tx:
            lz = office_by_code(tx, "lz")
            return file_draft(tx, lz, draft_id, code, APPLICANT, hall.now, filing=FILING, request_id=request_id)

    first = files(CLICK)
    assert files(CLICK) == first
    assert hall.case(first.case_id).answers["project_name"] == APPLICATIONS["GH02"]["project_name"]
    with pytest.raises(DraftFiled):
        files("another-page-of-the-same-draft")
    with pytest.raises(DraftFiled), hall.database.writing() as tx:
        ask_precheck(tx, draft_id, code, hall.now)
    with hall.database.reading() as tx:
        assert tx.value(sa.select(sa.func.count()).select_from(tables.cases)) == 1


# ---------------------------------------------------------------- who applies
@pytest.mark.parametrize(
    ("kind", "identity", "good"),
    [
        ("enterprise", "91990000MA0000000X", True),
        ("enterprise", "51010119900101001X", True),
        ("enterprise", "9199", False),
        ("person", "51010119900101001X", True),
        ("person", "91990000MA0000000X", False),
    ],
)
def test_a_code_is_judged_by_the_kind_of_applicant(kind: str, identity: str, good: bool) -> None:
    form = applicant_form(Form("none", ()), kind)
    answers = {"kind": kind, "name": "某某", "identity": identity, "contact": "某人", "phone": "19900000002"}
    if good:
        assert judge(form, answers)["identity"] == identity
    else:
        with pytest.raises(FormNotAnswered) as wrong:
            judge(form, answers)
        assert [f.place for f in wrong.value.faults] == ["/identity"]


def test_nothing_is_asked_twice() -> None:
    application = Form(
        "application",
        (
            Field("uscc", FieldType.TEXTFIELD, "代码", pattern="cn-uscc"),
            Field("contact_phone", FieldType.TEXTFIELD, "手机", pattern="cn-mobile"),
        ),
    )
    assert applicant_form(application, "").keys == {"kind", "name", "project_code"}
    assert set(APPLICANT_KINDS) == {"enterprise", "person", "organisation"}


def test_a_promised_paper_is_asked_for(hall: Hall) -> None:
    filed = hall.file("GH02", missing=("parcel_map",))
    promises = [{"material": "parcel_map", "promised_on": "2026-03-20"}]
    hall.does("zhao", filed.case_id, "intake", "accept_tolerant", promises=promises, letter="承诺 1 号")
    told = seen(hall, filed)
    assert [(a.key, a.promised_on) for a in told.promised] == [("parcel_map", date(2026, 3, 20))]
    assert told.turn == "请补交您承诺的 1 项材料，3月20日 周五前。"
    assert [s.note for s in told.stages if s.name == "受理"] == ["容缺受理"]
