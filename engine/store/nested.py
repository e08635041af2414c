"""Rows of another table in one column: what an act reads of a case comes in one answer, and not in a round trip for each table.

The database writes them as a list of lists; here they become rows again, with the values that a statement of their own gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from .. import json_text
from .columns import Moment
from .rows import rows_of

_FIRST = itemgetter(0)


def nested(
    columns: Sequence[sa.ColumnElement[Any]],
    *where: sa.ColumnElement[bool],
    of: sa.Table,
    beside: sa.ColumnElement[str] | None = None,
) -> Any:
    """The rows with these columns that belong to the row of `of`, as one column: a list of rows, in the order of the first column,
    which is their number. No bytes. beside: one more column, of texts that are JSON themselves; in the list every quote of them would
    be escaped, and that again read away."""
    lists = _Lists(*columns) if beside is None else _ListsAndTexts(*columns, beside)
    rows = sa.select(lists).where(*where).correlate(of).scalar_subquery()
    return sa.type_coerce(rows, _Rows((*columns, *(() if beside is None else (beside,))), beside is not None))


class _Lists(FunctionElement[Any]):
    """One list, and in it a list of the values of each row."""

    inherit_cache = True
    type = sa.Text()


@compiles(_Lists, "sqlite")
def _on_sqlite(lists: _Lists, compiler: Any, **how: Any) -> str:
    return f"json_group_array(json_array({compiler.process(lists.clauses, **how)}))"


@compiles(_Lists, "postgresql")
def _on_postgresql(lists: _Lists, compiler: Any, **how: Any) -> str:
    return f"CAST(json_agg(json_build_array({compiler.process(lists.clauses, **how)})) AS TEXT)"


class _ListsAndTexts(FunctionElement[Any]):
    """The list without the last of the columns, and its text of each row behind it. What separates them stands in no JSON."""

    inherit_cache = True
    type = sa.Text()


_SEPARATOR = "\x1e"


@compiles(_ListsAndTexts, "sqlite")
def _beside_on_sqlite(lists: _ListsAndTexts, compiler: Any, **how: Any) -> str:
    *inside, beside = [compiler.process(one, **how) for one in lists.clauses]
    return f"json_group_array(json_array({', '.join(inside)})) || char(30) || group_concat({beside}, char(30))"


@compiles(_ListsAndTexts, "postgresql")
def _beside_on_postgresql(lists: _ListsAndTexts, compiler: Any, **how: Any) -> str:
    *inside, beside = [compiler.process(one, **how) for one in lists.clauses]
    listed = f"CAST(json_agg(json_build_array({', '.join(inside)})) AS TEXT)"
    return f"{listed} || chr(30) || string_agg({beside}, chr(30))"


class _Rows(TypeDecorator[list[Any]]):
    impl = sa.Text
    cache_ok = True

    def __init__(self, columns: tuple[sa.ColumnElement[Any], ...], beside: bool) -> None:
        super().__init__()
        self.columns, self.beside = columns, beside

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], list[Any]]:
        names = [str(column.key) for column in self.columns]
        row = rows_of(names, [_reader(column.type, dialect) for column in self.columns])

        def read(text: str | None) -> list[Any]:
            return [] if text is None else list(map(row, sorted(json_text.read(text), key=_FIRST)))

        def read_beside(text: str | None) -> list[Any]:
            if text is None:
                return []
            lists, *texts = text.split(_SEPARATOR)
            together = zip(json_text.read(lists), texts, strict=True)
            return list(map(row, sorted([[*one, beside] for one, beside in together], key=_FIRST)))

        return read_beside if self.beside else read


def _reader(kind: Any, dialect: Dialect) -> Any:
    """PostgreSQL writes moments and dates into a list as text; all else comes as from a statement of its own."""
    if dialect.name == "postgresql" and isinstance(kind, Moment):
        return _moment
    if dialect.name == "postgresql" and isinstance(kind, sa.Date):
        return _date
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
