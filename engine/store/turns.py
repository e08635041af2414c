"""Whose turn it is to write to an SQLite file: who has waited comes before who has just written.

SQLite gives its write lock to whoever happens to ask while it is free, and a waiter looks again only every now and then (up
to 100 ms): a process that works off a backlog would keep all others out until it is done. So there is a gate before the
lock. Whoever waits for the lock stands in the gate until he has it; whoever has just written must pass the gate again, and
so comes behind him. Among threads the gate is a lock; among processes it is a lock on a file beside the database, which
the system takes back from a process that dies.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

LOOK_AGAIN = 0.002


class Turns:
    """The writers of one SQLite database. file: the database, None for one in memory."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._opened = file, -1
        self._gate, self._writer = threading.Lock(), threading.Lock()

    def take(self, seconds: float) -> None:
        """My turn, until `give`. Now take the database's own lock, then `let_next`. Raises TimeoutError, OSError."""
        until = time.monotonic() + seconds
        _acquire(self._gate, until)
        try:
            _acquire(self._writer, until)
        finally:
            self._gate.release()
        try:
            self._enter(until)
        except BaseException:
            self._writer.release()
            raise

    def let_next(self) -> None:
        """The database's own lock is mine: the next process may wait for it."""
        if self._opened >= 0:
            fcntl.flock(self._opened, fcntl.LOCK_UN)

    def give(self) -> None:
        """I have written, or given up."""
        self.let_next()
        self._writer.release()

    def close(self) -> None:
        if self._opened >= 0:
            os.close(self._opened)
            self._opened = -1

    def _enter(self, until: float) -> None:
        if self._file is None:
            return
        if self._opened < 0:
            self._opened = _gate_of(self._file)
        while not _locked(self._opened):
            if time.monotonic() >= until:
                raise TimeoutError
            time.sleep(LOOK_AGAIN)


def _gate_of(file: Path) -> int:
    """The file that is locked. Made by root it is given to the database's owner, as SQLite does with files of its own."""
    opened = os.open(f"{file}-gate", os.O_RDONLY | os.O_CREAT, 0o600)
    if os.geteuid() == 0 and file.exists():
        os.fchown(opened, file.stat().st_uid, file.stat().st_gid)
    return opened


def _locked(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _acquire(lock: threading.Lock, until: float) -> None:
    if not lock.acquire(timeout=max(0.0, until - time.monotonic())):
        raise TimeoutError
