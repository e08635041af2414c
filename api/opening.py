"""What every command begins with: its database and its moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from engine.config import Settings
from engine.store import Database, demand_newest, demand_tables, migrate


@contextmanager
def opened(settings: Settings, *, fresh: bool = False, any_release: bool = False) -> Iterator[Database]:
    """The database of this command. fresh: it is made or brought up to date first; any_release: it need not be."""
    database = Database.open(settings.database, lock_seconds=settings.lock_seconds)
    try:
        if fresh:
            migrate(database)
        elif any_release:
            demand_tables(database)
        else:
            demand_newest(database)
        yield database
    finally:
        database.close()


def utc_now() -> datetime:
    return datetime.now(UTC)
