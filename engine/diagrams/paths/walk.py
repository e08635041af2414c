"""Every run of the course, as far as the order of the lawful acts goes: states of tokens, phase and remembered outcomes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..findings import Station, Way
from ..graph import Node
from .course import Course, reading_order
from .course import Way as CourseWay
from .game import Facts, Game, Move, Token, Tokens, born
from .order import Order
from .phase import Breach, Phase, after

MAX_EFFORT = 600_000  # some 20,000 moves: a second or two
MAX_WITNESSES = 100
MAX_TOKENS = 200  # at once; a real case has a dozen


@dataclass(frozen=True)
class Witness:
    """A breach, the node where it happens, and the shortest way that was found to it."""

    breach: Breach
    node: Node
    way: Way

    def __str__(self) -> str:
        """The way in one line, as people would tell it."""
        return str(self.way)


@dataclass(frozen=True)
class Walk:
    """The first witness of each breach at each node. `whole` is False where there was more than could be walked."""

    witnesses: tuple[Witness, ...]
    whole: bool

    def of(self, *breaches: Breach) -> tuple[Witness, ...]:
        return tuple(witness for witness in self.witnesses if witness.breach in breaches)


def walk(course: Course, effort: int = MAX_EFFORT) -> Walk:
    """Walk all runs, with that much effort at most.

    Where remembering outcomes makes too many states, once more without: less exact, never blind.
    """
    for remember in (True, False):
        found = _Walker(course, remember, effort).walk()
        if found.whole:
            return found
    return found


class _State(NamedTuple):
    tokens: Tokens
    phase: Phase
    facts: Facts


class _Walker:
    """Breadth first, so that the first witness is a short one."""

    def __init__(self, course: Course, remember: bool, effort: int) -> None:
        self.course, self.game, self.effort = course, Game(course), effort
        self.order = Order(self.game, remember)
        self.rank = {key: rank for rank, key in enumerate(reading_order(course))}
        self.came: dict[_State, tuple[_State, Move] | None] = {}
        self.sources: dict[_State, list[_State]] = {}
        self.full: set[_State] = set()
        self.queue: deque[_State] = deque()
        self.witnesses: dict[tuple[Breach, str, str], Witness] = {}
        self.spent = 0

    def walk(self) -> Walk:
        for keys in self.course.entrances:
            self._arrive(_State(born(keys), Phase(), frozenset()), None)
        while self.queue and self._may_go_on():
            state = self.queue.popleft()
            for move in self._moves(state):
                self._follow(state, move)
                if not self._may_go_on():
                    break
            if not self.queue and (ignored := self._ignored()) is not None:
                self.full.add(ignored)
                self.queue.append(ignored)
        return Walk(tuple(self.witnesses.values()), self.course.whole and self._may_go_on())

    def _may_go_on(self) -> bool:
        few = len(self.witnesses) < MAX_WITNESSES
        return few and self.spent + self.order.spent + self.game.spent <= self.effort

    def _moves(self, state: _State) -> Iterator[Move]:
        """Those of the first quiet token, or of all where none is quiet; and whatever may interrupt at any time.

        In reading order, so that one branch is walked to its end before the next begins: that keeps the states few.
        """
        tokens = sorted(state.tokens, key=self._place)
        for token in () if state in self.full else tokens:
            quiet = self.order.is_quiet(token, state.tokens, state.phase)
            if quiet and (moves := list(self.game.moves_of(token, state.tokens, state.facts))):
                yield from moves
                break
        else:
            self.full.add(state)
            for token in tokens:
                yield from self.game.moves_of(token, state.tokens, state.facts)
        yield from self.game.interruptions(state.tokens)

    def _ignored(self) -> _State | None:
        """The first state behind which one quiet token runs in circles for ever, so that the others never had a turn."""
        heard, todo = set(self.full), list(self.full)
        while todo:
            for source in self.sources.get(todo.pop(), ()):
                if source not in heard:
                    heard.add(source)
                    todo.append(source)
        self.spent += len(self.came)
        return next((state for state in self.came if state not in heard), None)

    def _place(self, token: Token) -> tuple[int, Token]:
        return self.rank.get(token.at, len(self.rank)), token

    def _follow(self, state: _State, move: Move) -> None:
        self.spent += 25 + len(move.tokens) + len(state.phase.open)
        phase, facts = state.phase, state.facts
        if move.work is not None:
            phase, breaches = after(phase, move.work, move.outcome)
            for breach in breaches:
                self._note(breach, move, state)
            if move.node.id in self.order.remembered:
                earlier = {(name, value) for name, value in facts if name != move.node.id}
                facts = frozenset(earlier | {(move.node.id, move.outcome)})
        for tokens in self.game.closed(move.tokens, facts):
            if not tokens and not phase.may_end:
                self._note(Breach.ENDED_UNDECIDED, move, state)
            asked = self.order.asked_later(tokens)
            kept = frozenset(fact for fact in facts if fact[0] in asked)
            self._arrive(_State(tokens, phase, kept), (state, move))

    def _arrive(self, state: _State, before: tuple[_State, Move] | None) -> None:
        if len(state.tokens) > MAX_TOKENS:
            self.spent = self.effort + 1
            return
        if before is not None:
            self.sources.setdefault(state, []).append(before[0])
        if state not in self.came:
            self.came[state] = before
            self.queue.append(state)

    def _note(self, breach: Breach, move: Move, state: _State) -> None:
        key = (breach, move.node.at.file, move.node.id)
        if key not in self.witnesses and len(self.witnesses) < MAX_WITNESSES:
            self.witnesses[key] = Witness(breach, move.node, self._way(move, state))

    def _way(self, move: Move, state: _State) -> Way:
        """From the beginning to this move: every node that was left, with the flows that its tokens took."""
        passed = [self._passed(move, state, move.tokens)]
        here = state
        while (came := self.came[here]) is not None:
            passed.append(self._passed(came[1], came[0], here.tokens))
            here = came[0]
        return Way(tuple(station for part in reversed(passed) for station in part), (move.node.id,))

    def _passed(self, move: Move, state: _State, tokens: Tokens) -> list[Station]:
        ways = (self.ways[token.by] for token in sorted(tokens - state.tokens) if token.by in self.ways)
        flows = [Station(self.course.stops[way.source].scope, way.flow.id) for way in ways]
        return [Station(move.stop.scope, move.node.id, move.told), *flows]

    @cached_property
    def ways(self) -> dict[str, CourseWay]:
        return {way.key: way for stop in self.course.stops.values() for way in stop.leaving}
