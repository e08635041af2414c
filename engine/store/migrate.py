"""Bring a database to the tables of this release.

Alembic is read when a database is looked at: commands that open none need not wait for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..errors import NotReady
from .database import Database

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

_SCRIPTS = Path(__file__).parent / "migrations"
_MIGRATING = 0x6C69616E7368656E  # the bytes of "lianshen"


class DatabaseEmpty(NotReady):
    """There is no table yet: nobody has founded an office, or this is not the database that was meant."""

    code = "database-empty"
    sentence = "数据库 {address} 还是空的。"
    remedy = "先建立机构（lianshen found）；若本应有数据，检查 LIANSHEN_DATABASE、LIANSHEN_HOME 和当前目录。"


class DatabaseOutdated(NotReady):
    """The tables are of another release."""

    code = "database-outdated"
    sentence = "数据库的表结构是 {found}，本程序需要 {needed}。"
    remedy = "先备份（lianshen backup），再运行 lianshen serve 或 ./run，程序会自动升级；若数据库更新，请升级程序。"


def configuration() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(configuration())


@cache
def newest() -> str:
    """The revision of the tables in this release."""
    head = _scripts().get_current_head()
    assert head is not None
    return head


def found(database: Database) -> str | None:
    """The revision of this database, None when it is empty."""
    from alembic.runtime.migration import MigrationContext

    with database.reading() as tx:
        return MigrationContext.configure(tx._connection).get_current_revision()


def migrate(database: Database) -> None:
    """Run every script that this database has not seen. Does nothing when all is new, so every start may call it, on
    several machines at once. Raises DatabaseOutdated for tables of a later release."""
    revision = found(database)
    if revision == newest():
        return
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise DatabaseOutdated(found=revision, needed=newest())
    from alembic import command

    with database.writing() as tx:
        if tx.dialect == "postgresql":  # who comes second finds all done; SQLite has one writer anyway
            tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
        config = configuration()
        if not tx._connection.in_transaction():
            tx._connection.begin()  # or Alembic would begin and commit
        config.attributes["connection"] = tx._connection
        command.upgrade(config, "head")


def demand_tables(database: Database) -> str:
    """The revision of this database, of whatever release. Raises DatabaseEmpty."""
    revision = found(database)
    if revision is None:
        raise DatabaseEmpty(address=database.engine.url.render_as_string(hide_password=True))
    return revision


def demand_newest(database: Database) -> None:
    """Raises DatabaseOutdated unless the tables are those of this release, DatabaseEmpty when there are none."""
    revision = demand_tables(database)
    if revision != newest():
        raise DatabaseOutdated(found=revision, needed=newest())
