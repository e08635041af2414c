"""What every test may ask for: a fresh database of either kind, and the moment at which it plays."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from api.app import create_app
from api.limits import limiter
from engine.config import Settings
from engine.people import sign_in
from engine.store import Database, migrate
from tests.hall import Hall, fill_hall
from tests.postgres import Cluster

CHROMIUMS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
"""One and the same Chromium: the first leaves out the windows, which cost three times what our pages cost."""

LONGEST = (
    "journeys/test_story.py",
    "pages/test_joint.py",
    "pages/test_task_page.py",
    "journeys/test_stage.py",
    "pages/test_designer.py",
    "journeys/test_many_hands.py",
    "journeys/test_killed.py",
    "pages/test_board.py",
    "pages/test_public.py",
    "api/test_openapi.py",
    "cli/test_verify.py",
    "test_corpus.py",
    "pages/test_case_page.py",
    "pages/test_publishing.py",
    "pages/test_worklist.py",
    "bpmn/test_seed.py",
    "cases/test_stage.py",
    "journeys/test_demo.py",
    "pages/test_acts.py",
    "test_operating.py",
    "supervision/test_recount.py",
    "reports/test_search.py",
)
"""Files of more than ten seconds: they begin first, so that no worker is alone with one of them while the others have nothing
left to do."""

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
    tests = Path(__file__).parent
    place = {tests / name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))
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


# ---------------------------------------------------------------- made once for a run, copied by all of its workers
Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once(name, make)`: the first worker of a run makes a file or a folder, the others wait until it is there."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, make: Callable[[Path], None]) -> Path:
        with (folder / f"{name}.lock").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            if not (folder / name).exists():
                make(folder / f"{name}.draft")
                (folder / f"{name}.draft").rename(folder / name)
        return folder / name

    return made


@pytest.fixture(scope="session")
def sqlite_template(once: Once) -> Path:
    """A migrated, empty SQLite file to copy."""

    def make(path: Path) -> None:
        with closed_file(path) as database:
            migrate(database)

    return once("template.db", make)


@pytest.fixture(scope="session")
def sqlite_hall(once: Once, sqlite_template: Path) -> Path:
    """An SQLite file with the demo hall in it, to copy."""

    def make(path: Path) -> None:
        shutil.copy(sqlite_template, path)
        with closed_file(path) as database:
            fill_hall(database)

    return once("hall.db", make)


@contextmanager
def closed_file(path: Path) -> Iterator[Database]:
    """An SQLite file that stands for itself when the block is left: nothing of it lies beside it any more."""
    database = Database.open(f"sqlite:///{path}")
    yield database
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()
    database.close()


@pytest.fixture(scope="session")
def cluster(once: Once, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """One PostgreSQL server for all tests of a worker, with a migrated, empty database in it, and with the demo hall where a
    test of this run asks for it. What it begins with is made once for the run."""
    wanted = {"hall_url", "shared_hall_url", "postgresql_hall"}
    halls = any(wanted & set(getattr(item, "fixturenames", ())) for item in request.session.items)

    def make(data: Path) -> None:
        first = Cluster.start()
        try:
            first.sql(f"CREATE DATABASE {TEMPLATE}")
            with closing(Database.open(first.url(TEMPLATE))) as database:
                migrate(database)
            if halls:
                first.copy(TEMPLATE, HALL)
                with closing(Database.open(first.url(HALL))) as database:
                    fill_hall(database)
        except BaseException:
            first.stop()
            raise
        first.leave(data)

    server = Cluster.start(once("cluster", make))
    yield server
    server.stop()


TEMPLATE, HALL = "template_lianshen", "hall_lianshen"


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    """The name of a migrated, empty PostgreSQL database to copy."""
    return TEMPLATE


@pytest.fixture(scope="session")
def postgresql_hall(cluster: Cluster) -> str:
    """The name of a PostgreSQL database with the demo hall in it, to copy."""
    return HALL


@pytest.fixture(scope="session")
def made() -> Flask:
    """The application, made once for the whole run: each test opens its doors on a hall of its own."""
    return create_app(Settings(Path(), "", secret="of the tests"), Database.open("sqlite://"))


@pytest.fixture
def app(made: Flask) -> Flask:
    """The application on a day on which nobody has asked anything yet."""
    limiter.reset()
    return made


# ---------------------------------------------------------------- a database
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
