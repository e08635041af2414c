"""Matters and their versions: lint, publish, list, export."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask.views import MethodView

from engine.catalogue import check, export, matters, numbered_version, publish, time_proof, versions
from engine.errors import Fault, NotValid
from engine.people import Role, demand_role, office

from . import schemas
from .here import here
from .noun import Noun, pointer
from .security import me, signed_in

blp = Noun("事项与版本", __name__, url_prefix="/api/matters")


class FilesNotReadable(NotValid):
    code = "files-not-readable"
    sentence = "有 {count} 个文件读不出来。"
    remedy = "文件内容用 Base64 编码提交。"


def decoded(files: dict[str, str]) -> dict[str, bytes]:
    """The bytes of a bundle. Raises FilesNotReadable naming every file that is no Base64, and a missing guide or diagram."""
    bundle, faults = {}, []
    for name, body in files.items():
        try:
            bundle[name] = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            faults.append(Fault(pointer("files", name), "不是 Base64", "重新编码后提交"))
    for needed in ("matter.bpmn", "guide.yaml"):
        if needed not in files:
            faults.append(Fault(pointer("files", needed), f"缺少 {needed}", "补上这个文件"))
    if faults:
        raise FilesNotReadable(faults=faults, count=len(faults))
    return bundle


@blp.route("")
class Matters(MethodView):
    @signed_in
    @blp.doc(operationId="list_matters")
    @blp.response(200, schemas.MatterLine(many=True))
    def get(self) -> Any:
        """本机构的事项。"""
        with here().database.reading() as tx:
            return matters(tx, office(tx, me().office_id))


@blp.route("/lint")
class Lint(MethodView):
    @signed_in
    @blp.doc(operationId="lint")
    @blp.arguments(schemas.Files)
    @blp.response(200, schemas.LintReport)
    def post(self, asked: dict[str, Any]) -> Any:
        """检查一个事项的文件，不保存。"""
        demand_role(me(), Role.DESIGNER)
        with here().database.reading() as tx:
            checked = check(tx, office(tx, me().office_id), decoded(asked["files"]), here().now())
        return {"good": checked.good, "findings": checked.findings}


@blp.route("/versions")
class Publishing(MethodView):
    @signed_in
    @blp.doc(operationId="publish")
    @blp.arguments(schemas.NewVersion)
    @blp.response(201, schemas.PublishedVersion)
    def post(self, asked: dict[str, Any]) -> Any:
        """发布：检查、编译、保存原文件并开始运行。同样的内容再发布一次不产生新版本。"""
        demand_role(me(), Role.DESIGNER)
        with here().database.writing() as tx:
            done = publish(
                tx,
                office(tx, me().office_id),
                decoded(asked["files"]),
                me(),
                asked["note"],
                here().now(),
                over=asked["over"],
            )
        made = done.version
        return {
            "code": made.code,
            "number": made.number,
            "content_hash": made.content.hash,
            "new": done.new,
            "warnings": done.warnings,
        }


@blp.route("/<string:code>/versions")
class Versions(MethodView):
    @signed_in
    @blp.doc(operationId="list_versions")
    @blp.response(200, schemas.VersionLine(many=True))
    def get(self, code: str) -> Any:
        """一个事项的各个版本，新的在前。"""
        with here().database.reading() as tx:
            return versions(tx, office(tx, me().office_id), code)


@blp.route("/<string:code>/versions/<int:number>/files")
class Exported(MethodView):
    @signed_in
    @blp.doc(operationId="export_version")
    @blp.response(200, schemas.VersionFiles)
    def get(self, code: str, number: int) -> Any:
        """取回一个版本的原文件。"""
        with here().database.reading() as tx:
            chosen, files = export(tx, office(tx, me().office_id), code, number)
        told = {name: base64.b64encode(body).decode() for name, body in files.items()}
        return {"code": chosen.code, "number": chosen.number, "files": told}


@blp.route("/<string:code>/versions/<int:number>/time")
class Time(MethodView):
    @signed_in
    @blp.doc(operationId="prove_version")
    @blp.response(200, schemas.VersionTime)
    def get(self, code: str, number: int) -> Any:
        """一个版本的时限核算：按现在已公布的日历，从每一个开始日，各环节都用足时限，承诺和法定时限守得住吗。"""
        with here().database.reading() as tx:
            of = office(tx, me().office_id)
            return time_proof(tx, of, numbered_version(tx, of, code, number))
