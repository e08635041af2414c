"""How often one address may ask, and how often one case or one account may be guessed at.

Kept in the memory of each serving process: n of them let through up to n times as many (docs/decisions/0030). A wrong guess
counts, a right one does not, so nobody is kept from his own case by looking at it often.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from engine.cases import MOST_TOGETHER


class WhereDeclared(Limiter):
    """Limits stand on views, and each of them asks by itself when it is called. Before every request the library looks for limits
    of the whole application besides: there are none, and to find that out would be a sixth of what such a request costs."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


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
        # written otherwise it is the same case: spaces and capitals buy no further guesses
        return f"{name}:{str(named).strip().casefold()}"

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
