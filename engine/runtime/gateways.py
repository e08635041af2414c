"""Gateways. A join that has to wait is looked at as a whole, whenever a token comes to it or leaves its scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.diagrams import Expression, Node

from .errors import ChoiceNeeded
from .inventing import Asked, ask
from .reach import Paths
from .step import Exit, ScopeSpec, Step
from .token import FUTURE, WAITING, Token

if TYPE_CHECKING:
    from .scope import Scope


class Exclusive(Step):
    """The first way whose condition holds; the one without a condition when none does, else the default."""

    def choose(self, token: Token) -> tuple[Exit, ...]:
        for way in self.exits:
            if way.condition and way.flow.id != self.node.default and self.may_leave(way, token.data):
                return (way,)
        free = [way for way in self.exits if way.condition is None or way.flow.id == self.node.default]
        return self.some(free[:1])


class Choice(Step):
    """An exclusive split drawn without conditions: a person says which way."""

    def __init__(self, spec: ScopeSpec, node: Node, exits: tuple[Exit, ...]) -> None:
        super().__init__(spec, node, exits, manual=True)

    @property
    def labels(self) -> Mapping[str, str]:
        """Flow -> what its button says: the flow's name, else where it leads."""
        steps = self._wf_spec.task_specs
        return {way.flow.id: way.flow.name or steps[way.flow.target].title for way in self.exits}

    def choose(self, token: Token) -> tuple[Exit, ...]:
        taken = tuple(way for way in self.exits if way.flow.id == token.way)
        if not taken:
            raise ChoiceNeeded(name=self.title, ways="、".join(self.labels.values()))
        return taken


class EventGateway(Step):
    """The events behind it race; the first to come cancels the others. (One that starts a process may wait for all.)"""

    def __init__(self, spec: ScopeSpec, node: Node, exits: tuple[Exit, ...]) -> None:
        super().__init__(spec, node, exits)
        self.races = not node.all_events

    def _on_complete(self, my_task: Token) -> None:
        my_task.mark = my_task.mark._replace(race=my_task.scope.top.number())
        super()._on_complete(my_task)


class Join(Step):
    """A gateway with several ways in. This one is parallel: one token of each entering flow; surplus goes on waiting.

    paths: the entering flows that a token can still reach without passing this gateway.
    """

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        exits: tuple[Exit, ...],
        entering: tuple[str, ...],
        paths: Paths,
    ) -> None:
        super().__init__(spec, node, exits)
        self.entering, self.paths = entering, paths

    def arrive(self, token: Token) -> bool:
        if len(self.entering) < 2:
            return True
        if token.state == FUTURE:
            token._set_state(WAITING)
        self.fire(token.scope)
        return False

    def fire(self, scope: Scope) -> None:
        """As often as enough tokens are here."""
        while taken := self.enough(scope, self.here(scope)):
            self.go(scope, taken)

    def go(self, scope: Scope, taken: list[Token]) -> None:
        scope.unite(taken)._ready()

    def here(self, scope: Scope) -> dict[str, Token]:
        """The oldest token of each entering flow; one that is about to arrive counts."""
        oldest: dict[str, Token] = {}
        for token in scope.tokens():
            if token.step is self and token.state in (WAITING, FUTURE) and token.mark.flow in self.entering:
                oldest.setdefault(token.mark.flow, token)
        return oldest

    def enough(self, scope: Scope, here: Mapping[str, Token]) -> list[Token]:
        return list(here.values()) if len(here) == len(self.entering) else []

    def missing(self, scope: Scope) -> Mapping[str, tuple[Token, ...]]:
        """The entering flows without a token, each with the tokens that may still come by it."""
        here = self.here(scope)
        coming: dict[str, list[Token]] = {flow: [] for flow in self.entering if flow not in here}
        for token in scope.moving() if coming else ():
            for flow in self.paths.of(token.step.name) if token.step is not self else ():
                if flow in coming:
                    coming[flow].append(token)
        return {flow: tuple(tokens) for flow, tokens in coming.items()}

    def choose(self, token: Token) -> tuple[Exit, ...]:
        return self.exits


class Inclusive(Join):
    """Waits while a token elsewhere can come by an empty flow and by no filled one (BPMN 2.0.2, 13.4.3)."""

    def enough(self, scope: Scope, here: Mapping[str, Token]) -> list[Token]:
        if not here:
            return []
        filled, empty = set(here), set(self.entering) - set(here)
        for token in scope.moving():
            reach = self.paths.of(token.step.name) if token.step is not self else frozenset()
            if reach & empty and not reach & filled:
                return []
        return list(here.values())

    choose = Step.choose


class Complex(Inclusive):
    """Fires once a round, when its condition holds; the round is over when no other token of it can still come.

    The condition may ask for nrOfToken, the number of entering flows that have brought one.
    """

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        exits: tuple[Exit, ...],
        entering: tuple[str, ...],
        paths: Paths,
        condition: Expression,
    ) -> None:
        super().__init__(spec, node, exits, entering, paths)
        self.condition = condition

    def arrive(self, token: Token) -> bool:
        if token.state == FUTURE and self.is_late(token):
            token.scope.branches.leave(token)
            token.scope.retire(token, "joined")
            return False
        return super().arrive(token)

    def is_late(self, token: Token) -> bool:
        """Whether it comes out of a fork that this gateway has already fired for."""
        rounds = token.scope.late.get(self.name, ())
        return any(fork == mine and branch != gone for fork, branch in token.mark.forks for mine, gone in rounds)

    def enough(self, scope: Scope, here: Mapping[str, Token]) -> list[Token]:
        if not here or (everybody := super().enough(scope, here)):
            return everybody if here else []
        last, lent = list(here.values())[-1], {"nrOfToken": len(here), "activationCount": len(here)}
        ask(last, "completion", [Asked(self.condition)], {**last.data, **lent})
        return list(here.values()) if self.holds(self.condition, {**last.data, **lent}, "激活条件") else []

    def go(self, scope: Scope, taken: list[Token]) -> None:
        fired = scope.unite(taken)
        others = [other for other in scope.living() if other is not fired and self.paths.of(other.step.name)]
        coming = {fork for other in others for fork, _ in other.mark.forks}
        rounds = tuple((fork, branch) for fork, branch in fired.mark.forks if fork in coming)
        if rounds:  # somebody of these forks is still on the way
            scope.late[self.name] = (*scope.late.get(self.name, ()), *rounds)
        fired._ready()
