"""The application: one factory, settings and clock handed in. Nothing below this floor reads a request or the wall clock."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from engine.config import Settings
from engine.store import Database

from . import calendar, cases, matters, officers, projects, public, sessions, tasks
from .gauges import add_gauges
from .here import Here
from .limits import BODY, COUNTED, allow_files, limiter
from .noun import add_strictness
from .opening import hall_key
from .pages import add_pages, csrf
from .problems import ProblemApi
from .security import add_security

API_DESCRIPTION = """联审的接口：申请、办理、事项与版本。

错误一律是 `application/problem+json`（RFC 9457）：`code` 稳定，`detail` 是给人看的一句话，`remedy` 说怎么办，
`faults` 逐处列出。有 `request_id` 一项的请求，重复提交同样内容得到同一个回答，内容不同则 409。
"""


class Application(Flask):
    """No view of ours is a coroutine: nothing needs to be looked at for that at each of the calls between a request and its view."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings, database: Database, now: Callable[[], datetime] | None = None) -> Flask:
    """The product as a WSGI application. `now` gives the moment of each request; tests and the demo live in any month."""
    app = Application("lianshen", static_folder=None, template_folder=None)
    app.config.update(
        API_TITLE="联审 Lianshen",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": API_DESCRIPTION},
            "components": {
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "session": {"type": "apiKey", "in": "cookie", "name": "lianshen_session"},
                }
            },
        },
        MAX_CONTENT_LENGTH=BODY,
        RATELIMIT_STORAGE_URI=COUNTED,
        RATELIMIT_HEADERS_ENABLED=True,
        SECRET_KEY=hall_key(settings),
        SESSION_COOKIE_NAME="lianshen_form",
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,  # nobody loses a long form to a clock
    )
    add_strictness(app)
    app.before_request(allow_files)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["lianshen"] = Here(settings, database, now or (lambda: datetime.now(UTC)))
    limiter.init_app(app)
    add_security(app)
    add_gauges(app)
    api = ProblemApi(app)
    for blueprint in (
        sessions.blp,
        matters.blp,
        cases.blp,
        tasks.blp,
        projects.blp,
        public.blp,
        calendar.blp,
        officers.blp,
    ):
        api.register_blueprint(blueprint)
        csrf.exempt(blueprint)  # a session must send X-Requested-With there, which no form of another site can
    add_pages(app)
    return app


def set_aside() -> None:
    """Once, before a server answers anybody: what has been loaded stays until the end, so the collector need not go through it
    again. Now and then it would, in the middle of somebody's request, for a tenth of a second and more."""
    gc.collect()
    gc.freeze()
