"""One line of a worklist: a task with its case, and what its clocks say at this moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..cases import worst
from ..clock import Clock, ClockKind, Lamp, OfficeTime, lamp_and_words
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


def lines_of(tx: Tx, task_ids: Sequence[int]) -> list[Line]:
    """These tasks as lines, in this order."""
    if not task_ids:
        return []
    found = {row.id: _line(*row) for row in tx.rows(_LINES, ids=task_ids)}
    return [found[task_id] for task_id in task_ids]


def with_words(tx: Tx, lines: Sequence[Line], time: OfficeTime, now: datetime) -> list[Line]:
    """The same lines with what their clocks say at this moment, and the day that goes with it."""
    running: dict[int, list[tuple[str, _Clock]]] = {}
    rows = tx.rows(_RUNNING, ids={line.case_id for line in lines}) if lines else ()
    for row in rows:
        running.setdefault(row.case_id, []).append((row.subject, (row.kind, row.lamp, row.due_on, row.text)))
    speaker = _Speaker(time, now, {})
    return [speaker.worded(line, running.get(line.case_id, ())) for line in lines]


def lines_with_words(tx: Tx, task_ids: Sequence[int], time: OfficeTime, now: datetime) -> list[Line]:
    """The lines of tasks that wait, in this order, with what their clocks say: as `lines_of` and `with_words` tell them, in one
    question. The gravest lamp stands on the task already, so the database itself can choose which clock speaks."""
    if not task_ids:
        return []
    speaker, found = _Speaker(time, now, {}), dict[int, Line]()
    for row in tx.rows(_LINES_WITH_WORDS, ids=task_ids):
        shown, said = _LAMPS[row.lamp], row.said
        found[row.id] = _line(*row[:-1], said=(shown, "", row.due_on) if said is None else speaker.says(shown, said))
    return [found[task_id] for task_id in task_ids]


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


def _line(*row: Any, said: _Said | None = None) -> Line:
    """A row of `_lines` as a line, with what its clocks say where they say something."""
    told: list[Any]
    *told, officer, shown, mode, project_code, project = row
    tag = "容缺" if mode == "tolerant" else "绿通" if project is not None else "并联" if project_code else ""
    lamp, words, day = said or (_LAMPS[shown], "", None)
    return Line._make([*told, officer or "", lamp, tag, words, day])


# ---------------------------------------------------------------- what every page asks, written once
def _lines() -> sa.Select[Any]:
    t, c, m, w = tables.tasks, tables.cases, tables.matters, tables.windows
    o, p, k = tables.officers, tables.persons, tables.projects
    key_project = sa.and_(k.c.office_id == c.c.office_id, k.c.code == c.c.project_code, k.c.closed_at.is_(None))
    return (
        sa.select(
            *(t.c[name] for name in Line._fields[: Line._fields.index("case_no")]),
            c.c.case_no,
            c.c.applicant_name,
            m.c.name.label("matter"),
            w.c.name.label("window"),
            p.c.name.label("officer"),
            t.c.lamp,
            c.c.acceptance_mode,
            c.c.project_code,
            k.c.id.label("project"),
        )
        .join(c, c.c.id == t.c.case_id)
        .join(m, m.c.id == c.c.matter_id)
        .join(w, w.c.id == t.c.window_id)
        .outerjoin(o, o.c.id == t.c.officer_id)
        .outerjoin(p, p.c.id == o.c.person_id)
        .outerjoin(k, key_project)
        .where(among(t.c.id, "ids"))
    )


def _lines_with_words() -> sa.Select[Any]:
    t, one = tables.tasks, tables.clocks
    late_or_paused = t.c.lamp.in_([str(lamp) for lamp in (*LATE, Lamp.GREY)])
    speaks = sa.case((late_or_paused, one.c.lamp == t.c.lamp), else_=one.c.lamp != str(Lamp.GREY))
    of_task = sa.or_(one.c.kind != str(ClockKind.STEP), one.c.subject == "task:" + sa.cast(t.c.id, sa.Text))
    first = (
        sa.select(sa.func.min(day_first(one.c.due_on, one.c.clock)))
        .where(one.c.case_id == t.c.case_id, one.c.state == "running", of_task, speaks)
        .correlate(t)
        .scalar_subquery()
    )
    return _lines().add_columns(first.label("said"))


_LINES_WITH_WORDS = Prepared(_lines_with_words())
_LINES = Prepared(_lines())
_RUNNING = Prepared(
    sa.select(
        *(tables.clocks.c[name] for name in ("case_id", "subject", "kind", "lamp", "due_on")),
        sa.type_coerce(tables.clocks.c.clock, sa.Text).label("text"),
    ).where(among(tables.clocks.c.case_id, "ids"), tables.clocks.c.state == "running")
)
