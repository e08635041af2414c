"""How many completions a second, and what happens when many officers work at once.

    .venv/bin/python -m benchmarks.load [CASES]

Method. Service layer, no HTTP: benchmarks/http says what that adds. On PostgreSQL (private, fsync on) two processes of eight
threads, on SQLite (WAL, synchronous=FULL) one process of sixteen threads, as the product serves on each. Every thread works
CASES cases of W1 of its own, phase by phase (intake; five departments; three signers; decision; certificate): the tasks of a
phase are claimed first, outside the clock; then all threads begin at once and complete them. `per_second` is the number of
completions by the time from that beginning to the end of the slowest thread, over all phases; clients and database share
the machine. Everything is worked twice, and only the second time counts: as in benchmarks/complete the first prepares (a
connection to PostgreSQL plans a statement ten times before it keeps the plan, and a hall's server has done that long ago).
`median_ms` and `p99_ms` are of single completions in that crowd.

*One case*: sixteen officers at once, each with his claimed task of the same case, sixteen times over; what is refused for a
conflict is tried again. `attempts` is how often a completion was begun for each that succeeded.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from api.app import set_aside
from engine.cases import claim, complete
from engine.catalogue import publish
from engine.errors import NotNow, NotReady
from engine.people import office_by_code, officer_by_login
from engine.store import Database, tables
from tests.drawings import matter
from tests.hall import FOUNDED, Hall
from tests.postgres import Cluster

from .work import BY_KIND, FORM, NOW, REVIEWERS, answer, hall

CASES = 10
THREADS = 16
PHASES = 5
Finish = tuple[Any, int, str, dict[str, Any]]
"""Who completes which task with which outcome and answers."""


def main() -> None:
    for row in measure(quick=False, cases=int(sys.argv[1]) if len(sys.argv) > 1 else CASES):
        print(json.dumps(row, ensure_ascii=False))


def measure(quick: bool, cases: int = CASES) -> list[dict[str, Any]]:
    """Rows of both databases: many cases, and one case. Times in milliseconds."""
    cases, rounds = (2, 4) if quick else (cases, 16)
    cluster = Cluster.start(durable=True)
    cluster.sql("CREATE DATABASE load")
    try:
        with tempfile.TemporaryDirectory() as folder:
            return [
                *_loaded(f"sqlite:///{folder}/load.db", 1, cases, rounds),
                *_loaded(cluster.url("load"), 2, cases, rounds),
            ]
    finally:
        cluster.stop()


def _loaded(url: str, processes: int, cases: int, rounds: int) -> list[dict[str, Any]]:
    made = hall(url)
    _add_one_for_all(made)
    made.database.close()
    own = {"db": "sqlite" if url.startswith("sqlite") else "postgresql", "processes": processes, "threads": THREADS}
    many = _crowd(url, processes, _own_cases, cases)
    together = _crowd(url, processes, _one_case, rounds)
    return [
        {"name": "load W1", **own, **_told(many)},
        {"name": "load one case", **own, **_told(together), "attempts": round(_attempts(together), 3)},
    ]


# ---------------------------------------------------------------- the crowd
Spell = tuple[int, float, float, list[float], int]
"""One thread in one phase: the phase, when it began and ended, how long each completion took, how often it tried."""
Work = Callable[["Crowd", int, int], Iterator[list[Finish]]]


class Crowd:
    """The threads of all processes, which begin each phase together. The machine's monotonic clock is one for all processes."""

    def __init__(self, url: str, barrier: Any, work: Work, size: int) -> None:
        self.barrier, self.size = barrier, size
        self.hall = Hall(Database.open(url, lock_seconds=60), NOW)
        self.work = work
        self.spells: list[Spell] = []
        with self.hall.database.reading() as tx:
            self.windows = {w.id: w.code for w in tx.rows(tables.windows.select())}

    def run(self, first: int, threads: int) -> None:
        lines = [threading.Thread(target=self._thread, args=(first + n,)) for n in range(threads)]
        for line in lines:
            line.start()
        for line in lines:
            line.join()
        self.hall.database.close()

    def _thread(self, number: int) -> None:
        try:
            for counts in (False, True):
                for phase, finishes in enumerate(self.work(self, number, self.size)):
                    self.barrier.wait()
                    spell = (phase, *self._finish(finishes))
                    self.spells += [spell] if counts else []
                    self.barrier.wait()
        except threading.BrokenBarrierError:
            return
        except BaseException:
            self.barrier.abort()  # nobody waits for one who has fallen
            raise

    def _finish(self, finishes: Sequence[Finish]) -> tuple[float, float, list[float], int]:
        took, tried = [], 0
        began = time.monotonic()
        for who, task_id, outcome, answers in finishes:
            one = time.monotonic()
            while True:
                tried += 1
                try:
                    with self.hall.database.writing() as tx:
                        complete(tx, who, task_id, outcome, answers=answers, details={}, now=NOW)
                    break
                except (NotNow, NotReady):
                    if tried > 1000:
                        raise
            took.append((time.monotonic() - one) * 1000)
        return began, time.monotonic(), took, tried

    def claimed(self, case_id: int) -> list[Any]:
        """Every open task of a case, each now with who will finish it, and what he needs for that."""
        taken = []
        for task in [t for t in self.hall.rows(tables.tasks, case_id) if t.state == "open"]:
            login, outcome = BY_KIND.get(task.kind, (REVIEWERS[self.windows[task.window_id]], "pass"))
            with self.hall.database.writing() as tx:
                who = officer_by_login(tx, login)
                claim(tx, who, task.id, now=NOW)
            taken.append((who, task.id, outcome, bool(task.form)))
        return taken


