"""Jobs: work that a transaction leaves to be done after it. One port, here with the embedded adapter (a table).

The contract (tests/store/test_jobs.py, every adapter must pass it): enqueued inside the act's transaction, so it
exists exactly when the act does; not before `run_at`; at least once, so a handler must bear a second run; of one case
one at a time and in the order of (run_at, id), a failing one holding back those behind it; a failure is tried again
with growing pauses and at last laid aside as dead, with its error; a dedupe key lets a job in once for ever.

A job whose work lies outside (a call of another system) is an errand: no transaction is open while it is on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from ..errors import NotReady
from .database import Database, Tx
from .tables import jobs

LEASE = timedelta(minutes=5)
ATTEMPTS = 8
ATTEMPTS_OF_ERRANDS = 32
"""An errand itself says when it is given up, and counts what came of it alone: a database that is away for a while, or a worker that
was killed on the way, must not use up the tries of the other side."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    id: int
    kind: str
    case_id: int | None
    payload: Mapping[str, Any]
    run_at: datetime
    attempts: int


class LeaseLost(Exception):
    """This run took longer than its lease and another process has the job now: nothing of it may be kept."""


Handler = Callable[[Tx, Job, datetime], None]


@dataclass(frozen=True)
class Errand:
    """Work with a way outside. `ready` reads what is needed for it; `go` is on its way while no transaction is open; `back` takes
    what it brought in the transaction that ends the job, and says whether the errand is to be done again later, with the pause of
    a failure. `lost`: the same where something was thrown on the way or while it was taken.

    At least once: a process that dies between `go` and `back` is followed by another one that goes again."""

    ready: Callable[[Tx, Job, datetime], Any]
    go: Callable[[Any, datetime], Any]
    back: Callable[[Tx, Job, Any, datetime], bool]
    lost: Callable[[Tx, Job, Exception, datetime], bool]


Duties = Mapping[str, Handler | Errand]


def enqueue(
    tx: Tx,
    kind: str,
    *,
    run_at: datetime,
    case_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
    dedupe: str | None = None,
) -> bool:
    """Leave a job behind in this transaction. False when its dedupe key was used before."""
    return tx.insert_once(
        jobs,
        kind=kind,
        case_id=case_id,
        payload=dict(payload or {}),
        run_at=run_at,
        try_at=run_at,
        state="waiting",
        dedupe=dedupe,
    )


def drain(
    database: Database,
    handlers: Duties,
    now: Callable[[], datetime],
    *,
    most: int = 10_000,
    only: Collection[str] = (),
    but: Collection[str] = (),
) -> int:
    """Run what is due until nothing is, at most `most` jobs. Returns how many were run. only, but: these kinds alone, or all but
    these: what may take long must not hold up what may not.

    Any number of processes may drain the same table: a job is leased by compare-and-set, and a lease that a dead
    process left behind runs out. The handler's effects and the job's end are one transaction.
    """
    for count in range(most):
        job = take(database, now(), only=only, but=but)
        if job is None:
            return count
        run(database, job, handlers, now)
    return most


def take(database: Database, now: datetime, *, only: Collection[str] = (), but: Collection[str] = ()) -> Job | None:
    """Lease the next due job: the oldest one of which no earlier job of the same case is unfinished."""
    next_due = _NEXT_DUE
    if only or but:
        next_due = next_due.where(jobs.c.kind.in_(list(only)) if only else jobs.c.kind.not_in(list(but)))
    while True:
        with database.writing() as tx:
            row = tx.execute(next_due, {"now": now}).first()
            if row is None:
                return None
            won = tx.execute(
                jobs.update()
                .where(jobs.c.id == row.id, jobs.c.state == row.state, jobs.c.attempts == row.attempts)
                .values(state="running", leased_until=now + LEASE, attempts=row.attempts + 1)
            ).rowcount
        if won:
            return Job(row.id, row.kind, row.case_id, row.payload, row.run_at, row.attempts + 1)


