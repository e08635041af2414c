"""A token of the token game, as a SpiffWorkflow task that hangs flat under the root of its scope."""

from __future__ import annotations

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
COMPLETED: int = TaskState.COMPLETED


class Token(Task):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Stands on a step from its arrival until it leaves; then it is gone, and what it did is in the journal.

    `data` is the branch's own and never changed in place. `way` is the flow that a person chose. `inside` is what could be
    undone in the scope that has just ended below it.
    """

    id: str
    state: int

    def __init__(self, scope: Scope, step: Step, number: str, data: Facts, mark: Mark, state: int = FUTURE) -> None:
        super().__init__(scope, step, scope.task_tree, state, number)
        self.scope, self.step = scope, step
        self.data: Facts = data
        self.mark = mark
        self.standing: Standing = None
        self.way: str | None = None
        self.leaves: tuple[str, ...] = ()
        self.inside: Undoable | None = None

    def _set_state(self, value: int) -> None:
        """SpiffWorkflow's own describes every change at length, for a log; here the journal tells what has changed."""
        self._state = value

    @property
    def number(self) -> int:
        """Tokens are numbered through the whole process: the smaller is the older."""
        return int(self.id)

    @property
    def moves(self) -> bool:
        """Whether it keeps its scope alive; listeners and parts of another step do not."""
        return not self.listens and self.mark.owner is None

    @property
    def listens(self) -> bool:
        return self.mark.host is not None or self.step.listens

    @property
    def alive(self) -> bool:
        """Any step may take any other token off the board: ask before touching one again."""
        return self.id in self.scope.tasks
