"""The clocks that are due are found in their index alone, page after page"""

from alembic import op
from sqlalchemy import text

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    due = text("alert_at IS NOT NULL")
    op.drop_index("ix_clocks_alert", "clocks")
    op.create_index("ix_clocks_alert", "clocks", ["alert_at", "id", "case_id"], sqlite_where=due, postgresql_where=due)
