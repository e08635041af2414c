"""What stops or lengthens the clocks: special procedures (第45条), extensions (第42条); and where the file goes meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..clock import (
    GROUND_NAMES,
    Approver,
    ClockKind,
    Extension,
    ExtensionRule,
    Ground,
    Limit,
    Pause,
    Span,
    check_extension,
    check_planned,
    limit_of,
)
from ..errors import NotLawful, NotNow
from ..people import Actor, Role
from ..store import Tx, tables
from .case import OpenCase
from .clocks import RunningClock
from .given import Given
from .intake import basis_words, day_words, due_words

APPROVERS = {Approver.HEAD: Role.HEAD, Approver.MAIN_HEAD: Role.MAIN_HEAD, Approver.GOVERNMENT: Role.GOVERNMENT}


class GroundNotLawful(NotLawful):
    """A pause without a ground that this matter's limits allow stops nothing and is refused."""

    code = "ground-not-lawful"
    sentence = "“{matter}”的办理期限不能因“{ground}”暂停：该事项允许的事由是{allowed}。"
    remedy = "现场踏勘、内部流转等不停止计时；确有依据的，请先在事项的时限里登记事由和依据后发布新版本。"


class PausedAlready(NotNow):
    code = "paused-already"
    sentence = "办件{case_no}的“{ground}”已经在进行中。"
    remedy = "先登记这一程序的结果。"


class NotPaused(NotNow):
    code = "not-paused"
    sentence = "办件{case_no}没有正在进行的特别程序。"
    remedy = "刷新页面查看办件的最新进展。"


class NotExtendable(NotLawful):
    code = "not-extendable"
    sentence = "“{matter}”的法定时限没有规定可以延长。"
    remedy = "在承诺和法定期限内办结。"


class NotTheApprover(NotLawful):
    code = "not-the-approver"
    sentence = "延长“{matter}”的期限须经{approver}批准，{name}不具有这一身份。"
    remedy = "请有权批准的负责人办理。"
    basis = "行政许可法 第42条"


class OutAlready(NotNow):
    code = "out-already"
    sentence = "办件{case_no}已经在{where}，尚未退回。"
    remedy = "先登记退回或批复。"


