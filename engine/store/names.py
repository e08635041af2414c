"""Cases found by a piece of the applicant's name, or by the beginning of their number. The index is told of by migration
0012; it holds every piece of up to three characters, so that two characters of Chinese find as surely as ten.

ASCII letters are alike whether great or small; everything else is meant literally.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from .tables import cases

RECENT = 10_000
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


Way = tuple[Any, tuple[sa.ColumnElement[bool], ...], sa.ColumnElement[Any]]
"""How rows of `cases` are found: what to select from, on which conditions, and the column to order by, the greatest first."""


def by_number(dialect: str, text: Said, below: Any = None) -> Way:
    """Cases whose number begins so, the greatest number first. below: only smaller numbers."""
    top = text.top if below is None else below
    if dialect == "postgresql":
        named = cases.join(_NAMES, _NAMES.c.case_id == cases.c.id)
        return named, (_NAMES.c.number >= text.first, _NAMES.c.number < top), _NAMES.c.number
    return cases, (cases.c.case_no >= text.first, cases.c.case_no < top), cases.c.case_no


def ways_by_name(dialect: str, text: Said, older_than: Any = None) -> Iterator[Way]:
    """Cases whose applicant's name has this in it, the newest first. Each way but the last may find fewer than there are; where
    it does not fill a page, the next is to be asked.

    PostgreSQL finds all at once and then sorts, which of a common word would be half the cases: so it looks through the newest
    first, where a common word soon fills a page. SQLite reads its index from the newest on."""
    if dialect == "postgresql":
        older = () if older_than is None else (_NAMES.c.case_id < older_than,)
        yield _recent(text, older)
        has_all = sa.func.lianshen_pieces(_NAMES.c.name, type_=ARRAY(sa.Text)).contains(
            sa.cast(text.wanted, ARRAY(sa.Text))
        )
        hits = sa.select(_NAMES.c.case_id).where(has_all, sa.func.strpos(_NAMES.c.name, text.folded) > 0, *older)
        found = hits.cte("named").prefix_with("MATERIALIZED")
        yield cases.join(found, found.c.case_id == cases.c.id), (), found.c.case_id
        return
    older = () if older_than is None else (_NAMES.c.rowid < older_than,)
    matches = sa.literal_column("case_names").op("MATCH")(text.wanted)
    named = cases.join(_NAMES, _NAMES.c.rowid == cases.c.id)
    yield named, (matches, *older, holds(dialect, cases.c.applicant_name, text)), _NAMES.c.rowid


def _recent(text: Said, older: tuple[sa.ColumnElement[bool], ...]) -> Way:
    newest = sa.select(_NAMES).where(*older).order_by(_NAMES.c.case_id.desc()).limit(sa.literal_column(str(RECENT)))
    recent = newest.with_only_columns(_NAMES.c.case_id, _NAMES.c.name).subquery()
    found = (sa.func.strpos(recent.c.name, text.folded) > 0,)
    return cases.join(recent, recent.c.case_id == cases.c.id), found, recent.c.case_id
