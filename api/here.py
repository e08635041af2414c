"""What a request may ask of the application that serves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from itsdangerous import Signer

from engine.config import Settings
from engine.store import Database


@dataclass(frozen=True)
class Here:
    """The settings, the database and the clock of the running application."""

    settings: Settings
    database: Database
    now: Callable[[], datetime]


def here() -> Here:
    found = current_app.extensions["lianshen"]
    assert isinstance(found, Here)
    return found


def sealed(request_id: str | None, by: str) -> str | None:
    """The request id of a filing as the engine takes it. The query code of the case follows from it, so it is one that only we can make:
    whoever knows or guesses what somebody chose knows nothing yet. by: who chose it; the same of another one is another."""
    if request_id is None:
        return None
    return Signer(str(current_app.secret_key), salt="lianshen filing").get_signature(f"{by} {request_id}").decode()
