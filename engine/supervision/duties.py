"""What happens while nobody asks: one round of sweep and jobs. The metronome and `lianshen worker` both beat this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from .. import notices
from ..cases import (
    child_told,
    deem_accept,
    end_child,
    errand,
    free_claimed,
    hand_over_case,
    open_child,
    open_upper,
    opinion_due,
    result_came,
    result_revoked,
    run_timers,
    upper_told,
)
from ..connections import Seal
from ..store import Database, Tx, jobs, tables
from .proving import PROVE_AGAIN
from .recount import recount_case, recounting
from .sweep import sweep

SIGN_OF_LIFE = timedelta(seconds=30)


def _of_case(handler: Callable[[Tx, int, Mapping[str, object], datetime], object]) -> jobs.Handler:
    def run(tx: Tx, job: jobs.Job, now: datetime) -> None:
        assert job.case_id is not None, f"{job.kind} is a job of a case"
        handler(tx, job.case_id, job.payload, now)

    return run


def _as_ordered(handler: Callable[[Tx, int, Mapping[str, object], datetime], object]) -> jobs.Handler:
    """A job that is dated by the act that left it, never by the moment at which a worker came to it."""

    def run(tx: Tx, job: jobs.Job, now: datetime) -> None:
        _of_case(handler)(tx, job, job.run_at)

    return run


HANDLERS: jobs.Duties = {
    "deem_accept": _of_case(lambda tx, case_id, payload, now: deem_accept(tx, case_id, now)),
    "run_timers": _of_case(lambda tx, case_id, payload, now: run_timers(tx, case_id, now)),
    "hand_over": _of_case(hand_over_case),
    "free_claimed": lambda tx, job, now: free_claimed(tx, job.payload, now),
    "open_child": _of_case(open_child),
    "child_told": _of_case(child_told),
    "result_came": _of_case(result_came),
    "result_revoked": _of_case(result_revoked),
    "end_child": _as_ordered(end_child),
    "open_upper": _of_case(open_upper),
    "upper_told": _of_case(upper_told),
    "opinion_due": _of_case(opinion_due),
    "recount": _of_case(recount_case),
    "notice": _of_case(notices.send),
    "prove_again": PROVE_AGAIN,
}


def handlers(database: Database) -> jobs.Duties:
    """Every job that is done within this house; one that goes through all cases has transactions of its own."""
    return {**HANDLERS, "recount_all": recounting(database)}


CALLS = ("call_out",)
"""Jobs that ask another system. They have a round of their own: whoever waits for an answer must not keep the lamps dark."""


SLICE = 50
"""After so many jobs, a fraction of a second's work, the lamps are looked at again: a backlog must not keep them dark."""


def round_of_duties(
    database: Database,
    now: Callable[[], datetime],
    seal: Seal | None = None,
    *,
    go_on: Callable[[], bool] = lambda: True,
) -> tuple[int, int]:
    """One round: lamps first, then the jobs that are due. Returns (lamps turned, jobs run). seal: with it other systems are asked
    too, and what follows from their answers is done; without it that is left to who has it. go_on: a process that is to end
    finishes what is in hand and begins nothing else."""
    turned, ran = _lamps_and_jobs(database, now, go_on)
    if seal is not None and (asked := round_of_calls(database, now, seal, go_on=go_on)):
        more, followed = _lamps_and_jobs(database, now, go_on)
        turned, ran = turned + more, ran + asked + followed
    _beat(database, now())
    return turned, ran


def round_of_carrying(database: Database, now: Callable[[], datetime]) -> tuple[int, int]:
    """One round where Procrastinate brings the jobs: lamps, then whatever has become due is handed over. Returns (lamps turned,
    turns handed over)."""
    turned = sweep(database, now())
    carried = 0
    while some := jobs.carry(database, now()):
        carried += some
    _beat(database, now())
    return turned, carried


def _lamps_and_jobs(database: Database, now: Callable[[], datetime], go_on: Callable[[], bool]) -> tuple[int, int]:
    turned, ran = 0, 0
    while go_on():
        turned += sweep(database, now())
        some = jobs.drain(database, handlers(database), now, most=SLICE, but=CALLS, go_on=go_on)
        ran += some
        if some < SLICE:
            break
    return turned, ran


def round_of_calls(
    database: Database, now: Callable[[], datetime], seal: Seal, *, go_on: Callable[[], bool] = lambda: True
) -> int:
    """Ask every other system whose answer is due to be asked for. Returns how many were asked."""
    return jobs.drain(database, calls(seal), now, only=CALLS, go_on=go_on)


def calls(seal: Seal) -> jobs.Duties:
    return {CALLS[0]: errand(seal)}


def last_round(tx: Tx) -> datetime | None:
    """When the last round came to its end, within half a minute; None when there was none."""
    h = tables.heartbeats
    at: datetime | None = tx.value(sa.select(h.c.at).where(h.c.name == "duties"))
    return at


def _beat(database: Database, now: datetime) -> None:
    """Leave a sign of life for `doctor`, at most once in half a minute. One from a moment that is still to come was left by
    somebody who tried another day; it would hide for as long that nobody looks."""
    h = tables.heartbeats
    with database.reading() as tx:
        last = last_round(tx)
    if last is not None and timedelta(0) <= now - last < SIGN_OF_LIFE:
        return
    with database.writing() as tx:
        if not tx.insert_once(h, name="duties", at=now):
            tx.execute(h.update().where(h.c.name == "duties").values(at=now))
