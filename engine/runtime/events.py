"""Events: what waits for them, what throws them, and who hears of what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.diagrams import Expression, Node

from .inventing import Asked, ask
from .marks import Due, Facts, Forks, Listening, Mark, Undoing
from .moments import Timing
from .step import UNDO, Exit, ScopeSpec, Step
from .token import STARTED, WAITING, Token

if TYPE_CHECKING:
    from .scope import Scope

CLIMBING = ("error", "escalation", "cancel")


@dataclass(frozen=True)
class Trigger:
    """An event definition, understood. timing: a timer that is fixed; wait: one that the facts tell.

    name: of the message or signal, code of the error or escalation; None hears all. activity: the one to be undone.
    waits: whether the thrower waits until it is undone.
    """

    kind: str
    name: str | None = None
    condition: Expression | None = None
    timing: Timing | None = None
    wait: Expression | None = None
    activity: str | None = None
    waits: bool = True

    def hears(self, kind: str, name: str | None) -> bool:
        return self.kind == kind and self.name in (name, None)


class Catch(Step):
    """Waits in the flow for one of its events, or for all of them."""

    beside = False

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        triggers: tuple[Trigger, ...],
        exits: tuple[Exit, ...] = (),
        borders: tuple[str, ...] = (),
        name: str | None = None,
    ) -> None:
        super().__init__(spec, node, exits, borders, name=name)
        self.triggers = triggers

    def arrive(self, token: Token) -> bool:
        super().arrive(token)
        token._set_state(WAITING)
        timers = [(i, trigger) for i, trigger in enumerate(self.triggers) if trigger.kind == "timer"]
        token.standing = Listening({i: self.due(token, trigger, token.scope.top.now) for i, trigger in timers})
        return False

    def due(self, token: Token, trigger: Trigger, start: datetime) -> Due:
        """When a timer that begins to wait now goes off. Raises NotComputable."""
        timing, text = trigger.timing, ""
        if trigger.wait:
            ask(self.subject(token), "timer", [Asked(trigger.wait)], self.facts(token))
            text = str(self.worth(trigger.wait, self.facts(token), "时间"))
            timing = Timing.read(text)
        if timing is None:
            raise self.not_computable("时间", text, "不是日期、时长或周期")
        if timing.every and not self.beside and (timing.times is None or len(self.triggers) > 1 or token.mark.race):
            raise self.not_computable("时间", text, "流程当中的周期要有次数，也不能与别的事件并列")
        return timing.due(start, token.scope.top.office_time)

    def facts(self, token: Token) -> Facts:
        """What the timer's text is read in."""
        return token.data

    def subject(self, token: Token) -> Token:
        """Whose facts these are."""
        return token

    def hears(self, kind: str, name: str | None, seen: Collection[int] = ()) -> int | None:
        """The number of the trigger that waits for this. seen: those that have come already."""
        waiting = (i for i, trigger in enumerate(self.triggers) if i not in seen and trigger.hears(kind, name))
        return next(waiting, None)

    def caught(self, token: Token, index: int, payload: Facts) -> None:
        """One of its events has come."""
        if not token.alive or token.state != WAITING:
            return
        listening = token.standing
        assert isinstance(listening, Listening)
        seen = listening.seen | {index}
        if self.node.parallel_multiple and len(seen) < len(self.triggers):
            token.standing = replace(listening, seen=seen)
            token.scope.write(self.subject(token), payload)
            return
        token.standing = replace(listening, seen=frozenset())
        self.fire(token, payload)

    def fire(self, token: Token, payload: Facts) -> None:
        """On along the flow; rivals behind the same event gateway are out of the race.

        A timer that goes off several times sends a branch on each time, and goes itself with the last.
        """
        scope = token.scope
        if isinstance(token.standing, Listening) and token.standing.due and len(self.triggers) == 1:
            stays, forks = scope.branches.part(token.mark.forks, token.data, 2)
            token.mark = token.mark._replace(forks=stays)
            begun = scope.make(self, token.data, Mark(forks, token.mark.visits, flow=token.mark.flow))
            scope.write(begun, payload)
            begun._ready()
            return
        for rival in scope.tokens():
            if rival is not token and token.mark.race is not None and rival.mark.race == token.mark.race:
                rival.cancel()
        token.standing = None
        scope.write(token, payload)
        token._ready()


