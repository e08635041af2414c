"""On SQLite acts that wait for each other share a COMMIT: none is answered before it, and each fails alone."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.store import Database, DatabaseBusy, DatabaseGone, DiskFull, Prepared, Tx, group, migrate, tables
from tests.conftest import closed_file
from tests.store.rows import bare_office

Work = Callable[[Tx], object]


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    file = tmp_path / "group.db"
    file.write_bytes(sqlite_template.read_bytes())
    opened = Database.open(f"sqlite:///{file}")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, whoever waits may join."""
    monkeypatch.setattr(group, "MOST_SECONDS", 60.0)


class Together:
    """Acts in threads of their own that come one after another while the first is at work. `told` says in which order what happened:
    a number when that act was answered, "commit" before each COMMIT."""

    def __init__(self, database: Database) -> None:
        self.database, self.told = database, list[int | str]()
        self.met: dict[int, BaseException | None] = {}
        sa.event.listen(database.engine, "commit", self._commits)

    def run(self, *works: Work) -> None:
        """All are in line before the first ends."""
        entered, may_end = threading.Event(), threading.Event()

        def first(tx: Tx) -> None:
            entered.set()
            assert may_end.wait(60)
            works[0](tx)

        threads = [threading.Thread(target=self._one, args=(n, work)) for n, work in enumerate((first, *works[1:]))]
        threads[0].start()
        assert entered.wait(60)
        for n, thread in enumerate(threads[1:], 1):
            thread.start()
            in_line(self.database, n)
        may_end.set()
        for thread in threads:
            thread.join()
        sa.event.remove(self.database.engine, "commit", self._commits)

    def _one(self, number: int, work: Work) -> None:
        try:
            with self.database.writing() as tx:
                work(tx)
            self.met[number] = None
        except BaseException as failed:
            self.met[number] = failed
        self.told.append(number)

    def _commits(self, _: Any) -> None:
        self.told.append("commit")


def in_line(database: Database, count: int) -> None:
    """Until so many wait for their turn."""
    waiting = database._kept._group._waiting  # type: ignore[union-attr]
    while len(waiting) < count:
        threading.Event().wait(0.001)


def office(code: str) -> Work:
    return lambda tx: bare_office(tx, code)


def codes(database: Database) -> list[str]:
    with database.reading() as tx:
        return [row.code for row in tx.rows(sa.select(tables.offices.c.code).order_by(tables.offices.c.code))]


def failing(code: str, error: BaseException) -> Work:
    def act(tx: Tx) -> None:
        bare_office(tx, code)
        raise error

    return act


