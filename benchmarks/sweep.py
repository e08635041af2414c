"""What it costs that lamps turn by themselves: finding the clocks that are due, and turning their lamps.

    .venv/bin/python -m benchmarks.sweep [CASES [CLOCKS]]

Method. The demo hall in a temporary database, on SQLite (WAL, synchronous=FULL) and on a private PostgreSQL with its own
settings (fsync on). One real case of GH02 is accepted through the engine and copied CASES (100,000) times; at 09:00 of the
next morning the lamp of one clock of each is due to turn yellow, and with it that of the task. Around them lie so many
clocks of other cases, due later, that there are CLOCKS (1,000,000) in all. Then:

* *sweep find*: the next thousand due clocks, as the sweep asks for them, the median of FINDS times;
* *sweep flag*: the sweep itself, which turns them all, as it runs in an office, ROUND cases after another; between two
  rounds the *floor* FLOORS times, one after another like the sweep's own: one event INSERT, one row UPDATE, COMMIT (see
  complete.py). The ratio is the median over the rounds of the time per case, by the median of all floors.

At the end every case has been flagged once, and the chains of a sample are verified.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.demo import fill
from engine.store import Database, migrate, tables
from engine.supervision.sweep import due, sweep
from tests.hall import FOUNDED, Hall
from tests.postgres import Cluster

from .complete import postgresql_floor, sqlite_floor, timed
from .copies import flaws, multiply, sample, settle

CASES, CLOCKS, ROUND, FLOORS, FINDS = 100_000, 1_000_000, 200, 40, 25
ACCEPTED = "2026-06-01"
DUE = datetime.fromisoformat("2026-06-02T09:00:00+08:00")
FORM = "条" * 350


def main() -> None:
    given = [int(one) for one in sys.argv[1:]]
    for row in _measured(*given, *(CASES, CLOCKS)[len(given) :]):
        print({name: round(one, 3) if isinstance(one, float) else one for name, one in row.items()})


def measure(quick: bool = False) -> list[dict[str, Any]]:
    """The rows of benchmarks/run. quick: a fiftieth of it, to see that it runs."""
    return _measured(CASES // 50, CLOCKS // 50) if quick else _measured(CASES, CLOCKS)


def _measured(cases: int, clocks: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, addresses(Path(folder), "sweep") as urls:
        return [row for url in urls for row in _of(url, cases, clocks)]


@contextmanager
def addresses(folder: Path, name: str) -> Iterator[list[str]]:
    """An SQLite file and a database of a private PostgreSQL."""
    cluster = Cluster.start(durable=True)
    cluster.sql(f"CREATE DATABASE {name}")
    try:
        yield [f"sqlite:///{folder / name}.db", cluster.url(name)]
    finally:
        cluster.stop()


def _of(url: str, cases: int, clocks: int) -> Iterator[dict[str, Any]]:
    hall = opened(url).at(ACCEPTED)
    case_id = hall.accepted()
    copies = multiply(hall, case_id, cases - 1)
    _surround(hall, case_id, clocks - 3 * cases)
    hall.now = DUE
    floor = (sqlite_floor if url.startswith("sqlite") else postgresql_floor)(url)
    found = [timed(_find, hall) for _ in range(FINDS + 1)][1:]
    turned, floors, spent = list[float](), [timed(floor, FORM) for _ in range(FLOORS)], 0.0
    while True:
        busy, began = time.process_time(), time.perf_counter()
        done = sweep(hall.database, hall.now, most=ROUND)
        took = (time.perf_counter() - began) * 1000
        if done < ROUND:
            break
        spent += time.process_time() - busy
        turned.append(took / done)
        floors += [timed(floor, FORM) for _ in range(FLOORS)]
    _all_is_told(hall, cases, sample(copies))
    least = statistics.median(floors)
    one = {"db": hall.database.dialect, "floor_ms": least}
    yield {"name": "sweep find", **one, "median_ms": statistics.median(found), "ratio": None}
    middle = statistics.median(turned)
    cpu = spent * 1000 / (len(turned) * ROUND)
    yield {"name": "sweep flag", **one, "median_ms": middle, "ratio": middle / least, "cpu_ms": cpu}
    hall.database.close()


def opened(url: str) -> Hall:
    """The demo hall."""
    database = Database.open(url)
    migrate(database)
    fill(database, FOUNDED)
    return Hall(database)


def _find(hall: Hall) -> None:
    with hall.database.reading() as tx:
        assert len(due(tx, hall.now, None, 1000)) == 1000


def _all_is_told(hall: Hall, cases: int, some: Any) -> None:
    j, n = tables.journal, tables.jobs
    with hall.database.reading() as tx:
        told = tx.value(sa.select(sa.func.count()).where(j.c.act == "flag"))
        left = tx.value(sa.select(sa.func.count()).where(n.c.kind == "notice"))
    assert told == left == cases, (told, left)
    assert flaws(hall, some) == []


def _surround(hall: Hall, case_id: int, clocks: int) -> None:
    """Clocks of other cases that are due later: three of a case, over the next sixty days."""
    if clocks <= 0:
        return
    numbers = "WITH RECURSIVE k (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {most})"
    with hall.database.writing() as tx:
        first = tx.value(sa.select(sa.func.max(tables.cases.c.id)))
        own = {"id": f"{first} + k.n", "case_no": "'GH02-2027-' || k.n", "journal_n": "0", "journal_hash": "''"}
        _spread(tx, tables.cases, numbers.format(most=-(-clocks // 3)), own, f"m.id = {case_id}")
        later = "m.alert_at + " + ("1" if tx.dialect == "sqlite" else "interval '1 microsecond'")
        own = {
            "id": "10000000 + k.n * 10 + m.id % 10",
            "case_id": f"{first} + k.n",
            "subject": "CASE m.kind WHEN 'step' THEN 'task:' || (100000000 + k.n) ELSE '' END",
            "alert_at": f"{later} * (CAST(86400000000 AS BIGINT) + k.n * CAST(7919000000 AS BIGINT) % 5184000000000)",
        }
        running = f"m.case_id = {case_id} AND m.state = 'running'"
        _spread(tx, tables.clocks, numbers.format(most=-(-clocks // 3)), own, running)
    settle(hall.database)


def _spread(tx: Any, table: sa.Table, numbers: str, own: dict[str, str], which: str) -> None:
    names = ", ".join(c.name for c in table.c)
    values = ", ".join(own.get(c.name, f"m.{c.name}") for c in table.c)
    tx.execute(
        sa.text(f"INSERT INTO {table.name} ({names}) {numbers} SELECT {values} FROM {table.name} m, k WHERE {which}")
    )


if __name__ == "__main__":
    main()
