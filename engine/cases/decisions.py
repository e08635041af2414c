"""The decision and what follows it; the ends before a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..clock import ClockKind
from ..errors import NotLawful, NotNow
from ..people import SYSTEM, Actor
from ..store import Prepared, tables
from .case import OpenCase
from .given import Given
from .intake import basis_words, limit_words, remedy_of
from .levels import demand_not_ended_below, ends_above
from .papers import chinese_date, lines_of, number_of
from .stage import RESULTS, demand_concluded, ends_with_stage, matter_names, result_of

TERMINATIONS = {
    "applicant_gone": "申请人死亡或者终止",
    "subject_gone": "申请事项的对象灭失",
    "matter_abolished": "事项依法取消",
    "not_corrected": "逾期未补正且有规定可以终止",
}
DELIVERIES = {"pickup": "窗口领取", "courier": "邮寄", "electronic": "电子送达"}
HANDED_DOWN = {"handed_down": "交初审机关送达"}
"""What was sent up goes back to the lower office, whose window delivers it."""


class StillPaused(NotNow):
    """A decision cannot be made while experts are still at work: nothing would be counted and nothing reviewed."""

    code = "still-paused"
    sentence = "办件{case_no}的特别程序还没有结束，不能作出决定。"
    remedy = "先登记特别程序的结果。"


class StillOut(NotNow):
    code = "still-out"
    sentence = "办件{case_no}还在{where}，不能作出决定。"
    remedy = "先登记退回或批复。"


class StillMissing(NotNow):
    code = "still-missing"
    sentence = "容缺材料{items}还没有补齐，不能准予。"
    remedy = "登记补交后再作出决定。"


class NothingPromised(NotNow):
    code = "nothing-promised"
    sentence = "办件{case_no}没有待补交的容缺材料。"
    remedy = "刷新页面查看办件的最新进展。"


class SamePerson(NotLawful):
    """一审一核: whoever accepted or reviewed does not decide. Natural persons count, not accounts or stand-ins."""

    code = "same-person"
    sentence = "{name}已经办理过本件的受理或审查，不能再作出决定（一审一核须由不同的人办理）。"
    remedy = "请另一位有权决定的人员办理；代理他人办理也不行。"


def decide_grant(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Grant. details: text (conditions, optional). Nothing may be open or missing, and the decider is another person."""
    given = Given("准予许可", details)
    text = given.text("text", "决定内容", optional=True)
    given.check()
    demand_complete(case, actor)
    guide = case.version.guide
    paper = case.issue(
        "grant",
        accepted=_accepted(case),
        result=guide.result,
        basis=basis_words(guide.basis.text, guide.basis.verified),
        text=f"{text}\n" if text else "",
        delivery=limit_words(case, ClockKind.DELIVERY),
    )
    _decided(case, "granted")
    return {"text": text, "paper": paper}


