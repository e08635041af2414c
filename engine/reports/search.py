"""Cases found by a text: by their number, the applicant, the project or the matter.

What is found comes in four stretches, each read from an index of its own: first the numbers that begin so, the greatest
first; then, each from the newest on, the applicants that have the text in their name, the projects, the matters. A case
that is found twice comes once, in the first of its stretches. Every question carries what its asker may see.
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
from ..store import Cursor, Prepared, Tx, among, names, tables

FEW_SEEN = 2000
ARMS = 16
_C = tables.cases


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


Way = tuple[Any, tuple[sa.ColumnElement[bool], ...], sa.ColumnElement[Any]]


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
    matters: tuple[int, ...] | None = None

    def where(self) -> Iterator[sa.ColumnElement[bool]]:
        if self.phase is not None:
            yield _C.c.phase == self.phase
        if self.open or self.lamp is not None:
            yield _C.c.closed_at.is_(None)
        if self.lamp is not None:
            yield case_lamp() == self.lamp
        if self.matters is not None:
            yield _C.c.matter_id.in_(self.matters)


EVERY_CASE = Which()


class Shape(NamedTuple):
    """What the statements of a stretch depend on; the text itself is a parameter. seen: None for all cases; goes_on: behind a
    place."""

    found: Found
    stretch: Stretch
    seen: Sight | None
    limit: int
    goes_on: bool
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

    # ---- what it finds
    def hits(self, sight: Sight, limit: int, after: Hit | None) -> list[Hit]:
        """What an officer finds, behind that place, at most so many."""
        if (few := self._few_seen(sight)) is not None:
            return self._among(few, limit, after)
        found: list[Hit] = []
        for stretch in Stretch:
            if after is not None and stretch < after.stretch:
                continue
            behind = after if after is not None and after.stretch == stretch else None
            found += self._stretch(stretch, sight, limit, limit - len(found), behind)
            if len(found) >= limit:
                break
        return found

    def first(self, limit: int) -> list[int]:
        """Some cases that are found, whoever may see them: all of them where they are fewer than `limit`."""
        found: dict[int, None] = {}
        for stretch in Stretch:
            found |= {hit.id: None for hit in self._stretch(stretch, None, limit, limit - len(found), None)}
            if len(found) >= limit:
                break
        return list(found)

    def _stretch(self, stretch: Stretch, seen: Sight | None, limit: int, room: int, behind: Hit | None) -> list[Hit]:
        """The first of a stretch, as many as there is room for. limit: as many are asked for, however much room is left: or there would be
        a statement for each number."""
        early = stretch < Stretch.PROJECT  # projects and matters are not asked for before
        of = Found(self.tx.dialect, (), 0) if early else self.found
        given = self.said._asdict() if early else self.given
        if behind is not None:
            given |= {"behind_id": behind.id, "behind_no": behind.case_no}
        found: list[Hit] = []
        for statement in _statements(Shape(of, stretch, seen, limit, behind is not None, self.which)):
            found = [Hit(stretch, r.id, r.case_no) for r in self.tx.rows(statement, **given)][:room]
            if len(found) == room:
                break
        return found

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
        sa.select(sa.select(_C.c.id).select_from(source).where(*conditions).limit(_plain(most)).subquery())
        for source, conditions, _ in sight.ways
    ]
    return Prepared(sa.union_all(*some))


@lru_cache(512)
def _of_these(found: Found, which: Which) -> Prepared:
    """Which of some cases are found, and how first."""
    stretch = sa.case(*((found.how(one), int(one)) for one in Stretch), else_=len(Stretch)).label("stretch")
    chosen = sa.select(_C.c.id, _C.c.case_no, stretch)
    return Prepared(chosen.where(among(_C.c.id, "ids"), found.anyhow, *which.where()))


@lru_cache(512)
def _statements(shape: Shape) -> tuple[Prepared, ...]:
    """The ways to what is found in a stretch; where one does not fill a page, the next is asked."""
    seen = sa.true() if shape.seen is None else shape.seen.condition
    earlier = [sa.not_(shape.found.how(one)) for one in Stretch if one < shape.stretch]
    told = []
    for ways in _ways(shape):
        parts = [
            sa.select(
                sa.select(_C.c.id, _C.c.case_no, order.label("place"))
                .select_from(source)
                .where(*conditions, seen, *earlier, *shape.which.where())
                .order_by(order.desc())
                .limit(_plain(shape.limit))
                .subquery()
            )
            for source, conditions, order in ways
        ]
        some = sa.union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
        told.append(Prepared(sa.select(some).order_by(some.c.place.desc()).limit(_plain(shape.limit))))
    return tuple(told)


def _ways(shape: Shape) -> Iterator[list[Way]]:
    """Which index is asked."""
    dialect, matters = shape.found.dialect, shape.found.matters
    text = names.asked(dialect)
    behind_id = sa.bindparam("behind_id", type_=sa.BigInteger()) if shape.goes_on else None
    behind_no = sa.bindparam("behind_no", type_=sa.Text()) if shape.goes_on else None
    older = () if behind_id is None else (_C.c.id < behind_id,)
    match shape.stretch:
        case Stretch.NUMBER:
            yield [names.by_number(dialect, text, behind_no)]
        case Stretch.APPLICANT:
            for way in names.ways_by_name(dialect, text, behind_id):
                yield [way]
        case Stretch.PROJECT:
            one, o = _C.alias("of_project"), tables.offices  # the index begins with the office
            keys = (one.c.office_id.in_(sa.select(o.c.id)), one.c.project_code.in_(shape.found.asked_codes))
            yield [(_C, (_C.c.id.in_(sa.select(one.c.id).where(*keys)), *older), _C.c.id)]
        case Stretch.MATTER if 0 < len(matters) <= ARMS:
            yield [(_C, (_C.c.matter_id == one, *older), _C.c.id) for one in matters]
        case Stretch.MATTER if matters:
            yield [(_C, (_C.c.matter_id.in_(matters), *older), _C.c.id)]


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


def _plain(n: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(n), sa.Integer)
