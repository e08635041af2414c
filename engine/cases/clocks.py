"""The clocks of one case: rows that store their due day, their lamp and the next moment to look."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa

from ..clock import Clock, ClockKind, Extension, Lamp, Limit, OfficeTime, Pause, compare_promise, lamp, lamp_and_words
from ..store import Prepared, Tx, Written, jobs, nested, tables, written
from .phases import Phase


@dataclass(eq=False)
class RunningClock:
    """One running clock with its row; `id` is None in the act that starts it. A clock that no act touches is neither read from
    its text nor written: until `alert_at` its lamp cannot be another one, and its due day moves with the calendar only
    (`CaseClocks.save` anew)."""

    id: int | None
    kind: ClockKind
    subject: str
    lamp: Lamp
    row: Any = None
    """As it was read; None in the act that starts it."""
    written: Mapping[str, Any] | None = None
    """What this act wrote of it."""
    touched: Clock | None = None

    @property
    def due_on(self) -> date | None:
        """The last day as its row says it; None until it is first saved."""
        if self.written is not None:
            return cast("date | None", self.written["due_on"])
        return None if self.row is None else cast("date | None", self.row.due_on)

    @property
    def kept(self) -> Mapping[str, Any] | None:
        """What its row says, the clock as text; None until it is first saved."""
        if self.written is None and self.row is not None:
            self.written = {name: getattr(self.row, name) for name in _KEPT}
        return self.written

    @property
    def clock(self) -> Clock:
        if self.touched is not None:
            return self.touched
        return clock_of(self.row.clock if self.written is None else self.written["clock"])

    @clock.setter
    def clock(self, moved: Clock) -> None:
        self.touched = moved


class CaseClocks:
    """The running clocks of a case that is open. The caller holds the case lock; `save` writes once, at the end."""

    def __init__(self, tx: Tx, case_id: int, rows: Sequence[Any], time: OfficeTime, now: datetime) -> None:
        """rows: of the clocks that run, see `running_rows`."""
        self._tx, self._case_id, self._time, self._now = tx, case_id, time, now
        self._rows = list(rows)
        """Those that nobody has asked for yet."""
        self._taken_up: list[RunningClock] = []
        self._stopped: list[tuple[RunningClock, date]] = []
        self._born: list[dict[str, Any]] = []
        self._changed = False

    def __iter__(self) -> Iterator[RunningClock]:
        self._taken_up += map(_running, self._rows)
        self._rows.clear()
        return iter(self._taken_up)

    def find(self, kind: ClockKind, subject: str = "") -> RunningClock | None:
        for one in self._taken_up:
            if one.kind is kind and one.subject == subject:
                return one
        for at, row in enumerate(self._rows):
            if row.kind == kind and row.subject == subject:
                self._taken_up.append(_running(self._rows.pop(at)))
                return self._taken_up[-1]
        return None

    def start(self, kind: ClockKind, limit: Limit, started_on: date, subject: str = "") -> RunningClock:
        """Start a clock. Day 0 is `started_on`; the same clock cannot run twice."""
        assert self.find(kind, subject) is None, f"{kind} {subject} runs already"
        made = RunningClock(None, kind, subject, Lamp.GREEN)
        made.clock = Clock(kind=kind, limit=limit, started_on=started_on)
        self._taken_up.append(made)
        return made

    def stop(self, kind: ClockKind, on: date, subject: str = "") -> None:
        """Stop a clock where it is; nothing happens when it does not run."""
        found = self.find(kind, subject)
        if found is not None:
            self._taken_up.remove(found)
            self._stopped.append((found, on))

    def stop_all(self, on: date) -> None:
        for running in list(self):
            self.stop(running.kind, on, running.subject)

    def pause(self, pause: Pause) -> None:
        """A pause begins: every clock is told, and each counts it only if its own limit lists the ground."""
        for running in self:
            running.clock = replace(running.clock, pauses=(*running.clock.pauses, pause))

    def resume(self, ended: Pause) -> None:
        """The open pause of this ground and start day has ended."""
        for running in self:
            pauses = tuple(
                ended if p.ended_on is None and (p.ground, p.started_on) == (ended.ground, ended.started_on) else p
                for p in running.clock.pauses
            )
            running.clock = replace(running.clock, pauses=pauses)

    def extend(self, kind: ClockKind, extension: Extension) -> None:
        running = self.find(kind)
        assert running is not None, f"{kind} does not run"
        running.clock = replace(running.clock, extensions=(*running.clock.extensions, extension))

    def save(self, *, anew: bool = False) -> bool:
        """Write what was touched: due day, lamp, next moment to look. A notice clock leaves the job of deemed acceptance.
        anew: look at every clock, because the calendar is another one. Returns whether anything has changed in this act by which
        open tasks are shown; the clock of a step stops with its own."""
        for stopped, on in self._stopped:
            self._write_stop(stopped, on)
        last: Clock | None = None
        says: dict[str, Any] = {}
        for running in self if anew else self._taken_up:
            if running.touched is None and not anew:
                continue
            if running.clock != last:  # departments that begin together have one clock each, and they are alike
                last, says = running.clock, self._running_says(running.clock)
            self._write(running, says)
            if running.kind is ClockKind.NOTICE:
                self._leave_deeming(running.clock)
        if self._born:
            self._tx.put_all(tables.clocks, self._born)
        self._stopped.clear()
        self._born.clear()
        return self._changed

    def _running_says(self, clock: Clock) -> dict[str, Any]:
        state = lamp(clock, self._time, self._now)
        shown = {"state": "running", "alert_at": state.next_at, "lamp": state.lamp}
        return {"clock": _text_of(clock), **dates(clock, self._time), **shown}

    def _write_stop(self, one: RunningClock, on: date) -> None:
        over: dict[str, Any] = {"state": "stopped", "alert_at": None}
        if one.touched is not None or one.row is None or one.written is not None:
            clock = _stopped(one.clock, on)
            self._write(one, {"clock": _text_of(clock), **dates(clock, self._time), **over, "lamp": one.lamp})
            return
        # nothing else was done to it: a stop moves no due day
        self._tx.set(tables.clocks, one.row.id, clock=_stopped_text(one.row.clock, on), **over)
        self._changed |= one.kind is not ClockKind.STEP

    def _write(self, one: RunningClock, values: dict[str, Any]) -> None:
        kept = one.kept
        if kept != values:
            new = {"case_id": self._case_id, "kind": one.kind, "subject": one.subject}
            if kept is None:
                self._born.append({**new, **values})
            elif one.id is None:  # born in this act
                self._tx.change(tables.clocks, {**new, "state": "running"}, **values)
            else:
                self._tx.set(tables.clocks, one.id, **values)
            self._changed = True
        one.lamp, one.written, one.touched = values["lamp"], values, None

    def _leave_deeming(self, clock: Clock) -> None:
        if (left := deeming(self._case_id, clock, self._time)) is not None:
            key, run_at = left
            jobs.leave(self._tx, "deem_accept", run_at=run_at, case_id=self._case_id, dedupe=key)


def dates(clock: Clock, time: OfficeTime) -> dict[str, Any]:
    """What the row of a clock says of its end."""
    due = clock.due(time)
    if due is None:
        return {"due_on": None, "due_at": None, "provisional": False}
    return {"due_on": due.on, "due_at": time.closes_at(due.on), "provisional": due.provisional}


def deeming(case_id: int, clock: Clock, time: OfficeTime) -> tuple[str, datetime] | None:
    """The job that a notice clock leaves: its key, and when silence accepts. None while nobody can say."""
    due = clock.due(time)
    if due is None:
        return None
    run_at = time.deemed_at(due.on)
    return f"deem:{case_id}:{clock.started_on}:{run_at.isoformat()}", run_at


def counting(
    phase: Phase, running: Mapping[ClockKind, Clock], time: OfficeTime, today: date
) -> tuple[Clock | None, Clock | None]:
    """Of a case's running clocks by kind the one that counts now, and the statutory one where it is the margin behind a
    promise. None while nothing counts."""
    if phase is Phase.CORRECTING:
        return running.get(ClockKind.CORRECTION), None
    if phase is Phase.RECEIVED:
        return running.get(ClockKind.NOTICE), None
    if phase is not Phase.ACCEPTED:
        return running.get(ClockKind.DELIVERY), None
    promised = running.get(ClockKind.PROMISED) or running.get(ClockKind.STAGE_PROMISED)
    statutory = running.get(ClockKind.STATUTORY) or running.get(ClockKind.STAGE_STATUTORY)
    if promised is None or statutory is None:
        return promised or statutory, None
    if compare_promise(promised, statutory, time, today).shown in (ClockKind.STATUTORY, ClockKind.STAGE_STATUTORY):
        return statutory, None
    return promised, statutory


def running_for(kind: ClockKind, owed: sa.Table) -> sa.ColumnElement[bool]:
    """That a clock is the running one of a row of `owed`: its subject names the row, `order:7`."""
    c = tables.clocks
    subject = sa.literal(f"{kind}:").concat(sa.cast(owed.c.id, sa.Text))
    return sa.and_(c.c.case_id == owed.c.case_id, c.c.kind == kind, c.c.state == "running", c.c.subject == subject)


def shown(kept: Any, time: OfficeTime, now: datetime) -> tuple[Lamp | None, str]:
    """Lamp and words of a clock as it is kept; None and nothing where none runs."""
    if kept is None:
        return None, ""
    clock = Clock.from_json(kept)
    return lamp_and_words(clock, time, now)


_KEPT = ("clock", "due_on", "due_at", "provisional", "state", "alert_at", "lamp")


@lru_cache(maxsize=4096)
def clock_of(text: str) -> Clock:
    """A clock out of the very text of its row. Those of one matter that began on one day are the same."""
    return Clock.from_json(json.loads(text))


@lru_cache(maxsize=4096)
def _text_of(clock: Clock) -> Written:
    """The text of its row."""
    return written(clock.to_json())


def _stopped(clock: Clock, on: date) -> Clock:
    return replace(clock, stopped_on=max(on, clock.started_on))


@lru_cache(maxsize=4096)
def _stopped_text(text: str, on: date) -> Written:
    """The text of a row whose clock has stopped. Those of one matter that began and ended on the same days are the same."""
    return _text_of(_stopped(clock_of(text), on))


def look_due(rows: Sequence[Any], now: datetime) -> bool:
    """Whether the moment to look at one of these running clocks has come."""
    for row in rows:
        at = row.alert_at
        if at is not None and at <= now:
            return True
    return False


def running_rows(tx: Tx, case_id: int) -> Sequence[Any]:
    """The clocks of a case that run, asked anew."""
    return tx.rows(_RUNNING, case_id=case_id)


_C = tables.clocks.c
_READ = (_C.id, _C.kind, _C.subject, *(_C[n] for n in _KEPT[1:]))
_TEXT = sa.type_coerce(_C.clock, sa.Text).label("clock")
RUNNING = nested(_READ, _C.case_id == tables.cases.c.id, _C.state == "running", of=tables.cases, beside=_TEXT)
"""The clocks of a case that run, as a column beside it."""
_RUNNING = Prepared(
    sa.select(*_READ, _TEXT).where(_C.case_id == sa.bindparam("case_id"), _C.state == "running").order_by(_C.id)
)


def _running(row: Any) -> RunningClock:
    return RunningClock(row.id, _KINDS[row.kind], row.subject, _LAMPS[row.lamp], row)


_KINDS: Mapping[str, ClockKind] = {str(kind): kind for kind in ClockKind}
_LAMPS: Mapping[str, Lamp] = {str(shown): shown for shown in Lamp}
