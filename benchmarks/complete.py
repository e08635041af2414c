"""What a durable act costs: completing a task, against the least that any system must do.

    .venv/bin/python -m benchmarks.complete [ROUNDS]

Method. The demo hall in a temporary database, on SQLite (WAL, synchronous=FULL) and on a private PostgreSQL (fsync on). In
each round one case of W1 and one of W2 are worked from intake to certificate; each completion is timed from the first
statement to the committed transaction: permission, form, law, process, clocks, tasks, possession, journal, notices. Choosing
and claiming the task and writing the form are outside the clock. After each completion the *floor* is timed on the same
database in the same rhythm: on SQLite BEGIN IMMEDIATE, INSERT of a row with the form, UPDATE of a row by its key, COMMIT; on
PostgreSQL the same as one auto-committed statement (a writable CTE). The ratio is the median of all completions by the
median of all floors of the same run: absolute milliseconds move with the machine.

"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.postgres import Cluster

from .work import Case, answer, finish, hall

ROUNDS = 5
Floor = Callable[[str], None]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder, addresses(Path(folder)) as urls:
        for url in urls:
            measure(url, rounds)


@contextmanager
def addresses(folder: Path) -> Iterator[list[str]]:
    cluster = Cluster.start()
    cluster.sql("CREATE DATABASE complete")
    try:
        yield [f"sqlite:///{folder / 'complete.db'}", cluster.url("complete")]
    finally:
        cluster.stop()


def measure(url: str, rounds: int) -> None:
    made, rng = hall(url), random.Random(7)
    floor = sqlite_floor(url) if url.startswith("sqlite") else postgresql_floor(url)
    took: dict[str, list[float]] = {"W1": [], "W2": []}
    floors: list[float] = []
    for number in range(rounds + 1):
        for matter, times in took.items():
            case = Case(made, matter, rng)
            case.begin()
            for task in case.ready():
                officer = made.officer(task.login)
                spent = timed(finish, made, officer, task)
                least = timed(floor, json.dumps(answer(rng), ensure_ascii=False))
                if number and task.kind != "deliver":  # the first round prepares statements and is left out
                    times.append(spent)
                    floors.append(least)
    least = statistics.median(floors)
    print(f"\n{made.database.dialect}: floor {least:.2f} ms")
    for matter, times in took.items():
        middle, mean = statistics.median(times), statistics.mean(times)
        print(
            f"  complete {matter}: median {middle:.2f} ms, mean {mean:.2f}, {middle / least:.2f} floors, {len(times)} times"
        )
    made.database.close()


def timed(work: Callable[..., object], *given: object) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work(*given)
    return (time.perf_counter() - began) * 1000


def sqlite_floor(url: str) -> Floor:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE floor_events (id INTEGER PRIMARY KEY, body TEXT)")
    connection.execute("CREATE TABLE floor_tasks (id INTEGER PRIMARY KEY, state TEXT)")
    connection.execute("INSERT INTO floor_tasks VALUES (1, '')")

    def floor(form: str) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO floor_events (body) VALUES (?)", (form,))
        connection.execute("UPDATE floor_tasks SET state = ? WHERE id = 1", (form[:20],))
        connection.execute("COMMIT")

    return floor


def postgresql_floor(url: str) -> Floor:
    connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
    connection.execute("CREATE TABLE floor_events (id BIGSERIAL PRIMARY KEY, body TEXT)")
    connection.execute("CREATE TABLE floor_tasks (id BIGINT PRIMARY KEY, state TEXT)")
    connection.execute("INSERT INTO floor_tasks VALUES (1, '')")
    both = (
        "WITH told AS (INSERT INTO floor_events (body) VALUES (%s) RETURNING id)"
        " UPDATE floor_tasks SET state = %s WHERE id = 1"
    )

    def floor(form: str) -> None:
        connection.execute(both, (form, form[:20]))

    return floor


if __name__ == "__main__":
    main()
