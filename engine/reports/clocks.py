"""The clocks of a case as its page lists them: each under its own name, with what it says now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..cases import Phase, counting
from ..clock import (
    GROUND_NAMES,
    RULES,
    Clock,
    ClockKind,
    Ground,
    Lamp,
    OfficeTime,
    due_by,
    lamp,
    lamp_words,
    sentence,
)
from ..store import Tx, tables


@dataclass(frozen=True)
class ClockLine:
    """One clock. label: its name with what it is about, `环节时限“审查”`. lamp: None once it has stopped; words: in a list;
    say: the sentence, due: the part of it that is the due day. statutory: the margin behind a promise."""

    kind: ClockKind
    label: str
    clock: Clock
    running: bool
    lamp: Lamp | None
    words: str
    say: str
    due: str
    statutory: Clock | None = None


@dataclass(frozen=True)
class Clocks:
    """counting: the one that counts now; beside: the others that run; stopped: those that were met or ended."""

    time: OfficeTime
    counting: ClockLine | None
    beside: tuple[ClockLine, ...]
    stopped: tuple[ClockLine, ...]


def clocks_at(tx: Tx, case_id: int, time: OfficeTime, now: datetime) -> Clocks:
    """All clocks of a case. Whoever calls has asked whether he sees it."""
    c = tables.clocks
    rows = tx.rows(sa.select(c).where(c.c.case_id == case_id).order_by(c.c.id))
    phase = tx.value(sa.select(tables.cases.c.phase).where(tables.cases.c.id == case_id))
    names = _names(tx, case_id)
    clocks = {r.id: Clock.from_json(r.clock) for r in rows}
    running = {ClockKind(r.kind): clocks[r.id] for r in rows if r.state == "running" and not r.subject}
    shown, statutory = counting(Phase(phase), running, time, time.civil(now))
    lines = [
        (r.id, _line(r, clocks[r.id], names, time, now, statutory if clocks[r.id] is shown else None)) for r in rows
    ]
    first = next((line for key, line in lines if clocks[key] is shown), None)
    return Clocks(
        time,
        first,
        tuple(line for _, line in lines if line.running and line is not first),
        tuple(line for _, line in lines if not line.running),
    )


def _line(
    row: Any,
    clock: Clock,
    names: Mapping[str, str],
    time: OfficeTime,
    now: datetime,
    statutory: Clock | None = None,
) -> ClockLine:
    kind, running = ClockKind(row.kind), row.state == "running"
    about = names.get(f"{kind}:{row.subject}", "")
    return ClockLine(
        kind=kind,
        label=f"{RULES[kind].label}{f'“{about}”' if about else ''}",
        clock=clock,
        running=running,
        lamp=lamp(clock, time, now).lamp if running else None,
        words=lamp_words(clock, time, now),
        say=sentence(clock, time, now, statutory=statutory),
        due=due_by(clock, time, now) if running else "",
        statutory=statutory,
    )


def _names(tx: Tx, case_id: int) -> dict[str, str]:
    """What the clocks of single things are about: steps, papers that were promised, orders, special procedures."""
    return dict(_about(tx, case_id))


def _about(tx: Tx, case_id: int) -> Iterator[tuple[str, str]]:
    t, m, o = tables.tasks, tables.materials, tables.orders
    for row in tx.rows(sa.select(t.c.id, t.c.name).where(t.c.case_id == case_id)):
        yield f"{ClockKind.STEP}:task:{row.id}", row.name
    for row in tx.rows(sa.select(m.c.key, m.c.name).where(m.c.case_id == case_id)):
        yield f"{ClockKind.TOLERANCE}:{row.key}", row.name
    for row in tx.rows(sa.select(o.c.id, o.c.number).where(o.c.case_id == case_id)):
        yield f"{ClockKind.ORDER}:order:{row.id}", row.number
    p, d = tables.opinions, tables.departments
    for row in tx.rows(sa.select(p.c.id, d.c.name).join(d, d.c.id == p.c.department_id).where(p.c.case_id == case_id)):
        yield f"{ClockKind.OPINION}:opinion:{row.id}", row.name
    r, n = tables.resolutions, tables.consultations
    asked = sa.select(r.c.id, r.c.item, n.c.number).join(n, n.c.id == r.c.consultation_id)
    for row in tx.rows(asked.where(r.c.case_id == case_id)):
        yield f"{ClockKind.RESOLUTION}:resolution:{row.id}", f"{row.number}第{row.item}项"
    for ground in Ground:
        yield f"{ClockKind.SPECIAL}:{ground}", GROUND_NAMES[ground]
