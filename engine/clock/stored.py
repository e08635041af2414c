"""How the values of this room are kept in rows: plain JSON under the names of their fields, read back by their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Self, get_args, get_origin, get_type_hints

from ..errors import Fault, LianshenError, NotValid


class StoredNotUnderstood(NotValid):
    """A stored clock or limit does not have the form that this program writes."""

    code = "stored-clock-not-understood"
    sentence = "存储的时限数据“{place}”读不懂。"
    remedy = "数据可能被别的程序改过；从备份恢复这一行，或联系维护人员。"


class StoredAs:
    """A frozen dataclass that goes to JSON and comes back equal. Every field is written, unknown ones are refused."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values under the names of the fields: dates and UTC moments in ISO form, lengths as `20wd`."""
        mine: type = type(self)
        return {name: _plain(getattr(self, name)) for name in _names(mine)}

    @classmethod
    def from_json(cls, drawn: Any) -> Self:
        """The value that `to_json` wrote. A field with a default may be missing. Raises StoredNotUnderstood."""
        value: Self = _record(cls, drawn, cls.__name__.lower())
        return value


def _fields(cls: type) -> tuple[Field[Any], ...]:
    return fields(cls)


@cache
def _names(cls: type) -> tuple[str, ...]:
    return tuple(f.name for f in _fields(cls))


@cache
def _types(cls: type) -> Mapping[str, Any]:
    return get_type_hints(cls)


def _plain(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case StoredAs():
            return value.to_json()
        case StrEnum():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Mapping():
            return {str(k): _plain(v) for k, v in value.items()}
        case tuple():
            return [_plain(v) for v in value]
    return str(value)


def _record(cls: type, drawn: Any, place: str) -> Any:
    if not isinstance(drawn, Mapping):
        raise _misread(place)
    known = _fields(cls)
    for name in drawn:
        if name not in {f.name for f in known}:
            raise _misread(f"{place}/{name}")
    for f in known:
        if f.name not in drawn and f.default is MISSING and f.default_factory is MISSING:
            raise _misread(f"{place}/{f.name}")
    read = {name: _value(_types(cls)[name], value, f"{place}/{name}") for name, value in drawn.items()}
    try:
        return cls(**read)
    except LianshenError as wrong:
        raise _misread(place) from wrong


def _value(kind: Any, drawn: Any, place: str) -> Any:
    """`drawn` as the type that a field declares."""
    arguments, origin = get_args(kind), get_origin(kind)
    if origin is UnionType:
        return None if drawn is None else _value(arguments[0], drawn, place)
    if origin is tuple:
        if not isinstance(drawn, list | tuple):
            raise _misread(place)
        return tuple(_value(arguments[0], one, f"{place}/{i}") for i, one in enumerate(drawn))
    if origin is not None:
        if not isinstance(drawn, Mapping):
            raise _misread(place)
        return {_value(arguments[0], k, place): _value(arguments[1], v, f"{place}/{k}") for k, v in drawn.items()}
    if issubclass(kind, StoredAs):
        return _record(kind, drawn, place)
    return _text(kind, drawn, place)


def _text(kind: Any, drawn: Any, place: str) -> Any:
    if not isinstance(drawn, str):
        raise _misread(place)
    # a length reads itself, a date is ISO, the rest are words and enums of words
    read = getattr(kind, "parse", None) or getattr(kind, "fromisoformat", None) or kind
    try:
        return read(drawn)
    except (ValueError, LianshenError) as wrong:
        raise _misread(place) from wrong


def _misread(place: str) -> StoredNotUnderstood:
    return StoredNotUnderstood(place=place, faults=[Fault(f"/{place}", f"“{place}”读不懂", StoredNotUnderstood.remedy)])