class Border(Catch):
    """An event on the border of an activity: listens as long as its host stands."""

    beside = True

    def facts(self, token: Token) -> Facts:
        return self.host(token).data

    def subject(self, token: Token) -> Token:
        return self.host(token)

    def host(self, token: Token) -> Token:
        return token.scope.by_id(token.mark.host or "")

    def fire(self, token: Token, payload: Facts) -> None:
        """Interrupting: the host is taken off, and its branch goes on from the border. Else: a branch beside the host."""
        host = self.host(token)
        if not self.node.interrupting:
            self.branch_off(token, payload)
            return
        host.cancel()
        self.go_on(host, host.mark.forks, payload)

    def branch_off(self, token: Token, payload: Facts) -> None:
        """A branch beside the host, which stays."""
        host = self.host(token)
        stays, forks = token.scope.branches.part(host.mark.forks, host.data, 2)
        host.mark = host.mark._replace(forks=stays)
        self.go_on(host, forks, payload)

    def go_on(self, host: Token, forks: Forks, payload: Facts) -> None:
        begun = host.scope.make(self, host.data, Mark(forks, host.mark.visits))
        host.scope.write(begun, payload)
        begun._ready()


class Listener(Catch):
    """The start of an event sub-process: listens as long as the scope that it is drawn in."""

    listens = True
    beside = True

    def __init__(self, spec: ScopeSpec, node: Node, triggers: tuple[Trigger, ...], opens: str, name: str) -> None:
        super().__init__(spec, node, triggers, name=name)
        self.opens = opens

    def facts(self, token: Token) -> Facts:
        return token.scope.facts

    def fire(self, token: Token, payload: Facts) -> None:
        """The event sub-process opens in this scope; an interrupting one stops all else here first."""
        scope = token.scope
        data = {**scope.facts, **scope.branches.everything(scope.living())}
        if self.node.interrupting:
            scope.clear()
        begun = scope.make(
            scope.spec.task_specs[self.opens], data, Mark(began=None if self.node.interrupting else data)
        )
        scope.write(begun, payload)
        scope.enter(begun)


class Throw(Step):
    """Intermediate throw, end event, send task."""

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        triggers: tuple[Trigger, ...],
        exits: tuple[Exit, ...] = (),
        borders: tuple[str, ...] = (),
        name: str | None = None,
    ) -> None:
        super().__init__(spec, node, exits, borders, name=name)
        self.triggers = triggers

    def work(self, token: Token) -> None:
        for trigger in self.triggers:
            if not token.alive:
                return
            match trigger.kind:
                case "terminate":
                    token.scope.terminate(token)
                case "error" | "escalation" | "cancel":
                    climb(token, trigger.kind, trigger.name)
                case "signal":
                    signal(token.scope, trigger.name or "")
                case "message":
                    message(token.scope, trigger.name or "", token.data, self)


class Compensate(Throw):
    """Runs the activities that undo what was done in this scope, last first, and goes on then (a cancel end: cancels).

    One drawn in an event sub-process undoes what was done in the scope around that.
    """

    def arrive(self, token: Token) -> bool:
        trigger, scope = self.triggers[0], token.scope
        aside = scope.host is not None and scope.host.step.node.by_event
        around = scope.host.scope if aside and scope.host else scope
        todo = around.take_undoable(trigger.activity)
        if not aside and trigger.waits:
            token.standing = Undoing(todo)
            token._set_state(STARTED)
            return not self.next(token)
        if not todo:
            return True
        around.undo(todo, Mark(began=dict(around.facts)), token.id if trigger.waits else None)
        if trigger.waits:
            token._set_state(STARTED)
        return not trigger.waits

    def next(self, token: Token) -> bool:
        """Begins to undo one more; False when all is undone."""
        scope, undoing = token.scope, token.standing
        assert isinstance(undoing, Undoing)
        if not undoing.todo:
            token.standing = None
            return False
        entry = undoing.todo[-1]
        token.standing = replace(undoing, todo=undoing.todo[:-1])
        mark = Mark(owner=token.id, began=entry.data)
        if entry.step:
            scope.reopen(scope.make(scope.spec.task_specs[entry.step], entry.data, mark), entry)
        else:
            handler = scope.spec.task_specs[scope.spec.layout.handlers[entry.activity]]
            scope.enter(scope.make(handler, entry.data, mark))
        return True

    def part_done(self, token: Token, part: Token) -> None:
        token.scope.bring(token, part.mark.began or {}, part.data)
        if not self.next(token):
            token._ready()


class Undo(Compensate):
    """Not drawn: undoes what was done in its scope for somebody who threw the event elsewhere."""

    quiet = True

    def __init__(self, spec: ScopeSpec) -> None:
        super().__init__(spec, Node(UNDO, "undo", spec.drawn.at), (), name=UNDO)

    def arrive(self, token: Token) -> bool:
        token._set_state(STARTED)
        return not self.next(token)

    def part_done(self, token: Token, part: Token) -> None:
        """What was undone is brought to whoever waits for it, else it comes home when all is undone."""
        undoing = token.standing
        thrower = token.scope.top.find(undoing.wakes) if isinstance(undoing, Undoing) and undoing.wakes else None
        bringer = thrower or token
        bringer.scope.bring(bringer, part.mark.began or {}, part.data)
        if self.next(token):
            return
        token._ready()
        if thrower:
            thrower._ready()


