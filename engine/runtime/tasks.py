"""Steps that do something by themselves: scripts, and what opens a scope of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.diagrams import Node, Script

from .events import Catch
from .marks import Facts
from .passing import Door, let_in, take_home
from .step import Exit, ScopeSpec, Step
from .token import STARTED, Token

if TYPE_CHECKING:
    from .scope import Scope

INITIATOR, APPLICANT = "initiator", "applicant"


class ScriptStep(Step):
    """A script task: sets names."""

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        script: Script,
        exits: tuple[Exit, ...],
        borders: tuple[str, ...],
        name: str | None,
    ) -> None:
        super().__init__(spec, node, exits, borders, name=name)
        self.script = script

    def work(self, token: Token) -> None:
        self.assign(token, [self.script])


class Begun(Step):
    """A start event that tells who started it: under the drawn name, as the fact `initiator` has it, or else the applicant."""

    def work(self, token: Token) -> None:
        token.scope.write(token, {self.node.initiator or INITIATOR: token.data.get(INITIATOR, APPLICANT)})


class Inner(Step):
    """Sub-process, transaction, ad-hoc sub-process or called process: a scope of its own below one token."""

    holds_scope = True

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        inside: str,
        exits: tuple[Exit, ...],
        borders: tuple[str, ...],
        name: str | None,
        door: Door | None = None,
    ) -> None:
        super().__init__(spec, node, exits, borders, name=name)
        self.inside = inside
        self.door = door

    @property
    def returnable(self) -> bool:
        return not self.node.by_event

    def arrive(self, token: Token) -> bool:
        super().arrive(token)
        token._set_state(STARTED)
        inner: Scope = token.scope.top.create_subprocess(token, self.inside)
        inner.start()
        return False

    def scope_done(self, token: Token, begin: Facts, result: Facts) -> None:
        take_home(token, self.door, begin, result)
        token._ready()

    def begin(self, token: Token) -> Facts:
        return let_in(self, self.door, token.data)


class MatterCall(Catch):
    """A call of a matter: it waits until the caller says how the case ended that was opened for it. One that is optional
    is told of, and waits for nobody."""

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        matter: str,
        exits: tuple[Exit, ...],
        borders: tuple[str, ...],
        name: str | None,
    ) -> None:
        super().__init__(spec, node, (), exits, borders, name)
        self.matter = matter
