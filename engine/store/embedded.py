"""SQLite: its connections. Readers have as many as they need and disturb nobody; writers share one (group.py).

Connections are kept open (ready.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from .failures import DatabaseGone
from .group import Group
from .line import Line
from .ready import LEFT_TO_THE_PARENT, Heap

_STATEMENTS = 512
"""So many a connection keeps ready: all that the acts ask."""


class Embedded:
    """One SQLite database. Threads may share it."""

    def __init__(self, url: sa.URL, lock_seconds: float) -> None:
        file = url.database
        self._file = Path(file) if file and file != ":memory:" else None
        if self._file is not None:
            _make(self._file)
        self.lock_seconds = lock_seconds
        wait = {
            "timeout": lock_seconds,
            "isolation_level": None,
            "check_same_thread": False,
            "cached_statements": _STATEMENTS,
        }
        self.engine = sa.create_engine(url, connect_args=wait, poolclass=NullPool, hide_parameters=True)
        sa.event.listen(self.engine, "connect", _prepare)
        self._fresh()

    def _fresh(self) -> None:
        self._readers = Heap(self._reader, lambda line: not line.stands)
        self._group = Group(self._file, self._writer, self.lock_seconds)

    @contextmanager
    def reading(self) -> Iterator[Line]:
        """One moment for as long as the block lasts. Raises sa.exc.DBAPIError."""
        if self._file is None:  # a database in memory is one connection
            with self.writing() as line:
                line.run("PRAGMA query_only = ON")
                try:
                    yield line
                finally:
                    line.run("PRAGMA query_only = OFF")
            return
        line = self._readers.take()
        try:
            line.run("BEGIN")
            with line:
                yield line
        finally:
            self._readers.put_back(line)

    @contextmanager
    def looking(self) -> Iterator[Line]:
        """Each statement sees its own moment. Raises sa.exc.DBAPIError."""
        if self._file is None:
            with self.reading() as line:
                yield line
            return
        line = self._readers.take()
        try:
            yield line
        finally:
            self._readers.put_back(line)

    def writing(self) -> AbstractContextManager[Line]:
        """Committed when the block ends. Raises DatabaseBusy, DatabaseGone, sa.exc.DBAPIError."""
        return self._group

    def close(self) -> None:
        self._readers.close()
        self._group.close()
        self.engine.dispose()

    def forget(self) -> None:
        """In a process that was forked: connections and turns are the parent's."""
        LEFT_TO_THE_PARENT.append((self._readers, self._group))
        self._fresh()

    def _reader(self) -> Line:
        line = Line(self.engine.connect())
        line.run("PRAGMA query_only = ON")
        return line

    def _writer(self) -> Line:
        """Whoever waits for the lock does so in turn, and not in SQLite, which sleeps for longer and longer."""
        line = Line(self.engine.connect())
        line.run("PRAGMA busy_timeout = 0")
        return line


def _make(file: Path) -> None:
    """Empty, and for nobody else to read."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
    except OSError as failed:
        raise DatabaseGone(why=f"{file}：{failed.strerror}") from failed


def _prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
