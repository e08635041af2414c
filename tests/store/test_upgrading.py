"""A database of an earlier release, with rows in it, gets the tables of this one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.store import ConstraintBroken, Database, Tx, demand_newest, migrate, migrations, newest, tables
from engine.store.migrate import found
from tests.hall import Hall

BEFORE_0018 = (
    "DROP INDEX ix_tasks_case",
    "DROP INDEX ix_clocks_lamp",
    "CREATE INDEX ix_tasks_case ON tasks (case_id, state)",
    "CREATE INDEX ix_clocks_lamp ON clocks (lamp, case_id) WHERE state = 'running'",
    "UPDATE alembic_version SET version_num = '0017'",
)
STOOD = {
    "revision": "INTEGER DEFAULT '0' NOT NULL",
    "journal_n": "INTEGER DEFAULT '0' NOT NULL",
    "journal_hash": "TEXT DEFAULT '' NOT NULL",
    "state_digest": "TEXT DEFAULT '' NOT NULL",
}
BEFORE_0016 = (
    "DROP TABLE guesses",
    "DROP INDEX ix_tasks_pool_due",
    "DROP INDEX ix_tasks_desk_due",
    "CREATE INDEX ix_tasks_pool_due ON tasks (window_id, lamp, due_on, id) WHERE state = 'open'",
    "CREATE INDEX ix_tasks_desk_due ON tasks (officer_id, lamp, due_on, id) WHERE state = 'claimed'",
    "ALTER TABLE tasks DROP COLUMN matter_id",
    "UPDATE alembic_version SET version_num = '0015'",
)


def test_tasks_get_the_matter_of_their_case(hall: Hall) -> None:
    for matter in ("GH02", "XF01"):
        hall.accepted(matter)
    with hall.database.writing() as tx:
        as_before_0018(tx)
        for statement in BEFORE_0016:
            tx.execute(sa.text(statement))
    migrate(hall.database)
    demand_newest(hall.database)
    t, c = tables.tasks, tables.cases
    with hall.database.reading() as tx:
        rows = tx.rows(sa.select(t.c.matter_id, c.c.matter_id.label("of_case")).join(c, c.c.id == t.c.case_id))
    assert len({row.matter_id for row in rows}) == 2
    assert [row for row in rows if row.matter_id != row.of_case] == []
    assert {name: columns for name, columns in indexed(hall.database, "tasks").items() if "_due" in name} == {
        "ix_tasks_pool_due": ["window_id", "lamp", "due_on", "id", "matter_id"],
        "ix_tasks_desk_due": ["officer_id", "lamp", "due_on", "id", "matter_id"],
    }
    hall.accepted("GH02")  # and goes on


IMPOSSIBLE = (
    ("tasks", "ck_tasks_claimed_by", {"state": "claimed", "officer_id": None}),
    ("tasks", "ck_tasks_done_has_moment", {"state": "done"}),
    ("tasks", "ck_tasks_open_is_free", {"state": "open", "officer_id": 1}),
    ("tasks", "ck_tasks_state", {"state": "lost", "done_at": None}),
    ("clocks", "ck_clocks_lamp", {"lamp": "blue"}),
    ("clocks", "ck_clocks_state", {"state": "lost", "alert_at": None}),
    ("clocks", "ck_clocks_stopped_is_silent", {"state": "stopped"}),
    ("possessions", "ck_possessions_holder", {"holder": "nobody"}),
    ("possessions", "ck_possessions_officer_named", {"holder": "officer", "officer_id": None}),
    ("possessions", "ck_possessions_order", {"until_at": sa.literal_column("from_at") - 1}),
    ("possessions", "ck_possessions_window_named", {"holder": "window", "window_id": None}),
    ("cases", "ck_cases_phase", {"phase": "lost"}),
    ("cases", "ck_cases_result", {"result": "granted"}),
)


def test_what_no_row_may_be_and_where_a_case_stands_are_after_as_before(hall: Hall) -> None:
    case_id = hall.accepted("GH02")
    stands = hall.case(case_id)
    before = {name: refused(hall.database, table, change) for table, name, change in IMPOSSIBLE}
    assert before == {name: name for _, name, _ in IMPOSSIBLE}
    with hall.database.writing() as tx:
        as_before_0018(tx)
    assert {name: refused(hall.database, table, change) for table, name, change in IMPOSSIBLE} == before
    migrate(hall.database)
    demand_newest(hall.database)
    assert {name: refused(hall.database, table, change) for table, name, change in IMPOSSIBLE} == before
    assert indexed(hall.database, "tasks")["ix_tasks_case"] == ["case_id"]
    assert hall.case(case_id) == stands
    assert hall.flaws(case_id) == []
    hall.accepted("GH02")  # and goes on


def test_a_case_without_its_process_is_not_lost_unnoticed(hall: Hall) -> None:
    case_id = hall.accepted("GH02")
    p = tables.processes
    with hall.database.writing() as tx:
        as_before_0018(tx)
        tx.execute(p.delete().where(p.c.case_id == case_id))
    with pytest.raises(RuntimeError, match="1 cases have no process"):
        migrate(hall.database)
    assert found(hall.database) == "0017"


def test_no_script_goes_through_a_table_for_every_row_of_another_one() -> None:
    """Behind NOT IN, PostgreSQL goes through all rows again for each, as soon as they do not fit into the memory of a question: of a
    few hundred thousand cases an upgrade would not come to its end in a day."""
    scripts = {file.name: file.read_text("utf-8") for file in Path(migrations.__path__[0], "versions").glob("v*.py")}
    assert newest() in "".join(scripts)
    assert [
        name for name, text in scripts.items() if re.search(r"NOT\s+IN\s*\(\s*SELECT|not_in\(\s*sa\.select", text)
    ] == []


def refused(database: Database, table: str, change: dict[str, Any]) -> str:
    """By which name, if any row of it is to become so."""
    of = tables.metadata.tables[table]
    if "until_at" in change and database.dialect == "postgresql":
        change = {"until_at": sa.literal_column("from_at - interval '1 second'")}
    with pytest.raises(ConstraintBroken) as broken, database.writing() as tx:
        tx.execute(of.update().where(of.c.id == tx.value(sa.select(sa.func.max(of.c.id)))).values(**change))
    return str(broken.value.name)


def as_before_0018(tx: Tx) -> None:
    for name, kind in STOOD.items():
        tx.execute(sa.text(f"ALTER TABLE cases ADD COLUMN {name} {kind}"))
        stands = f"SELECT {name} FROM processes WHERE processes.case_id = cases.id"
        tx.execute(sa.text(f"UPDATE cases SET {name} = ({stands})"))
        tx.execute(sa.text(f"ALTER TABLE processes DROP COLUMN {name}"))
    for statement in BEFORE_0018:
        tx.execute(sa.text(statement))


def indexed(database: Database, table: str) -> dict[str, list[str]]:
    with database.engine.connect() as connection:
        every = sa.inspect(connection).get_indexes(table)
    return {str(one["name"]): list(map(str, one["column_names"])) for one in every}
