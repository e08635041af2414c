"""Facts that nobody has set, invented so that a play goes on: which ways are open, and which values make conditions come true."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from ...diagrams import Node
from ...runtime import Asked, Question

PERSONS = ("甲", "乙")


def open_ways(question: Question, node: Node) -> list[str]:
    """The flows that may be chosen; none where what is known decides already."""
    if node.kind != "exclusiveGateway":
        conditions = [way for way in question.asked if way.flow != node.default]
        if any(way.expression is None or _known(way, question) for way in conditions):
            return []
        return [way.flow or "" for way in conditions]
    found = list[str]()
    for way in question.asked:
        if way.expression is None or way.flow == node.default:
            continue
        known = _known(way, question)
        if known and way.worth(question.facts):
            return [*found, way.flow or ""] if found else []
        if not known:
            found.append(way.flow or "")
    spare = [way.flow or "" for way in question.asked if way.expression is None or way.flow == node.default]
    return found + spare[:1]


def _known(way: Asked, question: Question) -> bool:
    return way.expression is not None and not way.expression.names.intersection(question.unset)


_WORTH: Mapping[str, tuple[Any, ...]] = {
    "timer": ("PT1H", 1, "1", "2026-01-06T09:00:00"),
    "script": (1, "甲", [1, 2], {}, True, None),
}
_MOMENT = re.compile(r"[PR]|\d{4}-\d\d")
MOST_TRIES = 300


def solved(question: Question, wanted: Any) -> dict[str, Any] | None:
    """Values for the unset names: the first that make of the expressions what is wanted, else what can be worked out."""
    given = _WORTH.get(question.what) or _compared(question, wanted)
    paths = _paths(question)
    last = None
    for tried, values in enumerate(product(given, repeat=len(paths))):
        if tried > MOST_TRIES:
            break
        facts: dict[str, Any] = {}
        for path, worth in zip(paths, values, strict=True):
            _put(facts, path, worth)
        worths = _worths(question, facts)
        if _fits(question.what, worths, wanted):
            return facts
        if last is None and None not in worths:
            last = facts
    return last


def _fits(what: str, worths: list[Any], wanted: Any) -> bool:
    match what:
        case "timer":
            return all(isinstance(worth, str) and _MOMENT.match(worth) for worth in worths)
        case "script":
            return None not in worths
        case "collection":
            return all(isinstance(worth, list | dict) for worth in worths)
        case "cardinality":
            return all(type(worth) is int and 0 < worth <= 5 for worth in worths)
        case _:
            return all(bool(worth) is bool(wanted) and worth is not None for worth in worths)


def _worths(question: Question, facts: Mapping[str, Any]) -> list[Any]:
    """What each expression is worth. A line of a script that reads what an earlier one sets is not judged: its name counts."""
    known = {**question.facts, **facts}
    early = [asked for asked in question.asked if asked.expression and asked.expression.names <= known.keys()]
    return [asked.worth(known) for asked in early or question.asked]


def _compared(question: Question, wanted: Any) -> tuple[Any, ...]:
    """Values worth a try: what is wanted itself, yes and no, and what the texts compare with."""
    texts = [asked.expression.text for asked in question.asked if asked.expression]
    numbers = [int(n) + more for text in texts for n in re.findall(r"\b\d{1,6}\b", text) for more in (0, 1, -1)]
    words = [first or other for text in texts for first, other in re.findall(r"'([^']*)'|\"([^\"]*)\"", text)]
    values: list[Any] = [wanted if isinstance(wanted, list | int) and not isinstance(wanted, bool) else bool(wanted)]
    values += [True, False, *words[:5], *numbers[:9], 1, "甲", list(PERSONS)]
    return tuple(value for i, value in enumerate(values) if not any(_same(value, other) for other in values[:i]))


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _paths(question: Question) -> list[tuple[str, ...]]:
    """The unset names, each with the members that the expressions ask of it: `order.items` is (order, items)."""
    texts = " ".join(asked.expression.text for asked in question.asked if asked.expression)
    found: dict[tuple[str, ...], None] = {}
    for name in question.unset:
        deeper = re.findall(rf"(?<![\w.]){re.escape(name)}((?:\.\w+|\['\w+'\])+)", texts)
        for members in deeper:
            found[name, *re.findall(r"\w+", members)] = None
        if not deeper:
            found[(name,)] = None
    longest = [path for path in found if not any(other != path and other[: len(path)] == path for other in found)]
    return longest[:4] + [(name,) for name in question.unset if not any(path[0] == name for path in longest[:4])]


def _put(facts: dict[str, Any], path: tuple[str, ...], worth: Any) -> None:
    for name in path[:-1]:
        inner = facts.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        facts = inner
    facts[path[-1]] = worth
