"""How a case can stand, in law, when it comes to each place of the drawing: received, accepted, decided, certified, served.

Beside the walk, which plays all tokens together for the order of acceptance and decision, this goes over the course once and
tells for each stop what may have happened before it on the ways there. Branches that meet bring what each of them has done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from .findings import Station, Way
from .graph import Diagram, Node, Work
from .paths import OUTCOME, Course, alternatives
from .paths.course import Stop
from .paths.course import Way as CourseWay
from .rulebook import title
from .tour import scopes
from .vocabulary import CORRECTION_RECEIVED, StepKind

JOINS = ("parallelGateway", "inclusiveGateway", "complexGateway")
DECIDING = frozenset(("grant", "refuse", "sent_up", "concluded"))
MANY = 40  # ways of standing at one place: where more than these meet, the first ones are told
MOST = (
    50_000  # comings together of branches: what a monstrous drawing has beyond them is left out, so less is told of it
)


@dataclass(frozen=True)
class Standing:
    """accepted: whether it was accepted. correcting: the applicant has been told what is missing, and has not brought it.
    paused: a special procedure runs. decided: the outcome that ended the matter, by: the step that gave it. certified, served:
    what was done after it."""

    accepted: bool = False
    correcting: bool = False
    paused: bool = False
    decided: str = ""
    by: str = ""
    certified: bool = False
    served: bool = False


class _Here(NamedTuple):
    """A standing at a stop, with the outcome of the step that only gateways separate from it."""

    standing: Standing
    outcome: str = ""


class _Came(NamedTuple):
    """From where a case came to a stop: over which flow, and what a person would tell of it."""

    key: str
    here: _Here
    flow: str = ""
    told: str = ""


class Standings:
    """What may have happened before each stop of a course, and the way on which it did."""

    def __init__(self, diagram: Diagram, course: Course) -> None:
        self.stops, self.root = course.stops, course.root
        self.arrived: dict[str, dict[_Here, _Came | None]] = {key: {} for key in course.stops}
        self.waiting: dict[str, dict[str, list[tuple[_Here, _Came]]]] = {}
        self.scope_of = {id(node): scope.id for scope in scopes(diagram) for node in scope.nodes.values()}
        self.queue, self.spent = deque[tuple[str, _Here]](), 0
        for key in (key for keys in course.entrances for key in keys):
            self._arrive(key, _Here(Standing()), None)
        while self.queue or self._open_a_join():
            while self.queue:
                self._go_on(*self.queue.popleft())

    def places(self) -> Iterator[tuple[str, Node, tuple[Standing, ...]]]:
        """Every stop with its key, and every standing in which a case comes there."""
        for key, stop in self.stops.items():
            yield key, stop.node, self._at(key)

    def steps(self) -> Iterator[tuple[str, Node, Work, tuple[Standing, ...]]]:
        """The steps among them."""
        for key, stop in self.stops.items():
            if stop.node.work is not None:
                yield key, stop.node, stop.node.work, self._at(key)

    def ends(self) -> Iterator[tuple[str, Node, tuple[Standing, ...]]]:
        """Where the main process ends."""
        for key, stop in self.stops.items():
            if stop.inside == self.root and stop.node.kind == "endEvent":
                yield key, stop.node, self._at(key)

    def way(self, key: str, standing: Standing) -> Way:
        """The way on which a case came to a stop in this standing."""
        here = next(one for one in self.arrived[key] if one.standing == standing)
        stations, last = [self._station(key)], self.stops[key].node.id
        while (came := self.arrived[key][here]) is not None:
            if came.flow:
                stations.append(Station(self._station(came.key).scope, came.flow))
            stations.append(self._station(came.key, came.told))
            key, here = came.key, came.here
        return Way(tuple(reversed(stations)), (last,))

    def _at(self, key: str) -> tuple[Standing, ...]:
        return tuple(dict.fromkeys(here.standing for here in self.arrived[key]))

    def _station(self, key: str, told: str = "") -> Station:
        node = self.stops[key].node
        return Station(self.scope_of[id(node)], node.id, told)

    # ---- going over the course
    def _arrive(self, key: str, here: _Here, came: _Came | None) -> None:
        seen = self.arrived[key]
        if here not in seen and len(seen) < MANY:
            seen[here] = came
            self.queue.append((key, here))

    def _go_on(self, key: str, here: _Here) -> None:
        stop, came = self.stops[key], _Came(key, here)
        for other in (*stop.borders, *stop.handlers):
            self._arrive(other, _Here(here.standing), came)
        if stop.opens and stop.entrances:
            for inner in (inner for keys in stop.entrances for inner in keys):
                self._arrive(inner, _Here(here.standing), came)
        elif stop.node.work is not None:
            for outcome in stop.node.work.outcomes:
                done = _after(here.standing, stop.node, stop.node.work.kind, outcome.code)
                self._leave(
                    key, _Here(done, outcome.code), _Came(key, here, "", f"{title(stop.node)}（{outcome.label}）")
                )
        else:
            carried = here.outcome if stop.node.kind.endswith("Gateway") else ""
            self._leave(key, _Here(_heard(here.standing, stop.node), carried), came)

    def _leave(self, key: str, here: _Here, came: _Came) -> None:
        """On over every flow that may be taken; from an end, out of the scope that it is drawn in."""
        stop = self.stops[key]
        if stop.jump is not None:
            self._arrive(stop.jump, _Here(here.standing), came)
        elif not stop.leaving:
            self._come_out(stop, here.standing, came)
        for way in _open(stop, here):
            target, over = self.stops[way.target], came._replace(flow=way.flow.id)
            if target.node.kind in JOINS and len(target.entering) > 1:
                self._meet(target, way.key, _Here(here.standing), over)
            else:
                sees = target.node.kind.endswith("Gateway")
                self._arrive(way.target, here if sees else _Here(here.standing), over)

    def _come_out(self, ended: Stop, standing: Standing, came: _Came) -> None:
        """The inside of a sub-process or of a called part is over: its host is done, or left over its border."""
        host, here = self.stops.get(ended.inside), _Here(standing)
        if host is None:
            return
        for border in host.borders:
            self._arrive(border, here, came)
        if not any(event.kind in ("error", "cancel") for event in ended.node.events):
            self.arrived[host.key].setdefault(here, came)
            self._leave(host.key, here, _Came(host.key, here))

    def _meet(self, join: Stop, by: str, here: _Here, came: _Came) -> None:
        """One more has come to a join: it goes on with what the others bring, once something has come on every way."""
        ways = self.waiting.setdefault(join.key, {})
        arrived = ways.setdefault(by, [])
        if len(arrived) >= MANY or any(here == other for other, _ in arrived):
            return
        arrived.append((here, came))
        if all(way.key in ways for way in join.entering):
            self._pass(join, here, came, [some for way, some in ways.items() if way != by])

    def _open_a_join(self) -> bool:
        """A join that need not wait for all its ways goes on with those that bring something; False when none is left."""
        for key, ways in self.waiting.items():
            if not self.arrived[key] and self.stops[key].node.kind != "parallelGateway":
                first, *others = ways.values()
                for here, came in first:
                    self._pass(self.stops[key], here, came, others)
        return bool(self.queue)

    def _pass(self, join: Stop, here: _Here, came: _Came, others: list[list[tuple[_Here, _Came]]]) -> None:
        """What meets here, taken together in every way that can be."""
        found = [here.standing]
        for arrived in others:
            self.spent += len(found) * len(arrived)
            if self.spent > MOST:
                return
            merged = (_merged(one, other.standing) for one in found for other, _ in arrived)
            found = list(dict.fromkeys(one for one in merged if one is not None))[:MANY]
        for standing in found:
            self._arrive(join.key, _Here(standing), came)


def _open(stop: Stop, here: _Here) -> list[CourseWay]:
    """The ways that may be taken from a stop, as far as the decision and the outcome directly before say."""
    standing = here.standing
    known = {standing.by: standing.decided} if standing.by else {}
    known |= {OUTCOME: here.outcome, **({stop.node.id: here.outcome} if stop.node.work else {})} if here.outcome else {}
    some = alternatives(stop.node, [way.flow for way in stop.leaving], known)
    taken = {flow.id for flows in some for flow in flows}
    return [way for way in stop.leaving if way.flow.id in taken]


def _after(standing: Standing, node: Node, kind: StepKind, code: str) -> Standing:
    """The standing after a step was done so; whoever has done something does not wait for the applicant any more."""
    standing = replace(standing, correcting=False)
    match kind:
        case StepKind.INTAKE if code in ("accept", "accept_tolerant"):
            return replace(standing, accepted=True)
        case StepKind.INTAKE if code == "request_correction":
            return replace(standing, correcting=True)
        case _ if code in DECIDING and not standing.decided:
            return replace(standing, decided=code, by=node.id)
        case StepKind.SPECIAL if code != "skip":
            return replace(standing, paused=code == "start")
        case StepKind.CERTIFICATE:
            return replace(standing, certified=True)
        case StepKind.DELIVER:
            return replace(standing, served=True)
        case _:
            return standing


def _heard(standing: Standing, node: Node) -> Standing:
    """The standing behind what waits: the applicant has brought what was missing."""
    names = {event.name for event in node.events if event.kind == "message"} | {node.message}
    return replace(standing, correcting=False) if CORRECTION_RECEIVED in names else standing


def _merged(one: Standing, other: Standing) -> Standing | None:
    """Two branches that meet; None where they know of different outcomes of one decision, which never happens."""
    if one.by and one.by == other.by and one.decided != other.decided:
        return None
    first = one if one.decided else other
    return Standing(
        one.accepted or other.accepted,
        one.correcting or other.correcting,
        one.paused or other.paused,
        first.decided,
        first.by,
        one.certified or other.certified,
        one.served or other.served,
    )