# ---- who hears of it
def listening(scopes: Iterable[Scope], kind: str, name: str | None) -> list[tuple[Token, int]]:
    """Everybody who waits for this, the oldest first."""
    heard = [
        (token, token.step.hears(kind, name, token.standing.seen))
        for scope in scopes
        for token in scope.tokens()
        if token.state == WAITING and isinstance(token.step, Catch) and isinstance(token.standing, Listening)
    ]
    return sorted(((t, i) for t, i in heard if i is not None), key=lambda found: found[0].number)


def signal(scope: Scope, name: str) -> None:
    """A signal thrown inside: to everybody in this case, and to the world."""
    broadcast(scope, name, {})
    scope.top.send("signal", name, {}, {})


def broadcast(scope: Scope, name: str, payload: Facts) -> int:
    """To all who wait for it now. How many heard it."""
    heard = 0
    for token, index in listening(scope.top.scopes(), "signal", name):
        if token.alive:
            heard += 1
            _catch(token, index, payload)
    return heard


def message(scope: Scope, name: str, facts: Facts, step: Step) -> None:
    """A message thrown inside: to the oldest in this case who waits for it, else into the world."""
    letter = scope.spec.letters.get(name)
    payload = step.worth(letter.payload, facts, "消息内容") if letter and letter.payload else {}
    keys = _keys(scope, name, payload or facts, step)
    scope.owner.correlation.update(keys)
    if not deliver(scope, name, payload, keys):
        scope.top.send("message", name, payload, keys)


def deliver(scope: Scope, name: str, payload: Any, keys: Facts | None) -> int:
    """To the oldest who waits for it and whose case has no other keys. 1, or 0 when nobody waits."""
    for token, index in listening(scope.top.scopes(), "message", name):
        letter = token.scope.spec.letters.get(name)
        known = token.scope.owner.correlation
        mine = _keys(token.scope, name, payload, token.step) if keys is None else keys
        if any(key in known and known[key] != worth for key, worth in mine.items()):
            continue
        known.update(mine)
        kept = {letter.variable: payload} if letter and letter.variable else payload
        if not isinstance(kept, Mapping):
            raise token.step.not_computable("消息内容", str(payload), "消息没有写明存到哪个名称下")
        _catch(token, index, kept)
        return 1
    return 0


def _keys(scope: Scope, name: str, payload: Any, step: Step) -> dict[str, Any]:
    """The keys that a message carries, as the diagram says they are found in it."""
    letter = scope.spec.letters.get(name)
    if letter is None or not isinstance(payload, Mapping):
        return {}
    found = {key: step.worth(how, payload, "关联键") for key, how in letter.keys.items()}
    return {key: worth for key, worth in found.items() if worth is not None}


def climb(token: Token, kind: str, code: str | None) -> bool:
    """Error, escalation or cancel: to whoever catches it. An error that nobody catches ends the process as failed."""
    found = catcher(token, kind, code)
    if found is not None:
        _catch(*found, {"error_code": code} if kind == "error" else {})
        return True
    top = token.scope.top
    top.send(kind, code or "", {}, {})
    if kind == "error":
        top.fail(code or "")
    return False


def catcher(token: Token, kind: str, code: str | None) -> tuple[Token, int] | None:
    """Who catches it: scope by scope, its event sub-processes and the borders of its own host only. An exact code goes before
    one that catches all."""
    at, scope = token, token.scope
    while True:
        at = scope.by_id(at.mark.owner) if at.mark.owner else at
        near = [(t, i) for t, i in listening([scope], kind, code) if t.step.listens or t.mark.host == at.id]
        if near:
            return min(near, key=lambda found: _any_code(*found))
        if scope.host is None:
            return None
        at, scope = scope.host, scope.host.scope


def _any_code(token: Token, index: int) -> bool:
    assert isinstance(token.step, Catch)
    return token.step.triggers[index].name is None


def _catch(token: Token, index: int, payload: Facts) -> None:
    assert isinstance(token.step, Catch)
    token.step.caught(token, index, payload)


# ---- what comes by itself
def fire_conditions(scopes: Iterable[Scope]) -> bool:
    """Conditional events: when what was false has become true, in the latest word of the whole case."""
    fired = False
    for token in [t for scope in scopes for t in scope.tokens() if isinstance(t.standing, Listening)]:
        for index, trigger in enumerate(token.step.triggers if isinstance(token.step, Catch) else ()):
            if trigger.condition and token.alive and token.state == WAITING and isinstance(token.standing, Listening):
                assert isinstance(token.step, Catch)
                ask(token.step.subject(token), "condition", [Asked(trigger.condition)], token.scope.facts)
                holds, held = (
                    token.step.holds(trigger.condition, token.scope.facts, "条件"),
                    index in token.standing.held,
                )
                if holds != held:
                    token.standing = replace(token.standing, held=token.standing.held ^ {index})
                if holds and not held:
                    fired = True
                    _catch(token, index, {})
    return fired
