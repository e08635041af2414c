"""Which versions still have cases: a published version runs until the last of its cases is closed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..people import Office
from ..store import Tx, in_text, tables
from .desks import MOST, Count


def cases_by_version(tx: Tx, of: Office) -> dict[tuple[str, int], Count]:
    """How many open cases of an office run on each version: (matter, number) -> cases, counted up to MOST; versions without any
    are left out."""
    c, v, m = tables.cases, tables.versions, tables.matters
    still: sa.Select[Any] = sa.select(sa.literal_column("1")).where(c.c.version_id == v.c.id, c.c.closed_at.is_(None))
    some = still.correlate(v).limit(in_text(MOST + 1)).subquery()
    rows = tx.rows(
        sa.select(m.c.code, v.c.number, sa.select(sa.func.count()).select_from(some).scalar_subquery().label("cases"))
        .select_from(v)
        .join(m, m.c.id == v.c.matter_id)
        .where(m.c.office_id == of.id)
        .order_by(m.c.code, v.c.number)
    )
    return {(r.code, r.number): Count(r.cases) for r in rows if r.cases}
