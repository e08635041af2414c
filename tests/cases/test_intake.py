"""行政许可法 第32条 in the system: receipt is a fact, everything is asked once, silence accepts."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from engine.cases import ActNotNow, ActNotUnderstood, DraftUnknown, Filing, draft, file_draft, precheck, save_draft
from engine.cases.drafts import DraftFiled
from engine.cases.intake import FilingNotValid, NewDemand, NoticeTooLate, NotTolerable, RemedyMissing
from engine.errors import LianshenError
from engine.people import APPLICANT, ActNotAllowed, office_by_code, officer_by_login
from engine.store import tables
from forms import FormNotAnswered
from tests.hall import APPLICATIONS, Hall

ITEM = {"material": "land_contract", "problem": "没有提交"}
OTHER = {"material": "project_approval", "problem": "不清晰"}


# ---------------------------------------------------------------- receipt
RECEIPTS = [
    ("2026-03-02", "10:00", None, "2026-03-02T10:00:00+08:00"),
    ("2026-03-02", "12:30", None, "2026-03-02T14:00:00+08:00"),
    ("2026-03-02", "07:00", None, "2026-03-02T09:00:00+08:00"),
    ("2026-03-02", "17:00", None, "2026-03-03T09:00:00+08:00"),
    ("2026-02-13", "18:10", None, "2026-02-14T09:00:00+08:00"),  # X08: a make-up Saturday
    ("2026-05-09", "10:00", "clerk", "2026-05-09T10:00:00+08:00"),  # X09
    ("2026-01-03", "10:00", "clerk", "2026-01-03T10:00:00+08:00"),  # V29: open for convenience, no working day
    ("2026-03-02", "18:30", "clerk", "2026-03-02T18:30:00+08:00"),  # at the window: that very moment
]


@pytest.mark.parametrize(("day", "clock", "by", "received"), RECEIPTS)
def test_receipt_is_a_fact(hall: Hall, day: str, clock: str, by: str | None, received: str) -> None:
    filed = hall.at(day, clock).file("GH02", by=by)
    row = hall.case(filed.case_id)
    assert row.filed_at == hall.now
    assert row.received_at == filed.received_at == datetime.fromisoformat(received)
    assert row.received_on == date.fromisoformat(received[:10])
    assert filed.after_hours is (by is None and row.received_at != row.filed_at)


def test_the_notice_clock_of_a_saturday(hall: Hall) -> None:
    case_id = hall.at("2026-01-03").file("GH02").case_id
    assert hall.clock(case_id, "notice").due_on == date(2026, 1, 8)


def test_nobody_may_set_or_move_the_receipt(hall: Hall) -> None:
    """No act touches it, whatever comes later."""
    filed = hall.at("2026-03-02").file("GH02", missing=("land_contract",))
    hall.at("2026-03-04").does("zhao", filed.case_id, "intake", "request_correction", items=[ITEM])
    hall.at("2026-03-09").applicant(filed.case_id, "receive_correction", materials=["land_contract"], channel="web")
    hall.at("2026-03-10").does("zhao", filed.case_id, "intake", "accept")
    assert hall.case(filed.case_id).received_at == filed.received_at


def test_a_wrong_application_is_not_received_at_all(hall: Hall) -> None:
    with pytest.raises(FormNotAnswered) as refused:
        hall.file("GH02", answers={**APPLICATIONS["GH02"], "land_area": "很大", "extra": 1})
    assert {f.place for f in refused.value.faults} == {"/land_area", "/extra"}
    with hall.database.reading() as tx:
        assert tx.rows(tables.cases.select()) == []
        assert tx.rows(tables.series.select()) == []


def test_an_unknown_material_or_channel_is_refused(hall: Hall) -> None:
    from engine.cases import file_case

    filing = Filing("GH02", {"name": " "}, APPLICATIONS["GH02"], {"gift": "brought", "application": "sold"}, "pigeon")
    with pytest.raises(FilingNotValid) as refused, hall.database.writing() as tx:
        file_case(tx, office_by_code(tx, "lz"), filing, APPLICANT, hall.now)
    assert {f.place for f in refused.value.faults} == {
        "/channel",
        "/applicant/name",
        "/materials/gift",
        "/materials/application",
    }


# ---------------------------------------------------------------- drafts
def test_a_precheck_is_of_a_draft_and_holds_nothing_back(hall: Hall) -> None:
    filing = Filing("GH02", {"name": "王强"}, APPLICATIONS["GH02"], {}, "web")
    with hall.database.writing() as tx:
        draft_id, code = save_draft(tx, office_by_code(tx, "lz"), filing, hall.now)
        precheck(tx, officer_by_login(tx, "qian"), draft_id, "fail", "缺出让合同", hall.now)
    with hall.database.reading() as tx:
        assert draft(tx, draft_id, code).precheck == "fail"
        assert tx.rows(tables.clocks.select()) == [], "no clock runs before filing"
    with hall.database.writing() as tx:
        filed = file_draft(tx, office_by_code(tx, "lz"), draft_id, code, APPLICANT, hall.now)
    assert hall.case(filed.case_id).phase == "received"
    for act in (
        lambda tx: precheck(tx, officer_by_login(tx, "qian"), draft_id, "ok", "", hall.now),
        lambda tx: file_draft(tx, office_by_code(tx, "lz"), draft_id, code, APPLICANT, hall.now),
    ):
        with pytest.raises(DraftFiled), hall.database.writing() as tx:
            act(tx)


def test_a_draft_opens_with_its_code_or_for_its_department(hall: Hall) -> None:
    filing = Filing("GH02", {"name": "王强"}, {}, {}, "web")
    with hall.database.writing() as tx:
        draft_id, _ = save_draft(tx, office_by_code(tx, "lz"), filing, hall.now)
    with pytest.raises(DraftUnknown), hall.database.reading() as tx:
        draft(tx, draft_id, "wrong")
    with pytest.raises(DraftUnknown), hall.database.writing() as tx:
        precheck(tx, officer_by_login(tx, "li"), draft_id, "ok", "", hall.now)


# ---------------------------------------------------------------- one-time correction
def test_a_correction_names_published_materials_with_a_problem_each(hall: Hall) -> None:
    case_id = hall.file("GH02").case_id
    task = hall.claim("zhao", case_id, "intake")
    for items in (
        [],
        "x",
        [{"material": "bribe", "problem": "没有"}],
        [{"material": "land_contract", "problem": " "}],
        [{}],
    ):
        with pytest.raises(ActNotUnderstood) as refused:
            hall.completes("zhao", task, "request_correction", items=items)
        assert refused.value.faults[0].place.startswith("/items")
    assert hall.case(case_id).phase == "received"


def test_a_later_notice_may_only_name_what_is_still_wrong(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("land_contract",)).case_id
    hall.does("zhao", case_id, "intake", "request_correction", items=[ITEM, OTHER])
    hall.at("2026-03-04").applicant(
        case_id, "receive_correction", materials=["land_contract", "project_approval"], channel="window"
    )
    task = hall.claim("zhao", case_id, "intake")
    with pytest.raises(NewDemand, match="宗地图") as refused:
        hall.completes("zhao", task, "request_correction", items=[{"material": "parcel_map", "problem": "也要"}])
    assert "第32条" in refused.value.basis
    hall.completes("zhao", task, "request_correction", items=[ITEM])
    hall.at("2026-03-05").applicant(case_id, "receive_correction", materials=["land_contract"], channel="window")
    task = hall.claim("zhao", case_id, "intake")
    with pytest.raises(NewDemand, match="备案或核准文件"):
        hall.completes("zhao", task, "request_correction", items=[OTHER])
    hall.completes("zhao", task, "accept")
    assert [c.round for c in hall.rows(tables.corrections, case_id)] == [1, 2]
    assert hall.flaws(case_id) == []


def test_each_receipt_starts_a_new_notice_clock(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("land_contract",)).case_id
    hall.at("2026-03-06").does("zhao", case_id, "intake", "request_correction", items=[ITEM])
    assert hall.clock(case_id, "notice") is None
    assert hall.clock(case_id, "correction").due_on == date(2026, 4, 20)
    hall.at("2026-03-17").applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
    assert hall.clock(case_id, "correction") is None
    assert hall.clock(case_id, "notice").due_on == date(2026, 3, 24)


def test_a_passed_correction_wait_flags_and_ends_nothing(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("land_contract",)).case_id
    hall.does("zhao", case_id, "intake", "request_correction", items=[ITEM])
    hall.at("2026-06-01").duties()
    assert hall.case(case_id).phase == "correcting"
    assert hall.clock(case_id, "correction").lamp == "red"
    assert hall.acts_of(case_id).count("flag") == 1


def test_a_correction_brings_only_what_was_asked(hall: Hall) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    hall.does("zhao", case_id, "intake", "request_correction", items=[ITEM])
    with pytest.raises(ActNotUnderstood, match="1 处"):
        hall.applicant(case_id, "receive_correction", materials=["parcel_map"], channel="web")


# ---------------------------------------------------------------- silence
def test_silence_accepts_as_of_the_receipt(hall: Hall) -> None:
    """X01 in another month: 03-02 received, notice due 03-09, deemed from 03-10 as of 03-02."""
    case_id = hall.at("2026-03-02").file("GH02").case_id
    assert hall.at("2026-03-09", "23:59").duties()[1] >= 0
    assert hall.case(case_id).phase == "received"
    hall.at("2026-03-10", "00:00").duties()
    row = hall.case(case_id)
    assert (row.phase, row.acceptance_mode) == ("accepted", "deemed")
    assert row.accepted_on == date(2026, 3, 2)
    assert row.accepted_at == row.received_at
    assert hall.clock_value(case_id, "statutory").started_on == date(2026, 3, 2)
    assert hall.clock(case_id, "statutory").due_on == date(2026, 3, 30)
    assert hall.clock_value(case_id, "statutory").used(hall.time, date(2026, 3, 9)) == 5
    assert hall.pool("qian") == ["review"], "the process went on"
    assert "deem_accept" in hall.acts_of(case_id)
    assert hall.flaws(case_id) == []


def test_silence_after_a_correction_accepts_as_of_the_complete_material(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("land_contract",)).case_id
    hall.at("2026-03-03").does("zhao", case_id, "intake", "request_correction", items=[ITEM])
    hall.at("2026-03-09").applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
    hall.at("2026-03-16", "23:00").duties()
    assert hall.case(case_id).phase == "received"
    hall.at("2026-03-17", "06:00").duties()
    assert hall.case(case_id).accepted_on == date(2026, 3, 9)


def test_silence_is_not_deemed_twice_nor_after_an_act(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-20").duties()
    assert hall.case(case_id).acceptance_mode == "ordinary"
    assert hall.acts_of(case_id).count("deem_accept") == 0


def test_after_the_five_days_nothing_can_be_asked(hall: Hall) -> None:
    """Past the close of business of the due day and before the job runs: the notice is too late, acceptance is dated back."""
    case_id = hall.at("2026-03-02").file("GH02").case_id
    hall.at("2026-03-09", "16:59")
    task = hall.claim("zhao", case_id, "intake")
    hall.at("2026-03-09", "17:01")
    with pytest.raises(NoticeTooLate) as refused:
        hall.completes("zhao", task, "request_correction", items=[ITEM])
    assert "2026年3月2日" in refused.value.advice
    with pytest.raises(NoticeTooLate):
        hall.completes("zhao", task, "refuse_acceptance", reason_code="not_required", reasons="不用", basis="第32条")
    hall.completes("zhao", task, "accept")
    row = hall.case(case_id)
    assert (row.acceptance_mode, row.accepted_on) == ("deemed", date(2026, 3, 2))


def test_a_claimed_intake_is_deemed_too(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02").case_id
    hall.claim("zhao", case_id, "intake")
    hall.at("2026-03-10", "07:00").duties()
    assert hall.case(case_id).phase == "accepted"


# ---------------------------------------------------------------- tolerant acceptance, refusal
def test_tolerant_acceptance_of_tolerable_papers_only(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("parcel_map", "land_contract")).case_id
    task = hall.claim("zhao", case_id, "intake")
    promise = {"material": "parcel_map", "promised_on": "2026-03-20"}
    hard = {"material": "land_contract", "promised_on": "2026-03-20"}
    with pytest.raises(NotTolerable, match="出让合同"):
        hall.completes("zhao", task, "accept_tolerant", promises=[promise, hard], letter="承诺 1 号")
    with pytest.raises(NotTolerable, match="出让合同"):
        hall.completes("zhao", task, "accept_tolerant", promises=[promise], letter="承诺 1 号")


def test_a_promised_paper_has_its_clock_and_blocks_the_grant(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("parcel_map",)).case_id
    promise = {"material": "parcel_map", "promised_on": "2026-03-20"}
    hall.does("zhao", case_id, "intake", "accept_tolerant", promises=[promise], letter="承诺 1 号")
    assert hall.case(case_id).acceptance_mode == "tolerant"
    assert hall.clock(case_id, "tolerance", "parcel_map").due_on == date(2026, 3, 20)
    hall.at("2026-03-03").does("qian", case_id, "review", "pass")
    task = hall.claim("sun", case_id, "decide")
    with pytest.raises(LianshenError, match="宗地图"):
        hall.completes("sun", task, "grant")
    hall.at("2026-03-04").applicant(case_id, "bring_material", materials=["parcel_map"])
    assert hall.clock(case_id, "tolerance", "parcel_map") is None
    hall.completes("sun", task, "grant")
    assert hall.flaws(case_id) == []


REFUSALS = [
    ({"reason_code": "not_required", "reasons": "", "basis": "第32条"}, "/reasons"),
    ({"reason_code": "not_required", "reasons": "不用", "basis": ""}, "/basis"),
    ({"reason_code": "bored", "reasons": "不用", "basis": "第32条"}, "/reason_code"),
    ({"reason_code": "wrong_office", "reasons": "不归我管", "basis": "第32条"}, "/refer_to"),
    ({"reason_code": "not_required", "reasons": "不用", "basis": "第32条", "gift": "x"}, "/gift"),
]


@pytest.mark.parametrize(("details", "place"), REFUSALS)
def test_a_refusal_without_its_parts_cannot_be_issued(hall: Hall, details: dict[str, str], place: str) -> None:
    case_id = hall.file("GH02").case_id
    task = hall.claim("zhao", case_id, "intake")
    with pytest.raises(ActNotUnderstood) as refused:
        hall.completes("zhao", task, "refuse_acceptance", **details)
    assert [f.place for f in refused.value.faults] == [place]
    assert [p.kind for p in hall.rows(tables.papers, case_id)] == ["receipt"]


def test_a_refusal_without_a_remedy_cannot_be_issued(hall: Hall) -> None:
    case_id = hall.file("GH02").case_id
    with hall.database.writing() as tx:
        tx.execute(tables.remedies.delete().where(tables.remedies.c.decision == "refuse_acceptance"))
    task = hall.claim("zhao", case_id, "intake")
    with pytest.raises(RemedyMissing):
        hall.completes("zhao", task, "refuse_acceptance", reason_code="not_required", reasons="不用", basis="第32条")
    assert hall.case(case_id).phase == "received"


def test_reviewers_alone_may_not_refuse_acceptance(hall: Hall) -> None:
    case_id = hall.file("GH02").case_id
    task = hall.claim("qian", case_id, "intake")
    with pytest.raises(ActNotAllowed, match="窗口工作人员或首席代表"):
        hall.completes("qian", task, "refuse_acceptance", reason_code="not_required", reasons="不用", basis="第32条")


def test_numbers_have_no_gap_after_a_failed_act(hall: Hall) -> None:
    case_id = hall.file("GH02").case_id
    task = hall.claim("zhao", case_id, "intake")
    with pytest.raises(ActNotUnderstood):
        hall.completes("zhao", task, "refuse_acceptance", reason_code="not_required", reasons="", basis="")
    hall.completes("zhao", task, "accept")
    second = hall.accepted()
    numbers = [p.number for p in [*hall.rows(tables.papers, case_id), *hall.rows(tables.papers, second)]]
    assert numbers == ["收〔2026〕1号", "受〔2026〕1号", "收〔2026〕2号", "受〔2026〕2号"]


def test_acceptance_happens_once(hall: Hall) -> None:
    case_id = hall.accepted()
    with pytest.raises(ActNotNow):
        hall.applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
