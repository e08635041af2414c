"""The list of cases: all that an officer may see, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..cases import PHASE_NAMES, Phase, case_lamp
from ..clock import Lamp
from ..people import Officer, visible_cases
from ..store import Tx, tables
from .desks import found_by
from .waiting import Waiting, waiting


@dataclass(frozen=True)
class CasesAsked:
    """What is asked for. query: as in a worklist; open: only those that have not ended. Empty is everything."""

    query: str = ""
    phase: Phase | None = None
    lamp: Lamp | None = None
    open: bool = False


@dataclass(frozen=True)
class CaseLine:
    """One case in the list. lamp: of the whole case, None once it has ended."""

    id: int
    case_no: str
    matter: str
    applicant_name: str
    channel: str
    phase: Phase
    result: str | None
    lamp: Lamp
    filed_at: datetime
    received_at: datetime
    accepted_on: date | None
    decided_on: date | None
    closed_at: datetime | None

    @property
    def phase_name(self) -> str:
        return PHASE_NAMES[self.phase]


@dataclass(frozen=True)
class CasesPage:
    """One page. waiting: why each case waits; more: there are further ones, behind the id of the last."""

    lines: tuple[CaseLine, ...]
    waiting: Mapping[int, Waiting]
    more: bool


def case_list(
    tx: Tx, who: Officer, asked: CasesAsked | None = None, *, limit: int = 50, after: int = 0
) -> list[CaseLine]:
    """The cases that an officer may see, the newest first, at most `limit`, behind the case `after`."""
    c, m, wanted = tables.cases, tables.matters, asked or CasesAsked()
    lamp = case_lamp().label("lamp")
    chosen = (
        sa.select(c, m.c.name.label("matter"), lamp)
        .join(m, m.c.id == c.c.matter_id)
        .where(visible_cases(tx, who), *_narrowing(wanted))
        .order_by(c.c.id.desc())
        .limit(limit)
    )
    if after:
        chosen = chosen.where(c.c.id < after)
    return [_line(r) for r in tx.rows(chosen)]


def cases_page(tx: Tx, who: Officer, now: datetime, asked: CasesAsked, *, limit: int = 50, after: int = 0) -> CasesPage:
    """One page of the list, with the sentence why each case waits."""
    found = case_list(tx, who, asked, limit=limit + 1, after=after)
    lines = tuple(found[:limit])
    return CasesPage(lines, waiting(tx, [line.id for line in lines], now), len(found) > limit)


def project_of(tx: Tx, case_id: int) -> tuple[str, str] | None:
    """Code and name of the key project to which a case belongs; None when it belongs to none that is open."""
    c, p = tables.cases, tables.projects
    belongs = sa.and_(p.c.office_id == c.c.office_id, p.c.code == c.c.project_code, p.c.closed_at.is_(None))
    row = tx.row(sa.select(p.c.code, p.c.name).join(c, belongs).where(c.c.id == case_id))
    return None if row is None else (row.code, row.name)


def _narrowing(asked: CasesAsked) -> list[sa.ColumnElement[bool]]:
    c = tables.cases
    found: list[sa.ColumnElement[bool]] = []
    if asked.query:
        found.append(found_by(asked.query))
    if asked.phase is not None:
        found.append(c.c.phase == asked.phase)
    if asked.open or asked.lamp is not None:
        found.append(c.c.closed_at.is_(None))
    if asked.lamp is not None:
        found.append(case_lamp() == asked.lamp)
    if asked.lamp not in (None, Lamp.GREEN):  # one clock at least has it: the few cases are found by its index
        k = tables.clocks
        found.append(c.c.id.in_(sa.select(k.c.case_id).where(k.c.lamp == asked.lamp, k.c.state == "running")))
    return found


def _line(row: Any) -> CaseLine:
    return CaseLine(
        id=row.id,
        case_no=row.case_no,
        matter=row.matter,
        applicant_name=row.applicant_name,
        channel=row.channel,
        phase=Phase(row.phase),
        result=row.result,
        lamp=Lamp(row.lamp),
        filed_at=row.filed_at,
        received_at=row.received_at,
        accepted_on=row.accepted_on,
        decided_on=row.decided_on,
        closed_at=row.closed_at,
    )
