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
    op.create_table(
        "signers",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("department_id", _KEY, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("state", Word(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), server_default="", nullable=False),
        sa.Column("person_id", _KEY, nullable=True),
        sa.Column("asked_at", Moment(), nullable=True),
        sa.Column("signed_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_signers_weight")),
        sa.CheckConstraint(
            "(state = 'signed') = (verdict IS NOT NULL AND signed_at IS NOT NULL)", name=op.f("ck_signers_signed")
        ),
        sa.CheckConstraint(
            "verdict IS NULL OR verdict IN ('agree', 'conditions', 'object')", name=op.f("ck_signers_verdict")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'asked', 'signed', 'removed', 'spared')", name=op.f("ck_signers_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_signers_case_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_signers_department_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_signers_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signers")),
    )
    op.create_index(op.f("ix_signers_case_id"), "signers", ["case_id"])
    op.create_index(
        "uq_signers_department",
        "signers",
        ["case_id", "token", "department_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'removed'"),
        sqlite_where=sa.text("state <> 'removed'"),
    )
    op.create_table(
        "opinions",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("department_id", _KEY, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_by", _KEY, nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("person_id", _KEY, nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_opinions_answered")),
        sa.CheckConstraint(
            "answer IS NULL OR answer IN ('agree', 'conditions', 'object', 'silent', 'recalled')",
            name=op.f("ck_opinions_answer"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_opinions_case_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_opinions_department_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["officers.id"], name=op.f("fk_opinions_asked_by")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_opinions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
    )
    op.create_index(op.f("ix_opinions_case_id"), "opinions", ["case_id"])
    op.add_column("offices", sa.Column("silence_basis", sa.Text(), server_default="", nullable=False))


def _add_reference(table: str, column: str) -> None:
    """A column that points to a case, by the one statement that both databases understand: SQLite knows no other way to add
    a foreign key, and copying a table of cases would take its time."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT fk_{table}_{column} REFERENCES cases (id)")
