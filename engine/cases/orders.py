"""Pressing a case from upstream: a nudge (催办) costs a word, an order (督办) is numbered, dated and must be answered.

Neither moves the case: its clocks, its phase and its process stay as they are. An order has a clock of its own (C11), and
the end of the case ends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from ..clock import ClockKind, Lamp, OfficeTime, Unit, limit_of
from ..errors import NotAllowed, NotFound, NotNow
from ..people import Actor, CaseUnknown, Officer, department_name, office, office_time, sees
from ..store import Tx, tables
from .case import OpenCase, case_id_of
from .clocks import running_for, shown
from .given import Given
from .intake import day_words
from .phases import ENDS

LONGEST_REPLY = 60


class NudgedAlready(NotNow):
    """A nudge is worth something because it is rare: once per officer, case and working day."""

    code = "nudged-already"
    sentence = "您已于 {at} 催办过办件{case_no}，一个工作日只催一次。"
    remedy = "{again} 可以再催；等不及的，请协调员或监察人员开督办单。"


class NobodyToNudge(NotNow):
    code = "nobody-to-nudge"
    sentence = "办件{case_no}现在没有待办的窗口任务，没有人可催。"
    remedy = "看办件在等谁：等申请人的请电话联系；在特别程序中的请联系出具结果的单位。"


class OrderUnknown(NotFound):
    code = "order-unknown"
    sentence = "没有找到这份督办单。"
    remedy = "核对办件和督办单编号。"


class OrderAnswered(NotNow):
    """Two of a department answer at once: the first is kept, the second is told whose it was."""

    code = "order-answered"
    sentence = "{number}已由 {officer} 于 {at} 回复。"
    remedy = "刷新页面查看回复；需要补充的，请与签发人联系。"


class OrderNotYours(NotAllowed):
    code = "order-not-yours"
    sentence = "{number}发给{department}，{name}不能回复。"
    remedy = "请由被督办部门的工作人员回复。"


@dataclass(frozen=True)
class OrderRow:
    """A supervision order as people see it. lamp, words: of its clock at the moment of asking, None once it no longer runs.
    lapsed: the case came to its end before it was answered."""

    id: int
    case_id: int
    case_no: str
    number: str
    department_id: int
    department: str
    text: str
    issued_by: str
    issued_at: datetime
    reply_due_on: date
    lamp: Lamp | None
    words: str
    reply: str | None
    replied_by: str | None
    replied_at: datetime | None
    lapsed: bool


@dataclass(frozen=True)
class Nudge:
    """One nudge: who, when, and what he said with it."""

    case_id: int
    officer_id: int
    by: str
    at: datetime
    text: str


# ---------------------------------------------------------------- acts
def nudge(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Urge whoever holds the case; he and the window's chief representative are told. details: text (optional). Raises
    NudgedAlready, with the moment and the next day; NobodyToNudge. Race: the case is locked, so of two nudges of one
    officer the second finds the first."""
    given = Given("催办", details)
    text = given.text("text", "催办的话", optional=True)
    given.check()
    who = actor.officer
    assert who is not None, "a nudge has an officer"
    if not case.tasks():
        raise NobodyToNudge(case_no=case.case_no)
    # a nudge on a rest day is the next working day's
    day = case.time.calendar.add(case.today, 0).on
    n = tables.nudges
    before = case.tx.value(
        sa.select(n.c.at).where(n.c.case_id == case.id, n.c.officer_id == who.id, n.c.nudged_on == day)
    )
    if before is not None:
        raise NudgedAlready(case_no=case.case_no, at=before, again=case.time.next_working_day(day).on)
    made = case.tx.insert(n, case_id=case.id, officer_id=who.id, nudged_on=day, at=case.now, text=text)
    case.notify(f"nudge:{made}", what="nudge", text=text, by=who.id)
    return {"text": text, "nudged_on": day.isoformat()}


