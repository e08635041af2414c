"""Who asks: a session cookie of a browser, or a bearer token of a program. Both are rows in the database and end there."""

from __future__ import annotations

from copy import deepcopy
from functools import wraps
from typing import Any

import structlog
from flask import Flask, Request, Response, abort, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.sansio.http import parse_cookie

from engine.errors import NotAllowed, NotReady
from engine.people import Officer, SignedIn, officer_of, touch

from .here import here

log = structlog.get_logger()
UNATTENDED = "X-Unattended"
COOKIE = "lianshen_session"
_ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What an answer says unless it says otherwise by itself."""


class SessionNeeded(NotAllowed):
    """A token does not beget tokens: one that leaked would otherwise never end."""

    code = "session-needed"
    sentence = "令牌不能用来签发新的令牌。"
    remedy = "用账号和密码登录后再签发。"


class FormSeal(SecureCookieSessionInterface):
    """Flask's own session: here it is only the seal of the forms of pages. The API has none, and a program that brings one is not
    asked for it: to read and to write it would be an eighth of what such a request costs."""

    def open_session(self, app: Flask, asked: Request) -> SecureCookieSession | None:
        return None if asked.path.startswith("/api/") else super().open_session(app, asked)


class Asker(UserMixin):  # type: ignore[misc]
    """Who asks, as Flask-Login keeps him for the length of a request."""

    def __init__(self, found: SignedIn) -> None:
        self.found = found

    def get_id(self) -> str:
        return self.found.officer.login


class EachTime(LoginManager):  # type: ignore[misc]
    """Who asks is proven by each request. Flask's session holds nobody here and no cookie remembers anybody: before the library asks
    us it would look for both, and hash address and browser for a session that there is not; and after the answer once more, which
    would then be said to depend on cookies, be it a style sheet."""

    def _load_user(self) -> None:
        self._update_request_context_with_user(_looked_up(request))

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def add_security(app: Flask) -> None:
    app.session_interface = FormSeal()
    EachTime(app)
    app.after_request(_headers)


def secret_of(asked: Request) -> str | None:
    """The session or token of a request."""
    # straight from the environment: to find its cookies, a request writes out the names of all its headers
    scheme, _, value = asked.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return str(value).strip()
    return parse_cookie(asked.environ.get("HTTP_COOKIE")).get(COOKIE)


def signed_in(view: Any) -> Any:
    """Only for officers; stands above everything else on a view, so that a stranger learns nothing from his own mistakes.
    A browser session must prove by a header of its own that the request was not forged elsewhere."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who = asker()
        if who is None:
            abort(401)
        if (
            who.kind == "session"
            and request.method not in ("GET", "HEAD")
            and "X-Requested-With" not in request.headers
        ):
            abort(428)
        return view(*args, **kwargs)

    guarded._apidoc = deepcopy(getattr(view, "_apidoc", {}))  # type: ignore[attr-defined]
    told = guarded._apidoc.setdefault("manual_doc", {})  # type: ignore[attr-defined]
    told["security"] = [{"token": []}, {"session": []}]
    return guarded


def me() -> Officer:
    """The officer who asks; only inside `signed_in`."""
    who = asker()
    assert who is not None
    return who.officer


def demand_session() -> None:
    """Only for somebody who signed in himself. Raises SessionNeeded for a token."""
    who = asker()
    if who is None or who.kind != "session":
        raise SessionNeeded()


def asker() -> SignedIn | None:
    """Who asks by this request, looked up once; None for a stranger."""
    who: Any = current_user._get_current_object()
    return who.found if who.is_authenticated else None


def _looked_up(asked: Request) -> Asker | None:
    secret = secret_of(asked)
    if not secret:
        return None
    with here().database.looking() as tx:
        found = officer_of(tx, secret, here().now())
    if found is None:
        return None
    # a page that asks by itself every few seconds is no sign that anybody sits there
    if found.stale and UNATTENDED not in asked.headers:
        _touch(secret)
    return Asker(found)


def _touch(secret: str) -> None:
    """Write down that the session is in use. Where nothing can be written just now, looking must still be possible."""
    try:
        with here().database.writing() as tx:
            touch(tx, secret, here().now())
    except NotReady as failed:
        log.warning("session-not-touched", why=failed.code)


def _headers(response: Response) -> Response:
    said = {name.lower() for name, _ in response.headers}
    for name, words in _ALWAYS.items():
        if name.lower() not in said:
            response.headers.add(name, words)
    return response
