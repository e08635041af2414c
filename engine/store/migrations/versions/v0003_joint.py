"""Joint approval: stages and their matters, results that become materials"""

import sqlalchemy as sa
from alembic import op

from engine.store.columns import Json, Moment, Word

revision = "0003"
down_revision = "0002"
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _add_reference("cases", "master_id")
    op.create_index(
        "uq_cases_of_stage",
        "cases",
        ["master_id", "matter_id"],
        unique=True,
        postgresql_where=sa.text("master_id IS NOT NULL"),
        sqlite_where=sa.text("master_id IS NOT NULL"),
    )
    _add_reference("materials", "source_id")
    op.create_table(
        "stage_matters",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("state", Word(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("tolerant", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("open_at", Moment(), nullable=True),
        sa.Column("open_on", sa.Date(), nullable=True),
        sa.Column("child_id", _KEY, nullable=True),
        sa.Column("told_n", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pauses", Json(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("failed", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'held', 'open', 'ended')", name=op.f("ck_stage_matters_state")),
        sa.CheckConstraint(
            "(state = 'ended') = (ending IS NOT NULL AND ended_on IS NOT NULL)", name=op.f("ck_stage_matters_ended")
        ),
        sa.CheckConstraint(
            "(ending = 'not_started') = (ending IS NOT NULL AND open_on IS NULL)",
            name=op.f("ck_stage_matters_not_started"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('waiting', 'held') OR open_on IS NULL", name=op.f("ck_stage_matters_not_open_yet")
        ),
        sa.CheckConstraint(
            "ending IS NULL OR ending IN"
            " ('granted', 'refused', 'withdrawn', 'terminated', 'not_accepted', 'not_started')",
            name=op.f("ck_stage_matters_ending"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_stage_matters_case_id")),
        sa.ForeignKeyConstraint(["child_id"], ["cases.id"], name=op.f("fk_stage_matters_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_matters")),
        sa.UniqueConstraint("case_id", "code", name=op.f("uq_stage_matters_case_id_code")),
    )


def _add_reference(table: str, column: str) -> None:
    """A column that points to a case, by the one statement that both databases understand: SQLite knows no other way to add
    a foreign key, and copying a table of cases would take its time."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT fk_{table}_{column} REFERENCES cases (id)")
