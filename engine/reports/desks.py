"""Whose tasks are asked for, in which order, and how many there are.

Order: what is late, 超法定 before 超承诺; then by due day; then what is paused; last what has no day. Each of these
stretches is read from the index (owner, lamp, due_on, id), a page at a time, so that a pool of fifty thousand tasks costs as
much as one of fifty. Where the narrowing leaves few cases, it is the other way round: from the cases to their tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ..clock import Lamp, OfficeTime
from ..diagrams import StepKind
from ..people import Officer, windows_of
from ..store import Tx, tables
from .lines import LATE

MOST = 1000
FEW = 500
TIMED = (Lamp.YELLOW, Lamp.GREEN)
SHOWN = (*LATE, *TIMED, Lamp.GREY)


class Box(StrEnum):
    """Where a task lies, as an officer looks at it."""

    MINE = "mine"  # 待我处理: he has claimed it
    POOL = "pool"  # 待签收: in the pools of his windows
    DONE = "done"  # 我已处理


@dataclass(frozen=True)
class Asked:
    """What an officer asks to see. matter: a code; query: the beginning of a case number, or part of an applicant's name;
    window: one of his. Empty is everything."""

    box: Box = Box.POOL
    lamp: Lamp | None = None
    matter: str = ""
    kind: StepKind | None = None
    query: str = ""
    window: int | None = None


@dataclass(frozen=True)
class Count:
    """How many, counted up to MOST. Prints as `20` or `1000+`."""

    n: int

    def __str__(self) -> str:
        return f"{MOST}+" if self.n > MOST else str(self.n)

    def __bool__(self) -> bool:
        return self.n > 0

    def __add__(self, other: Count) -> Count:
        return Count(self.n + other.n)


NONE = Count(0)


@dataclass(frozen=True, order=True)
class Place:
    """Where a task stands in the order. due_on of one without a day: the last day there is."""

    stretch: int
    due_on: date
    id: int
    lamp: Lamp = field(compare=False)

    @classmethod
    def of(cls, row: Any) -> Place:
        """Of a row with id, lamp and due_on."""
        lamp = Lamp(row.lamp)
        if row.due_on is None:
            return cls(len(STRETCHES) - 1, date.max, row.id, lamp)
        stretch = next(n for n, lamps in enumerate(STRETCHES) if lamp in lamps)
        return cls(stretch, row.due_on, row.id, lamp)

    @property
    def dated(self) -> bool:
        return self.due_on < date.max


# what lies together, in this order; the last one is what has no day, whatever its lamp
STRETCHES = ((Lamp.DARK_RED,), (Lamp.RED,), TIMED, (Lamp.GREY,), SHOWN)


@dataclass(frozen=True)
class Cut:
    """A stretch of days: tasks with one of these lamps, due after `after` and up to `through`, both open where None."""

    key: str
    title: str
    lamps: tuple[Lamp, ...]
    after: date | None = None
    through: date | None = None
    dated: bool = True

    def holds(self, lamp: Lamp, due_on: date | None) -> bool:
        if not self.dated or due_on is None:
            return self.dated is (due_on is not None)
        early, late = (
            self.after is not None and due_on <= self.after,
            self.through is not None and due_on > self.through,
        )
        return lamp in self.lamps and not early and not late

    def where(self) -> Iterator[sa.ColumnElement[bool]]:
        due_on = tables.tasks.c.due_on
        if not self.dated:
            yield due_on.is_(None)
            return
        yield due_on > self.after if self.after is not None else due_on.is_not(None)
        if self.through is not None:
            yield due_on <= self.through


@dataclass(frozen=True)
class Owner:
    """A desk or a pool: a column with its value, and the state in which tasks lie there."""

    state: str
    column: sa.Column[Any]
    id: int

    def where(self) -> tuple[sa.ColumnElement[bool], ...]:
        return self.column == self.id, tables.tasks.c.state == self.state


def owners(tx: Tx, who: Officer, asked: Asked, time: OfficeTime, now: datetime) -> tuple[Owner, ...]:
    """The officer's own desk, or the pools of his windows."""
    t = tables.tasks
    if asked.box is Box.MINE:
        return (Owner("claimed", t.c.officer_id, who.id),)
    among = sorted(windows_of(tx, who, time.civil(now)))
    return tuple(Owner("open", t.c.window_id, w) for w in among if asked.window in (None, w))


