"""Lists are read along one index each, and what was laid aside is found without going through all that was done

A worklist is read by lamp and due day; nobody reads it by arrival any more, and each task was written into that order too.
Of the departments of cases PostgreSQL is told how many there are: where one department holds nearly all cases, it would take
any other for one that does, and look for its few along all cases.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.drop_index("ix_tasks_pool", "tasks")
    op.drop_index("ix_tasks_desk", "tasks")
    dead = sa.text("state = 'dead'")
    op.create_index("ix_jobs_dead", "jobs", ["id"], postgresql_where=dead, sqlite_where=dead)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE case_departments ALTER COLUMN department_id SET (n_distinct = 100)")
        op.execute("ANALYZE case_departments")
