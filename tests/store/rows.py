"""Bare rows for tests of the store: as little as the tables allow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from engine.store import Database, Tx, newest, tables

NOON = datetime(2026, 11, 24, 4, 0, 0, 123456, tzinfo=UTC)


def bare_office(tx: Tx, code: str = "lz", **more: Any) -> int:
    values = {
        "name": "临州",
        "region": "CN",
        "level": "city",
        "hours": [["09:00", "17:00"]],
        "number_prefix": code,
        **more,
    }
    return tx.insert(tables.offices, code=code, **values)


def bare_case(tx: Tx, no: str = "T-1") -> int:
    office_id = bare_office(tx, f"o{no}")
    department = tx.insert(tables.departments, office_id=office_id, code=f"d{no}", name="d")
    matter = tx.insert(tables.matters, office_id=office_id, department_id=department, code=f"m{no}", name="m")
    version = tx.insert(tables.versions, matter_id=matter, number=1, content_hash=no, published_at=NOON, note="")
    case_id = tx.insert(
        tables.cases,
        case_no=no,
        office_id=office_id,
        matter_id=matter,
        version_id=version,
        channel="window",
        applicant_name="王强",
        applicant={},
        answers={},
        query_digest="",
        phase="received",
        filed_at=NOON,
        received_at=NOON,
        received_on=date(2026, 11, 24),
    )
    tx.insert(tables.processes, case_id=case_id, state=b"")
    return case_id


@contextmanager
def of_another_release(database: Database) -> Iterator[None]:
    """Somebody has upgraded the tables, while we are at work."""
    version = sa.table("alembic_version", sa.column("version_num"))
    with database.writing() as tx:
        tx.execute(version.update().values(version_num="9999"))
    yield
    with database.writing() as tx:
        tx.execute(version.update().values(version_num=newest()))
