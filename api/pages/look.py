"""What all pages share: templates and their filters, the choices of look, who may open a page, errors as pages."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, wraps
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from flask import (
    Flask,
    Response,
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from engine.cases import PRECHECKERS
from engine.errors import CHINA, NotReady
from engine.people import ROLE_NAMES, Officer, Role, office, office_time

from ..here import here
from ..security import asker, me
from . import words

WEB = Path(str(resources.files("web")))
CHOICES: Mapping[str, tuple[str, ...]] = {
    "theme": ("light", "dark"),
    "type": ("large", "xlarge"),
    "contrast": ("high",),
    "density": ("compact", "roomy"),
    "keys": ("off",),
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
AT_WINDOWS = frozenset({Role.CLERK, Role.REVIEWER, Role.APPROVER, Role.HEAD})
SEES_CASES = frozenset(Role) - {Role.DESIGNER, Role.ADMIN}
MODULES: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("desk.worklist", "待办", AT_WINDOWS),
    ("cases.listing", "办件", SEES_CASES),
    ("prechecks.listing", "预审", frozenset(PRECHECKERS)),
    ("projects.board", "重点项目", frozenset({Role.COORDINATOR, Role.SUPERVISOR})),
    ("designer.listing", "事项与流程", frozenset({Role.DESIGNER})),
)
csrf = CSRFProtect()


class PagesNotBuilt(NotReady):
    code = "pages-not-built"
    sentence = "页面的样式和脚本还没有生成。"
    remedy = "运行 ./run --setup。"


def add_look(app: Flask) -> None:
    """Templates, filters, forgery protection, the files that pages load."""
    csrf.init_app(app)
    app.jinja_loader = jinja2.FileSystemLoader(WEB / "templates")
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=lambda on: words.day(on, today()),
        moment=lambda at: words.moment(at, zone()),
        tight=words.tight,
        number=words.number,
        money=words.money,
        size=words.size,
        stress=words.stress,
    )
    app.jinja_env.globals.update(
        asset=asset, request_id=lambda: secrets.token_urlsafe(12), next_try=next_try, lamp_marks=words.LAMP_MARKS
    )
    app.context_processor(_shared)
    app.add_url_rule("/assets/<path:name>", "assets", _asset)
    app.add_url_rule("/favicon.ico", "icon", lambda: redirect(asset("mark.svg")))
    app.register_error_handler(CSRFError, _forged)


def next_try() -> str:
    """Where the form of a page is sent: to the page itself, as its next try. When the line breaks on the way, a browser
    keeps the page with all that was typed before the failed try only if their addresses differ; otherwise it is gone."""
    return f"?try={(request.args.get('try', 0, int) + 1) % 100}"


# ---------------------------------------------------------------- who asks, and when
def officer() -> Officer:
    """The officer who looks at this page; only inside `officers_only`."""
    return me()


def officers_only(*roles: Role) -> Any:
    """Only for officers with one of the roles (none named: any). Who is not signed in is asked to; another role finds
    nothing here."""

    def guard(view: Any) -> Any:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if asker() is None:
                return _asked_to_sign_in()
            if roles and not officer().roles & set(roles):
                abort(404)
            return view(*args, **kwargs)

        return guarded

    return guard


def _asked_to_sign_in() -> AnyResponse:
    """To the sign-in page and back; a script that renews a part of a page is sent there with the whole page."""
    if request.headers.get("HX-Request"):
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = url_for("start.sign_in", back=request.path if request.method == "GET" else None)
        return answer
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("start.sign_in", back=back))


def zone() -> ZoneInfo | Any:
    """The zone in which this page writes its moments: the officer's office's."""
    return _office_facts()["zone"] if _signed_in() else CHINA


def today() -> date:
    """The civil date of this request in that zone."""
    return now().astimezone(zone()).date()


def now() -> datetime:
    """The moment of this request: one for the whole page."""
    if "now" not in g:
        g.now = here().now()
    moment: datetime = g.now
    return moment


# ---------------------------------------------------------------- answers
def page(template: str, status: int = 200, **facts: Any) -> Response:
    """A page as an answer, with its security headers."""
    answer = make_response(render_template(template, **facts), status)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def refusal(status: int, sentence: str, remedy: str, **more: Any) -> Response:
    """What cannot be done, as a page; as a fragment where a script asks for one."""
    template = "fragments/refusal.html" if request.headers.get("HX-Request") else "refusal.html"
    g.bare = status >= 500  # the database may be what is missing: such a page asks it nothing
    told = {"faults": (), "reference": "", "basis": "", **more}
    return page(template, status, sentence=sentence, remedy=remedy, **told)


def wants_page() -> bool:
    """Whether this request is one for a page and not for the API or a program."""
    return not request.path.startswith(("/api/", "/metrics", "/healthz", "/assets/"))


@cache
def _manifest() -> Mapping[str, Mapping[str, Any]]:
    try:
        built: Mapping[str, Mapping[str, Any]] = json.loads((WEB / "dist" / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as missing:
        raise PagesNotBuilt() from missing
    return built


def asset(name: str) -> str:
    """The address of a built style or script; its name changes with its content. Raises PagesNotBuilt."""
    return url_for("assets", name=_manifest()[name]["file"])


def _asset(name: str) -> AnyResponse:
    answer = send_from_directory(WEB / "dist", name, max_age=365 * 24 * 3600)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _forged(_: CSRFError) -> Response:
    return refusal(400, "这个页面已经失效，没有提交。", "返回上一页刷新后重新提交；浏览器须允许本站的 Cookie。")


def _office_facts() -> Mapping[str, Any]:
    if "office_facts" not in g:
        with here().database.reading() as tx:
            of = office(tx, officer().office_id)
            known = office_time(tx, of).calendar.known_through
        g.office_facts = {"name": of.name, "zone": of.zone, "known": known}
    facts: Mapping[str, Any] = g.office_facts
    return facts


def _signed_in() -> bool:
    return not g.get("bare") and asker() is not None


def _shared() -> dict[str, Any]:
    """What every template may use."""
    signed_in = _signed_in()
    return {
        "look": {
            name: chosen for name, among in CHOICES.items() if (chosen := request.cookies.get(f"look_{name}")) in among
        },
        "me": officer() if signed_in else None,
        "my_office": _office_facts()["name"] if signed_in else "",
        "modules": [
            (at, words_, at == request.endpoint)
            for at, words_, roles in MODULES
            if signed_in and officer().roles & roles
        ],
        "today": today(),
        "now": now(),
        "role_names": ROLE_NAMES,
    }
