"""The watch: what a process does while nobody asks it, on a machine of its own or beside the pages.

Any number of processes on any number of machines may keep it; the database decides who turns a lamp and who does a job."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ..connections import Seal
from ..store import Carriers, Crew, Database, demand_newest, jobs
from .duties import calls, handlers, round_of_calls, round_of_carrying, round_of_duties
from .metronome import Metronome


class Part(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


CALLERS = 4
"""How many other systems one process asks at once: who waits for a silent one must not keep the others waiting."""


class Watch:
    """Sweeps, does jobs and asks other systems from `start` to `stop`, in threads of its own. seconds: between two rounds."""

    def __init__(self, database: Database, now: Callable[[], datetime], seal: Seal, seconds: float) -> None:
        self._ending = threading.Event()
        self._parts = (_carried if jobs.carried(database) else self._looking)(database, now, seal, seconds)

    def start(self) -> None:
        for part in self._parts:
            part.start()

    def stop(self) -> None:
        """What is in hand is finished or rolled back; nothing else is begun. Waits as long as one job takes, or one call."""
        self._ending.set()
        for part in self._parts:
            part.stop()

    def _looking(self, database: Database, now: Callable[[], datetime], seal: Seal, seconds: float) -> tuple[Part, ...]:
        def go_on() -> bool:
            return not self._ending.is_set()

        def call_out() -> object:
            return round_of_calls(database, now, seal, go_on=go_on)

        duties = Metronome(_on_our_tables(database, lambda: round_of_duties(database, now, go_on=go_on)), seconds)
        callers = (Metronome(_on_our_tables(database, call_out), seconds) for _ in range(CALLERS))
        return duties, *callers


def _carried(database: Database, now: Callable[[], datetime], seal: Seal, seconds: float) -> tuple[Part, ...]:
    crews = [Crew(handlers(database), 1), Crew(calls(seal), CALLERS)]
    carry = _on_our_tables(database, lambda: round_of_carrying(database, now))
    return Carriers(database, crews, now), Metronome(carry, seconds)


def _on_our_tables(database: Database, beat: Callable[[], object]) -> Callable[[], object]:
    """A beat that does nothing but raise DatabaseOutdated when somebody has upgraded the tables meanwhile, as whoever was not stopped
    for that must leave all to those of the new release."""

    def beaten() -> object:
        demand_newest(database)
        return beat()

    return beaten