def _crowd(url: str, processes: int, work: Work, size: int) -> list[Spell]:
    own = multiprocessing.get_context("spawn")
    barrier, told = own.Barrier(THREADS), own.SimpleQueue()
    share = THREADS // processes
    crowd = [
        own.Process(target=_part, args=(url, barrier, told, work, size, n * share, share)) for n in range(processes)
    ]
    for one in crowd:
        one.start()
    spells = [spell for _ in crowd for spell in told.get()]
    for one in crowd:
        one.join()
    assert not any(one.exitcode for one in crowd)
    return spells


def _part(url: str, barrier: Any, told: Any, work: Work, size: int, first: int, threads: int) -> None:
    crowd = Crowd(url, barrier, work, size)
    set_aside()  # as the server does before it answers anybody
    crowd.run(first, threads)
    told.put(crowd.spells)


def _told(spells: Sequence[Spell]) -> dict[str, Any]:
    took = sorted(one for spell in spells for one in spell[3])
    seconds = 0.0
    for phase in {spell[0] for spell in spells}:
        mine = [spell for spell in spells if spell[0] == phase]
        seconds += max(spell[2] for spell in mine) - min(spell[1] for spell in mine)
    return {
        "median_ms": round(statistics.median(took), 2),
        "p99_ms": round(took[int(len(took) * 0.99)], 2),
        "per_second": round(len(took) / seconds, 1),
        "count": len(took),
    }


def _attempts(spells: Sequence[Spell]) -> float:
    return sum(spell[4] for spell in spells) / sum(len(spell[3]) for spell in spells)


# ---------------------------------------------------------------- what they do
def _own_cases(crowd: Crowd, number: int, cases: int) -> Iterator[list[Finish]]:
    rng = random.Random(number)
    ids = [crowd.hall.file("W1").case_id for _ in range(cases)]
    for _ in range(PHASES):
        yield [
            (who, task, outcome, answer(rng) if form else {})
            for case_id in ids
            for who, task, outcome, form in crowd.claimed(case_id)
        ]


def _one_case(crowd: Crowd, number: int, rounds: int) -> Iterator[list[Finish]]:
    """The first thread files the case, accepts it and claims; then each has the task of his number."""
    rng = random.Random(number)
    for _ in range(rounds):
        if number == 0:
            case_id = crowd.hall.file("ALL").case_id
            ((who, task, outcome, _),) = crowd.claimed(case_id)
            crowd.hall.completes(who.login, task, outcome, {})
            crowd.claimed(case_id)
        crowd.barrier.wait()
        with crowd.hall.database.reading() as tx:
            c, t = tables.cases, tables.tasks
            newest = tx.value(sa.select(sa.func.max(c.c.id)))
            mine = [
                r for r in tx.rows(t.select().where(t.c.case_id == newest).order_by(t.c.id)) if r.state == "claimed"
            ]
        yield [(crowd.hall.officer("qian"), mine[number].id, "pass", answer(rng))]


def _add_one_for_all(made: Hall) -> None:
    """A matter in which sixteen departments have their say at once."""
    nodes = " ".join(f"dept{n}:review@nr-1~2wd#opinion(pass)" for n in range(THREADS))
    flows = " ".join(f"split>dept{n} dept{n}>join" for n in range(THREADS))
    bundle = matter(
        "ALL",
        f"filed:start intake:intake(accept) split:p {nodes} join:p decide:decide(grant) deliver:deliver end:end",
        f"filed>intake intake>split {flows} join>decide decide>deliver deliver>end",
        promised=15,
    )
    bundle["forms/opinion.json"] = json.dumps(FORM).encode()
    with made.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), bundle, officer_by_login(tx, "wu"), "benchmark", FOUNDED)


if __name__ == "__main__":
    main()
