"""A running scope: its live tokens, and its life from the first token to the last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow

from .branches import Branches
from .data import OUTCOME, brought, changes, without_outcome
from .inventing import Asked, ask
from .marks import Facts, Mark, Undoable, Undoing, Visit
from .passing import brought_home
from .step import UNDO, ScopeSpec, Step
from .token import FUTURE, STARTED, Token

if TYPE_CHECKING:
    from .top import TopScope


class Scope:
    """What a process and a sub-process share: its tokens, flat beside one another, the oldest first.

    compensable: finished activities that could be undone, the last one last. late: gateway -> forks that it has fired for
    while a branch was still on its way. begun: activities of an ad-hoc sub-process that were offered. reopened: it had ended,
    and is here only to undo what was done in it.
    """

    spec: ScopeSpec
    tasks: dict[str, Token]
    completed: bool
    depth: int
    top: TopScope
    host: Token | None
    owner: Scope

    def prepare(self, begin: Facts) -> None:
        """The empty books, before any token."""
        self.branches = Branches(begin, self.top.number)
        self.compensable: list[Undoable] = []
        self.late: dict[str, tuple[tuple[int, int], ...]] = {}
        self.begun = 0
        self.reopened = False
        self.correlation: dict[str, Any] = {}
        apart = self.host is None or self.spec.own_facts or (self.host.step.door and self.host.step.door.local)
        self.owner = self if apart or self.host is None else self.host.scope.owner
        self.known = without_outcome(begin) if self.owner is self else {}

    # ---- tokens
    def tokens(self) -> list[Token]:
        """Live tokens, oldest first."""
        return [*self.tasks.values()]

    def moving(self) -> list[Token]:
        """Those that keep the scope alive."""
        return [token for token in self.tokens() if token.moves]

    def living(self) -> list[Token]:
        """The branches of the flow: without event sub-processes beside it."""
        return [token for token in self.tokens() if token.moves and token.mark.began is None]

    def by_id(self, key: str) -> Token:
        return self.tasks[key]

    def make(self, step: Step, data: Facts, mark: Mark) -> Token:
        """A new token, not yet arrived."""
        number = self.top.number()
        token = Token(self, step, number, data, mark)
        self.top.count_token(token)
        if token.listens:
            return token
        if step.returnable:
            visit = Visit(self.top.count_visit(token), number, mark.forks)
            token.mark = mark._replace(visits={**mark.visits, step.name: visit})
        self.top.note(token, "arrived")
        return token

    def enter(self, token: Token) -> None:
        """The token arrives at its step."""
        if token.alive and token.state == FUTURE:
            token.step._update(token)

    def arm(self, borders: Iterable[str], host: Token) -> None:
        for name in borders:
            self.enter(self.make(self.spec.task_specs[name], {}, Mark(host=host.id)))

    def retire(self, token: Token, how: str) -> None:
        """The token leaves the board, and with it what listens on its border, its parts and its inner scope."""
        if not token.alive:
            return
        self.top.note(token, how)
        del self.tasks[token.id]
        for other in self.tokens():
            if token.id in (other.mark.host, other.mark.owner) and other.alive:
                other.cancel()
        inner = self.top.subprocesses.pop(token.id, None)
        if inner is not None:
            inner.clear()
            inner.completed = True

    def clear(self) -> None:
        """Everything here stops."""
        for token in self.tokens():
            if token.alive:
                token.cancel()
        self.branches.partings.clear()
        self.branches.left.clear()
        self.late.clear()

    def terminate(self, token: Token) -> None:
        """Everything else here stops; the scope ends as it stands."""
        for other in self.tokens():
            if other is not token and other.alive:
                other.cancel()

    def move(self, token: Token) -> None:
        """On by the chosen flows. All successors are there before the first of them arrives."""
        left = [way for way in token.step.exits if way.flow.id in token.leaves]
        taken = [way for way in left for _ in range(token.step.node.gives)]
        if not taken:
            self._end_branch(token)
            return
        self.branches.inherit(token, self.living())
        mark = token.mark
        parted = self.branches.part(mark.forks, token.data, len(taken)) if len(taken) > 1 else (mark.forks,)
        race = mark.race if token.step.races else None
        heirs = [
            self.make(
                self.spec.task_specs[way.flow.target],
                token.data,
                Mark(forks, mark.visits, flow=way.flow.id, race=race),
            )
            for way, forks in zip(taken, parted, strict=True)
        ]
        for heir, way in zip(heirs, taken, strict=True):
            if way.told:
                token.step.assign(heir, [way.told])
        for heir in heirs:
            self.enter(heir)

    def _end_branch(self, token: Token) -> None:
        if token.mark.began is None:
            self.branches.leave(token)
        else:
            self.branches.bring_home(token.mark.began, token.data, self.living())

    def unite(self, taken: list[Token]) -> Token:
        """Several tokens become one at a join: the last that came goes on."""
        survivor = max(taken, key=lambda token: token.number)
        forks, data = self.branches.meet(taken, [token for token in self.living() if token not in taken])
        visits = dict[str, Visit]()
        for token in taken:
            for name, visit in token.mark.visits.items():
                visits[name] = max(visits.get(name, visit), visit, key=lambda known: known.token)
        survivor.data, survivor.mark = data, survivor.mark._replace(forks=forks, visits=visits)
        for token in taken:
            if token is not survivor:
                self.retire(token, "joined")
        return survivor

    # ---- facts
    @property
    def facts(self) -> Facts:
        """The last word on every name, across branches: what conditional events and pages look at."""
        return self.owner.known

    def write(self, token: Token, facts: Facts) -> None:
        """The only way in: facts of a branch, and the last word on them."""
        if facts:
            token.data = {**token.data, **facts}
            self.owner.known.update(without_outcome(facts))

    def bring(self, token: Token, begin: Facts, result: Facts) -> None:
        """What a part or an inner scope changed comes to the token that stands for it, with its last outcome."""
        outcome = {OUTCOME: result[OUTCOME]} if OUTCOME in result else {}
        self.forget_outcome(token)
        token.data = {**brought(token.data, begin, result), **outcome}

    def forget_outcome(self, token: Token) -> None:
        token.data = without_outcome(token.data)

    # ---- compensation
    def remember_for_compensation(self, token: Token) -> None:
        """An activity is done: by what it could be undone, if by anything."""
        if token.step.name in self.spec.layout.handlers:
            self.compensable.append(Undoable(token.step.name, token.data))
        elif token.inside:
            self.compensable.append(token.inside)

    def remember_turn(self, token: Token, owner: Token) -> None:
        """A turn of a repeated sub-process is done; what undoes another activity is never undone itself."""
        undoes = isinstance(owner.standing, Undoing) or owner.step.name in self.spec.layout.handlers
        if token.inside and not undoes:
            self.compensable.append(token.inside)

    def take_undoable(self, activity: str | None) -> tuple[Undoable, ...]:
        """What is to be undone now, and no second time."""
        taken = tuple(entry for entry in self.compensable if activity in (None, entry.activity))
        self.compensable = [entry for entry in self.compensable if activity not in (None, entry.activity)]
        return taken

    def undo(self, todo: tuple[Undoable, ...], mark: Mark, wakes: str | None = None) -> None:
        """Begins to undo these, last first, beside whatever else stands here."""
        worker = self.make(self.spec.task_specs[UNDO], mark.began or self.branches.begin, mark)
        worker.standing = Undoing(todo, wakes)
        self.enter(worker)

    def reopen(self, host: Token, entry: Undoable) -> None:
        """A finished sub-process is opened again below `host`, to undo what was done in it."""
        host._set_state(STARTED)
        inner = self.top.create_subprocess(host, host.step.inside)
        inner.reopened, inner.compensable = True, list(entry.inside)
        if inner.spec.layout.undoer:
            inner._begin((inner.spec.layout.undoer,), inner.branches.begin)
        else:
            inner.undo(inner.take_undoable(None), Mark())
        inner.settle()

    # ---- life
    def start(self, at: str | None = None) -> None:
        """The first tokens: listeners, then the start that a caller named, or all starts."""
        layout, steps = self.spec.layout, self.spec.task_specs
        for name in layout.listeners:
            self.enter(self.make(steps[name], {}, Mark()))
        starts = (at, *layout.together.get(at, ())) if at else layout.starts
        self.begun = 1 if layout.adhoc and not layout.adhoc.parallel else len(starts)
        self._begin(starts[: self.begun], self.branches.begin, at)
        self.settle()

    def _begin(self, names: tuple[str, ...], data: Facts, come: str | None = None) -> None:
        """Tokens on these nodes. come: the one whose event has come already."""
        parted = self.branches.part((), data, len(names)) if len(names) > 1 else ((),)
        tokens = [self.make(self.spec.task_specs[n], data, Mark(f)) for n, f in zip(names, parted, strict=False)]
        for token in tokens:
            if token.step.node.kind == "startEvent" or token.step.name == come:
                token._ready()
            else:
                self.enter(token)

    def _task_completed_notify(self, task: Token) -> None:
        """SpiffWorkflow tells of every completed task; its own answer walks the whole tree and knows ends by name."""
        if not self._enough_done(task):
            self.settle()

    def settle(self) -> None:
        """After tokens have come or gone: joins that may fire now, forks that are over, the end of the scope."""
        if self.completed:
            return
        for gate in self.spec.layout.gates:
            gate.fire(self)
        self.branches.settle(self.living())
        self._forget_rounds()
        if not self.moving() and not self._next_activity():
            self.finish(self.branches.result())

    def _forget_rounds(self) -> None:
        """A complex gateway waits for nobody of a fork that is over."""
        if self.late:
            running = self.branches.partings
            kept = {gate: tuple(r for r in rounds if r[0] in running) for gate, rounds in self.late.items()}
            self.late = {gate: rounds for gate, rounds in kept.items() if rounds}

    def finish(self, result: Facts) -> None:
        """The scope ends; only listeners are left, and they go."""
        for token in self.tokens():
            if token.alive:
                token.cancel()
        self.completed = True
        if self.host is None:
            self.top.result = result
            return
        begin, host = self.branches.begin, self.host
        self.top.subprocesses.pop(host.id, None)
        if not self.reopened and (self.compensable or self.spec.layout.undoer):
            host.inside = Undoable(host.step.node.id, result, host.step.name, tuple(self.compensable))
        if self.owner is self:
            before, after = brought_home(host.step.door, begin, result)
            host.scope.owner.known.update(without_outcome(changes(after, before)))
        host.step.scope_done(host, begin, result)

    # ---- ad-hoc sub-processes
    def _enough_done(self, token: Token) -> bool:
        """Whether the ad-hoc sub-process has ended with this activity."""
        adhoc = self.spec.layout.adhoc
        if self.completed or self.reopened or adhoc is None or not adhoc.cancels or not self._enough(token.data):
            return False
        everything = self.branches.everything(self.living())
        self.clear()
        self.finish(everything)
        return True

    def _enough(self, data: Facts) -> bool:
        adhoc, host = self.spec.layout.adhoc, self.host
        if adhoc is None or adhoc.enough is None or host is None:
            return False
        ask(host, "completion", [Asked(adhoc.enough)], {**self.facts, **data})
        return host.step.holds(adhoc.enough, {**self.facts, **data}, "完成条件")

    def _next_activity(self) -> bool:
        """Offers the next activity of a sequential ad-hoc sub-process, until enough is done."""
        offers = self.spec.layout.adhoc is not None and not self.reopened
        names = self.spec.layout.starts[self.begun : self.begun + 1] if offers else ()
        data = self.branches.result()
        if not names or self._enough(data):
            return False
        self.branches.left.clear()
        self.begun += 1
        self._begin(names, data)
        return True


class InnerScope(Scope, BpmnSubWorkflow):  # type: ignore[misc]  # SpiffWorkflow has no types
    """The scope of a sub-process or a called process; its host is the token that stands for it outside."""

    host: Token

    def __init__(self, spec: ScopeSpec, host: Token, begin: Facts) -> None:
        self.host, self.top = host, host.scope.top
        super().__init__(spec, host.id, self.top, deserializing=True)
        self.prepare(begin)

    @property
    def parent_workflow(self) -> Scope:
        return self.host.scope

    def _calculate_depth(self) -> int:
        return self.host.scope.depth + 1
