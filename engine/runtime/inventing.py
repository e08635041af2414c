"""What a player invents: facts that nobody has set, asked for at the moment at which something reads them.

A case never invents anything. A player that runs a diagram without its people gives `invent` to the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from engine.diagrams import Expression

from .data import plain
from .expressions import Uncomputable, value
from .marks import Facts

if TYPE_CHECKING:
    from .token import Token


@dataclass(frozen=True)
class Asked:
    """One expression of a question; of ways out of a node with the flow. None: a flow that bears no condition."""

    expression: Expression | None
    flow: str | None = None

    def worth(self, facts: Facts) -> Any:
        """What it is worth with these facts; None where it cannot be worked out."""
        try:
            return value(self.expression, facts) if self.expression else True
        except Uncomputable:
            return None


@dataclass(frozen=True)
class Question:
    """Something is about to be worked out that reads names which nobody has set.

    what: ways (out of a node, all of them in one question), collection, cardinality, loop (a standard loop's condition),
    completion (of a multi-instance, an ad-hoc sub-process or a complex gateway), condition (of a conditional event, asked
    again whenever it is looked at), timer, script. node, scope: the step that
    asks. unset: the names, sorted. facts: all that is known there; not to be changed.
    """

    what: str
    node: str
    scope: str
    asked: tuple[Asked, ...]
    unset: tuple[str, ...]
    facts: Facts


Invent: TypeAlias = Callable[[Question], Facts | str | None]
"""Answers with facts, which hold from then on, or with None. To `ways` also with the flow that is taken, this once."""


def ask(
    token: Token, what: str, asked: Iterable[Asked], facts: Facts, reads: frozenset[str] | None = None
) -> str | None:
    """Has unset names invented, where a player listens; the flow that it chose, if it did.

    The facts become the token's. reads: the names that must be there, where they are not all that the expressions name.
    Raises ValueError for a flow that does not leave the node.
    """
    scope = token.scope
    if scope.top.invent is None:
        return None
    parts = tuple(asked)
    names = (
        frozenset[str]().union(*(part.expression.names for part in parts if part.expression))
        if reads is None
        else reads
    )
    if unset := tuple(sorted(names - facts.keys())):
        answer = scope.top.invent(Question(what, token.step.node.id, scope.spec.name, parts, unset, facts))
        if isinstance(answer, str):
            if answer not in {part.flow for part in parts}:
                raise ValueError(f"{answer} does not leave {token.step.node.id}")
            return answer
        scope.write(token, plain(answer or {}))
    return None
