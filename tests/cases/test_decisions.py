"""Decisions and ends: another person decides, refusals are complete, ends cancel what runs."""

from __future__ import annotations

import pytest

from engine.cases import ActNotNow, ActNotUnderstood, ClockBehind, act_as_applicant
from engine.cases.decisions import SamePerson
from engine.cases.desk import ActUnknown
from engine.people import ActNotAllowed
from engine.store import journal, tables
from tests.hall import Hall

ROLES = ["clerk", "reviewer", "approver"]


def at_decision(hall: Hall, *, accepted_by: str = "zhao", reviewed_by: str = "qian") -> int:
    case_id = hall.file("GH02").case_id
    hall.does(accepted_by, case_id, "intake", "accept")
    hall.does(reviewed_by, case_id, "review", "pass")
    return case_id


# ---------------------------------------------------------------- 一审一核
@pytest.mark.parametrize("part", ["accepted_by", "reviewed_by"])
def test_who_accepted_or_reviewed_does_not_decide(hall: Hall, part: str) -> None:
    hall.hire("both", "lz-700", like="sun", roles=ROLES)
    case_id = at_decision(hall, **{part: "both"})
    task = hall.claim("both", case_id, "decide")
    with pytest.raises(SamePerson):
        hall.completes("both", task, "grant")


def test_two_accounts_of_one_person_are_one_person(hall: Hall) -> None:
    """The reviewer's natural person has a second account with the approver's role."""
    hall.hire("qian-as-chief", "lz-002", like="sun", roles=["approver"], name="钱立")
    case_id = at_decision(hall)
    task = hall.claim("qian-as-chief", case_id, "decide")
    with pytest.raises(SamePerson):
        hall.completes("qian-as-chief", task, "grant")


def test_standing_in_does_not_make_another_person(hall: Hall) -> None:
    """qian reviewed and stands in for sun: the hand that decides would be the same."""
    hall.stand_in("sun", "qian")
    case_id = at_decision(hall)
    task = hall.claim("qian", case_id, "decide")
    with pytest.raises(SamePerson, match="代孙正"):
        hall.completes("qian", task, "grant")


def test_another_stand_in_decides_and_is_named(hall: Hall) -> None:
    hall.stand_in("sun", "zhao")
    case_id = at_decision(hall, accepted_by="qian")
    hall.does("zhao", case_id, "decide", "grant")
    row = hall.database
    with row.reading() as tx:
        entry = tx.execute(tables.journal.select().where(tables.journal.c.act == "decide_grant")).one()
    assert (entry.actor, entry.acting_for) == ("officer:zhao", "sun")


def test_a_return_to_review_counts_every_round(hall: Hall) -> None:
    hall.hire("both", "lz-700", like="sun", roles=ROLES)
    case_id = at_decision(hall, reviewed_by="both")
    hall.does("sun", case_id, "decide", "return", opinion="面积有出入")
    hall.does("qian", case_id, "review", "pass")
    task = hall.claim("both", case_id, "decide")
    with pytest.raises(SamePerson):
        hall.completes("both", task, "refuse", reasons="不符合", basis="城乡规划法")


def test_an_instant_filing_may_be_one_person(hall: Hall) -> None:
    hall.hire("one", "lz-701", like="he", roles=ROLES)
    case_id = hall.file("TZ01").case_id
    hall.does("one", case_id, "intake", "accept")
    hall.does("one", case_id, "decide", "grant")
    assert hall.case(case_id).result == "granted"


@pytest.mark.parametrize("who", ["zhao", "qian"])
def test_clerks_and_reviewers_do_not_decide(hall: Hall, who: str) -> None:
    case_id = at_decision(hall)
    task = hall.claim(who, case_id, "decide")
    with pytest.raises(ActNotAllowed, match="首席代表或本机关负责人"):
        hall.completes(who, task, "grant")


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize("lacking", ["reasons", "basis"])
def test_a_refusal_is_complete_or_not_issued(hall: Hall, lacking: str) -> None:
    case_id = at_decision(hall)
    task = hall.claim("sun", case_id, "decide")
    with pytest.raises(ActNotUnderstood) as refused:
        hall.completes("sun", task, "refuse", **{"reasons": "不符合", "basis": "城乡规划法", lacking: ""})
    assert [f.place for f in refused.value.faults] == [f"/{lacking}"]
    assert hall.case(case_id).phase == "accepted"


