"""The inbox: lines for officers, one per person and happening."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..clock import RULES, ClockKind, Lamp
from ..people import Officer, Role, officer, officers_at, officers_with
from ..store import Cursor, Tx, tables


@dataclass(frozen=True)
class Message:
    id: int
    case_no: str | None
    text: str
    at: datetime
    read_at: datetime | None


def send(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> int:
    """Tell everybody whom it concerns that a lamp turned, that somebody nudged, that an order was issued or answered, that a
    consultation resolved something or it was done. Returns how many were told; a second run tells nobody again."""
    case = tx.execute(sa.select(tables.cases).where(tables.cases.c.id == case_id)).one()
    text, receivers, key = _TOLD[payload["what"]](tx, case, payload)
    told = 0
    for who in receivers:
        told += tx.insert_once(
            tables.inbox, officer_id=who, case_id=case_id, text=text, dedupe=f"{case_id}:{key}", at=now
        )
    return told


def tell(tx: Tx, office_id: int, role: Role, text: str, key: str, now: datetime) -> int:
    """Tell those of an office who have a role of what concerns no case. Returns how many were told; the same key tells nobody
    again."""
    told = 0
    for who in officers_with(tx, office_id, role):
        told += tx.insert_once(tables.inbox, officer_id=who.id, case_id=None, text=text, dedupe=key, at=now)
    return told


def inbox(tx: Tx, who: Officer, limit: int = 50) -> list[Message]:
    """The first of an officer's inbox, the newest first."""
    return inbox_part(tx, who, limit=limit)[0]


def inbox_part(tx: Tx, who: Officer, *, limit: int = 50, after: str = "") -> tuple[list[Message], str]:
    """An officer's inbox, the newest first, behind the cursor `after`; with the cursor behind the last of these, empty where there
    are no further ones. Raises CursorNotUnderstood."""
    i, c = tables.inbox, tables.cases
    older = [i.c.id < Cursor.read(after, "inbox", (None,)).numbers[0]] if after else []
    rows = tx.rows(
        sa.select(i, c.c.case_no)
        .outerjoin(c, c.c.id == i.c.case_id)
        .where(i.c.officer_id == who.id, *older)
        .order_by(i.c.id.desc())
        .limit(limit + 1)
    )
    shown = [Message(r.id, r.case_no, r.text, r.at, r.read_at) for r in rows[:limit]]
    return shown, Cursor("inbox", shown[-1].id).written if len(rows) > limit else ""


# ---------------------------------------------------------------- what is told, and to whom
_Told = tuple[str, list[int], str]


def _flag(tx: Tx, case: Any, payload: Mapping[str, Any]) -> _Told:
    lamp, kind = Lamp(payload["to"]), ClockKind(payload["clock"])
    step = f"“{payload['step']}”" if payload.get("step") else ""
    word = RULES[kind].late_word if lamp is RULES[kind].late else lamp.word
    text = (
        f"{case.case_no} {case.applicant_name}：{step}{RULES[kind].label}{word}，到期日 {payload['due_on'] or '未定'}"
    )
    return text, _concerned(tx, case, lamp, kind, payload), str(payload["n"])


def _nudged(tx: Tx, case: Any, payload: Mapping[str, Any]) -> _Told:
    """The holder, or the pool's officers, and the chief representatives of the window; never the one who nudged."""
    by = officer(tx, payload["by"])
    said = f"：{payload['text']}" if payload["text"] else ""
    waiting = _waiting(tx, case)
    names = "、".join(dict.fromkeys(f"“{t.name}”" for t in waiting))
    found = _at_windows(tx, waiting)
    return (
        f"{case.case_no} {case.applicant_name}：{by.post}{by.name}催办{names}{said}",
        [o for o in found if o != by.id],
        payload["key"],
    )


def _ordered(tx: Tx, case: Any, payload: Mapping[str, Any]) -> _Told:
    row = _order(tx, payload)
    due = f"{row.reply_due_on.month}月{row.reply_due_on.day}日"
    text = f"{case.case_no} {case.applicant_name}：{row.number}，{due}前回复：{row.text}"
    return text, _answerable(tx, case, row.department_id), payload["key"]


def _answered(tx: Tx, case: Any, payload: Mapping[str, Any]) -> _Told:
    row = _order(tx, payload)
    by = officer(tx, row.replied_by)
    text = f"{case.case_no} {case.applicant_name}：{row.number}由 {by.name} 回复：{row.reply}"
    return text, [row.issued_by], payload["key"]


