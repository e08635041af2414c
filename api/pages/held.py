"""What a visitor proved a moment ago: a number and its code, kept in his browser so that they never stand in an address.

A signed cookie, for one part of the site only, that no script reads; it ends with the browser, when he leaves, or after an
hour without use. Every page asks the engine again with what it holds: the cookie opens nothing that the code does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from .look import now

IDLE = timedelta(hours=1)


@dataclass(frozen=True)
class Held:
    """A number and its code. fresh: they were given a moment ago and are told this once."""

    number: str
    code: str
    fresh: bool = False


@dataclass(frozen=True)
class Pocket:
    """Where one part of the site keeps them: the cookie's name, and the path beneath which a browser sends it."""

    name: str
    path: str

    def keep(self, answer: Response, held: Held) -> Response:
        """Give the browser this number and code, for an hour from now."""
        until = int((now() + IDLE).timestamp())
        value = self._signer.dumps([held.number, held.code, held.fresh, until])
        answer.set_cookie(self.name, value, httponly=True, samesite="Strict", secure=request.is_secure, path=self.path)
        return answer

    def held(self) -> Held | None:
        """What this browser holds; None when it holds nothing, something forged, or something that lay for too long."""
        try:
            number, code, fresh, until = self._signer.loads(request.cookies.get(self.name, ""))
        except (BadSignature, ValueError, TypeError):
            return None
        return Held(number, code, fresh) if now().timestamp() < until else None

    def empty(self, answer: Response) -> Response:
        answer.delete_cookie(self.name, path=self.path)
        return answer

    @property
    def came_with_something(self) -> bool:
        """Whether the browser sent anything at all: then what it held has run out, and the page says so."""
        return self.name in request.cookies

    @property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(str(current_app.secret_key), salt=f"lianshen {self.name}")


def as_kept(code: str) -> str:
    """A code as it is kept: people copy it with spaces, hyphens and small letters."""
    return "".join(code.split()).replace("-", "").upper()


def in_fours(code: str) -> str:
    """A code as people copy it."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


CASE = Pocket("lianshen_case", "/progress")
DRAFT = Pocket("lianshen_draft", "/drafts")
