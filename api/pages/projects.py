"""Key projects: the board, one project with its back-schedule, its plan, and the forms that change them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine.cases import nudged_today, nudges_on
from engine.catalogue import matters, running_guides
from engine.clock import ClockKind
from engine.errors import Fault, NotValid
from engine.people import Role, departments, office, office_time
from engine.projects import (
    LEVELS,
    PlanItem,
    PlanNotQuantified,
    PrerequisiteCycle,
    ProjectNotValid,
    Standing,
    Told,
    board,
    change_project,
    close_project,
    closed_projects,
    events,
    followers,
    in_order,
    lamps,
    morning,
    open_project,
    plan,
    project,
    set_plan,
    stage_of,
    stages,
    standing,
)
from engine.reports import stage_matters, waiting
from engine.store import Tx
from forms import Field, FieldType, Form, FormNotAnswered, Option, judge

from ..here import here
from .bars import sheet
from .fields import answers_of, shown, told
from .look import now, officer, officers_only, page, today
from .plan import graph
from .plan import told as told_of

pages = Blueprint("projects", __name__)
COORDINATORS = (Role.COORDINATOR, Role.SUPERVISOR)
ON_BOARD, ON_PAGE = 960.0, 1120.0  # widths of the drawn back-schedule, about those of their panels


# ---------------------------------------------------------------- the board
@pages.get("/projects", endpoint="board")
@officers_only(*COORDINATORS)
def projects() -> Response:
    """重点项目。 A script asks again every minute; it is answered only when something has changed."""
    with here().database.reading() as tx:
        standings = board(tx, officer(), now())
        drawn = _chosen(standings)
        time = office_time(tx, office(tx, officer().office_id))
        facts: dict[str, Any] = {
            "standings": standings,
            "stages": stages(),
            "lamps": lamps(standings),
            "headings": morning(tx, officer(), standings, now()),
            "drawn": drawn,
            "sheet": sheet(drawn, time, today(), ON_BOARD) if drawn is not None else None,
            "known": time.calendar.known_through,
            "closed": len(closed_projects(tx, officer())),
        }
    inner = render_template("fragments/board.html", **facts)
    seen = hashlib.sha256(inner.encode()).hexdigest()[:16]
    if request.headers.get("HX-Request"):
        if request.args.get("seen") == seen:
            return make_response("", 204)
        return page("fragments/board-live.html", inner=Markup(inner), seen=seen)
    return page("projects.html", inner=Markup(inner), seen=seen)


def _chosen(standings: Sequence[Standing]) -> Standing | None:
    """The project whose back-schedule is drawn: the one asked for, else the one with the least slack."""
    asked = next((s for s in standings if s.project.code == request.args.get("project")), None)
    dated = [s for s in standings if s.float_days is not None]
    return asked or min(dated, key=lambda s: s.float_days or 0, default=None)


COLUMNS = (
    *("项目代码", "项目", "目标", "阶段", "事项代码", "事项", "状态", "办件编号", "等谁", "责任部门", "责任人"),
    *("承诺", "最早完成", "最迟申报", "最迟完成", "浮时（工作日）", "关键", "日期"),
)


@pages.get("/projects.csv")
@officers_only(*COORDINATORS)
def table() -> Response:
    """The whole board as a table for a spreadsheet: a line for every matter of every plan."""
    with here().database.reading() as tx:
        standings = board(tx, officer(), now())
        sentences = waiting(tx, [c.id for s in standings for c in s.cases], now())
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for one in standings:
        writer.writerows([_harmless(cell) for cell in row] for row in _rows(one, sentences))
    answer = make_response(
        "\ufeff" + written.getvalue()
    )  # without the mark a spreadsheet takes it for another encoding
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="projects-{today().isoformat()}.csv"'
    return answer


def _rows(one: Standing, sentences: Mapping[int, Any]) -> Iterator[list[Any]]:
    for line in one.lines:
        d, case = line.dates, line.case
        yield [
            *(one.project.code, one.project.name, f"{one.project.target_on} {one.project.event}", line.stage.name),
            *(line.code, line.name, line.words, case.case_no if case else ""),
            sentences[case.id].sentence if case and case.id in sentences else "",
            *(line.department, line.owner, line.promise),
            *([d.earliest_finish.on, d.latest_start.on, d.latest_finish.on] if d else ["", "", ""]),
            d.slack if d and d.slack is not None else "",
            "是" if d and d.critical else "",
            "暂定" if d and d.latest_start.provisional else "",
        ]


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula stays a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


# ---------------------------------------------------------------- one project
@pages.get("/projects/<code>")
@officers_only(*COORDINATORS)
def shown_project(code: str) -> Response:
    """A project with its plan, its back-schedule and its orders."""
    with here().database.reading() as tx:
        one = standing(tx, officer(), code, now())
        time = office_time(tx, office(tx, officer().office_id))
        ids = [case.id for case in (*one.cases, *(case for _, case in one.joint))]
        facts: dict[str, Any] = {
            "waiting": waiting(tx, ids, now()),
            "nudged": nudged_today(tx, officer(), ids, now()),
            "nudges": nudges_on(tx, ids),
            "sheet": sheet(one, time, today(), ON_PAGE),
            "graph": graph(one.lines, title=f"{one.project.name}的事项先后"),
            "order": [told_of(line, one.lines) for line in one.lines],
            "known": time.calendar.known_through,
            "people": {line.owner for line in one.lines},
            "units": {line.department for line in one.lines},
            "of_stage": {case.id: stage_matters(tx, officer(), case.id, now()) for _, case in one.joint},
        }
    return page("project.html", one=one, stages=stages(), **facts)


@pages.get("/projects/closed")
@officers_only(*COORDINATORS)
def closed() -> Response:
    """The projects that have left the board."""
    with here().database.reading() as tx:
        found = closed_projects(tx, officer())
    return page("projects-closed.html", projects=found)


@pages.post("/projects/<code>/close")
@officers_only(*COORDINATORS)
def close(code: str) -> Response:
    with here().database.writing() as tx:
        close_project(tx, officer(), code, now())
    return redirect(url_for("projects.shown_project", code=code))


# ---------------------------------------------------------------- what is told of a project
CODE = Field(
    "code",
    FieldType.TEXTFIELD,
    "项目代码",
    "在线审批监管平台给的代码；申请时写这个代码的办件归入本项目",
    True,
    max_length=40,
)


def _project_form(tx: Tx, *, new: bool) -> Form:
    text, choice = FieldType.TEXTFIELD, FieldType.SELECT
    fields = (
        Field("name", text, "项目名称", required=True, max_length=100),
        Field("owner", text, "建设单位", required=True, max_length=100),
        Field(
            "investment",
            FieldType.NUMBER,
            "总投资（万元）",
            "如 120000，即 12 亿元",
            True,
            minimum=1,
            maximum=1_000_000_000,
            decimal_digits=0,
        ),
        Field("level", choice, "项目级别", required=True, options=_options(LEVELS)),
        Field("leader", text, "挂帅领导", max_length=100),
        Field("lead_unit", text, "牵头单位", max_length=100),
        Field("tracker", choice, "跟踪专人", required=True, options=_options(dict(followers(tx, officer())))),
        Field("event", choice, "目标节点", required=True, options=_options({e: e for e in events()})),
        Field("target_on", FieldType.DATE, "目标日期", "各事项的最迟日期从这一天倒排", True),
    )
    return Form("project", (CODE, *fields) if new else fields)


def _options(named: Mapping[str, str]) -> tuple[Option, ...]:
    return tuple(Option(value, label) for value, label in named.items())


@pages.get("/projects/new")
@officers_only(Role.COORDINATOR)
def new() -> Response:
    with here().database.reading() as tx:
        form = _project_form(tx, new=True)
    return page("project-form.html", questions=shown(form, {"event": "开工"}), faults=(), code="", name="")


@pages.post("/projects")
@officers_only(Role.COORDINATOR)
def opened() -> Response:
    with here().database.reading() as tx:
        form = _project_form(tx, new=True)
    given = answers_of(form, request.form)
    try:
        clean = judge(form, given)
        code = clean.pop("code")
        with here().database.writing() as tx:
            open_project(tx, officer(), code, _told(clean), now())
    except (FormNotAnswered, ProjectNotValid) as wrong:
        return _again("project-form.html", form, given, wrong, code="", name="")
    return redirect(url_for("projects.planning", code=code))


@pages.get("/projects/<code>/change")
@officers_only(*COORDINATORS)
def changing(code: str) -> Response:
    with here().database.reading() as tx:
        known, form = project(tx, officer(), code), _project_form(tx, new=False)
    answers = {f.key: getattr(known, f.key) for f in form.fields if f.key not in ("tracker", "target_on")}
    answers |= {"tracker": known.tracker_login, "target_on": known.target_on.isoformat()}
    return page("project-form.html", questions=shown(form, answers), faults=(), code=code, name=known.name)


@pages.post("/projects/<code>/change")
@officers_only(*COORDINATORS)
def changed(code: str) -> Response:
    with here().database.reading() as tx:
        known, form = project(tx, officer(), code), _project_form(tx, new=False)
    given = answers_of(form, request.form)
    try:
        clean = judge(form, given)
        with here().database.writing() as tx:
            change_project(tx, officer(), code, _told(clean), now())
    except (FormNotAnswered, ProjectNotValid) as wrong:
        return _again("project-form.html", form, given, wrong, code=code, name=known.name)
    return redirect(url_for("projects.shown_project", code=code))


def _told(clean: Mapping[str, Any]) -> Told:
    texts = {"leader": "", "lead_unit": "", **clean}
    return Told(**{**texts, "target_on": date.fromisoformat(clean["target_on"])})


def _again(template: str, form: Form, given: Mapping[str, Any], wrong: NotValid, **facts: Any) -> Response:
    """The form once more, with what was typed and what is wrong with it."""
    return page(template, 422, questions=shown(form, given, wrong.faults), faults=told(wrong.faults, form), **facts)


# ---------------------------------------------------------------- the plan
@pages.get("/projects/<code>/plan")
@officers_only(*COORDINATORS)
def planning(code: str) -> Response:
    """The plan as a form: every matter that the office runs, with its department and the person who answers for it."""
    with here().database.reading() as tx:
        known = project(tx, officer(), code)
        chosen = {i.code: PlanItem(i.code, i.department, i.owner) for i in plan(tx, [known.id]).get(known.id, [])}
        offered = _offered(tx, chosen)
    return page("project-plan.html", project=known, offered=offered, faults=(), wrong={})


@pages.post("/projects/<code>/plan")
@officers_only(*COORDINATORS)
def planned(code: str) -> Response:
    items = _items(request.form)
    try:
        with here().database.writing() as tx:
            set_plan(tx, officer(), code, items, now())
    except (PlanNotQuantified, PrerequisiteCycle) as wrong:
        with here().database.reading() as tx:
            known = project(tx, officer(), code)
            offered = _offered(tx, {i.code: i for i in items})
        places = {f.place: _anchor(f, items) for f in wrong.faults}
        listed = [{"sentence": f.sentence, "remedy": f.remedy, "anchor": places[f.place]} for f in wrong.faults]
        return page(
            "project-plan.html", 422, project=known, offered=offered, faults=listed, wrong={*places.values()} - {""}
        )
    return redirect(url_for("projects.shown_project", code=code))


def _items(posted: MultiDict[str, str]) -> list[PlanItem]:
    return [PlanItem(m, posted.get(f"dept-{m}", ""), posted.get(f"owner-{m}", "")) for m in posted.getlist("matter")]


def _anchor(fault: Fault, items: Sequence[PlanItem]) -> str:
    """The field of a fault on the page: `/items/3/owner` is the owner of the fourth chosen matter."""
    parts = fault.place.strip("/").split("/")
    if len(parts) != 3:
        return ""
    names = {"code": "in", "department": "dept", "owner": "owner"}
    return f"{names[parts[2]]}-{items[int(parts[1])].code}"


def _offered(tx: Tx, chosen: Mapping[str, PlanItem]) -> dict[str, Any]:
    """The matters that can be planned, by stage, with what is chosen of them."""
    of = office(tx, officer().office_id)
    running = {m.code: m for m in matters(tx, of) if m.running_number is not None}
    guides = running_guides(tx, of.id, running)
    rows: dict[str, list[dict[str, Any]]] = {stage.code: [] for stage in stages()}
    for code, guide in sorted(guides.items(), key=lambda pair: in_order(pair[0])):
        if guide.stage:
            continue  # a stage is planned by its matters
        item = chosen.get(code) or PlanItem(code, running[code].department, "")
        promise = guide.limits.get(ClockKind.PROMISED)
        rows[stage_of(code).code].append(
            {
                "code": code,
                "name": guide.name,
                "promise": promise.span.words if promise else "没有承诺",
                "needs": [" 或 ".join(need.codes) for need in guide.needs],
                "chosen": code in chosen,
                "department": item.department,
                "owner": item.owner,
            }
        )
    ordered = {stage: rows[stage.code] for stage in stages() if rows[stage.code]}
    return {"stages": ordered, "departments": departments(tx, of.id)}
