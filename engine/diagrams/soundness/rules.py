"""What may happen next: the rules of the runtime, as moves of tokens on the board.

Whatever the runtime does by itself is one move of one token. What is not known may happen: a condition may hold or not, an
event may come whenever somebody waits for it, a step that a person or another system does may fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..findings import Station
from ..graph import Node, Outcome
from ..paths import OUTCOME, CourseWay, Stop, alternatives, holds, names_of
from ..rulebook import title
from .board import OUTSIDE, Board, Place, awaited, interrupts, is_join
from .memory import Memory, asks

BY_HAND = frozenset({"userTask", "manualTask", "serviceTask", "businessRuleTask"})
_REPEATS = re.compile(r"\s*['\"]?R\d*/", re.IGNORECASE)
UNNAMED = "\0"
"""The code of an error that is drawn nowhere."""
KILLS = frozenset({"terminate", "error", "cancel", "escalation"})


class Put(NamedTuple):
    """A token that is set down: its bit, what must not stand there already, and the stop. instead: the bits of which it takes
    the first that is free, where several tokens are needed."""

    bit: int
    clash: int
    key: str
    instead: tuple[int, ...] = ()


class Move(NamedTuple):
    """take, clear: bits that go. puts: tokens that come. sets: bits of memory and flags that are set. passed: what is told of
    it. reached: stops that were begun. at: the stop that moves. unless: tokens
    that show that the same event is not over yet."""

    take: int
    puts: tuple[Put, ...]
    at: str
    passed: tuple[Station, ...] = ()
    reached: tuple[str, ...] = ()
    sets: int = 0
    unless: int = 0


class Left(NamedTuple):
    """One way to leave a stop: the tokens on their way, the flows, the ends that were reached, the answers that it stands on."""

    puts: tuple[Put, ...]
    flows: tuple[Station, ...] = ()
    ends: tuple[str, ...] = ()
    sets: int = 0


class Rules:
    """The moves on one board."""

    def __init__(self, board: Board, memory: Memory) -> None:
        self.board, self.memory, self.stops = board, memory, board.stops
        self.bit = board.bit
        self.known: dict[tuple[int, int], tuple[Move, ...]] = {}
        self.senses = {key: memory.sense(asks(stop)) for key, stop in self.stops.items()}
        for key, stop in self.stops.items():
            for way in stop.leaving if stop.node.kind == "eventBasedGateway" else ():
                self.senses[key] |= self.senses[way.target]
        self.codes = {key: self._codes(stop) for key, stop in self.stops.items() if by_hand(stop)}
        self.running = {border: board.running(border) for border in board.branches}
        self.reach: dict[str, dict[int, tuple[int, ...]]] = {}
        self.coming: dict[str, int] = {}
        self.way_bits = board.ways_of

    # ---- a token on a stop
    def moves(self, bit: int, state: int) -> tuple[Move, ...]:
        """All that the token at this place may do by itself, events on its border included."""
        place = self.board.place(bit)
        stop = self.stops[place.key]
        if throws(stop.node):
            return tuple(self._enough(stop, self._thrown(stop, place, bit, state), state))
        if stop.node.needs > 1:
            bit = self._gathered(stop, bit, state)
            if not bit:
                return ()
        sense = bit, state & self.senses[place.key]
        if sense not in self.known:
            self.known[sense] = tuple(self._enough(stop, self._moves(stop, place, bit, state), state))
        found = tuple(move for move in self.known[sense] if not state & move.unless)
        return (*found, *self._reported(stop, state)) if self.codes.get(stop.key) else found

    def _gathered(self, stop: Stop, bit: int, state: int) -> int:
        """The tokens that begin an activity together, for the first of them; nothing while some are missing."""
        here, taken = state & self.board.holds[stop.key], 0
        if here & -here != bit or here.bit_count() < stop.node.needs:
            return 0
        for _ in range(stop.node.needs):
            low = here & -here
            here ^= low
            taken |= low
        return taken

    def _moves(self, stop: Stop, place: Place, bit: int, state: int) -> Iterator[Move]:
        node, mark = stop.node, place.mark
        if stop.opens and stop.entrances:
            yield from self._opened(stop, bit, mark)
            if may_be_empty(node):
                yield from self._done(stop, bit, state, mark)
            return
        if node.kind == "eventBasedGateway" and not node.all_events:
            yield from self._raced(stop, bit, state, mark)
        elif node.work is not None and node.loop is None:
            for drawn in node.work.outcomes:
                yield from self._done(stop, bit, state, mark, drawn.code, _told(node, drawn))
        elif node.kind.endswith("Gateway"):
            yield from self._done(stop, bit, state, mark, place.more)
        else:
            yield from self._done(stop, bit, state, mark, "", _name(node))
        yield from self._events(stop, bit, 0, mark)

    def _done(self, stop: Stop, take: int, state: int, mark: str, outcome: str = "", told: str = "") -> Iterator[Move]:
        clear, sets = self.memory.written(stop.node.id, outcome) if stop.node.work and outcome else (0, 0)
        if stop.node.work and not outcome:
            clear = self.memory.sense(frozenset({stop.node.id}))
        clear |= self.memory.forgotten(stop.node)
        here = self.station(stop.key, told)
        for left in self.left(stop, outcome, (state & ~clear) | sets, mark):
            passed, reached = (here, *left.flows), (stop.key, *left.ends)
            yield Move(take | clear, left.puts, stop.key, passed, reached, sets | left.sets)

    def left(self, stop: Stop, outcome: str, state: int, mark: str) -> Iterator[Left]:
        """The ways to leave the stop, for a token with this mark. One without a way out is an end, where the token rests until
        its scope is over."""
        if stop.jump:
            yield Left((self.put_at(stop.jump, "", mark),))
        elif stop.node.by_event:
            yield Left(())
        elif not stop.leaving:
            yield Left((self._rest(stop.key, mark),))
        else:
            for sets, known in self.memory.answered(state, asks(stop)):
                if outcome:
                    known |= {OUTCOME: outcome, **({stop.node.id: outcome} if stop.node.work else {})}
                yield from self._chosen(stop, outcome, known, sets, mark)

    def _chosen(self, stop: Stop, outcome: str, known: dict[str, object], sets: int, mark: str) -> Iterator[Left]:
        """The sets of flows that may be taken together, with these facts."""
        ways = {way.flow.id: way for way in stop.leaving}
        for flows in alternatives(stop.node, [way.flow for way in stop.leaving], known):
            taken = [ways[flow.id] for flow in flows]
            copies = (mark, *(f"#{number}" for number in range(2, stop.node.gives + 1)))
            sent = tuple(self._sent(way, outcome, copy) for way in taken for copy in copies)
            chosen = len(flows) < len(stop.leaving)
            passed = tuple(station for way in taken for station in self._flow(way, stop, chosen))
            ends = tuple(way.target for way in taken if is_plain_end(self.stops[way.target].node))
            yield Left(sent, passed, ends, sets)

    def _flow(self, way: CourseWay, source: Stop, chosen: bool) -> Iterator[Station]:
        asked = names_of(way.flow.condition)
        known = bool(asked) and asked <= self.memory.steps | {OUTCOME}  # told with the step already
        told = way.flow.name or "" if chosen and source.node.kind.endswith("Gateway") and not known else ""
        yield Station(source.scope, way.flow.id, told)
        if is_plain_end(self.stops[way.target].node):
            yield self.station(way.target, title(self.stops[way.target].node))

    def _sent(self, way: CourseWay, outcome: str, mark: str) -> Put:
        target = self.stops[way.target]
        if is_join(target):
            everybody = self.way_bits[way.target][target.entering.index(way)]
            bit = self._marked(Place("way", way.target, way.key, mark))
            return Put(bit, bit if way.target in self.board.plural else everybody, way.target)
        if is_plain_end(target.node):
            return self._rest(way.target, mark)
        return self.put_at(way.target, outcome, mark)

    def put_at(self, key: str, outcome: str = "", mark: str = "") -> Put:
        node = self.stops[key].node
        sees = outcome if Place("at", key, outcome) in self.bit else ""
        ends = node.kind == "endEvent" and any(event.kind in ("terminate", "error", "cancel") for event in node.events)
        bit = self._marked(Place("at", key, sees, mark))
        if node.needs > 1:
            return Put(
                bit, 0, key, tuple(self._marked(Place("at", key, "", each)) for each in ("", *self.board.marks[key]))
            )
        clash = bit if key in self.board.plural else self.board.holds[key]
        return Put(bit, 0 if ends else clash, key)  # where it ends the scope, the first takes the others along

    def _rest(self, key: str, mark: str) -> Put:
        bit = self._marked(Place("rest", key, "", mark))
        return Put(bit, bit, key)

    def _marked(self, place: Place) -> int:
        """The place of a token with its mark; where no token of such a mark can come, it has none."""
        return self.bit[place if place in self.bit else place._replace(mark="")]

    def mark_of(self, taken: int) -> str:
        """The mark that these tokens have in common."""
        marks = set[str]()
        while taken:
            low = taken & -taken
            taken ^= low
            marks.add(self.board.place(low).mark)
        return marks.pop() if len(marks) == 1 else ""

    # ---- what opens
    def _opened(self, stop: Stop, take: int, mark: str = "") -> Iterator[Move]:
        for keys in stop.entrances:
            sets = self._marked(Place("open", stop.key, "", mark))
            if self.board.is_in_turn(stop.key):
                keys, sets = keys[:1], sets | self.bit[Place("next", stop.key, "1")]
            puts = tuple(self.put_at(key) for key in keys)
            yield Move(take, puts, stop.key, (self.station(stop.key, ""),), (stop.key,), sets)

    def closings(self, key: str, state: int) -> list[Move]:
        """A scope whose tokens have all come to rest is left, or begins what comes next in it."""
        if key == self.board.course.root:
            return [Move(state, (), key)]
        stop, take = self.stops[key], self.board.opens[key] | self.board.within[key]
        mark = self.mark_of(state & self.board.opens[key])
        if self.board.is_in_turn(key) and (move := self._next_turn(stop, state)):
            return [move, *(self._closed(stop, take, state, mark) if stop.node.completion else ())]
        moves = [*self._closed(stop, take, state, mark)]
        if repeats(stop.node):
            moves += [move._replace(passed=(), reached=()) for move in self._opened(stop, take, mark)]
        return list(self._enough(stop, moves, state))

    def _closed(self, stop: Stop, take: int, state: int, mark: str) -> Iterator[Move]:
        for left in self.left(stop, "", state, mark):
            yield Move(take, left.puts, stop.key, left.flows, left.ends, left.sets)

    def _next_turn(self, stop: Stop, state: int) -> Move | None:
        keys = stop.entrances[0]
        for turn in range(1, len(keys)):
            now = self.bit[Place("next", stop.key, str(turn))]
            if state & now:
                rests = self.board.within[stop.key] & ~self.board.active[stop.key]
                nxt = self.bit[Place("next", stop.key, str(turn + 1))]
                return Move(rests, (self.put_at(keys[turn]),), stop.key, (), (), nxt)
        return None

    def _enough(self, stop: Stop, moves: Iterable[Move], state: int) -> Iterator[Move]:
        """Inside an ad-hoc sub-process whatever is done may be enough, and ends the rest."""
        host = self.stops.get(stop.inside)
        for move in moves:
            yield move
            if host is None or host.node.kind != "adHocSubProcess":
                continue
            if host.node.completion and host.node.cancel_remaining:
                gone = self.board.opens[host.key] | self.board.within[host.key]
                for left in self.left(host, "", 0, self.mark_of(state & self.board.opens[host.key])):
                    sets = move.sets & self.memory.mask | left.sets
                    passed, reached = (*move.passed, *left.flows), (*move.reached, *left.ends)
                    yield Move(move.take | gone, left.puts, stop.key, passed, reached, sets)

    def listens(self, key: str) -> bool:
        """Whether something may come from outside while this scope is open, or while a token stands on this stop."""
        borders = self.stops[key].borders if key in self.stops else ()
        inner = self.stops[key].opens if key in self.stops else True
        heard = [
            event
            for other in (*borders, *(self.board.handlers(key) if inner else ()))
            for event in awaited(self.stops[other].node)
        ]
        return any(event.kind in OUTSIDE for event in heard)

    # ---- events
    def _raced(self, stop: Stop, take: int, state: int, mark: str) -> Iterator[Move]:
        """The first event behind an event gateway takes its way, and the others are off."""
        for way in stop.leaving:
            target = self.stops[way.target]
            here = (
                self.station(stop.key, ""),
                Station(stop.scope, way.flow.id),
                self.station(way.target, _name(target.node)),
            )
            if is_join(target) or is_plain_end(target.node):
                yield Move(take, (self._sent(way, "", mark),), stop.key, here[:2], (stop.key,))
                continue
            for left in self.left(target, "", state, mark):
                passed, reached = (*here, *left.flows), (stop.key, way.target, *left.ends)
                yield Move(take, left.puts, stop.key, passed, reached, left.sets)

    def _events(self, stop: Stop, take: int, gone: int, mark: str) -> Iterator[Move]:
        """What may come at the border of a stop whose token stands at `take`; gone: what an interruption clears with it."""
        for key in stop.borders:
            border = self.stops[key].node
            may = OUTSIDE | {"error"} if not gone and by_hand(stop) else OUTSIDE
            mine = any(event.kind in may for event in border.events)
            announced = bool(stop.node.loop and stop.node.loop.announces)
            here, reached = ((), ()) if gone else ((self.station(stop.key, ""),), (stop.key,))
            if border.interrupting and mine:
                yield Move(take | gone, (self.put_at(key, "", mark),), key, here, reached)
            elif mine or announced:
                yield self._beside(key)._replace(passed=here, reached=reached)

    def _beside(self, border: str) -> Move:
        """What does not interrupt sends a token of its own, and comes once at a time."""
        return Move(0, (self.put_at(border, "", border),), border, unless=self.running[border])

    def events(self, key: str, state: int) -> list[Move]:
        """What may come from outside while this scope is open: at the border of its host, and for its event sub-processes."""
        moves: list[Move] = []
        if key != self.board.course.root:
            host, here = self.stops[key], state & self.board.opens[key]
            found = self._events(host, here, self.board.within[key], self.mark_of(here))
            moves += [move for move in found if not state & move.unless]
        off = self.bit.get(Place("off", key), 0)
        for handler in () if state & off else self.board.handlers(key):
            node = self.stops[handler].node
            if any(event.kind in OUTSIDE for event in awaited(node)):
                moves += self._handled(key, handler, state)
        return moves

    def _handled(self, scope: str, handler: str, state: int, take: int = 0) -> list[Move]:
        """An event sub-process opens; one that interrupts stops all else in its scope first."""
        stop = self.stops[handler]
        if not interrupts(stop.node):
            if state & self.board.opens[handler]:
                return [Move(take, (), handler)] if take else []
            return [move._replace(at=handler) for move in self._opened(stop, take)]
        off = self.bit[Place("off", scope)]
        return [
            move._replace(sets=move.sets | off) for move in self._opened(stop, take | self.board.within[scope] & ~off)
        ]

    # ---- what is thrown
    def _thrown(self, stop: Stop, place: Place, bit: int, state: int) -> list[Move]:
        """What comes of an event that throws; what takes its own token off ends the throwing."""
        here, beside = self.station(stop.key, title(stop.node)), list[Move]()
        for event in stop.node.events:
            if event.kind == "terminate":
                off = self.bit.get(Place("off", stop.inside), 0)
                gone = self.board.within[stop.inside] & ~off
                return [Move(gone, (self._rest(stop.key, ""),), stop.key, (here,), (stop.key,), off)]
            caught = self._caught(event.kind, event.name, stop, state) if event.kind in KILLS else None
            if caught is None and event.kind == "error":  # nobody catches it: the case has failed, and is over
                return [Move(state, (), stop.key, (here,), (stop.key,))]
            moves, goes_on = caught or ([], True)
            if not goes_on:
                return [
                    m._replace(take=m.take | bit, passed=(here, *m.passed), reached=(stop.key, *m.reached))
                    for m in moves
                ]
            beside += [move for move in moves if not state & move.unless][:1]
        return [_together(move, beside) for move in self._done(stop, bit, state, place.mark, "", title(stop.node))]

    def _caught(self, kind: str, name: str | None, stop: Stop, state: int) -> tuple[list[Move], bool] | None:
        """Who catches it: level by level, an exact code before one that catches all. With whether the thrower goes on."""
        scope, host = stop.inside, None
        while True:
            off = self.bit.get(Place("off", scope), 0)
            handlers = () if state & off else self.board.handlers(scope)
            borders = self.stops[host].borders if host else ()
            near = [key for key in (*handlers, *borders) if catches(self.stops[key].node, kind, name)]
            if near:
                key = min(near, key=lambda key: any_code(self.stops[key].node, kind))
                return self._given(key, scope, host, state)
            if scope == self.board.course.root:
                return None
            host, scope = scope, self.stops[scope].inside

    def _given(self, key: str, scope: str, host: str | None, state: int) -> tuple[list[Move], bool]:
        node = self.stops[key].node
        if node.inner is not None:
            return self._handled(scope, key, state), not interrupts(node)
        assert host is not None
        if not node.interrupting:
            return [self._beside(key)], True
        here = state & self.board.opens[host]
        return [Move(here | self.board.within[host], (self.put_at(key, "", self.mark_of(here)),), key)], False

    def _reported(self, stop: Stop, state: int) -> Iterator[Move]:
        """An error that a step by hand reports to whoever is around it: of any code that nobody nearer takes."""
        seen = set[str]()
        for code in self.codes[stop.key]:
            for move in (self._caught("error", code, stop, state) or ([], False))[0]:
                if move.at not in seen:
                    here = self.station(stop.key, title(stop.node))
                    yield move._replace(passed=(here, *move.passed), reached=(stop.key, *move.reached))
                seen.add(move.at)

    def _codes(self, stop: Stop) -> tuple[str, ...]:
        """The codes of errors that are told apart around a step, and one that nobody names."""
        own = self._caught_codes(stop.borders)
        if None in own:
            return ()
        around, host, scope = set[str | None](), stop.key, stop.inside
        while True:
            borders = self.stops[host].borders if host != stop.key else ()
            around |= self._caught_codes((*self.board.handlers(scope), *borders))
            if scope == self.board.course.root:
                break
            host, scope = scope, self.stops[scope].inside
        named = tuple(sorted(code for code in around - own if code is not None))
        return (*named, UNNAMED) if None in around else named

    def _caught_codes(self, catchers: Iterable[str]) -> set[str | None]:
        return {e.name for key in catchers for e in awaited(self.stops[key].node) if e.kind == "error"}

    # ---- joins
    def ready(self, key: str, state: int) -> bool | None:
        """Whether the join may go on now; None where that hangs on a condition that is not known."""
        stop, bits = self.stops[key], self.way_bits[key]
        filled = sum(1 << i for i, bit in enumerate(bits) if state & bit)
        if stop.node.kind == "parallelGateway":
            return filled == (1 << len(bits)) - 1
        if self._none_comes(key, filled, state):
            return True
        if stop.node.kind == "inclusiveGateway":
            return False
        count = filled.bit_count()
        known = {
            **self.memory.known(state, frozenset(self.memory.fields)),
            "nrOfToken": count,
            "activationCount": count,
        }
        return holds(stop.node.completion, known)

    def _none_comes(self, key: str, filled: int, state: int) -> bool:
        """No token elsewhere can come by an empty way and by no filled one."""
        reach = self.reaching(key)
        rest = state & self.coming[key]
        while rest:
            low = rest & -rest
            rest ^= low
            if any(ways & ~filled and not ways & filled for ways in reach[low]):
                return False
        return True

    def reaching(self, key: str) -> dict[int, tuple[int, ...]]:
        """By place, the ways into this join that a token there can still come by without passing it, as bits."""
        if key not in self.reach:
            ways: dict[str, int] = {}
            for number, way in enumerate(self.stops[key].entering):
                for source in self._leading(way.source, key):
                    ways[source] = ways.get(source, 0) | 1 << number
            found = dict[int, tuple[int, ...]]()
            for place, bit in self.bit.items():
                if place.what in ("at", "way", "open") and place.key in ways and place.key != key:
                    stop = self.stops[place.key]
                    if stop.node.kind == "eventBasedGateway" and not is_join(stop):
                        found[bit] = tuple(ways.get(way.target, 0) for way in stop.leaving)
                    else:
                        found[bit] = (ways[place.key],)
            self.reach[key] = found
            self.coming[key] = sum(found)
        return self.reach[key]

    def comes_back(self, key: str) -> bool:
        """Whether a token that has passed this join may come to it again."""
        behind = {way.target for way in self.stops[key].leaving}
        return any(behind & (self._leading(way.source, key) | {key}) for way in self.stops[key].entering)

    def _leading(self, source: str, gateway: str) -> set[str]:
        scope = self.stops[gateway].inside
        found, todo = {source}, [source]
        while todo:
            here = todo.pop()
            for key in self.board.course.back[here] if here != gateway else ():
                if key not in found and self.stops[key].inside == scope:
                    found.add(key)
                    todo.append(key)
        return found

    def joined(self, key: str, state: int) -> list[Move]:
        """The tokens of a join become one, and go on."""
        stop, taken = self.stops[key], [state & bit & -(state & bit) for bit in self.way_bits[key]]
        take = sum(taken)
        mark = self.mark_of(next(filter(None, taken)) if key in self.board.plural else take)
        sets = 0
        if stop.node.kind == "complexGateway":
            self.reaching(key)
            sets = self.bit[Place("late", key)] if state & self.coming[key] else 0
        here = self.station(key, "")
        moves = [
            Move(take, left.puts, key, (here, *left.flows), (key, *left.ends), sets | left.sets)
            for left in self.left(stop, "", state, mark)
        ]
        return list(self._enough(stop, moves, state))

    def station(self, key: str, told: str) -> Station:
        stop = self.stops[key]
        return Station(stop.scope, stop.node.id, told)


def _together(move: Move, others: Iterable[Move]) -> Move:
    """One move that does what these do besides."""
    for other in others:
        move = move._replace(
            puts=(*move.puts, *other.puts),
            sets=move.sets | other.sets,
            passed=(*move.passed, *other.passed),
            reached=(*move.reached, *other.reached),
        )
    return move


def throws(node: Node) -> bool:
    return node.kind in ("endEvent", "intermediateThrowEvent") and any(event.kind in KILLS for event in node.events)


def is_plain_end(node: Node) -> bool:
    return node.kind == "endEvent" and not throws(node)


def catches(node: Node, kind: str, name: str | None) -> bool:
    return any(event.kind == kind and event.name in (name, None) for event in awaited(node))


def any_code(node: Node, kind: str) -> bool:
    return all(event.name is None for event in awaited(node) if event.kind == kind)


def by_hand(stop: Stop) -> bool:
    """Done by a person or another system, who may report an error; a call that is left closed may as well."""
    node = stop.node
    closed = node.kind == "callActivity" and not stop.opens
    return node.kind in BY_HAND or node.outbound is not None or node.work is not None or closed


def waits(stop: Stop) -> bool:
    """Whether a token stands here until somebody does something or something comes."""
    node = stop.node
    if stop.opens and stop.entrances:
        return False
    if by_hand(stop) or node.kind in ("receiveTask", "eventBasedGateway"):
        return True
    link = any(event.kind == "link" for event in node.events)
    chosen = node.kind == "exclusiveGateway" and len(stop.leaving) > 1
    chosen = chosen and not any(way.flow.condition for way in stop.leaving)
    return chosen or (node.kind == "intermediateCatchEvent" and not link)


def takes_time(stop: Stop) -> bool:
    """Work that the runtime does in no time: where something listens meanwhile, it may come meanwhile."""
    return stop.node.kind in ("task", "scriptTask", "sendTask", "callActivity", "subProcess") and not stop.opens


def goes_off_again(node: Node) -> bool:
    """A timer in the flow that goes off several times, and sends a token each time."""
    repeats = any(_REPEATS.match(event.text or "") for event in node.events)
    return node.kind == "intermediateCatchEvent" and repeats


def may_be_empty(node: Node) -> bool:
    """Whether a repeated activity may be passed without one turn."""
    if node.loop is None:
        return False
    if node.loop.kind == "standard":
        return node.loop.test_before
    count = (node.loop.cardinality or "").strip()
    return node.loop.collection is not None or not count.isdigit() or int(count) == 0


def repeats(node: Node) -> bool:
    """Whether its inside may be opened again when it is over."""
    return node.loop is not None and node.loop.kind in ("standard", "sequential") and node.loop.maximum != 1


def _name(node: Node) -> str:
    gate = node.kind.endswith("Gateway")
    return "" if gate or (node.kind == "startEvent" and not node.name) else title(node)


def _told(node: Node, outcome: Outcome) -> str:
    return f"{title(node)}（{outcome.label}）"
