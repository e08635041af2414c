"""Connections that are kept open: to open one, and to take one out of SQLAlchemy's pool, costs as much as a small act.

They lie in a heap, the one that was used last on top.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .line import Line

MOST = 16
"""So many lie ready; whoever comes back beside them is closed."""
LEFT_TO_THE_PARENT: list[Any] = []
"""What a forked process does not touch and not even close: the connections are its parent's, and SQLite forbids it."""


class Heap:
    """Threads may share it.

    begin: opens a connection. clean: whether one that comes back is as it was when it was opened. alive: whether one that lay for so
    many seconds can still be used."""

    def __init__(
        self,
        begin: Callable[[], Line],
        clean: Callable[[Line], bool],
        alive: Callable[[Line, float], bool] = lambda _, __: True,
    ) -> None:
        self._begin, self._clean, self._alive = begin, clean, alive
        self._lying: list[tuple[Line, float]] = []

    def take(self) -> Line:
        """One that lies here, or a new one. Where one is dead, so are those below it. Raises sa.exc.DBAPIError."""
        try:
            line, since = self._lying.pop()
        except IndexError:
            return self._begin()
        if self._alive(line, time.monotonic() - since):
            return line
        line.close()
        self.close()
        return self._begin()

    def put_back(self, line: Line) -> None:
        """Never raises."""
        if len(self._lying) < MOST and not line.connection.invalidated and self._clean(line):
            self._lying.append((line, time.monotonic()))
        else:
            line.close()

    def close(self) -> None:
        """Those that lie here."""
        with suppress(IndexError):
            while True:
                self._lying.pop()[0].close()
