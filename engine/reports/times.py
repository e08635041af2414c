"""The time of the office to which a case belongs."""

from __future__ import annotations

import sqlalchemy as sa

from ..clock import OfficeTime
from ..people import office, office_time
from ..store import Tx, tables


def time_of_case(tx: Tx, case_id: int) -> OfficeTime:
    """By this a case counts its days, whoever looks at it."""
    office_id = tx.value(sa.select(tables.cases.c.office_id).where(tables.cases.c.id == case_id))
    return office_time(tx, office(tx, office_id))
