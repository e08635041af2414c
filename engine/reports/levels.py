"""A matter of two levels as officers look at it: beside each case the one of the other level, its clock, and who holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..cases import ENDS, PHASE_NAMES, Phase, beside, sent_up
from ..clock import Lamp
from ..diagrams import ENDINGS
from ..people import Officer, sees
from ..store import Tx, tables
from .clocks import clocks_at
from .times import time_of_case
from .waiting import waiting


@dataclass(frozen=True)
class LevelLine:
    """The case of the other level. upper: it stands above this one. office: with its department. case_no: empty while it is not
    opened yet, or where the asker may not see it. words: how it stands. lamp: of the clock that counts there, None where none
    does; due: its day in words. waits: the sentence why it waits, and for whom; empty once it has ended."""

    upper: bool
    office: str
    case_no: str
    words: str
    granted: bool
    lamp: Lamp | None
    lamp_words: str
    due: str
    waits: str


def other_levels(tx: Tx, who: Officer, case_id: int, now: datetime) -> list[LevelLine]:
    """The case below this one and the one above it; none of a case of one level. Whoever calls has asked whether this one is
    seen."""
    c = tables.cases
    own = tx.execute(sa.select(c).where(c.c.id == case_id)).one()
    found = [_line(tx, who, row, now, upper=row.lower_id == case_id) for row in beside(tx, case_id)]
    return found or _on_its_way(tx, own)


def _line(tx: Tx, who: Officer, row: Any, now: datetime, *, upper: bool) -> LevelLine:
    ended = Phase(row.phase) in ENDS
    clock = clocks_at(tx, row.id, time_of_case(tx, row.id), now).counting
    result = ENDINGS.get(row.result or "")
    name = PHASE_NAMES[Phase(row.phase)]
    return LevelLine(
        upper=upper,
        office=f"{row.office}{row.department}",
        case_no=row.case_no if sees(tx, who, row.id, row.office_id) else "",
        words=f"{name}，{result}" if result and row.decided_on is not None else name,
        granted=row.result == "granted",
        lamp=clock.lamp if clock is not None else None,
        lamp_words=clock.words if clock is not None else "",
        due=clock.due if clock is not None else "",
        waits="" if ended else waiting(tx, [row.id], now)[row.id].sentence,
    )


def _on_its_way(tx: Tx, own: Any) -> list[LevelLine]:
    """Sent up a moment ago: the job that opens the case above has not run yet."""
    j = tables.jobs
    opening = sa.select(j.c.id).where(j.c.case_id == own.id, j.c.kind == "open_upper", j.c.state != "done").limit(1)
    if Phase(own.phase) in ENDS or tx.value(opening) is None:
        return []
    return [LevelLine(True, sent_up(tx, own.id).receiver, "", "已上报，等待上级机关收件", False, None, "", "", "")]
