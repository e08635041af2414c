"""Connections, dialects and the only commit of the project."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult, Engine, Row
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql import Executable

from ..errors import NotReady, NotValid
from .prepared import Prepared, alteration, execute, insertion, plain, single_insertion, whole_insertion
from .tables import cases, metadata, tasks
from .turns import Turns


class DatabaseBusy(NotReady):
    """Another process holds the database longer than an act may wait."""

    code = "database-busy"
    sentence = "数据库正忙，等待 {seconds} 秒后仍未轮到，这一步没有执行。"
    remedy = "请稍后重试；若反复出现，请管理员查看是否有长时间运行的备份或导入。"


class DiskFull(NotReady):
    """Nothing more can be written; the act was rolled back whole."""

    code = "disk-full"
    sentence = "磁盘空间已满，这一步没有执行，已有数据没有受损。"
    remedy = "请管理员清理磁盘后重试。"


class DatabaseGone(NotReady):
    """The database cannot be reached, or cannot be written."""

    code = "database-gone"
    sentence = "数据库无法访问：{why}。这一步没有执行。"
    remedy = "请管理员检查数据库服务、文件权限和磁盘。"


class DatabaseAddressNotUnderstood(NotValid):
    """No address of a database that we know. The address is not repeated: there may be a password in it."""

    code = "database-address-not-understood"
    sentence = "数据库地址看不懂：{why}。"
    remedy = "写成 sqlite:////文件的完整路径 或 postgresql+psycopg://用户:密码@主机/数据库（LIANSHEN_DATABASE 或 --database）。"


class ConstraintBroken(Exception):
    """The database refused a row. `name` is the constraint's; the room that wrote the row says what it means."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Overtaken(Exception):
    """A row is not as it was seen: somebody else was there first, and nothing of this act is kept."""


