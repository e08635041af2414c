"""All runs on a board, as far as they differ: which positions can be reached, and from which of them a case can end.

Where one token moves, and nothing that the others can do has to do with it, only its moves are tried: the rest can wait. What
is spared so is spared only there; `plain` tries everything everywhere, and the tests hold the one against the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from ..paths import Course
from .board import TOKENS, Board, Place, is_join
from .memory import Memory, asks
from .rules import Move, Rules, takes_time, throws, waits

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
        self.hints = Hints(self)
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
        self.spent = 0

    @property
    def whole(self) -> bool:
        return self.spent <= self.effort

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
        for key in self.opened(state):
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

    def opened(self, state: int) -> list[str]:
        """The scopes that are open, the innermost last."""
        found = [self.course.root]
        rest = state & self.board.open
        while rest:
            low = rest & -rest
            rest ^= low
            found.append(self.board.place(low).key)
        return found

    def closable(self, state: int) -> list[str]:
        return [key for key in self.opened(state) if not state & self.board.active[key]]

    # ---- what comes of it
    def _follow(self, state: int, move: Move) -> None:
        self.spent += 1
        self.reached.update(move.reached)
        after, twice = state & ~move.take, ""
        for put in move.puts:
            if after & put.clash:
                twice = twice or put.key
            after |= put.bit
            if not put.bit & self.board.ways:
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
            first = next((state for state in unheard if not any(self._by_itself(state, everybody=True))), unheard[0])
            self.full.add(first)
            self.queue.append(first)

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


class Hints:
    """What is known of the board before anybody moves, so that few orders need be tried."""

    def __init__(self, whole: Exploration) -> None:
        self.whole, self.board, self.rules, self.memory = whole, whole.board, whole.rules, whole.memory
        self.stops = whole.board.stops
        self.back = self._back()
        self.forth: dict[str, set[str]] = {key: set() for key in self.stops}
        for key, sources in self.back.items():
            for source in sources:
                self.forth[source].add(key)
        self.comers: dict[str, int] = {}
        self.listening = {key for key in (whole.course.root, *self.stops) if self.rules.listens(key)}
        self.automatic = self.board.mask(
            place for place in self.board.places if place.what == "at" and self._is_automatic(place.key)
        )
        self.killing = self._killing()
        self.wild = self._wild()
        self.asides = [
            (self.rules.running[key], rests) for key in self.board.branches if (rests := self.board.rests(key))
        ]
        self.complex = {key for key, stop in self.stops.items() if is_join(stop) and stop.node.kind == "complexGateway"}
        self.lates = []
        for key in self.complex:
            self.rules.reaching(key)
            self.lates.append((self.rules.bit[Place("late", key)], self.rules.coming[key] | self._ways(key)))
        self.asked = self._asked()
        self.fickle = self._fickle()
        self.eventful = [key for key in self.board.within if self.board.handlers(key) or self._bordered(key)]
        self.ending = self._ending() if self.eventful else {}
        self.unsure: set[str] = set()

    def is_told(self, key: str) -> bool:
        """Whether somebody does or tells something here that may change the facts."""
        stop = self.stops.get(key)
        return stop is not None and (waits(stop) or bool(stop.node.attached_to) or takes_time(stop))

    def _ways(self, key: str) -> int:
        return sum(self.rules.way_bits[key])

    def _is_automatic(self, key: str) -> bool:
        """Whether the runtime takes a token on from here before anybody else has a turn."""
        if waits(self.stops[key]):
            return False
        return not takes_time(self.stops[key]) or not any(
            scope in self.listening for scope in (key, *self._scopes(key))
        )

    def is_complex(self, key: str) -> bool:
        return key in self.complex

    def _killing(self) -> dict[str, int]:
        """By stop the tokens that are taken off by what the runtime does by itself once a token has left it."""
        return self._before({key: self._range(key) for key, stop in self.stops.items() if throws(stop.node)})

    def _ending(self) -> dict[str, int]:
        """By stop the scopes (by their number in `eventful`) that may be over once a token has left it."""
        ends = {key: 0 for key, stop in self.stops.items() if not stop.leaving and not stop.jump}
        for key in ends:
            for scope in self._scopes(key):
                ends[key] |= 1 << self.eventful.index(scope) if scope in self.eventful else 0
                if scope not in self.stops or self.stops[scope].leaving:
                    break
        return self._before(ends)

    def _before(self, found: dict[str, int]) -> dict[str, int]:
        """The same for the stops from which a token comes to these without anybody else."""
        todo = deque(found)
        while todo:
            key = todo.popleft()
            passes = self._is_automatic(key) or is_join(self.stops[key]) or self.stops[key].opens
            for source in self.back[key]:
                if not passes and self.stops[source].node.kind != "eventBasedGateway":
                    continue
                both = found.get(source, 0) | found[key]
                if both != found.get(source):
                    found[source] = both
                    todo.append(source)
        return found

    def _scopes(self, key: str) -> Iterator[str]:
        """Those that a stop stands in, outwards."""
        while key != self.whole.course.root:
            key = self.stops[key].inside
            yield key

    def _range(self, key: str) -> int:
        """Whom such an end may take off."""
        stop = self.stops[key]
        if any(event.kind != "terminate" for event in stop.node.events):
            return self.board.tokens
        host = self.board.opens.get(stop.inside, 0)
        return self.board.within[stop.inside] & self.board.tokens | host

    def _wild(self) -> set[str]:
        """The stops whose token comes to a complex gateway with its next move: in which order they come matters."""
        return set(
            self._before(
                {key: 1 for key, stop in self.stops.items() if is_join(stop) and stop.node.kind == "complexGateway"}
            )
        )

    def _back(self) -> dict[str, set[str]]:
        """By stop those from which a token comes to it, out of the inside of a sub-process as well."""
        back: dict[str, set[str]] = {key: set(sources) for key, sources in self.whole.course.back.items()}
        for key, stop in self.stops.items():
            host = self.stops.get(stop.inside)
            if host is not None and not stop.leaving and not stop.jump:
                for target in [way.target for way in host.leaving] + ([host.jump] if host.jump else []):
                    back[target].add(key)
        return back

    def _asked(self) -> list[tuple[int, int]]:
        """By remembered name its bits, and the tokens that still come to where it is asked for."""
        found = []
        for name, field in self.memory.fields.items():
            keys = {key for key, stop in self.stops.items() if name in asks(stop)}
            found.append((field.mask, self._leading_to(keys)))
        return found

    def _leading_to(self, keys: set[str]) -> int:
        reached, todo = set(keys), list(keys)
        while todo:
            for source in self.back[todo.pop()]:
                if source not in reached:
                    reached.add(source)
                    todo.append(source)
        hosts = tuple(f"{key}/" for key in reached if self.stops[key].opens)
        if hosts:
            reached |= {key for key in self.stops if key.startswith(hosts)}
        return self.board.mask(p for p in self.board.places if p.key in reached and p.what in ("at", "way", "open"))

    def is_quiet(self, bit: int, state: int) -> bool:
        """Whether nothing that the others can do before it moves has to do with what it does."""
        key = self.board.place(bit).key
        if key in self.wild:
            return False
        others = state & self.board.tokens & ~bit & ~self._around(key)
        if not others:
            return not self._takes_off(key, state, others)
        if self._takes_off(key, state, others) or self._at_fickle_join(bit, others) or others & self.coming_to(key):
            return False
        hosts = (self.board.opens.get(scope, 0) for scope in self.may_end(bit, state))
        if any(host and self._at_fickle_join(host, others) for host in hosts):
            return False
        return not self._touches(key, others)

    def coming_to(self, key: str) -> int:
        """The tokens that may come to this stop while one stands there: not those that first have to be joined with it."""
        if key not in self.comers:
            ahead, around = self._ahead(key), tuple(f"{scope}/" for scope in self._scopes(key) if scope in self.stops)
            found, todo = {key}, [key]
            while todo:
                here = todo.pop()
                if is_join(self.stops[here]) and here in ahead:
                    continue
                left = tuple(scope for scope in around if not here.startswith(scope))
                fresh = {source for source in self.back[here] if not (left and source.startswith(left))} - found
                found |= fresh
                todo += fresh
            self.whole.spent += len(found) // 20
            found -= {scope[:-1] for scope in around}
            self.comers[key] = self.board.mask(p for p in self.board.places if p.key in found and p.what in TOKENS)
        return self.comers[key]

    def _ahead(self, key: str) -> set[str]:
        """The stops that a token may come to from here, out of the scopes that it stands in as well."""
        found, todo = set[str](), [key]
        while todo:
            fresh = self.forth[todo.pop()] - found
            found |= fresh
            todo += fresh
        return found

    def may_end(self, bit: int, state: int) -> list[str]:
        """The scopes in which something may come while they are open, and that may be over when this token has moved."""
        key = self.board.place(bit).key
        ended = self.ending.get(key, 0)
        if not ended:
            return []
        others = state & ~bit & ~self._around(key) & ~self.board.ways
        inside = set(self._scopes(key))
        return [
            scope
            for number, scope in enumerate(self.eventful)
            if ended >> number & 1 and scope in inside and not others & self.board.active[scope]
        ]

    def _takes_off(self, key: str, state: int, others: int) -> bool:
        """Whether others are taken off by what follows, or a scope is ended in which something might have come."""
        gone = self.killing.get(key, 0)
        if not gone:
            return False
        ended = [scope for scope in self.whole.opened(state) if scope in self.eventful]
        return bool(gone & others) or any(self.board.opens.get(scope, gone) & gone for scope in ended)

    def _at_fickle_join(self, bit: int, others: int) -> bool:
        """Whether an inclusive join is ahead that asks who comes first: of a token that may still come by several ways."""
        return any(
            bit & coming and ((bit & several and others & (coming | ways)) or others & several)
            for coming, several, ways in self.fickle
        )

    def _fickle(self) -> list[tuple[int, int, int]]:
        """Of each inclusive join where it may matter: who comes to it, who of them by several ways, who waits there."""
        found = []
        for key, stop in self.stops.items():
            if is_join(stop) and stop.node.kind == "inclusiveGateway":
                reach = self.rules.reaching(key)
                several = sum(bit for bit, ways in reach.items() if any(way & (way - 1) for way in ways))
                if several:
                    found.append((self.rules.coming[key], several, self._ways(key)))
        return found

    def _bordered(self, scope: str) -> bool:
        return scope in self.stops and bool(self.stops[scope].borders)

    def _around(self, key: str) -> int:
        """The scopes that this stop stands in: they go on only when it has left them."""
        found, scope = 0, self.stops[key].inside
        while scope != self.whole.course.root:
            found |= self.board.opens[scope]
            scope = self.stops[scope].inside
        return found

    def _touches(self, key: str, others: int) -> bool:
        """Whether it writes or reads what is remembered, while others stand by."""
        stop = self.stops[key]
        return bool((asks(stop) | {stop.node.id}) & self.memory.fields.keys()) and bool(others)

    # ---- what a second token leaves open
    def note_double(self, state: int) -> None:
        """Behind a position that is not followed anything may be reached: no stop there is called dead."""
        rest = state & self.board.tokens
        todo = []
        while rest:
            low = rest & -rest
            rest ^= low
            todo.append(self.board.place(low).key)
        while todo:
            key = todo.pop()
            if key in self.unsure:
                continue
            self.unsure.add(key)
            stop = self.stops[key]
            todo += stop.next
            if stop.inside in self.stops:
                todo.append(stop.inside)
            else:
                todo += self.whole.course.handlers
