"""Steps that another system answers (对外调用): a row per token that stands on one, from the asking to the answer, or until a
person takes over. The asking itself is an errand of the worker (`answers.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..connections import open_codes
from ..errors import NotNow
from ..people import ActNotAllowed, Actor, Officer
from ..runtime import OpenStep
from ..store import Tx, jobs, tables
from .given import Given

if TYPE_CHECKING:
    from .case import OpenCase


class NoCallWaits(NotNow):
    code = "no-call-waits"
    sentence = "办件{case_no}没有在等对接系统的答复。"
    remedy = "刷新页面查看办件的最新进展。"


@dataclass(frozen=True)
class CallRow:
    """One call of a case. state: waiting, answered, refused, by_hand (a person confirms it), withdrawn (nobody waits any more).
    system: what the connection is called. reason: why the last try failed, or why a person took over."""

    id: int
    token: str
    step: str
    name: str
    department_id: int
    window_id: int
    connection: str
    system: str
    state: str
    tries: int
    reason: str
    asked_at: datetime
    next_at: datetime | None
    ended_at: datetime | None


def about(one: CallRow) -> dict[str, Any]:
    """What every entry of the record says of a call."""
    return {"token": one.token, "step": one.step, "connection": one.connection, "system": one.system}


def calls_of(tx: Tx, case_id: int) -> list[CallRow]:
    """All calls of a case, the oldest first."""
    c = tables.calls
    return [row_of(r) for r in tx.rows(sa.select(c).where(c.c.case_id == case_id).order_by(c.c.id))]


def row_of(r: Any) -> CallRow:
    return CallRow(**{name: getattr(r, name) for name in CallRow.__dataclass_fields__})


@dataclass(frozen=True)
class CallCounts:
    """open: calls that wait for an answer; failing: those of them that have been tried in vain; given_up: calls that went to a
    person within the last day."""

    open: int
    failing: int
    given_up: int


def call_counts(tx: Tx, now: datetime) -> CallCounts:
    """How the calls of all offices stand: for `doctor` and the gauges."""
    c = tables.calls
    one = sa.select(sa.func.count())
    waiting, given_up = c.c.state == "waiting", sa.and_(c.c.state == "by_hand", c.c.ended_at > now - _DAY)
    return CallCounts(*(tx.value(one.where(w)) for w in (waiting, sa.and_(waiting, c.c.tries > 0), given_up)))


_DAY = timedelta(days=1)


def waiting_calls(tx: Tx, case_id: int) -> list[CallRow]:
    return [one for one in calls_of(tx, case_id) if one.state == "waiting"]


# ---------------------------------------------------------------- the rows follow the tokens
def follow(case: OpenCase) -> None:
    """Give every outbound step that the process has reached its row and its errand; what nobody waits for any more is withdrawn.
    Twice changes nothing."""
    if not case.version.content.calls_out:
        return
    steps = {step.token: step for step in case.process.open_steps if step.outbound is not None}
    known = {one.token: one for one in calls_of(case.tx, case.id)}
    gone = [one for one in known.values() if one.state == "waiting" and one.token not in steps]
    for one in gone:
        change(case, one, state="withdrawn", next_at=None, ended_at=case.now)
    if gone:
        case.also_told("calls_withdrawn", [{"token": one.token, "step": one.step} for one in gone])
    begun = [_begin(case, step) for token, step in steps.items() if token not in known]
    if begun:
        case.also_told("called_out", begun)


def _begin(case: OpenCase, step: OpenStep) -> dict[str, Any]:
    assert step.outbound is not None
    window, code = case.window_of(step), step.outbound.connection
    system = open_codes(case.tx, case.row.office_id).get(code, code)
    call_id = case.tx.insert(
        tables.calls,
        case_id=case.id,
        token=step.token,
        step=step.node,
        name=step.name,
        department_id=window.department_id,
        window_id=window.id,
        connection=code,
        system=system,
        state="waiting",
        asked_at=case.now,
        next_at=case.now,
    )
    case.tx.insert_once(tables.case_departments, case_id=case.id, department_id=window.department_id)
    payload = {"case": case.id, "call": call_id}
    jobs.leave(case.tx, "call_out", run_at=case.now, payload=payload, dedupe=f"call:{case.id}:{step.token}")
    told = {"token": step.token, "step": step.node, "name": step.name, "department": window.department}
    return {**told, "window_id": window.id, "connection": code, "system": system, "sends": sorted(step.sends)}


def by_hand(case: OpenCase) -> frozenset[str]:
    """The tokens of outbound steps that a person confirms now."""
    return frozenset(one.token for one in calls_of(case.tx, case.id) if one.state == "by_hand")


def change(case: OpenCase, one: CallRow, **values: Any) -> None:
    c = tables.calls
    case.tx.execute(c.update().where(c.c.id == one.id).values(**values))


# ---------------------------------------------------------------- a person takes over
def take_over_call(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """A person will not wait for the other system: the step becomes a task at its window, and an answer that still comes changes
    nothing. details: reason; call (its step, where several wait)."""
    mine = demand_takeable(case, actor)
    given = Given("转人工确认", details)
    choices = {one.token: one.name for one in mine}
    token = given.one_of("call", "等待答复的步骤", choices) if len(mine) > 1 or "call" in details else mine[0].token
    reason = given.text("reason", "理由")
    given.check()
    (one,) = (one for one in mine if one.token == token)
    _ = case.process  # the task follows
    change(case, one, state="by_hand", reason=reason, next_at=None, ended_at=case.now)
    return {**about(one), "reason": reason}


def demand_takeable(case: OpenCase, actor: Actor) -> Sequence[CallRow]:
    """The calls that wait and are this officer's: of his department, or of a window at which he sits. Raises NoCallWaits,
    ActNotAllowed."""
    waiting = waiting_calls(case.tx, case.id)
    if not waiting:
        raise NoCallWaits(case_no=case.case_no)
    who: Officer | None = actor.acting_for or actor.officer
    assert who is not None, "an act of officers"
    mine = [one for one in waiting if one.department_id == who.department_id or one.window_id in who.windows]
    if not mine:
        names = {window.id: window.name for window in case.windows}
        at = "、".join(dict.fromkeys(names[one.window_id] for one in waiting))
        raise ActNotAllowed(name=who.name, roles="承办部门或窗口的人员", window=f"（{at}）")
    return mine