def run(database: Database, job: Job, handlers: Duties, now: Callable[[], datetime]) -> None:
    """Do one leased job. Its failure is written down and tried again later; it never stops the round."""
    duty: Handler | Errand | None = None
    try:
        duty = handlers[job.kind]
        if isinstance(duty, Errand):
            _run_errand(database, job, duty, now)
            return
        with database.writing() as tx:
            duty(tx, job, now())
            _end(tx, job, now())
    except Exception as failure:  # whatever a handler throws must not stop the others
        with database.writing() as tx:
            _fail(tx, job, failure, now(), ATTEMPTS_OF_ERRANDS if isinstance(duty, Errand) else ATTEMPTS)


def _run_errand(database: Database, job: Job, errand: Errand, now: Callable[[], datetime]) -> None:
    try:
        with database.reading() as tx:
            needed = errand.ready(tx, job, now())
        brought = errand.go(needed, now())
        with database.writing() as tx:
            at = now()
            _end(tx, job, at, again=errand.back(tx, job, brought, at))
    except (LeaseLost, NotReady):  # somebody else has it, or nothing can be written: not the errand's fault
        raise
    except Exception as failure:
        log.warning("errand-lost", job=job.id, kind=job.kind, why=type(failure).__name__)
        with database.writing() as tx:
            at = now()
            _end(tx, job, at, again=errand.lost(tx, job, failure, at))


def next_try(job: Job, now: datetime) -> datetime:
    """When a job that has just failed is tried again: twice as late each time."""
    return now + timedelta(seconds=min(2**job.attempts, 3600))


def _end(tx: Tx, job: Job, now: datetime, *, again: bool = False) -> None:
    ended = {"state": "waiting", "try_at": next_try(job, now)} if again else {"state": "done", "done_at": now}
    if not tx.execute(_mine(job).values(leased_until=None, **ended)).rowcount:
        raise LeaseLost(job.id)


def _fail(tx: Tx, job: Job, failure: Exception, now: datetime, most: int) -> None:
    dead = job.attempts >= most
    # what it said stays in the row: there may be people's data in it
    told = {"job": job.id, "kind": job.kind, "case_id": job.case_id, "why": type(failure).__name__}
    log.error("job-laid-aside", **told) if dead else log.warning("job-failed", **told, attempt=job.attempts)
    tx.execute(
        _mine(job).values(
            state="dead" if dead else "waiting",
            leased_until=None,
            try_at=next_try(job, now),
            last_error=f"{type(failure).__name__}: {failure}"[:2000],
        )
    )


def _mine(job: Job) -> sa.Update:
    """Only while the lease is still this run's own: a run that lost it to another process must leave no mark."""
    return jobs.update().where(jobs.c.id == job.id, jobs.c.state == "running", jobs.c.attempts == job.attempts)


def _next_due() -> sa.Select[Any]:
    """Written once: whoever has nothing to do asks it again and again."""
    now: sa.BindParameter[datetime] = sa.bindparam("now")
    earlier = jobs.alias("earlier")
    blocked = (
        sa.select(earlier.c.id)
        .where(
            earlier.c.case_id == jobs.c.case_id,
            earlier.c.state.in_(["waiting", "running"]),
            sa.or_(
                earlier.c.run_at < jobs.c.run_at, sa.and_(earlier.c.run_at == jobs.c.run_at, earlier.c.id < jobs.c.id)
            ),
        )
        .exists()
    )
    ready = sa.or_(
        sa.and_(jobs.c.state == "waiting", jobs.c.try_at <= now),
        sa.and_(jobs.c.state == "running", jobs.c.leased_until <= now),
    )
    return (
        sa.select(jobs)
        .where(jobs.c.run_at <= now, jobs.c.state.in_(["waiting", "running"]), ready, ~blocked)
        .order_by(jobs.c.run_at, jobs.c.id)
        .limit(1)
    )


_NEXT_DUE = _next_due()


@dataclass(frozen=True)
class Backlog:
    """How far behind the workers are: for `doctor` and the gauges."""

    waiting: int
    due: int
    dead: int
    oldest_due: datetime | None


def backlog(tx: Tx, now: datetime) -> Backlog:
    due = sa.and_(jobs.c.state != "done", jobs.c.state != "dead", jobs.c.run_at <= now)
    row = tx.execute(
        sa.select(
            sa.func.count().filter(jobs.c.state == "waiting"),
            sa.func.count().filter(due),
            sa.func.count().filter(jobs.c.state == "dead"),
            sa.func.min(jobs.c.run_at).filter(due),
        )
    ).one()
    return Backlog(*tuple(row))
