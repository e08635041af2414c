"""Every error as one body: RFC 9457, with our code, the remedy and all faults. The only maker of error answers."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, json
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from engine.errors import LianshenError, NotReady, NotValid
from engine.store import CommitInDoubt, DatabaseEmpty, DatabaseGone, DatabaseOutdated, demand_newest

from .here import here
from .pages import refusal, wants_page
from .schemas import Problem

log = structlog.get_logger()
PROBLEM = "application/problem+json"
_TITLES = {
    "not-found": "没有找到",
    "not-allowed": "没有权限",
    "not-now": "现在不能办理",
    "not-valid": "提交的内容有误",
    "not-lawful": "依法不能办理",
    "not-ready": "系统暂时不能办理",
}

_HTTP_WORDS = {
    400: ("request-not-understood", "请求看不懂。", "检查请求的格式。"),
    401: ("not-signed-in", "还没有登录，或登录已经结束。", "请重新登录。"),
    404: ("page-unknown", "没有这个地址。", "检查地址。"),
    403: ("forbidden", "不允许这样访问。", "检查地址和权限。"),
    405: ("method-not-allowed", "这个地址不支持这种请求方法。", "检查请求方法。"),
    406: ("not-acceptable", "没有这种格式的回答。", "按 application/json 请求。"),
    408: ("too-slow", "请求传得太慢，没有收全。", "检查网络后重试。"),
    411: ("length-missing", "请求没有说明长度。", "带上 Content-Length。"),
    413: ("too-large", "提交的内容太大。", "压缩或分开提交：带文件的一次不超过 60 MB，其他不超过 8 MB。"),
    414: ("address-too-long", "地址太长。", "缩短查询条件。"),
    415: ("not-json", "请求的内容类型不对。", "以 application/json 提交。"),
    428: ("request-header-missing", "用浏览器会话修改数据时缺少 X-Requested-With 头。", "加上这个头后重试。"),
    431: ("headers-too-large", "请求头太大。", "减少请求头。"),
    429: ("too-often", "请求过于频繁。", "请稍候再试。"),
}


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest with our one error body instead of its own, in answers and in the document."""

    ERROR_SCHEMA = Problem

    def _register_responses(self) -> None:
        body = {"content": {PROBLEM: {"schema": Problem}}}
        for status in HTTPStatus:
            self.spec.components.response(status.name, {"description": status.phrase, **body}, lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "错误：RFC 9457", **body}, lazy=True)

    def _register_error_handlers(self) -> None:
        app: Flask = self._app
        app.register_error_handler(LianshenError, of_error)
        app.register_error_handler(HTTPException, of_http)
        app.register_error_handler(Exception, of_bug)


def problem(status: int, code: str, detail: str, remedy: str, **more: Any) -> Response:
    """A problem as an answer: a page for whoever looks at pages, RFC 9457 for the API and programs."""
    if wants_page():
        return refusal(
            status, detail, remedy, **{name: more[name] for name in ("faults", "basis", "reference") if name in more}
        )
    body = {"type": f"urn:lianshen:error:{code}", "title": detail, "status": status, "code": code, "detail": detail}
    body |= {"remedy": remedy, **more}
    return Response(json.dumps(body), status, content_type=PROBLEM)


def of_error(error: LianshenError) -> Response:
    if isinstance(error, DatabaseGone | DatabaseEmpty):  # addresses and paths are for the log, not for whoever asks
        log.error(error.code, **error.facts)
        error = (CommitInDoubt if isinstance(error, CommitInDoubt) else DatabaseGone)(why="原因已记入日志")
    more: dict[str, Any] = {"title": _TITLES[error.kind], "facts": {k: _plain(v) for k, v in error.facts.items()}}
    if isinstance(error, NotValid):
        more["faults"] = [asdict(f) | {"code": f.code or error.code} for f in error.faults]
    if basis := error.facts.get("basis") or getattr(error, "basis", ""):
        more["basis"] = basis
    answer = problem(error.status, error.code, str(error), error.advice, **more)
    if isinstance(error, NotReady) and not isinstance(error, CommitInDoubt):  # or a program would do it twice
        answer.headers["Retry-After"] = "5"
    return answer


def of_http(error: HTTPException) -> Response:
    """What Flask itself refuses. Its own headers stay (Allow of a 405); what is no error, a redirect, passes."""
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    code, detail, remedy = _HTTP_WORDS.get(status, (f"http-{status}", "请求没有被接受。", "检查请求的地址和格式。"))
    answer = problem(status, code, detail, remedy)
    answer.headers.extend((k, v) for k, v in error.get_headers() if k.lower() not in ("content-type", "content-length"))
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="lianshen"'
    return answer


def of_bug(error: Exception) -> Response:
    """A bug: the asker gets a number, the log gets the rest. Whether the act was kept, only the page can tell. Where somebody has
    upgraded the tables while we serve, it is none: this process should have been stopped."""
    if (outdated := _outdated()) is not None:
        log.error(outdated.code, **outdated.facts)
        return of_error(outdated)
    reference = secrets.token_hex(4)
    log.exception("bug", reference=reference, exc_info=error)
    remedy = "刷新页面，看这一步有没有生效；并把编号告诉系统管理员。"
    return problem(500, "bug", f"程序出错，编号 {reference}。", remedy, reference=reference)


def _outdated() -> DatabaseOutdated | None:
    try:
        demand_newest(here().database)
    except DatabaseOutdated as outdated:
        return outdated
    except NotReady:  # nobody can tell now
        pass
    return None


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