class Desk:
    """The tasks of some owners as they are narrowed: in order, and counted."""

    def __init__(self, tx: Tx, among: Sequence[Owner], asked: Asked) -> None:
        self._tx, self._owners, self._asked = tx, tuple(among), asked
        cases = few_cases(tx, asked) if asked.matter or asked.query else None
        self._few = None if cases is None else sorted(self._of_cases(cases))
        self.joins = self._few is None and bool(asked.matter or asked.query)

    def ids(self, limit: int, after: int) -> list[int]:
        """The tasks in order behind that one, at most so many."""
        t = tables.tasks
        row = self._tx.row(sa.select(t.c.id, t.c.lamp, t.c.due_on).where(t.c.id == after)) if after else None
        start = Place.of(row) if row is not None else None
        if self._few is not None:
            behind = [p.id for p in self._few if (start is None or p > start) and self._asked.lamp in (None, p.lamp)]
            return behind[:limit]
        found: list[int] = []
        for n in range(start.stretch if start is not None else 0, len(STRETCHES)):
            found += self._next(n, limit - len(found), start if start is not None and start.stretch == n else None)
            if len(found) == limit:
                break
        return found

    def lamp_counts(self) -> dict[Lamp, Count]:
        """How many of each lamp, whichever lamp was asked for."""
        if self._few is not None:
            return {lamp: Count(sum(p.lamp is lamp for p in self._few)) for lamp in SHOWN}
        asked = [(lamp, self._select(sa.literal(1), owner, lamp)) for lamp in SHOWN for owner in self._owners]
        return summed(self._tx, SHOWN, asked)

    def cut_counts(self, cuts: Sequence[Cut]) -> dict[str, Count]:
        """How many in each stretch of days, of the lamp asked for."""
        lamps = [lamp for lamp in SHOWN if self._asked.lamp in (None, lamp)]
        if self._few is not None:
            told = [(p.lamp, p.due_on if p.dated else None) for p in self._few if p.lamp in lamps]
            return {cut.key: Count(sum(cut.holds(*one) for one in told)) for cut in cuts}
        asked = [
            (cut.key, self._select(sa.literal(1), owner, lamp).where(*cut.where()))
            for cut in cuts
            for lamp in lamps
            for owner in self._owners
            if lamp in cut.lamps
        ]
        return summed(self._tx, [cut.key for cut in cuts], asked)

    # ---- from the index
    def _next(self, stretch: int, limit: int, behind: Place | None) -> list[int]:
        """The next tasks of one stretch: of every owner and lamp the first few in the index, of these the first few."""
        t = tables.tasks
        dated = stretch < len(STRETCHES) - 1
        order, day = ((t.c.due_on, t.c.id), t.c.due_on.is_not(None)) if dated else ((t.c.id,), t.c.due_on.is_(None))
        parts = []
        for lamp in STRETCHES[stretch]:
            for owner in self._owners if self._asked.lamp in (None, lamp) else ():
                part = self._select((t.c.id, t.c.due_on), owner, lamp).where(day)
                if behind is not None:
                    part = part.where(_behind(behind))
                parts.append(sa.select(part.order_by(*order).limit(plain(limit)).subquery()))
        if not parts:
            return []
        some = sa.union_all(*parts).subquery()
        merged = (some.c.due_on, some.c.id) if dated else (some.c.id,)
        return [r.id for r in self._tx.rows(sa.select(some.c.id).order_by(*merged).limit(plain(limit)))]

    def _select(self, columns: Any, owner: Owner, lamp: Lamp) -> sa.Select[Any]:
        t, c, m = tables.tasks, tables.cases, tables.matters
        wanted = columns if isinstance(columns, tuple) else (columns,)
        chosen = sa.select(*wanted).where(*owner.where(), t.c.lamp == lamp, *narrowing(self._asked))
        if not self.joins:
            return chosen.select_from(t)
        return chosen.select_from(t.join(c, c.c.id == t.c.case_id).join(m, m.c.id == c.c.matter_id))

    # ---- from a few cases
    def _of_cases(self, case_ids: Sequence[int]) -> Iterator[Place]:
        t = tables.tasks
        if not self._owners or not case_ids:
            return
        first = self._owners[0]
        kind = [t.c.kind == self._asked.kind] if self._asked.kind is not None else []
        lying = (t.c.state == first.state, first.column.in_([o.id for o in self._owners]), *kind)
        rows = self._tx.rows(sa.select(t.c.id, t.c.lamp, t.c.due_on).where(t.c.case_id.in_(case_ids), *lying))
        yield from (Place.of(row) for row in rows)


