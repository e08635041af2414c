"""One line of a worklist: a task with its case, and what its clocks say at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..cases import worst
from ..clock import Clock, ClockKind, Lamp, OfficeTime, lamp, lamp_words
from ..store import Tx, tables

LATE = (Lamp.DARK_RED, Lamp.RED)


@dataclass(frozen=True)
class Line:
    """One task in the list. lamp and due_on are those that stand on the task; words: what the clock says in a list, and
    shown_due the day that goes with them. officer: who has it, empty in a pool. tag: what changes the clerk's work, 容缺,
    绿通 (of a key project) or 并联 (of another project, whose matters are asked for together)."""

    id: int
    case_id: int
    case_no: str
    matter: str
    applicant_name: str
    step: str
    name: str
    kind: str
    form: str | None
    window_id: int
    window: str
    state: str
    officer_id: int | None
    officer: str
    arrived_at: datetime
    claimed_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    lamp: Lamp
    due_on: date | None
    tag: str
    words: str = ""
    shown_due: date | None = None


def lines_of(tx: Tx, task_ids: Sequence[int]) -> list[Line]:
    """These tasks as lines, in this order."""
    if not task_ids:
        return []
    t, c, m, w = tables.tasks, tables.cases, tables.matters, tables.windows
    o, p, k = tables.officers, tables.persons, tables.projects
    key_project = sa.and_(k.c.office_id == c.c.office_id, k.c.code == c.c.project_code, k.c.closed_at.is_(None))
    rows = tx.rows(
        sa.select(
            t,
            c.c.case_no,
            c.c.applicant_name,
            c.c.acceptance_mode,
            c.c.project_code,
            m.c.name.label("matter"),
            w.c.name.label("window"),
            p.c.name.label("officer"),
            k.c.id.label("project"),
        )
        .join(c, c.c.id == t.c.case_id)
        .join(m, m.c.id == c.c.matter_id)
        .join(w, w.c.id == t.c.window_id)
        .outerjoin(o, o.c.id == t.c.officer_id)
        .outerjoin(p, p.c.id == o.c.person_id)
        .outerjoin(k, key_project)
        .where(t.c.id.in_(task_ids))
    )
    found = {r.id: _line(r) for r in rows}
    return [found[task_id] for task_id in task_ids]


def with_words(tx: Tx, lines: Sequence[Line], time: OfficeTime, now: datetime) -> list[Line]:
    """The same lines with what their clocks say at this moment, and the day that goes with it."""
    c = tables.clocks
    running: dict[int, list[Any]] = {}
    ids = {line.case_id for line in lines}
    rows = tx.rows(sa.select(c).where(c.c.case_id.in_(ids), c.c.state == "running").order_by(c.c.id)) if ids else ()
    for row in rows:
        running.setdefault(row.case_id, []).append(row)
    return [_worded(line, running.get(line.case_id, []), time, now) for line in lines]


def _worded(line: Line, running: Sequence[Any], time: OfficeTime, now: datetime) -> Line:
    mine = [r for r in running if r.kind != ClockKind.STEP or r.subject == f"task:{line.id}"]
    if not mine:
        return replace(line, shown_due=line.due_on)
    gravest = worst((ClockKind(r.kind), Lamp(r.lamp)) for r in mine)
    first = min(_speaking(mine, gravest), key=lambda r: (r.due_on or date.max, r.id))
    clock = Clock.from_json(first.clock)
    words, turned = lamp_words(clock, time, now), lamp(clock, time, now).lamp
    shown = turned if turned in LATE else gravest  # a lamp may turn a moment before the sweep comes by
    if shown is Lamp.YELLOW and words.startswith("剩"):
        words = f"{Lamp.YELLOW.word} {words}"
    return replace(line, lamp=shown, words=words, shown_due=first.due_on)


def _speaking(running: Sequence[Any], gravest: Lamp) -> list[Any]:
    """The clocks that may speak for a task: what is late or paused for itself; while nothing is, whichever is due first."""
    if gravest in (*LATE, Lamp.GREY):
        return [r for r in running if r.lamp == gravest]
    return [r for r in running if r.lamp != Lamp.GREY]


def _line(row: Any) -> Line:
    return Line(
        id=row.id,
        case_id=row.case_id,
        case_no=row.case_no,
        matter=row.matter,
        applicant_name=row.applicant_name,
        step=row.step,
        name=row.name,
        kind=row.kind,
        form=row.form,
        window_id=row.window_id,
        window=row.window,
        state=row.state,
        officer_id=row.officer_id,
        officer=row.officer or "",
        arrived_at=row.arrived_at,
        claimed_at=row.claimed_at,
        done_at=row.done_at,
        outcome=row.outcome,
        lamp=Lamp(row.lamp),
        due_on=row.due_on,
        tag=_tag(row),
    )


def _tag(row: Any) -> str:
    if row.acceptance_mode == "tolerant":
        return "容缺"
    if row.project is not None:
        return "绿通"
    return "并联" if row.project_code else ""
