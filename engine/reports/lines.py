"""One line of a worklist: a task with its case, and what its clocks say at this moment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..cases import DEBTS, worst
from ..clock import Clock, ClockKind, Lamp, OfficeTime, lamp_and_words
from ..people import Establishment
from ..store import Prepared, Tx, among, day_and_text, day_first, tables

LATE = (Lamp.DARK_RED, Lamp.RED)


class Line(NamedTuple):
    """One task in the list. lamp and due_on are those that stand on the task; words: what the clock says in a list, and
    shown_due the day that goes with them. officer: who has it, empty in a pool. tag: what changes the clerk's work, 容缺,
    绿通 (of a key project) or 并联 (of another project, whose matters are asked for together)."""

    id: int
    case_id: int
    step: str
    name: str
    kind: str
    form: str | None
    window_id: int
    state: str
    officer_id: int | None
    arrived_at: datetime
    claimed_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    due_on: date | None
    case_no: str
    applicant_name: str
    matter: str
    window: str
    officer: str
    lamp: Lamp
    tag: str
    words: str = ""
    shown_due: date | None = None


def lines_of(tx: Tx, known: Establishment, task_ids: Sequence[int]) -> list[Line]:
    """These tasks as lines, in this order."""
    rows = tx.rows(_LINES, ids=task_ids) if task_ids else ()
    names = _Names.of(tx, known, rows)
    found = {row.id: names.line(row, (_LAMPS[row.lamp], "", None)) for row in rows}
    return [found[task_id] for task_id in task_ids]


def with_words(tx: Tx, lines: Sequence[Line], time: OfficeTime, now: datetime) -> list[Line]:
    """The same lines with what their clocks say at this moment, and the day that goes with it."""
    running: dict[int, list[tuple[str, _Clock]]] = {}
    rows = tx.rows(_RUNNING, ids={line.case_id for line in lines}) if lines else ()
    for row in rows:
        running.setdefault(row.case_id, []).append((row.subject, (row.kind, row.lamp, row.due_on, row.text)))
    speaker = _Speaker(time, now, {})
    return [speaker.worded(line, running.get(line.case_id, ())) for line in lines]


def told_by_id(tx: Tx, task_ids: Sequence[int]) -> list[Any]:
    """These tasks in this order as rows that `lines_with_words` makes lines of."""
    found = {row[0]: row for row in tx.rows(_TOLD, ids=task_ids)} if task_ids else {}
    return [found[task_id] for task_id in task_ids]


def lines_with_words(tx: Tx, known: Establishment, rows: Sequence[Any], time: OfficeTime, now: datetime) -> list[Line]:
    """Tasks that wait, as `told` asks for them, as lines with what their clocks say: what `lines_of` and `with_words` tell, in one
    question. The gravest lamp stands on the task already, so the database itself can choose which clock speaks."""
    speaker, names = _Speaker(time, now, {}), _Names.of(tx, known, rows)
    return [names.line(row, speaker.says_of(row[_LAMP], row[_DUE], row[_SAID])) for row in rows]


def stands(row: Any) -> tuple[int, str, date | None]:
    """Where a task of such a row stands in its list: its id, the lamp and the due day that stand on it."""
    return row[0], row[_LAMP], row[_DUE]


_Clock = tuple[Any, ...]
"""Of a running clock: kind, lamp, due_on, its text."""
_Said = tuple[Lamp, str, date | None]
_LAMPS = {str(lamp): lamp for lamp in Lamp}


@dataclass(frozen=True)
class _Speaker:
    """Says what clocks say at one moment. Many cases of a page have begun on one day, and their clocks say the same: what was
    worked out for one is kept for the others, under all that it was worked out from."""

    time: OfficeTime
    now: datetime
    said: dict[tuple[Lamp, str], _Said]

    def worded(self, line: Line, running: Sequence[tuple[str, _Clock]]) -> Line:
        step = f"task:{line.id}"
        mine = [clock for subject, clock in running if subject == step or clock[0] != ClockKind.STEP]
        if not mine:
            return line._replace(shown_due=line.due_on)
        gravest = worst((ClockKind(kind), Lamp(shown)) for kind, shown, *_ in mine)
        # of several on one day the text decides, so that a page says the same each time
        told = min((one[2] or date.max).isoformat() + one[3] for one in _speaking(mine, gravest))
        lamp, words, due_on = self.says(gravest, told)
        return line._replace(lamp=lamp, words=words, shown_due=due_on)

    def says_of(self, lamp: str, due_on: date | None, said: str | None) -> _Said:
        """What a task says on which this lamp and this day stand; said: the clock that speaks for it, where one does."""
        return (_LAMPS[lamp], "", due_on) if said is None else self.says(_LAMPS[lamp], said)

    def says(self, gravest: Lamp, told: str) -> _Said:
        """What a task under these clocks says: gravest of them all, and the one that speaks, with its day before it."""
        known = (gravest, told)
        if known not in self.said:
            due_on, text = day_and_text(told)
            turned, words = lamp_and_words(_clock(text), self.time, self.now)
            shown = turned if turned in LATE else gravest  # a lamp may turn a moment before the sweep comes by
            if shown is Lamp.YELLOW and words.startswith("剩"):
                words = f"{Lamp.YELLOW.word} {words}"
            self.said[known] = shown, words, due_on
        return self.said[known]


@lru_cache(4096)
def _clock(text: str) -> Clock:
    """A clock as it is written in its row; it is a value, so what was read once need not be read again."""
    return Clock.from_json(json.loads(text))


def _speaking(running: Sequence[_Clock], gravest: Lamp) -> list[_Clock]:
    """The clocks that may speak for a task: what is late or paused for itself; while nothing is, whichever is due first."""
    if gravest in (*LATE, Lamp.GREY):
        return [one for one in running if one[1] == gravest]
    return [one for one in running if one[1] != Lamp.GREY]


@dataclass(frozen=True)
class _Names:
    """What matters, windows and officers are called, by their ids."""

    matters: Mapping[int, str]
    windows: Mapping[int, str]
    officers: Mapping[int, str]

    @classmethod
    def of(cls, tx: Tx, known: Establishment, rows: Sequence[Any]) -> _Names:
        """All that these rows name."""
        return cls(
            known.names(tx, tables.matters, {row[_MATTER] for row in rows}),
            known.names(tx, tables.windows, {row[_WINDOW] for row in rows}),
            known.names(tx, tables.officers, {row[_OFFICER] for row in rows} - {None}),
        )

    def line(self, row: Any, said: _Said) -> Line:
        lamp, words, day = said
        officer = row[_OFFICER]
        who = "" if officer is None else self.officers[officer]
        return Line._make(
            (*row[:_MATTER], self.matters[row[_MATTER]], self.windows[row[_WINDOW]], who, lamp, row[_TAG], words, day)
        )


# ---------------------------------------------------------------- what every page asks, written once
_OF_TASK = Line._fields[: Line._fields.index("case_no")]
TOLD = (*_OF_TASK, "lamp")
"""The columns of a task that a line is made of."""
_WINDOW, _OFFICER = _OF_TASK.index("window_id"), _OF_TASK.index("officer_id")
_MATTER = Line._fields.index("matter")
_DUE, _TAG, _LAMP, _SAID = _OF_TASK.index("due_on"), _MATTER + 1, _MATTER + 2, _MATTER + 3


def _lines(task: Any) -> sa.Select[Any]:
    """Tasks with their cases, in the order of `Line` up to its matter; task: their table, or a choice of its rows."""
    c = tables.cases
    return sa.select(*(task.c[name] for name in _OF_TASK), c.c.case_no, c.c.applicant_name, c.c.matter_id, _tag()).join(
        c, c.c.id == task.c.case_id
    )


def _tag() -> sa.ColumnElement[str]:
    c, k = tables.cases, tables.projects
    of_key_project = sa.exists().where(
        k.c.office_id == c.c.office_id, k.c.code == c.c.project_code, k.c.closed_at.is_(None)
    )
    of_none = sa.func.coalesce(c.c.project_code, "") == ""
    words = ((c.c.acceptance_mode == "tolerant", "容缺"), (of_none, ""), (of_key_project.correlate(c), "绿通"))
    return sa.case(
        *((which, sa.literal_column(f"'{word}'")) for which, word in words), else_=sa.literal_column("'并联'")
    ).label("tag")


def told(task: Any) -> sa.Select[Any]:
    """Tasks that wait, for `lines_with_words`. task: a choice of rows of `tasks` with the columns TOLD, or all of them."""
    one = tables.clocks
    late_or_paused = task.c.lamp.in_([sa.literal_column(f"'{lamp}'") for lamp in (*LATE, Lamp.GREY)])
    speaks = sa.case((late_or_paused, one.c.lamp == task.c.lamp), else_=one.c.lamp != str(Lamp.GREY))
    of_task = sa.or_(one.c.kind != str(ClockKind.STEP), one.c.subject == "task:" + sa.cast(task.c.id, sa.Text))
    first = (
        sa.select(sa.func.min(day_first(one.c.due_on, one.c.clock)))
        .where(one.c.case_id == task.c.case_id, _RUNS_OVER_TASKS, of_task, speaks)
        .correlate(task)
        .scalar_subquery()
    )
    return _lines(task).add_columns(task.c.lamp, first.label("said"))


_RUNS_OVER_TASKS = sa.and_(
    tables.clocks.c.state == "running",
    tables.clocks.c.kind.not_in([sa.literal_column(f"'{kind}'", sa.Text()) for kind in DEBTS]),
)
"""Of clocks those that a task can stand under: what one department owes about the case is none of them (`worst`)."""
_TOLD = Prepared(told(tables.tasks).where(among(tables.tasks.c.id, "ids")))
_LINES = Prepared(_lines(tables.tasks).add_columns(tables.tasks.c.lamp).where(among(tables.tasks.c.id, "ids")))
_RUNNING = Prepared(
    sa.select(
        *(tables.clocks.c[name] for name in ("case_id", "subject", "kind", "lamp", "due_on")),
        sa.type_coerce(tables.clocks.c.clock, sa.Text).label("text"),
    ).where(among(tables.clocks.c.case_id, "ids"), _RUNS_OVER_TASKS)
)
