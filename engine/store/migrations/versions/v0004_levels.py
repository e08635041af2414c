"""Two levels: the case of the upper office stands beside the one that was sent up to it"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE cases ADD COLUMN lower_id {kind} CONSTRAINT fk_cases_lower_id REFERENCES cases (id)")
    op.create_index(
        "uq_cases_above",
        "cases",
        ["lower_id"],
        unique=True,
        postgresql_where=sa.text("lower_id IS NOT NULL"),
        sqlite_where=sa.text("lower_id IS NOT NULL"),
    )
    op.add_column("transfers", sa.Column("told_n", sa.Integer(), server_default="0", nullable=False))
