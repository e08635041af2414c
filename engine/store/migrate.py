"""Bring a database to the tables of this release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ..errors import NotReady
from .database import Database

_SCRIPTS = Path(__file__).parent / "migrations"


class DatabaseOutdated(NotReady):
    """The tables are of another release."""

    code = "database-outdated"
    sentence = "数据库的表结构是 {found}，本程序需要 {needed}。"
    remedy = "先备份（lianshen backup），再运行 lianshen serve 或 ./run，程序会自动升级；若数据库更新，请升级程序。"


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def newest() -> str:
    """The revision of the tables in this release."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None
    return head


def found(database: Database) -> str | None:
    """The revision of this database, None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(database: Database) -> None:
    """Run every script that this database has not seen. Does nothing when all is new, so every start may call it."""
    if found(database) == newest():
        return
    with database.writing() as tx:
        config = configuration()
        config.attributes["connection"] = tx._connection
        command.upgrade(config, "head")


def demand_newest(database: Database) -> None:
    """Raises DatabaseOutdated unless the tables are those of this release."""
    revision = found(database)
    if revision != newest():
        raise DatabaseOutdated(found=revision or "空", needed=newest())
