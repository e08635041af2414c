"""The outermost scope: counters, the run loop, the timers, and the book of what the last act did."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from .errors import DiagramCrowded, DiagramSpins, NestedTooDeep
from .events import Catch, fire_conditions
from .inventing import Invent
from .marks import Facts, Listening
from .moments import MAX_MISSED, OfficeTime, Timing
from .plan import Plan
from .scope import InnerScope, Scope
from .token import READY, WAITING, Token

MAX_STEPS = 100_000
"""Automatic steps of one act: a diagram that spins is stopped, not the machine."""

CROWD = 2
"""What the tokens of one act may weigh, by the steps that it may take: one that is made among many branches, deep inside forks,
weighs more than one."""

MANY = 500
"""Tokens at once that are named as the reason when an act is stopped; with fewer of them it goes round."""

MAX_DEPTH = 50
"""Scopes within scopes."""


class Move(NamedTuple):
    """A token that came or went in the last act. what: arrived, done, joined (became one with others), cancelled.

    part: it is a turn of a repeated step, or undoes what a step did; the token that it is a part of moves too.
    """

    what: str
    token: str
    node: str
    scope: str
    part: bool = False


@dataclass(frozen=True)
class Sent:
    """What the process threw into the world in the last act: a message, a signal, or what nobody inside caught."""

    kind: str
    name: str
    payload: Any
    keys: Facts


class _NoScripts:
    """In the place of SpiffWorkflow's script engine, which would execute text as Python: nothing here ever asks it."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"SpiffWorkflow's script engine was asked for {name}")


class TopScope(Scope, BpmnWorkflow):  # type: ignore[misc]  # SpiffWorkflow has no types
    """One running process. `now` is the moment of the act; nobody in here reads a clock."""

    subprocesses: dict[str, InnerScope]
    depth: int

    def __init__(self, plan: Plan, begin: Facts, now: datetime, office_time: OfficeTime | None) -> None:
        self.plan, self._now, self.office_time = plan, now, office_time
        self.timed = False
        self.top, self.host = self, None
        self.numbers = 0
        self.visits: dict[str, int] = {}
        self.queue: deque[Token] = deque()
        self.moves: list[Move] = []
        self.sent: list[Sent] = []
        self.errors: list[str] = []
        self.result: Facts | None = None
        self.steps, self.crowd = 0, 0
        self.invent: Invent | None = None
        self.most_steps = MAX_STEPS
        super().__init__(plan.main, dict(plan.scopes), script_engine=_NoScripts(), deserializing=True)
        self.prepare(begin)

    @property
    def now(self) -> datetime:
        """The moment of the act. Whoever reads it makes the act one of its moment: it will not come to the same again."""
        self.timed = True
        return self._now

    def scopes(self) -> list[Scope]:
        """All that are open, the outer before the inner."""
        return [self, *self.subprocesses.values()]

    def create_subprocess(self, my_task: Token, spec_name: str) -> InnerScope:
        """SpiffWorkflow's way to open a scope below a task; its own would build a scope of its own class."""
        if my_task.scope.depth >= MAX_DEPTH:
            raise NestedTooDeep(depth=MAX_DEPTH, name=my_task.step.title, node=my_task.step.node.id)
        inner = InnerScope(self.subprocess_specs[spec_name], my_task, my_task.step.begin(my_task))
        self.subprocesses[my_task.id] = inner
        return inner

    def find(self, token: str) -> Token | None:
        """A live token of any scope."""
        for scope in self.scopes():
            if token in scope.tasks:
                return scope.tasks[token]
        return None

    # ---- the book
    def open_book(self) -> None:
        """A new act: what the last one did is told no more."""
        self.moves, self.sent, self.steps, self.crowd, self.timed = [], [], 0, 0, False

    def number(self) -> int:
        """Tokens, forks and races are numbered through: never the same number twice in a process."""
        self.numbers += 1
        return self.numbers

    def count_visit(self, token: Token) -> int:
        """The how-manyeth visit of its step this is; the turns of a repetition are one."""
        key = f"{token.scope.spec.name}/{token.step.node.id}"
        if token.mark.index is None:
            self.visits[key] = self.visits.get(key, 0) + 1
        return self.visits.get(key, 1)

    def note(self, token: Token, what: str) -> None:
        if not (token.listens or token.step.quiet):
            self.moves.append(
                Move(what, token.id, token.step.node.id, token.scope.spec.name, token.mark.owner is not None)
            )

    def send(self, kind: str, name: str, payload: Any, keys: Mapping[str, Any]) -> None:
        self.sent.append(Sent(kind, name, payload, dict(keys)))

    def fail(self, code: str) -> None:
        """An error that nobody caught: the process ends as failed, with the last word on every fact."""
        self.success = False
        self.errors.append(code)
        self.clear()
        self.finish(dict(self.facts))

    # ---- the run loop
    def do_engine_steps(self, will_complete_task: Any = None, did_complete_task: Any = None) -> None:
        """Whatever needs no person, the oldest first, until all is quiet. Raises DiagramSpins.

        In the place of SpiffWorkflow's loop, which walks the tree for every step and lets a cancelled sub-process run on.
        """
        while self.queue or (self.plan.conditional and fire_conditions(self.scopes())):
            token = self.queue.popleft() if self.queue else None
            if token is None or not token.alive or token.state != READY:
                continue
            self.count_step(token)
            token.run()
            if self.plan.conditional:
                fire_conditions(self.scopes())

    def count_step(self, token: Token) -> None:
        self.steps += 1
        if self.steps > self.most_steps:
            raise DiagramSpins(steps=self.most_steps, name=token.step.title, node=token.step.node.id)

    def count_token(self, token: Token) -> None:
        """A token more. Raises DiagramSpins, DiagramCrowded: what multiplies is stopped long before its steps are many."""
        self.crowd += 1 + len(token.scope.tasks) * (1 + len(token.mark.forks)) // 100 + len(self.subprocesses) // 100
        if self.crowd <= CROWD * self.most_steps:
            return
        told = {"steps": self.steps, "name": token.step.title, "node": token.step.node.id}
        count = sum(len(scope.living()) for scope in self.scopes())
        raise DiagramCrowded(count=count, **told) if count > MANY else DiagramSpins(**told)

    # ---- timers
    def timers(self) -> list[tuple[Token, int]]:
        """Everything that waits for a moment, in the order of the moments."""
        found = [
            (due.at, token.number, index, token)
            for scope in self.scopes()
            for token in scope.tokens()
            if isinstance(token.standing, Listening) and token.state == WAITING
            for index, due in token.standing.due.items()
        ]
        return [(token, index) for _, _, index, token in sorted(found)]

    def fire_timers(self) -> int:
        """What is due at `now`, one after another in the order of the moments; how many went off."""
        fired = dict[tuple[str, int], int]()
        while timer := next(iter(self.timers()), None):
            token, index = timer
            assert isinstance(token.standing, Listening)
            assert isinstance(token.step, Catch)
            due = token.standing.due[index]
            if due.at > self.now:
                break
            count = fired[token.id, index] = fired.get((token.id, index), 0) + 1
            timing = Timing.read(due.text)
            again = timing.again(due) if timing else None
            if timing and count >= MAX_MISSED:
                again = timing.after_silence(again, self.now)
            others = {number: other for number, other in token.standing.due.items() if number != index}
            token.standing = replace(token.standing, due={**others, **({index: again} if again else {})})
            self.count_step(token)
            token.step.caught(token, index, {})
            self.do_engine_steps()
        return sum(fired.values())
