"""A lamp turns: once, whoever looks first. The sweep and every act come through here.

Race: two sweepers, or a sweep and an act, find the same due row. What turns is reckoned from rows that were read (`Turn`);
writing it begins with where the case stands: that is compared (revision and last journal number as they were seen) and so locked, then
the clock's (`alert_at` as it was seen). Who comes second finds it changed, and nothing of his turn is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..clock import RULES, Clock, ClockKind, Lamp, LampState, OfficeTime, lamp
from ..people import office, office_time
from ..store import STANDS, Prepared, Tx, jobs, journal, tables
from .clocks import clock_of


@dataclass(frozen=True)
class Turn:
    """What turns in one case at a moment: reckoned from rows that were read, and not yet written. No process is loaded for it."""

    case: Any
    now: datetime
    moved: Sequence[tuple[Any, LampState]]
    """Each clock whose moment has come, as its row was seen, and how its lamp stands."""
    told: Sequence[Mapping[str, Any]]
    """Each lamp that turns, for the journal and for the notice."""
    tasks: Sequence[tuple[int, Mapping[str, Any]]]
    """The tasks that show another lamp by it."""

    def write(self, tx: Tx) -> None:
        """Turn the lamps, journal each, leave a notice to be sent, and write the gravest on the tasks. Where the case stands
        comes first: it is the lock, and says that nothing has moved since. Raises Overtaken where something has."""
        links = list(self._links())
        seen = {"case_id": self.case.id, "revision": self.case.revision, "journal_n": self.case.journal_n}
        head = links[-1].head if links else journal.Head(self.case.journal_n, self.case.journal_hash)
        tx.change_one(tables.processes, seen, **head._asdict())
        for row, state in self.moved:
            clock = {"id": row.id, "alert_at": row.alert_at}
            tx.change_one(tables.clocks, clock, lamp=state.lamp, alert_at=state.next_at)
        for link, told in zip(links, self.told, strict=True):
            journal.write(tx, link)
            self._leave_notice(tx, link.head.journal_n, told)
        for task_id, shown in self.tasks:
            tx.change_one(tables.tasks, {"id": task_id}, **shown)

    def _links(self) -> Iterator[journal.Link]:
        stream, head = journal.Stream("case", self.case.id), journal.Head(self.case.journal_n, self.case.journal_hash)
        for told in self.told:
            entry = journal.Entry("flag", "system", self.now, told)
            link = journal.link(stream, self.case.case_no, entry, self.case.state_digest, head)
            yield link
            head = link.head

    def _leave_notice(self, tx: Tx, n: int, told: Mapping[str, Any]) -> None:
        payload, key = {"what": "flag", "n": n, **told}, f"flag:{self.case.id}:{n}"
        jobs.leave(tx, "notice", run_at=self.now, case_id=self.case.id, payload=payload, dedupe=key)


def flag_due(tx: Tx, case: Any, time: OfficeTime, now: datetime) -> int:
    """Turn every lamp of this case whose moment has come, journal each change, leave a notice to be sent.

    case: its row with where it stands, locked. Returns how many lamps turned.
    """
    clocks, tasks = tx.rows(_CLOCKS_OF, of_case=case.id), tx.rows(_TASKS_OF, of_case=case.id)
    turn = _turn(case, clocks, tasks, time, now)
    if turn is None:
        return 0
    turn.write(tx)
    return len(turn.told)


def turns(tx: Tx, case_ids: Sequence[int], now: datetime) -> tuple[list[Turn], list[int]]:
    """What turns in these cases, read together and reckoned one by one, in this order; and those that cannot be reckoned."""
    found, not_reckoned = [], []
    for case, clocks, tasks, time in together(tx, case_ids):
        try:
            turn = _turn(case, clocks, tasks, time, now)
        except Exception:  # told by whoever does it alone
            not_reckoned.append(case.id)
        else:
            found += [] if turn is None else [turn]
    return found, not_reckoned


def together(tx: Tx, case_ids: Sequence[int]) -> Iterator[tuple[Any, Sequence[Any], Sequence[Any], OfficeTime]]:
    """These cases, in this order, read together and not locked: its row, its running clocks, its live tasks, its office's time."""
    cases = {r.id: r for r in tx.rows(_CASES.where(tables.cases.c.id.in_(case_ids)))}
    clocks = _by_case(tx.rows(_CLOCKS.where(tables.clocks.c.case_id.in_(case_ids))))
    tasks = _by_case(tx.rows(_TASKS.where(tables.tasks.c.case_id.in_(case_ids))))
    times = {one: office_time(tx, office(tx, one)) for one in {r.office_id for r in cases.values()}}
    for case_id in case_ids:
        case = cases[case_id]
        yield case, clocks.get(case_id, ()), tasks.get(case_id, ()), times[case.office_id]


def _turn(case: Any, clocks: Sequence[Any], tasks: Sequence[Any], time: OfficeTime, now: datetime) -> Turn | None:
    """clocks, tasks: the running and the live ones of the case. None when nothing is due."""
    due = [(row, clock_of(row.clock)) for row in clocks if row.alert_at is not None and row.alert_at <= now]
    if not due:
        return None
    moved = [(row, lamp(clock, time, now)) for row, clock in due]
    names = {f"task:{task.id}": task.name for task in tasks}
    turned = (
        (row, clock, state) for (row, state), (_, clock) in zip(moved, due, strict=True) if row.lamp != state.lamp
    )
    told = [_told(row, clock, state, time, names) for row, clock, state in turned]
    lamps = {row.id: state.lamp for row, state in moved}
    standing = ((ClockKind(r.kind), r.subject, lamps.get(r.id, Lamp(r.lamp)), r.due_on) for r in clocks)
    return Turn(case, now, moved, told, list(shown_otherwise(tasks, standing)) if told else [])


