"""What it is worth that acts on SQLite share a COMMIT.

    .venv/bin/python -m benchmarks.group [ROUNDS]

Method. One process, 1, 4 and 16 threads, SQLite (WAL, synchronous=FULL) on a real disk; rounds in which acts may share a COMMIT and
rounds in which each has its own go by turns. *act*: the least that an act does (INSERT of a row with a form of about 1.1 KB,
UPDATE of a row by its key) through `Database.writing`. *W1*: completions through the service layer, each thread in cases of its
own, as `load` measures them. `per_second`: acts by wall clock, `cpu_ms`: processor time of the process for each of them (what
no sharing can save), `commits`: how many there were for each act.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa

from engine.store import Database, group, tables
from tests.hall import Hall

from .load import Crowd, _own_cases
from .places import places
from .work import NOW, answer, hall

THREADS = (1, 4, 16)
ACTS, CASES, ROUNDS = 800, 1, 4


@dataclass
class Sum:
    """What the rounds of one row came to; only what happens between `turn` and `turn` counts."""

    took: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    commits: int = 0
    on: bool = False

    def turn(self) -> None:
        sign = -1 if not self.on else 1
        self.seconds += sign * time.perf_counter()
        self.processor += sign * time.process_time()
        self.on = not self.on

    def row(self, name: str, threads: int, shares: bool) -> dict[str, Any]:
        count, ordered = len(self.took), sorted(self.took)
        return {
            "name": f"{name} {threads} threads{'' if shares else ', each its own commit'}",
            "db": "sqlite",
            "median_ms": round(statistics.median(ordered), 3),
            "p99_ms": round(ordered[int(count * 0.99)], 2),
            "per_second": round(count / self.seconds, 1),
            "cpu_ms": round(self.processor / count * 1000, 3),
            "commits": round(self.commits / count, 3),
            "count": count,
        }


Work = Callable[[int, Sum], list[float]]
"""So many threads do something. Returns how long each act took."""


def main() -> None:
    for row in measure(quick=False, rounds=int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS):
        print(json.dumps(row, ensure_ascii=False))


def measure(quick: bool, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Rows of the bare act and of completions of W1. Times in milliseconds."""
    rounds, acts = (2, 160) if quick else (rounds, ACTS)
    with places() as found:
        url = found[0].url("group")
        made = hall(url)
        rows = [
            *_by_turns("act", made.database, rounds, partial(_acts, made.database, acts)),
            *_by_turns("W1", made.database, rounds, partial(_completions, made.database)),
        ]
        made.database.close()
    return rows


def _by_turns(name: str, database: Database, rounds: int, work: Work) -> list[dict[str, Any]]:
    sums = {(threads, shares): Sum() for threads in THREADS for shares in (True, False)}
    for number in range(rounds + 1):
        for (threads, shares), counted in sums.items():
            one = counted if number else Sum()  # the first round prepares statements and is left out
            with _sharing(shares), _commits(database, one):
                one.took += work(threads, one)
    return [one.row(name, threads, shares) for (threads, shares), one in sums.items()]


@contextmanager
def _sharing(shares: bool) -> Iterator[None]:
    most = group.MOST_ACTS
    group.MOST_ACTS = most if shares else 1
    try:
        yield
    finally:
        group.MOST_ACTS = most


@contextmanager
def _commits(database: Database, one: Sum) -> Iterator[None]:
    def one_more(_: Any) -> None:
        one.commits += one.on

    sa.event.listen(database.engine, "commit", one_more)
    try:
        yield
    finally:
        sa.event.remove(database.engine, "commit", one_more)


def _acts(database: Database, acts: int, threads: int, one: Sum) -> list[float]:
    rng = random.Random(7)
    forms = [answer(rng) for _ in range(acts)]
    took: list[float] = []

    def line(number: int) -> None:
        for n in range(number, acts, threads):
            began = time.perf_counter()
            with database.writing() as tx:
                key = f"{began}-{n}"
                tx.insert_once(tables.requests, key=key, fingerprint="", answer=forms[n], at=NOW)
                tx.change(tables.offices, {"code": "lz"}, name=key)
            took.append((time.perf_counter() - began) * 1000)

    lines = [threading.Thread(target=line, args=(n,)) for n in range(threads)]
    one.turn()
    for each in lines:
        each.start()
    for each in lines:
        each.join()
    one.turn()
    return took


def _completions(database: Database, threads: int, one: Sum) -> list[float]:
    crowd = Crowd(str(database.engine.url), threading.Barrier(threads, one.turn), _own_cases, CASES)
    crowd.hall = Hall(database, NOW)
    crowd.run(0, threads)
    return [took for spell in crowd.spells for took in spell[3]]


if __name__ == "__main__":
    main()
