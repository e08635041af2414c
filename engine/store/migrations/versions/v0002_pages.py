"""Files of materials, nudges and orders, key projects; the lamp and the due day of a task stand on its row"""

import sqlalchemy as sa
from alembic import op

from engine.store.columns import Moment

revision = "0002"
down_revision = "0001"
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MY_CLOCKS = (
    "FROM clocks c WHERE c.case_id = tasks.case_id AND c.state = 'running'"
    " AND (c.kind <> 'step' OR c.subject = 'task:' || tasks.id)"
)
# grey while a special procedure holds every clock of the decision, whatever green clocks run beside it
_GRAVITY = (
    "CASE WHEN c.lamp = 'dark_red' THEN 5 WHEN c.lamp = 'red' THEN 4 WHEN c.lamp = 'yellow' THEN 3 WHEN c.lamp = 'grey' THEN 1"
    " WHEN c.kind IN ('promised', 'statutory', 'stage_promised', 'stage_statutory') THEN 2 ELSE 0 END"
)
_LAMP = "CASE MAX(%s) WHEN 5 THEN 'dark_red' WHEN 4 THEN 'red' WHEN 3 THEN 'yellow' WHEN 1 THEN 'grey' ELSE 'green' END"


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("office_id", _KEY, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("investment", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("leader", sa.Text(), nullable=False),
        sa.Column("lead_unit", sa.Text(), nullable=False),
        sa.Column("tracker_id", _KEY, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.CheckConstraint("level IN ('nation', 'province', 'city', 'county')", name=op.f("ck_projects_level")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_projects_office_id")),
        sa.ForeignKeyConstraint(["tracker_id"], ["officers.id"], name=op.f("fk_projects_tracker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("office_id", "code", name=op.f("uq_projects_office_id_code")),
    )
    op.create_table(
        "plan_items",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("project_id", _KEY, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("department_id", _KEY, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_plan_items_department_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_plan_items_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_items")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_plan_items_project_id_code")),
    )
    op.create_table(
        "material_files",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("brought_at", Moment(), nullable=False),
        sa.Column("brought_by", sa.Text(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_material_files_size")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_material_files_case_id")),
        sa.ForeignKeyConstraint(["digest"], ["blobs.digest"], name=op.f("fk_material_files_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_files")),
        sa.UniqueConstraint("case_id", "key", "digest", name=op.f("uq_material_files_case_id_key_digest")),
    )
    op.create_index(op.f("ix_material_files_case_id"), "material_files", ["case_id"], unique=False)
    op.create_table(
        "nudges",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("officer_id", _KEY, nullable=False),
        sa.Column("nudged_on", sa.Date(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_nudges_case_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_nudges_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudges")),
        sa.UniqueConstraint("case_id", "officer_id", "nudged_on", name=op.f("uq_nudges_case_id_officer_id_nudged_on")),
    )
    op.create_index(op.f("ix_nudges_case_id"), "nudges", ["case_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("office_id", _KEY, nullable=False),
        sa.Column("department_id", _KEY, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply_due_on", sa.Date(), nullable=False),
        sa.Column("issued_by", _KEY, nullable=False),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_by", _KEY, nullable=True),
        sa.Column("replied_at", Moment(), nullable=True),
        sa.CheckConstraint("(replied_at IS NULL) = (reply IS NULL)", name=op.f("ck_orders_replied")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_orders_case_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_orders_department_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["officers.id"], name=op.f("fk_orders_issued_by")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_orders_office_id")),
        sa.ForeignKeyConstraint(["replied_by"], ["officers.id"], name=op.f("fk_orders_replied_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_orders_office_id_number")),
    )
    op.create_index(op.f("ix_orders_case_id"), "orders", ["case_id"], unique=False)
    op.create_index(
        "ix_cases_project",
        "cases",
        ["office_id", "project_code"],
        unique=False,
        postgresql_where=sa.text("project_code IS NOT NULL"),
        sqlite_where=sa.text("project_code IS NOT NULL"),
    )
    op.add_column("drafts", sa.Column("asked_at", Moment(), nullable=True))
    op.add_column("tasks", sa.Column("lamp", sa.Text(), server_default="green", nullable=False))
    op.add_column("tasks", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_tasks_desk_due",
        "tasks",
        ["officer_id", "lamp", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'claimed'"),
        sqlite_where=sa.text("state = 'claimed'"),
    )
    op.create_index(
        "ix_tasks_done",
        "tasks",
        ["officer_id", "done_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'done'"),
        sqlite_where=sa.text("state = 'done'"),
    )
    op.create_index(
        "ix_tasks_pool_due",
        "tasks",
        ["window_id", "lamp", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_clocks_lamp",
        "clocks",
        ["lamp", "case_id"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
        sqlite_where=sa.text("state = 'running'"),
    )
    op.execute(
        f"UPDATE tasks SET due_on = (SELECT MIN(c.due_on) {_MY_CLOCKS}), lamp = (SELECT {_LAMP % _GRAVITY} {_MY_CLOCKS})"
        " WHERE state IN ('open', 'claimed')"
    )
