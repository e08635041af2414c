"""Fill a fresh database with the demo hall: offices, officers with generated passwords, the shipped matters."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from engine.catalogue import publish_seeds
from engine.people import LogIn, found_offices, offices, ship_notices
from engine.store import Database


def seed_folder() -> Path:
    """The shipped matters (package data)."""
    return Path(str(resources.files("bpmn")))


def read_yaml(text: str) -> Any:
    """A file of our own, with the quick reader where this machine's PyYAML has it."""
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def hall_description() -> Any:
    """The demo's offices, as `lianshen found` would read them."""
    return read_yaml(resources.files(__package__).joinpath("hall.yaml").read_text("utf-8"))


def fill(database: Database, now: datetime) -> list[LogIn]:
    """Found the demo offices and publish the shipped matters. Empty when there are offices already: nothing is done then."""
    description = hall_description()
    with database.writing() as tx:
        if offices(tx):
            return []
        log_ins = found_offices(tx, description)
        ship_notices(tx, now)
        for office in offices(tx):
            publish_seeds(tx, office, seed_folder(), now)
        return log_ins
