"""Consultations: their minutes, and what was resolved at them"""

import sqlalchemy as sa
from alembic import op

from engine.store.columns import Json, Moment

revision = "0005"
down_revision = "0004"
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consultations",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("office_id", _KEY, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("chair", sa.Text(), nullable=False),
        sa.Column("attendees", Json(), nullable=False),
        sa.Column("agenda", Json(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("corrects", sa.Text(), nullable=True),
        sa.Column("convened_by", _KEY, nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('consultation', 'joint_review', 'joint_conference')", name=op.f("ck_consultations_kind")
        ),
        sa.CheckConstraint("corrects <> number", name=op.f("ck_consultations_corrects_another")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_consultations_case_id")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_consultations_office_id")),
        sa.ForeignKeyConstraint(["convened_by"], ["officers.id"], name=op.f("fk_consultations_convened_by")),
        sa.ForeignKeyConstraint(
            ["office_id", "corrects"],
            ["consultations.office_id", "consultations.number"],
            name=op.f("fk_consultations_corrects"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_consultations_office_id_number")),
        sa.UniqueConstraint("office_id", "corrects", name=op.f("uq_consultations_office_id_corrects")),
    )
    op.create_index(op.f("ix_consultations_case_id"), "consultations", ["case_id"])
    op.create_table(
        "resolutions",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("consultation_id", _KEY, nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("department_id", _KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("reported_by", _KEY, nullable=True),
        sa.Column("reported_at", Moment(), nullable=True),
        sa.CheckConstraint("item > 0", name=op.f("ck_resolutions_item")),
        sa.CheckConstraint(
            "(report IS NULL) = (reported_at IS NULL) AND (report IS NULL) = (reported_by IS NULL)",
            name=op.f("ck_resolutions_reported"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_resolutions_case_id")),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultations.id"], name=op.f("fk_resolutions_consultation_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_resolutions_department_id")),
        sa.ForeignKeyConstraint(["reported_by"], ["officers.id"], name=op.f("fk_resolutions_reported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolutions")),
        sa.UniqueConstraint("consultation_id", "item", name=op.f("uq_resolutions_consultation_id_item")),
    )
    op.create_index(op.f("ix_resolutions_case_id"), "resolutions", ["case_id"])
    op.create_index(
        "ix_resolutions_owed",
        "resolutions",
        ["department_id"],
        postgresql_where=sa.text("report IS NULL"),
        sqlite_where=sa.text("report IS NULL"),
    )
