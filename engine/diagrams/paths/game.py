"""The game of tokens on a course: what one token may do, what may interrupt it, when a scope has come to rest.

Exact for joins, sub-processes, borders and event sub-processes, with two exceptions: of equal tokens on one flow two are
told apart from one, three are not; and an event that does not interrupt happens again only when its branch is over.
Where it does not know it errs towards "may": unknown facts may hold, an event may happen whenever somebody listens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from ..graph import Node, Outcome, Work
from ..rulebook import title
from .conditions import OUTCOME, alternatives
from .course import Course, Stop, Way, only_behind, starts

INSIDE = "@"
JOINS = ("parallelGateway", "inclusiveGateway", "complexGateway")


class Token(NamedTuple):
    """at: key of the stop. by: key of the way it came, empty where it began, INSIDE on a stop whose inside is open.
    outcome: of the step directly before, carried through gateways only, as far as none of them joins branches.
    again: the second of two that are equal otherwise; it moves only when the first has gone.
    """

    at: str
    by: str = ""
    outcome: str = ""
    again: bool = False


Tokens = frozenset[Token]
Facts = frozenset[tuple[str, str]]


class Move(NamedTuple):
    """What became of the tokens, at which stop, and what a person would tell of it (empty for what runs by itself)."""

    tokens: Tokens
    stop: Stop
    told: str = ""
    work: Work | None = None
    outcome: str = ""

    @property
    def node(self) -> Node:
        return self.stop.node


class Game:
    """The rules of the course. Facts are the outcomes of steps that are remembered, by step id.

    spent: stops looked at to learn what leads where.
    """

    def __init__(self, course: Course) -> None:
        self.course, self.stops, self.spent = course, course.stops, 0
        self.leads_to = cache(self._leads_to)
        self.only_behind = cache(self._only_behind)

    def moves_of(self, token: Token, tokens: Tokens, facts: Facts) -> Iterator[Move]:
        """All that the token may do by itself; nothing while it waits at a join or for its inside."""
        if token.by == INSIDE or token.again:
            return
        stop, rest = self.stops[token.at], taken(tokens, token)
        node = stop.node
        if node.kind == "endEvent":
            yield self._ended(stop, rest)
        elif _joins(stop):
            yield from self._joined(token, stop, tokens, facts)
        elif stop.opens and stop.entrances:
            for keys in stop.entrances:
                yield Move(put(rest, {Token(stop.key, INSIDE), *born(keys)}), stop)
        elif node.work is not None:
            yield from self._worked(stop, node.work, rest, facts)
        else:
            carried = token.outcome if node.kind.endswith("Gateway") else ""
            for left in self._left(stop, carried, facts):
                yield Move(put(rest, left), stop)

    def _worked(self, stop: Stop, work: Work, rest: Tokens, facts: Facts) -> Iterator[Move]:
        for outcome in work.outcomes:
            for left in self._left(stop, outcome.code, facts | {(stop.node.id, outcome.code)}):
                yield Move(put(rest, left), stop, _told(stop.node, outcome), work, outcome.code)

    def _left(self, stop: Stop, outcome: str, facts: Facts) -> Iterator[Tokens]:
        """The sets of tokens that may leave the stop. A stop without a way out is an implicit end: the empty set."""
        if stop.jump:
            yield born((stop.jump,))
        elif not stop.leaving:
            yield frozenset()
        else:
            known = dict(facts) | ({OUTCOME: outcome} if outcome else {})
            ways = {way.flow.id: way for way in stop.leaving}
            for flows in alternatives(stop.node, [way.flow for way in stop.leaving], known):
                yield frozenset(self._sent(ways[flow.id], outcome) for flow in flows)

    def _sent(self, way: Way, outcome: str) -> Token:
        """The token on its way; only a gateway that waits for no other branch still sees the outcome."""
        target = self.stops[way.target]
        sees = target.node.kind.endswith("Gateway") and not _joins(target)
        return Token(way.target, way.key, outcome if sees else "")

    # ---- joins
    def _joined(self, token: Token, stop: Stop, tokens: Tokens, facts: Facts) -> Iterator[Move]:
        arrived = sorted(other for other in tokens if other.at == stop.key and not other.again)
        if token != arrived[0] or not self._is_full(stop, arrived, tokens):
            return
        for other in arrived:
            tokens = taken(tokens, other)
        for left in self._left(stop, "", facts):
            yield Move(put(tokens, left), stop)

    def _is_full(self, stop: Stop, arrived: list[Token], tokens: Tokens) -> bool:
        """Parallel: all ways filled. Inclusive: no other token can still reach an empty way and no filled one."""
        filled = {token.by for token in arrived}
        empty = [way for way in stop.entering if way.key not in filled]
        if stop.node.kind == "parallelGateway":
            return not empty
        coming = frozenset[str]().union(*(self.leads_to(way.source, stop.key) for way in empty))
        there = (self.leads_to(way.source, stop.key) for way in stop.entering if way.key in filled)
        others = {token.at for token in tokens if token.at != stop.key}
        return not others & (coming - frozenset[str]().union(*there))

    def _leads_to(self, target: str, gateway: str) -> frozenset[str]:
        """All stops from which the target can be reached without passing the gateway."""
        reached, todo = {target}, [target]
        while todo:
            for source in self.course.back[todo.pop()]:
                if source not in reached and source != gateway:
                    reached.add(source)
                    todo.append(source)
        self.spent += len(reached)
        hosts = tuple(f"{host}/" for host in reached if self.stops[host].opens)
        inner = {key for key in self.stops if key.startswith(hosts)} if hosts else set[str]()
        return frozenset(reached | inner)

    def _only_behind(self, border: str) -> frozenset[str]:
        self.spent += len(self.stops)
        return only_behind(self.course, border)

    # ---- ends
    def _ended(self, stop: Stop, rest: Tokens) -> Move:
        told = title(stop.node)
        for event in stop.node.events:
            match event.kind:
                case "terminate":
                    return Move(outside(rest, stop.inside), stop, told)
                case "error" | "cancel":
                    return Move(self._thrown(event.kind, event.name, stop.inside, rest), stop, told)
        return Move(rest, stop, told)

    def _thrown(self, kind: str, name: str | None, scope: str, tokens: Tokens) -> Tokens:
        """An error climbs out of its scopes until a handler or a border takes it; else the case has failed."""
        while True:
            tokens = outside(tokens, scope)
            for key in self._handlers(scope):
                if any(_catches(start, kind, name) for start in starts(self.stops[key].node)):
                    return put(tokens, self._opened(key))
            if scope == self.course.root:
                return frozenset()
            host = self.stops[scope]
            tokens = taken(tokens, Token(scope, INSIDE))
            for key in host.borders:
                if _catches(self.stops[key].node, kind, name):
                    return put(tokens, born((key,)))
            scope = host.inside

    def _handlers(self, scope: str) -> tuple[str, ...]:
        return self.course.handlers if scope == self.course.root else self.stops[scope].handlers

    def _opened(self, key: str) -> Tokens:
        return born(self.stops[key].entrances[0] if self.stops[key].entrances else ()) | {Token(key, INSIDE)}

    # ---- interruptions
    def interruptions(self, tokens: Tokens) -> Iterator[Move]:
        """All that events on borders and in event sub-processes may do now."""
        for token in sorted(tokens):
            stop = self.stops[token.at]
            if token.again:
                continue
            if (stop.opens and bool(stop.entrances)) == (token.by == INSIDE):
                for key in stop.borders:
                    yield from self._bordered(key, token, tokens)
            if token.by == INSIDE:
                yield from self._handled(token.at, tokens)
        if tokens:
            yield from self._handled(self.course.root, tokens)

    def _bordered(self, key: str, host: Token, tokens: Tokens) -> Iterator[Move]:
        stop, node = self.stops[key], self.stops[key].node
        if node.interrupting:
            yield Move(put(outside(taken(tokens, host), host.at), born((key,))), stop, title(node))
        elif not any(token.at in self.only_behind(key) for token in tokens):
            yield Move(put(tokens, born((key,))), stop, title(node))

    def _handled(self, scope: str, tokens: Tokens) -> Iterator[Move]:
        for key in self._handlers(scope):
            node = self.stops[key].node
            if Token(key, INSIDE) in tokens:
                continue
            interrupts = any(start.interrupting for start in starts(node))
            left = outside(tokens, scope) if interrupts else tokens
            yield Move(put(left, self._opened(key)), self.stops[key], title(node))

    def closed(self, tokens: Tokens, facts: Facts) -> Iterator[Tokens]:
        """The tokens after every stop whose inside has come to rest was left, from the innermost outwards."""
        for token in sorted(tokens):
            if token.by == INSIDE and not token.again and outside(tokens, token.at) == tokens:
                stop = self.stops[token.at]
                for left in (frozenset[Token](),) if stop.node.by_event else self._left(stop, "", facts):
                    yield from self.closed(put(taken(tokens, token), left), facts)
                return
        yield tokens


def _joins(stop: Stop) -> bool:
    return len(stop.entering) > 1 and stop.node.kind in JOINS


def born(keys: tuple[str, ...]) -> Tokens:
    """Tokens that begin at these stops."""
    return frozenset(Token(key) for key in keys)


def put(tokens: Tokens, more: Iterable[Token]) -> Tokens:
    """Set tokens down; where an equal one stands already, as the second of two."""
    return tokens | {token._replace(again=token in tokens) for token in more}


def taken(tokens: Tokens, token: Token) -> Tokens:
    """Take one token away; of two equal ones the first stays."""
    second = token._replace(again=True)
    return tokens - {second if second in tokens else token}


def outside(tokens: Tokens, scope: str) -> Tokens:
    """The tokens that do not stand inside this stop (the token on the stop itself stays)."""
    return frozenset(token for token in tokens if not token.at.startswith(f"{scope}/"))


def _catches(node: Node, kind: str, name: str | None) -> bool:
    return any(event.kind == kind and (event.name is None or event.name == name) for event in node.events)


def _told(node: Node, outcome: Outcome) -> str:
    return f"{title(node)}（{outcome.label}）"
