"""Signing in and out, tokens, and who one is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, make_response, request
from flask.views import MethodView

from engine.notices import inbox_part
from engine.people import check_password, end_session, issue_token, start_session

from . import schemas
from .here import here
from .limits import SIGN_IN, guesses, limiter
from .noun import NEXT_PAGE, Noun, next_page
from .security import COOKIE, demand_session, me, secret_of, signed_in

blp = Noun("登录", __name__, url_prefix="/api")


@blp.route("/sessions")
class Sessions(MethodView):
    decorators = [limiter.limit(SIGN_IN, methods=["POST"]), guesses("login", refusal=403)]

    @blp.doc(operationId="sign_in")
    @blp.arguments(schemas.SignIn)
    @blp.response(201, schemas.Me)
    def post(self, asked: dict[str, Any]) -> Response:
        """登录：建立浏览器会话（12 小时，2 小时不用即止）。"""
        # proving a password takes long on purpose: not while everybody waits for the one writer
        with here().database.reading() as tx:
            who = check_password(tx, asked["login"], asked["password"])
        with here().database.writing() as tx:
            secret = start_session(tx, who, here().now())
        answer = make_response(schemas.Me().dump(who), 201)
        answer.set_cookie(COOKIE, secret, httponly=True, samesite="Strict", secure=request.is_secure, path="/")
        return answer

    @signed_in
    @blp.doc(operationId="sign_out")
    @blp.response(204)
    def delete(self) -> Response:
        """退出：结束这个会话或令牌。"""
        with here().database.writing() as tx:
            end_session(tx, secret_of(request) or "")
        answer = make_response("", 204)
        answer.delete_cookie(COOKIE, path="/")
        return answer


@blp.route("/tokens")
class Tokens(MethodView):
    @signed_in
    @blp.doc(operationId="issue_token")
    @blp.arguments(schemas.NewToken)
    @blp.response(201, schemas.Token)
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """为程序签发令牌，以本人身份办理；只有登录的会话可以签发。"""
        demand_session()
        now = here().now()
        ends_at = now + timedelta(days=asked["days"])
        with here().database.writing() as tx:
            return {"token": issue_token(tx, me(), asked["note"], now, ends_at), "ends_at": ends_at}


@blp.route("/me")
class MyAccount(MethodView):
    @signed_in
    @blp.doc(operationId="who_am_i")
    @blp.response(200, schemas.Me)
    def get(self) -> Any:
        """我是谁。"""
        return me()


@blp.route("/inbox")
class Inbox(MethodView):
    @signed_in
    @blp.doc(operationId="inbox")
    @blp.arguments(schemas.InboxQuery, location="query")
    @blp.response(200, schemas.InboxLine(many=True), headers=NEXT_PAGE)
    def get(self, asked: dict[str, Any]) -> Any:
        """提醒：与我有关的灯色变化，新的在前。还有的，Link 头是下一页的地址。"""
        with here().database.reading() as tx:
            lines, further = inbox_part(tx, me(), limit=asked["limit"], after=asked["after"])
        return lines, 200, next_page(further)
