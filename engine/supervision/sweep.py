"""The sweep: find the clocks whose moment to look has come, and turn their lamps. Any number of machines may sweep.

It reads a page of due clocks from the partial index, then takes each case in a transaction of its own; who comes second
finds nothing left to do. A case that fails is pushed on and logged, and the round goes on: one broken row must never
stop the others. What must move a process (deemed acceptance, timers) is a job of the case and not done here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from ..cases import flag_due
from ..errors import NotReady
from ..people import office, office_time
from ..store import Database, DatabaseBusy, Tx, tables

PAGE = 500
PUSH = timedelta(hours=1)
log = structlog.get_logger()


def sweep(database: Database, now: datetime) -> int:
    """Turn every lamp that is due at `now`, the longest due first. Returns how many this process turned."""
    turned, last = 0, None
    while True:
        with database.reading() as tx:
            due = _due(tx, now, last)
        if not due:
            return turned
        for case_id in dict.fromkeys(row.case_id for row in due):
            turned += _sweep_case(database, case_id, now)
        last = due[-1]


def _sweep_case(database: Database, case_id: int, now: datetime) -> int:
    try:
        with database.writing() as tx:
            row = tx.lock_case(case_id)
            return flag_due(tx, row, office_time(tx, office(tx, row.office_id)), now) if row is not None else 0
    except DatabaseBusy:  # nothing is wrong with the case: it stays due, and the next round comes soon
        log.warning("sweep-busy", case_id=case_id)
        return 0
    except NotReady:  # nothing can be written at all
        raise
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


def _due(tx: Tx, now: datetime, last: Any) -> Sequence[Any]:
    """The next page of due clocks, behind the last one seen. One that cannot be turned is passed by, not met again."""
    c = tables.clocks
    statement = sa.select(c.c.id, c.c.case_id, c.c.alert_at).where(c.c.alert_at <= now)
    if last is not None:
        later = sa.or_(c.c.alert_at > last.alert_at, c.c.id > last.id)
        statement = statement.where(c.c.alert_at >= last.alert_at, later)
    return tx.rows(statement.order_by(c.c.alert_at, c.c.id).limit(PAGE))
