"""How often one address may ask, and how often one case or one account may be guessed at.

How often an address asks is counted in the memory of each serving process: n of them let through up to n times as much. Guesses are
counted in the database, for all of them (docs/decisions/0030). A wrong guess counts, a right one does not, so nobody is kept from
his own case by looking at it often.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, current_app, request
from flask.globals import request_ctx
from flask_limiter import Limiter
from flask_limiter._extension import LimiterContext
from flask_limiter.util import get_remote_address
from limits.storage import MemoryStorage

from engine.cases import MOST_TOGETHER
from engine.people import guessed_wrong, wrong_guesses

from .here import here

COUNTED = "lianshen://"
"""Where the limits are counted, as the library is told it (`Counted`)."""
_GUESS = "guess:"
_GUESSES = f"LIMITER/{_GUESS}"
"""How the library begins the name of what a guess is limited by. No address of an asker looks like that."""


class Counted(MemoryStorage):
    """Addresses in the memory of this process, wrong guesses in the database of the hall."""

    STORAGE_SCHEME = ["lianshen"]

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        if not key.startswith(_GUESSES):
            return super().acquire_entry(key, limit, expiry, amount)
        now = here().now()
        with here().database.writing() as tx:
            guessed_wrong(tx, key, now, now - timedelta(seconds=expiry))
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        if not key.startswith(_GUESSES):
            return super().get_moving_window(key, limit, expiry)
        now = here().now()
        with here().database.looking() as tx:
            count, first = wrong_guesses(tx, key, now - timedelta(seconds=expiry))
        return time.time() - (now - (first or now)).total_seconds(), count


class WhereDeclared(Limiter):
    """Limits stand on views, and each of them asks by itself when it is called. Before every request the library looks for limits
    of the whole application besides: there are none, and to find that out would be a sixth of what such a request costs."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)

    @property
    def context(self) -> LimiterContext:
        """What the library notes about a request. Three times it asks for it where no limit stands, and each time finds its way anew."""
        asked: Any = request_ctx._get_current_object()  # type: ignore[attr-defined]
        if not hasattr(asked, "limits"):
            asked.limits = LimiterContext()
        noted: LimiterContext = asked.limits
        return noted


limiter = WhereDeclared(get_remote_address, strategy="moving-window")

SIGN_IN = "10 per minute"
PUBLIC = "60 per minute"
GUESSES = "30 per hour"

often: Callable[[Any], Any] = limiter.shared_limit(PUBLIC, scope="public")
"""What one address may ask of the public doors, pages and API together."""


BODY = 8 * 1024 * 1024
"""What one request may weigh; one that brings files (`takes_files`) may weigh those and the form around them."""


def takes_files(view: Any) -> Any:
    """A view whose form brings files. Stands below whoever guards it."""
    view.takes_files = True
    return view


def allow_files() -> None:
    """Before anything reads the body, proof against forgery included: how much of it may be read."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = MOST_TOGETHER + 1024 * 1024 if getattr(view, "takes_files", False) else BODY


def guesses(name: str, refusal: int) -> Callable[[Any], Any]:
    """Limits the wrong tries at one case or account, from whatever address: it is named by the field or the part of the
    address `name`, and a wrong try is answered by the status `refusal`."""

    def of_what() -> str:
        named = (request.view_args or {}).get(name) or _told(name)
        # written otherwise it is the same case or draft: spaces, capitals, leading zeros and digits of another script buy no further
        # guesses (in capitals first, as a case number is looked up: two small letters have the capital I)
        word = str(named).strip().upper().casefold()
        return f"{_GUESS}{name}:{int(word) if word.isdecimal() and len(word) < 20 else word}"

    def wrong(answer: Response) -> bool:
        return answer.status_code == refusal

    limit: Callable[[Any], Any] = limiter.shared_limit(
        GUESSES, scope=f"guesses-{name}", key_func=of_what, deduct_when=wrong, methods=["POST"]
    )
    return limit


def _told(name: str) -> Any:
    """A field of the form of a page or of the JSON body of the API before anybody has judged it; None where there is none."""
    if not request.path.startswith("/api/"):
        return request.form.get(name)
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested without end: the view refuses it with a problem
        return None
    return body.get(name) if isinstance(body, dict) else None