def decide_refuse(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse, in writing with reasons, basis and remedy (第38条). details: reasons, basis."""
    given = Given("不予许可", details)
    reasons, basis = given.text("reasons", "理由"), given.text("basis", "法律依据")
    given.check()
    demand_deniable(case, actor)
    remedy = remedy_of(case, "decide_refuse", "不予许可")
    paper = case.issue("refusal", accepted=_accepted(case), reasons=reasons, basis=basis, remedy=remedy)
    _decided(case, "refused")
    return {"reasons": reasons, "basis": basis, "paper": paper}


def conclude(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The lead department sums up a stage whose matters have all ended; granted, partly or refused follows from them. details:
    summary. The applicant is told in one notice how each ended. Raises MattersOpen."""
    given = Given("牵头汇总", details)
    summary = given.text("summary", "汇总意见")
    given.check()
    matters = demand_concluded(case)
    result = result_of(matters)
    names = matter_names(case.tx, case.row.office_id)
    rows = [f"{names[m.code]}：{m.told(names)}" for m in matters]
    paper = case.issue("stage", result=RESULTS[result], rows=lines_of(rows).rstrip("\n"), summary=summary)
    _decided(case, result)
    return {"summary": summary, "result": result, "paper": paper}


def make_certificate(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The result document is made and numbered. details: validity (optional)."""
    given = Given("制证", details)
    validity = given.text("validity", "有效期", optional=True) or case.version.guide.validity or "长期"
    given.check()
    decision = _on_paper(case)
    paper = case.issue(
        "certificate",
        result=case.version.guide.result,
        decision=f"决定文号：{decision}\n" if decision else "",
        validity=validity,
    )
    return {"result": case.version.guide.result, "validity": validity, "paper": paper}


def deliver(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The result reaches the applicant. details: method (pickup, courier, electronic), receiver."""
    given = Given("送达", details)
    method, receiver = given.one_of("method", "送达方式", deliveries(case)), given.text("receiver", "领取人或单号")
    given.check()
    case.clocks.stop(ClockKind.DELIVERY, case.today)
    case.change(served_at=case.now)
    return {"method": method, "receiver": receiver}


def deliveries(case: OpenCase) -> dict[str, str]:
    """How the result of this case reaches the applicant."""
    return DELIVERIES if case.row.lower_id is None else HANDED_DOWN


class NothingToRevoke(NotNow):
    code = "nothing-to-revoke"
    sentence = "办件{case_no}没有准予的决定，不能撤销。"
    remedy = "刷新页面查看办件的最新进展。"


def revoke(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Take back a grant that should not have been made (第69条), in writing with reasons, basis and remedy. Whatever took this
    result as a material hears of it by a job. details: reasons, basis. Raises NothingToRevoke."""
    given = Given("撤销决定", details)
    reasons, basis = given.text("reasons", "理由"), given.text("basis", "法律依据")
    given.check()
    demand_granted(case)
    remedy = remedy_of(case, "decide_refuse", "撤销决定")
    paper = case.issue("revocation", reasons=reasons, basis=basis, remedy=remedy, decided=_on_paper(case))
    case.change(result="revoked")
    return {"reasons": reasons, "basis": basis, "paper": paper}


def demand_granted(case: OpenCase) -> None:
    """Whether there is a grant to take back. Raises NothingToRevoke."""
    if case.get("result") != "granted" or case.version.guide.stage:
        raise NothingToRevoke(case_no=case.case_no)


def _on_paper(case: OpenCase) -> str:
    return number_of(case.tx, case.id, "grant")


def withdraw(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The applicant takes the application back, in writing. details: reason (optional)."""
    given = Given("撤回申请", details)
    reason = given.text("reason", "理由", optional=True)
    given.check()
    ended = ends_with_stage(case, "withdraw", details)
    ends_above(case, "withdraw", details)
    _stop(case, "withdrawn")
    return {"reason": reason, **ended}


def terminate(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The office ends the case without a decision, for a named reason only. details: reason_code, reasons, basis."""
    given = Given("终止办理", details)
    code = given.one_of("reason_code", "终止情形", TERMINATIONS)
    reasons, basis = given.text("reasons", "理由"), given.text("basis", "依据")
    given.check()
    remedy = remedy_of(case, "terminate", "终止办理")
    paper = case.issue("termination", case=TERMINATIONS[code], reasons=reasons, basis=basis, remedy=remedy)
    ended = ends_with_stage(case, "terminate", details)
    ends_above(case, "terminate", details)
    _stop(case, "terminated")
    return {"reason_code": code, "reasons": reasons, "basis": basis, "paper": paper, **ended}


def end_with(case: OpenCase, act: str, details: Mapping[str, Any], **told: Any) -> None:
    """Withdrawn or terminated with the case on which it hangs: the stage, or the case of the other level. details: as said there;
    told: what the journal is told beside it."""
    done = {"withdraw": withdraw, "terminate": terminate}[act](case, SYSTEM, details)
    case.enter(act)
    case.told(act, SYSTEM, **done, **told)


def bring_material(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """A paper that was promised at a tolerant acceptance has come. details: materials [keys]."""
    given = Given("补交容缺材料", details)
    keys = given.names("materials", "材料")
    promised = set(_promised(case))
    for key in keys:
        if key not in promised:
            given.fault("materials", f"“{key}”不是承诺补交的材料", f"待补交：{'、'.join(sorted(promised)) or '无'}")
    given.check()
    m = tables.materials
    for key in keys:
        case.tx.execute(
            m.update().where(m.c.case_id == case.id, m.c.key == key).values(state="brought", brought_at=case.now)
        )
        case.clocks.stop(ClockKind.TOLERANCE, case.today, key)
    return {"materials": keys}


# ---------------------------------------------------------------- whether they may be done now
def demand_promised(case: OpenCase) -> None:
    """Whether any paper is still promised. Raises NothingPromised."""
    if not _promised(case):
        raise NothingPromised(case_no=case.case_no)


def demand_complete(case: OpenCase, actor: Actor) -> None:
    """Whether the file is whole and in the hands of this person, who grants it or sends it up now, another one than its reviewer.
    Raises StillPaused, StillOut, SamePerson, StillMissing, EndedBelow."""
    _demand_decidable(case, actor)
    missing = list(_promised(case).values())
    if missing:
        raise StillMissing(items="、".join(missing))


def demand_deniable(case: OpenCase, actor: Actor) -> None:
    """Whether this person may refuse now. Raises StillPaused, StillOut, SamePerson, RemedyMissing, EndedBelow."""
    _demand_decidable(case, actor)
    remedy_of(case, "decide_refuse", "不予许可")


# ---------------------------------------------------------------- how they work
def _promised(case: OpenCase) -> dict[str, str]:
    return {m.key: m.name for m in case.materials() if m.state == "promised"}


def _demand_decidable(case: OpenCase, actor: Actor) -> None:
    demand_not_ended_below(case)
    if case.paused:
        raise StillPaused(case_no=case.case_no)
    if case.out:
        raise StillOut(case_no=case.case_no, where="部门" if "hq" in case.out else "上级机关")
    if case.version.guide.two_person and actor.person_id in _examiners(case):
        raise SamePerson(name=actor.name)


def _examiners(case: OpenCase) -> set[int]:
    """The natural persons who accepted, reviewed or checked this case, in any round."""
    return {r.person_id for r in case.tx.rows(_EXAMINED, case_id=case.id)}


_EXAMINED = Prepared(
    sa.select(tables.tasks.c.person_id).where(
        tables.tasks.c.case_id == sa.bindparam("case_id"),
        tables.tasks.c.state == "done",
        tables.tasks.c.kind.in_(["intake", "review", "check"]),
        tables.tasks.c.person_id.is_not(None),
    )
)


def _accepted(case: OpenCase) -> str:
    return chinese_date(case.time, case.row.accepted_at)


def _decided(case: OpenCase, result: str) -> None:
    decided(case, result, case.now, case.today)


def decided(case: OpenCase, result: str, at: datetime, on: date) -> None:
    """What a decision of this moment and day does to the case and its clocks, whoever made it. Raises ClockBehind."""
    case.demand_not_before(case.get("accepted_at"), at)
    for kind in case.decision_kinds:
        case.clocks.stop(kind, on)
    for running in [one for one in case.clocks if one.kind is ClockKind.OPINION]:  # nobody can answer any more
        case.clocks.stop(running.kind, on, running.subject)
    case.change(result=result, decided_at=at, decided_on=on)
    limit = case.limit(ClockKind.DELIVERY)
    if limit is not None:
        case.clocks.start(ClockKind.DELIVERY, limit, on)


def _stop(case: OpenCase, result: str) -> None:
    for pause in case.open_pauses():
        case.end_pause(pause)
    case.clocks.stop_all(case.today)
    case.change(result=result)
    case.process.cancel()
