"""Who has to do with whom: tokens that have not need not be tried in every order.

Without it ten departments at work side by side would make more positions than anybody can look at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ..paths import Stop
from .board import TOKENS, Board, Place, is_join
from .memory import Memory, asks
from .rules import Rules, takes_time, throws, waits


class Hints:
    """What is known of the board before anybody moves, so that few orders need be tried."""

    def __init__(self, board: Board, rules: Rules, memory: Memory) -> None:
        self.board, self.rules, self.memory = board, rules, memory
        self.stops, self.course, self.spent = board.stops, board.course, 0
        self.back = self._back()
        self.forth: dict[str, set[str]] = {key: set() for key in self.stops}
        for key, sources in self.back.items():
            for source in sources:
                self.forth[source].add(key)
        self.comers: dict[tuple[str, str], int] = {}
        self.listening = {key for key in (self.course.root, *self.stops) if self.rules.listens(key)}
        self.automatic = self.board.mask(
            place for place in self.board.places if place.what == "at" and self._is_automatic(place.key)
        )
        self.killing = self._killing()
        self.touching = {key: facts for key, stop in self.stops.items() if (facts := self._facts(stop))}
        self.touched = self._before(dict(self.touching))
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
        while key != self.course.root:
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
        back: dict[str, set[str]] = {key: set(sources) for key, sources in self.course.back.items()}
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
        return self._coming(key, key)

    def _coming(self, target: str, key: str) -> int:
        """The tokens that may come to the target while one stands on the other stop."""
        if (target, key) not in self.comers:
            ahead, around = self._ahead(key), tuple(f"{scope}/" for scope in self._scopes(key) if scope in self.stops)
            found, todo = {target}, [target]
            while todo:
                here = todo.pop()
                if is_join(self.stops[here]) and here in ahead:
                    continue
                left = tuple(scope for scope in around if not here.startswith(scope))
                fresh = {source for source in self.back[here] if not (left and source.startswith(left))} - found
                found |= fresh
                todo += fresh
            self.spent += len(found) // 20
            found -= {scope[:-1] for scope in around}
            self.comers[target, key] = self.board.mask(
                p for p in self.board.places if p.key in found and p.what in TOKENS
            )
        return self.comers[target, key]

    def _ahead(self, key: str) -> set[str]:
        """The stops that a token may come to from here, out of the scopes that it stands in as well."""
        found, todo = set[str](), [key]
        while todo:
            fresh = self.forth[todo.pop()] - found
            found |= fresh
            todo += fresh
        return found

    def may_end(self, bit: int, state: int) -> list[str]:
        """The scopes in which something may come while they are open, and that may be over when this token has moved: what
        comes sooner comes to the same."""
        key = self.board.place(bit).key
        if self.touched.get(key):  # sooner, other facts are known
            return [scope for scope in self._scopes(key) if scope in self.eventful]
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
        ended = [scope for scope in self.board.opened(state) if scope in self.eventful]
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
        while scope != self.course.root:
            found |= self.board.opens[scope]
            scope = self.stops[scope].inside
        return found

    def _touches(self, key: str, others: int) -> bool:
        """Whether what is written or read of the facts as it goes on is written or read by another who need not wait for it."""
        mine = self.touched.get(key, 0)
        return any(facts & mine and others & self._coming(target, key) for target, facts in self.touching.items())

    def _facts(self, stop: Stop) -> int:
        """The bits of what is remembered that are written or read at a stop."""
        return self.memory.sense(asks(stop) | {stop.node.id}) | self.memory.forgotten(stop.node)

    @property
    def is_tangled(self) -> bool:
        """A branch beside the flow may meet it in an inclusive join, where who comes first decides."""
        return bool(self.fickle and self.board.branches)

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
                todo += self.course.handlers
