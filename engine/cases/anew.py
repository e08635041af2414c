"""The dates of a case counted anew, because the calendar is another one: reckoned from rows that were read, and then written.

As with lamps (lamps.py) nothing is held while it is reckoned, and who comes second keeps nothing. No process is loaded: a
case whose diagram waits for a number of days is left to `open_case`, which counts its timers, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from ..catalogue import Version, nodes, version
from ..clock import ClockKind, OfficeTime, lamp
from ..people import SYSTEM
from ..store import Tx, jobs, journal, tables
from .clocks import clock_of, dates, deeming
from .lamps import shown_otherwise, together


@dataclass(frozen=True)
class Recount:
    """What is another one in one case by the calendar that holds now."""

    case: Any
    now: datetime
    notice: str
    versions: Mapping[str, Any]
    changed: Sequence[tuple[Any, Mapping[str, Any]]]
    """Each clock whose row says something else now, as it was seen, and what it shall say."""
    tasks: Sequence[tuple[int, Mapping[str, Any]]]
    deemed: Sequence[tuple[str, datetime]]

    @property
    def moved(self) -> list[dict[str, Any]]:
        """Each due day that moved, or that is certain now, for the journal."""
        return [
            {
                "clock": row.kind,
                "subject": row.subject,
                "from": _day(row.due_on),
                "to": _day(new["due_on"]),
                "provisional": new["provisional"],
            }
            for row, new in self.changed
            if (new["due_on"], new["provisional"]) != (row.due_on, row.provisional)
        ]

    def write(self, tx: Tx) -> None:
        """Where the case stands first: it is the lock, and says that nothing has moved since. Raises Overtaken where something has."""
        seen = {"case_id": self.case.id, "revision": self.case.revision, "journal_n": self.case.journal_n}
        told, head = None, journal.Head(self.case.journal_n, self.case.journal_hash)
        if moved := self.moved:
            told = self._link(moved, head)
            head = told.head
        tx.change_one(tables.processes, seen, revision=self.case.revision + 1, **head._asdict())
        for row, new in self.changed:
            tx.change_one(tables.clocks, {"id": row.id}, **new)
        if told is not None:
            journal.write(tx, told)
        for task_id, shown in self.tasks:
            tx.change_one(tables.tasks, {"id": task_id}, **shown)
        for key, run_at in self.deemed:
            jobs.leave(tx, "deem_accept", run_at=run_at, case_id=self.case.id, dedupe=key)

    def _link(self, moved: Sequence[Mapping[str, Any]], head: journal.Head) -> journal.Link:
        payload = {"notice": self.notice, "moved": moved, "timers": 0}
        entry = journal.Entry("recount", SYSTEM.journal_name, self.now, payload, versions=self.versions)
        return journal.link(
            journal.Stream("case", self.case.id), self.case.case_no, entry, self.case.state_digest, head
        )


def recounts(tx: Tx, case_ids: Sequence[int], notice: str, now: datetime) -> tuple[list[Recount], list[int]]:
    """What is another one in these cases, and those that are left to `open_case`: a timer of the process may move with them, a
    lamp is due, or they cannot be reckoned. notice: its number, for the journal."""
    of = cache(partial(version, tx))
    reckon = _Reckoning(now)
    found, left = [], []
    for case, clocks, tasks, time in together(tx, case_ids):
        chosen = of(case.version_id)
        if _waits(chosen) or any(row.alert_at is not None and row.alert_at <= now for row in clocks):
            left.append(case.id)
            continue
        try:
            one = reckon.case(case, clocks, tasks, time, notice, chosen)
        except Exception:  # told by whoever does it alone
            left.append(case.id)
        else:
            found += [] if one is None else [one]
    return found, left


def _waits(chosen: Version) -> bool:
    """Whether its diagram waits for a moment anywhere."""
    return any(event.kind == "timer" for node in nodes(chosen.content.diagram) for event in node.events)


class _Reckoning:
    """Many cases at one moment. Clocks of one matter that began on one day are the same: they are counted once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._values: dict[tuple[int, str], Mapping[str, Any]] = {}

    def case(
        self, case: Any, clocks: Sequence[Any], tasks: Sequence[Any], time: OfficeTime, notice: str, of: Version
    ) -> Recount | None:
        now = {row.id: self._says(case.office_id, row.clock, time) for row in clocks}
        changed = [(row, now[row.id]) for row in clocks if any(getattr(row, k) != v for k, v in now[row.id].items())]
        if not changed:
            return None
        standing = ((ClockKind(r.kind), r.subject, now[r.id]["lamp"], now[r.id]["due_on"]) for r in clocks)
        deemed = (deeming(case.id, clock_of(r.clock), time) for r, _ in changed if r.kind == ClockKind.NOTICE)
        return Recount(
            case,
            self.now,
            notice,
            {"matter": of.code, "number": of.number, "content": of.content.hash},
            changed,
            list(shown_otherwise(tasks, standing)),
            [one for one in deemed if one is not None],
        )

    def _says(self, office_id: int, text: str, time: OfficeTime) -> Mapping[str, Any]:
        found = self._values.get((office_id, text))
        if found is None:
            clock = clock_of(text)
            state = lamp(clock, time, self.now)
            found = {**dates(clock, time), "lamp": state.lamp, "alert_at": state.next_at}
            self._values[office_id, text] = found
        return found


def _day(on: date | None) -> str | None:
    return on.isoformat() if on is not None else None
