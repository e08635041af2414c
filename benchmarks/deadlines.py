"""How long many deadlines that come at once wait for the workers, one of whom is killed.

    .venv/bin/python -m benchmarks.deadlines [DEADLINES] [--workers N] [--jobs table|procrastinate]

Method. The demo hall on a private PostgreSQL (fsync on); one real case of GH02 is filed and accepted through the engine sixty
days ago, and its rows are copied in bulk until DEADLINES (100,000) cases lie there, each with its promised, its statutory and
its step clock and an open task. The moment to look at the promised clock falls, evenly spread, into one minute that begins
a few seconds from now. Three processes `lianshen worker` wait for it with the machine's own clock. When half of the lamps
have turned one of the workers is killed with signal 9, and nobody takes its place. Timed are the seconds from the first
deadline until the last lamp has turned (--notices: until the last notice is delivered, too); counted are flags, which must be one a case,
and the processor time that the workers and the database took for one of them, which other work on the machine does not
lengthen. Chains of some cases are verified.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.demo import fill
from engine.store import Database, journal, migrate, tables
from tests.hall import FOUNDED, Hall
from tests.journeys.processes import LIANSHEN, environment
from tests.postgres import Cluster

DEADLINES = 100_000
MINUTE, PATIENCE = 60, 120
LEAD = 10
"""Seconds until the first deadline: the workers must be awake."""


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("deadlines", type=int, nargs="?", default=DEADLINES)
    asked.add_argument("--within", type=float, default=MINUTE, help="seconds over which they are spread")
    asked.add_argument("--workers", type=int, default=3)
    asked.add_argument("--jobs", default="table", help="by what the jobs are brought: table or procrastinate")
    asked.add_argument("--notices", action="store_true", help="wait until all are told, too: many minutes for many")
    print(json.dumps(_measured(asked.parse_args()), ensure_ascii=False))


def measure(quick: bool) -> list[dict[str, Any]]:
    """One row: milliseconds of the clock for each deadline, all workers together."""
    fewer = {"deadlines": 1000, "within": 1} if quick else {"deadlines": DEADLINES, "within": MINUTE}
    return [_measured(argparse.Namespace(**fewer, workers=3, jobs="table", notices=quick))]


def _measured(asked: argparse.Namespace) -> dict[str, Any]:
    cluster = Cluster.start(durable=True)
    cluster.sql("CREATE DATABASE deadlines")
    database = Database.open(cluster.url("deadlines"))
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _timed(cluster, database, Path(folder), asked)
    finally:
        database.close()
        cluster.stop()


def _timed(cluster: Cluster, database: Database, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    migrate(database)
    fill(database, FOUNDED)
    now = datetime.now(UTC)
    hall = Hall(database, now - timedelta(60))
    hall.accepted()
    hall.now = now
    hall.duties()
    first = copy(hall, asked.deadlines)
    with ExitStack() as running:
        begun = [running.enter_context(worker(database, folder, n, asked.jobs)) for n in range(asked.workers)]
        due_from = datetime.now(UTC) + timedelta(seconds=LEAD)
        _set_deadlines(database, first, due_from, asked)
        time.sleep(LEAD / 2)
        spent = Spent(cluster, asked.deadlines)
        _until(lambda: _due(database) <= asked.deadlines / 2)
        begun[0].send_signal(signal.SIGKILL)
        killed_at = _since(due_from)
        _until(lambda: not _due(database))
        took, flagging = _since(due_from), spent.so_far()
        told = {}
        if asked.notices:
            _until(lambda: not _unfinished(database))
            told = {"notices_out_after_s": round(_since(due_from), 1), "processor_ms_with_its_notice": spent.so_far()}
        for process in begun[1:]:
            process.terminate()
            process.wait()
    flags, cases, breaks = _counted(database, due_from)
    return {
        "name": f"{asked.deadlines} deadlines, {asked.workers} workers, one killed",
        "db": "postgresql",
        "median_ms": round(took * 1000 / asked.deadlines, 4),
        "bar": f"each flagged once, all within {PATIENCE} s",
        "met": took <= PATIENCE and flags == cases == asked.deadlines and not breaks,
        "seconds": round(took, 1),
        "killed_after_s": round(killed_at, 1),
        "flags": flags,
        "cases": cases,
        "still_due": _due(database),
        "breaks": breaks,
        "processor_ms_of_a_flag": flagging,
        **told,
        "jobs": asked.jobs,
    }


class Spent:
    """Milliseconds of processor for each deadline, since it was made."""

    def __init__(self, cluster: Cluster, deadlines: int) -> None:
        self._whose, self._deadlines = {"workers": os.getpid(), "database": cluster.process.pid}, deadlines
        self._before = {name: _processor(parent) for name, parent in self._whose.items()}

    def so_far(self) -> dict[str, float]:
        spent = {name: _processor(parent) - self._before[name] for name, parent in self._whose.items()}
        return {name: round(seconds * 1000 / self._deadlines, 3) for name, seconds in spent.items()}


@contextmanager
def worker(database: Database, folder: Path, number: int, jobs: str) -> Iterator[subprocess.Popen[bytes]]:
    """`lianshen worker`, as on a machine of its own."""
    home = folder / str(number)
    home.mkdir()
    url = database.engine.url.render_as_string(hide_password=False)
    more = {"LIANSHEN_JOBS": jobs} if jobs else {}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [LIANSHEN, "--database", url, "worker"],
            env=environment(home, LIANSHEN_SWEEP_SECONDS="1", LIANSHEN_SECRET="x" * 32, **more),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if said := (home / "log").read_text("utf-8"):
            print(f"worker {number}: {said[-2000:]}")


# ---------------------------------------------------------------- many cases out of one
def copy(hall: Hall, deadlines: int) -> int:
    """Copy the only case until there are so many more. Returns the id of the first copy. The chain of a copy is empty."""
    with hall.database.writing() as tx:
        case_id = tx.value(sa.select(tables.cases.c.id))
        task_id = tx.value(sa.select(tables.tasks.c.id).where(tables.tasks.c.state == "open"))
        n = sa.func.generate_series(1, deadlines).column_valued("n")
        number = sa.cast(n, sa.Text)
        c, p, t, k, d = tables.cases, tables.processes, tables.tasks, tables.clocks, tables.case_departments
        far = hall.now + timedelta(100)
        _copied(
            tx,
            c,
            c.c.id == case_id,
            id=c.c.id + n,
            case_no="GH02-2026-" + sa.cast(900000 + n, sa.Text),
            query_digest=c.c.query_digest + number,
        )
        _copied(tx, p, p.c.case_id == case_id, case_id=p.c.case_id + n, journal_n=0, journal_hash="")
        _copied(tx, d, d.c.case_id == case_id, case_id=d.c.case_id + n)
        _copied(tx, t, t.c.id == task_id, id=t.c.id + n, case_id=t.c.case_id + n)
        step = sa.case((k.c.kind == "step", "task:" + sa.cast(task_id + n, sa.Text)), else_=k.c.subject)
        _copied(
            tx,
            k,
            sa.and_(k.c.case_id == case_id, k.c.state == "running"),
            id=k.c.id + 10 * n,
            case_id=k.c.case_id + n,
            subject=step,
            lamp=sa.case((k.c.kind == "promised", "yellow"), else_=k.c.lamp),
            alert_at=sa.bindparam("far", far, tables.clocks.c.alert_at.type),
        )
    with hall.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    return int(case_id) + 1


def _copied(tx: Any, table: sa.Table, which: Any, **changed: Any) -> None:
    chosen = [sa.type_coerce(changed[c.name], c.type) if c.name in changed else c for c in table.c]
    with warnings.catch_warnings(
        action="ignore", category=sa.exc.SAWarning
    ):  # one row by many numbers is what is meant
        tx.execute(table.insert().from_select([c.name for c in table.c], sa.select(*chosen).where(which)))


def _set_deadlines(database: Database, first: int, due_from: datetime, asked: argparse.Namespace) -> None:
    """One after another in the minute, in another order than the cases were opened."""
    c = tables.clocks
    place = sa.cast((c.c.case_id - first) * 7919 % asked.deadlines, sa.Float)
    with database.writing() as tx:
        start = sa.bindparam("due_from", due_from, c.c.alert_at.type)
        at = start + sa.func.make_interval(0, 0, 0, 0, 0, 0, place * asked.within / asked.deadlines)
        tx.execute(c.update().where(c.c.case_id >= first, c.c.kind == "promised").values(alert_at=at))


# ---------------------------------------------------------------- looking on
def _until(true: Any) -> None:
    while not true():
        time.sleep(0.5)


def _since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


def _due(database: Database) -> int:
    """How many lamps have still to turn."""
    c = tables.clocks
    with database.reading() as tx:
        return int(tx.value(sa.select(sa.func.count()).where(c.c.kind == "promised", c.c.alert_at.is_not(None))))


def _unfinished(database: Database) -> int:
    j = tables.jobs
    with database.reading() as tx:
        return int(
            tx.value(sa.select(sa.func.count()).where(j.c.kind == "notice", j.c.state.in_(["waiting", "running"])))
        )


def _counted(database: Database, due_from: datetime) -> tuple[int, int, int]:
    """Flags, cases that have one, and breaks in the chains of two hundred of them."""
    j = tables.journal
    mine = (j.c.act == "flag", j.c.at >= due_from)
    with database.reading() as tx:
        flags, cases = tx.execute(sa.select(sa.func.count(), sa.func.count(j.c.stream.distinct())).where(*mine)).one()
        streams = [row.stream for row in tx.rows(sa.select(j.c.stream).distinct().where(*mine).limit(200))]
        breaks = [b for s in streams for b in journal.verify(tx, journal.Stream("case", int(s.partition(":")[2])))]
    return flags, cases, len(breaks)


def _processor(parent: int) -> float:
    """Seconds of processor that the children of a process took, those included that have ended."""
    spent = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(entry.name) == parent:
                spent += sum(int(f) for f in fields[13:15])
            elif int(fields[1]) == parent:
                spent += sum(int(f) for f in fields[11:13])
    return spent / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
