"""All runs on a board, as far as they differ: which positions can be reached, and from which of them a case can end.

Where one token moves, and nothing that the others can do has to do with it, only its moves are tried: the rest can wait. What
is spared so is spared only there; `plain` tries everything everywhere, and the tests hold the one against the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from ..paths import Course
from .board import Board, Place
from .hints import Hints
from .memory import Memory
from .rules import Move, Put, Rules

DONE = 0
"""The position without tokens."""


class Double(NamedTuple):
    """A move that set a second token down, from which position, and the stop where that came."""

    source: int
    move: Move
    key: str


class Exploration:
    """What there is to know of all runs. came: by position the one before, and the move. sources: all positions before it.

    reached: stops that were begun. doubles: where a second token came; such positions are not followed. whole: all was tried.
    supposed: positions that are come to only where a step changes what was answered before: nothing is wrong with those, and
    they show that others can end. sure: stops that are reached without.
    """

    def __init__(self, course: Course, effort: int, *, plain: bool = False, questions: bool = False) -> None:
        self.course, self.effort, self.plain = course, effort, plain
        self.board = Board(course)
        self.memory = Memory(course, len(self.board.places), questions=questions)
        self.rules = Rules(self.board, self.memory)
        self.hints = Hints(self.board, self.rules, self.memory)
        self.came: dict[int, tuple[int, Move] | None] = {}
        self.sources: dict[int, list[int]] = {}
        self.full: set[int] = set()
        self.doubles: dict[str, Double] = {}
        self.broken: set[int] = set()
        self.reached: set[str] = set()
        self.sure = self.reached
        self.queue: deque[int] = deque()
        self.forgets: dict[int, list[int]] = {}
        self.supposed: set[int] | None = None
        self.crowded = ""
        self.patience = 1
        self.spent = 0

    @property
    def whole(self) -> bool:
        return self.spent + self.hints.spent <= self.effort

    def explore(self) -> None:
        for start in self._starts():
            if start not in self.came:
                self.came[start] = None
                self.queue.append(start)
        while self.queue and self.whole:
            state = self.queue.popleft()
            for move in self.moves(state, state in self.full) if state != DONE else ():
                self._follow(state, move)
            if not self.queue and not self.plain:
                self._hear_all()
            if not self.queue and self.forgets and self.supposed is None:
                self._suppose()

    def _suppose(self) -> None:
        """All that is real is known. From now on a step may have changed the answers as well."""
        self.sure, self.supposed = set(self.reached), set()
        for state, sources in self.forgets.items():
            self._come(state, sources)

    def _come(self, state: int, sources: list[int]) -> None:
        self.sources.setdefault(state, []).extend(sources)
        if state not in self.came:
            assert self.supposed is not None
            self.supposed.add(state)
            self.came[state] = None
            self.queue.append(state)

    def _starts(self) -> Iterator[int]:
        for keys in beginnings(self.course):
            position = 0
            self.reached.update(keys)
            for key in keys:
                position |= self.rules.put_at(key).bit
            yield position

    # ---- which moves are tried
    def moves(self, state: int, everything: bool = False) -> list[Move]:
        """Those that are tried from here: of one token where that is enough, else all."""
        if self.plain or everything:
            self.full.add(state)
            return [move for _, moves in self._by_itself(state, everybody=True) for move in moves] or self._all(state)
        racing: list[Move] = []
        for deadly, moves in self._by_itself(state):
            if not deadly:
                return moves
            racing += moves
        if racing:
            return self._of_one(state, self.hints.automatic) or racing
        if found := self._of_one(state, self.board.tokens):
            return found
        self.full.add(state)
        return self._all(state)

    def _by_itself(self, state: int, *, everybody: bool = False) -> Iterator[tuple[bool, list[Move]]]:
        """What the runtime does by itself before anybody else has a turn: automatic steps, joins, the ends of scopes.

        With whether it takes others off by what follows: such races with the rest.
        """
        rules, hints = self.rules, self.hints
        automatic = state & hints.automatic
        while automatic:
            low = automatic & -automatic
            automatic ^= low
            found = rules.moves(low, state)
            # where it chooses its way and nobody else is concerned, it chooses when its turn comes: that keeps positions few
            if found and (everybody or len(found) == 1 or not hints.is_quiet(low, state)):
                yield self.board.place(low).key in hints.killing, list(found)
        for key in self.gates(state):
            if hints.is_complex(key) and state & rules.bit[Place("late", key)]:
                yield False, [self._taken_in(key, state)]
            elif rules.ready(key, state):
                yield key in hints.killing, rules.joined(key, state)
        for key in self.closable(state):
            yield key in hints.killing, rules.closings(key, state)

    def _of_one(self, state: int, among: int) -> list[Move]:
        """The moves of the first of these tokens that has nothing to do with the others.

        Where it may be the last of a scope, what may come while that is open is tried as well: sooner comes to the same.
        """
        rules, hints = self.rules, self.hints
        rest = state & among & ~self.board.open & ~self.board.ways
        while rest:
            low = rest & -rest
            rest ^= low
            if hints.is_quiet(low, state) and (found := rules.moves(low, state)):
                ended = hints.may_end(low, state)
                return [*found, *(move for scope in ended for move in rules.events(scope, state))]
        return []

    def _all(self, state: int) -> list[Move]:
        board, rules = self.board, self.rules
        moves: list[Move] = []
        rest = state & board.tokens & ~board.open & ~board.ways
        while rest:
            low = rest & -rest
            rest ^= low
            moves += rules.moves(low, state)
        for key in self.gates(state):
            if rules.ready(key, state) is not False:
                moves += rules.joined(key, state)
        for key in self.board.opened(state):
            if state & board.active[key]:
                moves += rules.events(key, state)
            else:
                moves += rules.closings(key, state)
        return moves

    def _taken_in(self, key: str, state: int) -> Move:
        """What comes late to a complex gateway that has fired is taken in."""
        take = 0
        for bit in self.rules.way_bits[key]:
            take |= state & bit
        return Move(take, (), key)

    def gates(self, state: int) -> list[str]:
        """The joins where somebody waits."""
        found: dict[str, None] = {}
        rest = state & self.board.ways
        while rest:
            low = rest & -rest
            rest ^= low
            found[self.board.place(low).key] = None
        return list(found)

    def closable(self, state: int) -> list[str]:
        return [key for key in self.board.opened(state) if not state & self.board.active[key]]

    # ---- what comes of it
    def _follow(self, state: int, move: Move) -> None:
        self.spent += 1
        self.reached.update(move.reached)
        after, twice = state & ~move.take, ""
        for put in move.puts:
            if after & put.clash:
                twice = twice or put.key
            after |= self._free(put, after) if put.instead else put.bit
            if not (put.bit & self.board.ways or put.instead):
                self.reached.add(put.key)
        after = self._tidy(after | move.sets)
        if twice:
            if self.supposed is None:
                self.doubles.setdefault(twice, Double(state, move, twice))
            self.broken.add(state)
            self.hints.note_double(after)
            return
        self.sources.setdefault(after, []).append(state)
        if after not in self.came:
            self.came[after] = (state, move)
            self.queue.append(after)
            if self.supposed is not None:
                self.supposed.add(after)
        if after & self.memory.answers and self.hints.is_told(move.at):
            self._forget(state, after & ~self.memory.answers)

    def _free(self, put: Put, state: int) -> int:
        """The first free place of those where several tokens are needed."""
        free = next((bit for bit in put.instead if not state & bit), 0)
        self.crowded = self.crowded or (put.key if not free else "")
        return free

    def _forget(self, state: int, after: int) -> None:
        if self.supposed is None:
            self.forgets.setdefault(after, []).append(state)
        else:
            self._come(after, [state])

    def _tidy(self, state: int) -> int:
        """What has no say any more is forgotten: ends of events that are over, gateways that nobody comes to, old facts."""
        if not state & self.board.tokens and not state & self.board.rest:
            return DONE
        for running, rests in self.hints.asides:
            if state & rests and not state & running:
                state &= ~rests
        for late, coming in self.hints.lates:
            if state & late and not state & coming:
                state &= ~late
        for field, ahead in self.hints.asked:
            if state & field and not state & ahead:
                state &= ~field
        return state

    # ---- who was never heard
    def _hear_all(self) -> None:
        """Where one quiet token runs in circles for ever, the others have their turn as well."""
        heard, todo = {DONE}, [DONE]
        ends = [state for state in self.came if state in self.full or state in self.broken]
        heard |= set(ends)
        todo += ends
        while todo:
            for source in self.sources.get(todo.pop(), ()):
                if source not in heard:
                    heard.add(source)
                    todo.append(source)
        self.spent += len(self.came) // 8
        unheard = [state for state in self.came if state not in heard]
        if unheard:
            # where something goes on by itself nobody else has a turn: rather where somebody waits
            waiting = [state for state in unheard if not any(self._by_itself(state, everybody=True))]
            chosen = (waiting or unheard)[: self.patience]
            self.patience *= 2
            self.full.update(chosen)
            self.queue.extend(chosen)

    def ending(self) -> set[int]:
        """The positions from which a case can end; one from which a second token comes is not judged."""
        found, todo = {DONE} & self.came.keys(), [*({DONE} & self.came.keys())]
        for state in self.broken:
            if state not in found:
                found.add(state)
                todo.append(state)
        while todo:
            for source in self.sources.get(todo.pop(), ()):
                if source not in found:
                    found.add(source)
                    todo.append(source)
        return found


def beginnings(course: Course) -> list[tuple[str, ...]]:
    """The stops where a case begins, one set for each way to begin: by a start, or by the event of what starts a process."""
    found = list(course.entrances)
    top = [stop for stop in course.stops.values() if stop.inside == course.root]
    for stop in top:
        if not stop.node.instantiates or stop.entering:
            continue
        behind = tuple(way.target for way in stop.leaving) if stop.node.kind == "eventBasedGateway" else (stop.key,)
        found += [behind] if stop.node.all_events else [(key,) for key in behind]
    return found
