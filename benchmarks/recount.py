"""How long it takes until all open dates follow a new holiday notice, and how long an act waits meanwhile.

    .venv/bin/python -m benchmarks.recount [CASES]

Method. The demo hall, on a real disk (see `places.py`). One real case of GH02 is accepted through the engine in December and
copied until CASES (33,334) cases with three running clocks each are open: a hundred thousand. The statutory limit of each
reaches into January; then the notice for the next year comes in through the service layer, and the jobs run until nothing is
left to do: every clock is counted anew, of every case one due day moves, which is journalled. Meanwhile another process
claims a task and gives it back, again and again, each an act of its own; before it did the same for a while alone.

* *recount*: the whole, in milliseconds; the bar is a minute for a hundred thousand clocks.
* *recount act*: how long the longest of those acts took; beside it the longest when nothing else ran (`alone_ms`): what the
  machine does by itself. The bar is 100 ms.

At the end a sample of the cases is verified, and a second recount finds nothing to do.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import sqlalchemy as sa

from engine.cases import claim, give_back
from engine.people import officer_by_login
from engine.store import Database, tables
from engine.supervision import publish_notice, round_of_duties
from tests.hall import Hall
from tests.next_year import NEXT_YEAR

from .copies import flaws, multiply, sample
from .places import Place, places
from .sweep import opened

CASES, CLOCKS_OF_A_CASE, ALONE = 33_334, 3, 3.0
FILED, MINUTE, LONGEST = "2026-12-08", 60_000, 100
NOTICE = {**NEXT_YEAR, "issued_on": FILED, "holds_from": FILED}


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    for row in _measured(cases):
        print(row)


def measure(quick: bool) -> list[dict[str, Any]]:
    return list(_measured(CASES // 50 if quick else CASES))


def _measured(cases: int) -> Iterator[dict[str, Any]]:
    with places() as both:
        for place in both:
            yield from _of(place, cases)


def _of(place: Place, cases: int) -> Iterator[dict[str, Any]]:
    url = place.url("recount")
    hall = opened(url).at(FILED)
    other = hall.accepted()
    case_id = hall.accepted()
    copies = multiply(hall, case_id, cases - 2)
    task = hall.task(other, "review").id
    hall.at(FILED, "10:00")
    ours, theirs = multiprocessing.Pipe()
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(url, task, hall.now, theirs), daemon=True)
    worker.start()
    ours.recv()
    time.sleep(ALONE)
    ours.send("")
    alone = ours.recv()
    began, busy = time.perf_counter(), time.process_time()
    with hall.database.writing() as tx:
        publish_notice(tx, hall.office, NOTICE, officer_by_login(tx, "feng"), hall.now)
    published = time.perf_counter() - began
    round_of_duties(hall.database, lambda: hall.now)
    took, busy = time.perf_counter() - began, time.process_time() - busy
    ours.send("")
    acts = ours.recv()
    worker.join()
    _all_is_told(hall, cases, sample(copies))
    whole = {"cases": cases, "clocks": cases * CLOCKS_OF_A_CASE, "busy_ms": busy * 1000, "publish_ms": published * 1000}
    most = MINUTE * cases / CASES
    yield {
        "name": "recount",
        "db": place.db,
        "median_ms": took * 1000,
        "bar": f"≤ {most:.0f} ms",
        "met": took * 1000 <= most,
        **whole,
    }
    longest = {"alone_ms": max(alone), "acts": len(acts), "p99_ms": sorted(acts)[len(acts) * 99 // 100]}
    met = max(acts) <= LONGEST
    yield {
        "name": "recount act",
        "db": place.db,
        "median_ms": max(acts),
        "bar": f"≤ {LONGEST} ms",
        "met": met,
        **longest,
    }
    hall.database.close()


def _work(url: str, task: int, now: datetime, told: Connection) -> None:
    """Claim a task and give it back until somebody asks; twice: alone and beside the recount."""
    database = Database.open(url)
    with database.reading() as tx:
        qian = officer_by_login(tx, "qian")
    _turn(database, qian, task, now)  # prepares the statements
    told.send("")
    for _ in range(2):
        acts = list[float]()
        while not told.poll():
            acts += _turn(database, qian, task, now)
        told.recv()
        told.send(acts)
    database.close()


def _turn(database: Database, who: Any, task: int, now: datetime) -> list[float]:
    """Milliseconds of two acts."""
    took = []
    for act in (claim, give_back):
        began = time.perf_counter()
        with database.writing() as tx:
            act(tx, who, task, now=now)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _all_is_told(hall: Hall, cases: int, some: Any) -> None:
    j, c = tables.journal, tables.clocks
    with hall.database.reading() as tx:
        told = tx.value(sa.select(sa.func.count()).where(j.c.act == "recount"))
        open_ = tx.value(sa.select(sa.func.count()).where(c.c.state == "running", c.c.provisional))
    assert told in (cases, cases - 1), "the one that is worked on may be counted by an act"
    assert open_ == 0
    assert flaws(hall, some) == []


if __name__ == "__main__":
    main()