# ---------------------------------------------------------------- special procedures
def start_special(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Stop the decision clocks for a special procedure. details: ground, planned (`20wd`), reason. The written notice to
    the applicant is issued in the same act; the day it is issued is used up, counting stops with the next day."""
    given = Given("启动特别程序", details)
    ground = given.one_of("ground", "事由", {str(g): GROUND_NAMES[g] for g in Ground})
    planned, reason = given.span("planned", "需要的时间"), given.text("reason", "理由")
    given.check()
    assert planned is not None
    basis = _basis_of(case, Ground(ground))
    if any(p.ground == ground for p in case.open_pauses()):
        raise PausedAlready(case_no=case.case_no, ground=GROUND_NAMES[Ground(ground)])
    for limit in _pausable(case):
        check_planned(limit, Ground(ground), planned)
    officer = actor.officer
    assert officer is not None, "a special procedure has an officer who approved it"
    case.tx.insert(
        tables.pauses,
        case_id=case.id,
        ground=ground,
        basis=basis,
        reason=reason,
        planned=str(planned),
        started_on=case.today,
        started_at=case.now,
        approved_by=officer.id,
    )
    case.clocks.pause(Pause(ground=Ground(ground), basis=basis, started_on=case.today, planned=planned))
    case.clocks.start(ClockKind.SPECIAL, limit_of(planned), case.today, ground)
    paper = case.issue(
        "special",
        ground=GROUND_NAMES[Ground(ground)],
        planned=planned.words,
        until=day_words(case.time.add(case.today, planned)),
        basis=basis,
        reason=reason,
    )
    return {
        "ground": ground,
        "basis": basis,
        "planned": str(planned),
        "reason": reason,
        "paper": paper,
    }


def end_special(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The special procedure has its result; counting goes on with the next day. details: result, ground (only needed
    while several are open)."""
    given = Given("结束特别程序", details)
    result, named = given.text("result", "结果"), given.text("ground", "事由", optional=True)
    given.check()
    running = [p for p in case.open_pauses() if named in ("", p.ground)]
    if not running:
        raise NotPaused(case_no=case.case_no)
    if len(running) > 1:
        given.fault("ground", "有几个特别程序同时进行", "写明结束哪一个")
        given.check()
    (pause,) = running
    case.end_pause(pause)
    case.clocks.resume(pause_value(pause, ended_on=case.today))
    case.clocks.stop(ClockKind.SPECIAL, case.today, pause.ground)
    return {"ground": pause.ground, "result": result, "started_on": pause.started_on.isoformat()}


def pause_value(row: Any, **changes: Any) -> Pause:
    """A row of `pauses` as the clock room knows it."""
    known = Pause(Ground(row.ground), row.basis, row.started_on, row.ended_on, Span.parse(row.planned))
    return replace(known, **changes)


def _basis_of(case: OpenCase, ground: Ground) -> str:
    for limit in _pausable(case):
        if limit.stops(ground):
            return limit.grounds[ground].basis
    allowed = {g: GROUND_NAMES[g] for limit in _pausable(case) for g in limit.grounds}
    raise GroundNotLawful(
        matter=case.version.name, ground=GROUND_NAMES[ground], allowed="、".join(allowed.values()) or "没有任何事由"
    )


@dataclass(frozen=True)
class LawfulGround:
    """A ground that stops a limit of this matter. longest: as its rule says, None where it says nothing."""

    ground: Ground
    basis: str
    longest: Span | None

    @property
    def name(self) -> str:
        return GROUND_NAMES[self.ground]


def lawful_grounds(case: OpenCase) -> list[LawfulGround]:
    """The grounds that this matter allows and that are not running already, in the order of the law."""
    running = {p.ground for p in case.open_pauses()}
    found = {g: stop for limit in reversed(_pausable(case)) for g, stop in limit.grounds.items() if limit.stops(g)}
    return [LawfulGround(g, found[g].basis, found[g].longest) for g in Ground if g in found and g not in running]


def demand_startable(case: OpenCase) -> None:
    """Whether any special procedure may begin now. Raises GroundNotLawful, or PausedAlready when all of them run."""
    if lawful_grounds(case):
        return
    if running := case.open_pauses():
        raise PausedAlready(case_no=case.case_no, ground=GROUND_NAMES[Ground(running[0].ground)])
    raise GroundNotLawful(matter=case.version.name, ground="特别程序", allowed="没有任何事由")


def demand_endable(case: OpenCase) -> None:
    """Whether a special procedure runs. Raises NotPaused."""
    if not case.open_pauses():
        raise NotPaused(case_no=case.case_no)


def _pausable(case: OpenCase) -> list[Limit]:
    return [limit for kind in reversed(case.decision_kinds) if (limit := case.limit(kind)) is not None]


# ---------------------------------------------------------------- extension
def extend(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Lengthen the statutory limit once, before it is due, by the head that the rule names; the promise is lengthened
    with it unless it is broken already. details: span (`10wd`), reason. The applicant is told in writing."""
    given = Given("延长审批期限", details)
    span, reason = given.span("span", "延长的时间"), given.text("reason", "理由")
    given.check()
    assert span is not None
    statutory, rule = _extendable(case, actor)
    extension = Extension(span=span, approved_at=case.now, approver=rule.approver)
    check_extension(statutory.clock, extension, case.time)
    officer = actor.officer
    assert officer is not None
    case.tx.insert(
        tables.extensions,
        case_id=case.id,
        kind=statutory.kind,
        span=str(span),
        approver=rule.approver,
        reason=reason,
        approved_at=case.now,
        approved_by=officer.id,
    )
    case.clocks.extend(statutory.kind, extension)
    promised = case.clocks.find(ClockKind.PROMISED)  # the promise of a stage is never lengthened by it
    promise_kept = promised is not None and _before_due(promised.clock.due_at(case.time), case.now)
    if promised is not None and promise_kept and promised.clock.limit.span.unit is span.unit:
        case.clocks.extend(ClockKind.PROMISED, extension)
    due = due_words(case, statutory.kind)
    paper = case.issue(
        "extension",
        approver=rule.approver.words,
        span=span.words,
        reason=reason,
        basis=basis_words(rule.basis, statutory.clock.limit.verified),
        due=due,
    )
    return {
        "kind": statutory.kind,
        "span": str(span),
        "approver": rule.approver,
        "reason": reason,
        "paper": paper,
    }


def demand_extendable(case: OpenCase, actor: Actor) -> ExtensionRule:
    """Whether this person may lengthen the statutory limit now, and how. Raises NotExtendable, NotTheApprover,
    ExtensionNotLawful (late, or for the second time)."""
    statutory, rule = _extendable(case, actor)
    check_extension(statutory.clock, Extension(rule.longest, case.now, rule.approver), case.time)
    return rule


def _extendable(case: OpenCase, actor: Actor) -> tuple[RunningClock, ExtensionRule]:
    statutory = case.clocks.find(case.decision_kinds[1])
    rule = statutory.clock.limit.extension if statutory else None
    if statutory is None or rule is None:
        raise NotExtendable(matter=case.version.name)
    if APPROVERS[rule.approver] not in _roles_of(actor):
        raise NotTheApprover(matter=case.version.name, approver=rule.approver.words, name=actor.name)
    return statutory, rule


def _before_due(due_at: datetime | None, now: datetime) -> bool:
    return due_at is None or now <= due_at


def _roles_of(actor: Actor) -> frozenset[Role]:
    bearer = actor.acting_for or actor.officer
    return bearer.roles if bearer else frozenset()


# ---------------------------------------------------------------- out of the window's hands
def transfer_hq(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The file goes to the department behind the window; its clocks run on. details: receiver, reason."""
    return _send_out(case, "hq", "转部门办理", details)


def return_from_hq(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The department hands the file back to its window. details: opinion."""
    return _take_back(case, "hq", "部门退回窗口", details)


def escalate_up(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The whole file with the first opinion goes up to the higher authority (第35条). details: receiver, reason."""
    return _send_out(case, "upper_level", "上报上级", details)


def return_from_upper(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The higher authority has answered. details: opinion."""
    return _take_back(case, "upper_level", "上级批复", details)


def demand_in_hall(case: OpenCase, kind: str) -> None:
    """Whether the file may go out. Raises OutAlready."""
    if _out(case.tx, case.id, kind) is not None:
        raise OutAlready(case_no=case.case_no, where="部门" if kind == "hq" else "上级机关")


def demand_out(case: OpenCase, kind: str) -> str:
    """Where the file is. Raises NotOut."""
    row = _out(case.tx, case.id, kind)
    if row is None:
        raise NotOut(case_no=case.case_no)
    return str(row.receiver)


def _send_out(case: OpenCase, kind: str, label: str, details: Mapping[str, Any]) -> dict[str, Any]:
    given = Given(label, details)
    receiver, reason = given.text("receiver", "接收单位"), given.text("reason", "理由")
    given.check()
    demand_in_hall(case, kind)
    case.tx.insert(tables.transfers, case_id=case.id, kind=kind, receiver=receiver, reason=reason, sent_at=case.now)
    return {"receiver": receiver, "reason": reason}


def _take_back(case: OpenCase, kind: str, label: str, details: Mapping[str, Any]) -> dict[str, Any]:
    given = Given(label, details)
    opinion = given.text("opinion", "意见")
    given.check()
    row = _out(case.tx, case.id, kind)
    if row is None:
        raise NotOut(case_no=case.case_no)
    case.tx.execute(tables.transfers.update().where(tables.transfers.c.id == row.id).values(back_at=case.now))
    return {"receiver": row.receiver, "opinion": opinion}


class NotOut(NotNow):
    code = "not-out"
    sentence = "办件{case_no}没有转出，不需要登记退回。"
    remedy = "刷新页面查看办件的最新进展。"


def _out(tx: Tx, case_id: int, kind: str) -> Any:
    t = tables.transfers
    return tx.row(sa.select(t).where(t.c.case_id == case_id, t.c.kind == kind, t.c.back_at.is_(None)))
