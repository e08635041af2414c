"""How strictly an office takes the rules about drawings"""

import sqlalchemy as sa
from alembic import op

from engine.store.columns import Moment

revision = "0007"
down_revision = "0006"
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rule_levels",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("office_id", _KEY, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.CheckConstraint("level IN ('error', 'warning', 'info', 'off')", name=op.f("ck_rule_levels_level")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_rule_levels_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_levels")),
        sa.UniqueConstraint("office_id", "rule", name=op.f("uq_rule_levels_office_id_rule")),
    )
