"""SQLite: who writes in this process, and which acts share a COMMIT.

SQLite has one writer, and making a COMMIT durable costs as much as the work of an act. So the threads of a process write one
after another, in the order they came, through one connection; and an act behind which another one already waits leaves the
transaction open for it. Each act after the first has a savepoint of its own: one that fails takes back what it did, no more. The
last one commits for all, and only then is anybody answered. A COMMIT that fails fails them all. A lone act begins, works and
commits as if there were no others: no savepoint, no waiting.

Bounds: so many acts, or so many milliseconds, then there is a COMMIT, and other processes have their turn (turns.py).
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..errors import NotReady
from .failures import DatabaseBusy, DatabaseGone, translated
from .line import Line
from .turns import LOOK_AGAIN, Turns

MOST_ACTS = 64
MOST_SECONDS = 0.04
"""After this many acts, or this long after the first began, nobody joins any more."""
_TAKEN_BACK = "数据库撤销了整个事务"


class Group(AbstractContextManager[Line]):
    """The writers of one SQLite database in this process. A block of it is one act, in its turn: when it ends it is there for good,
    and not before. file: the database, None for one in memory.

    connect: opens a connection that may be used by one thread after another, and does not itself wait for a lock."""

    def __init__(self, file: Path | None, connect: Callable[[], Line], lock_seconds: float) -> None:
        self._connect, self._lock_seconds, self._gate = connect, lock_seconds, Turns(file)
        self._mutex, self._waiting = threading.Lock(), deque[threading.Lock]()
        self._taken = False  # somebody writes
        self._line: Line | None = None
        self._open: _Shared | None = None

    def __enter__(self) -> Line:
        """Raises DatabaseBusy when the turn does not come in time, DatabaseGone, sa.exc.DBAPIError."""
        until = time.monotonic() + self._lock_seconds
        self._take(until)
        try:
            return self._begin(until).line
        except BaseException as failed:
            self._undo(failed)
            raise

    def __exit__(self, kind: Any, failed: BaseException | None, trace: Any) -> None:
        """Raises DatabaseGone, sa.exc.DBAPIError."""
        if failed is not None:
            self._undo(failed)
            return
        try:
            assert self._open is not None
            self._open.keep()
        except BaseException as late:
            self._undo(late)
            raise
        told = self._leave(kept=True)
        if told is not None:
            told.wait()

    def _undo(self, failed: BaseException) -> None:
        if self._open is not None:
            self._open.undo(failed)
        self._leave(kept=False)

    def close(self) -> None:
        """Whoever is at work is not disturbed."""
        with self._mutex:
            if not self._taken:
                self._drop()
                self._gate.close()

    # ------------------------------------------------------------ turns
    def _take(self, until: float) -> None:
        """My turn, until `_leave`."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        try:
            if called.acquire(timeout=max(0.0, until - time.monotonic())):
                return
        except BaseException:
            if not self._gone_home(called):
                self._leave(kept=False)
            raise
        if self._gone_home(called):
            raise DatabaseBusy(seconds=f"{self._lock_seconds:g}")

    def _gone_home(self, called: threading.Lock) -> bool:
        """I do not wait any longer. Race: False when it became my turn in this very moment."""
        with self._mutex:
            if called not in self._waiting:
                return False
            self._waiting.remove(called)
            return True

    def _next(self) -> None:
        """Under the mutex: whoever has waited longest."""
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._taken = False

    # ------------------------------------------------------------ the transaction; all of it in my turn
    def _begin(self, until: float) -> _Shared:
        """A savepoint in the transaction that was left open for me, or a transaction."""
        if self._open is not None:
            self._open.join()
            return self._open
        if self._line is None:
            self._line = self._connect()
        try:
            self._pass_the_gate(self._line, until)
            self._open = _Shared(self._line, self._lock_seconds)
        except BaseException:
            self._drop()
            raise
        return self._open

    def _pass_the_gate(self, line: Line, until: float) -> None:
        """Among processes: BEGIN IMMEDIATE, in turn."""
        try:
            self._gate.take(until - time.monotonic())
            while not _begun(line, until):
                time.sleep(LOOK_AGAIN)
        except TimeoutError as waited:
            raise DatabaseBusy(seconds=f"{self._lock_seconds:g}") from waited
        except OSError as failed:
            raise DatabaseGone(why=failed.strerror or str(failed)) from failed
        finally:
            self._gate.give()

    def _leave(self, kept: bool) -> _Told | None:
        """My turn is over. When somebody waits and may join, the transaction stays open for him, and I shall be told what became
        of it; otherwise I end it for all who are in it. kept: my own act is in it. Raises what its COMMIT raises."""
        shared = self._open
        with self._mutex:
            if shared is None:
                self._next()
                return None
            if self._waiting and shared.open_for_more():
                told = shared.told_later() if kept else None
                self._next()
                return told
        try:
            shared.end()
        except BaseException:
            if kept:
                raise
        finally:
            try:
                if shared.lost is not None or shared.line.stands or shared.line.connection.invalidated:
                    self._drop()
            finally:
                self._open = None
                with self._mutex:
                    self._next()
                shared.tell()
        return None

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