class Tx:
    """One transaction, as the rooms above see it. Made by `Database.reading` and `Database.writing` only."""

    def __init__(self, connection: Connection, writes: bool, lock_seconds: float) -> None:
        self._connection, self._lock_seconds = connection, lock_seconds
        self.writes = writes
        self.locked_case: int | None = None

    @property
    def dialect(self) -> str:
        return self._connection.dialect.name

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement. Raises ConstraintBroken, DatabaseBusy, DiskFull, DatabaseGone."""
        with self._translated():
            return self._connection.execute(statement, parameters)

    def rows(self, statement: Executable | Prepared, **parameters: Any) -> Sequence[Row[Any]]:
        """parameters: of a statement that was prepared, because every act asks it."""
        if isinstance(statement, Prepared):
            return self._asked(statement, parameters)
        return self.execute(statement, parameters or None).all()

    def row(self, statement: Executable | Prepared, **parameters: Any) -> Row[Any] | None:
        """The only row, or None. More than one is a bug."""
        if not isinstance(statement, Prepared):
            return self.execute(statement, parameters or None).one_or_none()
        found = self._asked(statement, parameters)
        if len(found) > 1:
            raise sa.exc.MultipleResultsFound("one row was asked for")
        return found[0] if found else None

    def value(self, statement: Executable | Prepared, **parameters: Any) -> Any:
        """The only column of the only row, or None."""
        found = self.row(statement, **parameters)
        return None if found is None else found[0]

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Insert one row and return its id."""
        if not plain(values):
            key = self.execute(table.insert(), values).inserted_primary_key
            assert key is not None
            return int(key[0])
        found = self._asked(_insertion(table, tuple(values)), values)
        return int(found[0][0]) if found else 0

    def insert_row(self, table: sa.Table, **values: Any) -> Row[Any]:
        """Insert one row of plain values and return it as it stands there."""
        return self._asked(_whole_insertion(table, tuple(values)), values)[0]

    def change(self, table: sa.Table, where: Mapping[str, Any], **values: Any) -> int:
        """Give the rows that have these values others. Returns how many they were."""
        where = {f"where_{name}": value for name, value in where.items()}
        names = tuple(name.removeprefix("where_") for name in where)
        with self._translated():
            ready = _alteration(table, names, tuple(values)).on(self._connection.dialect)
            cursor = execute(self._connection, ready, {**where, **values})
        return int(cursor.rowcount)

    def change_one(self, table: sa.Table, where: Mapping[str, Any], **values: Any) -> None:
        """Give the one row that has these values others. Raises Overtaken when there is none."""
        if self.change(table, where, **values) != 1:
            raise Overtaken

    def _asked(self, statement: Prepared, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        with self._translated():
            ready = statement.on(self._connection.dialect)
            cursor = execute(self._connection, ready, parameters)
            found = cursor.fetchall() if cursor.description else ()
        return [ready.row(raw) for raw in found]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.IntegrityError as refused:
            raise ConstraintBroken(constraint_name(refused)) from refused
        except sa.exc.DBAPIError as failed:
            raise translated(failed, self._lock_seconds) from failed

    def insert_once(self, table: sa.Table, **values: Any) -> bool:
        """Insert unless a unique key says that it is there already. True when this call put it there."""
        return bool(self._asked(_single_insertion(table, tuple(values), self.dialect), values))

    def lock_case(self, case_id: int) -> Row[Any] | None:
        """The case's row, locked until the end of this transaction; None when there is none.

        House law 2: a transaction holds one case. On SQLite the whole database is locked for writing already. Race: an act leaves
        a job to another case, which that case's own act must not hold up; so the lock is one that a foreign key may pass
        (NO KEY UPDATE), or a stage and its matters would wait for each other in a circle.
        """
        if self.locked_case not in (None, case_id):
            raise AssertionError(
                f"case {case_id} asked for while case {self.locked_case} is held: one case a transaction"
            )
        self.locked_case = case_id
        return self.row(_LOCKED_CASE if self.dialect == "postgresql" else _CASE, case_id=case_id)

    def lock_case_of_task(self, task_id: int) -> Row[Any] | None:
        """The same for the case that a task belongs to; None when there is no such task."""
        found = self.row(_LOCKED_CASE_OF_TASK if self.dialect == "postgresql" else _CASE_OF_TASK, task_id=task_id)
        if found is not None and self.locked_case not in (None, found.id):
            raise AssertionError(
                f"case {found.id} asked for while case {self.locked_case} is held: one case a transaction"
            )
        self.locked_case = found.id if found is not None else self.locked_case
        return found


_ONE_CASE = sa.select(cases).where(cases.c.id == sa.bindparam("case_id"))
_CASE = Prepared(_ONE_CASE)
_LOCKED_CASE = Prepared(_ONE_CASE.with_for_update(key_share=True))
_OF_TASK = sa.select(cases).where(
    cases.c.id == sa.select(tasks.c.case_id).where(tasks.c.id == sa.bindparam("task_id")).scalar_subquery()
)
_CASE_OF_TASK = Prepared(_OF_TASK)
_LOCKED_CASE_OF_TASK = Prepared(_OF_TASK.with_for_update(key_share=True))
_insertion, _single_insertion, _whole_insertion = cache(insertion), cache(single_insertion), cache(whole_insertion)
_alteration = cache(alteration)


class Database:
    """One database, embedded SQLite or PostgreSQL. Threads may share it."""

    def __init__(self, engine: Engine, lock_seconds: float) -> None:
        self.engine, self.lock_seconds = engine, lock_seconds
        self._turns = Turns(_file(engine)) if engine.dialect.name == "sqlite" else None

    @classmethod
    def open(cls, url: str, *, lock_seconds: float = 5.0) -> Database:
        """Connect lazily; an SQLite file is made here, empty (see `migrate`) and for nobody else to read. What the database
        refuses is logged without its values: they are people's data. Raises DatabaseAddressNotUnderstood, DatabaseGone."""
        target = _address(url)
        if target.get_backend_name() == "sqlite":
            if target.database and target.database != ":memory:":
                _make_file(Path(target.database))
            wait = {"timeout": lock_seconds, "isolation_level": None}
            engine = sa.create_engine(target, connect_args=wait, hide_parameters=True)
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        else:
            engine = sa.create_engine(target, pool_pre_ping=True, pool_size=16, max_overflow=16, hide_parameters=True)
            sa.event.listen(engine, "connect", _prepare_postgresql(lock_seconds))
        return cls(engine, lock_seconds)

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """A consistent view for as long as the block lasts; nothing can be written."""
        with self._connected() as connection:
            if self.dialect == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield Tx(connection, False, self.lock_seconds)

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """One act: committed when the block ends, rolled back whole when it raises.

        SQLite: one writer at a time, in turn among threads and processes (`Turns`) and in the end by BEGIN IMMEDIATE;
        whoever waits longer than `lock_seconds` gets DatabaseBusy. PostgreSQL: rooms lock the case they work on.
        """
        with self._turn(), self._connected() as connection:
            connection = connection.execution_options(lianshen_writes=True)
            try:
                with connection.begin():
                    if self._turns is not None:
                        self._turns.let_next()
                    yield Tx(connection, True, self.lock_seconds)
            except sa.exc.DBAPIError as failed:  # BEGIN IMMEDIATE and COMMIT fail outside Tx.execute
                raise translated(failed, self.lock_seconds) from failed

    def close(self) -> None:
        self.engine.dispose()
        if self._turns is not None:
            self._turns.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._turns is None:
            yield
            return
        try:
            self._turns.take(self.lock_seconds)
        except TimeoutError as waited:
            raise DatabaseBusy(seconds=f"{self.lock_seconds:g}") from waited
        except OSError as failed:
            raise DatabaseGone(why=failed.strerror or str(failed)) from failed
        try:
            yield
        finally:
            self._turns.give()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except sa.exc.DBAPIError as failed:
            raise translated(failed, self.lock_seconds) from failed
        with connection:
            yield connection


def _address(url: str) -> sa.URL:
    try:
        target = sa.make_url(url)
    except sa.exc.ArgumentError as wrong:
        raise DatabaseAddressNotUnderstood(why="不是一个地址") from wrong
    known = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
    if target.drivername not in known:
        raise DatabaseAddressNotUnderstood(why=f"不支持 {target.drivername}")
    return target


def _make_file(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
    except OSError as failed:
        raise DatabaseGone(why=f"{file}：{failed.strerror}") from failed


def _file(engine: Engine) -> Path | None:
    file = engine.url.database
    return Path(file) if file and file != ":memory:" else None


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("lianshen_writes")
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(lock_seconds: float) -> Any:
    def prepare(connection: Any, _: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(lock_seconds * 1000)}")
        connection.commit()

    return prepare


# ---------------------------------------------------------------- foreign errors end at this wall
_OF_THE_MACHINE = (sa.exc.OperationalError, sa.exc.DatabaseError)  # not what is derived from them: those are bugs


def translated(failed: sa.exc.DBAPIError, lock_seconds: float) -> Exception:
    """The NotReady that a driver's error means; the driver's own error when it is a bug of ours."""
    cause = failed.orig
    text = str(cause)
    state = getattr(cause, "sqlstate", None)
    if "database is locked" in text or state in ("55P03", "40P01", "40001"):
        return DatabaseBusy(seconds=f"{lock_seconds:g}")
    if "disk is full" in text or state == "53100" or getattr(cause, "errno", None) == errno.ENOSPC:
        return DiskFull()
    if failed.connection_invalidated or (type(failed) in _OF_THE_MACHINE and _is_gone(text, state)):
        return DatabaseGone(why=text.splitlines()[0][:200] if text else type(cause).__name__)
    return failed


def _is_gone(text: str, state: str | None) -> bool:
    if state is not None:
        return state[:2] in ("08", "57", "53")
    return any(
        words in text
        for words in (
            "unable to open",
            "readonly database",
            "disk I/O error",
            "connection",
            "not a database",
            "malformed",
        )
    )


def constraint_name(refused: sa.exc.IntegrityError) -> str:
    """The name of the constraint that refused a row, the same on both databases."""
    diagnosis = getattr(refused.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or diagnosis.column_name or ""
    text = str(refused.orig)
    if match := re.match(r"CHECK constraint failed: (\S+)", text):
        return match[1]
    if match := re.match(r"UNIQUE constraint failed: (.+)", text):
        return _unique_over(match[1].split(", "))
    return text


def _unique_over(columns: list[str]) -> str:
    """SQLite names the columns of a broken unique key, not the key: look it up on our page of tables."""
    table = metadata.tables[columns[0].split(".")[0]]
    names = {column.split(".")[1] for column in columns}
    keys: Mapping[str, set[str]] = {
        **{
            str(c.name): {k.name for k in c.columns}
            for c in table.constraints
            if isinstance(c, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        },
        **{str(i.name): {k.name for k in i.columns} for i in table.indexes if i.unique},
    }
    return next((name for name, over in keys.items() if over == names), ", ".join(columns))
