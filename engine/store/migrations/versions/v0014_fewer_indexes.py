"""Two indexes less to write at every act

The hash of a journal's row follows from the row before it, its stream and its number, and those are unique; an index over hashes
held nothing back, and each act wrote into it at a place of its own, far from all others. The one of running clocks by
their number is asked by nobody any more.
"""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    with op.batch_alter_table("journal") as journal:
        journal.drop_constraint("uq_journal_hash", type_="unique")
    op.drop_index("ix_clocks_provisional", "clocks")
