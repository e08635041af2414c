"""A lamp turns: once, whoever looks first. The sweep and every act come through here.

Race: two sweepers, or a sweep and an act, find the same due row. The case is locked first, then the row is compared
and set (`alert_at` as it was seen); who comes second finds it changed and does nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..clock import ClockKind, Lamp, OfficeTime, lamp
from ..store import Tx, jobs, journal, tables
from .clocks import RunningClock, due_rows


def flag_due(tx: Tx, case: Any, time: OfficeTime, now: datetime) -> int:
    """Turn every lamp of this case whose moment has come, journal each change, leave a notice to be sent.

    case: the locked row of `cases`. Returns how many lamps turned. No process is loaded for a lamp.
    """
    return sum(_flag(tx, case, running, time, now) for running in due_rows(tx, case.id, now))


def _flag(tx: Tx, case: Any, running: RunningClock, time: OfficeTime, now: datetime) -> bool:
    state = lamp(running.clock, time, now)
    c = tables.clocks
    seen = _seen(c, running)
    won = tx.execute(c.update().where(*seen).values(lamp=state.lamp, alert_at=state.next_at)).rowcount
    if not won or state.lamp is running.lamp:
        return False
    told = {
        "clock": running.kind,
        "subject": running.subject,
        "from": running.lamp,
        "to": state.lamp,
        "rule": state.rule,
        "due_on": _iso(running, time),
        "step": _step_name(tx, running),
    }
    n = journal.append(
        tx, journal.Stream("case", case.id), case.case_no, journal.Entry("flag", "system", now, told), case.state_digest
    )
    jobs.enqueue(
        tx,
        "notice",
        run_at=now,
        case_id=case.id,
        payload={"what": "flag", "n": n, **told},
        dedupe=f"flag:{case.id}:{n}",
    )
    return True


def _seen(c: Any, running: RunningClock) -> tuple[Any, ...]:
    """The row as it was seen: the condition of the compare-and-set."""
    return (c.c.id == running.id, c.c.state == "running", c.c.alert_at == running.alert_at)


def _step_name(tx: Tx, running: RunningClock) -> str | None:
    """What the task of a step clock is called."""
    if running.kind is not ClockKind.STEP:
        return None
    t = tables.tasks
    name: str | None = tx.value(sa.select(t.c.name).where(t.c.id == int(running.subject.removeprefix("task:"))))
    return name


def _iso(running: RunningClock, time: OfficeTime) -> str | None:
    due = running.clock.due(time)
    return due.on.isoformat() if due else None


def worst(lamps: list[Lamp]) -> Lamp:
    """The lamp of the whole case: the gravest of its clocks; grey only when nothing else runs."""
    order = [Lamp.DARK_RED, Lamp.RED, Lamp.YELLOW, Lamp.GREEN, Lamp.GREY]
    return min(lamps, key=order.index, default=Lamp.GREEN)
