"""What every command begins with: its database, its moment, and for whom it is."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import click

from engine.config import Settings
from engine.connections import Seal
from engine.store import Database, demand_newest, demand_tables, jobs, migrate

ADMIN = click.option("--as", "admin", required=True, help="以哪位系统管理员的账号办理。")
OFFICE = click.option("--office", "office_code", help="机构代码；只有一个机构时可省略。")


@contextmanager
def opened(settings: Settings, *, fresh: bool = False, any_release: bool = False) -> Iterator[Database]:
    """The database of this command. fresh: it is made or brought up to date first; any_release: it need not be."""
    database = Database.open(settings.database, lock_seconds=settings.lock_seconds)
    try:
        jobs.carry_by(database, settings.jobs)
        if fresh:
            migrate(database)
        elif any_release:
            demand_tables(database)
        else:
            demand_newest(database)
        yield database
    finally:
        database.close()


def hall_key(settings: Settings) -> str:
    """The key of the hall: it signs forms and closes the secrets of connections. Made at the first start, beside the database and
    not in it. Several machines share one by LIANSHEN_SECRET."""
    if settings.secret:
        return settings.secret
    file = settings.home / "secret-key"
    settings.home.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        draft = settings.home / f".secret-key-{os.getpid()}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as made:
            made.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another one was first: his is the key, and never half of it
            os.link(draft, file)
        draft.unlink()
    return file.read_text("utf-8")


def seal_of(settings: Settings) -> Seal:
    return Seal(hall_key(settings).encode())


def utc_now() -> datetime:
    return datetime.now(UTC)
