"""The sweep: find the clocks whose moment to look has come, and turn their lamps. Any number of machines may sweep.

It reads a page of due clocks from the partial index, reads their cases a few dozen together, and turns the lamps of each case
in a transaction of its own, many of them sent together; who comes second finds nothing left to do. A case that fails is done
again alone, pushed on and logged, and the round goes on: one broken row must never stop the others. What must move a
process (deemed acceptance, timers) is a job of the case and not done here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from ..cases import flag_due, turns
from ..errors import NotReady
from ..people import office, office_time
from ..store import Database, DatabaseBusy, Prepared, Tx, several, tables

PAGE = 1000
TOGETHER = 100
"""So many cases are read together; between two such handfuls others may have come first."""
PUSH = timedelta(hours=1)
log = structlog.get_logger()


def sweep(database: Database, now: datetime, *, most: int | None = None) -> int:
    """Turn every lamp that is due at `now`, the longest due first. Returns how many this process turned. most: as many clocks
    are looked at, None for all."""
    turned, looked, page = 0, 0, Page((), None)
    while most is None or looked < most:
        with database.reading() as tx:
            page = due(tx, now, page.last, PAGE if most is None else min(PAGE, most - looked))
        if not page.found:
            break
        turned += _turn_all(database, list(dict.fromkeys(row.case_id for row in page.found)), now)
        looked += len(page.found)
    return turned


@dataclass(frozen=True)
class Page:
    """Due clocks, the longest due first: id and case of each. last: id and moment of the last one, None where there is none."""

    found: Sequence[Any]
    last: Any


def due(tx: Tx, now: datetime, last: Any, most: int) -> Page:
    """The next page of due clocks, behind the last one seen. One that cannot be turned is passed by, not met again. Of a thousand
    moments only the last is asked for: to read them is dearer than to find them."""
    if last is None:
        found = tx.rows(_DUE, now=now, most=most)
    else:
        found = tx.rows(_DUE_BEHIND, now=now, most=most, last_at=last.alert_at, last_id=last.id)
    return Page(found, tx.row(_MOMENT, id=found[-1].id) if found else None)


def _turn_all(database: Database, case_ids: Sequence[int], now: datetime) -> int:
    """In handfuls, and not in the order in which every other machine begins with the same ones."""
    handfuls = [case_ids[start : start + TOGETHER] for start in range(0, len(case_ids), TOGETHER)]
    random.shuffle(handfuls)
    return sum(_turn_some(database, some, now) for some in handfuls)


def _turn_some(database: Database, case_ids: Sequence[int], now: datetime) -> int:
    with database.reading() as tx:
        found, odd = turns(tx, case_ids, now)
    try:
        kept = several(database, [turn.write for turn in found])
    except DatabaseBusy:  # nothing is wrong with them: they stay due, and the next round comes soon
        log.warning("sweep-busy", cases=len(found))
        return 0
    left = [turn.case.id for turn, done in zip(found, kept, strict=True) if not done]
    alone = sum(_turn_case(database, case_id, now) for case_id in (*odd, *left))
    return alone + sum(len(turn.told) for turn, done in zip(found, kept, strict=True) if done)


def _turn_case(database: Database, case_id: int, now: datetime) -> int:
    """One case alone, locked: it was changed meanwhile, or there is something wrong with it."""
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
            tx.lock_case(case_id)
            tx.execute(c.update().where(c.c.case_id == case_id, c.c.alert_at <= now).values(alert_at=now + PUSH))
    except Exception:
        log.exception("push-failed", case_id=case_id)


def _due() -> tuple[Prepared, Prepared]:
    """Written so that both databases walk along the partial index from the last row seen."""
    c = tables.clocks
    now: sa.BindParameter[datetime] = sa.bindparam("now", type_=c.c.alert_at.type)
    last = (sa.bindparam("last_at", type_=c.c.alert_at.type), sa.bindparam("last_id", type_=c.c.id.type))
    page = sa.select(c.c.id, c.c.case_id).where(c.c.alert_at <= now)
    page = page.order_by(c.c.alert_at, c.c.id).limit(sa.bindparam("most", type_=sa.Integer))
    behind = sa.tuple_(c.c.alert_at, c.c.id) > sa.tuple_(*last)
    return Prepared(page), Prepared(page.where(behind))


_DUE, _DUE_BEHIND = _due()
_MOMENT = Prepared(
    sa.select(tables.clocks.c.id, tables.clocks.c.alert_at).where(tables.clocks.c.id == sa.bindparam("id"))
)
