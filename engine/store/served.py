"""PostgreSQL: its connections, and how it is asked whether it is still there.

A connection that lay idle may be dead. To ask the server each time costs every act a round trip; here it is asked when there is
a reason: something lies unread on the line (a server that goes away says so, and closes), or nobody has used it for a while.
A server that goes away after that is met by the act itself, as it would be after any question: DatabaseGone, nothing done.
"""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.types.numeric import Int8Dumper
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from .failures import DatabaseBusy
from .ready import LEFT_TO_THE_PARENT, Heap
from .wire import turn_to

IDLE_SECONDS = 10.0
"""A line that is cut without a word (a firewall forgets it) is not seen by looking at it."""
MOST_AT_ONCE = 32
"""Connections of a process."""
_IDLE, _PLAIN = psycopg.pq.TransactionStatus.IDLE, psycopg.pq.PipelineStatus.OFF


class Served:
    """One PostgreSQL database. Threads may share it."""

    def __init__(self, url: sa.URL, lock_seconds: float) -> None:
        self.lock_seconds = lock_seconds
        self.engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
        sa.event.listen(self.engine, "connect", self._prepare)
        self._fresh()

    def _fresh(self) -> None:
        self._lines = Heap(self.engine.connect, _is_clean, _is_alive)
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

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
        with self._connected() as connection, _each_alone(connection):
            yield connection

    @contextmanager
    def each_alone(self) -> Iterator[Connection]:
        """Each statement is a transaction of its own. Raises DatabaseBusy, sa.exc.DBAPIError."""
        with self._connected() as connection:
            turn_to(_raw(connection), False)
            with _each_alone(connection):
                yield connection

    def close(self) -> None:
        self._lines.close()
        self.engine.dispose()

    def forget(self) -> None:
        """In a process that was forked: the lines are the parent's."""
        LEFT_TO_THE_PARENT.append(self._lines)
        self._fresh()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        if not self._places.acquire(timeout=self.lock_seconds):  # all connections are in use
            raise DatabaseBusy(seconds=f"{self.lock_seconds:g}")
        try:
            connection = self._lines.take()
            try:
                yield connection
            finally:
                self._lines.put_back(connection)
        finally:
            self._places.release()

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


@contextmanager
def _each_alone(connection: Connection) -> Iterator[None]:
    raw = _raw(connection)
    raw.autocommit = True
    try:
        yield
    finally:
        if connection.in_transaction():  # as SQLAlchemy sees it
            connection.rollback()
        if not raw.closed:
            raw.autocommit = False


def _is_clean(connection: Connection) -> bool:
    line = _raw(connection).pgconn
    return not connection.in_transaction() and line.transaction_status == _IDLE and line.pipeline_status == _PLAIN


def _is_alive(connection: Connection, lay: float) -> bool:
    """Whether the server still answers; it is asked where somebody has reason to doubt it."""
    raw = _raw(connection)
    if raw.closed:
        return False
    if lay < IDLE_SECONDS and not _unread(raw):
        return True
    try:
        connection.dialect.do_ping(raw)
    except psycopg.Error:
        return False
    return True


def _unread(raw: psycopg.Connection[Any]) -> bool:
    """Whether something lies on the line of a server that was asked nothing; also when the line is closed."""
    line = select.poll()
    line.register(raw.fileno(), select.POLLIN)
    return bool(line.poll(0))


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
