"""Jobs: work that a transaction leaves to be done after it. One port, and the embedded adapter: processes look at the table.

The contract (tests/store/test_jobs.py, every adapter passes it): enqueued inside the act's transaction, so it
exists exactly when the act does; not before `run_at`; at least once, so a handler must bear a second run; of one case
one at a time and in the order of (run_at, id), a failing one holding back those behind it; a failure is tried again
with growing pauses and at last laid aside as dead, with its error; a dedupe key lets a job in once for ever.

The row is the truth whoever brings the job to a worker. The second adapter (carriers.py, PostgreSQL only) lets Procrastinate
bring it: what an act leaves to be done at once is handed over in the act's own transaction, what has become due later by the
next beat. A message that is lost, late or doubled changes nothing but the moment (docs/decisions/0028-procrastinate.md).

A job whose work lies outside (a call of another system) is an errand: no transaction is open while it is on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from ..errors import NotFound, NotReady, NotValid
from .database import Database, Tx
from .lists import in_text
from .migrate import demand_newest
from .prepared import Prepared
from .tables import cases, jobs

LEASE = timedelta(minutes=5)
ATTEMPTS = 8
ATTEMPTS_OF_ERRANDS = 32
"""An errand itself says when it is given up, and counts what came of it alone: a database that is away for a while, or a worker that
was killed on the way, must not use up the tries of the other side."""
COUNTED = 10_000
TABLE, PROCRASTINATE = "table", "procrastinate"
"""By what jobs come to the workers: they look at the table, or Procrastinate brings them."""
CARRIED_BY = "lianshen_jobs"
log = structlog.get_logger()


class JobsNeedPostgresql(NotValid):
    code = "jobs-need-postgresql"
    sentence = "Procrastinate 只能和 PostgreSQL 一起用，现在的数据库是 {dialect}。"
    remedy = "去掉 LIANSHEN_JOBS，或换用 PostgreSQL。"


class JobNotDead(NotFound):
    code = "job-not-dead"
    sentence = "没有编号为 {id} 的搁置的工作。"
    remedy = "用 lianshen jobs list 看搁置了哪些。"


@dataclass(frozen=True)
class Job:
    id: int
    kind: str
    case_id: int | None
    payload: Mapping[str, Any]
    run_at: datetime
    attempts: int


@dataclass(frozen=True)
class Line:
    """The jobs that stand in one line: those of a case, one behind the other; those of no case, side by side."""

    case_id: int | None


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
    """Leave a job behind in this transaction. False when its dedupe key was used before. Of an act that is sent whole nothing is
    handed over: it is found in the table by the next beat."""
    left = tx.insert_once(jobs, **_new(kind, case_id, run_at, payload, dedupe))
    if left and tx.asks and carried(tx):
        _hand_over(tx, kind, case_id, run_at)
    return left


def leave(
    tx: Tx,
    kind: str,
    *,
    run_at: datetime,
    case_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
    dedupe: str | None = None,
) -> None:
    """The same where nobody asks whether it was left before: it is written with whatever else the act writes."""
    if carried(tx):
        enqueue(tx, kind, run_at=run_at, case_id=case_id, payload=payload, dedupe=dedupe)
    else:
        tx.put_once(jobs, **_new(kind, case_id, run_at, payload, dedupe))


def _new(
    kind: str, case_id: int | None, run_at: datetime, payload: Mapping[str, Any] | None, dedupe: str | None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "case_id": case_id,
        "payload": dict(payload or {}),
        "run_at": run_at,
        "try_at": run_at,
        "state": "waiting",
        "dedupe": dedupe,
    }


def carry_by(database: Database, carrier: str) -> None:
    """Say by what the jobs of this database come to the workers: TABLE or PROCRASTINATE. Processes of one database may differ for a
    while: what is not brought is found in the table. Raises JobsNeedPostgresql."""
    if carrier == PROCRASTINATE and database.dialect != "postgresql":
        raise JobsNeedPostgresql(dialect=database.dialect)
    database.engine.update_execution_options(**{CARRIED_BY: carrier})


def carried(by: Database | Tx) -> bool:
    """Whether Procrastinate brings the jobs of this database."""
    engine = by.engine if isinstance(by, Database) else by._connection.engine
    return engine.get_execution_options().get(CARRIED_BY) == PROCRASTINATE


def drain(
    database: Database,
    handlers: Duties,
    now: Callable[[], datetime],
    *,
    most: int = 10_000,
    only: Collection[str] = (),
    but: Collection[str] = (),
    of: Line | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Run what is due until nothing is, at most `most` jobs. Returns how many were run. only, but: these kinds alone, or all but
    these: what may take long must not hold up what may not. of: the jobs of one line alone. go_on: asked before each job; a
    process that is to end finishes the one in hand and takes no other.

    Any number of processes may drain the same table: a job is leased by compare-and-set, and a lease that a dead
    process left behind runs out. The handler's effects and the job's end are one transaction.
    """
    for count in range(most):
        job = take(database, now(), only=only, but=but, of=of) if go_on() else None
        if job is None:
            return count
        run(database, job, handlers, now)
    return most