def few_cases(tx: Tx, asked: Asked) -> list[int] | None:
    """The open cases that the narrowing leaves, where they are few; None where they are many."""
    c, m = tables.cases, tables.matters
    found = tx.rows(
        sa.select(c.c.id)
        .join(m, m.c.id == c.c.matter_id)
        .where(c.c.closed_at.is_(None), *_of_case(asked))
        .limit(FEW + 1)
    )
    return [r.id for r in found] if len(found) <= FEW else None


def narrowing(asked: Asked) -> list[sa.ColumnElement[bool]]:
    """What is asked for, as conditions on tasks, cases and matters."""
    kind = [tables.tasks.c.kind == asked.kind] if asked.kind is not None else []
    return [*kind, *_of_case(asked)]


def _of_case(asked: Asked) -> list[sa.ColumnElement[bool]]:
    matter = [tables.matters.c.code == asked.matter] if asked.matter else []
    return [*matter, found_by(asked.query)] if asked.query else matter


def found_by(query: str) -> sa.ColumnElement[bool]:
    """Cases whose number begins so, or whose applicant's name has this in it."""
    c = tables.cases
    number = c.c.case_no.startswith(query.upper(), autoescape=True)
    return sa.or_(number, c.c.applicant_name.icontains(query, autoescape=True))


def _behind(place: Place) -> sa.ColumnElement[bool]:
    t = tables.tasks
    if not place.dated:
        return t.c.id > place.id
    # written out and not as a pair: SQLite then goes straight to the day in the index
    same_day = sa.and_(t.c.due_on == place.due_on, t.c.id > place.id)
    return sa.and_(t.c.due_on >= place.due_on, sa.or_(t.c.due_on > place.due_on, same_day))


def plain(n: int) -> sa.ColumnElement[int]:
    """A limit written into the statement: PostgreSQL plans a prepared statement for any limit at all, and would rather go
    through the whole table."""
    return sa.literal_column(str(n), sa.Integer)


# ---------------------------------------------------------------- counting, never further than MOST
def bounded(owner: Owner, lamp: Lamp) -> sa.Select[Any]:
    return sa.select(sa.literal(1)).where(*owner.where(), tables.tasks.c.lamp == lamp)


def counts(tx: Tx, counted: Sequence[sa.Select[Any]]) -> list[Count]:
    """How many rows each of these has, each counted up to one more than MOST, in one question."""
    if not counted:
        return []
    columns = [
        sa.select(sa.func.count()).select_from(one.limit(plain(MOST + 1)).subquery()).scalar_subquery().label(f"c{i}")
        for i, one in enumerate(counted)
    ]
    return [Count(n) for n in tx.execute(sa.select(*columns)).one()]


def summed(tx: Tx, keys: Iterable[Any], asked: Sequence[tuple[Any, sa.Select[Any]]]) -> dict[Any, Count]:
    sums: dict[Any, Count] = dict.fromkeys(keys, NONE)
    for (key, _), count in zip(asked, counts(tx, [one for _, one in asked]), strict=True):
        sums[key] += count
    return sums
