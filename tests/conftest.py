"""What every test may ask for: a fresh database of either kind, and the moment at which it plays."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher

from engine.people import sign_in
from engine.store import Database, migrate
from tests.hall import Hall, fill_hall
from tests.postgres import Cluster

_COUNT = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long ones too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--soak"):
        soaks = [i for i in items if i.get_closest_marker("soak")]
        items[:] = [i for i in items if i not in soaks]
        config.hook.pytest_deselected(items=soaks)


def copy_database(server: Cluster, template: str, name: str) -> None:
    with psycopg.connect(server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")  # type: ignore[arg-type]


@pytest.fixture(scope="session", autouse=True)
def passwords_are_cheap() -> Iterator[None]:
    """Forty accounts are founded for every hall, and a test signs in often: what a password costs a thief is held in
    tests/people, and need not be paid a thousand times a run."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_in, "_HASHER", cheap)
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL server for the whole run."""
    server = Cluster.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database.open(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    """The name of a migrated, empty PostgreSQL database to copy."""
    cluster.sql("CREATE DATABASE template_lianshen")
    database = Database.open(cluster.url("template_lianshen"))
    migrate(database)
    database.close()
    return "template_lianshen"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, migrated database; every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "lianshen.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    server: Cluster = request.getfixturevalue("cluster")
    template: str = request.getfixturevalue("postgresql_template")
    name = f"test_{next(_COUNT)}"
    copy_database(server, template, name)
    return server.url(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url, lock_seconds=5)
    yield opened
    opened.close()


# ---------------------------------------------------------------- the demo hall
@pytest.fixture(scope="session")
def sqlite_hall(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the demo hall in it, to copy."""
    path = tmp_path_factory.mktemp("hall") / "hall.db"
    shutil.copy(sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    fill_hall(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql_hall(cluster: Cluster, postgresql_template: str) -> str:
    """The name of a PostgreSQL database with the demo hall in it, to copy."""
    copy_database(cluster, postgresql_template, "hall_lianshen")
    database = Database.open(cluster.url("hall_lianshen"))
    fill_hall(database)
    database.close()
    return "hall_lianshen"


@pytest.fixture(params=["sqlite", "postgresql"])
def hall_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the demo hall in it; every test that asks for it runs on both kinds."""
    return _copy_of_hall(request, tmp_path)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_hall_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same, one for all tests of a file: they put back what they change."""
    return _copy_of_hall(request, tmp_path_factory.mktemp("shared"))


def _copy_of_hall(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        path = folder / "hall.db"
        shutil.copy(request.getfixturevalue("sqlite_hall"), path)
        return f"sqlite:///{path}"
    server: Cluster = request.getfixturevalue("cluster")
    name = f"hall_{next(_COUNT)}"
    copy_database(server, request.getfixturevalue("postgresql_hall"), name)
    return server.url(name)


@pytest.fixture
def hall(hall_url: str) -> Iterator[Hall]:
    opened = Database.open(hall_url, lock_seconds=5)
    yield Hall(opened)
    opened.close()
