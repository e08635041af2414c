"""Which versions still have cases: a published version runs until the last of its cases is closed."""

from __future__ import annotations

import sqlalchemy as sa

from ..cases import ENDS
from ..people import Office
from ..store import Tx, tables


def cases_by_version(tx: Tx, of: Office) -> dict[tuple[str, int], int]:
    """How many open cases of an office run on each version: (matter, number) -> cases; versions without any are left out."""
    c, v, m = tables.cases, tables.versions, tables.matters
    rows = tx.rows(
        sa.select(m.c.code, v.c.number, sa.func.count().label("cases"))
        .select_from(c)
        .join(v, v.c.id == c.c.version_id)
        .join(m, m.c.id == v.c.matter_id)
        .where(c.c.office_id == of.id, c.c.phase.not_in([str(end) for end in ENDS]))
        .group_by(m.c.code, v.c.number)
        .order_by(m.c.code, v.c.number)
    )
    return {(r.code, r.number): r.cases for r in rows}
