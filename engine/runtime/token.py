"""A token of the token game, as a SpiffWorkflow task without parent or children: tokens lie flat in their scope."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from .marks import Facts, Mark, Standing, Undoable

if TYPE_CHECKING:
    from .scope import Scope
    from .step import Step

FUTURE: int = TaskState.FUTURE
WAITING: int = TaskState.WAITING
READY: int = TaskState.READY
STARTED: int = TaskState.STARTED


class Token(Task):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Stands on a step from its arrival until it leaves; then it is gone, and what it did is in the journal.

    `number`: tokens are numbered through the whole process, the smaller is the older. `data` is the branch's own and never
    changed in place. `way` is the flow that a person chose. `inside` is what could be undone in the scope that has just ended
    below it. `moves`: it keeps its scope alive; what only listens and the parts of another step do not.
    """

    id: str
    parent = None
    state: int = property(attrgetter("_state"))  # type: ignore[assignment]  # read without a call of Python

    def __init__(self, scope: Scope, step: Step, number: int, data: Facts, mark: Mark, state: int = FUTURE) -> None:
        super().__init__(scope, step, None, state, str(number))
        self.scope, self.step, self.number = scope, step, number
        self.data: Facts = data
        self.mark = mark
        self.standing: Standing = None
        self.way: str | None = None
        self.leaves: tuple[str, ...] = ()
        self.inside: Undoable | None = None
        self.listens = mark.host is not None or step.listens
        self.moves = not self.listens and mark.owner is None

    def _set_state(self, value: int) -> None:
        """SpiffWorkflow's own describes every change at length, for a log; here the journal tells what has changed."""
        self._state = value

    @property
    def alive(self) -> bool:
        """Any step may take any other token off the board: ask before touching one again."""
        return self.id in self.scope.tasks
