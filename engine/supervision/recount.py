"""A new holiday notice: every open date is computed again, a case at a time, and each date that moved is journalled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..cases import open_case, recounts
from ..clock import Notice, parse_notice
from ..people import SYSTEM, Office, Officer, Role, demand_role_in, import_notice, ship_notices
from ..store import Database, Prepared, Tx, jobs, journal, several, tables
from .proving import as_any_failure, prove_all_again

SOME, TOGETHER = 500, 100
"""Cases of one job, and of those that are read together."""
SECOND_LOOK = timedelta(minutes=5)
"""No act lasts so long."""


def publish_notice(
    tx: Tx, of: Office, content: bytes | Mapping[str, Any], by: Officer, now: datetime
) -> tuple[Notice, int]:
    """An administrator brings in a notice; it holds at once, and jobs recount the dates of all cases with a running clock,
    another per running version proves its promise again.
    Its content is not looked at before he is known to be one. Returns the notice, and how many cases.
    Raises ActNotAllowed, NoticeNotValid, NoticeOfNoOffice, NoticeKnown."""
    demand_role_in(tx, by, of.id, Role.ADMIN)
    notice = parse_notice(content)
    import_notice(tx, notice, now)
    told = {"region": notice.region, "number": notice.number, "year": notice.year}
    entry = journal.Entry("import_notice", f"officer:{by.login}", now, told)
    journal.append(tx, journal.Stream("office", of.id), of.code, entry, "")
    return notice, _recount_all(tx, notice, now)


def bring_shipped_notices(tx: Tx, now: datetime) -> int:
    """At every start: notices of this release that the database does not have hold from now on, as if imported.
    Returns how many were new."""
    new = ship_notices(tx, now)
    for notice in new:
        _recount_all(tx, notice, now)
    return len(new)


def _recount_all(tx: Tx, notice: Notice, now: datetime) -> int:
    """One job for all: a job for each case would hold up everybody until the last of them was left."""
    prove_all_again(tx, notice, now)
    _leave_round(tx, {"region": notice.region, "number": notice.number, "year": notice.year}, 0, now)
    c = tables.clocks
    running: int = tx.value(sa.select(sa.func.count(sa.distinct(c.c.case_id))).where(c.c.state == "running"))
    return running


# ---------------------------------------------------------------- all cases, some at a time
def recounting(database: Database) -> jobs.Errand:
    """The job that goes through all cases with a running clock, `SOME` of them each time, and leaves the next of its kind: so a process
    that dies is followed by another one from there, and what had been counted is found as it shall be. Nothing is held while it
    reckons; each case is written by a transaction of its own. What cannot be done so is left as a job of its case.

    Who was at work on a case when the notice came has still counted by the old calendar: so all are looked at a second time."""

    def go(found: _Round, now: datetime) -> _Done:
        handfuls = _handfuls(found.case_ids)
        left = [one for some in handfuls for one in _recount_some(database, some, found.notice, now)]
        return _Done(found.case_ids[-1] if found.case_ids else None, left)

    return jobs.Errand(_next_round, go, _round_over, as_any_failure)


@dataclass(frozen=True)
class _Round:
    case_ids: Sequence[int]
    notice: str


@dataclass(frozen=True)
class _Done:
    """last: the last case of the round, None when there was none. left: those that need a job of their own."""

    last: int | None
    left: Sequence[int]


def _next_round(tx: Tx, job: jobs.Job, now: datetime) -> _Round:
    return _Round([r.case_id for r in tx.rows(_RUNNING, after=job.payload["after"], most=SOME)], job.payload["number"])


def _handfuls(case_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(case_ids), TOGETHER):
        yield case_ids[start : start + TOGETHER]


def _recount_some(database: Database, case_ids: Sequence[int], notice: str, now: datetime) -> list[int]:
    """Returns those that are left to a job of their own."""
    with database.reading() as tx:
        found, left = recounts(tx, case_ids, notice, now)
    kept = several(database, [one.write for one in found])
    return left + [one.case.id for one, done in zip(found, kept, strict=True) if not done]


def _round_over(tx: Tx, job: jobs.Job, done: _Done, now: datetime) -> bool:
    told = {name: job.payload[name] for name in ("region", "number", "year")}
    for case_id in done.left:
        key = f"recount:{told['region']}:{told['number']}:{case_id}:{job.id}"
        jobs.leave(tx, "recount", run_at=now, case_id=case_id, payload=told, dedupe=key)
    if done.last is not None:
        _leave_round(tx, told, done.last, now, again=job.payload["again"])
    elif not job.payload["again"]:
        _leave_round(tx, told, 0, now + SECOND_LOOK, again=True)
    return False


def _leave_round(tx: Tx, told: Mapping[str, Any], after: int, now: datetime, *, again: bool = False) -> None:
    key = f"recount:{told['region']}:{told['number']}:{'again:' * again}after:{after}"
    jobs.leave(tx, "recount_all", run_at=now, payload={**told, "after": after, "again": again}, dedupe=key)


_RUNNING = Prepared(
    sa.select(tables.clocks.c.case_id)
    .where(tables.clocks.c.state == "running", tables.clocks.c.case_id > sa.bindparam("after"))
    .distinct()
    .order_by(tables.clocks.c.case_id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


# ---------------------------------------------------------------- one case alone
def recount_case(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> None:
    """The job of one case: due days, lamps, and the working-day timers of its process follow the new calendar."""
    with open_case(tx, case_id, now) as case:
        before = {r.id: r for r in _stored(tx, case_id)}
        case.clocks.save(anew=True)
        moved = [
            {
                "clock": r.kind,
                "subject": r.subject,
                "from": _day(before[r.id].due_on),
                "to": _day(r.due_on),
                "provisional": r.provisional,
            }
            for r in _stored(tx, case_id)
            if (r.due_on, r.provisional) != (before[r.id].due_on, before[r.id].provisional)
        ]
        timers = 0 if case.process.ended else case.process.recount(case.time)
        if moved or timers:
            case.told("recount", SYSTEM, notice=payload["number"], moved=moved, timers=timers)


def _stored(tx: Tx, case_id: int) -> list[Any]:
    c = tables.clocks
    return list(tx.rows(sa.select(c).where(c.c.case_id == case_id, c.c.state == "running").order_by(c.c.id)))


def _day(on: Any) -> str | None:
    return on.isoformat() if on is not None else None
