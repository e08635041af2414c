"""The file goes up, and what the upper office does with it comes back (第35条、第43条).

The upper level's work is a case of its own at the upper office, opened by a job; what it decides is told back by another one. As
with a stage, nothing is dated by a message: the upper case is received at the moment of the sending, the lower one is decided at
the moment of the decision above, whenever a worker came to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ..catalogue import Version, upper_version
from ..clock import ClockKind, CountedFrom
from ..errors import NotNow
from ..people import SYSTEM, Actor, Office, departments, office, office_time
from ..store import Tx, jobs, tables
from . import decisions, levels
from .case import OpenCase, look_at, new_case, open_case
from .children import given_on, share_materials
from .given import Given
from .intake import needed, next_case_no
from .papers import lines_of
from .phases import ENDS, Phase


class NoUpperMatter(NotNow):
    code = "no-upper-matter"
    sentence = "上级机构现在没有开办“{matter}”的{level}事项 {code}，办件{case_no}不能上报。"
    remedy = "请上级机构发布该事项的流程后再上报。"


def send_up(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The first review is over: its opinion goes straight up with the whole file, and the clocks of the review end today (第43条).
    The upper office's case is opened by a job. details: opinion."""
    given = Given("上报", details)
    opinion = given.text("opinion", "初审意见")
    given.check()
    of, version = demand_sendable(case, actor)
    receiver = f"{of.name}{departments(case.tx, of.id)[version.department]}"
    brought = [m.name for m in case.materials() if m.state == "brought"]
    paper = case.issue(
        "report_up", receiver=receiver, opinion=opinion, count=len(brought), brought=lines_of(brought).rstrip("\n")
    )
    for kind in case.decision_kinds:
        case.clocks.stop(kind, case.today)
    case.tx.insert(
        tables.transfers, case_id=case.id, kind="upper_level", receiver=receiver, reason=opinion, sent_at=case.now
    )
    payload = {"at": case.now.isoformat()}
    jobs.leave(case.tx, "open_upper", run_at=case.now, case_id=case.id, payload=payload, dedupe=f"upper:{case.id}")
    return {"opinion": opinion, "receiver": receiver, "paper": paper}


def demand_sendable(case: OpenCase, actor: Actor) -> tuple[Office, Version]:
    """Where the file goes, and as which matter. Whole: nothing may be paused, out or promised. Raises StillPaused, StillOut,
    StillMissing, SamePerson, NoUpperMatter."""
    decisions.demand_complete(case, actor)
    return _upper(case)


def _upper(case: OpenCase) -> tuple[Office, Version]:
    up = case.version.guide.escalates
    assert up is not None, "publishing refuses the step without a guide that names the upper office"
    version = upper_version(case.tx, case.row.office_id, up)
    if version is None:
        raise NoUpperMatter(matter=case.version.name, level=up.level_name, code=up.matter, case_no=case.case_no)
    return office(case.tx, version.office_id), version


# ---------------------------------------------------------------- jobs
def open_upper(tx: Tx, lower_id: int, payload: Mapping[str, Any], now: datetime) -> int:
    """Open the upper office's case of a file that was sent up, received at the moment of the sending, or with the next hour of work
    there; its window accepts it as any other one. Returns its id. Race: as of `open_child`, whose ways these are: twice opens one,
    a lower case that has ended meanwhile opens nothing, and one that is to end waits until the upper one is there."""
    lower = tx.keep_still(lower_id)
    assert lower is not None, f"there is no case {lower_id}"
    there = levels.above(tx, lower_id)
    if there is not None:
        return int(there.id)
    if lower.phase != Phase.ACCEPTED:
        return 0
    of, version = _upper(look_at(tx, lower_id, now))
    at, time = datetime.fromisoformat(payload["at"]), office_time(tx, of)
    received = time.received(at, in_person=False)
    values = {
        "case_no": next_case_no(tx, of, version.code, time.civil(at)),
        **given_on(lower, version),
        "lower_id": lower_id,
        "filed_at": at,
        "received_at": received.at,
        "received_on": received.on,
    }
    with new_case(tx, values, at) as case:
        case.steps_from = received.on
        shared = share_materials(case, version, lower_id)
        case.clocks.start(ClockKind.NOTICE, needed(case, ClockKind.NOTICE), received.on)
        case.start_decision_clocks(CountedFrom.RECEIVED, received.on)
        case.start_process({**case.routing_facts(values["answers"]), "channel": lower.channel})
        case.told(
            "receive",
            SYSTEM,
            below=lower_id,
            lower=lower.case_no,
            channel=lower.channel,
            applicant=lower.applicant,
            answers=values["answers"],
            **shared,
            received_at=received.at.isoformat(),
            provisional=received.provisional,
            project_code=lower.project_code,
        )
    return case.id


def upper_told(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> None:
    """The lower case hears how the one above stands, whole: what it decided is the decision of the matter, what it sent down lies
    at the window for delivery, and what ended there has ended here. What is older than what it knows changes nothing, and a case
    that the applicant took back hears no more."""
    with open_case(tx, case_id, now) as case:
        sent = levels.sending(case)
        if sent is None or payload["n"] <= sent.told_n or case.phase in ENDS - {Phase.CLOSED}:
            return
        t = tables.transfers
        tx.execute(t.update().where(t.c.id == sent.id).values(told_n=payload["n"]))
        _ = case.process
        told = {"upper": payload["case_no"], "upper_n": payload["n"]}
        if case.phase is Phase.ACCEPTED and payload["ending"] is None:
            case.told("upper_moved", SYSTEM, acts=payload["acts"], office=payload["office"], **told)
        elif case.phase is Phase.ACCEPTED and payload["ending"] in _ENDS_TOO:
            decisions.end_with(case, _ENDS_TOO[payload["ending"]], payload["details"], **told)
            return
        elif case.phase is Phase.ACCEPTED:
            _decided_above(case, payload, told)
        if case.phase is Phase.DECIDED and payload["served_at"] and sent.back_at is None:
            _sent_down(case, sent, payload, told)
        if payload["ending"] == "revoked" and case.get("result") == "granted":
            case.change(result="revoked")
            case.told("upper_revoked", SYSTEM, **told)


def _decided_above(case: OpenCase, payload: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    result = "refused" if payload["ending"] == "refused" else "granted"
    act = f"upper_{result}"
    at, on = datetime.fromisoformat(payload["decided_at"]), date.fromisoformat(payload["decided_on"])
    decisions.decided(case, result, at, on)
    case.enter(act)
    case.told(act, SYSTEM, decided_at=payload["decided_at"], decided_on=payload["decided_on"], **told)


def _sent_down(case: OpenCase, sent: Any, payload: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """The result is back: the process goes on to the window that delivers it, counted from the day on which it was sent."""
    back_at = datetime.fromisoformat(payload["served_at"])
    t = tables.transfers
    case.tx.execute(t.update().where(t.c.id == sent.id).values(back_at=back_at))
    (call,) = case.process.open_calls
    case.process.answer_call(call.token, {"outcome": payload["ending"]})
    case.passed_at, case.steps_from = back_at, case.time.civil(back_at)
    case.enter("upper_sent_down")
    case.told("upper_sent_down", SYSTEM, back_at=payload["served_at"], **told)


_ENDS_TOO = {"withdrawn": "withdraw", "terminated": "terminate"}
