"""Numbers without gaps: case numbers and document numbers, per office, name and year."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite

from .database import Tx
from .tables import series


def next_number(tx: Tx, office_id: int, name: str, year: int) -> int:
    """The next number of a series, from 1. The series' row stays locked until the transaction ends: no gap, no twin."""
    make = postgresql.insert if tx.dialect == "postgresql" else sqlite.insert
    first = make(series).values(office_id=office_id, name=name, year=year, last=1)
    statement = first.on_conflict_do_update(
        index_elements=[series.c.office_id, series.c.name, series.c.year], set_={"last": series.c.last + 1}
    )
    return int(tx.execute(statement.returning(series.c.last)).scalar_one())
