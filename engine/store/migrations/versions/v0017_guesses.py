"""Wrong guesses are counted for all serving processes together

At an account, at the query code of a case, at the code of an application. Before, each process counted in its own memory, so that many of
them let as many times as many through.
"""

import sqlalchemy as sa
from alembic import op

from engine.store.columns import Moment

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "guesses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guesses")),
    )
    op.create_index("ix_guesses_at", "guesses", ["at"])
    op.create_index("ix_guesses_digest", "guesses", ["digest", "at"])