@contextmanager
def files_no_larger_than(limit: int) -> Iterator[None]:
    """The system refuses to write beyond it, as it does when the disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_acts_in_line_share_a_commit_and_are_answered_after_it(database: Database) -> None:
    together = Together(database)
    together.run(*(office(name) for name in "abcde"))
    assert together.met == dict.fromkeys(range(5))
    assert together.told[0] == "commit"
    assert together.told.count("commit") == 1
    assert codes(database) == ["a", "b", "c", "d", "e"]


def test_a_batch_is_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "MOST_ACTS", 2)
    together = Together(database)
    together.run(*(office(name) for name in "abcde"))
    assert together.told.count("commit") == 3
    monkeypatch.setattr(group, "MOST_ACTS", 64)
    monkeypatch.setattr(group, "MOST_SECONDS", 0.0)
    apart = Together(database)
    apart.run(*(office(name) for name in "fgh"))
    assert apart.told.count("commit") == 3


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt()], ids=["bug", "stopped"])
@pytest.mark.parametrize("who", range(3), ids=["first", "middle", "last"])
def test_an_act_that_fails_takes_back_what_it_did_and_no_more(
    database: Database, who: int, error: BaseException
) -> None:
    works = [office(name) for name in "abc"]
    works[who] = failing("lost", error)
    together = Together(database)
    together.run(*works)
    assert together.met == {n: error if n == who else None for n in range(3)}
    assert codes(database) == [name for n, name in enumerate("abc") if n != who]


def test_who_comes_after_one_that_was_stopped_in_a_statement_is_served(database: Database) -> None:
    """SQLAlchemy closes the connection under the hands of whoever is stopped (Ctrl-C) while it speaks: nobody else writes on it."""

    def stopped(*_: Any) -> None:
        sa.event.remove(database.engine, "before_cursor_execute", stopped)
        raise KeyboardInterrupt

    def act(tx: Tx) -> None:
        bare_office(tx, "lost")
        sa.event.listen(database.engine, "before_cursor_execute", stopped)
        tx.execute(sa.select(tables.offices))

    with pytest.raises(KeyboardInterrupt), database.writing() as tx:
        act(tx)
    with database.writing() as tx:
        bare_office(tx, "a")
    assert codes(database) == ["a"]


def test_an_act_sees_what_those_before_it_kept_and_nothing_of_those_that_failed(database: Database) -> None:
    seen: list[Any] = []

    def looks(tx: Tx) -> None:
        seen.extend(tx.rows(sa.select(tables.offices.c.code, tables.offices.c.id)))
        seen.append(tx.change(tables.offices, {"code": "a"}, name="x"))

    Together(database).run(office("a"), failing("b", ZeroDivisionError()), looks)
    assert [row[0] for row in seen[:-1]] == ["a"]
    assert seen[-1] == 1


def test_a_commit_that_fails_fails_all(database: Database, tmp_path: Path) -> None:
    with database.writing() as tx:
        bare_office(tx, "before")
    together = Together(database)
    with files_no_larger_than((tmp_path / "group.db-wal").stat().st_size):
        together.run(office("a"), failing("b", ZeroDivisionError()), office("c"), office("d"))
    assert {n: type(met) for n, met in together.met.items()} == {
        0: DatabaseGone,
        1: ZeroDivisionError,
        2: DatabaseGone,
        3: DatabaseGone,
    }
    assert len({id(met) for met in together.met.values()}) == 4, "each is told by an error of his own"
    assert codes(database) == ["before"]
    with database.writing() as tx:
        bare_office(tx, "after")
    assert codes(database) == ["after", "before"]


def again(database: Database, pragma: str) -> Database:
    """The same file, opened with a bound."""
    bounded = Database.open(str(database.engine.url))
    sa.event.listen(bounded.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA {pragma}"))
    return bounded


def huge(tx: Tx) -> None:
    bare_office(tx, "huge", name="大" * 100_000)


def shrugs(tx: Tx) -> None:
    """Ends as if nothing had been."""
    with suppress(DatabaseGone):
        huge(tx)


def goes_on(tx: Tx) -> None:
    """Although nothing of what was done is there any more."""
    shrugs(tx)
    bare_office(tx, "on its own")


def test_an_act_that_is_too_large_for_the_disk_fails_alone(database: Database) -> None:
    with database.reading() as tx:
        pages = tx.value(sa.text("SELECT page_count FROM pragma_page_count"))
    full = again(database, f"max_page_count = {pages + 4}")
    together = Together(full)
    together.run(office("a"), huge, office("b"))
    assert {n: type(met) for n, met in together.met.items()} == {0: type(None), 1: DiskFull, 2: type(None)}
    assert codes(full) == ["a", "b"]
    full.close()


LOST = [(huge, DatabaseGone), (shrugs, DatabaseGone), (goes_on, AttributeError)]


@pytest.mark.parametrize(("act", "met"), LOST)
def test_a_transaction_that_the_database_takes_back_fails_all_who_are_in_it(
    database: Database, tmp_path: Path, act: Work, met: type[Exception]
) -> None:
    """A disk that fails makes SQLite undo everything, without being told to: nobody may be told that his act was kept, and whoever
    goes on all the same writes nothing."""
    with database.writing() as tx:
        bare_office(tx, "before")
    small = again(database, "cache_size = 10")
    together = Together(small)
    with files_no_larger_than((tmp_path / "group.db-wal").stat().st_size + 8192):
        together.run(office("a"), office("b"), act, office("c"))
    expected = {0: DatabaseGone, 1: DatabaseGone, 2: met, 3: DatabaseGone}
    told = {n: type(error) for n, error in together.met.items()}
    assert {n: told[n] for n in range(3)} == {n: expected[n] for n in range(3)}
    assert codes(small) == (["before"] if told[3] is DatabaseGone else ["before", "c"])
    with small.writing() as tx:
        bare_office(tx, "after")
    small.close()


@pytest.mark.parametrize(("act", "met"), LOST)
def test_a_lone_act_is_never_told_that_it_was_kept_when_it_was_not(
    database: Database, tmp_path: Path, act: Work, met: type[Exception]
) -> None:
    with database.writing() as tx:
        bare_office(tx, "before")
    small = again(database, "cache_size = 10")
    limit = (tmp_path / "group.db-wal").stat().st_size + 8192
    with files_no_larger_than(limit), pytest.raises(met), small.writing() as tx:
        act(tx)
    assert codes(small) == ["before"]
    small.close()


def test_a_file_that_turns_out_damaged_while_an_answer_is_read_is_named(database: Database, tmp_path: Path) -> None:
    """Its first rows are still whole."""
    p = tables.payloads
    every = Prepared(sa.select(p.c.n, p.c.body))
    with database.writing() as tx:
        tx.put_all(p, [{"stream": "x", "n": n, "salt": "s", "body": "b" * 1000} for n in range(300)])
    database.close()
    file = tmp_path / "group.db"
    with closed_file(file):
        pass
    pages = file.read_bytes()
    last = pages.rfind(b"b" * 900) // 4096 * 4096
    file.write_bytes(pages[: last - 40_960] + b"\xff" * 40_960 + pages[last:])
    for talk in (database.reading, database.looking, database.writing):
        with pytest.raises(DatabaseGone, match="malformed"), talk() as tx:
            tx.rows(every)


def test_a_transaction_is_of_no_use_when_it_is_over(database: Database) -> None:
    with database.writing() as tx:
        pass
    with pytest.raises(AttributeError):
        bare_office(tx)


def test_who_waits_too_long_is_told_and_leaves_the_line(database: Database) -> None:
    hurried = Database.open(str(database.engine.url), lock_seconds=0.05)
    told: list[BaseException] = []

    def waits() -> None:
        try:
            with hurried.writing():
                raise AssertionError("it is not our turn")
        except DatabaseBusy as busy:
            told.append(busy)

    with hurried.writing() as tx:
        bare_office(tx, "a")
        waiting = [threading.Thread(target=waits) for _ in range(3)]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join()
    assert len(told) == 3
    with hurried.writing() as tx:
        bare_office(tx, "b")
    assert codes(hurried) == ["a", "b"]
    hurried.close()


def test_a_database_in_memory_is_one_for_all_threads() -> None:
    memory = Database.open("sqlite:///:memory:")
    migrate(memory)
    Together(memory).run(*(office(name) for name in "abc"))
    assert codes(memory) == ["a", "b", "c"]
    with pytest.raises(DatabaseGone, match="readonly"), memory.reading() as tx:
        bare_office(tx)
    memory.close()


# ---------------------------------------------------------------- real processes
HEAD = """
import sys, threading, os, signal
import sqlalchemy as sa
from engine.store import Database, tables, group
from tests.store.rows import bare_office
database = Database.open(sys.argv[1])
"""
KILLED = (
    HEAD
    + """
