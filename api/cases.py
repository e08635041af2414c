"""Cases: file at the window, look, and the acts that no step draws."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from engine.cases import (
    Filing,
    act,
    case_id_of,
    case_journal,
    case_view,
    consultations_view,
    file_case,
    opinions_view,
    precheck,
    signers_view,
    stage_view,
)
from engine.people import Actor, Role, demand_role, office
from engine.reports import CasesAsked, case_list_part

from . import schemas
from .here import here, sealed
from .noun import NEXT_PAGE, Noun, next_page
from .security import me, signed_in

blp = Noun("办件", __name__, url_prefix="/api")


@blp.route("/cases")
class Cases(MethodView):
    @signed_in
    @blp.doc(operationId="list_cases")
    @blp.arguments(schemas.CaseQuery, location="query")
    @blp.response(200, schemas.CaseLine(many=True), headers=NEXT_PAGE)
    def get(self, asked: dict[str, Any]) -> Any:
        """我能看到的办件，新的在前；按编号、申请人、项目或事项查找。还有的，Link 头是下一页的地址。

        查到的分四段：编号从头相符的（大号在前），然后申请人、项目、事项名称里有这些字的，各段新的在前；一件只出现一次。一次只看有限的一段：一页可能不满，
        甚至是空的；只要还有 Link，后面就还没有查完。
        """
        wanted = CasesAsked(asked["query"].strip())
        with here().database.reading() as tx:
            lines, further = case_list_part(tx, me(), wanted, limit=asked["limit"], after=asked["after"])
        return lines, 200, next_page(further)

    @signed_in
    @blp.doc(operationId="file_case")
    @blp.arguments(schemas.OfficeNewCase)
    @blp.response(201, schemas.Receipt)
    def post(self, asked: dict[str, Any]) -> Any:
        """窗口代申请人登记申请；登记即收件，给收件凭证。"""
        demand_role(me(), Role.CLERK, Role.REVIEWER, Role.APPROVER)
        click = sealed(asked.pop("request_id"), by=me().login)
        with here().database.writing() as tx:
            of = office(tx, me().office_id)
            return file_case(tx, of, Filing(**asked), Actor("officer", me()), here().now(), request_id=click)


@blp.route("/cases/<string:case_no>")
class CasePage(MethodView):
    @signed_in
    @blp.doc(operationId="show_case")
    @blp.response(200, schemas.CasePage)
    def get(self, case_no: str) -> Any:
        """一个办件的全部情况。"""
        with here().database.reading() as tx:
            return case_view(tx, me(), case_no, here().now())


@blp.route("/cases/<string:case_no>/journal")
class CaseJournal(MethodView):
    @signed_in
    @blp.doc(operationId="show_journal")
    @blp.response(200, schemas.JournalLine(many=True))
    def get(self, case_no: str) -> Any:
        """一个办件的办理记录。"""
        with here().database.reading() as tx:
            return case_journal(tx, me(), case_no)


@blp.route("/cases/<string:case_no>/matters")
class StageMatters(MethodView):
    @signed_in
    @blp.doc(operationId="show_stage_matters")
    @blp.response(200, schemas.StageMatterLine(many=True))
    def get(self, case_no: str) -> Any:
        """并联审批一个阶段的各事项：等什么、办到哪里、各自的办件编号。"""
        with here().database.reading() as tx:
            return stage_view(tx, me(), case_no)


@blp.route("/cases/<string:case_no>/signers")
class Signers(MethodView):
    @signed_in
    @blp.doc(operationId="show_signers")
    @blp.response(200, schemas.SignerLine(many=True))
    def get(self, case_no: str) -> Any:
        """会签名单，按轮次：谁待签、谁怎样签署。加签、减签见 acts/add_signer、acts/remove_signer。"""
        with here().database.reading() as tx:
            return signers_view(tx, me(), case_no)


@blp.route("/cases/<string:case_no>/opinions")
class Opinions(MethodView):
    @signed_in
    @blp.doc(operationId="show_opinions")
    @blp.response(200, schemas.OpinionLine(many=True))
    def get(self, case_no: str) -> Any:
        """向其他部门征求的意见：何时到期，怎样回复。"""
        with here().database.reading() as tx:
            return opinions_view(tx, me(), case_no)


@blp.route("/cases/<string:case_no>/consultations")
class Consultations(MethodView):
    @signed_in
    @blp.doc(operationId="show_consultations")
    @blp.response(200, schemas.ConsultationLine(many=True))
    def get(self, case_no: str) -> Any:
        """会商纪要和议定事项：谁参加，议定什么，落实没有。登记、更正纪要见 acts/consult，报告落实见 acts/report_resolution。"""
        with here().database.reading() as tx:
            return consultations_view(tx, me(), case_no, here().now())


@blp.route("/cases/<string:case_no>/acts/<string:act_name>")
class Acts(MethodView):
    @signed_in
    @blp.doc(operationId="act")
    @blp.arguments(schemas.ActAsked)
    @blp.response(200, schemas.ActDone)
    def post(self, asked: dict[str, Any], case_no: str, act_name: str) -> Any:
        """不在流程图上的操作：收到补正、特别程序、延期、撤回、终止、转部门等。"""
        with here().database.writing() as tx:
            return act(
                tx,
                me(),
                case_id_of(tx, case_no),
                act_name,
                asked["details"],
                now=here().now(),
                request_id=asked["request_id"],
            )


@blp.route("/drafts/<int:draft_id>/precheck")
class PreChecks(MethodView):
    @signed_in
    @blp.doc(operationId="precheck")
    @blp.arguments(schemas.PreCheck)
    @blp.response(204)
    def post(self, asked: dict[str, Any], draft_id: int) -> None:
        """网上预审：只对未提交的草稿，不影响其提交。"""
        with here().database.writing() as tx:
            precheck(tx, me(), draft_id, asked["verdict"], asked["opinion"], here().now())
