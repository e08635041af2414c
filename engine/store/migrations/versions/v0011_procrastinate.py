"""The tables of Procrastinate, on PostgreSQL only, as its own package of the pinned release writes them"""

from alembic import op

from engine.store.carriers import schema

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    bound = op.get_bind()
    if bound.dialect.name == "postgresql":
        # many statements and no parameters: the driver takes them as they are, in this transaction
        driver = bound.connection.driver_connection
        assert driver is not None
        driver.execute(schema())
