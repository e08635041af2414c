"""Where the database is: an address that is none, a file that is none, a server that is not there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from engine.store import Database, DatabaseAddressNotUnderstood, DatabaseGone, demand_newest, demand_tables, migrate
from engine.store.migrate import DatabaseEmpty
from tests.postgres import Cluster

ADDRESSES_THAT_ARE_NONE = (
    "",
    "lianshen.db",
    "mysql://u:secret@h/d",
    "postgresql+asyncpg://u:secret@h/d",
    "postgresql+psycopg://u:secret@h:port/d",
    "postgresql+psycopg://u:a@secret@h/d",
)


@pytest.mark.parametrize("url", ADDRESSES_THAT_ARE_NONE)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(DatabaseAddressNotUnderstood) as refused:
        Database.open(url)
    assert "secret" not in str(refused.value)


def test_a_folder_that_cannot_be() -> None:
    with pytest.raises(DatabaseGone):
        Database.open("sqlite:////proc/nowhere/lianshen.db")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("neither tables nor rows, but long enough for a header")
    database = Database.open(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(DatabaseGone):
        demand_newest(database)
    database.close()


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    database = Database.open(f"postgresql+psycopg://u:secret@/x?host={tmp_path}")
    with pytest.raises(DatabaseGone) as refused:
        demand_newest(database)
    assert "secret" not in str(refused.value)
    database.close()


def test_a_server_whose_name_nobody_knows() -> None:
    """As when the machine that knows the names is away for a moment."""
    database = Database.open("postgresql+psycopg://u:secret@server.invalid/x")
    with pytest.raises(DatabaseGone) as refused:
        demand_newest(database)
    assert "secret" not in str(refused.value)
    database.close()


def test_a_new_file_is_for_nobody_else(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/new/x.db")
    with pytest.raises(DatabaseEmpty):
        demand_tables(database)
    migrate(database)
    demand_newest(database)
    assert [oct(file.stat().st_mode & 0o777) for file in (tmp_path / "new").glob("x.db*")] == ["0o600"] * len(
        list((tmp_path / "new").glob("x.db*"))
    )
    database.close()


def test_several_machines_start_at_once(cluster: Cluster) -> None:
    """The first makes the tables, the others wait as long as that takes and find them made."""
    cluster.sql("CREATE DATABASE started_at_once")
    url = cluster.url("started_at_once")
    with ExitStack() as opened, ThreadPoolExecutor() as machines:
        databases = [opened.enter_context(closing(Database.open(url, lock_seconds=60))) for _ in range(4)]
        list(machines.map(migrate, databases))
        for database in databases:
            demand_newest(database)