group.MOST_SECONDS = 60.0
def act(n):
    with database.writing() as tx:
        bare_office(tx, str(n))
    print(n, flush=True)
def kills(_):
    os.kill(os.getpid(), signal.SIGKILL)
sa.event.listen(database.engine, "commit", kills)
threads = [threading.Thread(target=act, args=(n,)) for n in range(4)]
with database.writing() as tx:
    bare_office(tx, "first")
    for thread in threads:
        thread.start()
    while len(database._kept._group._waiting) < 4:
        threading.Event().wait(0.001)
"""
)
ADDS = (
    HEAD
    + """
o = tables.offices
def adds():
    while not over.is_set():
        with database.writing() as tx:
            tx.execute(o.update().values(number_prefix=sa.cast(sa.cast(o.c.number_prefix, sa.Integer) + 1, sa.String)))
        done.append(1)
done, over = [], threading.Event()
threads = [threading.Thread(target=adds) for _ in range(int(sys.argv[2]))]
for thread in threads:
    thread.start()
while len(done) < 30:
    threading.Event().wait(0.001)
print("busy", flush=True)
sys.stdin.read()
over.set()
for thread in threads:
    thread.join()
print(len(done), flush=True)
"""
)


def process(script: str, *given: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *(str(g) for g in given)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_killed_before_the_shared_commit_nobody_was_answered(database: Database) -> None:
    killed = process(KILLED, database.engine.url)
    answered, _ = killed.communicate(timeout=60)
    assert killed.returncode == -9
    assert answered == ""
    assert codes(database) == []


def test_processes_take_turns_and_none_is_kept_out(database: Database) -> None:
    """Two processes with four threads each write without a pause; a third, as the command line would, writes in between."""
    with database.writing() as tx:
        bare_office(tx, "count", number_prefix="0")
    busy = [process(ADDS, database.engine.url, 4) for _ in range(2)]
    for each in busy:
        assert each.stdout is not None
        assert each.stdout.readline() == "busy\n"
    for n in range(10):
        with database.writing() as tx:
            tx.change(tables.offices, {"code": "count"}, name=str(n))
    done = sum(int(each.communicate("", timeout=60)[0]) for each in busy)
    with database.reading() as tx:
        row = tx.row(sa.select(tables.offices))
    assert row is not None
    assert (int(row.number_prefix), row.name) == (done, "9")
