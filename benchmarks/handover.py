"""What it costs an act to leave a job behind: in the table alone, or handed over to Procrastinate in the same transaction.

    .venv/bin/python -m benchmarks.handover [ACTS]

Method. A private PostgreSQL (fsync on) with the tables alone. An act here is one transaction that inserts a row of `heartbeats`, leaves
one job and commits. ACTS (400) of them are done by one thread and by sixteen, each way in turn, four turns; printed are the medians
of the acts a second. Then so many jobs that are to wait until tomorrow are given to Procrastinate itself, as its own manual would have
it, and one that is due: the median milliseconds in which it finds that one.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from datetime import UTC, datetime

import sqlalchemy as sa

from engine.store import Database, jobs, migrate, tables
from tests.postgres import Cluster

ACTS, TURNS, WAITING = 400, 4, (0, 10_000, 100_000)
NOW = datetime(2026, 6, 10, 1, 30, tzinfo=UTC)


def main() -> None:
    acts = int(sys.argv[1]) if len(sys.argv) > 1 else ACTS
    cluster = Cluster.start(durable=True)
    try:
        cluster.sql("CREATE DATABASE handover")
        database = Database.open(cluster.url("handover"))
        migrate(database)
        for threads in (1, 16):
            found: dict[str, list[float]] = {jobs.TABLE: [], jobs.PROCRASTINATE: []}
            for turn in range(TURNS + 1):
                for carrier, rates in found.items():
                    jobs.carry_by(database, carrier)
                    rate = acts_a_second(database, acts, threads, f"{carrier}-{threads}-{turn}")
                    rates.extend([rate] * bool(turn))  # the first turn prepares statements
            told = ", ".join(f"{carrier} {statistics.median(rates):.0f}" for carrier, rates in found.items())
            print(f"acts a second by {threads} threads: {told}", flush=True)
        for waiting in WAITING:
            print(
                f"finding the one that is due among {waiting} that wait: {fetched(database, waiting):.2f} ms",
                flush=True,
            )
        database.close()
    finally:
        cluster.stop()


def acts_a_second(database: Database, acts: int, threads: int, name: str) -> float:
    def work(mine: int) -> None:
        for n in range(acts // threads):
            with database.writing() as tx:
                tx.insert(tables.heartbeats, name=f"{name}-{mine}-{n}", at=NOW)
                jobs.enqueue(tx, "notice", run_at=NOW, payload={"n": n})

    together = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    began = time.perf_counter()
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    return acts / (time.perf_counter() - began)


def fetched(database: Database, waiting: int) -> float:
    """The last of them is due. None is taken: what is found is rolled back."""
    defer = sa.text(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, scheduled_at)"
        " SELECT 'q', 't', 'case:' || n, now() + interval '1 day' FROM generate_series(1, :waiting) n"
    )
    with database.writing() as tx:
        tx.execute(sa.text("TRUNCATE procrastinate_jobs CASCADE"))
        tx.execute(defer, {"waiting": waiting})
        tx.execute(sa.text("INSERT INTO procrastinate_jobs (queue_name, task_name, lock) VALUES ('q', 't', 'case:0')"))
        tx.execute(sa.text("ANALYZE procrastinate_jobs"))
    took = []
    for _ in range(7):
        with database.engine.connect() as connection:
            began = time.perf_counter()
            row = connection.execute(sa.text("SELECT id FROM procrastinate_fetch_job_v2(ARRAY['q'], NULL)")).one()
            took.append((time.perf_counter() - began) * 1000)
            assert row.id is not None
            connection.rollback()
    return statistics.median(took)


if __name__ == "__main__":
    main()
