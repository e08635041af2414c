"""How often one address may ask, and how often one case or one account may be guessed at.

Kept in memory: one serving process on the embedded default. A wrong guess counts, a right one does not, so nobody is
kept from his own case by looking at it often.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, strategy="moving-window")

SIGN_IN = "10 per minute"
PUBLIC = "60 per minute"
GUESSES = "30 per hour"


def guesses(name: str, refusal: int) -> Callable[[Any], Any]:
    """Limits the wrong tries at one case or account, from whatever address: it is named by the field or the part of the
    address `name`, and a wrong try is answered by the status `refusal`."""

    def of_what() -> str:
        named = (request.view_args or {}).get(name) or _in_body(name)
        return f"{name}:{named}"

    def wrong(answer: Response) -> bool:
        return answer.status_code == refusal

    limit: Callable[[Any], Any] = limiter.shared_limit(
        GUESSES, scope=f"guesses-{name}", key_func=of_what, deduct_when=wrong, methods=["POST"]
    )
    return limit


def _in_body(name: str) -> Any:
    """A field of the body before anybody has judged it; None where there is none to read."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested without end: the view refuses it with a problem
        return None
    return body.get(name) if isinstance(body, dict) else None
