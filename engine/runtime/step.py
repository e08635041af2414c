"""The specs of SpiffWorkflow, ours: a drawn scope and a drawn node.

Of the engine's hooks a step overrides: _update_hook (a token arrives), _on_ready_hook (it may work), _run_hook (it works and
chooses its ways out), _on_complete (it leaves), _on_cancel (it is taken off). Nothing is predicted.
A spec holds nothing of a running process: it is shared by all cases and threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from engine.diagrams import Expression, Flow, Node, Script
from engine.diagrams import Scope as Drawn

from .errors import NotComputable, NoWayOut
from .expressions import Uncomputable, holds, run, value
from .inventing import Asked, ask
from .marks import Facts, Gathering
from .passing import Door, let_out
from .token import FUTURE, WAITING, Token

if TYPE_CHECKING:
    from .gateways import Join

UNDO = "(undo)"


@dataclass(frozen=True)
class Exit:
    """A flow out of a node, with its condition understood. told: what is assigned when it is taken."""

    flow: Flow
    condition: Expression | None = None
    told: Script | None = None


@dataclass(frozen=True)
class AdHoc:
    """An ad-hoc sub-process: its activities at will (or one after another), until enough is done."""

    parallel: bool
    enough: Expression | None
    cancels: bool


@dataclass(frozen=True)
class Letter:
    """How a declared message is written: its payload, the name it is kept under, the keys that find its case."""

    payload: Expression | None = None
    variable: str | None = None
    keys: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """What a scope knows of its nodes as a whole.

    starts: get a token at the beginning. choosable: start events that a caller may name. listeners: starts of event
    sub-processes. handlers: activity -> what undoes it. undoer: the event sub-process that undoes the whole scope.
    gates: joins that may have to wait. together: start that a caller named -> what is waited for beside it.
    """

    starts: tuple[str, ...] = ()
    choosable: tuple[str, ...] = ()
    listeners: tuple[str, ...] = ()
    handlers: Mapping[str, str] = field(default_factory=dict)
    undoer: str | None = None
    gates: tuple[Join, ...] = ()
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    adhoc: AdHoc | None = None


class ScopeSpec(BpmnProcessSpec):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A process or sub-process. The engine's own Start, EndJoin and End are thrown out: drawn ids may bear these names."""

    name: str
    task_specs: dict[str, Step]

    def __init__(self, drawn: Drawn, letters: Mapping[str, Letter]) -> None:
        super().__init__(name=drawn.id, description=drawn.name)
        self.start, self.end = None, None
        self.task_specs.clear()
        self.drawn, self.letters = drawn, letters
        self.layout = Layout()

    @property
    def own_facts(self) -> bool:
        """A called process is a world of its own; a sub-process shares the facts of its process."""
        return self.drawn.kind == "process" or self.drawn.is_global_task


