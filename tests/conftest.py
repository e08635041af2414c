"""What every test may ask for: a fresh database of either kind, and the moment at which it plays."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from engine.people import sign_in
from engine.store import Database, migrate
from tests.hall import Hall, fill_hall
from tests.postgres import Cluster

CHROMIUMS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
"""One and the same Chromium: the first leaves out the windows, which cost three times what our pages cost."""

_COUNT = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long ones too")
    found = next(filter(os.path.exists, CHROMIUMS), CHROMIUMS[-1])
    # taken out of the environment: the product under test refuses a LIANSHEN_… that it does not know
    corpus = os.environ.pop("LIANSHEN_CORPUS", None)
    parser.addoption("--corpus", default=corpus, help="a folder of other people's diagrams, all imported and played")
    parser.addoption("--chromium", default=found, help="the browser that the pages are opened in")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker reads no environment of its own."""
    node.workerinput["corpus"] = node.config.getoption("--corpus")


@pytest.fixture(scope="session")
def foreign_folder(pytestconfig: pytest.Config) -> str | None:
    """The folder of other people's diagrams, where one is named."""
    given: Mapping[str, Any] = getattr(pytestconfig, "workerinput", {"corpus": pytestconfig.getoption("--corpus")})
    folder: str | None = given["corpus"]
    return folder


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--soak"):
        soaks = [i for i in items if i.get_closest_marker("soak")]
        items[:] = [i for i in items if i not in soaks]
        config.hook.pytest_deselected(items=soaks)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which diagrams were imported and played, whoever ran the test."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for key, worth in report.user_properties if report.when == "call" else ():
            if key == "corpus":
                terminalreporter.write_line(f"corpus: {worth}")


@pytest.fixture(scope="session", autouse=True)
def passwords_are_cheap() -> Iterator[None]:
    """Forty accounts are founded for every hall, and a test signs in often: what a password costs a thief is held in
    tests/people, and need not be paid a thousand times a run."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_in, "_CHOSEN", cheap)
        patch.setattr(sign_in, "_DRAWN", cheap)
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
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database; every test that asks for it runs on both kinds."""
    yield from copy_of("template", request, tmp_path)


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
    cluster.copy(postgresql_template, "hall_lianshen")
    database = Database.open(cluster.url("hall_lianshen"))
    fill_hall(database)
    database.close()
    return "hall_lianshen"


@pytest.fixture(params=["sqlite", "postgresql"])
def hall_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the demo hall in it; every test that asks for it runs on both kinds."""
    yield from copy_of("hall", request, tmp_path)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_hall_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, one for all tests of a file: they put back what they change."""
    yield from copy_of("hall", request, tmp_path_factory.mktemp("shared"))


def copy_of(what: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """A copy of the template or of the hall, gone after the test: what nobody will open again need never reach the disk."""
    if request.param == "sqlite":
        path = folder / f"{what}.db"
        shutil.copy(request.getfixturevalue(f"sqlite_{what}"), path)
        yield f"sqlite:///{path}"
        return
    server: Cluster = request.getfixturevalue("cluster")
    name = f"test_{next(_COUNT)}"
    server.copy(request.getfixturevalue(f"postgresql_{what}"), name)
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def hall(hall_url: str) -> Iterator[Hall]:
    opened = Database.open(hall_url, lock_seconds=5)
    yield Hall(opened)
    opened.close()


@pytest.fixture(scope="module")
def shared_hall(shared_hall_url: str) -> Iterator[Hall]:
    opened = Database.open(shared_hall_url, lock_seconds=5)
    yield Hall(opened)
    opened.close()
