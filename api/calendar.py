"""The working calendar: count days, bring in a new holiday notice."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from engine.clock import Span
from engine.people import chosen_office, office, office_time
from engine.supervision import publish_notice

from . import schemas
from .here import here
from .limits import PUBLIC, limiter
from .noun import Noun
from .security import me, signed_in

blp = Noun("工作日历", __name__, url_prefix="/api/calendar")


@blp.route("/workday")
class Workday(MethodView):
    decorators = [limiter.limit(PUBLIC)]

    @blp.doc(operationId="workday")
    @blp.arguments(schemas.WorkdayAsked, location="query")
    @blp.response(200, schemas.WorkdayTold)
    def get(self, asked: dict[str, Any]) -> Any:
        """起算日之后第 n 个工作日（当日不计）；日历未公布的标为暂定。"""
        with here().database.reading() as tx:
            return office_time(tx, chosen_office(tx, asked["office"])).add(asked["start"], Span(asked["n"]))


@blp.route("/notices")
class Notices(MethodView):
    @signed_in
    @blp.doc(operationId="import_notice")
    @blp.arguments(schemas.NoticeAsked)
    @blp.response(201, schemas.NoticeTold)
    def post(self, asked: dict[str, Any]) -> Any:
        """导入放假通知；所有在办的日期随后重算。"""
        with here().database.writing() as tx:
            of = office(tx, me().office_id)
            notice, cases = publish_notice(tx, of, asked["notice"], me(), here().now())
        return {"number": notice.number, "cases": cases}
