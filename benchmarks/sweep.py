"""What it costs that lamps turn by themselves: finding the clocks that are due, and turning their lamps.

    .venv/bin/python -m benchmarks.sweep [CASES [CLOCKS]]

Method. The demo hall in a temporary database, on SQLite (WAL, synchronous=FULL) and on a private PostgreSQL with its own
settings (fsync on). One real case of GH02 is accepted through the engine and copied CASES (100,000) times; at 09:00 of the
next morning the lamp of one clock of each is due to turn yellow, and with it that of the task. Around them lie so many
clocks of other cases, due later, that there are CLOCKS (1,000,000) in all. Then:

* *sweep find*: the next thousand due clocks, as the sweep asks for them, the median of FINDS times;
* *sweep flag*: the sweep itself, as it runs in an office, ROUND cases a round; between two rounds, as everywhere here, the
  stock engine completes a task in memory and the floor is timed. A row is made of the rounds' time per case.

At the end every case has been flagged once, and the chains of a sample are verified.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from api.demo import fill
from engine.store import Database, migrate, tables
from engine.supervision.sweep import due, sweep
from tests.hall import FOUNDED, Hall

from .copies import flaws, multiply, sample, settle
from .floor import Account, Beside, timed
from .places import Place, places
from .rows import floors, table

CASES, CLOCKS, ROUND, FINDS = 100_000, 1_000_000, 100, 25
ACCEPTED = "2026-06-01"
DUE = datetime.fromisoformat("2026-06-02T09:00:00+08:00")
FORM = "条" * 350
LONGEST, FLOORS = 5, 1.5


def main() -> None:
    given = [int(one) for one in sys.argv[1:]]
    rows = list(_measured(*given, *(CASES, CLOCKS)[len(given) :]))
    for line in table(rows, ()):
        print(line)
    for row in rows:
        print(row)


def measure(quick: bool) -> list[dict[str, Any]]:
    """quick: a fiftieth of it, to see that it runs."""
    return list(_measured(CASES // 50, CLOCKS // 50) if quick else _measured(CASES, CLOCKS))


def _measured(cases: int, clocks: int) -> Iterator[dict[str, Any]]:
    with places() as both:
        for place in both:
            yield from _of(place, cases, clocks)


def _of(place: Place, cases: int, clocks: int) -> Iterator[dict[str, Any]]:
    hall, beside = opened(place.url("sweep")).at(ACCEPTED), Beside(place)
    case_id = hall.accepted()
    copies = multiply(hall, case_id, cases - 1)
    _surround(hall, case_id, clocks - 3 * cases)
    hall.now = DUE
    finding, flagging = Account("sweep find", beside), Account("sweep flag", beside)
    for n in range(FINDS):
        finding.add(timed(_find, hall), FORM, counts=n > 0)
    busy, turned = 0.0, 0
    while True:
        since, began = time.process_time(), time.perf_counter()
        done = sweep(hall.database, hall.now, most=ROUND)
        took = (time.perf_counter() - began) * 1000
        if not done:
            break
        busy, turned = busy + time.process_time() - since, turned + done
        flagging.add(took / done, FORM, counts=turned > ROUND)
    _all_is_told(hall, cases, sample(copies))
    found = finding.row(bar=f"≤ {LONGEST} ms", met=statistics.median(finding.took) <= LONGEST, clocks=clocks)
    flagged = flagging.row(cases=cases, busy_ms=round(busy * 1000 / turned, 4))
    verdict = floors("sweep flag", FLOORS, place.db, flagged)
    yield found
    yield {**flagged, "bar": f"≤ {FLOORS:g} floors ({verdict.seen})", "met": verdict.met}
    beside.close()
    hall.database.close()


def opened(url: str) -> Hall:
    """The demo hall."""
    database = Database.open(url)
    migrate(database)
    fill(database, FOUNDED)
    return Hall(database)


def _find(hall: Hall) -> None:
    with hall.database.reading() as tx:
        assert len(due(tx, hall.now, None, 1000).found) == 1000


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
        own = {"id": f"{first} + k.n", "case_no": "'GH02-2027-' || k.n"}
        _spread(tx, tables.cases, numbers.format(most=-(-clocks // 3)), own, f"m.id = {case_id}")
        own = {"case_id": f"{first} + k.n", "journal_n": "0", "journal_hash": "''"}
        _spread(tx, tables.processes, numbers.format(most=-(-clocks // 3)), own, f"m.case_id = {case_id}")
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
