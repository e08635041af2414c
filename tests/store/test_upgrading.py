"""A database of an earlier release, with rows in it, gets the tables of this one."""

from __future__ import annotations

import sqlalchemy as sa

from engine.store import Database, demand_newest, migrate, tables
from tests.hall import Hall

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
        for statement in BEFORE_0016:
            tx.execute(sa.text(statement))
    migrate(hall.database)
    demand_newest(hall.database)
    t, c = tables.tasks, tables.cases
    with hall.database.reading() as tx:
        rows = tx.rows(sa.select(t.c.matter_id, c.c.matter_id.label("of_case")).join(c, c.c.id == t.c.case_id))
    assert len({row.matter_id for row in rows}) == 2
    assert [row for row in rows if row.matter_id != row.of_case] == []
    assert indexed(hall.database) == {
        "ix_tasks_pool_due": ["window_id", "lamp", "due_on", "id", "matter_id"],
        "ix_tasks_desk_due": ["officer_id", "lamp", "due_on", "id", "matter_id"],
    }
    hall.accepted("GH02")  # and goes on


def indexed(database: Database) -> dict[str, list[str]]:
    with database.engine.connect() as connection:
        every = sa.inspect(connection).get_indexes("tasks")
    return {str(one["name"]): list(map(str, one["column_names"])) for one in every if "_due" in str(one["name"])}
