"""Less to write at every act

A task that is done leaves the index of what is to do in its case and is not written into it anew; a clock whose lamp is green, as nearly
all are, does not stand in the index of lamps.

Where a case stands moves to the state of its process, which changes with it: each act changed two rows where one will do, and to that of the
case half of all tables refer, so that PostgreSQL asks for each of them whether its key is another one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_STANDS = {"revision": sa.Integer, "journal_n": sa.Integer, "journal_hash": sa.Text, "state_digest": sa.Text}


def upgrade() -> None:
    live = sa.text("state IN ('open', 'claimed')")
    lit = sa.text("state = 'running' AND lamp != 'green'")
    op.drop_index("ix_tasks_case", "tasks")
    op.drop_index("ix_clocks_lamp", "clocks")
    op.create_index("ix_tasks_case", "tasks", ["case_id"], postgresql_where=live, sqlite_where=live)
    op.create_index("ix_clocks_lamp", "clocks", ["lamp", "case_id"], postgresql_where=lit, sqlite_where=lit)
    _move_where_it_stands()


def _move_where_it_stands() -> None:
    """On SQLite in front of the state, which may be long: so it lies in the first page of a row."""
    # not NOT IN: PostgreSQL would go through all processes for every case, as soon as they do not fit into its memory
    beside = sa.text(
        "SELECT count(*) FROM cases WHERE NOT EXISTS (SELECT 1 FROM processes WHERE processes.case_id = cases.id)"
    )
    if lost := op.get_bind().execute(beside).scalar():
        raise RuntimeError(
            f"{lost} cases have no process, and what stands only with them would be lost: mend them first"
        )
    sqlite = op.get_bind().dialect.name == "sqlite"
    behind = "state" if sqlite else None
    with op.batch_alter_table("processes", recreate="always" if sqlite else "never") as processes:
        for name, kind in _STANDS.items():
            nothing = "0" if kind is sa.Integer else ""
            processes.add_column(sa.Column(name, kind(), server_default=nothing, nullable=False), insert_before=behind)
    names = ", ".join(_STANDS)
    op.execute(f"UPDATE processes SET ({names}) = (SELECT {names} FROM cases WHERE cases.id = processes.case_id)")
    for name in _STANDS:
        op.drop_column("cases", name)