class _Told:
    """What one act is told about the COMMIT that it shares."""

    def __init__(self) -> None:
        self._ended = threading.Lock()
        self._ended.acquire()
        self._failed: Exception | None = None

    def tell(self, failed: Exception | None) -> None:
        self._failed = failed
        self._ended.release()

    def wait(self) -> None:
        """Not for ever: whoever has the turn is at work, and he or the one behind him ends it."""
        self._ended.acquire()
        if self._failed is not None:
            raise self._failed


class _Shared:
    """One transaction and the acts in it. For whoever has the turn."""

    def __init__(self, line: Line, lock_seconds: float) -> None:
        self.line, self._lock_seconds = line, lock_seconds
        self.lost: BaseException | None = None
        """Why nothing of it was kept."""
        self._began, self._kept = time.monotonic(), 0
        self._told: list[_Told] = []

    def join(self) -> None:
        self.line.run("SAVEPOINT act")

    def keep(self) -> None:
        """The act at work is done. Raises DatabaseGone when the database has taken the transaction back under its hands."""
        if not self.line.stands:
            raise DatabaseGone(why=_TAKEN_BACK)
        if self._kept:
            self.line.run("RELEASE act")
        self._kept += 1

    def undo(self, failed: BaseException) -> None:
        """The act at work has failed. What the others did stays, unless the database has taken back all of it (a full disk, a broken
        one). Never raises."""
        if not self._kept:
            return
        if self.line.stands:
            try:
                self.line.run("ROLLBACK TO act")
                self.line.run("RELEASE act")
                return
            except sa.exc.DBAPIError as worse:
                failed = worse
        self.lost = failed

    def open_for_more(self) -> bool:
        if not self._kept or self._kept >= MOST_ACTS or self.lost is not None:
            return False
        return time.monotonic() - self._began < MOST_SECONDS and self.line.stands

    def told_later(self) -> _Told:
        told = _Told()
        self._told.append(told)
        return told

    def end(self) -> None:
        """COMMIT, if there is something to keep. Raises what it met."""
        if not self._kept or self.lost is not None:
            self.line.rollback()
            return
        try:
            self.line.commit()
        except BaseException as failed:
            # stopped from outside (Ctrl-C) when it was done already: it is done
            if isinstance(failed, sa.exc.DBAPIError) or self.line.stands:
                self.lost = failed
            self.line.rollback()
            raise

    def tell(self) -> None:
        """All who wait. Each an error of his own: it carries where he was."""
        for told in self._told:
            told.tell(None if self.lost is None else self._failure(self.lost))

    def _failure(self, lost: BaseException) -> Exception:
        cause = lost.__cause__ if isinstance(lost, NotReady) else lost
        failure: Exception = DatabaseGone(why=_TAKEN_BACK)
        if isinstance(cause, sa.exc.DBAPIError):
            failure = translated(cause, self._lock_seconds)
        failure.__cause__ = cause
        return failure


def _begun(line: Line, until: float) -> bool:
    """Whether the write lock of the database is mine. Raises sa.exc.DBAPIError, also when it has been held for too long."""
    try:
        line.run("BEGIN IMMEDIATE")
    except sa.exc.OperationalError as failed:
        if getattr(failed.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
            raise
        return False
    return True
