"""Less to write at every act

A task that is done leaves the index of what is to do in its case and is not written into it anew; a clock whose lamp is green, as nearly
all are, does not stand in the index of lamps.

Where a case stands moves to the state of its process, which changes with it: each act changed two rows where one will do, and to that of the
case half of all tables refer, so that PostgreSQL asks for each of them whether its key is another one.

PostgreSQL reads a table's CHECK constraints out of their text anew for each statement that writes into it: those of a case
cost more than the rest of what is done to its row. Where every act writes they become one function, which it keeps ready as long as a
connection is open. What is refused, and by which name, is the same (docs/decisions/0039).
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_EVERY_ACT = ("cases", "clocks", "possessions", "tasks")
_STANDS = {"revision": sa.Integer, "journal_n": sa.Integer, "journal_hash": sa.Text, "state_digest": sa.Text}


def upgrade() -> None:
    live = sa.text("state IN ('open', 'claimed')")
    lit = sa.text("state = 'running' AND lamp != 'green'")
    op.drop_index("ix_tasks_case", "tasks")
    op.drop_index("ix_clocks_lamp", "clocks")
    op.create_index("ix_tasks_case", "tasks", ["case_id"], postgresql_where=live, sqlite_where=live)
    op.create_index("ix_clocks_lamp", "clocks", ["lamp", "case_id"], postgresql_where=lit, sqlite_where=lit)
    _move_where_it_stands()
    if op.get_bind().dialect.name == "postgresql":
        for table in _EVERY_ACT:
            _check_by_function(table)


def _move_where_it_stands() -> None:
    """On SQLite in front of the state, which may be long: so it lies in the first page of a row."""
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


def _check_by_function(table: str) -> None:
    """All that the constraints of this table say now, as they say it: first together, and where that is not true one by one, in the
    order in which PostgreSQL looks at them. What is not known is not refused."""
    bind, of_table = op.get_bind(), {"of": table}
    checks = bind.execute(
        sa.text(
            "SELECT conname, pg_get_expr(conbin, conrelid) AS says FROM pg_constraint"
            " WHERE conrelid = CAST(:of AS regclass) AND contype = 'c' ORDER BY conname"
        ),
        of_table,
    ).all()
    columns = bind.execute(
        sa.text(
            "SELECT attname, format_type(atttypid, atttypmod) AS kind FROM pg_attribute WHERE attrelid = CAST(:of AS regclass)"
            " AND attnum IN (SELECT unnest(conkey) FROM pg_constraint WHERE conrelid = attrelid AND contype = 'c')"
            " ORDER BY attnum"
        ),
        of_table,
    ).all()
    one_by_one = "\n".join(
        f"IF {one.says} IS FALSE THEN RAISE check_violation USING TABLE = '{table}', CONSTRAINT = '{one.conname}'; END IF;"
        for one in checks
    )
    given = ", ".join(f"{one.attname} {one.kind}" for one in columns)
    op.execute(
        f"CREATE FUNCTION lianshen_possible_{table}({given}) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN\n"
        f"IF {' AND '.join(one.says for one in checks)} THEN RETURN true; END IF;\n{one_by_one}\nRETURN true;\nEND $$"
    )
    dropped = ", ".join(f"DROP CONSTRAINT {one.conname}" for one in checks)
    passed = ", ".join(one.attname for one in columns)
    op.execute(
        f"ALTER TABLE {table} {dropped}, ADD CONSTRAINT ck_{table}_possible CHECK (lianshen_possible_{table}({passed}))"
    )
