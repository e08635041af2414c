"""What is offered is what is accepted: for every act on a case and every outcome of a task, in every state of a case, for
everybody of the cast. Nothing that is offered is refused for a lawful reason, and nothing else is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from api.demo.samples import ANSWERS as SAMPLES
from engine.cases import Offer, act, claim, complete, offered_acts, open_dossier
from engine.cases.offers import ON_CASE
from engine.errors import LianshenError
from engine.people import officer_by_login
from engine.store import Tx, tables
from tests.hall import ANSWERS, Hall

pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)

CAST: Mapping[str, tuple[str, ...]] = {
    "GH02": ("zhao", "qian", "sun", "li", "zhou", "wu"),
    "GH03": ("zhao", "qian", "sun", "lu", "deng", "zhou"),
    "XF01": ("lin", "xu", "tang", "gao", "li", "zhou"),
}
"""Everybody who has a part in a matter, and who has none: another department, a coordinator, a designer."""
FORMS: Mapping[str, Any] = {**ANSWERS, **{name: given(date(2026, 3, 2)) for name, given in SAMPLES.items()}}
ITEMS = [{"material": "land_contract", "problem": "没有提交"}]
PROMISES = [{"material": "parcel_map", "promised_on": "2026-03-06"}]
ON_CASE_DETAILS: Mapping[str, Mapping[str, Any]] = {
    "receive_correction": {"materials": ["land_contract"], "channel": "window"},
    "bring_material": {"materials": ["parcel_map"]},
    "start_special": {"ground": "expert_review", "planned": "5wd", "reason": "新技术"},
    "end_special": {"result": "专家组同意"},
    "extend": {"span": "5wd", "reason": "衔接在编规划"},
    "transfer_hq": {"receiver": "科室", "reason": "会商"},
    "return_from_hq": {"opinion": "同意"},
    "escalate_up": {"receiver": "省厅", "reason": "属省管"},
    "return_from_upper": {"opinion": "同意"},
    "revoke": {"reasons": "材料虚假", "basis": "行政许可法 第69条"},
    "take_over_call": {"reason": "对方系统检修"},
    "release_matter": {"matter": "GH01"},
    "drop_matter": {"matter": "GH01", "reason": "不需要"},
    "add_signer": {"department": "ee"},
    "remove_signer": {"department": "cad", "reason": "无关"},
    "ask_opinion": {"department": "ee", "question": "有无意见", "reply": "3wd"},
    "answer_opinion": {"answer": "agree"},
    "consult": {
        "kind": "consultation",
        "held_on": "2026-03-02",
        "place": "会议室",
        "chair": "孙正",
        "text": "没有争议",
        "attendees": [{"department": "nr", "person": "孙正", "presence": "present"}],
    },
    "report_resolution": {"resolution": "会〔2026〕1号第1项", "text": "已落实"},
    "withdraw": {"reason": "书面撤回"},
    "terminate": {"reason_code": "applicant_gone", "reasons": "企业注销", "basis": "登记信息"},
}
OUTCOME_DETAILS: Mapping[str, Mapping[str, Any]] = {
    "accept_tolerant": {"promises": PROMISES, "letter": "承 1"},
    "request_correction": {"items": ITEMS},
    "refuse_acceptance": {"reason_code": "not_required", "reasons": "不用办", "basis": "第32条"},
    "refuse": {"reasons": "用地性质不符", "basis": "城乡规划法 第38条"},
    "start": {"ground": "expert_review", "planned": "5wd", "reason": "新技术"},
    "end": {"result": "专家组同意"},
    "delivered": {"method": "pickup", "receiver": "方淮"},
    "return": {"opinion": "面积再核"},
    "conditions": {"opinion": "须补充日照分析"},
    "object": {"opinion": "退距不足"},
}


# ---------------------------------------------------------------- the states of a case
def missing(*keys: str) -> Callable[[Hall], int]:
    return lambda hall: hall.file("GH02", missing=keys).case_id


def correcting(hall: Hall) -> int:
    case_id = missing("land_contract")(hall)
    hall.does("zhao", case_id, "intake", "request_correction", items=ITEMS)
    return case_id


def corrected(hall: Hall) -> int:
    case_id = correcting(hall)
    hall.applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
    return case_id


def tolerant(hall: Hall) -> int:
    case_id = missing("parcel_map")(hall)
    hall.does("zhao", case_id, "intake", "accept_tolerant", promises=PROMISES, letter="承 1")
    return case_id


def accepted(hall: Hall) -> int:
    return hall.accepted()


def after(act_name: str, login: str, matter: str = "GH02") -> Callable[[Hall], int]:
    def made(hall: Hall) -> int:
        case_id = hall.accepted(matter)
        hall.acts(login, case_id, act_name, **ON_CASE_DETAILS[act_name])
        return case_id

    return made


def experts(hall: Hall) -> int:
    case_id = hall.accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    return case_id


def paused_by_step(hall: Hall) -> int:
    case_id = experts(hall)
    hall.does("gao", case_id, "expert_start", "start", **OUTCOME_DETAILS["start"])
    return case_id


def reviewed(hall: Hall) -> int:
    case_id = hall.accepted()
    hall.does("qian", case_id, "review", "pass")
    return case_id


def decided(hall: Hall) -> int:
    case_id = reviewed(hall)
    hall.does("sun", case_id, "decide", "grant")
    return case_id


def made(hall: Hall) -> int:
    case_id = decided(hall)
    hall.does("zhao", case_id, "certificate", "made")
    return case_id


def closed(hall: Hall) -> int:
    case_id = made(hall)
    hall.does("zhao", case_id, "deliver", "delivered", method="pickup", receiver="方淮")
    return case_id


def not_accepted(hall: Hall) -> int:
    case_id = missing()(hall)
    hall.does("zhao", case_id, "intake", "refuse_acceptance", **OUTCOME_DETAILS["refuse_acceptance"])
    return case_id


STATES: Mapping[str, Callable[[Hall], int]] = {
    "received": missing(),
    "received, something missing": missing("land_contract"),
    "received, something tolerable missing": missing("parcel_map"),
    "correcting": correcting,
    "corrected": corrected,
    "accepted": accepted,
    "accepted with a promise": tolerant,
    "extended": after("extend", "sun"),
    "at headquarters": after("transfer_hq", "qian"),
    "with the upper level": after("escalate_up", "sun"),
    "stopped for experts": after("start_special", "sun", "GH03"),
    "before the experts": experts,
    "stopped for experts by a step": paused_by_step,
    "reviewed": reviewed,
    "decided": decided,
    "certificate made": made,
    "closed": closed,
    "not accepted": not_accepted,
    "withdrawn": after("withdraw", "zhao"),
    "terminated": after("terminate", "sun"),
}


# ---------------------------------------------------------------- to try and to leave no trace
class _Undone(Exception):
    """Rolls an act back after all of it was done."""


def refusal(hall: Hall, perform: Callable[[Tx], object]) -> LianshenError | None:
    """Why it is refused; None when it would have been done. Nothing stays of it."""
    try:
        with hall.database.writing() as tx:
            perform(tx)
            raise _Undone
    except _Undone:
        return None
    except LianshenError as refused:
        return refused


def offered(hall: Hall, login: str, case_id: int) -> list[Offer]:
    with hall.database.reading() as tx:
        try:
            return offered_acts(tx, officer_by_login(tx, login), case_id, hall.now)
        except LianshenError:
            return []


@pytest.mark.parametrize("state", STATES)
def test_what_is_offered_is_what_is_accepted(hall: Hall, state: str) -> None:
    case_id = STATES[state](hall)
    cast = CAST[hall.case(case_id).case_no[:4]]
    wrong = [odd for login in cast for odd in (*odd_acts(hall, login, case_id), *odd_outcomes(hall, login, case_id))]
    assert wrong == []
    assert hall.flaws(case_id) == []


def odd_acts(hall: Hall, login: str, case_id: int) -> Iterator[tuple[str, ...]]:
    """The acts on a case that are offered to an officer and refused, or done without being offered."""
    assert set(ON_CASE) == set(ON_CASE_DETAILS)
    names = {o.code for o in offered(hall, login, case_id)}
    for name in ON_CASE:

        def perform(tx: Tx, name: str = name) -> None:
            act(tx, officer_by_login(tx, login), case_id, name, dict(ON_CASE_DETAILS[name]), now=hall.now)

        refused = refusal(hall, perform)
        if (refused is None) != (name in names):
            yield login, name, "offered" if name in names else "not offered", str(refused or "done")


def odd_outcomes(hall: Hall, login: str, case_id: int) -> Iterator[tuple[str, ...]]:
    """The same of the tasks: who is told that he may claim, may; and of the outcomes of the drawing the holder may choose
    those for which no reason stands against it."""
    code = hall.case(case_id).case_no[:4]
    for task in hall.rows(tables.tasks, case_id):

        def take(tx: Tx, task_id: int = task.id) -> None:
            claim(tx, officer_by_login(tx, login), task_id, now=hall.now)

        may, refused = may_claim(hall, login, task.id), refusal(hall, take)
        if may != (refused is None):
            yield login, task.step, "claim", "offered" if may else "not offered", str(refused or "done")
        for outcome, why_not in outcomes(hall, take, login, task.id).items() if may else ():

            def perform(tx: Tx, task: Any = task, outcome: str = outcome, take: Callable[[Tx], None] = take) -> None:
                take(tx)
                form, details = FORMS.get(f"{code}.{task.step}", {}), dict(OUTCOME_DETAILS.get(outcome, {}))
                who = officer_by_login(tx, login)
                complete(tx, who, task.id, outcome, answers=form, details=details, now=hall.now)

            refused = refusal(hall, perform)
            if (refused is None) == bool(why_not):
                yield login, task.step, outcome, why_not or "offered", str(refused or "done")


def may_claim(hall: Hall, login: str, task_id: int) -> bool:
    with hall.database.reading() as tx:
        try:
            return open_dossier(tx, officer_by_login(tx, login), task_id, hall.now).may_claim
        except LianshenError:
            return False


def outcomes(hall: Hall, take: Callable[[Tx], None], login: str, task_id: int) -> dict[str, str]:
    """What the holder of a task is offered, each with the reason why it cannot be chosen now."""
    found: dict[str, str] = {}

    def look(tx: Tx) -> None:
        take(tx)
        found.update(
            {o.code: o.why_not for o in open_dossier(tx, officer_by_login(tx, login), task_id, hall.now).outcomes}
        )

    assert refusal(hall, look) is None
    return found
