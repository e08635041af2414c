"""On SQLite whoever has waited writes before whoever has just written: a long round keeps nobody out."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.store import Database, DatabaseBusy, DatabaseGone, migrate, turns
from engine.store.turns import Turns
from tests.store.rows import bare_office


def stands_in_the_gate(file: Path) -> None:
    """Until somebody waits in the gate, so that a third finds it shut."""
    third = Turns(file)
    for _ in range(5000):
        try:
            third.take(0)
        except TimeoutError:
            return third.close()
        third.give()
        threading.Event().wait(0.001)
    raise AssertionError("nobody came to the gate")


def test_who_waits_comes_before_who_has_just_written(tmp_path: Path) -> None:
    """Two processes, played by two openings of one file: while b waits, a writes and wants to write again."""
    url, order = f"sqlite:///{tmp_path / 'turns.db'}", list[str]()
    a, b = Database.open(url), Database.open(url)
    migrate(a)

    def writes(database: Database, name: str) -> None:
        with database.writing() as tx:
            bare_office(tx, name)
            order.append(name)

    with a.writing() as tx:
        bare_office(tx, "a")
        order.append("a")
        waiting = threading.Thread(target=writes, args=(b, "b"))
        waiting.start()
        stands_in_the_gate(tmp_path / "turns.db")
    writes(a, "a again")
    waiting.join()
    assert order == ["a", "b", "a again"]
    a.close()
    b.close()


def test_a_process_that_dies_in_the_gate_leaves_it_open(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    holds = "import sys; from pathlib import Path; from engine.store.turns import Turns\n"
    holds += "turns = Turns(Path(sys.argv[1])); turns.take(1); print('in', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", holds, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    turns = Turns(file)
    with pytest.raises(TimeoutError):
        turns.take(0)
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    turns.take(0)
    turns.give()
    turns.close()


def test_a_gate_that_stays_shut_is_a_busy_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'busy.db'}"
    database = Database.open(url, lock_seconds=0.05)
    migrate(database)
    shut = Turns(tmp_path / "busy.db")
    shut.take(0)
    with pytest.raises(DatabaseBusy), database.writing():
        raise AssertionError("it is not our turn")
    shut.give()
    with database.writing() as tx:
        bare_office(tx)
    shut.close()
    database.close()


def test_who_is_stopped_in_the_gate_leaves_it_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'stopped.db'}"
    here, there = Database.open(url), Database.open(url, lock_seconds=0.05)
    migrate(here)
    locked = turns._locked

    def stopped(gate: int) -> bool:
        locked(gate)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(turns, "_locked", stopped)
        with here.writing():
            raise AssertionError("it is not our turn")
    with there.writing() as tx:
        bare_office(tx)
    here.close()
    there.close()


def test_a_folder_that_takes_no_gate_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.db-gate").mkdir()
    database = Database.open(f"sqlite:///{tmp_path / 'odd.db'}")
    with pytest.raises(DatabaseGone), database.writing():
        raise AssertionError("there is no gate")
    database.close()
