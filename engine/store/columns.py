"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..json_text import writer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no escapes. What is hashed is this text."""
    return _CANONICAL(value)


_CANONICAL = writer(sort_keys=True)


class Written(str):
    """A value that is its canonical text already; see `Json`."""


def written(value: Any) -> Written:
    """A value's text, for whoever writes the same one again and again."""
    return Written(_CANONICAL(value))


class Word(TypeDecorator[str]):
    """A word of our own, such as a state. What it is compared with is written into the statement itself and not handed over
    beside it: SQLite uses a partial index only where it can read that the statement asks for no more than the index holds,
    and would go through the whole table instead."""

    impl = sa.Text
    cache_ok = True

    class comparator_factory(TypeDecorator.Comparator[str]):  # noqa: N801  SQLAlchemy's name
        def operate(self, op: Any, *other: Any, **named: Any) -> Any:
            return super().operate(op, *map(_written, other), **named)


def _written(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_written(word) for word in value]
    plain = isinstance(value, str) and re.fullmatch("[a-z_]+", value)
    return sa.literal_column(f"'{value}'", sa.Text()) if plain else value


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment: integer microseconds on SQLite, timestamptz on PostgreSQL. A naive one is a bug."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"a moment needs its zone: {value!r}")
        return value.astimezone(UTC) if dialect.name == "postgresql" else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value.astimezone(UTC) if dialect.name == "postgresql" else _EPOCH + value * _MICROSECOND
        return moment


class Json(TypeDecorator[Any]):
    """A value as its canonical JSON text, the same bytes on both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return value if value is None or type(value) is Written else _CANONICAL(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
