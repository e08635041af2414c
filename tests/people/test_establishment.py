"""What is kept of offices in memory holds as long as its mark does, and everything that is kept moves the mark."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.people import Establishment, establishment, office, office_by_code, officer_by_login
from engine.store import Database, Tx, tables
from tests.hall import Hall

KEPT = (
    tables.offices,
    tables.departments,
    tables.windows,
    tables.calendar_notices,
    tables.stand_ins,
    tables.officers,
    tables.officer_windows,
    tables.persons,
    tables.matters,
)
OF_NO_MATTER = {tables.offices: {"id", "silence_basis", "journal_n", "journal_hash"}}
"""Columns of which nothing is kept, and which acts move."""
_MARK = sa.select(tables.establishment.c.mark)


def _mark(database: Database) -> str:
    with database.reading() as tx:
        return str(tx.value(_MARK))


def test_a_change_of_anything_that_is_kept_moves_the_mark(hall: Hall) -> None:
    hall.stand_in("qian", "li")
    kept = [column for table in KEPT for column in table.c if column.name not in OF_NO_MATTER.get(table, ())]
    assert len(kept) > 40
    for column in kept:
        before = _mark(hall.database)
        with hall.database.writing() as tx:
            assert tx.execute(column.table.update().values({column: column})).rowcount
        assert _mark(hall.database) != before, column


def test_a_row_that_comes_or_goes_moves_the_mark(hall: Hall) -> None:
    hall.stand_in("qian", "li")
    for table in KEPT:
        marks = [_mark(hall.database)]
        with hall.database.writing() as tx:
            row = _another(tx, table)
            tx.execute(table.insert().values(row))
            marks.append(tx.value(_MARK))
            same = sa.and_(*(column == row[column.name] for column in table.primary_key.columns))
            assert tx.execute(table.delete().where(same)).rowcount == 1
            marks.append(tx.value(_MARK))
        assert len(set(marks)) == 3, table.name


def _another(tx: Tx, table: sa.Table) -> dict[str, Any]:
    """A row like one that is there, with keys of its own."""
    row = dict(tx.rows(table.select())[0]._mapping)
    for name, value in row.items():
        unique = any(name in c.columns for c in table.constraints if isinstance(c, sa.UniqueConstraint))
        row[name] = f"{value} anew" if unique and isinstance(value, str) else value
    if "id" in row:
        return {**row, "id": 10_000}
    return {**row, "window_id": tx.rows(tables.windows.select())[-1].id}


def test_the_journal_of_an_office_moves_no_mark(hall: Hall) -> None:
    before = _mark(hall.database)
    with hall.database.writing() as tx:
        tx.change(tables.offices, {"code": "lz"}, journal_n=7, journal_hash="x")
    assert _mark(hall.database) == before


def test_an_act_sees_at_once_what_was_changed(hall: Hall) -> None:
    case_id = hall.accepted()
    task = hall.task(case_id, "review")
    with hall.database.reading() as tx:
        known = establishment(tx, str(tx.value(_MARK)))
        assert known.time(tx, hall.case(case_id).office_id).hours is not None
    with hall.database.writing() as tx:
        tx.change(tables.windows, {"id": task.window_id}, name="改了名的窗口")
    with hall.database.reading() as tx:
        now = establishment(tx, str(tx.value(_MARK)))
        assert now is not known
        names = {one.name for one in now.windows(tx, hall.case(case_id).office_id)}
    assert "改了名的窗口" in names


def test_what_was_rolled_back_is_known_to_nobody(hall: Hall) -> None:
    before = _mark(hall.database)
    with pytest.raises(ZeroDivisionError), hall.database.writing() as tx:
        tx.change(tables.offices, {"code": "lz"}, name="没有发生过的名称")
        inside = establishment(tx, str(tx.value(_MARK)))
        assert inside.office(tx, office_by_code(tx, "lz").id).name == "没有发生过的名称"
        raise ZeroDivisionError
    with hall.database.reading() as tx:
        again = establishment(tx, str(tx.value(_MARK)))
        assert str(tx.value(_MARK)) == before
        assert again.office(tx, office_by_code(tx, "lz").id) == office(tx, office_by_code(tx, "lz").id)
        assert again.office(tx, office_by_code(tx, "lz").id).name != "没有发生过的名称"


def test_what_is_kept_equals_what_is_asked(hall: Hall) -> None:
    hall.stand_in("qian", "li")
    with hall.database.reading() as tx:
        of, li = office_by_code(tx, "lz"), officer_by_login(tx, "li")
        known = Establishment()
        on = known.time(tx, of.id).civil(hall.now)
        for _ in range(2):
            assert [one.login for one in known.absent_for(tx, li, on)] == ["qian"]
        later = on.replace(year=on.year + 1)
        assert list(known.absent_for(tx, li, later)) == []
        assert [one.login for one in known.absent_for(tx, li, on)] == ["qian"]