def take(
    database: Database,
    now: datetime,
    *,
    only: Collection[str] = (),
    but: Collection[str] = (),
    of: Line | None = None,
) -> Job | None:
    """Lease the next due job: the oldest one of which no earlier job of the same case is unfinished, and none is being done.

    Race: several machines ask at once. On PostgreSQL each passes by what another one is just leasing, instead of waiting for it
    only to find it gone; on SQLite there is one writer."""
    next_due = _NEXT_DUE
    if only or but:
        next_due = next_due.where(jobs.c.kind.in_(list(only)) if only else jobs.c.kind.not_in(list(but)))
    if of is not None:
        next_due = next_due.where(jobs.c.case_id.is_(None) if of.case_id is None else jobs.c.case_id == of.case_id)
    if database.dialect == "postgresql":
        next_due = next_due.with_for_update(of=jobs, skip_locked=True)
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
    """Do one leased job. Its failure is written down and tried again later; it never stops the round. Raises DatabaseOutdated where it
    failed because somebody has upgraded the tables: that is no failure of the job, and it waits for a worker of that release."""
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
        demand_newest(database)
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


def due(now: sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """That a job may be done at once: its moment has come, no earlier one of its case is unfinished, and none of its case is being
    done, not even a later one. An act that had to wait may leave a job of an earlier moment than one that is at work already."""
    other = jobs.alias("other")
    earlier = sa.and_(
        other.c.state.in_(["waiting", "running"]),
        sa.tuple_(other.c.run_at, other.c.id) < sa.tuple_(jobs.c.run_at, jobs.c.id),
    )
    at_work = sa.and_(other.c.state == "running", other.c.leased_until > now, other.c.id != jobs.c.id)
    mine = (other.c.case_id == jobs.c.case_id, other.c.state.in_(["waiting", "running"]))
    blocked = sa.select(other.c.id).where(*mine, sa.or_(earlier, at_work)).exists()
    ready = sa.or_(
        sa.and_(jobs.c.state == "waiting", jobs.c.try_at <= now),
        sa.and_(jobs.c.state == "running", jobs.c.leased_until <= now),
    )
    return sa.and_(jobs.c.run_at <= now, jobs.c.state.in_(["waiting", "running"]), ready, ~blocked)


def _next_due() -> sa.Select[Any]:
    """Written once: whoever has nothing to do asks it again and again."""
    now: sa.BindParameter[datetime] = sa.bindparam("now", type_=jobs.c.run_at.type)
    return sa.select(jobs).where(due(now)).order_by(jobs.c.run_at, jobs.c.id).limit(1)


_NEXT_DUE = _next_due()


@dataclass(frozen=True)
class Backlog:
    """How far behind the workers are: for `doctor` and the gauges. Each is counted up to `COUNTED`."""

    waiting: int
    due: int
    dead: int
    oldest_due: datetime | None


def backlog(tx: Tx, now: datetime) -> Backlog:
    row = tx.row(_BACKLOG, now=now)
    assert row is not None
    return Backlog(*tuple(row))


def _backlog() -> sa.Select[Any]:
    """Along the indexes of what is to be done and of what was laid aside: what was done lies beside them, and is most."""
    unfinished = jobs.c.state.in_(["waiting", "running"])
    come: sa.ColumnElement[bool] = jobs.c.run_at <= sa.bindparam("now", type_=jobs.c.run_at.type)

    def counted(name: str, *which: sa.ColumnElement[bool]) -> sa.Label[int]:
        some = sa.select(jobs.c.id).where(*which).limit(in_text(COUNTED)).subquery()
        return sa.select(sa.func.count()).select_from(some).scalar_subquery().label(name)

    return sa.select(
        counted("waiting", unfinished, jobs.c.state == "waiting"),
        counted("due", unfinished, come),
        counted("dead", jobs.c.state == "dead"),
        sa.select(sa.func.min(jobs.c.run_at)).where(unfinished, come).scalar_subquery().label("oldest_due"),
    )


_BACKLOG = Prepared(_backlog())


# ---------------------------------------------------------------- laid aside
@dataclass(frozen=True)
class Dead:
    """A job that was laid aside, and why."""

    id: int
    kind: str
    case_no: str | None
    attempts: int
    run_at: datetime
    last_error: str


def dead(tx: Tx, limit: int = 100) -> list[Dead]:
    """What was laid aside, the oldest first."""
    chosen = (
        sa.select(jobs.c.id, jobs.c.kind, cases.c.case_no, jobs.c.attempts, jobs.c.run_at, jobs.c.last_error)
        .join(cases, cases.c.id == jobs.c.case_id, isouter=True)
        .where(jobs.c.state == "dead")
    )
    return [Dead(*tuple(row)) for row in tx.rows(chosen.order_by(jobs.c.id).limit(limit))]


def resume(tx: Tx, job_id: int, now: datetime) -> None:
    """The reason is gone: a job that was laid aside is tried again at once, as if it had never been. Raises JobNotDead."""
    again = {"state": "waiting", "attempts": 0, "try_at": now}
    if not tx.execute(jobs.update().where(jobs.c.id == job_id, jobs.c.state == "dead").values(**again)).rowcount:
        raise JobNotDead(id=job_id)


# ---------------------------------------------------------------- handing over to Procrastinate
TASK = "lianshen"
"""The only task that Procrastinate knows of: a turn. It works off the line of a case, or what has no case."""
_CARRYING = 0x6C69616E6A6F6273  # the bytes of "lianjobs"


def _turn(kind: Any, case_id: Any) -> str:
    """A turn as Procrastinate stores it. Its queue is the kind of the job; its lock is the case, so that no two workers stand
    in one line. Never one that is to wait: there a lock would hold back all that comes behind it."""
    lock = f"'case:' || {case_id}"
    return f"ROW({kind}, '{TASK}', 0, {lock}, NULL, jsonb_build_object('case_id', {case_id}), NULL)::procrastinate_job_to_defer_v1"


_HAND_OVER = sa.text(
    f"SELECT procrastinate_defer_jobs_v1(ARRAY[{_turn('CAST(:kind AS text)', 'CAST(:case_id AS bigint)')}])"
    " WHERE :run_at <= now() + interval '1 second'"
).bindparams(sa.bindparam("run_at", type_=jobs.c.run_at.type))


def _hand_over(tx: Tx, kind: str, case_id: int | None, run_at: datetime) -> None:
    """In the same transaction: Procrastinate's row is there exactly when ours is. What is to wait is not handed over."""
    tx.execute(_HAND_OVER, {"kind": kind, "case_id": case_id, "run_at": run_at})


def carry(database: Database, now: datetime, most: int = 1000) -> int:
    """Hand over what is due and that nobody brings: its moment has come, its pause is over, or who had it is dead. Returns how many
    turns were left. Race: several machines beat at once; one of them carries, the others leave it to him."""
    with database.writing() as tx:
        if not tx.value(sa.select(sa.func.pg_try_advisory_xact_lock(_CARRYING))):
            return 0
        found = sa.select(jobs.c.kind, jobs.c.case_id, jobs.c.run_at, jobs.c.id).where(
            due(sa.bindparam("now", now, jobs.c.run_at.type))
        )
        return len(tx.rows(_carrying(found.subquery("f"), most)))


def _carrying(found: sa.Subquery, most: int) -> Any:
    """One statement: a turn for each line of which none is waiting or at work. Of what has no case, one for each job."""
    brought: sa.ColumnElement[bool] = sa.literal_column(
        "EXISTS (SELECT 1 FROM procrastinate_jobs p WHERE p.status IN ('todo', 'doing') AND p.queue_name = f.kind"
        " AND coalesce(p.lock, '') = coalesce('case:' || f.case_id, ''))"
    )
    left = sa.select(found.c.kind, found.c.case_id).where(sa.not_(brought))
    left = left.order_by(found.c.run_at, found.c.id).limit(most)
    turn: sa.ColumnElement[int] = sa.literal_column(
        f"unnest(procrastinate_defer_jobs_v1(ARRAY[{_turn('g.kind', 'g.case_id')}]))"
    )
    return sa.select(turn).select_from(left.subquery("g"))
