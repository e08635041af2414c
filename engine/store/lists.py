"""What lists ask with: a list of keys as one parameter, so that the statement stays the same however many there are; a day and a
text as one value, of which the least is found without sorting."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine


class Keys(TypeDecorator[Iterable[int]]):
    """Keys of rows: a JSON text on SQLite, an array on PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(sa.BigInteger))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> Any:
        keys = list(value or ())
        return keys if dialect.name == "postgresql" else json.dumps(keys)


class _Among(sa.ColumnElement[bool]):
    inherit_cache = False
    type: Any = sa.types.NULLTYPE  # of a Boolean SQLAlchemy would ask `… = 1`, and SQLite then look at every row

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column, self.keys = column, sa.bindparam(name, type_=Keys())


def among(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """The column is one of the keys that are given under this name."""
    return _Among(column, name)


class _AmongChosen(sa.ColumnElement[bool]):
    inherit_cache = False
    type: Any = sa.types.NULLTYPE

    def __init__(self, column: sa.ColumnElement[Any], keys: sa.Select[Any]) -> None:
        self.column, self.keys = column, keys


def among_chosen(column: sa.ColumnElement[Any], keys: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """The column is one of the keys that this chooses, each of which is looked up in the index of the column: PostgreSQL, which does
    not know how few a choice may be, would rather lay it beside the whole table."""
    return _AmongChosen(column, keys)


Pair = tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]


class _Compared(sa.ColumnElement[bool]):
    inherit_cache = False
    type: Any = sa.types.NULLTYPE

    def __init__(self, place: Pair, how: str, other: Pair) -> None:
        self.place, self.how, self.other = place, how, other


def compared(place: Pair, how: Literal["<", ">", "<=", ">="], other: Pair) -> sa.ColumnElement[bool]:
    """A place in an order by two columns lies so beside another. PostgreSQL goes straight to it in the index of both by a pair; SQLite
    by the first column, where that stands by itself."""
    return _Compared(place, how, other)


def in_text(n: int) -> sa.ColumnElement[int]:
    """A number, a limit most often, written into the statement: PostgreSQL plans a prepared statement for any limit at all, and
    would rather go through the whole table."""
    return sa.literal_column(str(n), sa.Integer)


class _DayFirst(sa.ColumnElement[str]):
    inherit_cache = False
    type: Any = sa.Text()

    def __init__(self, day: sa.ColumnElement[Any], text: sa.ColumnElement[Any]) -> None:
        self.day, self.text = day, text


def day_first(day: sa.ColumnElement[Any], text: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A day, the last one there is where there is none, and a text, as one text that is ordered by the day and then by the text;
    `day_and_text` takes it apart."""
    return _DayFirst(day, text)


def day_and_text(told: str) -> tuple[date | None, str]:
    """The day, None where there is none, and the text."""
    return (None if told.startswith(_NO_DAY) else date.fromisoformat(told[:10])), told[10:]


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: Any, **kwargs: Any) -> str:
    column, keys = (compiler.process(part, **kwargs) for part in (element.column, element.keys))
    return f"{column} IN (SELECT value FROM json_each({keys}))"


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: Any, **kwargs: Any) -> str:
    column, keys = (compiler.process(part, **kwargs) for part in (element.column, element.keys))
    return f"{column} = ANY ({keys})"


@compiles(_AmongChosen, "sqlite")
def _among_chosen_on_sqlite(element: _AmongChosen, compiler: Any, **kwargs: Any) -> str:
    column, keys = (compiler.process(part, **kwargs) for part in (element.column, element.keys.scalar_subquery()))
    return f"{column} IN {keys}"


@compiles(_AmongChosen, "postgresql")
def _among_chosen_on_postgresql(element: _AmongChosen, compiler: Any, **kwargs: Any) -> str:
    column, keys = (compiler.process(part, **kwargs) for part in (element.column, element.keys.scalar_subquery()))
    return f"{column} = ANY (ARRAY {keys})"


@compiles(_Compared, "sqlite")
def _compared_on_sqlite(element: _Compared, compiler: Any, **kwargs: Any) -> str:
    (a, b), (x, y) = ([compiler.process(one, **kwargs) for one in two] for two in (element.place, element.other))
    beyond, how = element.how[0], element.how
    return f"({a} {beyond}= {x} AND ({a} {beyond} {x} OR ({a} = {x} AND {b} {how} {y})))"


@compiles(_Compared, "postgresql")
def _compared_on_postgresql(element: _Compared, compiler: Any, **kwargs: Any) -> str:
    (a, b), (x, y) = ([compiler.process(one, **kwargs) for one in two] for two in (element.place, element.other))
    return f"({a}, {b}) {element.how} ({x}, {y})"


_NO_DAY = date.max.isoformat()
BIGGEST_KEY = 2**63 - 1
"""The biggest number that a row can have, or that any column keeps."""


@compiles(_DayFirst, "sqlite")
def _day_first_on_sqlite(element: _DayFirst, compiler: Any, **kwargs: Any) -> str:
    day, text = (compiler.process(part, **kwargs) for part in (element.day, element.text))
    return f"(coalesce({day}, '{_NO_DAY}') || {text})"


@compiles(_DayFirst, "postgresql")
def _day_first_on_postgresql(element: _DayFirst, compiler: Any, **kwargs: Any) -> str:
    day, text = (compiler.process(part, **kwargs) for part in (element.day, element.text))
    return f"""(coalesce(to_char({day}, 'YYYY-MM-DD'), '{_NO_DAY}') || {text} COLLATE "C")"""
