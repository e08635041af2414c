"""What is remembered of the facts: a few bits of the position for each name whose value a condition asks for.

Outcomes of steps always. How a question was answered that several gateways ask (`amount > 1000`) only where that is wanted: a
flaw that needs two answers to one question is none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from ..expressions import ExpressionNotUnderstood, expression
from ..graph import Node
from ..paths import OUTCOME, Course, Stop, names_of, question
from ..scripts import script

MAX_NAMES = 40
MAX_ANSWERS = 64
"""So many answers to all questions of one gateway are told apart at most."""


class Other:
    """A value that no condition names."""

    def __bool__(self) -> bool:
        return True


OTHER = Other()


class Field(NamedTuple):
    """The bits of a name: `shift` is its lowest, value n stands for values[n - 1], 0 for not known."""

    shift: int
    mask: int
    values: tuple[object, ...]

    def bits(self, value: object) -> int:
        return next(n for n, known in enumerate(self.values, 1) if known is value or known == value) << self.shift


class Memory:
    """The fields behind the places. whole: nothing that is asked for had to be left out. asked: the names of fields that
    are answered at a gateway, not by a step; answers: the bits of them all. steps: the names of the other fields."""

    def __init__(self, course: Course, first: int, *, questions: bool = False) -> None:
        self.course = course
        asked = frozenset[str]().union(*(asks(stop) for stop in course.stops.values()))
        codes: dict[str, set[str]] = {}
        for stop in course.stops.values():
            if stop.node.work and stop.node.id in asked:
                codes.setdefault(stop.node.id, set()).update(o.code for o in stop.node.work.outcomes)
        self.whole = len(codes) <= MAX_NAMES
        self.fields: dict[str, Field] = {}
        for name in sorted(codes) if self.whole else ():
            first = self._add(name, tuple(sorted(codes[name])), first)
        self.steps = frozenset(self.fields)
        self.asked = _asked_twice(course, codes) if questions else {}
        for name, values in self.asked.items():
            first = self._add(name, values, first)
        self.mask = sum(field.mask for field in self.fields.values())
        self.answers = sum(self.fields[name].mask for name in self.asked)

    def _add(self, name: str, values: tuple[object, ...], first: int) -> int:
        width = len(values).bit_length()
        self.fields[name] = Field(first, ((1 << width) - 1) << first, values)
        return first + width

    def known(self, state: int, names: frozenset[str]) -> dict[str, object]:
        """The values of these names, as far as they are known."""
        found = dict[str, object]()
        for name in names & self.fields.keys():
            field = self.fields[name]
            if number := (state & field.mask) >> field.shift:
                found[name] = field.values[number - 1]
        return found

    def answered(self, state: int, names: frozenset[str]) -> Iterator[tuple[int, dict[str, object]]]:
        """Every way to answer what these names ask and what is not known yet: the bits to set, and all that is known then."""
        known = self.known(state, names)
        still = sorted(name for name in names & self.asked.keys() if name not in known)
        ways = product(*(self.fields[name].values for name in still))
        for answers in ways if _few(self.fields[name].values for name in still) else ():
            told = dict(zip(still, answers, strict=True))
            yield sum(self.fields[name].bits(value) for name, value in told.items()), {**known, **told}
        if not _few(self.fields[name].values for name in still):
            yield 0, known

    def sense(self, names: frozenset[str]) -> int:
        """The bits that hold these names."""
        return sum(self.fields[name].mask for name in names & self.fields.keys())

    def written(self, name: str, value: object) -> tuple[int, int]:
        """What to clear and what to set so that the name is known to have this value."""
        return (self.fields[name].mask, self.fields[name].bits(value)) if name in self.fields else (0, 0)

    def forgotten(self, node: Node) -> int:
        """The answers that do not hold any more when this node has done what is drawn to be assigned by it."""
        writes = _writes(node)
        if writes is None:
            return self.answers
        return sum(self.fields[name].mask for name in self.asked if _reads(name) & writes)


def asks(stop: Stop) -> frozenset[str]:
    """The names and the questions of the conditions behind a stop."""
    if stop.node.kind in ("parallelGateway", "eventBasedGateway"):
        return frozenset()
    conditions = [way.flow.condition for way in stop.leaving]
    texts = (text for condition in conditions for text, _ in _leaves(condition))
    return frozenset[str]().union(*(names_of(condition) for condition in conditions), texts)


def _few(values: Iterator[tuple[object, ...]]) -> bool:
    count = 1
    for some in values:
        count *= len(some)
    return count <= MAX_ANSWERS


def _asked_twice(course: Course, codes: dict[str, set[str]]) -> dict[str, tuple[object, ...]]:
    """What more than one stop asks, with its answers: a name that is only compared with constants, else the whole question."""
    where: dict[str, set[str]] = {}
    values: dict[str, set[object]] = {}
    for stop in course.stops.values():
        if stop.node.kind in ("parallelGateway", "eventBasedGateway"):
            continue
        for way in stop.leaving:
            for text, constants in _leaves(way.flow.condition):
                where.setdefault(text, set()).add(stop.key)
                values.setdefault(text, set()).update(constants)
    found = [text for text, keys in where.items() if len(keys) > 1 and text not in codes and text != OUTCOME]
    return {text: _domain(text, values[text]) for text in sorted(found)[:MAX_NAMES]}


def _domain(text: str, constants: set[object]) -> tuple[object, ...]:
    if question(text) is not None:
        return (True, False)
    if constants <= {True, False}:
        return (True, False)
    return (*sorted(constants, key=repr), OTHER, None)


def _leaves(condition: str | None) -> list[tuple[str, set[object]]]:
    """The questions of a condition: a bare or compared name with the constants, else `?` and the text of the question."""
    try:
        tree = expression(condition).tree.body if condition is not None else None
    except ExpressionNotUnderstood:
        return []
    found: list[tuple[str, set[object]]] = []
    todo = [tree] if tree is not None else []
    while todo:
        match todo.pop():
            case ast.BoolOp(values=values):
                todo += values
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                todo.append(operand)
            case ast.Name(id=name):
                found.append((name, {True, False}))
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=value)]
            ):
                found.append((name, {value}))
            case ast.Constant():
                pass
            case other:
                found.append((f"?{ast.unparse(other)}", set()))
    return found


def _reads(name: str) -> frozenset[str]:
    text = question(name)
    return frozenset({name}) if text is None else names_of(text)


def _writes(node: Node) -> frozenset[str] | None:
    """The names that are drawn to be assigned by a node; None where that cannot be read."""
    snippets = [(one.text, one.language) for one in (*node.before, *node.after)]
    if node.kind == "scriptTask" and node.script:
        snippets.append((node.script, node.script_language or ""))
    found = set[str]()
    try:
        for text, language in snippets:
            found |= script(text, language or None, stores=True, result=node.script_result).writes
    except ExpressionNotUnderstood:
        return None
    if node.decision:
        return None
    passed = node.passage.out if node.passage and node.passage.out else ()
    found |= {one.target for one in passed}
    if node.loop:
        found |= {name for name in (node.loop.output, node.loop.item) if name}
    if node.script_result:
        found.add(node.script_result)
    return frozenset(found)
