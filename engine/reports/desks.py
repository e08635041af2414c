"""Whose tasks are asked for, in which order, and how many there are.

Order: what is late, 超法定 before 超承诺; then by due day; then what is paused; last what has no day. Each of these
stretches is read from the index (owner, lamp, due_on, id), a page at a time, so that a pool of fifty thousand tasks costs as
much as one of fifty. Where the narrowing leaves few cases, it is the other way round: from the cases to their tasks. Where it
leaves many, a page and its counts look at so many tasks and no more (see rounds.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..clock import Lamp
from ..diagrams import StepKind
from ..people import MARK, Establishment, Officer, Sight
from ..store import (
    BIGGEST_KEY,
    Cursor,
    CursorNotUnderstood,
    Prepared,
    Tx,
    among,
    among_chosen,
    compared,
    in_text,
    names,
    tables,
)
from . import rounds
from .lines import LATE, TOLD, told
from .rounds import Looked, Round, in_rounds
from .search import Found, Search, everywhere

MOST = 1000
FEW = 3000
"""So many tasks of the cases that are meant are looked at one by one."""
FEW_CASES = 1000
"""So many cases of a matter are gone about from the cases: of more of them the index of the list tells soon enough."""
LOOKED = 800
"""So many tasks are looked at to count those of a kind or a text."""
IN_INDEX = 10
"""So many times as many are looked at where the index tells all that is asked of them."""
TIMED = (Lamp.YELLOW, Lamp.GREEN)
SHOWN = (*LATE, *TIMED, Lamp.GREY)


class Box(StrEnum):
    """Where a task lies, as an officer looks at it."""

    MINE = "mine"  # 待我处理: he has claimed it
    POOL = "pool"  # 待签收: in the pools of his windows
    DONE = "done"  # 我已处理


@dataclass(frozen=True)
class Asked:
    """What an officer asks to see. matter: a code; query: as in the list of cases;
    window: one of his. Empty is everything."""

    box: Box = Box.POOL
    lamp: Lamp | None = None
    matter: str = ""
    kind: StepKind | None = None
    query: str = ""
    window: int | None = None


@dataclass(frozen=True)
class Count:
    """How many, counted up to MOST. more: there may be more, because not all were looked at. Prints as `20`, `37+` or `1000+`."""

    n: int
    more: bool = False

    @property
    def at_least(self) -> bool:
        return self.more or self.n > MOST

    def __str__(self) -> str:
        return f"{min(self.n, MOST)}+" if self.at_least else str(self.n)

    def __bool__(self) -> bool:
        """Whether there are any, as far as is known."""
        return self.n > 0 or self.more

    def but_at_least(self, n: int) -> Count:
        """The same, where so many are known otherwise: of what was not looked at to the end, or whose lamp has turned and the
        sweep has not come by yet."""
        return Count(n, True) if n > self.n else self

    def __add__(self, other: Count) -> Count:
        return Count(self.n + other.n, self.more or other.more)


NONE = Count(0)


class Place(NamedTuple):
    """Where a task stands in the order. due_on of one without a day: the last day there is."""

    stretch: int
    due_on: date
    id: int
    lamp: str

    @classmethod
    def of(cls, task_id: int, lamp: str, due_on: date | None) -> Place:
        if due_on is None:
            return cls(len(STRETCHES) - 1, date.max, task_id, lamp)
        return cls(_STRETCH_OF[lamp], due_on, task_id, lamp)

    @classmethod
    def first_of(cls, stretch: int) -> Place:
        """Before all that lies in a stretch."""
        return cls(stretch, date.min if _is_dated(stretch) else date.max, 0, "")

    @property
    def dated(self) -> bool:
        return self.due_on < date.max

    @property
    def stands(self) -> tuple[int, str, date | None]:
        """As the row of such a task says it."""
        return self.id, self.lamp, self.due_on if self.dated else None

    @property
    def cursor(self) -> str:
        """What an address carries to go on behind this place, wherever its task stands by then."""
        return Cursor("desk", self.stretch, self.due_on.toordinal(), self.id).written

    @classmethod
    def behind(cls, cursor: str) -> Place | None:
        """The place that a cursor tells; None for the beginning. Raises CursorNotUnderstood."""
        if not cursor:
            return None
        read = Cursor.read(cursor, "desk", (len(STRETCHES) - 1, date.max.toordinal(), None))
        stretch, day, task_id = read.numbers
        place = cls(stretch, date.fromordinal(max(day, 1)), task_id, "")
        if place.dated is not _is_dated(stretch):
            raise CursorNotUnderstood(cursor=cursor[:40])
        return place


# what lies together, in this order; the last one is what has no day, whatever its lamp
STRETCHES = ((Lamp.DARK_RED,), (Lamp.RED,), TIMED, (Lamp.GREY,), SHOWN)
_STRETCH_OF = {str(lamp): n for n, lamps in enumerate(STRETCHES[:-1]) for lamp in lamps}


@dataclass(frozen=True)
class Cut:
    """A stretch of days: tasks with one of these lamps, due after `after` and up to `through`, both open where None."""

    key: str
    title: str
    lamps: tuple[Lamp, ...]
    after: date | None = None
    through: date | None = None
    dated: bool = True

    @property
    def of_any_day(self) -> bool:
        return self.dated and self.after is None and self.through is None

    def holds(self, lamp: Lamp, due_on: date | None) -> bool:
        if not self.dated or due_on is None:
            return self.dated is (due_on is not None)
        early, late = (
            self.after is not None and due_on <= self.after,
            self.through is not None and due_on > self.through,
        )
        return lamp in self.lamps and not early and not late


@dataclass(frozen=True)
class Owner:
    """A desk or a pool: a column with its value, and the state in which tasks lie there."""

    state: str
    column: sa.Column[Any]
    id: int

    def where(self) -> tuple[sa.ColumnElement[bool], ...]:
        return self.column == self.id, tables.tasks.c.state == self.state


def owners(tx: Tx, who: Officer, asked: Asked, known: Establishment, now: datetime) -> tuple[Owner, ...]:
    """The officer's own desk, or the pools of his windows."""
    t = tables.tasks
    if asked.box is Box.MINE:
        return (Owner("claimed", t.c.officer_id, who.id),)
    on = known.time(tx, who.office_id).civil(now)
    among = sorted(known.windows_open_to(tx, who, on))
    return tuple(Owner("open", t.c.window_id, w) for w in among if asked.window in (None, w))


