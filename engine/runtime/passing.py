"""What goes into an activity and what comes out of it, where the drawing names it: only the named values pass."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.diagrams import Expression, Node, Passed

from .data import without_outcome
from .marks import Facts

if TYPE_CHECKING:
    from .judge import Judge
    from .step import Step
    from .token import Token

SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess", "callActivity"})
_BY_PEOPLE = frozenset({"userTask", "manualTask", "task", "scriptTask", "businessRuleTask"})
"""Steps whose facts are there when they are done. What a program outside would have given, a person tells instead."""


@dataclass(frozen=True)
class Value:
    """One value that passes; what None: every fact."""

    what: Expression | None
    target: str = ""


@dataclass(frozen=True)
class Door:
    """The values that pass, in the drawn order; None: everything passes."""

    into: tuple[Value, ...] | None = None
    out: tuple[Value, ...] | None = None

    @property
    def local(self) -> frozenset[str]:
        """Names that are given to the inside beside everything else: they end with it."""
        every = any(value.what is None for value in self.into or ())
        return frozenset(value.target for value in self.into or () if value.what is not None and every)


def door(node: Node, judge: Judge) -> Door | None:
    """What is drawn of it, understood. A way of passing that we do not carry out is refused where the inside runs here."""
    drawn = node.passage
    if drawn is None or node.kind not in SCOPES | _BY_PEOPLE:
        return None
    if drawn.odd:
        judge.refuse("attribute-not-carried-out", node, attribute=drawn.odd)
    if node.kind not in SCOPES:
        return Door(out=_values(node, drawn.out, judge, "传出的值")) if drawn.out else None
    return Door(_values(node, drawn.into, judge, "传入的值"), _values(node, drawn.out, judge, "传出的值"))


def _values(node: Node, passed: tuple[Passed, ...] | None, judge: Judge, what: str) -> tuple[Value, ...] | None:
    if passed is None:
        return None
    values = [Value(judge.expression(node, one.text, what), one.target) for one in passed]
    return tuple(value for value, one in zip(values, passed, strict=True) if value.what or one.text is None)


def let_in(step: Step, door: Door | None, facts: Facts) -> Facts:
    """The facts that the inside begins with. Raises NotComputable."""
    return facts if door is None or door.into is None else _passed(step, door.into, facts, "传入的值")


def let_out(step: Step, door: Door, facts: Facts) -> dict[str, Any]:
    """The named facts that come out, beside everything where that is drawn. Raises NotComputable."""
    named = tuple(value for value in door.out or () if value.what is not None)
    return _passed(step, named, facts, "传出的值")


def _passed(step: Step, values: tuple[Value, ...], facts: Facts, what: str) -> dict[str, Any]:
    passed = dict[str, Any]()
    for value in values:
        if value.what is None:
            passed |= without_outcome(facts)
        elif not _is_unset(value.what, facts):
            passed[value.target] = step.worth(value.what, facts, what)
    return passed


def _is_unset(what: Expression, facts: Facts) -> bool:
    """A fact by itself that nobody has told: it stays untold on the other side, too."""
    return isinstance(what.tree.body, ast.Name) and what.tree.body.id not in facts


def brought_home(door: Door | None, begin: Facts, result: Facts) -> tuple[Facts, Facts]:
    """What the inside began and ended with, as far as its changes come out beside what is named."""
    if door is None or door.out is None or any(value.what is None for value in door.out):
        own = door.local if door else frozenset[str]()
        return _without(own, begin), _without(own, result)
    return {}, {}


def _without(names: frozenset[str], facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if name not in names} if names else facts


def take_home(token: Token, door: Door | None, begin: Facts, result: Facts) -> None:
    """The inside has ended: its changes, or what is drawn to come of it, are told to the token that stands for it."""
    token.scope.bring(token, *brought_home(door, begin, result))
    if door is not None and door.out:
        token.scope.write(token, let_out(token.step, door, result))
