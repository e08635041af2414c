"""A mark that changes whenever what an office is made of changes"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# of an office everything but the head of its journal, which every act of the office moves
_OFFICE = "code, name, region, level, zone, hours, count_start_day, number_prefix, parent_id"
_PARTS = (
    "departments",
    "windows",
    "calendar_notices",
    "stand_ins",
    "officers",
    "officer_windows",
    "persons",
    "matters",
)


def upgrade() -> None:
    op.create_table(
        "establishment",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_establishment_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_establishment")),
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    fresh = "gen_random_uuid()::text" if postgresql else "lower(hex(randomblob(16)))"
    op.execute(f"INSERT INTO establishment (id, mark) VALUES (1, {fresh})")
    if postgresql:
        op.execute(
            "CREATE FUNCTION establishment_changed() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN UPDATE establishment SET mark = {fresh} WHERE id = 1; RETURN NULL; END $$"
        )
    for table in ("offices", *_PARTS):
        for event in ("INSERT", "DELETE", f"UPDATE OF {_OFFICE}" if table == "offices" else "UPDATE"):
            name = f"establishment_{table}_{event.split()[0].lower()}"
            if postgresql:
                does = f"AFTER {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION establishment_changed()"
            else:
                does = f"AFTER {event} ON {table} BEGIN UPDATE establishment SET mark = {fresh} WHERE id = 1; END"
            op.execute(f"CREATE TRIGGER {name} {does}")