class Step(BpmnTaskSpec):  # type: ignore[misc]
    """A drawn node: a token arrives, works, and leaves by every flow that it may take (implicit split, default)."""

    name: str
    manual: bool
    listens = False
    races = False
    quiet = False
    """Not drawn: nobody is told of its tokens."""
    holds_scope = False

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        exits: tuple[Exit, ...] = (),
        borders: tuple[str, ...] = (),
        *,
        manual: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(spec, name or node.id, lane=node.lane, manual=manual, description=node.kind)
        self.bpmn_id, self.bpmn_name = node.id, node.name
        self.node, self.exits, self.borders = node, exits, borders
        self.door: Door | None = None
        self.before: tuple[Script, ...] = ()
        self.after: tuple[Script, ...] = ()

    @property
    def title(self) -> str:
        """What people call it."""
        return self.node.name or self.node.id

    @property
    def returnable(self) -> bool:
        """Whether people do it, so that a case can be sent back to it."""
        return self.manual

    # ---- hooks of SpiffWorkflow
    def _predict(self, my_task: Token, seen: Any = None, looked_ahead: int = 0, mask: int = 0) -> None:
        """Nothing is predicted: a cycle in the drawing costs nothing."""

    def test(self) -> None:
        """The diagram was judged before it was compiled."""

    def _update_hook(self, my_task: Token) -> bool:
        whole = self.gathered(my_task)
        if whole is None:
            return False
        self.assign(whole, self.before)
        if whole is my_task:
            return self.arrive(my_task)
        if self.arrive(whole):
            whole._ready()
        return False

    def _on_ready_hook(self, my_task: Token) -> None:
        if not self.manual:
            my_task.scope.top.queue.append(my_task)

    def _run_hook(self, my_task: Token) -> bool:
        """Works, and chooses already: an error here is still an error of the act, later it would be half a step."""
        self.work(my_task)
        if my_task.alive:
            self.assign(my_task, self.after)
        if self.door is not None and self.door.out and my_task.alive and not self.holds_scope:
            my_task.scope.write(my_task, let_out(self, self.door, my_task.data))
        if my_task.alive and my_task.mark.owner is None:
            invented = ask(my_task, "ways", (Asked(way.condition, way.flow.id) for way in self.exits), my_task.data)
            my_task.leaves = (invented,) if invented else tuple(taken.flow.id for taken in self.choose(my_task))
        return True

    def _on_complete(self, my_task: Token) -> None:
        if not my_task.alive:  # the very event that it threw has taken it off
            return
        scope = my_task.scope
        scope.retire(my_task, "done")
        if my_task.mark.owner:
            owner = scope.by_id(my_task.mark.owner)
            scope.remember_turn(my_task, owner)
            owner.step.part_done(owner, my_task)
        else:
            scope.remember_for_compensation(my_task)
            scope.move(my_task)
        scope._task_completed_notify(my_task)

    def _on_cancel(self, my_task: Token) -> None:
        my_task.scope.retire(my_task, "cancelled")

    def gathered(self, token: Token) -> Token | None:
        """The token that begins the activity: of as many as it needs, the newest; None while some are missing."""
        if self.node.needs == 1 or token.mark.owner is not None or token.state != FUTURE:
            return token
        scope = token.scope
        here = [other for other in scope.tokens() if other.step is self and isinstance(other.standing, Gathering)]
        if len(here) + 1 < self.node.needs:
            token.standing = Gathering()
            token._set_state(WAITING)
            return None
        whole = scope.unite([*here, token][: self.node.needs])
        whole.standing = None
        return whole

    def assign(self, token: Token, scripts: Iterable[Script]) -> None:
        """What is assigned beside the work of the step. Raises NotComputable."""
        for one in scripts:
            ask(token, "script", map(Asked, one.first), token.data, one.reads)
            try:
                token.scope.write(token, run(one, token.data))
            except Uncomputable as why:
                text = "; ".join(f"{name} = {line.text}" for name, line in one.lines)
                raise self.not_computable("脚本", text, str(why)) from None

    # ---- what kinds of steps do differently
    def arrive(self, token: Token) -> bool:
        """True when ready to work. What is drawn on the border begins to listen."""
        token.scope.arm(self.borders, token)
        return True

    def work(self, token: Token) -> None:
        """What the node does by itself."""

    def part_done(self, token: Token, part: Token) -> None:
        """A part of this step is done: a turn of a repetition, an activity that undoes another."""
        raise AssertionError(f"{self.name} has no parts")

    def scope_done(self, token: Token, begin: Facts, result: Facts) -> None:
        """The inner scope of this step has ended."""
        raise AssertionError(f"{self.name} has no inner scope")

    def begin(self, token: Token) -> Facts:
        """The facts that the inner scope of this step begins with."""
        return token.data

    def choose(self, token: Token) -> tuple[Exit, ...]:
        """The ways to leave by. Raises NoWayOut when conditions shut every door."""
        default = self.node.default
        taken = [way for way in self.exits if way.flow.id != default and self.may_leave(way, token.data)]
        if not any(way.condition for way in taken):
            taken += [way for way in self.exits if way.flow.id == default]
        return self.some(taken)

    def some(self, taken: list[Exit]) -> tuple[Exit, ...]:
        if self.exits and not taken:
            raise NoWayOut(name=self.title, node=self.node.id)
        return tuple(taken)

    def may_leave(self, way: Exit, facts: Facts) -> bool:
        return way.condition is None or self.holds(way.condition, facts, "条件")

    def holds(self, condition: Expression, facts: Facts, what: str) -> bool:
        """Whether a condition of this node is true with these facts. Raises NotComputable."""
        try:
            return holds(condition, facts)
        except Uncomputable as why:
            raise self.not_computable(what, condition.text, str(why)) from None

    def worth(self, expression: Expression, facts: Facts, what: str) -> Any:
        """An expression of this node with these facts. Raises NotComputable."""
        try:
            return value(expression, facts)
        except Uncomputable as why:
            raise self.not_computable(what, expression.text, str(why)) from None

    def not_computable(self, what: str, text: str, why: str) -> NotComputable:
        return NotComputable(name=self.title, node=self.node.id, what=what, text=text, why=why)
