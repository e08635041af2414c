"""Officers of one's office, for its administrator: who there is, roles and seats, stand-ins."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from engine.cases import reassign
from engine.people import Change, Placed, StandIn, appoint_stand_in, end_stand_in, office, placed
from engine.store import Tx

from . import schemas
from .here import here
from .noun import Noun
from .security import me, signed_in

blp = Noun("人员", __name__, url_prefix="/api/officers")


@blp.route("")
class Officers(MethodView):
    @signed_in
    @blp.doc(operationId="list_officers")
    @blp.response(200, schemas.OfficerLine(many=True))
    def get(self) -> Any:
        """本机构的账号：岗位、角色、窗口，现在和以后由谁代理；系统管理员可见。"""
        with here().database.reading() as tx:
            return [_line(one) for one in _placed(tx)]


@blp.route("/<string:login>/changes")
class Changes(MethodView):
    @signed_in
    @blp.doc(operationId="change_officer")
    @blp.arguments(schemas.OfficerChange)
    @blp.response(200, schemas.OfficerChanged)
    def post(self, asked: dict[str, Any], login: str) -> Any:
        """给和收角色、坐到和离开窗口、改岗位；不能再办的已签收任务放回待签收。"""
        with here().database.writing() as tx:
            officer, cases = reassign(tx, login, Change(**asked), me(), now=here().now())
            line = next(
                one for one in placed(tx, office(tx, officer.office_id), me(), here().now()) if one.officer == officer
            )
            return {**_line(line), "cases": cases}


@blp.route("/<string:login>/stand-ins")
class StandIns(MethodView):
    @signed_in
    @blp.doc(operationId="appoint_stand_in")
    @blp.arguments(schemas.StandInAsked)
    @blp.response(204)
    def post(self, asked: dict[str, Any], login: str) -> None:
        """登记办理代理：这些天由另一位代他办理，含首尾两天。"""
        with here().database.writing() as tx:
            appoint_stand_in(tx, StandIn(absent=login, **asked), me(), here().now())


@blp.route("/<string:login>/stand-ins/<string:stand_in>/end")
class StandInEnd(MethodView):
    @signed_in
    @blp.doc(operationId="end_stand_in")
    @blp.arguments(schemas.ReasonAsked)
    @blp.response(204)
    def post(self, asked: dict[str, Any], login: str, stand_in: str) -> None:
        """结束代理：正在代理的立即结束，还没开始的取消。"""
        with here().database.writing() as tx:
            end_stand_in(tx, login, stand_in, asked["reason"], me(), here().now())


def _placed(tx: Tx) -> list[Placed]:
    return placed(tx, office(tx, me().office_id), me(), here().now())


def _line(one: Placed) -> dict[str, Any]:
    who = one.officer
    return {
        **{name: getattr(who, name) for name in ("login", "name", "post", "active")},
        "roles": sorted(who.roles),
        "windows": list(one.windows),
        "stand_ins": one.stand_ins,
    }
