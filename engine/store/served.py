"""PostgreSQL: its connections, and how it is asked whether it is still there.

A connection that lay idle may be dead. To ask the server each time costs every act a round trip; here it is asked when there is
a reason: something lies unread on the line (a server that goes away says so, and closes), or nobody has used it for a while.
A server that goes away after that is met by the act itself, as it would be after any question: DatabaseGone, nothing done.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.types.numeric import Int8Dumper
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from .failures import DatabaseBusy
from .line import Line
from .ready import LEFT_TO_THE_PARENT, Heap

IDLE_SECONDS = 10.0
"""A line that is cut without a word (a firewall forgets it) is not seen by looking at it."""
_AWAKE = {
    "connect_timeout": 10,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
MOST_AT_ONCE = 32
"""Connections of a process."""
_IDLE = psycopg.pq.TransactionStatus.IDLE


def awake(url: sa.URL) -> dict[str, int]:
    """What a connection to this address is told besides, so that a server that is gone without a word (no current, no cable) is noticed
    within twenty seconds, and not after the quarter of an hour for which TCP tries again: each thread that waits for it is lost to
    everybody. What the address itself says of it counts."""
    return {name: value for name, value in _AWAKE.items() if name not in url.query}


class Served:
    """One PostgreSQL database. Threads may share it."""

    def __init__(self, url: sa.URL, lock_seconds: float) -> None:
        self.lock_seconds = lock_seconds
        self.engine = sa.create_engine(url, connect_args=awake(url), poolclass=NullPool, hide_parameters=True)
        sa.event.listen(self.engine, "connect", self._prepare)
        self._fresh()

    def _fresh(self) -> None:
        self._lines = Heap(lambda: Line(self.engine.connect()), _is_clean, _is_alive)
        self._places = SimpleQueue[None]()
        """One thing in it for each connection that may still be taken."""
        for _ in range(MOST_AT_ONCE):
            self._places.put(None)

    def reading(self) -> AbstractContextManager[Line]:
        """One moment for as long as the block lasts. Raises DatabaseBusy, sa.exc.DBAPIError."""
        return _Lent(self, reads=True)

    def writing(self) -> AbstractContextManager[Line]:
        """Committed when the block ends. Raises DatabaseBusy, sa.exc.DBAPIError."""
        return _Lent(self, reads=False)

    def looking(self) -> AbstractContextManager[Line]:
        """Each statement sees its own moment, and needs no BEGIN and no COMMIT. Raises DatabaseBusy, sa.exc.DBAPIError."""
        return self.each_alone()

    @contextmanager
    def each_alone(self) -> Iterator[Line]:
        """Each statement is a transaction of its own. Raises DatabaseBusy, sa.exc.DBAPIError."""
        line = self.take()
        try:
            line.raw.autocommit = True
            try:
                yield line
            finally:
                # as SQLAlchemy sees it; or stopped in the middle
                if line.connection.in_transaction() or line.driver.waits:
                    line.rollback()
                if not line.raw.closed:
                    line.raw.autocommit = False
        finally:
            self.give_back(line)

    def close(self) -> None:
        self._lines.close()
        self.engine.dispose()

    def forget(self) -> None:
        """In a process that was forked: the lines are the parent's."""
        LEFT_TO_THE_PARENT.append(self._lines)
        self._fresh()

    def take(self) -> Line:
        """A line for one block, until `give_back`. Raises DatabaseBusy, sa.exc.DBAPIError."""
        try:
            self._places.get(timeout=self.lock_seconds)
        except Empty as all_in_use:
            raise DatabaseBusy(seconds=f"{self.lock_seconds:g}") from all_in_use
        try:
            return self._lines.take()
        except BaseException:
            self._places.put(None)
            raise

    def give_back(self, line: Line) -> None:
        try:
            self._lines.put_back(line)
        finally:
            self._places.put(None)

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


class _Lent(AbstractContextManager[Line]):
    """A line for one transaction. Every act is in one: a generator made into one would cost it more."""

    def __init__(self, served: Served, *, reads: bool) -> None:
        self._served, self._reads = served, reads

    def __enter__(self) -> Line:
        self._line = self._served.take()
        self._line.driver.reads = self._reads
        return self._line

    def __exit__(self, kind: Any, failed: BaseException | None, trace: Any) -> None:
        try:
            self._line.__exit__(kind, failed, trace)
        finally:
            self._served.give_back(self._line)


def _is_clean(line: Line) -> bool:
    raw = line.raw
    if raw.autocommit or line.connection.in_transaction():
        return False
    return bool(raw.pgconn.transaction_status == _IDLE) and not line.driver.waits


def _is_alive(line: Line, lay: float) -> bool:
    """Whether the server still answers; it is asked where somebody has reason to doubt it."""
    raw = line.raw
    if raw.closed:
        return False
    if lay < IDLE_SECONDS and not _unread(raw):
        return True
    try:
        line.connection.dialect.do_ping(raw)
    except psycopg.Error:
        return False
    return True


def _unread(raw: psycopg.Connection[Any]) -> bool:
    """Whether something lies on the line of a server that was asked nothing; also when the line is closed."""
    line = select.poll()
    line.register(raw.fileno(), select.POLLIN)
    return bool(line.poll(0))
