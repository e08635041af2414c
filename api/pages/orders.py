"""Pressing a case: a nudge, an order, its answer; and what a department still owes: orders, opinions, what was resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.cases import (
    ENDS,
    ActNotUnderstood,
    OpinionRow,
    OrderRow,
    Phase,
    ResolutionRow,
    act,
    case_id_of,
    case_orders,
    case_view,
    departments_of,
    nudged_today,
    opinion_lamps,
    opinions_owed,
    orders_to,
    resolutions_owed,
)
from engine.errors import NotValid
from engine.people import Role, office, office_time
from engine.projects import board, reads_projects
from engine.reports import waiting
from engine.store import Tx
from forms import Field, FieldType, Form, FormNotAnswered, Option, judge

from ..here import here
from .fields import answers_of, shown, told
from .look import AT_WINDOWS, SEES_CASES, now, officer, officers_only, page

pages = Blueprint("orders", __name__)
FROM_UPSTREAM = (Role.COORDINATOR, Role.SUPERVISOR, Role.APPROVER, Role.HEAD)
COORDINATORS = (Role.COORDINATOR, Role.SUPERVISOR)
NUDGE = Form("nudge", (Field("text", FieldType.TEXTAREA, "要说的话", "和催办一起送到承办人的收件箱", max_length=500),))
ANSWER = Form(
    "answer", (Field("reply", FieldType.TEXTAREA, "回复", "说明原因、措施和办结日期", True, max_length=4000),)
)


@pages.app_context_processor
def told_of_orders() -> dict[str, Callable[..., Any]]:
    """For the parts that other pages include: the orders on a case, and what the officer's department owes."""
    owed = {"orders_owed": _orders_owed, "opinions_owed": _opinions_owed, "resolutions_owed": _resolutions_owed}
    return {"orders_on_case": _orders_on_case, **owed}


def _orders_on_case(case_no: str) -> list[OrderRow]:
    with here().database.reading() as tx:
        return case_orders(tx, officer(), case_no, now())


def _orders_owed() -> list[OrderRow]:
    with here().database.reading() as tx:
        return orders_to(tx, officer(), now())


def _opinions_owed() -> list[OpinionRow]:
    with here().database.reading() as tx:
        return sorted(
            (row for department in officer().departments for row in opinions_owed(tx, department)),
            key=lambda row: (row.due_on, row.id),
        )


def _resolutions_owed() -> list[ResolutionRow]:
    with here().database.reading() as tx:
        return resolutions_owed(tx, sorted(officer().departments), now())


# ---------------------------------------------------------------- opinions
@pages.get("/opinions")
@officers_only(*AT_WINDOWS)
def asked() -> Response:
    """The opinions that the officer's department has been asked for and not yet given, the first due first."""
    rows = _opinions_owed()
    with here().database.reading() as tx:
        lamps = opinion_lamps(tx, rows, office_time(tx, office(tx, officer().office_id)), now())
    return page("opinions.html", opinions=rows, lamps=lamps)


@pages.get("/resolutions")
@officers_only(*AT_WINDOWS)
def resolved() -> Response:
    """What the officer's department is to do by consultations, the first due first."""
    return page("resolutions.html", resolutions=_resolutions_owed())


# ---------------------------------------------------------------- nudge
@pages.get("/cases/<case_no>/nudge")
@officers_only(*FROM_UPSTREAM)
def nudging(case_no: str) -> Response:
    with here().database.reading() as tx:
        facts = _case(tx, case_no)
        nudged = nudged_today(tx, officer(), [facts["id"]], now()).get(facts["id"])
    return page("nudge.html", case=facts, questions=shown(NUDGE, {}), faults=(), nudged=nudged)


@pages.post("/cases/<case_no>/nudge")
@officers_only(*FROM_UPSTREAM)
def nudge(case_no: str) -> Response:
    """Urge the holder; once in a working day, and who presses twice is told when he did."""
    given = answers_of(NUDGE, request.form)
    try:
        _act(case_no, "nudge", judge(NUDGE, given))
    except (FormNotAnswered, ActNotUnderstood) as wrong:
        with here().database.reading() as tx:
            facts = _case(tx, case_no)
        return _again("nudge.html", NUDGE, given, wrong, case=facts, nudged=None)
    return redirect(_back_to(case_no))


# ---------------------------------------------------------------- order
@pages.get("/orders/new")
@officers_only(*COORDINATORS)
def choosing() -> Response:
    """For which case an order is to be issued: the running ones of the key projects, those that are late first."""
    with here().database.reading() as tx:
        standings = board(tx, officer(), now())
    lines = [(s.project, x) for s in standings for x in s.lines if x.case is not None and x.case.phase not in ENDS]
    late = sorted(lines, key=lambda pair: (pair[1].lamp not in ("dark_red", "red"), pair[1].lamp != "dark_red"))
    return page("order-case.html", lines=late)


