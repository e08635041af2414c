"""Who holds a case: exactly one holder at each moment, from filing to the end.

The rows of a case touch: each begins at the very moment at which the one before ended, so the parts always add up to
the whole time and no ranking of departments can be disputed. Opened and closed in the transaction of the act.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from .database import Tx
from .prepared import Prepared
from .tables import cases, possessions


class Holder(StrEnum):
    WINDOW = "window"  # in a window's pool, nobody has claimed it
    OFFICER = "officer"
    APPLICANT = "applicant"
    THIRD_PARTY = "third_party"  # experts, laboratories, a hearing: whoever a special procedure waits for
    HQ = "hq"
    UPPER_LEVEL = "upper_level"
    SYSTEM = "system"  # waiting for a timer or another case


class Hold(NamedTuple):
    """One holder: which window, which officer where it is one."""

    holder: Holder
    window_id: int | None = None
    officer_id: int | None = None


IS_OPEN = possessions.c.until_at.is_(None)
OPEN = tuple(
    possessions.c[name].label(f"hold_{name}") for name in ("id", "holder", "window_id", "officer_id", "from_at")
)
"""The row that is open, as columns of whatever reads it beside its case."""


@dataclass(frozen=True)
class Possession:
    """A hold with its time: [from_at, until_at), until_at None while it lasts."""

    hold: Hold
    from_at: datetime
    until_at: datetime | None

    def lasted(self, now: datetime) -> timedelta:
        return (self.until_at or now) - self.from_at


def hand(tx: Tx, case_id: int, hold: Hold, at: datetime, *, read: Any = None) -> bool:
    """The case passes to `hold` at this moment. False when it is there already. read: a row with the columns of `OPEN` that this
    transaction has read already. The caller holds the case lock."""
    now = _now_open(tx, case_id, read)
    if now.hold_id is not None:
        if (now.hold_holder, now.hold_window_id, now.hold_officer_id) == (hold.holder, hold.window_id, hold.officer_id):
            return False
        at = max(at, now.hold_from_at)
        tx.set(possessions, now.hold_id, until_at=at)
    tx.put(
        possessions,
        case_id=case_id,
        holder=hold.holder,
        window_id=hold.window_id,
        officer_id=hold.officer_id,
        from_at=at,
    )
    return True


def release(tx: Tx, case_id: int, at: datetime, *, read: Any = None) -> None:
    """The case has ended: nobody holds it any more. read: as in `hand`."""
    now = _now_open(tx, case_id, read)
    if now.hold_id is not None:
        tx.set(possessions, now.hold_id, until_at=max(at, now.hold_from_at))


def ledger(tx: Tx, case_id: int) -> list[Possession]:
    """All holders of a case in order."""
    rows = tx.rows(sa.select(possessions).where(possessions.c.case_id == case_id).order_by(possessions.c.id))
    return [Possession(_hold(r), r.from_at, r.until_at) for r in rows]


def gaps(rows: list[Possession], filed_at: datetime, ended_at: datetime | None) -> Iterator[str]:
    """Every place where the ledger does not add up to the time from filing to the end."""
    if not rows:
        yield "没有持有记录"
        return
    if rows[0].from_at != filed_at:
        yield "第一段不从申请提交时开始"
    for before, after in pairwise(rows):
        if before.until_at != after.from_at:
            yield f"{before.until_at} 与 {after.from_at} 之间有空档或重叠"
    if rows[-1].until_at != ended_at:
        yield "最后一段与办件的结束时间不符"


def _now_open(tx: Tx, case_id: int, read: Any) -> Any:
    """The open row by the names of `OPEN`, its id None where nobody holds the case."""
    if read is not None and possessions.name not in tx.written:
        return read
    return tx.row(_OPEN, case_id=case_id)


# a row also where there is none
_OPEN = Prepared(
    sa.select(*OPEN)
    .select_from(cases.outerjoin(possessions, sa.and_(possessions.c.case_id == cases.c.id, IS_OPEN)))
    .where(cases.c.id == sa.bindparam("case_id"))
)


def _hold(row: Any) -> Hold:
    return Hold(Holder(row.holder), row.window_id, row.officer_id)