def test_a_machine_whose_clock_was_set_back_dates_no_decision_before_the_acceptance(hall: Hall) -> None:
    case_id = at_decision(hall)
    task = hall.claim("sun", case_id, "decide")
    hall.later(seconds=-1)
    with pytest.raises(ClockBehind, match=r"2026-03-02 09:29:59.*2026-03-02 09:30:00"):
        hall.completes("sun", task, "grant")
    hall.later(seconds=1)
    hall.completes("sun", task, "grant")
    assert hall.flaws(case_id) == []


def test_a_decision_starts_the_delivery_clock_and_stops_the_others(hall: Hall) -> None:
    case_id = at_decision(hall)
    hall.does("sun", case_id, "decide", "grant")
    running = {c.kind for c in hall.rows(tables.clocks, case_id) if c.state == "running"}
    assert running == {"delivery", "step"}


# ---------------------------------------------------------------- ends before a decision
@pytest.mark.parametrize("phase", ["received", "correcting", "accepted"])
def test_the_applicant_may_withdraw_before_the_decision(hall: Hall, phase: str) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    if phase == "correcting":
        items = [{"material": "land_contract", "problem": "没有提交"}]
        hall.does("zhao", case_id, "intake", "request_correction", items=items)
    if phase == "accepted":
        hall.does("zhao", case_id, "intake", "accept")
    hall.later(hours=1).applicant(case_id, "withdraw", reason="另选址")
    row = hall.case(case_id)
    assert (row.phase, row.result, row.closed_at) == ("withdrawn", "withdrawn", hall.now)
    assert [t.state for t in hall.rows(tables.tasks, case_id) if t.state in ("open", "claimed")] == []
    assert [c for c in hall.rows(tables.clocks, case_id) if c.state == "running"] == []
    assert hall.flaws(case_id) == []
    with pytest.raises(ActNotNow):
        hall.applicant(case_id, "withdraw")


def test_after_the_decision_nothing_is_withdrawn(hall: Hall) -> None:
    case_id = at_decision(hall)
    hall.does("sun", case_id, "decide", "grant")
    with pytest.raises(ActNotNow, match="已决定"):
        hall.applicant(case_id, "withdraw")


def test_termination_has_a_named_reason(hall: Hall) -> None:
    case_id = hall.accepted()
    with pytest.raises(ActNotUnderstood):
        hall.acts("sun", case_id, "terminate", reason_code="false_material", reasons="虚假材料", basis="第78条")
    hall.acts("sun", case_id, "terminate", reason_code="applicant_gone", reasons="企业注销", basis="登记信息")
    assert hall.case(case_id).phase == "terminated"
    assert "救济途径" in hall.rows(tables.papers, case_id)[-1].body


def test_a_paused_case_may_be_withdrawn(hall: Hall) -> None:
    case_id = hall.accepted("XF01")
    hall.acts("gao", case_id, "start_special", ground="expert_review", planned="5wd", reason="新技术")
    hall.applicant(case_id, "withdraw")
    assert hall.rows(tables.pauses, case_id)[0].ended_at == hall.now
    assert hall.flaws(case_id) == []


def test_the_applicant_does_only_his_own_acts(hall: Hall) -> None:
    case_id = hall.accepted()
    for name in ("decide_grant", "extend", "terminate", "nonsense"):
        with pytest.raises(ActUnknown), hall.database.writing() as tx:
            act_as_applicant(tx, case_id, name, {}, now=hall.now)


def test_a_step_s_act_is_not_done_beside_its_step(hall: Hall) -> None:
    case_id = at_decision(hall)
    with pytest.raises(ActUnknown):
        hall.acts("sun", case_id, "decide_grant")


@pytest.mark.parametrize("opinion", ["", "  "])
def test_a_return_says_why(hall: Hall, opinion: str) -> None:
    case_id = at_decision(hall)
    task = hall.claim("sun", case_id, "decide")
    with pytest.raises(ActNotUnderstood) as refused:
        hall.completes("sun", task, "return", opinion=opinion)
    assert [f.place for f in refused.value.faults] == ["/opinion"]
    hall.completes("sun", task, "return", opinion="面积有出入")
    with hall.database.reading() as tx:
        rows = journal.read(tx, journal.Stream("case", case_id))
    assert rows[-1].payload is not None
    assert rows[-1].payload["opinion"] == "面积有出入"
