"""Rows that come in one column are the rows that a statement of their own gives."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engine.store import Database, canonical, nested, tables
from tests.store.rows import NOON, bare_case

TASKS, CLOCKS = tables.tasks, tables.clocks
DRAFT = {"意见": '同意“附条件”\n"x"\\', "n": [1, None, True], "": {}}


def test_they_are_the_same_rows(database: Database) -> None:
    with database.writing() as tx:
        case_id = _worked(tx)
        other = bare_case(tx, "other")
    for table in (TASKS, CLOCKS):
        inside = nested(tuple(table.c), table.c.case_id == tables.cases.c.id, of=tables.cases).label("inside")
        with database.reading() as tx:
            alone = tx.rows(sa.select(table).where(table.c.case_id == case_id).order_by(table.c.id))
            together = tx.value(sa.select(inside).where(tables.cases.c.id == case_id))
            assert len(alone) == 3
            rows = [one._asdict() for one in together]
            assert rows == [one._mapping for one in alone]
            assert [list(map(type, row.values())) for row in rows] == [list(map(type, row)) for row in alone]
            assert tx.value(sa.select(inside).where(tables.cases.c.id == other)) == []


def test_texts_of_json_come_beside_them_as_they_are(database: Database) -> None:
    with database.writing() as tx:
        case_id = _worked(tx)
        other = bare_case(tx, "other")
    text = sa.type_coerce(CLOCKS.c.clock, sa.Text).label("clock")
    columns = [column for column in CLOCKS.c if column.name != "clock"]
    inside = nested(columns, CLOCKS.c.case_id == tables.cases.c.id, of=tables.cases, beside=text).label("inside")
    with database.reading() as tx:
        alone = tx.rows(sa.select(*columns, text).where(CLOCKS.c.case_id == case_id).order_by(CLOCKS.c.id))
        together = tx.value(sa.select(inside).where(tables.cases.c.id == case_id))
        assert [one._asdict() for one in together] == [one._mapping for one in alone]
        assert [one.clock for one in together] == [canonical(DRAFT), "{}", "{}"]
        assert tx.value(sa.select(inside).where(tables.cases.c.id == other)) == []


def _worked(tx: Any) -> int:
    """A case with three tasks and three clocks: with everything in them, with nothing in them, in between."""
    case_id = bare_case(tx, "worked")
    case = tx.row(
        sa.select(tables.cases.c.office_id, tables.departments.c.id.label("department_id"))
        .join(tables.departments, tables.departments.c.office_id == tables.cases.c.office_id)
        .where(tables.cases.c.id == case_id)
    )
    window_id = tx.insert(
        tables.windows,
        office_id=case.office_id,
        department_id=case.department_id,
        code="w",
        name="窗口",
        kind="department",
    )
    for n, (draft, at) in enumerate([(DRAFT, NOON), (None, None), ({}, NOON + timedelta(microseconds=120_000))]):
        tx.insert(
            TASKS,
            case_id=case_id,
            token=str(n),
            step="step",
            name="审查",
            kind="review",
            form=None if n else "意见",
            department_id=case.department_id,
            window_id=window_id,
            state="open",
            arrived_at=at or NOON + timedelta(microseconds=1),
            draft=draft,
            due_on=None if at is None else at.date(),
        )
        tx.insert(
            CLOCKS,
            case_id=case_id,
            kind="step",
            subject=f"task:{n}",
            clock=draft or {},
            state="running",
            due_on=None if at is None else at.date(),
            due_at=at,
            provisional=bool(n),
            lamp="green",
            alert_at=at,
        )
    return case_id
