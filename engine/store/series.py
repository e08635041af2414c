"""Numbers without gaps: case numbers and document numbers, per office, name and year."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from .database import Tx
from .prepared import Prepared
from .tables import series


def next_number(tx: Tx, office_id: int, name: str, year: int) -> int:
    """The next number of a series, from 1. The series' row stays locked until the transaction ends: no gap, no twin."""
    return int(tx.value(_NEXT[tx.dialect], office_id=office_id, name=name, year=year))


def _next(make: Any) -> Prepared:
    named = {name: sa.bindparam(name, type_=series.c[name].type) for name in ("office_id", "name", "year")}
    first = make(series).values(**named, last=1)
    moved = first.on_conflict_do_update(index_elements=list(named), set_={"last": series.c.last + 1})
    return Prepared(moved.returning(series.c.last))


_NEXT = {"sqlite": _next(sqlite.insert), "postgresql": _next(postgresql.insert)}
