"""A stage of joint approval as officers look at it: each matter with its own case, that case's clock, and who holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..cases import Consequence, MatterOfStage, consequences, look_at, matter_names, matters_of
from ..clock import Lamp
from ..people import Officer, sees, visible_cases
from ..store import Tx, tables
from .clocks import ClockLine, clocks_at
from .times import time_of_case
from .waiting import Waiting, waiting


@dataclass(frozen=True)
class MatterLine:
    """One matter of a stage. words: how it stands; reason: why it is held back or waits, or by what it was dropped. case_no: of
    its own case, empty where there is none yet or the asker may not see it. lamp: of the clock that counts there, None where
    none does; due: its day in words. paused: its special procedure runs. waits: the sentence why it waits, and for whom."""

    code: str
    name: str
    optional: bool
    state: str
    words: str
    reason: str
    tolerant: bool
    open_on: date | None
    ended_on: date | None
    granted: bool
    paused: bool
    case_no: str
    lamp: Lamp | None
    lamp_words: str
    due: str
    waits: str

    @property
    def lies(self) -> bool:
        """It is held back or waits: it can be let go, or dropped."""
        return self.state in ("held", "waiting")


@dataclass(frozen=True)
class StageOf:
    """The stage to which a case belongs. seen: the asker may open it."""

    case_no: str
    name: str
    seen: bool


def stage_matters(tx: Tx, who: Officer, case_id: int, now: datetime) -> list[MatterLine]:
    """The matters of a stage in the order in which they were called; none of a case that is no stage. Whoever calls has asked
    whether the stage is seen; a matter's own case is named to who may see it."""
    rows = matters_of(tx, case_id)
    if not rows:
        return []
    c, m = tables.cases, tables.matters
    asked = sa.select(c.c.id, c.c.office_id, c.c.case_no, m.c.code).join(m, m.c.id == c.c.matter_id)
    children = {r.code: r for r in tx.rows(asked.where(c.c.master_id == case_id))}
    seen = {r.id for r in tx.rows(sa.select(c.c.id).where(c.c.master_id == case_id, visible_cases(tx, who)))}
    names = matter_names(tx, tx.value(sa.select(c.c.office_id).where(c.c.id == case_id)))
    open_ids = [r.id for r in children.values()]
    waits, time = waiting(tx, open_ids, now), time_of_case(tx, case_id)
    counting = {r.id: clocks_at(tx, r.id, time, now).counting for r in children.values()}
    return [_line(row, names, children.get(row.code), seen, waits, counting) for row in rows]


def _line(
    row: MatterOfStage,
    names: Mapping[str, str],
    child: Any,
    seen: set[int],
    waits: Mapping[int, Waiting],
    counting: Mapping[int, ClockLine | None],
) -> MatterLine:
    clock = counting[child.id] if child is not None and row.ending is None else None
    return MatterLine(
        code=row.code,
        name=names[row.code],
        optional=row.optional,
        state=row.state,
        words=row.told(names),
        reason=row.reason,
        tolerant=row.tolerant,
        open_on=row.open_on,
        ended_on=row.ended_on,
        granted=row.ending == "granted",
        paused=row.ending is None and any(end is None for _, end in row.pauses),
        case_no=child.case_no if child is not None and child.id in seen else "",
        lamp=clock.lamp if clock is not None else None,
        lamp_words=clock.words if clock is not None else "",
        due=clock.due if clock is not None else "",
        waits=waits[child.id].sentence if child is not None and row.ending is None else "",
    )


def stage_of_case(tx: Tx, who: Officer, case_id: int) -> StageOf | None:
    """The stage to which a case belongs; None for a case of its own."""
    c, m = tables.cases, tables.matters
    child, master = c.alias(), c
    row = tx.row(
        sa.select(master.c.id, master.c.office_id, master.c.case_no, m.c.name)
        .join(child, child.c.master_id == master.c.id)
        .join(m, m.c.id == master.c.matter_id)
        .where(child.c.id == case_id)
    )
    return StageOf(row.case_no, row.name, sees(tx, who, row.id, row.office_id)) if row is not None else None


def refusal_would_stop(tx: Tx, case_id: int, now: datetime) -> Sequence[Consequence]:
    """The matters of its stage that could not start any more, or not be granted, if this case were refused or ended now; none
    for a case of its own."""
    c, m = tables.cases, tables.matters
    asked = sa.select(c.c.master_id, m.c.code).join(m, m.c.id == c.c.matter_id).where(c.c.id == case_id)
    row = tx.execute(asked).one()
    return consequences(look_at(tx, row.master_id, now), row.code) if row.master_id is not None else ()