def order(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Issue a numbered supervision order (督〔2026〕1号) to a department that has a part in the case. details: department
    (code), text, reply (`3wd`, at least one working day). Its clock starts today; the department is told."""
    given = Given("督办", details)
    text, span = given.text("text", "督办内容"), given.span("reply", "回复时限")
    departments = {r.code: r for r in departments_of(case.tx, case.id)}
    department = given.one_of("department", "被督办部门", {code: r.name for code, r in departments.items()})
    if span is not None and (span.unit is not Unit.WD or not 1 <= span.n <= LONGEST_REPLY):
        given.fault("reply", f"回复时限应当是 1 至 {LONGEST_REPLY} 个工作日", "如 3wd（3 个工作日）")
    given.check()
    assert span is not None
    who = actor.officer
    assert who is not None, "an order has an issuer"
    due = case.time.add(case.today, span)
    named = day_words(due)
    paper = case.issue("order", department=departments[department].name, text=text, reply_by=named, issuer=who.post)
    case.number_papers()  # its row bears the number
    order_id = case.tx.insert(
        tables.orders,
        case_id=case.id,
        office_id=case.row.office_id,
        department_id=departments[department].id,
        number=paper.number,
        text=text,
        reply_due_on=due.on,
        issued_by=who.id,
        issued_at=case.now,
    )
    case.clocks.start(ClockKind.ORDER, limit_of(span), case.today, f"order:{order_id}")
    case.notify(f"order:{order_id}", what="order", order=order_id)
    return {
        "order": order_id,
        "department": department,
        "text": text,
        "reply": str(span),
        "reply_due_on": due.on.isoformat(),
        "paper": paper,
    }


def answer_order(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The ordered department answers in writing; the order's clock stops and the issuer is told. details: order (its
    number), reply. Raises OrderUnknown, OrderNotYours, OrderAnswered with who was first."""
    given = Given("回复督办", details)
    number, reply = given.text("order", "督办单编号"), given.text("reply", "回复内容")
    given.check()
    o = tables.orders
    row = case.tx.row(sa.select(o).where(o.c.case_id == case.id, o.c.number == number))
    if row is None:
        raise OrderUnknown()
    who = actor.officer
    bearer = actor.acting_for or who
    assert who is not None, "an answer has an officer"
    assert bearer is not None, "and that officer a department"
    if bearer.department_id != row.department_id:
        raise OrderNotYours(number=number, department=department_name(case.tx, row.department_id), name=who.name)
    if row.reply is not None:
        raise OrderAnswered(number=number, officer=_officer_name(case.tx, row.replied_by), at=row.replied_at)
    case.tx.execute(o.update().where(o.c.id == row.id).values(reply=reply, replied_by=who.id, replied_at=case.now))
    case.clocks.stop(ClockKind.ORDER, case.today, f"order:{row.id}")
    case.notify(f"answer:{row.id}", what="answer_order", order=row.id)
    return {"order": row.id, "number": number, "reply": reply}


def ordered(case: OpenCase, number: Any) -> int | None:
    """The department to which an order of this case went; None where there is no such order."""
    o = tables.orders
    chosen = sa.select(o.c.department_id).where(o.c.case_id == case.id, o.c.number == str(number))
    found: int | None = case.tx.value(chosen)
    return found


# ---------------------------------------------------------------- what there is
def case_orders(tx: Tx, who: Officer, case_no: str, now: datetime) -> list[OrderRow]:
    """The orders on one case, the newest first. Raises CaseUnknown, for a stranger too."""
    case_id = case_id_of(tx, case_no)
    row = tx.execute(sa.select(tables.cases.c.office_id).where(tables.cases.c.id == case_id)).one()
    if not sees(tx, who, case_id, row.office_id):
        raise CaseUnknown()
    return _orders(tx, now, tables.orders.c.case_id == case_id)


def orders_on(tx: Tx, case_ids: Sequence[int], now: datetime) -> list[OrderRow]:
    """The orders on these cases, the newest first. Who may know of the cases was asked before."""
    return _orders(tx, now, tables.orders.c.case_id.in_(case_ids))


def orders_to(tx: Tx, who: Officer, now: datetime) -> list[OrderRow]:
    """What this officer's department has been ordered and not yet answered, the first due first. The orders of a case that
    has ended are no longer owed."""
    o = tables.orders
    open_cases = tables.cases.c.phase.not_in([str(end) for end in ENDS])
    rows = _orders(tx, now, o.c.department_id.in_(who.departments), o.c.reply.is_(None), open_cases)
    return sorted(rows, key=lambda r: (r.reply_due_on, r.id))


def nudges_on(tx: Tx, case_ids: Sequence[int]) -> dict[int, list[Nudge]]:
    """The nudges of these cases, the newest first, by case."""
    n, o, p = tables.nudges, tables.officers, tables.persons
    rows = tx.rows(
        sa.select(n, p.c.name.label("by"))
        .join(o, o.c.id == n.c.officer_id)
        .join(p, p.c.id == o.c.person_id)
        .where(n.c.case_id.in_(case_ids))
        .order_by(n.c.id.desc())
    )
    found: dict[int, list[Nudge]] = {}
    for r in rows:
        found.setdefault(r.case_id, []).append(Nudge(r.case_id, r.officer_id, r.by, r.at, r.text))
    return found


def nudged_today(tx: Tx, who: Officer, case_ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """Which of these cases the officer has nudged on this working day, and when."""
    time = office_time(tx, office(tx, who.office_id))
    n = tables.nudges
    rows = tx.rows(
        sa.select(n.c.case_id, n.c.at).where(
            n.c.case_id.in_(case_ids),
            n.c.officer_id == who.id,
            n.c.nudged_on == time.calendar.add(time.civil(now), 0).on,
        )
    )
    return {r.case_id: r.at for r in rows}


def departments_of(tx: Tx, case_id: int) -> Sequence[Any]:
    """The departments that have or had a part in a case: id, code, name."""
    part, d = tables.case_departments, tables.departments
    return tx.rows(
        sa.select(d.c.id, d.c.code, d.c.name)
        .join(part, part.c.department_id == d.c.id)
        .where(part.c.case_id == case_id)
        .order_by(d.c.id)
    )


# ---------------------------------------------------------------- how they work
def _orders(tx: Tx, now: datetime, *conditions: sa.ColumnElement[bool]) -> list[OrderRow]:
    o, c, d, k = tables.orders, tables.cases, tables.departments, tables.clocks
    issuer, answerer = tables.officers.alias(), tables.officers.alias()
    issuing, answering = tables.persons.alias(), tables.persons.alias()
    rows = tx.rows(
        sa.select(
            o,
            c.c.case_no,
            c.c.phase,
            d.c.name.label("department"),
            issuing.c.name.label("issuer"),
            answering.c.name.label("answerer"),
            k.c.clock,
        )
        .join(c, c.c.id == o.c.case_id)
        .join(d, d.c.id == o.c.department_id)
        .join(issuer, issuer.c.id == o.c.issued_by)
        .join(issuing, issuing.c.id == issuer.c.person_id)
        .outerjoin(answerer, answerer.c.id == o.c.replied_by)
        .outerjoin(answering, answering.c.id == answerer.c.person_id)
        .outerjoin(k, running_for(ClockKind.ORDER, o))
        .where(*conditions)
        .order_by(o.c.id.desc())
    )
    time_of = cache(lambda office_id: office_time(tx, office(tx, office_id)))
    return [_order_row(r, time_of(r.office_id), now) for r in rows]


def _order_row(r: Any, time: OfficeTime, now: datetime) -> OrderRow:
    lamp, words = shown(r.clock, time, now)
    return OrderRow(
        id=r.id,
        case_id=r.case_id,
        case_no=r.case_no,
        number=r.number,
        department_id=r.department_id,
        department=r.department,
        text=r.text,
        issued_by=r.issuer,
        issued_at=r.issued_at,
        reply_due_on=r.reply_due_on,
        lamp=lamp,
        words=words,
        reply=r.reply,
        replied_by=r.answerer,
        replied_at=r.replied_at,
        lapsed=r.reply is None and r.phase in ENDS,
    )


def _officer_name(tx: Tx, officer_id: int) -> str:
    o, p = tables.officers, tables.persons
    name: str = tx.value(sa.select(p.c.name).join(o, o.c.person_id == p.c.id).where(o.c.id == officer_id))
    return name
