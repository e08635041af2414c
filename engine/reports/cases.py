"""The list of cases: all that an officer may see, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from ..cases import PHASE_NAMES, Phase, case_lamp
from ..clock import Lamp
from ..people import Officer, Sight, sight
from ..store import Cursor, Prepared, Tx, among, in_text, tables
from .search import Hit, Search, Which
from .waiting import Waiting, waiting


@dataclass(frozen=True)
class CasesAsked:
    """What is asked for. query: the beginning of a case number, or part of the name of applicant, project or matter; open: only
    those that have not ended. Empty is everything."""

    query: str = ""
    phase: Phase | None = None
    lamp: Lamp | None = None
    open: bool = False

    @property
    def which(self) -> Which:
        """All of it but the text."""
        return Which(self.open, self.phase, self.lamp)


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
    """One page. waiting: why each case waits; next: the cursor behind it, empty where there are no further ones; stopped: not all was
    looked through that might belong on it."""

    lines: tuple[CaseLine, ...]
    waiting: Mapping[int, Waiting]
    next: str
    stopped: bool = False

    @property
    def more(self) -> bool:
        return bool(self.next)


def case_list(
    tx: Tx, who: Officer, asked: CasesAsked | None = None, *, limit: int = 50, after: str = ""
) -> list[CaseLine]:
    """The cases that an officer may see, the newest first, at most `limit`, behind the cursor `after`; those that a text finds in
    the order of `search`. Raises CursorNotUnderstood."""
    return case_list_part(tx, who, asked or CasesAsked(), limit=limit, after=after)[0]


def case_list_part(
    tx: Tx, who: Officer, asked: CasesAsked, *, limit: int = 50, after: str = ""
) -> tuple[list[CaseLine], str]:
    """The same, with the cursor behind these cases; it is empty where there are no further ones. Where a text is looked for, they may be
    fewer, or none, although there are further ones."""
    seen = sight(tx, who)
    if asked.query:
        looked = Search(tx, asked.query, asked.which).hits(seen, limit + 1, Hit.behind(after))
        return _lines(tx, [hit.id for hit in looked.found[:limit]]), looked.next(limit)
    older = {"older": Cursor.read(after, "cases", (None,)).numbers[0]} if after else {}
    ids = [r.id for r in tx.rows(_newest(seen, asked.which, limit + 1, bool(older)), **older)]
    return _lines(tx, ids[:limit]), Cursor("cases", ids[limit - 1]).written if len(ids) > limit else ""


def cases_page(
    tx: Tx, who: Officer, now: datetime, asked: CasesAsked, *, limit: int = 50, after: str = ""
) -> CasesPage:
    """One page of the list, with the sentence why each case waits."""
    lines, further = case_list_part(tx, who, asked, limit=limit, after=after)
    stopped = bool(further) and len(lines) < limit
    return CasesPage(tuple(lines), waiting(tx, [line.id for line in lines], now), further, stopped)


@lru_cache(256)
def _newest(seen: Sight, which: Which, limit: int, goes_on: bool) -> Prepared:
    """From each of the ways in which he sees cases the newest, of these the newest: as many as a page has are read of each,
    however many there are. goes_on: only those that are `older` than one."""
    c, k, older = tables.cases, tables.clocks, sa.bindparam("older", type_=sa.BigInteger())
    ways = [(source, conditions, order) for source, conditions, order in seen.ways]
    if which.lamp not in (None, Lamp.GREEN):  # one clock at least has it: the few cases are found by its index
        lit = c.join(k, k.c.case_id == c.c.id)
        lamp = sa.literal_column(
            f"'{Lamp(which.lamp)}'", sa.Text()
        )  # written out: few are red, and PostgreSQL knows how few
        ways = [(lit, (k.c.lamp == lamp, tables.LIT, seen.condition), k.c.case_id)]
    parts = [
        sa.select(
            sa.select(order.label("id"))
            .select_from(source)
            .where(*conditions, *which.where(), *([order < older] if goes_on else []))
            .group_by(order)
            .order_by(order.desc())
            .limit(in_text(limit))
            .subquery()
        )
        for source, conditions, order in ways
    ]
    some = sa.union(*parts).subquery()
    return Prepared(sa.select(some.c.id).order_by(some.c.id.desc()).limit(in_text(limit)))


def _lines(tx: Tx, case_ids: Sequence[int]) -> list[CaseLine]:
    if not case_ids:
        return []
    found = {r.id: _line(r) for r in tx.rows(_LINES, ids=case_ids)}
    return [found[case_id] for case_id in case_ids]


_SHOWN = (
    *("id", "case_no", "applicant_name", "channel", "phase", "result", "filed_at", "received_at"),
    *("accepted_on", "decided_on", "closed_at"),
)
_C, _M = tables.cases, tables.matters
_LINES = Prepared(
    sa.select(*(_C.c[name] for name in _SHOWN), _M.c.name.label("matter"), case_lamp().label("lamp"))
    .join(_M, _M.c.id == _C.c.matter_id)
    .where(among(_C.c.id, "ids"))
)


def project_of(tx: Tx, case_id: int) -> tuple[str, str] | None:
    """Code and name of the key project to which a case belongs; None when it belongs to none that is open."""
    c, p = tables.cases, tables.projects
    belongs = sa.and_(p.c.office_id == c.c.office_id, p.c.code == c.c.project_code, p.c.closed_at.is_(None))
    row = tx.row(sa.select(p.c.code, p.c.name).join(c, belongs).where(c.c.id == case_id))
    return None if row is None else (row.code, row.name)


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
