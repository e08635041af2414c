"""Cases found by a text: by their number, the applicant, the project or the matter.

What is found comes in four stretches, each read from an index of its own: first the numbers that begin so, the greatest
first; then, each from the newest on, the applicants that have the text in their name, the projects, the matters. A case
that is found twice comes once, in the first of its stretches. Every question carries what its asker may see. Of what is found
or must be asked whether it is, a page looks at so many and no more (see rounds.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..cases import Phase, case_lamp
from ..clock import Lamp
from ..people import Sight
from ..store import BIGGEST_KEY, Cursor, Prepared, Tx, among, in_text, names, tables
from . import rounds
from .rounds import Looked, Round, in_rounds

FEW_SEEN = 2000
ARMS = 100
_C = tables.cases
_O = _C.alias("chosen")


class Stretch(IntEnum):
    NUMBER = 0
    APPLICANT = 1
    PROJECT = 2
    MATTER = 3


class Hit(NamedTuple):
    """A case that was found, and where."""

    stretch: Stretch
    id: int
    case_no: str

    @property
    def cursor(self) -> str:
        return Cursor("found", self.stretch, self.id, text=self.case_no).written

    @classmethod
    def behind(cls, cursor: str) -> Hit | None:
        """Raises CursorNotUnderstood."""
        if not cursor:
            return None
        read = Cursor.read(cursor, "found", (max(Stretch), None))
        return cls(Stretch(read.numbers[0]), read.numbers[1], read.text)


class Found(NamedTuple):
    """That a case is found by a text, as a condition whose parameters are `Search.given`. codes: of so many projects."""

    dialect: str
    matters: tuple[int, ...]
    codes: int

    def how(self, stretch: Stretch) -> sa.ColumnElement[bool]:
        """On a case: that it is found so."""
        text = names.asked(self.dialect)
        match stretch:
            case Stretch.NUMBER:
                return names.numbered(self.dialect, text)
            case Stretch.APPLICANT:
                return names.holds(self.dialect, _C.c.applicant_name, text)
            case Stretch.PROJECT:
                return sa.func.coalesce(_C.c.project_code, "").in_(self.asked_codes)
            case Stretch.MATTER:
                return _C.c.matter_id.in_(self.matters)

    @property
    def anyhow(self) -> sa.ColumnElement[bool]:
        return sa.or_(*(self.how(stretch) for stretch in Stretch))

    @property
    def asked_codes(self) -> list[sa.BindParameter[str]]:
        return [sa.bindparam(f"code{n}", type_=sa.Text()) for n in range(self.codes)]


class Which(NamedTuple):
    """Which cases are meant at all, whatever the text. open: those that have not ended; lamp: of the whole case, and so of one that has
    not ended."""

    open: bool = False
    phase: Phase | None = None
    lamp: Lamp | None = None

    def where(self) -> Iterator[sa.ColumnElement[bool]]:
        if self.phase is not None:
            yield _C.c.phase == self.phase
        if self.open or self.lamp is not None:
            yield _C.c.closed_at.is_(None)
        if self.lamp is not None:
            yield case_lamp() == self.lamp


EVERY_CASE = Which()


class Shape(NamedTuple):
    """What the statements of a stretch depend on; the text itself is a parameter. common: see `Search.common`, told where it
    matters."""

    found: Found
    stretch: Stretch
    common: bool
    seen: Sight
    limit: int
    which: Which


@dataclass(frozen=True)
class Search:
    """A text, with what it means among projects and matters; and which cases are looked for by it."""

    tx: Tx
    text: str
    which: Which = EVERY_CASE

    # ---- what it means
    @cached_property
    def said(self) -> names.Said:
        return names.said(self.tx.dialect, self.text)

    @cached_property
    def matters(self) -> tuple[int, ...]:
        return tuple(r.id for r in self.tx.rows(_MATTERS[self.tx.dialect], folded=self.said.folded))

    @cached_property
    def projects(self) -> tuple[str, ...]:
        """Codes of the key projects that have the text in their name or code; and the text, which may be the code of another."""
        return (self.text, *(r.code for r in self.tx.rows(_PROJECTS[self.tx.dialect], folded=self.said.folded)))

    @property
    def found(self) -> Found:
        return Found(self.tx.dialect, self.matters, len(self.projects))

    @property
    def given(self) -> dict[str, Any]:
        """The parameters of every statement about it."""
        return {**self.said._asdict(), **{f"code{n}": code for n, code in enumerate(self.projects)}}

    @cached_property
    def common(self) -> bool:
        """Whether more names have it than are gone through one by one."""
        return bool(self.tx.value(_HOW_MANY[self.tx.dialect], **self.said._asdict()) > names.COMMON)

    # ---- what it finds
    def hits(self, sight: Sight, limit: int, after: Hit | None) -> Looked[Hit]:
        """What an officer finds, behind that place, at most so many."""
        if (few := self._few_seen(sight)) is not None:
            return Looked(self._among(few, limit, after))
        begin = after or Hit(Stretch.NUMBER, 0, self.said.top)
        return in_rounds(begin, limit, lambda at: self._look(at, sight, limit))

    def _look(self, behind: Hit, seen: Sight, limit: int) -> Round[Hit]:
        """One round. limit: as many are asked for, however much room is left: or there would be a statement for each number."""
        stretch = behind.stretch
        then = Hit(Stretch(stretch + 1), BIGGEST_KEY, "") if stretch < max(Stretch) else None
        early = stretch < Stretch.PROJECT  # projects and matters are not asked for before
        of = Found(self.tx.dialect, (), 0) if early else self.found
        common = stretch is Stretch.APPLICANT and self.tx.dialect == "postgresql" and self.common
        ask = _statements(Shape(of, stretch, common, seen, limit, self.which), rounds.ROUND)
        if ask is None:
            return Round([], None, then)
        given = self.said._asdict() if early else self.given
        given |= {"behind_id": behind.id, "behind_no": min(behind.case_no, self.said.top)}
        ends = [] if ask.ends is None else [r.place for r in self.tx.rows(ask.ends, **given)]
        stopped = None
        if ends:
            last = max(ends)
            stopped = Hit(stretch, 0, last) if stretch is Stretch.NUMBER else Hit(stretch, last, "")
        down_to = {
            "through_id": stopped.id if stopped else 0,
            "through_no": stopped.case_no if stopped else self.said.first,
        }
        found = [Hit(stretch, r.id, r.case_no) for r in self.tx.rows(ask.found, **given, **down_to)]
        return Round(found, stopped, then)

    # ---- where an officer sees few cases, all of them are looked at
    def _few_seen(self, sight: Sight) -> list[int] | None:
        if sight.offices:
            return None
        rows = self.tx.rows(_some_seen(sight, FEW_SEEN + 1))
        return sorted({r.id for r in rows}) if len(rows) <= FEW_SEEN else None

    def _among(self, case_ids: Sequence[int], limit: int, after: Hit | None) -> list[Hit]:
        rows = self.tx.rows(_of_these(self.found, self.which), ids=case_ids, **self.given)
        found = [Hit(Stretch(r.stretch), r.id, r.case_no) for r in rows]
        found.sort(key=_order)
        return [hit for hit in found if after is None or _order(hit) > _order(after)][:limit]


@lru_cache(512)
def _some_seen(sight: Sight, most: int) -> Prepared:
    """Cases that an officer sees, of each of his ways to them at most so many; some of them come twice."""
    some = [
        sa.select(sa.select(_C.c.id).select_from(source).where(*conditions).limit(in_text(most)).subquery())
        for source, conditions, _ in sight.ways
    ]
    return Prepared(sa.union_all(*some))


@lru_cache(512)
def _of_these(found: Found, which: Which) -> Prepared:
    """Which of some cases are found, and how first."""
    stretch = sa.case(*((found.how(one), int(one)) for one in Stretch), else_=len(Stretch)).label("stretch")
    chosen = sa.select(_C.c.id, _C.c.case_no, stretch)
    return Prepared(chosen.where(among(_C.c.id, "ids"), found.anyhow, *which.where()))


class Ask(NamedTuple):
    """What one round asks: where it ends, of each way the last of its entries; and what is found up to there. ends: None where there
    are so few that all of them are looked at."""

    ends: Prepared | None
    found: Prepared


@lru_cache(512)
def _statements(shape: Shape, entries: int) -> Ask | None:
    """None where nothing can be found. entries: how many are looked at in a round."""
    ways = list(_ways(shape, entries))
    if not ways:
        return None
    applicants, numbers = shape.stretch is Stretch.APPLICANT, shape.stretch is Stretch.NUMBER
    found_earlier = [shape.found.how(one) for one in Stretch if one < shape.stretch]
    asked = [*map(sa.not_, found_earlier), *shape.which.where()]
    if applicants:
        asked.append(shape.found.how(shape.stretch))
    if not shape.common:
        asked.append(shape.seen.condition)
    behind, least, through = (_BEHIND_NO, _FIRST_NO, _THROUGH_NO) if numbers else (_BEHIND_ID, 0, _THROUGH_ID)
    ends, parts = [], []
    for source, conditions, case_id, order in ways:
        place, each = order.label("place"), max(entries // len(ways), 1)
        # one bound at each end, or SQLite may take the farther one for its index
        read = sa.select(place).select_from(source).where(*conditions, order < behind, order >= least)
        ends.append(sa.select(read.order_by(order.desc()).offset(in_text(each - 1)).limit(in_text(1)).subquery()))
        whole = source if source is _C or shape.common else source.join(_C, _C.c.id == case_id)
        part = sa.select(_C.c.id, _C.c.case_no, place).select_from(whole).where(*conditions, *asked)
        part = part.where(order < behind, order >= through).order_by(order.desc())
        parts.append(sa.select(part.limit(in_text(shape.limit)).subquery()))
    # a case that is seen in several ways is found once
    some = sa.union(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    found = Prepared(sa.select(some).order_by(some.c.place.desc()).limit(in_text(shape.limit)))
    at_once = applicants and shape.found.dialect == "postgresql" and not shape.common
    return Ask(None if at_once else Prepared(sa.union_all(*ends)), found)


def _ways(shape: Shape, entries: int) -> Iterator[names.Way]:
    """Along which indexes the stretch is read."""
    dialect, matters = shape.found.dialect, shape.found.matters
    match shape.stretch:
        case Stretch.NUMBER:
            yield names.by_number(dialect)
        case Stretch.APPLICANT if shape.common:
            # PostgreSQL does not read its index in order: of what he sees each is asked
            yield from (names.Way(source, conditions, key, key) for source, conditions, key in shape.seen.ways)
        case Stretch.APPLICANT:
            yield names.by_name(dialect, names.asked(dialect))
        case Stretch.PROJECT:
            yield _chosen_first(_of_projects_asked(shape.found), entries)
        case Stretch.MATTER if 0 < len(matters) <= ARMS:
            of_each = [sa.select(_O.c.id).where(_O.c.matter_id == one) for one in matters]
            yield from (_chosen_first(some, max(entries // len(matters), 1)) for some in of_each)
        case Stretch.MATTER if matters:
            yield names.Way(_C, (_C.c.matter_id.in_(matters),), _C.c.id, _C.c.id)


def _chosen_first(of_them: sa.Select[Any], entries: int) -> names.Way:
    """The keys before anything else is asked of the cases: SQLite might rather go through all cases by their key."""
    some = of_them.where(_O.c.id < _BEHIND_ID).order_by(_O.c.id.desc()).limit(in_text(entries)).subquery()
    return names.Way(some, (), some.c.id, some.c.id)


def _of_projects_asked(found: Found) -> sa.Select[Any]:
    o = tables.offices  # the index begins with the office
    in_project = (_O.c.office_id.in_(sa.select(o.c.id)), _O.c.project_code.in_(found.asked_codes))
    return sa.select(_O.c.id).where(*in_project)


def everywhere(found: Found, whole: bool) -> list[sa.Select[Any]]:
    """The keys of the cases that are found in each stretch. whole: see `names.is_a_piece`."""
    text = names.asked(found.dialect)
    number = names.by_number(found.dialect)
    of_matters = [sa.select(_C.c.id).where(_C.c.matter_id.in_(found.matters))] if found.matters else []
    return [
        sa.select(number.case_id.label("id")).where(number.order >= text.first, number.order < text.top),
        names.all_named(found.dialect, text, whole),
        _of_projects_asked(found),
        *of_matters,
    ]


_BEHIND_ID = sa.bindparam("behind_id", type_=sa.BigInteger())
_BEHIND_NO = sa.bindparam("behind_no", type_=sa.Text())
_FIRST_NO = sa.bindparam("first", type_=sa.Text())
_THROUGH_ID = sa.bindparam("through_id", type_=sa.BigInteger())
_THROUGH_NO = sa.bindparam("through_no", type_=sa.Text())
_HOW_MANY = {one: Prepared(names.how_many_named(one, names.asked(one))) for one in ("sqlite", "postgresql")}


def _of_matters(dialect: str) -> Prepared:
    m = tables.matters
    return Prepared(sa.select(m.c.id).where(names.holds(dialect, m.c.name, names.asked(dialect))).order_by(m.c.id))


def _of_projects(dialect: str) -> Prepared:
    p = tables.projects
    found = sa.or_(*(names.holds(dialect, column, names.asked(dialect)) for column in (p.c.name, p.c.code)))
    return Prepared(sa.select(p.c.code).where(found).distinct())


_MATTERS = {one: _of_matters(one) for one in ("sqlite", "postgresql")}
_PROJECTS = {one: _of_projects(one) for one in ("sqlite", "postgresql")}


def _order(hit: Hit) -> tuple[Any, ...]:
    if hit.stretch is Stretch.NUMBER:
        return hit.stretch, tuple(-ord(letter) for letter in hit.case_no + "\0")
    return hit.stretch, -hit.id
