"""Transactions, and the only commit of the project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult, Row
from sqlalchemy.sql import Executable

from .embedded import Embedded
from .failures import ConstraintBroken, DatabaseAddressNotUnderstood, constraint_name, translated
from .prepared import Prepared, alteration, execute, insertion, plain, single_insertion, stands, whole_insertion
from .served import Served
from .tables import cases, tasks


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
            if not stands(self._connection):
                self.over()
            raise translated(failed, self._lock_seconds) from failed

    def over(self) -> None:
        """Whoever goes on after that is a bug: what he did would stand in somebody else's act, or in none."""
        self.__dict__.pop("_connection", None)

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
    """One database, embedded SQLite or PostgreSQL. Threads may share it, and a process that is forked gets its own connections."""

    def __init__(self, kept: Embedded | Served) -> None:
        self._kept = kept
        self.engine, self.lock_seconds = kept.engine, kept.lock_seconds
        _OPEN.add(self)

    @classmethod
    def open(cls, url: str, *, lock_seconds: float = 5.0) -> Database:
        """Connect lazily; an SQLite file is made here, empty (see `migrate`) and for nobody else to read. What the database
        refuses is logged without its values: they are people's data. Raises DatabaseAddressNotUnderstood, DatabaseGone."""
        target = _address(url)
        kind = Embedded if target.get_backend_name() == "sqlite" else Served
        return cls(kind(target, lock_seconds))

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """A consistent view for as long as the block lasts; nothing can be written."""
        try:
            with self._kept.reading() as connection:
                tx = Tx(connection, False, self.lock_seconds)
                try:
                    yield tx
                finally:
                    tx.over()
        except sa.exc.DBAPIError as failed:
            raise translated(failed, self.lock_seconds) from failed

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """One act: committed when the block ends, rolled back whole when it raises.

        SQLite: one writer at a time, in turn among threads and processes; acts of several threads may share a COMMIT (group.py).
        Whoever waits longer than `lock_seconds` gets DatabaseBusy. PostgreSQL: rooms lock the case they work on.
        """
        try:
            with self._kept.writing() as connection:
                tx = Tx(connection, True, self.lock_seconds)
                try:
                    yield tx
                finally:
                    tx.over()
        except sa.exc.DBAPIError as failed:  # BEGIN and COMMIT fail outside Tx.execute
            raise translated(failed, self.lock_seconds) from failed

    def close(self) -> None:
        self._kept.close()


_OPEN: WeakSet[Database] = WeakSet()


def _forget() -> None:
    for database in _OPEN:
        database._kept.forget()


os.register_at_fork(after_in_child=_forget)


def _address(url: str) -> sa.URL:
    try:
        target = sa.make_url(url)
    except sa.exc.ArgumentError as wrong:
        raise DatabaseAddressNotUnderstood(why="不是一个地址") from wrong
    known = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
    if target.drivername not in known:
        raise DatabaseAddressNotUnderstood(why=f"不支持 {target.drivername}")
    return target
