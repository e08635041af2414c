"""Cases found by a piece of the applicant's name, or by the beginning of their number. The index is told of by migration
0012; it holds every piece of up to three characters, so that two characters of Chinese find as surely as ten.

ASCII letters are alike whether great or small; everything else is meant literally.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from .lists import in_text
from .tables import cases

COMMON = 5000
"""A text that more cases have is not gone about from the cases that have it."""
STRETCHES, IN_EACH = 50, 60
_TOP = "\U0010ffff"
_FOLD = {ord(great): great.lower() for great in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
# on PostgreSQL a table with the names beside the index, on SQLite the index itself
_NAMES = sa.table(
    "case_names",
    sa.column("case_id", sa.BigInteger),
    sa.column("number", sa.Text),
    sa.column("name", sa.Text),
    sa.column("rowid", sa.BigInteger),
)


def folded(text: str) -> str:
    return text.translate(_FOLD)


def pieces(text: str) -> list[str]:
    """The pieces that a name must have all of, if it has this text in it: of a word of three characters or more three by three
    with its last three, of a shorter one the word. That they stand side by side is looked at in the name itself."""
    found: dict[str, None] = {}
    for word in folded(text).split():
        last = max(len(word) - 3, 0)
        found |= dict.fromkeys(word[i : i + 3] for i in (*range(0, last, 3), last))
    return list(found)


class Said(NamedTuple):
    """A text that is looked for, as statements take it: values, or the parameters that will be given."""

    folded: Any
    first: Any
    """The numbers that begin so lie between these."""
    top: Any
    wanted: Any
    """The pieces, as the index of this database is asked for them."""


def said(dialect: str, text: str) -> Said:
    """The values of a text."""
    some: Any = pieces(text)
    wanted = some if dialect == "postgresql" else " AND ".join('"' + one.replace('"', '""') + '"' for one in some)
    return Said(folded(text), text.upper(), text.upper() + _TOP, wanted)


def asked(dialect: str) -> Said:
    """The parameters, each under its name in `Said`."""
    kinds = {"wanted": ARRAY(sa.Text)} if dialect == "postgresql" else {}
    return Said(*(sa.bindparam(name, type_=kinds.get(name, sa.Text())) for name in Said._fields))


def holds(dialect: str, column: sa.ColumnElement[Any], text: Said) -> sa.ColumnElement[bool]:
    """Rows whose text has this in it."""
    if dialect == "postgresql":
        return sa.func.strpos(sa.func.lower(sa.collate(column, "C")), text.folded) > 0
    return sa.func.instr(sa.func.lower(column), text.folded) > 0


def numbered(dialect: str, text: Said) -> sa.ColumnElement[bool]:
    """Cases whose number begins so, as a condition on `cases`."""
    number = sa.collate(cases.c.case_no, "C") if dialect == "postgresql" else cases.c.case_no
    return sa.and_(number >= text.first, number < text.top)


class Way(NamedTuple):
    """How rows are found along an index, the greatest first: what to select from, on which conditions, the key of the case, and
    the column to order by."""

    source: Any
    conditions: tuple[sa.ColumnElement[bool], ...]
    case_id: sa.ColumnElement[Any]
    order: sa.ColumnElement[Any]


def by_number(dialect: str) -> Way:
    """All cases, the greatest number first."""
    if dialect == "postgresql":
        return Way(_NAMES, (), _NAMES.c.case_id, _NAMES.c.number)
    return Way(cases, (), cases.c.id, cases.c.case_no)


def by_name(dialect: str, text: Said) -> Way:
    """Cases whose applicant's name has all pieces of this, the newest first. SQLite reads its index from the newest on; PostgreSQL
    finds all at once and then sorts, and so is to be asked for what is rare."""
    if dialect == "postgresql":
        found = _having(text)
        return Way(found, (), found.c.case_id, found.c.case_id)
    return Way(_NAMES, (_matches(text),), _NAMES.c.rowid, _NAMES.c.rowid)


def all_named(dialect: str, text: Said, whole: bool) -> sa.Select[Any]:
    """The keys of all cases that have this in the applicant's name. whole: see `is_a_piece`."""
    if dialect == "postgresql":
        found = _having(text)
        return sa.select(found.c.case_id.label("id"))
    if whole:
        return sa.select(_NAMES.c.rowid.label("id")).where(_matches(text))
    named = cases.join(_NAMES, _NAMES.c.rowid == cases.c.id)
    holding = (_matches(text), holds(dialect, cases.c.applicant_name, text))
    return sa.select(_NAMES.c.rowid.label("id")).select_from(named).where(*holding)


def how_many_named(dialect: str, text: Said) -> sa.Select[Any]:
    """How many names have all pieces of it. On SQLite counted up to one more than COMMON. On PostgreSQL, which would have to find
    all of them for that, some stretches of names spread over all cases are looked at, and the number is what follows from them."""
    if dialect == "sqlite":
        some = sa.select(_NAMES.c.rowid).where(_matches(text)).limit(in_text(COMMON + 1)).subquery()
        return sa.select(sa.func.count().label("n")).select_from(some)
    biggest = sa.select(sa.func.coalesce(sa.func.max(_NAMES.c.case_id), 0).label("id")).cte("biggest")
    every = sa.func.generate_series(in_text(0), in_text(STRETCHES - 1))
    at = every.table_valued(sa.column("n", sa.Integer), name="at").render_derived()
    begin = sa.select(biggest.c.id // in_text(STRETCHES)).scalar_subquery() * at.c.n
    some_names = sa.select(_NAMES.c.name).where(_NAMES.c.case_id >= begin).order_by(_NAMES.c.case_id)
    looked = some_names.limit(in_text(IN_EACH)).lateral("looked")
    piece = sa.func.unnest(sa.cast(text.wanted, ARRAY(sa.Text))).column_valued("piece")
    lacks = sa.select(piece).where(sa.func.strpos(looked.c.name, piece) == 0)
    having = sa.func.count().filter(sa.not_(lacks.correlate(looked).exists()))
    whole = sa.select(biggest.c.id).scalar_subquery()
    # of a few names the stretches overlap, and all are few
    told = sa.case((whole <= in_text(COMMON), in_text(0)), else_=having * whole // sa.func.greatest(sa.func.count(), 1))
    return sa.select(told.label("n")).select_from(at.join(looked, sa.true()))


def is_a_piece(text: str) -> bool:
    """Whether SQLite's index tells all of it by itself: it is a single piece, of letters that have no other case than the ASCII
    ones. What is longer must be compared with the name, for its pieces may lie apart in it."""
    return pieces(text) == [folded(text)] and all(one.isascii() or one.lower() == one.upper() for one in text)


def _matches(text: Said) -> sa.ColumnElement[bool]:
    return sa.literal_column("case_names").op("MATCH")(text.wanted)


def _having(text: Said) -> sa.CTE:
    """Found by the index whatever is made of it: where only some were wanted, PostgreSQL would rather read all names."""
    has_all = sa.func.lianshen_pieces(_NAMES.c.name, type_=ARRAY(sa.Text)).contains(
        sa.cast(text.wanted, ARRAY(sa.Text))
    )
    holding = (has_all, sa.func.strpos(_NAMES.c.name, text.folded) > 0)
    return sa.select(_NAMES.c.case_id).where(*holding).cte("named").prefix_with("MATERIALIZED")