@pages.get("/cases/<case_no>/orders/new")
@officers_only(*COORDINATORS)
def ordering(case_no: str) -> Response:
    with here().database.reading() as tx:
        facts, form = _case(tx, case_no), _order_form(tx, case_no)
    first = form.fields[0].options
    chosen = {"department": first[0].value} if len(first) == 1 else {}
    return page("order-form.html", case=facts, questions=shown(form, {"reply": "3", **chosen}), faults=())


@pages.post("/cases/<case_no>/orders")
@officers_only(*COORDINATORS)
def order(case_no: str) -> Response:
    with here().database.reading() as tx:
        facts, form = _case(tx, case_no), _order_form(tx, case_no)
    given = answers_of(form, request.form)
    try:
        clean = judge(form, given)
        _act(case_no, "order", {**clean, "reply": f"{clean['reply']}wd"})
    except (FormNotAnswered, ActNotUnderstood) as wrong:
        return _again("order-form.html", form, given, wrong, case=facts)
    return redirect(_back_to(case_no))


def _order_form(tx: Tx, case_no: str) -> Form:
    among = tuple(Option(r.code, r.name) for r in departments_of(tx, case_id_of(tx, case_no)))
    return Form(
        "order",
        (
            Field("department", FieldType.SELECT, "被督办部门", "承办或者承办过本件的部门", True, options=among),
            Field("text", FieldType.TEXTAREA, "督办内容", "写明事由和要求", True, max_length=4000),
            Field(
                "reply",
                FieldType.NUMBER,
                "回复时限（工作日）",
                "自今天起算，今天不计",
                True,
                minimum=1,
                maximum=60,
                decimal_digits=0,
            ),
        ),
    )


# ---------------------------------------------------------------- answer
@pages.get("/orders")
@officers_only(*AT_WINDOWS)
def owed() -> Response:
    """What the officer's department has been ordered and not yet answered."""
    return page("orders.html", orders=_orders_owed())


@pages.get("/cases/<case_no>/orders/<int:order_id>")
@officers_only(*SEES_CASES)
def shown_order(case_no: str, order_id: int) -> Response:
    """An order with its answer, or with the form for it. A stranger to the case finds nothing."""
    with here().database.reading() as tx:
        facts = _case(tx, case_no)
    found = _order(case_no, order_id)
    mine = found.department_id in officer().departments and bool(officer().roles & AT_WINDOWS)
    return page("order.html", case=facts, order=found, questions=shown(ANSWER, {}), faults=(), mine=mine)


@pages.post("/cases/<case_no>/orders/<int:order_id>")
@officers_only(*AT_WINDOWS)
def answer(case_no: str, order_id: int) -> Response:
    """The department's answer; the first is kept."""
    found = _order(case_no, order_id)
    given = answers_of(ANSWER, request.form)
    try:
        clean = judge(ANSWER, given)
        _act(case_no, "answer_order", {"order": found.number, **clean})
    except (FormNotAnswered, ActNotUnderstood) as wrong:
        with here().database.reading() as tx:
            facts = _case(tx, case_no)
        return _again("order.html", ANSWER, given, wrong, case=facts, order=found, mine=True)
    return redirect(url_for("orders.shown_order", case_no=case_no, order_id=order_id))


def _order(case_no: str, order_id: int) -> OrderRow:
    return next((o for o in _orders_on_case(case_no) if o.id == order_id), None) or abort(404)


# ---------------------------------------------------------------- how they work
def _act(case_no: str, act_name: str, details: Mapping[str, Any]) -> None:
    with here().database.writing() as tx:
        act(
            tx,
            officer(),
            case_id_of(tx, case_no),
            act_name,
            details,
            now=now(),
            request_id=request.form.get("request_id") or None,
        )


def _case(tx: Tx, case_no: str) -> dict[str, Any]:
    """What stands above each of these forms. Raises CaseUnknown, for a stranger too."""
    facts = case_view(tx, officer(), case_no, now())
    case_id = case_id_of(tx, case_no)
    return {
        "id": case_id,
        "case_no": case_no,
        "matter": facts["matter"],
        "applicant": facts["applicant_name"],
        "phase_name": facts["phase_name"],
        "ended": Phase(facts["phase"]) in ENDS,
        "lamp": facts["lamp"],
        "waiting": waiting(tx, [case_id], now())[case_id].sentence,
        "project_code": facts["project_code"],
    }


def _back_to(case_no: str) -> str:
    """After an act: to the project that the case belongs to, for who reads projects; else to the case."""
    if reads_projects(officer()):
        with here().database.reading() as tx:
            mine = (s.project.code for s in board(tx, officer(), now()) if any(c.case_no == case_no for c in s.cases))
            if code := next(mine, None):
                return url_for("projects.shown_project", code=code, _anchor=case_no)
    return f"/cases/{case_no}"


def _again(template: str, form: Form, given: Mapping[str, Any], wrong: NotValid, **facts: Any) -> Response:
    """The form once more, with what was typed and what is wrong with it."""
    return page(template, 422, questions=shown(form, given, wrong.faults), faults=told(wrong.faults, form), **facts)
