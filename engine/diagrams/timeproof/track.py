"""The track: what of a drawing lies between the start of a limit and its end, without its returns an acyclic graph.

A limit from acceptance begins when the intake accepts, one from receipt where the process begins. Both end with the decision,
with the sending up, or, of a stage, with the last matter that it waits for; where nothing of that is drawn, with the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ...clock import CountedFrom, Ground, Limit, Span
from ...errors import LianshenError
from ..graph import Diagram, Node, Work
from ..paths import OUTCOME, Course, alternatives
from ..paths.course import Stop, Way
from ..vocabulary import StepKind
from .called import CalledMatter
from .days import Length

_PLAIN = re.compile(r"P(?:(?P<weeks>\d{1,3})W|(?P<days>\d{1,4})D)")
_HOURS = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d+(?:\.\d+)?S)?")
_ACCEPTING = ("accept", "accept_tolerant")
_RETURN = "return"
_DAY = 24 * 60


class State(NamedTuple):
    """Where the course stands. outcome: of the step directly before, carried through gateways that join nothing. part: of a stop
    with an inside, `out` when that is over; of a matter that a stage does not wait for, `own` for its own work."""

    at: str
    outcome: str = ""
    part: str = ""


class Link(NamedTuple):
    """From one state to the next, by a drawn way or by none."""

    source: int
    way: Way | None


Links = dict[State, list[tuple[Way | None, State]]]


@dataclass
class Track:
    """States in an order in which each comes after all that lead to it, returns left out.

    lengths: what each takes. before, again: what leads to each, and what returns to it. begins, ends: with which the limit does.
    """

    states: list[State] = field(default_factory=list)
    lengths: list[tuple[Length, ...]] = field(default_factory=list)
    before: list[list[Link]] = field(default_factory=list)
    again: list[list[Link]] = field(default_factory=list)
    begins: set[int] = field(default_factory=set)
    ends: set[int] = field(default_factory=set)

    @property
    def returns(self) -> bool:
        return any(self.again)


@dataclass(frozen=True)
class Drawn:
    """What a track is laid over: the course of the diagram, and what is known of the matters that it calls."""

    diagram: Diagram
    course: Course
    called: Mapping[str, CalledMatter]

    def matter(self, stop: Stop) -> str | None:
        return None if stop.opens else self.diagram.matter_called(stop.node)

    def is_stage(self) -> bool:
        stops = self.course.stops.values()
        return any(stop.node.work is not None and stop.node.work.kind is StepKind.SUMMARY for stop in stops)

    def entrances(self) -> list[str]:
        return [key for keys in self.course.entrances for key in keys]


class Layer:
    """Lays a track over a course for one limit. name: what people call it. route: answers of the application that are taken as given."""

    def __init__(self, drawn: Drawn, name: str, limit: Limit, route: Mapping[str, str]) -> None:
        self.name = name
        self.drawn, self.stops, self.limit, self.route = drawn, drawn.course.stops, limit, dict(route)
        self.stage = drawn.is_stage()
        self.sent_back: set[tuple[State, State]] = set()
        self.waits: set[tuple[State, State]] = set()
        self.tangled = False
        """Whether a loop that no outcome closes has several ways in, so that the drawn order says which way leads back."""
        self.circle = False
        """Whether matters wait for each other, so that their order was left out of account."""

    def lay(self) -> Track:
        """The track of this limit; of several ways to begin all."""
        links = self._explored(self._sources())
        ends = {state for state, leads in links.items() if self._finishes(state)}
        if not ends and not any(self._finishes(State(key)) for key in self.stops):
            ends = {state for state, leads in links.items() if not leads}  # no decision is drawn at all: to its end
        awaiting = self._awaiting(links)
        track, returns = self._in_order(_that_end(awaiting, ends), ends)
        if returns & self.waits:
            self.circle = True
            track, _ = self._in_order(_that_end(links, ends), ends)
        return track

    # ---- from where to where
    def _sources(self) -> list[State]:
        if self.limit.counted_from is CountedFrom.RECEIVED:
            return [State(key) for key in self.drawn.entrances()]
        accepts = [stop for stop in self.stops.values() if _accepts(stop.node.work)]
        if not accepts:
            return [State(key) for key in self.drawn.entrances()]
        left = (
            self._left(stop, outcome) for stop in accepts for outcome in _ACCEPTING if _has(stop.node.work, outcome)
        )
        return list(dict.fromkeys(state for some in left for _, state in some))

    def _explored(self, sources: list[State]) -> Links:
        found: Links = {}
        todo = list(reversed(sources))
        while todo:
            state = todo.pop()
            if state not in found:
                found[state] = list(dict.fromkeys(self._leads(state)))
                todo += [target for _, target in reversed(found[state]) if target not in found]
        self.sources = sources
        return found

    def _leads(self, state: State) -> Iterator[tuple[Way | None, State]]:
        stop = self.stops[state.at]
        node = stop.node
        if stop.opens and stop.entrances and not state.part:
            for keys in stop.entrances:
                yield from ((None, State(key)) for key in keys)
            return
        if self._ends_here(stop):
            return
        if node.work is not None and not stop.opens:
            left = {outcome: list(self._left(stop, outcome)) for outcome in self._outcomes(node.work)}
            onward = {target for outcome, leads in left.items() for _, target in leads if outcome != _RETURN}
            self.sent_back |= {(state, target) for _, target in left.get(_RETURN, ()) if target not in onward}
            yield from (lead for leads in left.values() for lead in leads)
        else:
            yield from self._left(stop, state.outcome if node.kind.endswith("Gateway") else "")
        yield from ((None, State(key)) for key in stop.borders)

    def _outcomes(self, work: Work) -> Iterator[str]:
        """Those after which the limit runs on: a correction begins it anew, a refusal ends it."""
        for outcome in work.outcomes:
            intake = work.kind is StepKind.INTAKE and outcome.code not in _ACCEPTING
            if not intake and not _decides(work, outcome.code):
                yield outcome.code

    def _left(self, stop: Stop, outcome: str) -> Iterator[tuple[Way | None, State]]:
        if stop.jump:
            yield None, State(stop.jump)
        elif not stop.leaving:
            if stop.inside in self.stops:
                yield None, State(stop.inside, part="out")
        else:
            known: dict[str, object] = {**self.route, **({OUTCOME: outcome, stop.node.id: outcome} if outcome else {})}
            ways = {way.flow.id: way for way in stop.leaving}
            sets = alternatives(stop.node, [way.flow for way in stop.leaving], known)
            for flow in dict.fromkeys(flow.id for flows in sets for flow in flows):
                way = ways[flow]
                yield way, State(way.target, outcome if _passes_on(self.stops[way.target]) else "")

    def _ends_here(self, stop: Stop) -> bool:
        """Whether nothing that follows the stop lies in the limit any more."""
        work = stop.node.work
        return work is not None and not any(True for _ in self._outcomes(work))

    def _finishes(self, state: State) -> bool:
        """Whether the limit may end when this state is left."""
        stop = self.stops[state.at]
        work = stop.node.work
        if work is not None and not stop.opens:
            refuses = self.limit.counted_from is CountedFrom.RECEIVED and _has(work, "refuse_acceptance")
            return refuses or any(_decides(work, outcome.code) for outcome in work.outcomes)
        return self.stage and self.drawn.matter(stop) is not None and not stop.node.optional

    # ---- matters that wait for each other
    def _awaiting(self, links: Links) -> Links:
        """With a link from each matter to those of this course that may only open when it was granted."""
        here = {code: state for state in links if (code := self.drawn.matter(self.stops[state.at])) and self.stage}
        more: Links = {state: list(leads) for state, leads in links.items()}
        for code, state in here.items():
            for needed in self._awaited(code) & here.keys():
                source = here[needed]
                if self.stops[source.at].node.optional:
                    source = State(source.at, part="own")
                    more.setdefault(source, [])
                    more[here[needed]].append((None, source))
                more[source].append((None, state))
                self.waits.add((source, state))
        return more

    def _awaited(self, code: str) -> set[str]:
        """Every matter that may meet a prerequisite: where several may, the latest counts."""
        matter = self.drawn.called.get(code)
        needs = matter.awaits if matter is not None else ()
        return {other for need in needs if need.holds(self.route) for other in need.codes if other != code}

    # ---- what each takes
    def _in_order(self, links: Links, ends: set[State]) -> tuple[Track, set[tuple[State, State]]]:
        sources = [state for state in self.sources if state in links]
        returns = {(one, other) for one, other in self.sent_back if one in links and _leads_to(other, one, links)}
        order, looped = _sorted(sources, links, returns)
        self.tangled = any(_leads_to(one, source, links, but=other) for source, other in looped for one in sources)
        returns |= looped
        place = {state: at for at, state in enumerate(order)}
        track = Track(order, [self.length(state) for state in order], [[] for _ in order], [[] for _ in order])
        for state in order:
            for way, target in links[state]:
                back = (state, target) in returns
                (track.again if back else track.before)[place[target]].append(Link(place[state], way))
        track.begins = {place[state] for state in self.sources if state in place}
        track.ends = {place[state] for state in ends if state in place}
        return track, returns

    def length(self, state: State) -> tuple[Length, ...]:
        """What standing here takes of the limit; empty for nothing, or for what nobody has limited."""
        stop = self.stops[state.at]
        node = stop.node
        if state.part == "out" or (stop.opens and stop.entrances):
            return ()
        code = self.drawn.matter(stop)
        if code is not None and (not node.optional or state.part == "own"):
            matter = self.drawn.called.get(code)
            return (matter.promised,) if matter is not None else ()
        if node.work is not None:
            span = None if self.pauses(node.work) else span_of(node.work.limit)
            return () if span is None else (span,) * _rounds(node.work)
        return () if self.bordered_by_limit(stop) else waited(node) or ()

    def bordered_by_limit(self, stop: Stop) -> bool:
        """Whether the stop is an event on a border of something that is over by its own limit before the event can be later."""
        attached = stop.node.attached_to
        host = self.stops.get(f"{stop.inside}/{attached}") if attached else None
        return host is not None and bool(self.length(State(host.key)))

    def pauses(self, work: Work) -> bool:
        """Whether this limit stands still until the step is done: a special procedure for a ground that stops it."""
        if not self.stands_still(work):
            return False
        ground = next((g for g in Ground if g == work.ground), None)
        return ground is None or self.limit.stops(ground)

    @staticmethod
    def stands_still(work: Work) -> bool:
        """Whether the step waits for the result of a special procedure, which stops the limits that list its ground."""
        codes = {outcome.code for outcome in work.outcomes}
        return work.kind is StepKind.SPECIAL and "end" in codes and "start" not in codes


def span_of(text: str | None) -> Span | None:
    """A limit as drawn; None where there is none that can be read."""
    try:
        return Span.parse(text) if text else None
    except LianshenError:
        return None


def waited(node: Node) -> tuple[Length, ...] | None:
    """How long a timer waits; empty for no timer, None where nobody can say."""
    timers = [event for event in node.events if event.kind == "timer"]
    if not timers or node.kind == "startEvent":
        return ()
    text = (timers[0].text or "").strip()
    if timers[0].timer == "duration" or span_of(text):
        span = span_of(text)
        if span is not None:
            return (span,)
        if found := _PLAIN.fullmatch(text):
            return (int(found["days"] or 0) + 7 * int(found["weeks"] or 0),)
        if (found := _HOURS.fullmatch(text)) and text != "PT":
            return (-(-(int(found[1] or 0) * 60 + int(found[2] or 0)) // _DAY) or 1,)
    return None


def _accepts(work: Work | None) -> bool:
    return work is not None and work.kind is StepKind.INTAKE and any(_has(work, code) for code in _ACCEPTING)


def _has(work: Work | None, outcome: str) -> bool:
    return work is not None and any(one.code == outcome for one in work.outcomes)


def _decides(work: Work, outcome: str) -> bool:
    decided = work.kind is StepKind.DECIDE and outcome in ("grant", "refuse")
    return decided or (work.kind is StepKind.ESCALATE and outcome == "sent_up")


def _rounds(work: Work) -> int:
    """In turn, each signer has the whole limit; otherwise all sign side by side."""
    return len(work.signing.signers) or 1 if work.signing is not None and work.signing.rule == "in_turn" else 1


def _passes_on(stop: Stop) -> bool:
    joins = len(stop.entering) > 1 and stop.node.kind in ("parallelGateway", "inclusiveGateway", "complexGateway")
    return stop.node.kind.endswith("Gateway") and not joins


def _that_end(links: Links, ends: set[State]) -> Links:
    """Only what comes to an end of the limit."""
    sources: dict[State, list[State]] = {}
    for state, leads in links.items():
        for _, target in leads:
            sources.setdefault(target, []).append(state)
    kept, todo = set(ends), list(ends)
    while todo:
        fresh = [state for state in sources.get(todo.pop(), ()) if state not in kept]
        kept.update(fresh)
        todo += fresh
    return {state: [lead for lead in leads if lead[1] in kept] for state, leads in links.items() if state in kept}


def _leads_to(source: State, target: State, links: Links, but: State | None = None) -> bool:
    """Whether one gets from a state to another one, without passing a third."""
    seen, todo = {source, but}, [source] if source != but else []
    while todo:
        state = todo.pop()
        if state == target:
            return True
        fresh = [other for _, other in links.get(state, ()) if other not in seen]
        seen.update(fresh)
        todo += fresh
    return False


def _sorted(
    sources: list[State], links: Links, returns: set[tuple[State, State]]
) -> tuple[list[State], set[tuple[State, State]]]:
    """Reverse postorder of a walk in drawn order that follows no return, and the links that all the same lead back to where the
    walk still stands."""
    onward = {state: [other for _, other in leads if (state, other) not in returns] for state, leads in links.items()}
    done: list[State] = []
    seen: set[State] = set()
    standing: set[State] = set()
    looped: set[tuple[State, State]] = set()
    back = [target for state, leads in links.items() for _, target in leads if (state, target) in returns]
    for source in (*reversed(sources), *back):
        if source in seen:
            continue
        seen.add(source)
        standing.add(source)
        todo = [(source, iter(reversed(onward[source])))]
        while todo:
            state, leads = todo[-1]
            for target in leads:
                if target in standing:
                    looped.add((state, target))
                elif target not in seen:
                    seen.add(target)
                    standing.add(target)
                    todo.append((target, iter(reversed(onward[target]))))
                    break
            else:
                todo.pop()
                standing.discard(state)
                done.append(state)
    return done[::-1], looped
