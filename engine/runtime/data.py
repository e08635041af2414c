"""Facts of a process: kept as plain JSON values, and united without loss where branches meet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .marks import Facts

OUTCOME = "outcome"
CONFLICTS = "conflicts"

_DEEPEST = 64


def plain(value: Any, at: str = "facts", depth: int = 0) -> Any:
    """A private copy made of JSON values only.

    Raises TypeError with the place: what the state cannot hold must not enter, or a loaded process would differ from
    the one that was saved.
    """
    if depth > _DEEPEST:
        raise TypeError(f"{at}: nested deeper than {_DEEPEST}")
    match value:
        case None | bool():
            return value
        case str():
            value.encode()  # a lone surrogate could not be stored
            return str(value)
        case int():
            return int(value)
        case float() if math.isfinite(value):
            return value
        case list() | tuple():
            return [plain(item, f"{at}[{i}]", depth + 1) for i, item in enumerate(value)]
        case Mapping() if all(isinstance(key, str) for key in value):
            return {str(key): plain(item, f"{at}.{key}", depth + 1) for key, item in value.items()}
    raise TypeError(f"{at}: {value!r} cannot be kept in a process")


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: True is not 1."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    match one:
        case list():
            return len(one) == len(other) and all(map(same, one, other))
        case dict():
            return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
        case _:
            return bool(one == other)


def changes(data: Facts, before: Facts) -> dict[str, Any]:
    """The names that are new or differ."""
    return {key: value for key, value in data.items() if key not in before or not same(before[key], value)}


def without_outcome(facts: Facts) -> dict[str, Any]:
    """An outcome belongs to the flow behind its step only."""
    return {name: value for name, value in facts.items() if name != OUTCOME}


def united(base: Facts, *versions: Facts) -> dict[str, Any]:
    """What several branches made of `base`, without loss.

    One changed version wins, lists that grew are joined, mappings united. Whatever clashes is kept whole under
    `conflicts` as name and values, and the last version stands. An outcome is valid on the flow behind its step only,
    so it ends here and never clashes.
    """
    result, clashes = dict(base), _Clashes()
    result.pop(OUTCOME, None)
    for version in versions:
        _bring(result, base, without_outcome(version), clashes)
    return _listed(result, clashes)


def brought(into: Facts, base: Facts, version: Facts) -> dict[str, Any]:
    """`into`, with what `version` changed since `base`. The outcome of `into` stays."""
    result, clashes = dict(into), _Clashes()
    _bring(result, base, without_outcome(version), clashes)
    return _listed(result, clashes)


_Clashes = dict[str, list[Any]]


def _bring(result: dict[str, Any], base: Facts, version: Facts, clashes: _Clashes, prefix: str = "") -> None:
    for key, new in changes(version, base).items():
        if key not in result or (key in base and same(result[key], base[key])):
            result[key] = new
        elif not same(result[key], new):
            result[key] = _met(result[key], base.get(key), new, clashes, prefix + key)


def _met(mine: Any, old: Any, new: Any, clashes: _Clashes, name: str) -> Any:
    """One name that was changed on both sides."""
    if _grew(mine, old) and _grew(new, old):
        return [*mine, *new[len(old or []) :]]
    if isinstance(mine, dict) and isinstance(new, dict):
        inner = dict(mine)
        _bring(inner, old if isinstance(old, dict) else {}, new, clashes, f"{name}.")
        return inner
    values = clashes.setdefault(name, [mine])
    if not any(same(value, new) for value in values):
        values.append(new)
    return new


def _listed(result: dict[str, Any], clashes: _Clashes) -> dict[str, Any]:
    if clashes:
        found = [{"name": name, "values": values} for name, values in clashes.items()]
        result[CONFLICTS] = [*result.get(CONFLICTS, []), *found]
    return result


def _grew(value: Any, old: Any) -> bool:
    if old is None:
        return isinstance(value, list)
    return isinstance(value, list) and isinstance(old, list) and same(value[: len(old)], old)
