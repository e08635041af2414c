"""Every act through every phase: lawful exactly where the table says, and nothing else moves the phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.cases import ACTS, BY_APPLICANT, ENDS, WITHOUT_STEP, ActNotNow, Effect, Phase, act
from engine.catalogue import publish
from engine.diagrams import OUTCOMES
from engine.errors import LianshenError
from engine.people import office_by_code, officer_by_login
from tests.cases.test_offers import ON_CASE_DETAILS
from tests.drawings import matter
from tests.hall import Hall

ITEMS = [{"material": "land_contract", "problem": "没有提交"}]


def received(hall: Hall) -> int:
    return hall.file("GH02", missing=("land_contract",)).case_id


def correcting(hall: Hall) -> int:
    case_id = received(hall)
    hall.does("zhao", case_id, "intake", "request_correction", items=ITEMS)
    return case_id


def decided(hall: Hall) -> int:
    case_id = hall.accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant")
    return case_id


def closed(hall: Hall) -> int:
    case_id = decided(hall)
    hall.does("zhao", case_id, "certificate", "made")
    hall.does("zhao", case_id, "deliver", "delivered", method="pickup", receiver="方淮")
    return case_id


def served(hall: Hall) -> int:
    """A drawing that goes on after the delivery: only there the phase lasts."""
    hall.hire("every", "x-2", like="sun", roles=["clerk", "reviewer", "approver"])
    hall.hire("decider", "x-3", like="sun", roles=["approver"])
    nodes = "start:start intake:intake(accept) decide:decide(grant) deliver:deliver tell:notify end:end"
    flows = "start>intake intake>decide decide>deliver deliver>tell tell>end"
    with hall.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), matter("QT02", nodes, flows), officer_by_login(tx, "wu"), "", hall.now)
    case_id = hall.file("QT02").case_id
    hall.does("every", case_id, "intake", "accept")
    hall.does("decider", case_id, "decide", "grant")
    hall.does("every", case_id, "deliver", "delivered", method="pickup", receiver="方淮")
    return case_id


def not_accepted(hall: Hall) -> int:
    case_id = received(hall)
    details = {"reason_code": "not_required", "reasons": "不用", "basis": "第32条"}
    hall.does("zhao", case_id, "intake", "refuse_acceptance", **details)
    return case_id


def withdrawn(hall: Hall) -> int:
    case_id = received(hall)
    hall.applicant(case_id, "withdraw")
    return case_id


def terminated(hall: Hall) -> int:
    case_id = received(hall)
    hall.acts("sun", case_id, "terminate", reason_code="applicant_gone", reasons="注销", basis="登记")
    return case_id


REACHED: dict[Phase, Callable[[Hall], int]] = {
    Phase.RECEIVED: received,
    Phase.CORRECTING: correcting,
    Phase.ACCEPTED: Hall.accepted,
    Phase.DECIDED: decided,
    Phase.SERVED: served,
    Phase.CLOSED: closed,
    Phase.NOT_ACCEPTED: not_accepted,
    Phase.WITHDRAWN: withdrawn,
    Phase.TERMINATED: terminated,
}
DETAILS: dict[str, Mapping[str, Any]] = {
    **ON_CASE_DETAILS,
    "nudge": {"text": "请抓紧"},
    "order": {"department": "nr", "text": "请说明原因", "reply": "3wd"},
    "answer_order": {"order": "督〔2026〕1号", "reply": "已办"},
}
EVERYTHING = [
    *("clerk", "reviewer", "approver", "head", "main_head", "government"),
    *("coordinator", "supervisor"),
]


def test_every_phase_is_reached() -> None:
    assert set(REACHED) == set(Phase)


def test_after_the_last_step_a_served_case_is_closed(hall: Hall) -> None:
    case_id = served(hall)
    assert hall.flaws(case_id) == []
    hall.does("every", case_id, "tell", "sent")
    assert hall.case(case_id).phase == "closed"
    assert hall.flaws(case_id) == []


@pytest.mark.parametrize("phase", REACHED, ids=str)
def test_acts_without_a_step_are_lawful_where_the_table_says(hall: Hall, phase: Phase) -> None:
    case_id = REACHED[phase](hall)
    assert hall.case(case_id).phase == phase
    hall.hire("all", "x-1", like="sun", roles=EVERYTHING)
    assert set(DETAILS) == set(WITHOUT_STEP)
    for name in WITHOUT_STEP:
        before = hall.acts_of(case_id)
        try:
            with hall.database.writing() as tx:
                act(tx, officer_by_login(tx, "all"), case_id, name, DETAILS[name], now=hall.now)
                raise _LawfulButUndone
        except ActNotNow:
            assert phase not in ACTS[name].phases, name
        except (_LawfulButUndone, LianshenError):
            assert phase in ACTS[name].phases, name
        assert hall.acts_of(case_id) == before
        assert hall.case(case_id).phase == phase


class _LawfulButUndone(Exception):
    """Rolls the act back, so that the next one meets the same phase."""


def test_the_table_knows_every_outcome_and_every_act_of_it(hall: Hall) -> None:
    performed = {act for outcomes in OUTCOMES.values() for act in outcomes.values() if act is not None}
    assert performed <= set(ACTS)
    assert {name for name in performed if ACTS[name].effect is Effect.STEP} >= performed - {
        "start_special",
        "end_special",
    }


def test_only_acts_that_say_so_change_the_phase() -> None:
    moving = {name: act.becomes for name, act in ACTS.items() if act.becomes is not None}
    assert moving == {
        "receive": Phase.RECEIVED,
        "accept": Phase.ACCEPTED,
        "accept_tolerant": Phase.ACCEPTED,
        "deem_accept": Phase.ACCEPTED,
        "request_correction": Phase.CORRECTING,
        "receive_correction": Phase.RECEIVED,
        "refuse_acceptance": Phase.NOT_ACCEPTED,
        "decide_grant": Phase.DECIDED,
        "decide_refuse": Phase.DECIDED,
        "conclude": Phase.DECIDED,
        "upper_granted": Phase.DECIDED,
        "upper_refused": Phase.DECIDED,
        "deliver": Phase.SERVED,
        "close": Phase.CLOSED,
        "withdraw": Phase.WITHDRAWN,
        "terminate": Phase.TERMINATED,
    }


def test_after_an_end_only_the_grant_may_be_revoked() -> None:
    revoked = ["upper_revoked", "revoke"]
    assert [name for name, act in ACTS.items() if act.phases & ENDS] == revoked
    assert {phase for name in revoked for phase in ACTS[name].phases & ENDS} == {Phase.CLOSED}


def test_the_applicants_acts_are_acts_without_a_step() -> None:
    assert set(BY_APPLICANT) <= set(WITHOUT_STEP)