def _told(row: Any, clock: Clock, state: LampState, time: OfficeTime, names: Mapping[str, str]) -> dict[str, Any]:
    due = clock.due(time)
    return {
        "clock": row.kind,
        "subject": row.subject,
        "from": row.lamp,
        "to": state.lamp,
        "rule": state.rule,
        "due_on": due.on.isoformat() if due else None,
        "step": names[row.subject] if row.kind == ClockKind.STEP else None,
    }


def _by_case(rows: Sequence[Any]) -> dict[int, list[Any]]:
    of: dict[int, list[Any]] = {}
    for row in rows:
        of.setdefault(row.case_id, []).append(row)
    return of


def _columns() -> tuple[sa.Select[Any], sa.Select[Any], sa.Select[Any]]:
    """What a turn is reckoned from: of a case its place and the end of its chain, its running clocks, its live tasks."""
    k, c, t = tables.cases.c, tables.clocks.c, tables.tasks.c
    cases = sa.select(k.id, k.office_id, k.version_id, k.case_no, *STANDS).join(tables.processes)
    text = sa.type_coerce(c.clock, sa.Text).label("clock")
    clocks = sa.select(c.id, c.case_id, c.kind, c.subject, text, c.due_on, c.due_at, c.provisional, c.lamp, c.alert_at)
    tasks = sa.select(t.id, t.case_id, t.name, t.lamp, t.due_on)
    return (
        cases,
        clocks.where(c.state == "running").order_by(c.id),
        tasks.where(tables.LIVE).order_by(t.id),
    )


_CASES, _CLOCKS, _TASKS = _columns()
_OF_CASE: sa.BindParameter[int] = sa.bindparam("of_case")
_CLOCKS_OF = Prepared(_CLOCKS.where(tables.clocks.c.case_id == _OF_CASE))
_TASKS_OF = Prepared(_TASKS.where(tables.tasks.c.case_id == _OF_CASE))


# ---------------------------------------------------------------- the lamp of several clocks
DEBTS = (ClockKind.ORDER, ClockKind.OPINION, ClockKind.RESOLUTION)
_DECIDING = tuple(kind for kind, rule in RULES.items() if rule.pausable and kind is not ClockKind.STEP)
_GRAVE = {Lamp.DARK_RED: 5, Lamp.RED: 4, Lamp.YELLOW: 3}
_RUNS_ON, _PAUSED, _QUIET = 2, 1, 0
_LAMPS = {rank: lamp for lamp, rank in _GRAVE.items()} | {
    _RUNS_ON: Lamp.GREEN,
    _PAUSED: Lamp.GREY,
    _QUIET: Lamp.GREEN,
}


def worst(clocks: Iterable[tuple[ClockKind, Lamp]]) -> Lamp:
    """The lamp of the whole case, or of a task: the gravest of its running clocks. While a special procedure holds the
    decision it is grey, although the procedure's own clock is green; but not while one deciding clock runs on, because a
    limit of another statute may not know that ground. An order, an opinion or a resolution is a debt of one department and no
    limit of the case: its lamp is its own."""
    return _LAMPS[max((_gravity(kind, lamp) for kind, lamp in clocks), default=_QUIET)]


def case_lamp() -> sa.ColumnElement[str]:
    """The lamp of the whole case, as a column beside those of `cases`: the same rule, told by the database."""
    c = tables.clocks
    running = (c.c.case_id == tables.cases.c.id, c.c.state == "running")
    gravest = sa.select(sa.func.max(_GRAVITY)).where(*running).correlate(tables.cases).scalar_subquery()
    lamps = {rank: str(lamp) for rank, lamp in _LAMPS.items()}
    return sa.case(lamps, value=gravest, else_=lamps[_QUIET])


def shown_otherwise(
    tasks: Sequence[Any], clocks: Iterable[tuple[ClockKind, str, Lamp, date | None]]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Of open tasks of a case those that should show another lamp or due day, with both. Each shows the gravest lamp and the
    earliest due day of the clocks it stands under, so that a worklist sorts and counts by them and reads no clock. clocks: kind,
    subject, lamp and due day of all that run in the case."""
    over_all: list[tuple[int, date | None]] = []
    own: dict[str, tuple[int, date | None]] = {}
    for kind, subject, shown, due in clocks:
        if kind is ClockKind.STEP:
            own[subject] = (_gravity(kind, shown), due)
        elif kind not in DEBTS:
            over_all.append((_gravity(kind, shown), due))
    for task in tasks:
        step = own.get(f"task:{task.id}")
        over = over_all if step is None else [*over_all, step]
        gravest = _LAMPS[max([gravity for gravity, _ in over], default=_QUIET)]
        due_on = min([due for _, due in over if due is not None], default=None)
        if (gravest, due_on) != (task.lamp, task.due_on):
            yield task.id, {"lamp": gravest, "due_on": due_on}


def _gravity(kind: ClockKind, lamp: Lamp) -> int:
    if kind in DEBTS:
        return _QUIET
    if lamp is Lamp.GREEN:
        return _RUNS_ON if kind in _DECIDING else _QUIET
    return _GRAVE.get(lamp, _PAUSED)


# the same rule for the database
_GRAVITY = sa.case(
    (tables.clocks.c.kind.in_([str(kind) for kind in DEBTS]), _QUIET),
    *((tables.clocks.c.lamp == str(lamp), rank) for lamp, rank in _GRAVE.items()),
    (tables.clocks.c.lamp == str(Lamp.GREY), _PAUSED),
    (tables.clocks.c.kind.in_([str(kind) for kind in _DECIDING]), _RUNS_ON),
    else_=_QUIET,
)
