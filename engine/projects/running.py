"""The cases behind the plans: of each matter of a project the one that counts, with its lamps and in whose hands it is.

A handful of queries, however many projects; no process is loaded. Lamps are counted at the moment of asking, so nobody is
shown an older one than the sweep would turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ..cases import BEFORE_DECISION, Phase, worst
from ..clock import GROUND_NAMES, Clock, ClockKind, Ground, Lamp, OfficeTime, lamp, lamp_words
from ..store import Tx, tables


class State(StrEnum):
    """How far a matter of a plan is."""

    NONE = "none"  # not filed
    RUNNING = "running"
    CORRECTING = "correcting"  # the applicant's turn
    PAUSED = "paused"  # a special procedure holds the decision
    GRANTED = "granted"
    ENDED = "ended"  # without the result: refused, not accepted, withdrawn, terminated


# the limits of a case itself; of two that are equally grave the first is shown
OWN = (
    ClockKind.PROMISED,
    ClockKind.STAGE_PROMISED,
    ClockKind.NOTICE,
    ClockKind.CORRECTION,
    ClockKind.STATUTORY,
    ClockKind.STAGE_STATUTORY,
    ClockKind.STEP,
    ClockKind.DELIVERY,
)


_ASKS = {
    ClockKind.NOTICE: "告知",
    ClockKind.CORRECTION: "补正",
    ClockKind.STATUTORY: "法定",
    ClockKind.STAGE_STATUTORY: "法定",
    ClockKind.STEP: "环节",
    ClockKind.DELIVERY: "送达",
}


@dataclass(frozen=True)
class Light:
    """A running clock as the board shows it. name: what it is about where that is not plain: a step, a procedure, a paper.
    due_on: its day, None while a pause without a plan holds it."""

    kind: ClockKind
    name: str
    lamp: Lamp
    words: str
    due_on: date | None
    clock: Clock

    @property
    def late(self) -> bool:
        return self.lamp in (Lamp.RED, Lamp.DARK_RED)

    @property
    def told(self) -> str:
        """The words, with what is asked for unless it is the promise; what is late says so itself: `告知 剩 5 日`."""
        asks = "" if self.late else _ASKS.get(self.kind, "")
        return f"{asks} {self.words}".strip()


@dataclass(frozen=True)
class Running:
    """A case of a project. lights: all its running clocks. hands: who holds each open task, department and person, or the
    window that has not claimed it. asked_on: since when the applicant has been asked for a correction."""

    id: int
    case_no: str
    applicant: str
    phase: Phase
    result: str | None
    received_on: date
    accepted_on: date | None
    decided_on: date | None
    lights: tuple[Light, ...]
    hands: tuple[str, ...]
    asked_on: date | None

    @property
    def light(self) -> Light | None:
        """The clock that shows how the case stands: one of its own limits that has the lamp of them all."""
        own = [x for x in self.lights if x.kind in OWN]
        gravest = worst((x.kind, x.lamp) for x in own)
        return min((x for x in own if x.lamp is gravest), key=lambda x: OWN.index(x.kind), default=None)

    @property
    def state(self) -> State:
        if self.phase in (Phase.DECIDED, Phase.SERVED, Phase.CLOSED):
            return State.GRANTED if self.result == "granted" else State.ENDED
        if self.phase not in BEFORE_DECISION:
            return State.ENDED
        if self.phase is Phase.CORRECTING:
            return State.CORRECTING
        return State.PAUSED if self.light is not None and self.light.lamp is Lamp.GREY else State.RUNNING

    def clock(self, kind: ClockKind) -> Clock | None:
        return next((x.clock for x in self.lights if x.kind is kind), None)


def running_cases(
    tx: Tx, office_id: int, codes: Sequence[str], time: OfficeTime, now: datetime
) -> dict[str, dict[str, Running]]:
    """The case of each matter of each project, by project code and matter code. Of several the granted one, else the one that
    still runs, else the last."""
    c, m = tables.cases, tables.matters
    rows = tx.rows(
        sa.select(c, m.c.code.label("matter"))
        .join(m, m.c.id == c.c.matter_id)
        .where(c.c.office_id == office_id, c.c.project_code.in_(codes))
        .order_by(c.c.id)
    )
    ids = [r.id for r in rows]
    tasks, asked = _tasks(tx, ids), _asked(tx, ids)
    lights = _lights(tx, ids, {f"task:{t.id}": t.name for of in tasks.values() for t in of}, time, now)
    found: dict[str, dict[str, Running]] = defaultdict(dict)
    for r in rows:
        made = Running(
            id=r.id,
            case_no=r.case_no,
            applicant=r.applicant_name,
            phase=Phase(r.phase),
            result=r.result,
            received_on=r.received_on,
            accepted_on=r.accepted_on,
            decided_on=r.decided_on,
            lights=tuple(lights[r.id]),
            hands=tuple(dict.fromkeys(_hand(t) for t in tasks[r.id])),
            asked_on=time.civil(asked[r.id]) if r.id in asked else None,
        )
        before = found[r.project_code].get(r.matter)
        if before is None or _counts(made) >= _counts(before):
            found[r.project_code][r.matter] = made
    return found


def _counts(case: Running) -> int:
    return {State.GRANTED: 2, State.ENDED: 0}.get(case.state, 1)


def _hand(task: Any) -> str:
    return f"{task.department} {task.person}" if task.person else f"{task.window} 待签收"


def _lights(
    tx: Tx, case_ids: Sequence[int], steps: dict[str, str], time: OfficeTime, now: datetime
) -> dict[int, list[Light]]:
    c = tables.clocks
    today = time.civil(now)
    found: dict[int, list[Light]] = defaultdict(list)
    for r in tx.rows(sa.select(c).where(c.c.case_id.in_(case_ids), c.c.state == "running").order_by(c.c.id)):
        clock = Clock.from_json(r.clock)
        due = clock.due(time, today)
        found[r.case_id].append(
            Light(
                kind=clock.kind,
                name=_name(clock, r.subject, steps),
                lamp=lamp(clock, time, now).lamp,
                words=lamp_words(clock, time, now),
                due_on=due.on if due is not None else None,
                clock=clock,
            )
        )
    return found


def _name(clock: Clock, subject: str, steps: dict[str, str]) -> str:
    if clock.kind is ClockKind.SPECIAL:
        return GROUND_NAMES[Ground(subject)]
    if clock.kind is ClockKind.STEP:
        return steps.get(subject, "")
    return "" if clock.kind in (ClockKind.PROMISED, ClockKind.STAGE_PROMISED) else clock.rule.label.removesuffix("时限")


def _tasks(tx: Tx, case_ids: Sequence[int]) -> dict[int, list[Any]]:
    """The open tasks of each case, with department, window and holder."""
    t, d, w, o, p = tables.tasks, tables.departments, tables.windows, tables.officers, tables.persons
    rows = tx.rows(
        sa.select(
            t.c.id,
            t.c.case_id,
            t.c.name,
            d.c.name.label("department"),
            w.c.name.label("window"),
            p.c.name.label("person"),
        )
        .join(d, d.c.id == t.c.department_id)
        .join(w, w.c.id == t.c.window_id)
        .outerjoin(o, o.c.id == t.c.officer_id)
        .outerjoin(p, p.c.id == o.c.person_id)
        .where(t.c.case_id.in_(case_ids), tables.LIVE)
        .order_by(t.c.id)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for r in rows:
        found[r.case_id].append(r)
    return found


def _asked(tx: Tx, case_ids: Sequence[int]) -> dict[int, datetime]:
    """When the applicant was asked for what he has not brought yet."""
    c = tables.corrections
    rows = tx.rows(sa.select(c.c.case_id, c.c.asked_at).where(c.c.case_id.in_(case_ids), c.c.brought_at.is_(None)))
    return {r.case_id: r.asked_at for r in rows}
