"""PostgreSQL: its connections, and how it is asked whether it is still there.

A connection that lay idle may be dead. To ask the server each time costs every act a round trip; here it is asked when there is
a reason: something lies unread on the line (a server that goes away says so, and closes), or nobody has used it for a while.
A server that goes away after that is met by the act itself, as it would be after any question: DatabaseGone, nothing done.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.types.numeric import Int8Dumper
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry

from .failures import DatabaseBusy
from .wire import turn_to

IDLE_SECONDS = 10.0
"""A line that is cut without a word (a firewall forgets it) is not seen by looking at it."""
_KEPT, _MORE = 16, 16
_LEFT_AT = "left_at"


class Served:
    """One PostgreSQL database. Threads may share it."""

    def __init__(self, url: sa.URL, lock_seconds: float) -> None:
        self.lock_seconds = lock_seconds
        self.engine = sa.create_engine(
            url,
            pool_size=_KEPT,
            max_overflow=_MORE,
            pool_timeout=lock_seconds,
            pool_use_lifo=True,
            hide_parameters=True,
        )
        sa.event.listen(self.engine, "connect", self._prepare)
        sa.event.listen(self.engine, "checkin", _note_the_time)
        sa.event.listen(self.engine, "checkout", self._look)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment for as long as the block lasts. Raises DatabaseBusy, sa.exc.DBAPIError."""
        with self._connected() as connection:
            turn_to(_raw(connection), True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Committed when the block ends. Raises DatabaseBusy, sa.exc.DBAPIError."""
        with self._connected() as connection:
            turn_to(_raw(connection), False)
            with connection.begin():
                yield connection

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """Each statement sees its own moment, and needs no BEGIN and no COMMIT. Raises DatabaseBusy, sa.exc.DBAPIError."""
        with self._connected() as connection:
            raw = _raw(connection)
            raw.autocommit = True
            try:
                yield connection
            finally:
                if not raw.closed:
                    raw.autocommit = False

    @contextmanager
    def each_alone(self) -> Iterator[Connection]:
        """Each statement is a transaction of its own. Raises DatabaseBusy, sa.exc.DBAPIError."""
        with self._connected() as connection:
            turn_to(_raw(connection), False)
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        self.engine.dispose()

    def forget(self) -> None:
        """In a process that was forked: the lines are the parent's."""
        self.engine.dispose(close=False)

    def _connected(self) -> Connection:
        try:
            return self.engine.connect()
        except sa.exc.TimeoutError as waited:  # all connections are in use
            raise DatabaseBusy(seconds=f"{self.lock_seconds:g}") from waited

    def _prepare(self, raw: psycopg.Connection, entry: ConnectionPoolEntry) -> None:
        # a number is always of eight bytes: or the same statement would be another one for each size of its numbers
        raw.adapters.register_dumper(int, Int8Dumper)
        # what is asked often is kept by the line itself (wire.py); psycopg would forget all of it with every ROLLBACK
        raw.prepare_threshold = None
        with raw.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(self.lock_seconds * 1000)}")
            # no question of ours lasts so long that it pays to compile it first, or to start helpers for it; the planner, who goes by
            # what a list might read and not by where it stops, takes some for long, and each costs ten milliseconds more
            cursor.execute("SET jit = off")
            cursor.execute("SET max_parallel_workers_per_gather = 0")
        raw.commit()

    def _look(self, raw: psycopg.Connection, entry: ConnectionPoolEntry, _: Any) -> None:
        """Before each use. A dead line is replaced, and so are those that lay beside it."""
        left_at = entry.info.get(_LEFT_AT)
        if left_at is None:  # it has just been opened
            return
        if time.monotonic() - left_at < IDLE_SECONDS and not _unread(raw):
            return
        try:
            self.engine.dialect.do_ping(raw)  # type: ignore[arg-type]
        except psycopg.Error as gone:
            raise sa.exc.InvalidatePoolError from gone


def _note_the_time(_: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_LEFT_AT] = time.monotonic()


def _unread(raw: psycopg.Connection) -> bool:
    """Whether something lies on the line of a server that was asked nothing; also when the line is closed."""
    if raw.closed:
        return True
    line = select.poll()
    line.register(raw.fileno(), select.POLLIN)
    return bool(line.poll(0))


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
