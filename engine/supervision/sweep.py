"""The sweep: find the clocks whose moment to look has come, and turn their lamps. Any number of machines may sweep.

It reads a page of due cases from the partial index, then takes each case in a transaction of its own; who comes second
finds nothing left to do. A case that fails is pushed on and logged, and the round goes on: one broken row must never
stop the others. What must move a process (deemed acceptance, timers) is a job of the case and not done here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from ..cases import flag_due
from ..people import office, office_time
from ..store import Database, Tx, tables

PAGE = 500
PUSH = timedelta(hours=1)
log = structlog.get_logger()


def sweep(database: Database, now: datetime) -> int:
    """Turn every lamp that is due at `now`. Returns how many this process turned."""
    turned, after = 0, 0
    while True:
        with database.reading() as tx:
            due = _due_cases(tx, now, after)
        if not due:
            return turned
        for case_id in due:
            turned += _sweep_case(database, case_id, now)
        after = due[-1]


def _sweep_case(database: Database, case_id: int, now: datetime) -> int:
    try:
        with database.writing() as tx:
            row = tx.lock_case(case_id)
            return flag_due(tx, row, office_time(tx, office(tx, row.office_id)), now) if row is not None else 0
    except Exception:  # whatever is wrong with one case must not keep the lamps of the others dark
        log.exception("sweep-failed", case_id=case_id)
        _push_on(database, case_id, now)
        return 0


def _push_on(database: Database, case_id: int, now: datetime) -> None:
    """Look again in an hour instead of at once, so that a poisoned row cannot keep every round busy."""
    c = tables.clocks
    try:
        with database.writing() as tx:
            tx.execute(c.update().where(c.c.case_id == case_id, c.c.alert_at <= now).values(alert_at=now + PUSH))
    except Exception:
        log.exception("push-failed", case_id=case_id)


def _due_cases(tx: Tx, now: datetime, after: int) -> list[int]:
    c = tables.clocks
    rows = tx.rows(
        sa.select(c.c.case_id)
        .where(c.c.alert_at <= now, c.c.case_id > after)
        .distinct()
        .order_by(c.c.case_id)
        .limit(PAGE)
    )
    return [r.case_id for r in rows]
