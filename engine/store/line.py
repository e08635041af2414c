"""The driver's side of a connection: what was prepared, BEGIN, COMMIT and ROLLBACK go to it as they are.

SQLAlchemy may speak on the same connection in between; it then begins a transaction of its own, which ends together with ours.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import sqlalchemy as sa
from psycopg.errors import InFailedSqlTransaction
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import Connection

from .prepared import Prepared, Ready
from .wire import Wire

_IDLE, _REFUSED = TransactionStatus.IDLE, TransactionStatus.INERROR
Refused = Callable[[sa.exc.DBAPIError], Exception]
"""Makes of what the database refused what is raised."""


class Line:
    """One for a connection, for as long as it is open. For one thread at a time. A block of it is a transaction: kept when it ends,
    taken back when it raises."""

    def __init__(self, connection: Connection) -> None:
        """Raises sa.exc.DBAPIError."""
        self.connection, self.on = connection, connection.dialect.name
        raw: Any = connection.connection.dbapi_connection
        self.raw = raw
        self._engine, self._refuses = connection.engine, connection.dialect.loaded_dbapi.Error
        self._by_number = self.on == "postgresql"
        self.driver: Any = self._wire() if self._by_number else self.raw.cursor()
        self.ahead = False
        """Whether something was sent whose answer is not heard yet."""
        self.in_doubt = False
        """Whether the line broke after COMMIT was said and before it was answered: nobody can tell whether it was done."""

    def _wire(self) -> Wire:
        try:
            return Wire(self.raw)
        except self._refuses as failed:
            self._raise("PREPARE", failed)

    def execute(
        self,
        statement: Prepared,
        given: Any,
        refused: Refused,
        *,
        many: bool = False,
        last: bool = False,
        ahead: bool = False,
    ) -> tuple[Ready, Any]:
        """Run it and return it with the driver, whose answer is read before the next one runs. many: with each of those that are
        given, one behind the other (SQLite). last: COMMIT with it (PostgreSQL). ahead: its answer, and what it raises, comes
        with the next one (PostgreSQL). Raises what `refused` makes of the error as the connection itself would tell it."""
        ready, driver = statement.ready.get(self.on) or statement.on(self.connection.dialect), self.driver
        values = [ready.values(one) for one in given] if many else ready.values(given)
        if self.connection._has_events or self._engine._has_events:  # by these words SQLAlchemy itself asks
            for hears in self.connection.dispatch.before_cursor_execute:
                hears(self.connection, driver, ready.text, ready.named(values), None, many)
        try:
            if ahead:
                driver.send_ahead(ready.numbered, values, ready.kinds)
            elif self._by_number:
                driver.execute(ready.numbered, values, ready.kinds, last=last)
            elif many:
                driver.executemany(ready.text, values)
            else:
                driver.execute(ready.text, values)
        except self._refuses as failed:
            self.in_doubt = last and self._unanswered(failed)
            self._raise(ready.text, failed, refused)
        except BaseException:
            if self._by_number and driver.lost:  # stopped from outside: nobody speaks on this line any more
                self.connection.invalidate()
            raise
        self.ahead = ahead
        return ready, driver

    def answer(self, ready: Ready, refused: Refused) -> list[Any]:
        """What the statement that ran last answers, which SQLite goes on reading meanwhile. Raises as `execute`."""
        try:
            return list(map(ready.row, self.driver.fetchall()))
        except self._refuses as failed:
            self._raise(ready.text, failed, refused)

    def begin(self, refused: Refused) -> None:
        """A transaction, for SQLAlchemy to speak in next; where only prepared statements are asked it begins with the first. On SQLite
        it has begun. Raises as `execute`."""
        if not self._by_number:
            return
        try:
            self.driver.begin()
        except self._refuses as failed:
            self._raise("BEGIN", failed, refused)

    def hear(self, refused: Refused) -> None:
        """The answer to what was sent ahead. Raises as `execute`."""
        self.ahead = False
        try:
            self.driver.hear()
        except self._refuses as failed:
            self._raise("", failed, refused)

    def run(self, text: str) -> None:
        """A word to SQLite itself (BEGIN, SAVEPOINT), that nobody listens to; the cursor knows it from the last time. Raises
        sa.exc.DBAPIError."""
        try:
            self.driver.execute(text)
        except self._refuses as failed:
            self._raise(text, failed)

    @property
    def stands(self) -> bool:
        """Whether the transaction is still there. SQLite takes it back whole, without being told to, when it cannot go on (a full
        disk, a broken one): what came after it would be kept statement by statement. PostgreSQL then refuses what comes."""
        try:
            return self._by_number or bool(self.raw.in_transaction)
        except self._refuses:  # closed
            return False

    def __enter__(self) -> Line:
        return self

    def __exit__(self, kind: Any, failed: BaseException | None, trace: Any) -> None:
        if failed is not None:
            self.rollback()
            return
        try:
            self.commit()
        except BaseException:
            self.rollback()
            raise

    def commit(self) -> None:
        """Raises sa.exc.DBAPIError; a `rollback` must follow then. Also where something was refused and passed over: PostgreSQL
        has given up the transaction, would answer with a ROLLBACK, and call that done."""
        if self._by_number and self.raw.pgconn.transaction_status == _REFUSED:
            self._raise("COMMIT", InFailedSqlTransaction("what was refused in this transaction was passed over"))
        if self.connection.in_transaction():
            try:
                self.connection.commit()
            except sa.exc.DBAPIError as failed:
                self.in_doubt = self._unanswered(failed.orig)
                raise
            return
        if self.connection._has_events or self._engine._has_events:
            self.connection.dispatch.commit(self.connection)
        try:
            if not self._by_number:
                if self.raw.in_transaction:
                    self.driver.execute("COMMIT")  # the driver's own would read the word anew each time
            elif self.raw.pgconn.transaction_status != _IDLE:  # it did not go with what was written last
                self.raw.commit()
        except self._refuses as failed:
            self.in_doubt = self._unanswered(failed)
            self._raise("COMMIT", failed)

    def rollback(self) -> None:
        """Never raises: why there is one is told, and nothing else. A line on which it cannot be said, because it is lost or was stopped
        between a word and its answer, is not used again; the server takes back what it hears no COMMIT for."""
        if self.connection.invalidated:
            return
        try:
            self.connection.rollback()
            self.raw.rollback()
        except (sa.exc.DBAPIError, self._refuses):
            if self._by_number:
                self.connection.invalidate()

    def close(self) -> None:
        """Never raises. A server takes back by itself what was not kept; SQLAlchemy would tell it to, and write of one that is gone at
        length into the log."""
        with suppress(Exception):
            if self._by_number:
                self.connection.invalidate()
            self.connection.close()

    def _unanswered(self, failed: Any) -> bool:
        """Whether it is not the server that says so: the line broke (PostgreSQL)."""
        return self._by_number and self.driver.lost and failed.sqlstate is None

    def _raise(self, text: str, failed: Exception, refused: Refused | None = None) -> NoReturn:
        """The error as SQLAlchemy tells it, without values, or what is made of it; a connection that is lost is not used again."""
        dialect = self.connection.dialect
        lost = dialect.is_disconnect(failed, self.raw, None)  # type: ignore[arg-type]
        told: Any = sa.exc.DBAPIError.instance(
            text,
            None,
            failed,
            self._refuses,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        )
        if lost:
            self.connection.invalidate(failed)
        if refused is None:
            raise told from failed
        told.__cause__ = failed
        raise refused(told) from told
