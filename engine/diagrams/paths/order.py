"""Who touches what: tokens whose next acts have nothing in common need not be tried in every order.

Without it ten departments at work side by side would make more orders than anybody can walk.
"""

from __future__ import annotations

from collections import deque

from ..vocabulary import StepKind
from .conditions import names_of
from .course import Stop, Way
from .game import INSIDE, Game, Token, Tokens
from .phase import SEEN, Phase, procedure, touches

MAX_LABELS = 40
MAX_JOINS = 100


class Order:
    """What each stop touches itself, and what is touched behind it.

    remembered: step ids whose outcome a later condition asks for; none where they are not to be remembered, or are too
    many. spent: how much was worked out, in stops.
    """

    def __init__(self, game: Game, remember: bool) -> None:
        self.game, self.course = game, game.course
        asked = frozenset[str]().union(*(_asks(stop) for stop in self.course.stops.values()))
        steps = asked & {stop.node.id for stop in self.course.stops.values() if stop.node.work}
        self.remembered = steps if remember and len(steps) <= MAX_LABELS else frozenset[str]()
        self.own = self._own()
        joins = [stop for stop in self.course.stops.values() if stop.node.kind == "parallelGateway"]
        # without them fewer orders are spared, and nothing is missed
        self.joins = joins if len(joins) <= MAX_JOINS else []
        self._ahead: dict[frozenset[str], dict[str, frozenset[str]]] = {}
        self.spent = 0

    def asked_later(self, tokens: Tokens) -> frozenset[str]:
        """The remembered names that a condition still asks for, wherever the tokens go."""
        ahead = self._touched_ahead(frozenset())
        return frozenset[str]().union(*(ahead[token.at] for token in tokens)) & self.remembered

    def is_quiet(self, token: Token, tokens: Tokens, phase: Phase) -> bool:
        """Whether nothing that the others can do before it moves has to do with what it does."""
        if token.by == INSIDE:
            return False
        own = self.own[token.at] - {SEEN} if phase.seen else self.own[token.at]
        # a stop whose inside is open goes on only when this token has left it
        others = [t for t in tokens if t != token and not (t.by == INSIDE and token.at.startswith(f"{t.at}/"))]
        if not own or not others:
            return True
        ahead = self._touched_ahead(self._held_by(token, others))
        return not any(own & ahead[other.at] for other in others)

    def _held_by(self, token: Token, others: list[Token]) -> frozenset[str]:
        """The parallel joins that cannot open before this token has come: one of their ways is left to it alone."""
        return frozenset(
            join.key
            for join in self.joins
            if any(
                self._comes(token, way, join) and not any(self._comes(other, way, join) for other in others)
                for way in join.entering
            )
        )

    def _comes(self, token: Token, way: Way, join: Stop) -> bool:
        """Whether the token is on this way into the join already, or may still get there without passing the join."""
        self.spent += 1
        return token.by == way.key if token.at == join.key else token.at in self.game.leads_to(way.source, join.key)

    def _own(self) -> dict[str, frozenset[str]]:
        """Remembered names, parts of the phase, and the life of the surrounding scopes that an end may cut short."""
        stops = self.course.stops
        drawn = (stop.node.work for stop in stops.values())
        procedures = {procedure(work) for work in drawn if work and work.kind is StepKind.SPECIAL}
        crowded = len(procedures) > MAX_LABELS
        mortal = {stop.inside for stop in stops.values() if _ends_others(stop)}
        own: dict[str, frozenset[str]] = {}
        for key, stop in stops.items():
            names = (_asks(stop) | {stop.node.id}) & self.remembered
            phase = touches(stop.node.work, () if crowded else procedures) if stop.node.work else frozenset[str]()
            phase = frozenset({"!phase"}) if phase and crowded else phase
            own[key] = names | phase | {f"!life {scope}" for scope in mortal if key.startswith(f"{scope}/")}
        return own

    def _touched_ahead(self, held: frozenset[str]) -> dict[str, frozenset[str]]:
        """For each stop what is touched at it or behind it, as far as one gets without passing the held joins."""
        if held not in self._ahead:
            self.spent += len(self.course.stops)
            self._ahead[held] = self._spread(held)
        return self._ahead[held]

    def _spread(self, held: frozenset[str]) -> dict[str, frozenset[str]]:
        ahead = {key: own if key not in held else frozenset[str]() for key, own in self.own.items()}
        todo = deque(key for key, names in ahead.items() if names)
        while todo:
            key = todo.popleft()
            for other in self.course.back[key]:
                if other not in held and not ahead[key] <= ahead[other]:
                    ahead[other] |= ahead[key]
                    todo.append(other)
        return ahead


def _asks(stop: Stop) -> frozenset[str]:
    return frozenset[str]().union(*(names_of(way.flow.condition) for way in stop.leaving))


def _ends_others(stop: Stop) -> bool:
    ending = any(event.kind in ("terminate", "error", "cancel") for event in stop.node.events)
    return ending and stop.node.kind == "endEvent"
