"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..json_text import read, writer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


canonical = writer(sort_keys=True)
"""The one JSON text of a value: sorted keys, no spaces, no escapes. What is hashed is this text."""


class Written(str):
    """A value that is its canonical text already; see `Json`."""


def written(value: Any) -> Written:
    """A value's text, for whoever writes the same one again and again."""
    return Written(canonical(value))


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

    # functions of their own for each database: every act writes and reads a score of moments

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _to_timestamp if dialect.name == "postgresql" else _to_microseconds

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return _from_timestamp if dialect.name == "postgresql" else _from_microseconds


def microseconds(moment: datetime) -> int:
    """A moment as a number that sorts as it does, exactly: what SQLite keeps, and cursors."""
    kept = _to_microseconds(moment)
    assert kept is not None
    return kept


def moment_of(kept: int) -> datetime:
    """The moment of that number, in UTC."""
    return _EPOCH + kept * _MICROSECOND


def _to_timestamp(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise _without_zone(moment)
    return moment.astimezone(UTC)


def _to_microseconds(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise _without_zone(moment)
    return (moment - _EPOCH) // _MICROSECOND


def _from_timestamp(kept: datetime | None) -> datetime | None:
    return None if kept is None else kept.astimezone(UTC)


def _from_microseconds(kept: int | None) -> datetime | None:
    return None if kept is None else _EPOCH + kept * _MICROSECOND


def _without_zone(moment: datetime) -> TypeError:
    return TypeError(f"a moment needs its zone: {moment!r}")


class Json(TypeDecorator[Any]):
    """A value as its canonical JSON text, the same bytes on both databases."""

    impl = sa.Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        return _to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _from_text


def _to_text(value: Any) -> str | None:
    return value if value is None or type(value) is Written else canonical(value)


def _from_text(kept: str | None) -> Any:
    return None if kept is None else read(kept)