def _resolved(tx: Tx, case: Any, payload: Mapping[str, Any]) -> _Told:
    row = _resolution(tx, payload["resolution"])
    due = f"，{row.due_on.month}月{row.due_on.day}日前" if row.due_on else ""
    text = f"{case.case_no} {case.applicant_name}：{row.number}第{row.item}项{due}：{row.text}"
    return text, _answerable(tx, case, row.department_id), payload["key"]


def _reported(tx: Tx, case: Any, payload: Mapping[str, Any]) -> _Told:
    row = _resolution(tx, payload["resolution"])
    by = officer(tx, row.reported_by)
    text = f"{case.case_no} {case.applicant_name}：{by.name}报告已落实{row.number}第{row.item}项：{row.report}"
    return text, [row.convened_by], payload["key"]


_TOLD: Mapping[str, Callable[[Tx, Any, Mapping[str, Any]], _Told]] = {
    "flag": _flag,
    "nudge": _nudged,
    "order": _ordered,
    "answer_order": _answered,
    "resolution": _resolved,
    "report_resolution": _reported,
}


def _concerned(tx: Tx, case: Any, lamp: Lamp, kind: ClockKind, payload: Mapping[str, Any]) -> list[int]:
    """Yellow: handler and the window's deciders; red: also the department's heads; dark red: also supervision. Of an order, an
    opinion or a resolution its department, and past its day whoever issued, asked or convened."""
    if lamp not in (Lamp.YELLOW, Lamp.RED, Lamp.DARK_RED):
        return []
    if kind is ClockKind.ORDER:
        row = _order(tx, {"order": int(payload["subject"].removeprefix("order:"))})
        issuer = [row.issued_by] if lamp is Lamp.RED else []
        return [*_answerable(tx, case, row.department_id), *issuer]
    if kind is ClockKind.OPINION:
        o, number = tables.opinions, int(payload["subject"].removeprefix("opinion:"))
        asked = tx.execute(sa.select(o.c.department_id, o.c.asked_by).where(o.c.id == number)).one()
        return [*_answerable(tx, case, asked.department_id), *([asked.asked_by] if lamp is Lamp.RED else [])]
    if kind is ClockKind.RESOLUTION:
        row = _resolution(tx, int(payload["subject"].removeprefix("resolution:")))
        return [*_answerable(tx, case, row.department_id), *([row.convened_by] if lamp is Lamp.RED else [])]
    waiting = _waiting(tx, case)
    found = dict.fromkeys(_at_windows(tx, waiting))
    if lamp is not Lamp.YELLOW:
        departments = {t.department_id for t in waiting}
        heads = officers_with(tx, case.office_id, Role.HEAD)
        found.update(dict.fromkeys(o.id for o in heads if o.department_id in departments))
    if lamp is Lamp.DARK_RED:
        found.update(dict.fromkeys(o.id for o in officers_with(tx, case.office_id, Role.SUPERVISOR)))
    return list(found)


def _at_windows(tx: Tx, waiting: Sequence[Any]) -> list[int]:
    """Who holds these tasks, or may take them, and the chief representatives of their windows."""
    found: dict[int, None] = {}
    for task in waiting:
        at = officers_at(tx, task.window_id)
        found.update({o.id: None for o in at if task.officer_id in (None, o.id) or Role.APPROVER in o.roles})
    return list(found)


def _answerable(tx: Tx, case: Any, department_id: int) -> list[int]:
    """The chief representatives and heads of a department, who see to it that an order is answered; without any, whoever works
    there."""
    for roles in ((Role.APPROVER, Role.HEAD), (Role.REVIEWER, Role.CLERK)):
        bearers = [o for role in roles for o in officers_with(tx, case.office_id, role)]
        if found := list(dict.fromkeys(o.id for o in bearers if o.department_id == department_id)):
            return found
    return []


def _waiting(tx: Tx, case: Any) -> Sequence[Any]:
    t = tables.tasks
    return tx.rows(sa.select(t).where(t.c.case_id == case.id, tables.LIVE).order_by(t.c.id))


def _order(tx: Tx, payload: Mapping[str, Any]) -> Any:
    return tx.execute(sa.select(tables.orders).where(tables.orders.c.id == payload["order"])).one()


def _resolution(tx: Tx, resolution_id: int) -> Any:
    r, m = tables.resolutions, tables.consultations
    chosen = sa.select(r, m.c.number, m.c.convened_by).join(m, m.c.id == r.c.consultation_id)
    return tx.execute(chosen.where(r.c.id == resolution_id)).one()
