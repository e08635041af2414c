"""A task at a glance: what stands beside the worklist while the cursor is on its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..cases import task_view
from ..people import Officer, establishment_now
from ..store import Tx, tables
from .clocks import ClockLine, clocks_at
from .holding import Holding, holdings
from .lines import Line, lines_of, with_words
from .record import Note, last_note
from .times import time_of_case

_NO_STEP = frozenset({"claim", "give_back", "flag", "recount", "timers"})


@dataclass(frozen=True)
class Materials:
    """What of the listed papers is there. missing: names; promised: names with the day on which each is due."""

    listed: int
    brought: int
    missing: tuple[str, ...]
    promised: tuple[tuple[str, date], ...]


@dataclass(frozen=True)
class Glance:
    """clock: the one that counts now, None where none does. last: the last step that somebody took. holdings: working days by
    hand, in the order of their first turn."""

    line: Line
    clock: ClockLine | None
    materials: Materials
    last: Note | None
    holdings: tuple[tuple[str, float], ...]


def glance(tx: Tx, who: Officer, task_id: int, now: datetime) -> Glance:
    """One task at a glance. Raises TaskUnknown, for a stranger too."""
    task_view(tx, who, task_id)
    (line,) = lines_of(tx, establishment_now(tx), [task_id])
    time = time_of_case(tx, line.case_id)
    return Glance(
        line=with_words(tx, [line], time, now)[0],
        clock=clocks_at(tx, line.case_id, time, now).counting,
        materials=_materials(tx, line.case_id),
        last=last_note(tx, line.case_id, _NO_STEP),
        holdings=_by_hand(holdings(tx, [line.case_id], now)[line.case_id]),
    )


def _materials(tx: Tx, case_id: int) -> Materials:
    m = tables.materials
    rows: Sequence[Any] = tx.rows(sa.select(m).where(m.c.case_id == case_id).order_by(m.c.id))
    listed = [r for r in rows if r.state != "not_needed"]
    return Materials(
        listed=len(listed),
        brought=sum(r.state == "brought" for r in listed),
        missing=tuple(r.name for r in listed if r.state == "missing"),
        promised=tuple((r.name, r.promised_on) for r in listed if r.state == "promised"),
    )


def _by_hand(line: Sequence[Holding]) -> tuple[tuple[str, float], ...]:
    days: dict[str, float] = {}
    for one in line:
        days[one.label] = days.get(one.label, 0.0) + one.days
    return tuple(days.items())
