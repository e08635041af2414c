"""A list of keys as one parameter: the statement stays the same however many there are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

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


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: Any, **kwargs: Any) -> str:
    column, keys = (compiler.process(part, **kwargs) for part in (element.column, element.keys))
    return f"{column} IN (SELECT value FROM json_each({keys}))"


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: Any, **kwargs: Any) -> str:
    column, keys = (compiler.process(part, **kwargs) for part in (element.column, element.keys))
    return f"{column} = ANY ({keys})"
