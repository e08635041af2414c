"""A list of tasks is narrowed by a matter within its index

Each task bears the matter of its case, at the end of the two indexes along which worklists are read; before, each task was looked up
in its table and its case in its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_LYING = {"pool": ("window_id", "open"), "desk": ("officer_id", "claimed")}


def upgrade() -> None:
    op.add_column("tasks", sa.Column("matter_id", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE tasks SET matter_id = (SELECT matter_id FROM cases WHERE cases.id = tasks.case_id)")
    for box, (owner, state) in _LYING.items():
        of_state = sa.text(f"state = '{state}'")
        op.drop_index(f"ix_tasks_{box}_due", "tasks")
        op.create_index(
            f"ix_tasks_{box}_due",
            "tasks",
            [owner, "lamp", "due_on", "id", "matter_id"],
            postgresql_where=of_state,
            sqlite_where=of_state,
        )
