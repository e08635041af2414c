"""In whose hands a case was and for how long (件在谁手里): the possession ledger in words, in working days of office time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from ..clock import GROUND_NAMES, Ground, OfficeTime
from ..people import office, office_time
from ..store import Tx, tables
from ..store.possession import Holder

_LABELS = {
    Holder.APPLICANT: "申请人",
    Holder.HQ: "部门",
    Holder.UPPER_LEVEL: "上级机关",
    Holder.SYSTEM: "系统",
}


@dataclass(frozen=True)
class Holding:
    """One stretch of a case in the same hands. label: a window by its name, whether claimed or not; the special
    procedure; another system that is asked; 申请人. until_at None: it is there now. days: working days of office time, 0.5 for
    half a day's hours."""

    holder: Holder
    label: str
    from_at: datetime
    until_at: datetime | None
    days: float


def holdings(tx: Tx, case_ids: Sequence[int], now: datetime) -> dict[int, list[Holding]]:
    """Of each case, whose hands it went through, in order: neighbours with the same label are one. The parts add up to
    the whole, from filing to now or to its end."""
    h, c, w = tables.possessions, tables.cases, tables.windows
    time_of = cache(lambda office_id: office_time(tx, office(tx, office_id)))
    rows = tx.rows(
        sa.select(h, c.c.office_id, w.c.name.label("window"))
        .join(c, c.c.id == h.c.case_id)
        .outerjoin(w, w.c.id == h.c.window_id)
        .where(h.c.case_id.in_(case_ids))
        .order_by(h.c.id)
    )
    pauses, calls = (_by_case(tx, table, case_ids) for table in (tables.pauses, tables.calls))
    found: dict[int, list[Holding]] = {case_id: [] for case_id in case_ids}
    for row in rows:
        beside = pauses.get(row.case_id, []), calls.get(row.case_id, [])
        _add(found[row.case_id], _holding(row, *beside, time_of(row.office_id), now))
    return found


def _by_case(tx: Tx, table: sa.Table, case_ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in tx.rows(sa.select(table).where(table.c.case_id.in_(case_ids)).order_by(table.c.id)):
        found.setdefault(row.case_id, []).append(row)
    return found


def _holding(row: Any, pauses: Sequence[Any], calls: Sequence[Any], time: OfficeTime, now: datetime) -> Holding:
    holder = Holder(row.holder)
    days = time.worked(row.from_at, row.until_at or now)
    if holder is Holder.THIRD_PARTY:
        label = _grounds(pauses, row)
    elif holder is Holder.SYSTEM and (asked := [c.system for c in calls if _ran(c.asked_at, c.ended_at, row)]):
        label = f"对接系统{'、'.join(dict.fromkeys(asked))}"
    else:
        label = _LABELS.get(holder) or row.window
    return Holding(holder, label, row.from_at, row.until_at, days)


def _grounds(pauses: Sequence[Any], row: Any) -> str:
    """The special procedures that ran in this stretch."""
    ran = [GROUND_NAMES[Ground(p.ground)] for p in pauses if _ran(p.started_at, p.ended_at, row)]
    return "、".join(dict.fromkeys(ran)) or "特别程序"


def _ran(since: datetime, until: datetime | None, row: Any) -> bool:
    return (row.until_at is None or since < row.until_at) and (until is None or until > row.from_at)


def _add(line: list[Holding], one: Holding) -> None:
    last = line[-1] if line else None
    if last is not None and last.label == one.label:
        line[-1] = replace(last, until_at=one.until_at, days=last.days + one.days)
    else:
        line.append(one)
