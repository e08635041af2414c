"""Whose turn it is to write to an SQLite file, among processes: who has waited comes before who has just written.

SQLite gives its write lock to whoever happens to ask while it is free: a process that works off a backlog would keep all
others out until it is done. So there is a gate before the lock. Whoever waits for the lock stands in the gate until he has it;
whoever has just written must pass the gate again, and so comes behind him. The gate is a lock on a file beside the database,
which the system takes back from a process that dies. Among the threads of one process see group.py.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

LOOK_AGAIN = 0.002


class Turns:
    """The gate of one SQLite database, for one thread at a time. file: the database, None for one in memory: no gate."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._opened = file, -1

    def take(self, seconds: float) -> None:
        """I stand in the gate, until `give`. Raises TimeoutError, OSError."""
        if self._file is None:
            return
        if self._opened < 0:
            self._opened = _gate_of(self._file)
        until = time.monotonic() + seconds
        while not _locked(self._opened):
            if time.monotonic() >= until:
                raise TimeoutError
            time.sleep(LOOK_AGAIN)

    def give(self) -> None:
        """The database's own lock is mine, or I have given up: the next one may stand in the gate."""
        if self._opened >= 0:
            fcntl.flock(self._opened, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._opened >= 0:
            os.close(self._opened)
            self._opened = -1


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
