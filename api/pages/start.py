"""Signing in and out, how the pages look, and where one begins."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.people import Officer, Role, SignInRefused, check_password, end_session, start_session

from ..here import here
from ..limits import SIGN_IN, guesses, limiter
from ..security import COOKIE, asker, secret_of
from .look import AT_WINDOWS, CHOICES, now, officer, page

pages = Blueprint("start", __name__)
YEAR = 365 * 24 * 3600


@pages.get("/sign-in")
def sign_in() -> Response:
    """登录页。"""
    return page("sign-in.html", back=_inside(request.args.get("back", "")), login="", wrong="")


@pages.post("/sign-in")
@limiter.limit(SIGN_IN)
@guesses("login", refusal=403)
def signed_in() -> Response:
    """Begin a session and go to where the officer works, or to where he wanted to go."""
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    back = _inside(request.form.get("back", ""))
    try:
        # proving a password takes long on purpose: not while everybody waits for the one writer
        with here().database.reading() as tx:
            who = check_password(tx, login, password)
    except SignInRefused as wrong:
        return page("sign-in.html", 403, back=back, login=login, wrong=f"{wrong}{wrong.advice}")
    return signed_in_as(who, back)


@pages.post("/sign-out")
def sign_out() -> Response:
    """End this session."""
    with here().database.writing() as tx:
        end_session(tx, secret_of(request) or "")
    answer = redirect(url_for("start.sign_in"))
    answer.delete_cookie(COOKIE, path="/")
    return answer


@pages.post("/look")
def look() -> Response:
    """Keep a choice of look (theme, type, contrast, density) in a cookie; an empty value takes it back."""
    answer = make_response(redirect(_inside(request.form.get("back", "")) or "/"))
    for name, among in CHOICES.items():
        chosen = request.form.get(name)
        if chosen in among:
            answer.set_cookie(
                f"look_{name}", chosen, max_age=YEAR, samesite="Strict", httponly=True, secure=request.is_secure
            )
            if name == "contrast" and "look_theme" not in request.cookies:
                answer.set_cookie("look_theme", "light", max_age=YEAR, samesite="Strict", httponly=True)
        elif chosen == "":
            answer.delete_cookie(f"look_{name}")
    return answer


@pages.get("/work")
def work() -> Response:
    """Where this officer works."""
    return redirect(url_for(desk_of(officer().roles) if asker() is not None else "start.sign_in"))


def signed_in_as(who: Officer, back: str = "") -> Response:
    """A session for this officer, who has proved himself, and the way to where he works or wanted to go."""
    with here().database.writing() as tx:
        secret = start_session(tx, who, now())
    answer = redirect(back or url_for(desk_of(who.roles)))
    answer.set_cookie(COOKIE, secret, httponly=True, samesite="Strict", secure=request.is_secure, path="/")
    return answer


def desk_of(roles: frozenset[Role]) -> str:
    """The first page of an officer by his roles."""
    if roles & AT_WINDOWS:
        return "desk.worklist"
    if Role.COORDINATOR in roles:
        return "projects.board"
    if Role.DESIGNER in roles:
        return "designer.listing"
    return "cases.listing"


def _inside(back: str) -> str:
    """A path of this site, or nothing: nobody is sent elsewhere after signing in."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() else ""