class Desk:
    """The tasks of some owners as they are narrowed: in order, and counted."""

    def __init__(self, tx: Tx, among: Sequence[Owner], asked: Asked) -> None:
        self._tx, self._owners, self._asked = tx, tuple(among), asked
        self._shown = [lamp for lamp in SHOWN if asked.lamp in (None, lamp)]
        self._few = self._of_few_cases() if asked.matter or asked.query else None
        self._lamps: dict[Lamp, Count] = {}
        self._late: dict[Lamp, Count] = {}
        """Of these lamps only what has a day."""
        self._met: Counter[str] = Counter()
        """How many of each lamp a page of what is narrowed has come by."""
        self.mark = ""
        """Of the establishment at the moment when its lamps were counted."""

    @property
    def whole(self) -> bool:
        """Whether all that lies there belongs to the list."""
        return self._few is None and not self._narrowed

    @cached_property
    def at_once(self) -> bool:
        """Whether all of it is a few stretches of the index: then it is counted first, for a page knows by that where to read."""
        return self.whole and len(self._owners) <= _AT_ONCE

    # ---- in order
    def look(self, limit: int, after: Place | None) -> Looked[Place]:
        """The tasks in order behind that place, at most so many."""
        if self._few is not None:
            behind = [p for p in self._few if (after is None or p[:3] > after[:3]) and p.lamp in self._shown]
            return Looked(behind[:limit])
        if self._narrowed:
            looked = in_rounds(after or Place.first_of(0), limit, lambda at: self._round(at, limit))
            self._met = Counter(place.lamp for place in looked.found)
            return looked
        return Looked([Place.of(row.id, row.lamp, row.due_on) for row in self._rows(_listing, limit, after)])

    def told(self, limit: int, after: Place | None) -> list[Any]:
        """The same tasks of a whole desk as rows that lines are made of."""
        return self._rows(_telling, limit, after)

    def _rows(self, listing: Any, limit: int, after: Place | None) -> list[Any]:
        found: list[Any] = []
        for stretches in self._together(limit, after):
            found += self._next(listing, stretches, limit - len(found), after)
            if len(found) == limit:
                break
        return found

    def _round(self, behind: Place, limit: int) -> Round[Place]:
        """Some more of a stretch, of every owner as many tasks, of every lamp in it up to as many: most often one of them has nearly all.
        limit: as many are asked for, however much room is left: or there would be a statement for each number."""
        stretch = behind.stretch
        then = Place.first_of(stretch + 1) if stretch < len(STRETCHES) - 1 else None
        kinds = tuple((owner.state, owner.column.name) for owner in self._owners)
        shape = (kinds, self._asked.lamp, stretch)
        if not kinds or not any(lamp in self._shown for lamp in STRETCHES[stretch]):
            return Round([], None, then)
        given = {**ids_of(self._owners), **self._narrowed.given, "behind_id": behind.id, "behind_on": behind.due_on}
        entries = max(self._narrowed.cheapness * rounds.ROUND // len(kinds), 1)
        ends = self._tx.rows(_ending(*shape, entries), **given)
        stopped = min((Place.of(row.id, row.lamp, row.due_on) for row in ends), default=None)
        through = stopped or Place(stretch, date.max, BIGGEST_KEY, "")
        given |= {"through_id": through.id, "through_on": through.due_on}
        rows = self._tx.rows(_within(*shape, limit, self._narrowed), **given)
        return Round([Place.of(row.id, row.lamp, row.due_on) for row in rows], stopped, then)

    def _together(self, limit: int, after: Place | None) -> Iterator[tuple[int, ...]]:
        """Which stretches are asked in one question; the next question only where a page has room left. A part of the index is read
        for every owner, lamp and stretch."""
        first = after.stretch if after is not None else 0
        left = list(range(first, len(STRETCHES)))
        if not self.at_once:
            yield from ((n,) for n in left)
            return
        some, sure = list[int](), 0
        for n in left[:-1] if self._lamps else ():
            lying = sum(self._lamps[lamp].n for lamp in STRETCHES[n] if lamp in self._shown)
            if lying and sure < limit:
                some.append(n)
                sure += lying if after is None or n > first else 0
        if sure >= limit:
            yield tuple(some)
            left = [n for n in left if n not in some]
        yield tuple(left)

    # ---- counted
    def lamps(self) -> dict[Lamp, Count]:
        """How many of each lamp, whichever lamp was asked for."""
        if self._few is not None:
            return {lamp: Count(sum(place.lamp == lamp for place in self._few)) for lamp in SHOWN}
        if not self._lamps:
            apart = () if self._narrowed else LATE
            split = [(lamp, dated) for lamp in SHOWN for dated in ((True, False) if lamp in apart else (None,))]
            told, self.mark = self._counted(
                [((lamp, dated), Part(n, lamp, dated)) for lamp, dated in split for n in self._of_all]
            )
            lamps = {lamp: sum((told.get(one, NONE) for one in split if one[0] is lamp), NONE) for lamp in SHOWN}
            self._lamps = {lamp: count.but_at_least(self._met[lamp]) for lamp, count in lamps.items()}
            self._late = {lamp: told.get((lamp, True), NONE) for lamp in apart}
        return self._lamps

    def days(self, cuts: Sequence[Cut]) -> dict[str, Count]:
        """How many in each of these stretches of days, of the lamp asked for. Where that would mean to go through the cases too,
        there are none of these."""
        if self._few is not None:
            told = [(Lamp(p.lamp), p.due_on if p.dated else None) for p in self._few]
            return {c.key: Count(sum(of in self._shown and c.holds(of, on) for of, on in told)) for c in cuts}
        if self._narrowed.found is not None:
            return {}
        mine = {cut: [lamp for lamp in cut.lamps if lamp in self._shown] for cut in cuts}
        known = {cut for cut in cuts if self._late and cut.of_any_day and self._late.keys() >= set(mine[cut])}
        asked = [(c.key, Part.of(n, lamp, c)) for c in cuts if c not in known for lamp in mine[c] for n in self._of_all]
        found = {cut.key: sum((self._late[lamp] for lamp in mine[cut]), NONE) for cut in known}
        return dict.fromkeys((cut.key for cut in cuts), NONE) | found | self._counted(asked)[0]

    @property
    def _of_all(self) -> range:
        return range(len(self._owners))

    def _counted(self, asked: Sequence[tuple[Any, Part]]) -> tuple[dict[Any, Count], str]:
        """How many there are of each name, of all its parts together; and the mark."""
        sums = {key: NONE for key, _ in asked}
        found, mark = counts(self._tx, self._owners, [part for _, part in asked], self._narrowed)
        for (key, _), count in zip(asked, found, strict=True):
            sums[key] += count
        return sums, mark

    # ---- from the index
    @cached_property
    def _narrowed(self) -> Narrowed:
        return narrowing(self._tx, self._asked)

    def _next(self, listing: Any, stretches: tuple[int, ...], limit: int, behind: Place | None) -> Sequence[Any]:
        """The next tasks of these stretches: of every owner and lamp the first few in the index, of these the first few."""
        if not self._owners:
            return ()
        kinds = tuple((owner.state, owner.column.name) for owner in self._owners)
        starts = behind.stretch if behind is not None and behind.stretch in stretches else None
        given: dict[str, Any] = ids_of(self._owners)
        if starts is not None and behind is not None:
            given |= {"behind_id": behind.id} | ({"behind_on": behind.due_on} if behind.dated else {})
        return self._tx.rows(listing(kinds, self._asked.lamp, stretches, limit, starts), **given)

    def _of_few_cases(self) -> list[Place] | None:
        rows = of_few_cases(self._tx, self._owners, self._narrowed)
        return None if rows is None else sorted(Place.of(row.id, row.lamp, row.due_on) for row in rows)


@dataclass(frozen=True)
class Narrowed:
    """What else is asked of each task: its kind; of which matters it is; what its case has of a text; and that he who asks may see
    its case, where that does not follow from whose task it is."""

    kind: StepKind | None = None
    matters: tuple[int, ...] | None = None
    found: Found | None = None
    search: Search | None = field(default=None, compare=False)
    seen: Sight | None = None

    def __bool__(self) -> bool:
        return any(what is not None for what in (self.kind, self.matters, self.found, self.seen))

    @property
    def given(self) -> Mapping[str, Any]:
        """The text, as parameters."""
        return self.search.given if self.search is not None else {}

    @property
    def cheapness(self) -> int:
        """How many tasks are looked at for one that must be looked up: of its matter the index tells."""
        return 1 if self.kind is not None or self._asks_the_case else IN_INDEX

    @property
    def columns(self) -> list[sa.Column[Any]]:
        """Those of a task that are asked for: of its matter alone the index tells."""
        t = tables.tasks.c
        kind, matter = self.kind is not None, self.matters is not None
        return [
            column
            for asked, column in ((kind, t.kind), (matter, t.matter_id), (self._asks_the_case, t.case_id))
            if asked
        ]

    @property
    def _asks_the_case(self) -> bool:
        return self.found is not None or self.seen is not None

    def where(self, task: Any = tables.tasks.c) -> Iterator[sa.ColumnElement[bool]]:
        """As conditions on the columns of a task."""
        if self.matters is not None:
            yield task.matter_id.in_(self.matters)
        if self.kind is not None:
            yield task.kind == self.kind
        if self.found is not None:
            yield _of_its_case(task, self.found.anyhow)
        if self.seen is not None:
            yield _of_its_case(task, self.seen.condition)


def _of_its_case(task: Any, told: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Asked of each task as the index comes by it. In a join PostgreSQL would begin at the cases, where it takes the tasks for few,
    and of a matter with half a million of them go through all for the thousand that are late."""
    c = tables.cases
    answer = sa.select(told).where(c.c.id == task.case_id).correlate_except(c).scalar_subquery()
    return sa.type_coerce(answer, sa.Boolean())


def narrowing(tx: Tx, asked: Asked, seen: Sight | None = None) -> Narrowed:
    matters = _matters(tx, asked.matter)
    if not asked.query:
        return Narrowed(asked.kind, matters, seen=seen)
    search = Search(tx, asked.query)
    return Narrowed(asked.kind, matters, search.found, search, seen)


def _matters(tx: Tx, code: str) -> tuple[int, ...] | None:
    """The matters of this code, one in each office; None where none is asked for."""
    return tuple(sorted(r.id for r in tx.rows(_OF_CODE, code=code))) if code else None


_OF_CODE = Prepared(sa.select(tables.matters.c.id).where(tables.matters.c.code == sa.bindparam("code")))
EVERYTHING = Narrowed()


# ---------------------------------------------------------------- from a few cases to their tasks
def of_few_cases(tx: Tx, owners: Sequence[Owner], narrowed: Narrowed) -> Sequence[Any] | None:
    """The tasks that lie with some owners, found from the cases that have the text or are of the matter; None where those or their tasks
    are many, or neither is asked for. The owners are all desks or all pools."""
    rare = None if narrowed.search is None or narrowed.search.common else narrowed.search
    if rare is None and narrowed.matters is None:
        return None
    if not owners:
        return ()
    state, column = owners[0].state, owners[0].column.name
    whole = rare is not None and names.is_a_piece(rare.text)
    most = names.COMMON if rare is not None else FEW_CASES
    asked = _from_cases(state, column, narrowed, rare is not None, whole, most, FEW)
    rows = tx.rows(asked, owners=[owner.id for owner in owners], **narrowed.given)
    return None if any(row.many for row in rows) else rows


@lru_cache(512)
def _from_cases(
    state: str, column: str, narrowed: Narrowed, by_text: bool, whole: bool, cases: int, tasks: int
) -> Prepared:
    """The tasks, or one row which says that they are many: of more than so many cases, or tasks. by_text: from the cases that have the
    text, else from those of the matter. whole: see `names.is_a_piece`."""
    c, numbered = tables.cases, sa.func.count()
    if by_text and narrowed.found is not None:
        meant, further = everywhere(narrowed.found, whole), replace(narrowed, found=None)
    else:
        meant, further = [sa.select(c.c.id).where(c.c.matter_id.in_(narrowed.matters or ()))], narrowed
    some = [sa.select(one.limit(in_text(cases + 1)).subquery()) for one in meant]
    found = sa.union_all(*some).cte("found").prefix_with("MATERIALIZED")
    few_cases = sa.select(numbered).select_from(found).scalar_subquery() <= in_text(cases)
    placed = [_T.c[name] for name in ("id", "lamp", "due_on", "done_at")]
    of_them = among_chosen(_T.c.case_id, sa.select(found.c.id).where(few_cases))
    # not asked for with their owner, or the planner of PostgreSQL might go through all that lies with him
    live = (tables.LIVE,) if state in tables.LIVE_STATES else ()  # in the words of the index of what is to do in a case
    of_these = (of_them, *live, _T.c.state == state, *further.where())
    lying = sa.select(*placed, _T.c[column].label("owner")).where(*of_these).limit(in_text(tasks + 1)).cte("lying")
    lying = lying.prefix_with("MATERIALIZED")
    few_tasks = sa.select(numbered).select_from(lying).scalar_subquery() <= in_text(tasks)
    found_tasks = sa.select(*(lying.c[one.name] for one in placed), sa.false().label("many"))
    none = [sa.cast(sa.null(), one.type).label(one.name) for one in placed]
    many = sa.select(*none, sa.true().label("many")).where(sa.not_(sa.and_(few_cases, few_tasks)))
    return Prepared(sa.union_all(found_tasks.where(among(lying.c.owner, "owners"), few_tasks), many))


# ---------------------------------------------------------------- the statements, each shape of them written once
_AT_ONCE = 4
_T = tables.tasks
_PLACED = (_T.c.id, _T.c.lamp, _T.c.due_on)  # no more than the index holds
Kinds = tuple[tuple[str, str], ...]


def ids_of(owners: Sequence[Owner]) -> dict[str, int]:
    """The parameters of a statement about these owners."""
    return {f"owner{n}": owner.id for n, owner in enumerate(owners)}


def lies(state: str, column: str, n: int) -> tuple[sa.ColumnElement[bool], ...]:
    """That a task lies with the n-th owner."""
    return _T.c[column] == sa.bindparam(f"owner{n}", type_=sa.BigInteger()), _T.c.state == state


@lru_cache(512)
def _listing(*shape: Any) -> Prepared:
    """Where the tasks stand that `_chosen` finds."""
    return Prepared(_chosen(*shape, told=False))


@lru_cache(512)
def _telling(*shape: Any) -> Prepared:
    """The same tasks with all that their lines tell."""
    found = _chosen(*shape, told=True).subquery()
    return Prepared(told(found).order_by(found.c.stretch, found.c.due_on, found.c.id))


def _chosen(
    owners: Kinds, only: Lamp | None, stretches: tuple[int, ...], limit: int, starts: int | None, *, told: bool
) -> sa.Select[Any]:
    """The first tasks of these stretches. owners: state and column of each. starts: the stretch in which the list goes on behind a
    place. told: with all columns that a line is made of."""
    columns = [_T.c[name] for name in TOLD] if told else list(_PLACED)
    parts = [
        _first(
            sa.select(*columns, _named(stretch)).where(*where, *([_behind(dated)] if stretch == starts else [])), limit
        )
        for stretch in stretches
        for dated in [_is_dated(stretch)]
        for where in _lying_in(owners, only, stretch)
    ]
    if not parts:
        return sa.select(*columns, _named(0)).where(sa.false())
    some = sa.union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    return sa.select(some).order_by(some.c.stretch, some.c.due_on, some.c.id).limit(in_text(limit))


@lru_cache(512)
def _within(owners: Kinds, only: Lamp | None, stretch: int, limit: int, narrowed: Narrowed) -> Prepared:
    """The first tasks of one stretch that are asked for, behind a place and through another."""
    between = (_behind(_is_dated(stretch)), _through(_is_dated(stretch)), *narrowed.where())
    parts = [_first(sa.select(*_PLACED).where(*where, *between), limit) for where in _lying_in(owners, only, stretch)]
    some = sa.union_all(*parts).subquery()
    return Prepared(sa.select(some).order_by(some.c.due_on, some.c.id).limit(in_text(limit)))


@lru_cache(512)
def _ending(owners: Kinds, only: Lamp | None, stretch: int, entries: int) -> Prepared:
    """Of every owner and lamp in a stretch the last of so many tasks behind a place, where there are as many."""
    chosen = sa.select(*_PLACED).where(_behind(_is_dated(stretch)))
    parts = [_first(chosen.where(*where), 1, entries - 1) for where in _lying_in(owners, only, stretch)]
    return Prepared(sa.union_all(*parts))


def _lying_in(owners: Kinds, only: Lamp | None, stretch: int) -> Iterator[tuple[sa.ColumnElement[bool], ...]]:
    """The parts of the index that a stretch is made of."""
    day = _T.c.due_on.is_not(None) if _is_dated(stretch) else _T.c.due_on.is_(None)
    for lamp in STRETCHES[stretch]:
        if only in (None, lamp):
            for n, (state, column) in enumerate(owners):
                yield (*lies(state, column, n), _T.c.lamp == lamp, day)


def _first(part: sa.Select[Any], limit: int, offset: int = 0) -> sa.Select[Any]:
    # by day too where there is none: by `id` alone PostgreSQL might go through the table along its key
    some = part.order_by(_T.c.due_on, _T.c.id).limit(in_text(limit))
    return sa.select((some.offset(in_text(offset)) if offset else some).subquery())


def _is_dated(stretch: int) -> bool:
    return stretch < len(STRETCHES) - 1


def _named(stretch: int) -> sa.Label[int]:
    return sa.literal_column(str(stretch), sa.Integer).label("stretch")


def _behind(dated: bool) -> sa.ColumnElement[bool]:
    task_id = sa.bindparam("behind_id", type_=sa.BigInteger())
    day = sa.bindparam("behind_on", type_=sa.Date())
    return compared((_T.c.due_on, _T.c.id), ">", (day, task_id)) if dated else _T.c.id > task_id


def _through(dated: bool) -> sa.ColumnElement[bool]:
    """The other end, which belongs to it."""
    task_id = sa.bindparam("through_id", type_=sa.BigInteger())
    day = sa.bindparam("through_on", type_=sa.Date())
    return compared((_T.c.due_on, _T.c.id), "<=", (day, task_id)) if dated else _T.c.id <= task_id


# ---------------------------------------------------------------- counting, never further than MOST
@dataclass(frozen=True)
class Part:
    """What is counted together: of one owner, of one lamp or of all, due after a day, up to a day, without a day or whichever."""

    owner: int
    lamp: Lamp | None = None
    dated: bool | None = None
    after: date | None = field(default=None, compare=False)
    through: date | None = field(default=None, compare=False)
    limits: tuple[bool, bool] = (False, False)

    @classmethod
    def of(cls, owner: int, lamp: Lamp, cut: Cut) -> Part:
        limits = (cut.after is not None, cut.through is not None)
        return cls(owner, lamp, cut.dated, cut.after, cut.through, limits)

    def where(self, n: int) -> Iterator[sa.ColumnElement[bool]]:
        if self.lamp is not None:
            yield _T.c.lamp == self.lamp
        after, through = self.limits
        if self.dated is False:
            yield _T.c.due_on.is_(None)
        elif self.dated and not after:
            yield _T.c.due_on.is_not(None)
        if after:
            yield _T.c.due_on > sa.bindparam(f"after{n}", type_=sa.Date())
        if through:
            yield _T.c.due_on <= sa.bindparam(f"through{n}", type_=sa.Date())


def counts(
    tx: Tx,
    owners: Sequence[Owner],
    parts: Sequence[Part],
    narrowed: Narrowed = EVERYTHING,
) -> tuple[list[Count], str]:
    """How many tasks each of these has, each counted up to one more than MOST, in one question; and the mark of the establishment
    at that moment, empty where there was nothing to ask."""
    if not parts:
        return [], ""
    kinds = tuple((owner.state, owner.column.name) for owner in owners)
    given: dict[str, Any] = {**ids_of(owners), **narrowed.given}
    given |= {f"after{n}": part.after for n, part in enumerate(parts) if part.limits[0]}
    given |= {f"through{n}": part.through for n, part in enumerate(parts) if part.limits[1]}
    each = max(narrowed.cheapness * LOOKED // len(parts), 1)
    row = tx.row(_counting(kinds, tuple(parts), narrowed, each), **given)
    assert row is not None
    told, further = row[1 : len(parts) + 1], row[len(parts) + 1 :] or [False] * len(parts)
    return [Count(n, bool(more)) for n, more in zip(told, further, strict=True)], row.mark


@lru_cache(512)
def _counting(owners: Kinds, parts: tuple[Part, ...], narrowed: Narrowed, each: int) -> Prepared:
    """each: so many tasks of each part are looked at where they are narrowed."""
    # in the order of the index: or PostgreSQL, where a pool has most of the tasks, begins at the top of the table instead, and goes
    # through all that was done long ago
    order = (_T.c.lamp, _T.c.due_on, _T.c.id)
    there = [(*lies(*owners[part.owner], part.owner), *part.where(n)) for n, part in enumerate(parts)]
    mark = MARK.label("mark")
    if not narrowed:
        lying: list[sa.Select[Any]] = [
            sa.select(sa.literal_column("1")).where(*where).order_by(*order) for where in there
        ]
        return Prepared(sa.select(mark, *(_number(some.limit(in_text(MOST + 1)), n) for n, some in enumerate(lying))))
    counted, further = [], []
    for n, where in enumerate(there):
        looked = sa.select(*narrowed.columns).where(*where).order_by(*order)
        some = looked.limit(in_text(each)).subquery()
        found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(some).where(*narrowed.where(some.c))
        counted.append(_number(found.limit(in_text(MOST + 1)), n))
        further.append(sa.exists(looked.offset(in_text(each)).limit(in_text(1))))
    told = sa.select(*counted).cte("told").prefix_with("MATERIALIZED")
    # whether there are more than were looked at is no question where there are too many already
    asked = [sa.case((told.c[n] > in_text(MOST), sa.true()), else_=one).label(f"f{n}") for n, one in enumerate(further)]
    return Prepared(sa.select(mark, *told.c, *asked).select_from(told))


def _number(some: sa.Select[Any], n: int) -> sa.ColumnElement[int]:
    return sa.select(sa.func.count()).select_from(some.subquery()).scalar_subquery().label(f"c{n}")
