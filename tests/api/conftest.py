"""The doors of the demo hall, on either database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from engine.store import Database
from tests.api.door import Door
from tests.hall import Hall


@pytest.fixture
def door(hall: Hall, app: Flask) -> Door:
    return Door(hall, app).with_accounts()


@pytest.fixture
def front(sqlite_hall: Path, tmp_path: Path, app: Flask) -> Iterator[Door]:
    """The doors alone, for what is settled before any database is asked: how a request is read, how often one may ask."""
    file = tmp_path / "front.db"
    shutil.copy(sqlite_hall, file)
    database = Database.open(f"sqlite:///{file}")
    yield Door(Hall(database), app).with_accounts()
    database.close()
