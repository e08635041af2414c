"""The least that any durable system must do for a completion: one event row with the form, one task row by its key, one commit.

    .venv/bin/python -m benchmarks.floor

Method. On SQLite (WAL, synchronous=FULL) BEGIN IMMEDIATE, INSERT, UPDATE, COMMIT; on PostgreSQL one auto-committed writable
CTE, one round trip (`floor_kind` says which). The rhythm is that of the completions: a disk that is asked again at once
answers two or three times faster than one that is asked now and then, so before each floor an engine works for as long as an
engine works: the stock one completes a task of W1 in memory. That is timed too, as engine_ms. `Account` does both after every
act that is timed, so that act, engine and floor always alternate.
"""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from . import engine
from .places import Place, places
from .rows import row, table
from .work import answer, w1

Floor = Callable[[str], None]
TASKS = 1000
KINDS = {
    "sqlite": "BEGIN IMMEDIATE, INSERT, UPDATE, COMMIT",
    "postgresql": "one auto-committed writable CTE",
}


def main() -> None:
    for line in table(measure(quick=False), ()):
        print(line)


def measure(quick: bool) -> list[dict[str, Any]]:
    """The floor alone, without an act in between."""
    rng, told = random.Random(7), []
    with places() as both:
        for beside in map(Beside, both):
            beats = [beside.beat(json.dumps(answer(rng), ensure_ascii=False)) for _ in range(60 if quick else 1100)][
                20:
            ]
            beside.close()
            engines, floors = map(list, zip(*beats, strict=True))
            told.append(row("floor", beside.db, floors, floors, KINDS[beside.db], engines))
    return told


def timed(work: Callable[..., object], *given: object) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work(*given)
    return (time.perf_counter() - began) * 1000


class Beside:
    """The stock engine in memory and the floor, in turn; one for a database, whatever is timed there."""

    def __init__(self, place: Place) -> None:
        self.db = place.db
        self.floor, self.close = _floor(place.url("floor"))
        self.completions = completions()

    def beat(self, form: str) -> tuple[float, float]:
        """Milliseconds of a completion of the stock engine in memory, and of the floor."""
        worked = next(self.completions)
        return worked, timed(self.floor, form)


@dataclass
class Account:
    """A row in the making: acts that were timed, and after each of them the stock engine in memory and the floor."""

    name: str
    beside: Beside
    took: list[float] = field(default_factory=list)
    engines: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)

    def add(self, milliseconds: float, form: str, *, counts: bool = True) -> None:
        """An act, and what is timed beside it. counts: False while everything is still getting warm."""
        worked, least = self.beside.beat(form)
        if counts:
            self.took.append(milliseconds)
            self.engines.append(worked)
            self.floors.append(least)

    def row(self, **more: Any) -> dict[str, Any]:
        kind = KINDS[self.beside.db]
        return row(self.name, self.beside.db, self.took, self.floors, kind, self.engines, **more)


def completions() -> Iterator[float]:
    """Milliseconds of one completion of W1 after another, in memory, case after case."""
    specs, rng = engine.parse("W1", w1()), random.Random(11)
    while True:
        workflow = engine.begun(specs)
        while (task := engine.waiting(workflow)) is not None:
            form = answer(rng)
            spent = timed(engine.complete, workflow, task, form)
            if task.task_spec.name != engine.UNCOUNTED:
                yield spent


# ---------------------------------------------------------------- the two floors
def sqlite_floor(url: str) -> Floor:
    """In a file of its own beside the database: a second connection to the same file would empty the first one's cache."""
    return _sqlite(url)[0]


def postgresql_floor(url: str) -> Floor:
    """In the database itself."""
    return _postgresql(url)[0]


def _floor(url: str) -> tuple[Floor, Callable[[], None]]:
    return _sqlite(url) if url.startswith("sqlite") else _postgresql(url)


def _sqlite(url: str) -> tuple[Floor, Callable[[], None]]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///") + "-floor", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE floor_events (id INTEGER PRIMARY KEY, task INTEGER, body TEXT)")
    connection.execute("CREATE TABLE floor_tasks (id INTEGER PRIMARY KEY, state TEXT)")
    connection.executemany("INSERT INTO floor_tasks VALUES (?, '')", [(n,) for n in range(TASKS)])
    keys = _keys()

    def floor(form: str) -> None:
        key = next(keys)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO floor_events (task, body) VALUES (?, ?)", (key, form))
        connection.execute("UPDATE floor_tasks SET state = ? WHERE id = ?", (form[:20], key))
        connection.execute("COMMIT")

    return floor, connection.close


def _postgresql(url: str) -> tuple[Floor, Callable[[], None]]:
    connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
    connection.prepare_threshold = 1
    connection.execute("CREATE TABLE floor_events (id BIGSERIAL PRIMARY KEY, task BIGINT, body TEXT)")
    connection.execute("CREATE TABLE floor_tasks (id BIGINT PRIMARY KEY, state TEXT)")
    connection.execute("INSERT INTO floor_tasks SELECT n, '' FROM generate_series(0, %s) n", (TASKS - 1,))
    connection.execute("ANALYZE floor_tasks")
    keys = _keys()
    both = (
        "WITH told AS (INSERT INTO floor_events (task, body) VALUES (%s, %s))"
        " UPDATE floor_tasks SET state = %s WHERE id = %s"
    )

    def floor(form: str) -> None:
        key = next(keys)
        connection.execute(both, (key, form, form[:20], key))

    return floor, connection.close


def _keys() -> Iterator[int]:
    """Task after task, never the same one twice in a row."""
    key = 0
    while True:
        key = (key + 389) % TASKS
        yield key


if __name__ == "__main__":
    main()
