"""Key projects: the board as data, a project with its plan and dates, and what its coordinator does. Nudges, orders and
answers are acts of a case (`/api/cases/{case_no}/acts/nudge` …)."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from engine.cases import orders_to
from engine.projects import (
    Line,
    PlanItem,
    Standing,
    Told,
    board,
    change_project,
    close_project,
    open_project,
    set_plan,
    standing,
)
from engine.reports import Waiting, waiting
from engine.store import Tx

from . import schemas
from .here import here
from .noun import Noun
from .security import me, signed_in

blp = Noun("重点项目", __name__, url_prefix="/api")


@blp.route("/projects")
class Projects(MethodView):
    @signed_in
    @blp.doc(operationId="list_projects")
    @blp.response(200, schemas.ProjectLine(many=True))
    def get(self) -> Any:
        """在办的重点项目：目标、已办数和浮时；协调员和监察人员可见。"""
        with here().database.reading() as tx:
            return [_line(one) for one in board(tx, me(), here().now())]

    @signed_in
    @blp.doc(operationId="open_project")
    @blp.arguments(schemas.NewProject)
    @blp.response(201, schemas.ProjectPage)
    def post(self, asked: dict[str, Any]) -> Any:
        """协调员立一个重点项目；申请时写了项目代码的办件归入它。"""
        code = asked.pop("code")
        with here().database.writing() as tx:
            open_project(tx, me(), code, Told(**asked), here().now())
            return _page(tx, code)


@blp.route("/projects/<string:project_code>")
class Project(MethodView):
    @signed_in
    @blp.doc(operationId="show_project")
    @blp.response(200, schemas.ProjectPage)
    def get(self, project_code: str) -> Any:
        """一个项目：每个事项的灯、等谁、最早和最迟日期、浮时、关键路径。"""
        with here().database.reading() as tx:
            return _page(tx, project_code)

    @signed_in
    @blp.doc(operationId="change_project")
    @blp.arguments(schemas.ProjectTold)
    @blp.response(200, schemas.ProjectPage)
    def put(self, asked: dict[str, Any], project_code: str) -> Any:
        """修改项目的情况；项目代码不变。"""
        with here().database.writing() as tx:
            change_project(tx, me(), project_code, Told(**asked), here().now())
            return _page(tx, project_code)


@blp.route("/projects/<string:project_code>/plan")
class Plan(MethodView):
    @signed_in
    @blp.doc(operationId="set_plan")
    @blp.arguments(schemas.PlanAsked)
    @blp.response(200, schemas.ProjectPage)
    def put(self, asked: dict[str, Any], project_code: str) -> Any:
        """定计划：全部事项，各有责任部门和责任人；日期由目标倒排。"""
        with here().database.writing() as tx:
            set_plan(tx, me(), project_code, [PlanItem(**item) for item in asked["items"]], here().now())
            return _page(tx, project_code)


@blp.route("/projects/<string:project_code>/close")
class Closing(MethodView):
    @signed_in
    @blp.doc(operationId="close_project")
    @blp.response(204)
    def post(self, project_code: str) -> None:
        """项目办结，离开看板；办件照常办理。"""
        with here().database.writing() as tx:
            close_project(tx, me(), project_code, here().now())


@blp.route("/orders")
class Orders(MethodView):
    @signed_in
    @blp.doc(operationId="list_orders")
    @blp.response(200, schemas.OrderLine(many=True))
    def get(self) -> Any:
        """我所在部门还没有回复的督办单，先到期的在前。"""
        with here().database.reading() as tx:
            return orders_to(tx, me(), here().now())


def _page(tx: Tx, code: str) -> dict[str, Any]:
    one = standing(tx, me(), code, here().now())
    sentences = waiting(tx, [case.id for case in one.cases], here().now())
    return {
        **_line(one),
        "items": [_item(line, sentences) for line in one.lines],
        "unplanned": list(one.unplanned),
        "fault": one.fault,
    }


def _line(one: Standing) -> dict[str, Any]:
    told = {name: getattr(one.project, name) for name in schemas.ProjectTold().fields if name != "tracker"}
    return {
        **told,
        "code": one.project.code,
        "tracker": one.project.tracker_login,
        "opened_at": one.project.opened_at,
        "closed_at": one.project.closed_at,
        "matters": len(one.lines),
        "done": one.done,
        "float_days": one.float_days,
    }


def _item(line: Line, sentences: dict[int, Waiting]) -> dict[str, Any]:
    dates, case = line.dates, line.case
    return {
        "code": line.code,
        "name": line.name,
        "stage": line.stage.name,
        "department": line.department,
        "owner": line.owner,
        "state": line.state,
        "lamp": line.lamp,
        "words": line.words,
        "case_no": case.case_no if case else None,
        "waiting": sentences[case.id].sentence if case else "",
        "earliest_start": dates.earliest_start.on if dates else None,
        "earliest_finish": dates.earliest_finish.on if dates else None,
        "latest_start": dates.latest_start.on if dates else None,
        "latest_finish": dates.latest_finish.on if dates else None,
        "provisional": bool(dates and (dates.latest_start.provisional or dates.earliest_finish.provisional)),
        "slack": dates.slack if dates else None,
        "critical": bool(dates and dates.critical),
        "waits_for": list(dates.waits_for) if dates else [],
    }
