"""What an applicant does without an account: draft, file, look at the progress, answer a correction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask.views import MethodView

from engine.cases import Filing, act_as_applicant, case_id_of, draft, file_case, file_draft, progress, save_draft
from engine.errors import Fault
from engine.people import APPLICANT, office_by_code

from . import schemas
from .here import here, sealed
from .limits import guesses, often
from .noun import Noun, RequestNotValid

blp = Noun("公众", __name__, url_prefix="/api/public")


def _filing(asked: dict[str, Any]) -> Filing:
    return Filing(**{k: v for k, v in asked.items() if k != "office"}, channel="web")


def _online(details: Mapping[str, Any]) -> dict[str, Any]:
    """Whoever comes through this door comes online: after hours he is received at the next working moment, and only a
    clerk can say that he stood at the window. Raises RequestNotValid."""
    given = {"channel": "web", **details}
    if given["channel"] not in ("web", "mobile"):
        fault = Fault("/details/channel", "网上提交的渠道只能是 web 或 mobile", "删去这一项", RequestNotValid.code)
        raise RequestNotValid(faults=[fault], count=1)
    return given


@blp.route("/cases")
class PublicCases(MethodView):
    decorators = [often]

    @blp.doc(operationId="public_file_case")
    @blp.arguments(schemas.PublicNewCase)
    @blp.response(201, schemas.Receipt)
    def post(self, asked: dict[str, Any]) -> Any:
        """网上申请；下班后提交的，下一工作时间收件。"""
        click = sealed(asked.pop("request_id"), by="public")
        with here().database.writing() as tx:
            of = office_by_code(tx, asked["office"])
            return file_case(tx, of, _filing(asked), APPLICANT, here().now(), request_id=click)


@blp.route("/progress")
class PublicProgress(MethodView):
    decorators = [often, guesses("case_no", refusal=404)]

    @blp.doc(operationId="public_progress")
    @blp.arguments(schemas.ProgressAsked)
    @blp.response(200, schemas.Progress)
    def post(self, asked: dict[str, Any]) -> Any:
        """凭办件编号和查询码看进度。"""
        with here().database.reading() as tx:
            return progress(tx, asked["case_no"], asked["query_code"], here().now())


@blp.route("/cases/<string:case_no>/acts/<string:act_name>")
class PublicActs(MethodView):
    decorators = [often, guesses("case_no", refusal=404)]

    @blp.doc(operationId="public_act")
    @blp.arguments(schemas.PublicAct)
    @blp.response(200, schemas.ActDone)
    def post(self, asked: dict[str, Any], case_no: str, act_name: str) -> Any:
        """申请人自己的操作：补正、补交容缺材料、撤回。"""
        now = here().now()
        with here().database.writing() as tx:
            progress(tx, case_no, asked["query_code"], now)
            details = _online(asked["details"]) if act_name == "receive_correction" else asked["details"]
            return act_as_applicant(
                tx, case_id_of(tx, case_no), act_name, details, now=now, request_id=asked["request_id"]
            )


@blp.route("/drafts")
class Drafts(MethodView):
    decorators = [often]

    @blp.doc(operationId="save_draft")
    @blp.arguments(schemas.NewDraft)
    @blp.response(201, schemas.DraftSaved)
    def post(self, asked: dict[str, Any]) -> Any:
        """保存草稿，可请窗口预审；未提交前不计时。"""
        with here().database.writing() as tx:
            draft_id, code = save_draft(tx, office_by_code(tx, asked["office"]), _filing(asked), here().now())
        return {"id": draft_id, "code": code}


@blp.route("/drafts/<int:draft_id>")
class OpenedDraft(MethodView):
    decorators = [often, guesses("draft_id", refusal=404)]

    @blp.doc(operationId="open_draft")
    @blp.arguments(schemas.OpenDraft)
    @blp.response(200, schemas.DraftShown)
    def post(self, asked: dict[str, Any], draft_id: int) -> Any:
        """凭草稿的查询码打开草稿，看窗口的预审意见。"""
        with here().database.reading() as tx:
            return draft(tx, draft_id, asked["code"])


@blp.route("/drafts/<int:draft_id>/file")
class FileDraft(MethodView):
    decorators = [often, guesses("draft_id", refusal=404)]

    @blp.doc(operationId="file_draft")
    @blp.arguments(schemas.DraftCode)
    @blp.response(201, schemas.Receipt)
    def post(self, asked: dict[str, Any], draft_id: int) -> Any:
        """提交草稿。预审意见不影响提交。"""
        click = sealed(asked["request_id"], by=f"draft {draft_id}")
        with here().database.writing() as tx:
            of = office_by_code(tx, asked["office"])
            return file_draft(tx, of, draft_id, asked["code"], APPLICANT, here().now(), request_id=click)
