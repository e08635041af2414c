"""A lamp turns: once, whoever looks first. The sweep and every act come through here.

Race: two sweepers, or a sweep and an act, find the same due row. The case is locked first, then the row is compared
and set (`alert_at` as it was seen); who comes second finds it changed and does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..clock import RULES, ClockKind, Lamp, OfficeTime, lamp
from ..store import Prepared, Tx, jobs, journal, tables
from .clocks import RunningClock, due_rows


def flag_due(tx: Tx, case: Any, time: OfficeTime, now: datetime) -> int:
    """Turn every lamp of this case whose moment has come, journal each change, leave a notice to be sent.

    case: the locked row of `cases`. Returns how many lamps turned. No process is loaded for a lamp.
    """
    turned = sum(_flag(tx, case, running, time, now) for running in due_rows(tx, case.id, now))
    if turned:
        keep_on_tasks(tx, case.id)
    return turned


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


# ---------------------------------------------------------------- the lamp of several clocks
DEBTS = (ClockKind.ORDER, ClockKind.OPINION, ClockKind.RESOLUTION)
_DECIDING = tuple(kind for kind, rule in RULES.items() if rule.pausable and kind is not ClockKind.STEP)
_GRAVE = {Lamp.DARK_RED: 5, Lamp.RED: 4, Lamp.YELLOW: 3}
_RUNS_ON, _PAUSED, _QUIET = 2, 1, 0


def worst(clocks: Iterable[tuple[ClockKind, Lamp]]) -> Lamp:
    """The lamp of the whole case, or of a task: the gravest of its running clocks. While a special procedure holds the
    decision it is grey, although the procedure's own clock is green; but not while one deciding clock runs on, because a
    limit of another statute may not know that ground. An order, an opinion or a resolution is a debt of one department and no
    limit of the case: its lamp is its own."""
    return _lamp_of(max((_gravity(kind, lamp) for kind, lamp in clocks), default=_QUIET))


def case_lamp() -> sa.ColumnElement[str]:
    """The lamp of the whole case, as a column beside those of `cases`: the same rule, told by the database."""
    c = tables.clocks
    running = (c.c.case_id == tables.cases.c.id, c.c.state == "running")
    return _lamp_column(sa.select(sa.func.max(_GRAVITY)).where(*running).correlate(tables.cases).scalar_subquery())


def keep_on_tasks(tx: Tx, case_id: int) -> None:
    """Write the gravest lamp and the earliest due day of its clocks on every open task of a case, so that a worklist sorts
    and counts by them and reads no clock. Called whenever the case's clocks were saved or turned."""
    tx.rows(_KEPT_ON_TASKS, of_case=case_id)


def _lamp_column(gravity: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    graves = {rank: str(lamp) for lamp, rank in _GRAVE.items()} | {_PAUSED: str(Lamp.GREY)}
    return sa.case(graves, value=gravity, else_=str(Lamp.GREEN))


def _gravity(kind: ClockKind, lamp: Lamp) -> int:
    if kind in DEBTS:
        return _QUIET
    if lamp is Lamp.GREEN:
        return _RUNS_ON if kind in _DECIDING else _QUIET
    return _GRAVE.get(lamp, _PAUSED)


def _lamp_of(gravity: int) -> Lamp:
    graves = {rank: lamp for lamp, rank in _GRAVE.items()} | {_PAUSED: Lamp.GREY}
    return graves.get(gravity, Lamp.GREEN)


# the same rule for the database
_GRAVITY = sa.case(
    (tables.clocks.c.kind.in_([str(kind) for kind in DEBTS]), _QUIET),
    *((tables.clocks.c.lamp == str(lamp), rank) for lamp, rank in _GRAVE.items()),
    (tables.clocks.c.lamp == str(Lamp.GREY), _PAUSED),
    (tables.clocks.c.kind.in_([str(kind) for kind in _DECIDING]), _RUNS_ON),
    else_=_QUIET,
)


def _kept_on_tasks() -> sa.Update:
    """Written once: every act says it, and it is long."""
    t, c = tables.tasks, tables.clocks
    mine = (
        c.c.case_id == t.c.case_id,
        c.c.state == "running",
        c.c.kind.not_in([str(kind) for kind in DEBTS]),
        sa.or_(c.c.kind != ClockKind.STEP, c.c.subject == "task:" + sa.cast(t.c.id, sa.Text)),
    )
    gravest = sa.select(sa.func.max(_GRAVITY)).where(*mine).correlate(t).scalar_subquery()
    earliest = sa.select(sa.func.min(c.c.due_on)).where(*mine).correlate(t).scalar_subquery()
    live = (t.c.case_id == sa.bindparam("of_case"), t.c.state.in_(["open", "claimed"]))
    return t.update().where(*live).values(lamp=_lamp_column(gravest), due_on=earliest)


_KEPT_ON_TASKS = Prepared(_kept_on_tasks())
