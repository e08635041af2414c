"""The inbox: lines for officers, one per person and happening."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..clock import RULES, ClockKind, Lamp
from ..people import Officer, Role, officers_at, officers_with
from ..store import Tx, tables


@dataclass(frozen=True)
class Message:
    id: int
    case_no: str | None
    text: str
    at: datetime
    read_at: datetime | None


def send(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> int:
    """Tell everybody whom a turned lamp concerns. Returns how many were told; a second run tells nobody again."""
    case = tx.execute(sa.select(tables.cases).where(tables.cases.c.id == case_id)).one()
    lamp, kind = Lamp(payload["to"]), ClockKind(payload["clock"])
    step = f"“{payload['step']}”" if payload.get("step") else ""
    word = RULES[kind].late_word if lamp is RULES[kind].late else lamp.word
    text = (
        f"{case.case_no} {case.applicant_name}：{step}{RULES[kind].label}{word}，到期日 {payload['due_on'] or '未定'}"
    )
    told = 0
    for who in _receivers(tx, case, lamp):
        told += tx.insert_once(
            tables.inbox, officer_id=who, case_id=case_id, text=text, dedupe=f"{case_id}:{payload['n']}", at=now
        )
    return told


def inbox(tx: Tx, who: Officer, limit: int = 50) -> list[Message]:
    """An officer's inbox, the newest first."""
    i, c = tables.inbox, tables.cases
    rows = tx.rows(
        sa.select(i, c.c.case_no)
        .outerjoin(c, c.c.id == i.c.case_id)
        .where(i.c.officer_id == who.id)
        .order_by(i.c.id.desc())
        .limit(limit)
    )
    return [Message(r.id, r.case_no, r.text, r.at, r.read_at) for r in rows]


def _receivers(tx: Tx, case: Any, lamp: Lamp) -> list[int]:
    """Yellow: handler and the window's deciders; red: also the department's heads; dark red: also supervision."""
    t = tables.tasks
    waiting = tx.rows(sa.select(t).where(t.c.case_id == case.id, t.c.state.in_(["open", "claimed"])))
    if lamp not in (Lamp.YELLOW, Lamp.RED, Lamp.DARK_RED):
        return []
    found: dict[int, None] = {}
    for task in waiting:
        at = officers_at(tx, task.window_id)
        found.update({o.id: None for o in at if task.officer_id in (None, o.id) or Role.APPROVER in o.roles})
        if lamp is not Lamp.YELLOW:
            heads = officers_with(tx, case.office_id, Role.HEAD)
            found.update({o.id: None for o in heads if o.department_id == task.department_id})
    if lamp is Lamp.DARK_RED:
        found.update({o.id: None for o in officers_with(tx, case.office_id, Role.SUPERVISOR)})
    return list(found)
