"""Multi-instance and standard loop around one activity. Nothing of them is left in the facts but the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.diagrams import Expression, Loop, Node

from .data import OUTCOME, changes, united
from .events import Border, Trigger
from .inventing import Asked, ask
from .marks import Mark, Turns
from .step import Exit, ScopeSpec, Step
from .token import STARTED, Token

MAX_TURNS = 1000
"""Instances of one step at once: more is a mistake in the facts, and no hall has so many desks."""

_LENT = ("loopCounter", "nrOfInstances", OUTCOME)


@dataclass(frozen=True)
class Repetition:
    """A drawn loop with its texts understood. announces: what is thrown to the border, and on which condition."""

    drawn: Loop
    announces: tuple[tuple[Trigger | None, Expression | None], ...] = ()
    condition: Expression | None = None
    collection: Expression | None = None
    cardinality: Expression | None = None


class Many(Step):
    """Stands for the whole; each turn is a token of its own on `each`, with the item and counters lent to it."""

    def __init__(
        self, spec: ScopeSpec, node: Node, loop: Repetition, exits: tuple[Exit, ...], borders: tuple[str, ...]
    ) -> None:
        super().__init__(spec, node, exits, borders)
        self.loop = loop
        self.each = f"{node.id} [each]"

    @property
    def returnable(self) -> bool:
        each: Step = self._wf_spec.task_specs[self.each]
        return each.returnable

    def arrive(self, token: Token) -> bool:
        super().arrive(token)
        items = self.items(token)
        token.standing = Turns(items)
        if items == () or (items is None and self.loop.drawn.test_before and not self.again(token)):
            return self.gather(token)
        token._set_state(STARTED)
        for _ in range(len(items) if items and self.loop.drawn.kind == "parallel" else 1):
            self.start_one(token)
        return False

    def items(self, token: Token) -> tuple[Any, ...] | None:
        """What it goes over; None for a standard loop. Raises NotComputable: a list that is not set is no empty list."""
        loop = self.loop
        if loop.collection:
            ask(token, "collection", [Asked(loop.collection)], token.data)
            found = self.worth(loop.collection, token.data, "名单")
            if isinstance(found, Mapping):
                found = list(found.values())
            if not isinstance(found, list):
                raise self.not_computable("名单", loop.collection.text, "还没有填写，或不是列表")
            return self.bounded(len(found), found)
        if loop.cardinality:
            ask(token, "cardinality", [Asked(loop.cardinality)], token.data)
            count = self.worth(loop.cardinality, token.data, "份数")
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise self.not_computable("份数", loop.cardinality.text, "不是非负整数")
            return self.bounded(count, range(min(count, MAX_TURNS)))
        return None

    def bounded(self, count: int, items: Any) -> tuple[Any, ...]:
        if count > MAX_TURNS:
            raise self.not_computable("份数", str(count), f"超过 {MAX_TURNS}")
        return tuple(items)

    def turns(self, token: Token) -> Turns:
        assert isinstance(token.standing, Turns)
        return token.standing

    def start_one(self, token: Token) -> None:
        turns, scope = self.turns(token), token.scope
        token.standing = replace(turns, next=turns.next + 1)
        data = {key: value for key, value in token.data.items() if key not in _LENT}
        data["loopCounter"] = turns.next
        if turns.items is not None:
            data["nrOfInstances"] = len(turns.items)
            if self.loop.drawn.item:
                data[self.loop.drawn.item] = turns.items[turns.next]
        mark = Mark(owner=token.id, index=turns.next, began=data)
        scope.enter(scope.make(scope.spec.task_specs[self.each], data, mark))

    def again(self, token: Token) -> bool:
        """Whether a standard loop takes another turn."""
        loop, count = self.loop, self.turns(token).next
        if loop.drawn.maximum is not None and count >= loop.drawn.maximum:
            return False
        if loop.condition is None:
            return True
        ask(token, "loop", [Asked(loop.condition)], token.data)
        return self.holds(loop.condition, token.data, "循环条件")

    def part_done(self, token: Token, part: Token) -> None:
        if self.turns(token).items is None:
            self.turn_done(token, part)
        else:
            self.instance_done(token, part)

    def turn_done(self, token: Token, part: Token) -> None:
        """A standard loop goes on with what the last turn wrote, its outcome included."""
        token.scope.bring(token, part.mark.began or {}, part.data)
        if self.again(token):
            self.start_one(token)
        else:
            token.standing = None
            token._ready()

    def instance_done(self, token: Token, part: Token) -> None:
        turns, index = self.turns(token), part.mark.index
        assert turns.items is not None
        assert index is not None
        total, done = len(turns.items), {**turns.done, index: changes(part.data, part.mark.began or {})}
        token.standing = replace(turns, done=done)
        active = [other for other in token.scope.tokens() if other.mark.owner == token.id]
        if self.announce(token, part, len(active)) or len(done) == total or self.enough(token, part, len(active)):
            for other in active:
                other.cancel()
            self.gather(token)
            token._ready()
        elif self.loop.drawn.kind == "sequential":
            self.start_one(token)

    def announce(self, token: Token, part: Token, active: int) -> bool:
        """What the instance that is just done throws to the borders of the whole; whether the rest is to be cancelled.

        It comes from an instance, so even an interrupting border takes off no other (docs/decisions/0020).
        """
        behavior, stop = self.loop.drawn.behavior, False
        for trigger, condition in self.loop.announces:
            if behavior == "One" and len(self.turns(token).done) > 1:
                break
            if condition and not self.met(condition, token, part, active):
                continue
            stop = stop or behavior == "Complex"
            for border in [other for other in token.scope.tokens() if other.mark.host == token.id]:
                step = border.step
                if trigger and isinstance(step, Border) and step.hears(trigger.kind, trigger.name) is not None:
                    step.branch_off(border, {})
        return stop

    def enough(self, token: Token, part: Token, active: int) -> bool:
        """The completion condition."""
        return self.loop.condition is not None and self.met(self.loop.condition, token, part, active)

    def met(self, condition: Expression, token: Token, part: Token, active: int) -> bool:
        """A condition of the whole, with the counters and the results so far."""
        turns, output = self.turns(token), self.loop.drawn.output
        counters = {
            "nrOfInstances": len(turns.items) if turns.items else 0,
            "nrOfCompletedInstances": len(turns.done),
            "nrOfActiveInstances": active,
        }
        lent = {**part.data, **counters, **({output: self.results(turns)} if output else {})}
        ask(token, "completion", [Asked(condition)], {**token.data, **lent})
        return self.holds(condition, {**token.data, **lent}, "完成条件")

    def results(self, turns: Turns) -> list[Any]:
        return [turns.done[index].get(self.loop.drawn.output_item or "") for index in sorted(turns.done)]

    def gather(self, token: Token) -> bool:
        """Results in the order of the collection, a fresh list every round; what else was written is united without loss.

        The step's own name holds the outcomes of its instances, in the same order.
        """
        turns, drawn, scope = self.turns(token), self.loop.drawn, token.scope
        token.standing = None
        if turns.items is None:
            return True
        own = {self.node.id, drawn.item, drawn.output_item if drawn.output else None, *_LENT}
        before = token.data
        written = ({**before, **{k: v for k, v in done.items() if k not in own}} for done in turns.done.values())
        gathered = changes(united(before, *written), before)
        if drawn.output:
            gathered[drawn.output] = self.results(turns)
        outcomes = [turns.done[index].get(OUTCOME) for index in sorted(turns.done)]
        if any(outcome is not None for outcome in outcomes):
            gathered[self.node.id] = outcomes
        scope.write(token, gathered)
        scope.forget_outcome(token)
        return True
