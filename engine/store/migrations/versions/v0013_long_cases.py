"""What runs in one case is found without going through its past"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for table in ("tasks", "clocks"):
        op.drop_index(f"ix_{table}_case_id", table)
        op.create_index(f"ix_{table}_case", table, ["case_id", "state"])
