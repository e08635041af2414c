"""Tasks: the worklist and what is done at the desk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request
from flask.views import MethodView

from engine.cases import claim, complete, give_back, preview_send_back, send_back, task_view, transfer
from engine.clock import Lamp
from engine.errors import Fault
from engine.reports import MOST, Asked, Box, lamp_counts, worklist_part

from . import schemas
from .here import here
from .noun import NEXT_PAGE, Noun, RequestNotValid, next_page
from .security import me, signed_in

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "页面所显示的任务的 ETag；任务已有变化则 409",
}
blp = Noun("任务", __name__, url_prefix="/api/tasks")


@blp.route("")
class Worklist(MethodView):
    @signed_in
    @blp.doc(operationId="worklist")
    @blp.arguments(schemas.TaskQuery, location="query")
    @blp.response(200, schemas.TaskLine(many=True), headers=NEXT_PAGE)
    def get(self, asked: dict[str, Any]) -> Any:
        """待签收（我的窗口）或待我处理（mine）：先超期的，再按到期日。还有的，Link 头是下一页的地址。

        按事项、文字筛选时，一次只看有限的一段：一页可能不满，甚至是空的；只要还有 Link，后面就还没有查完。
        """
        wanted = replace(_box(asked), lamp=Lamp(asked["lamp"]) if asked["lamp"] else None)
        with here().database.reading() as tx:
            lines, further = worklist_part(tx, me(), here().now(), wanted, limit=asked["limit"], after=asked["after"])
        return lines, 200, next_page(further)


@blp.route("/counts")
class Counts(MethodView):
    @signed_in
    @blp.doc(operationId="worklist_counts")
    @blp.arguments(schemas.TasksAsked, location="query")
    @blp.response(200, schemas.LampCount(many=True))
    def get(self, asked: dict[str, Any]) -> Any:
        """待签收或待我处理里，每种灯色各有几件；每种数到 1000 为止，多于 1000 的，或者按事项、文字筛选时没有看完的，写明 more。"""
        with here().database.reading() as tx:
            found = lamp_counts(tx, me(), here().now(), _box(asked))
        return [{"lamp": lamp, "count": min(of.n, MOST), "more": of.at_least} for lamp, of in found.items()]


def _box(asked: dict[str, Any]) -> Asked:
    return Asked(Box.MINE if asked["mine"] else Box.POOL, matter=asked["matter"], query=asked["query"].strip())


@blp.route("/<int:task_id>")
class TaskPage(MethodView):
    @signed_in
    @blp.doc(operationId="show_task")
    @blp.response(200, schemas.TaskPage)
    def get(self, task_id: int) -> Any:
        """一个任务；ETag 只随任务本身变化。"""
        with here().database.reading() as tx:
            shown = task_view(tx, me(), task_id)
        return shown, 200, {"ETag": f'"{shown["etag"]}"'}


@blp.route("/<int:task_id>/claim")
class Claim(MethodView):
    @signed_in
    @blp.doc(operationId="claim")
    @blp.response(200, schemas.ActDone)
    def post(self, task_id: int) -> Any:
        """签收。只有一人成功，后到者得知是谁、何时。"""
        with here().database.writing() as tx:
            return claim(tx, me(), task_id, now=here().now())


@blp.route("/<int:task_id>/give-back")
class GiveBack(MethodView):
    @signed_in
    @blp.doc(operationId="give_back")
    @blp.response(200, schemas.ActDone)
    def post(self, task_id: int) -> Any:
        """放回待签收。"""
        with here().database.writing() as tx:
            return give_back(tx, me(), task_id, now=here().now())


@blp.route("/<int:task_id>/transfer")
class TransferTask(MethodView):
    @signed_in
    @blp.doc(operationId="transfer")
    @blp.arguments(schemas.Transfer)
    @blp.response(200, schemas.ActDone)
    def post(self, asked: dict[str, Any], task_id: int) -> Any:
        """转办给同窗口的同事。"""
        with here().database.writing() as tx:
            return transfer(tx, me(), task_id, asked["to"], asked["reason"], now=here().now())


@blp.route("/<int:task_id>/complete")
class Complete(MethodView):
    @signed_in
    @blp.doc(operationId="complete", parameters=[IF_MATCH])
    @blp.arguments(schemas.Completion)
    @blp.response(200, schemas.ActDone)
    def post(self, asked: dict[str, Any], task_id: int) -> Any:
        """以某一结果办完任务；可带 If-Match（任务的 ETag）。"""
        with here().database.writing() as tx:
            return complete(
                tx,
                me(),
                task_id,
                asked["outcome"],
                answers=asked["answers"],
                details=asked["details"],
                now=here().now(),
                request_id=asked["request_id"],
                etag=_etag_shown(),
            )


@blp.route("/<int:task_id>/send-back")
class SendBack(MethodView):
    @signed_in
    @blp.doc(operationId="preview_send_back")
    @blp.arguments(schemas.SendBackTarget, location="query")
    @blp.response(200, schemas.SendBackPreview)
    def get(self, asked: dict[str, Any], task_id: int) -> Any:
        """退回前的预览：会撤回哪些任务。"""
        with here().database.writing() as tx:
            shown = preview_send_back(tx, me(), task_id, asked["target"], now=here().now())
        return {
            "target": shown.target,
            "allowed": shown.allowed,
            "reason": shown.reason,
            "withdrawn": [s.name for s in shown.withdrawn],
            "again": list(shown.again),
        }

    @signed_in
    @blp.doc(operationId="send_back")
    @blp.arguments(schemas.SendBack)
    @blp.response(200, schemas.ActDone)
    def post(self, asked: dict[str, Any], task_id: int) -> Any:
        """退回到前面的步骤。"""
        with here().database.writing() as tx:
            return send_back(
                tx, me(), task_id, asked["target"], asked["reason"], now=here().now(), request_id=asked["request_id"]
            )


def _etag_shown() -> str | None:
    """The ETag of the task as the page showed it; None when the asker does not care which. Raises RequestNotValid."""
    tags = request.if_match
    shown = tags.as_set(include_weak=True)
    if len(shown) > 1:
        fault = Fault("If-Match", "写了几个 ETag", "只写页面所显示的那一个", RequestNotValid.code)
        raise RequestNotValid(faults=[fault], count=1)
    return None if tags.star_tag else next(iter(shown), None)
