"""What a request may ask of the application that serves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

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
