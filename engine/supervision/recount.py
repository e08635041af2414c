"""A new holiday notice: every open date is computed again, a case at a time, and each date that moved is journalled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..cases import open_case
from ..clock import Notice, parse_notice
from ..people import SYSTEM, Office, Officer, Role, demand_role_in, import_notice, ship_notices
from ..store import Tx, jobs, journal, tables
from .proving import prove_all_again


def publish_notice(
    tx: Tx, of: Office, content: bytes | Mapping[str, Any], by: Officer, now: datetime
) -> tuple[Notice, int]:
    """An administrator brings in a notice; it holds at once, and a job per case with a running clock recounts its dates,
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
    prove_all_again(tx, notice, now)
    c = tables.clocks
    running = tx.rows(sa.select(c.c.case_id).where(c.c.state == "running").distinct().order_by(c.c.case_id))
    told = {"region": notice.region, "number": notice.number, "year": notice.year}
    for row in running:
        key = f"recount:{notice.region}:{notice.number}:{row.case_id}"
        jobs.enqueue(tx, "recount", run_at=now, case_id=row.case_id, payload=told, dedupe=key)
    return len(running)


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
