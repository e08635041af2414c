"""Replays a trace of a play against the drawing, by the rules of BPMN as they are written, knowing nothing of the runtime.

The trace does not say which flow a token took, only which elements were entered, completed and cancelled. So a completed
element *offers* its ways out: a parallel split one token on every flow, an exclusive one a token on one of them, an inclusive
one on some of them. Whoever is entered takes a token that was offered. What nobody offered is an objection, and so is what a
drawing forbids: a join that did not wait, a host that stands on after it was interrupted, an element that is completed and
was never entered, something left open at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.catalogue import Played, Traced
from engine.diagrams import Diagram, Node, Scope

EVENTS = ("entered", "completed", "cancelled")
BY = ("auto", "timer", "message", "signal", "choice")
JOINS = ("parallelGateway", "inclusiveGateway", "complexGateway")
Place = tuple[str, str]


def objections(diagram: Diagram, played: Played) -> tuple[str, ...]:
    """Everything in the trace that the drawing does not allow, each as `n: why`."""
    checker = _Checker(diagram)
    for n, line in enumerate(played.trace, 1):
        checker.line(n, line)
    if played.result == "completed":
        checker.end(normally=played.outcome == "ended")
    return tuple(checker.found)


@dataclass
class Offer:
    """Tokens on flows of one element. one: a single one of them; else each at most once. taken: how many were, or need not be."""

    ways: set[str]
    one: bool
    taken: int = 0


@dataclass
class Around:
    """What is known of one drawn scope. holder: the place that draws it or calls it. offers: oldest first."""

    drawn: Scope
    offers: list[Offer] = field(default_factory=list)
    excused: bool = False
    """Something here was taken off without a word: what is left over is no objection."""


class _Checker:
    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.around = {scope.id: Around(scope) for scope in _scopes(diagram.processes.values())}
        self.standing = Counter[Place]()
        self.released = Counter[Place]()
        self.active = Counter[Place]()
        self.turned = Counter[Place]()
        self.undoing = Counter[Place]()
        self.undo_asked = False
        self.found: list[str] = []
        self.n = 0
        self.begin(diagram.main)

    def object(self, why: str) -> None:
        self.found.append(f"{self.n}: {why}")

    # ---- one line of the trace
    def line(self, n: int, line: Traced) -> None:
        self.n = n
        around = self.around.get(line.scope)
        node = around.drawn.nodes.get(line.element) if around else None
        if line.n != n or line.event not in EVENTS or line.by not in BY:
            self.object(f"not a line of a trace: {line}")
        if around is None or node is None:
            self.object(f"{line.element} is not drawn in {line.scope}")
            return
        place = (line.scope, line.element)
        if line.event == "entered":
            self.enter(around, node, place)
            self.standing[place] += 1
            self.undo_asked |= _undoes(node)
            for inner in self.inside(node) if not self.undoing[place] else ():
                self.begin(inner)
            if node.called == self.diagram.main:  # it calls itself, and the tokens of both look alike
                self.begin(self.diagram.main)
                self.around[self.diagram.main].excused = True
            return
        if self.standing[place] < 1:
            self.object(f"{line.element} is {line.event}, and was not entered")
            return
        self.standing[place] -= 1
        if line.event == "completed":
            self.complete(around, node, place)
        else:
            self.cancel(node, place)

    def enter(self, around: Around, node: Node, place: Place) -> None:
        scope = place[0]
        holders = self.holders(scope)
        if holders and not any(self.standing[holder] for holder in holders):
            self.object(f"{node.id} is entered, but nothing that holds {scope} stands")
        if node.kind == "boundaryEvent":
            self.by_border(node, place)
        elif node.by_event:
            self.by_handler(around, node)
        elif node.compensates:
            if not self.undo_asked:
                self.object(f"{node.id} undoes something, and nobody asked for it")
        elif node.kind in JOINS and len(around.drawn.entering.get(node.id, ())) > 1:
            self.by_join(around, node)
        elif self.came(around, node):
            self.active[place] += 1 if node.loop else 0
        elif (node.loop and self.active[place]) or (_repeats(node) and self.standing[place]):
            return
        elif node.inner and self.undo_asked:
            self.undoing[place] += 1
        elif not (node.loop and self.undo_asked):
            self.object(f"{node.id} is entered, and no token was on its way there")

    def came(self, around: Around, node: Node) -> bool:
        """As many tokens as it needs."""
        ways = [f"begin {node.id}", *self.ways_in(around, node)]
        return [self.take(around, ways) for _ in range(node.needs)].count(True) == node.needs

    def ways_in(self, around: Around, node: Node) -> list[str]:
        flows = [flow.id for flow in around.drawn.entering.get(node.id, ())]
        links = [f"link {event.name}" for event in node.events if event.kind == "link"]
        return flows + (links if node.kind == "intermediateCatchEvent" else [])

    def by_border(self, node: Node, place: Place) -> None:
        host = (place[0], node.attached_to or "")
        loop = self.node(host).loop
        if loop and loop.behavior != "All" and self.turned[host] and not self.released[host]:
            return  # what a repeated step announces does not interrupt it
        if not node.interrupting:
            if not self.standing[host]:
                self.object(f"{node.id} fires beside {host[1]}, which does not stand")
            return
        if not self.released[host]:
            self.object(f"{node.id} interrupts {host[1]}, which was not cancelled")
        self.released[host] = 0
        self.active[host] -= 1 if self.active[host] else 0

    def by_handler(self, around: Around, node: Node) -> None:
        starts = [n for n in node.inner.nodes.values() if n.kind == "startEvent"] if node.inner else []
        if not starts or not all(start.interrupting for start in starts):
            return
        path = around.drawn.id
        left = [e for (s, e), count in self.standing.items() if count > 0 and (s == path or s.startswith(f"{path}/"))]
        if left and self.alone(path):
            self.object(f"{node.id} interrupts {path}, and {', '.join(left)} stand on")
        around.offers.clear()
        around.excused = True

    def by_join(self, around: Around, node: Node) -> None:
        flows = [flow.id for flow in around.drawn.entering[node.id]]
        came = [flow for flow in flows if self.take(around, [flow])]
        if not came:
            self.object(f"{node.id} fires, and nothing has come to it")
        missing = [flow for flow in flows if flow not in came]
        if node.kind == "parallelGateway" and missing:
            self.object(f"{node.id} did not wait for {', '.join(missing)}")
        if node.kind == "inclusiveGateway" and missing:
            self.waits_for_nobody(around, node, came, missing)
        if node.kind == "complexGateway":
            around.excused = True

    def waits_for_nobody(self, around: Around, node: Node, came: list[str], missing: list[str]) -> None:
        """BPMN 2.0.2, 13.4.3: a token elsewhere that reaches an empty flow, and no filled one, is waited for."""
        path = around.drawn.id
        empty, filled = (_behind(around.drawn, node.id, flows) for flows in (missing, came))
        for (scope, element), count in self.standing.items():
            if count > 0 and scope == path and element in empty and element not in filled and self.alone(path):
                self.object(f"{node.id} did not wait for {element}, which still may come")

    # ---- leaving
    def complete(self, around: Around, node: Node, place: Place) -> None:
        for inner in self.inside(node):
            self.over(inner, f"{node.id} is completed")
        self.race_is_won(around, node, place)
        if any(event.kind == "terminate" for event in node.events) and node.kind == "endEvent":
            self.terminated(around, node)
        if self.undoing[place]:
            self.undoing[place] -= 1
        elif node.loop:
            self.turned[place] += 1
        elif not node.compensates:
            self.leave(around, node)

    def leave(self, around: Around, node: Node) -> None:
        """The ways out are offered."""
        flows = around.drawn.leaving.get(node.id, ())
        free = {flow.id for flow in flows if flow.condition is None and flow.id != node.default}
        if node.kind in ("exclusiveGateway", "complexGateway", "inclusiveGateway"):
            free = set()
        if node.kind in ("parallelGateway", "eventBasedGateway"):
            free = {flow.id for flow in flows}
        around.offers += [Offer({flow}, one=True) for flow in sorted(free) for _ in range(node.gives)]
        rest = {flow.id for flow in flows} - free
        for _ in range(node.gives if rest else 0):
            around.offers.append(Offer(rest, one=node.kind == "exclusiveGateway", taken=len(free)))
        if node.kind == "intermediateThrowEvent":
            around.offers += [Offer({f"link {e.name}"}, one=True) for e in node.events if e.kind == "link"]

    def race_is_won(self, around: Around, node: Node, place: Place) -> None:
        for flow in around.drawn.entering.get(node.id, ()):
            if around.drawn.nodes[flow.source].kind != "eventBasedGateway":
                continue
            rivals = [other.target for other in around.drawn.leaving[flow.source] if other.target != node.id]
            left = [rival for rival in rivals if self.standing[place[0], rival] > self.standing[place]]
            if left:
                self.object(f"{node.id} came first, and {', '.join(left)} stand on")

    def terminated(self, around: Around, node: Node) -> None:
        path = around.drawn.id
        around.offers.clear()
        around.excused = True
        left = [e for (s, e), count in self.standing.items() if count > 0 and (s == path or s.startswith(f"{path}/"))]
        if left and self.alone(path):
            self.object(f"{node.id} terminates {path}, and {', '.join(left)} stand on")

    def cancel(self, node: Node, place: Place) -> None:
        self.released[place] += 1
        around = self.around[place[0]]
        around.excused = True
        for inner in self.inside(node):
            self.around[inner].excused = True
            if not any(self.standing[holder] for holder in self.holders(inner)):
                self.around[inner].offers.clear()

    # ---- scopes
    def begin(self, scope: str) -> None:
        """A scope opens: its starts may be entered."""
        around = self.around[scope]
        nodes = around.drawn.nodes.values()
        starts = {f"begin {node.id}" for node in nodes if node.kind == "startEvent"}
        aside = [n for n in nodes if n.attached_to or n.by_event or n.compensates or _caught_link(n)]
        entries = [n.id for n in nodes if n not in aside and not around.drawn.entering.get(n.id)]
        if starts:
            around.offers.append(Offer(starts, one=True))
            around.offers += [Offer({f"begin {n}"}, one=True) for n in entries if f"begin {n}" not in starts]
            around.excused |= len(entries) > len(starts)
        else:
            around.offers += [Offer({f"begin {name}"}, one=True) for name in entries]
        around.excused |= around.drawn.kind == "adHocSubProcess"

    def over(self, scope: str, why: str) -> None:
        """A scope has ended by itself: nothing stands in it, and no token is under way."""
        if not self.alone(scope, also=1):
            return
        left = [e for (s, e), count in self.standing.items() if count > 0 and s == scope]
        if left:
            self.object(f"{why}, and {', '.join(left)} stand in {scope}")
        around = self.around[scope]
        if not around.excused:
            for offer in around.offers:
                if not offer.taken and not self.late(around, offer):
                    self.object(f"{why}, and a token on {' or '.join(sorted(offer.ways))} was lost")
        around.offers.clear()

    def late(self, around: Around, offer: Offer) -> bool:
        """Whether it lies before a complex gateway, which lets the late ones go."""
        targets = {flow.id: flow.target for flow in around.drawn.flows}
        return any(around.drawn.nodes[targets[w]].kind == "complexGateway" for w in offer.ways if w in targets)

    def alone(self, scope: str, also: int = 0) -> bool:
        """Whether this scope is open once only, as far as the trace tells: then every count in it is exact."""
        holders = self.holders(scope)
        counts = sum(self.standing[holder] for holder in holders)
        outer = [self.alone(holder[0]) for holder in holders]
        return (not holders or counts + also <= 1) and all(outer[:1])

    def holders(self, scope: str) -> list[Place]:
        """Where this scope is drawn, or called from; nowhere for the process that is played."""
        outer, slash, name = scope.rpartition("/")
        if slash:
            return [(outer, name)]
        if scope == self.diagram.main:
            return []
        return [(at, n.id) for at, a in self.around.items() for n in a.drawn.nodes.values() if n.called == scope]

    def inside(self, node: Node) -> Iterator[str]:
        if node.inner:
            yield node.inner.id
        if node.kind == "callActivity" and node.called in self.around and node.called != self.diagram.main:
            yield node.called

    def node(self, place: Place) -> Node:
        return self.around[place[0]].drawn.nodes[place[1]]

    def take(self, around: Around, ways: Iterable[str]) -> bool:
        """One token on one of these ways, a certain one first, then the latest that may have gone there."""
        wanted = set(ways)
        self.turn_over(around, wanted)
        open_ = [offer for offer in around.offers if offer.ways & wanted]
        if not open_:
            return False
        offer = next((o for o in open_ if len(o.ways) == 1 and o.one), open_[-1])
        offer.taken += 1
        offer.ways -= offer.ways if offer.one else {min(offer.ways & wanted)}
        if not offer.ways:
            around.offers.remove(offer)
        return True

    def turn_over(self, around: Around, wanted: set[str]) -> None:
        """Ways out of a repeated element: it has left when all its turns are over, which the trace does not say aloud."""
        for flow in around.drawn.flows:
            place = (around.drawn.id, flow.source)
            node = around.drawn.nodes.get(flow.source)
            over = self.turned[place] and (not self.standing[place] or self.active[place] > 1)
            if not (node and node.loop and flow.id in wanted and self.active[place] and over):
                continue
            if not any(offer.ways & wanted for offer in around.offers):
                self.active[place] -= 1
                self.leave(around, node)

    # ---- the end
    def end(self, *, normally: bool) -> None:
        self.n += 1
        left = [f"{element}" for (_, element), count in self.standing.items() if count > 0]
        if left:
            self.object(f"completed, and {', '.join(left)} stand on")
        if normally:
            self.over(self.diagram.main, "the process is completed")


def _scopes(scopes: Iterable[Scope]) -> Iterator[Scope]:
    for scope in scopes:
        yield scope
        yield from _scopes(node.inner for node in scope.nodes.values() if node.inner)


def _undoes(node: Node) -> bool:
    return any(event.kind in ("compensate", "cancel") for event in node.events)


def _repeats(node: Node) -> bool:
    """A timer in the flow that goes off again and again: each time a token goes on, and one stays."""
    timers = [(event.text or "").strip() for event in node.events if event.kind == "timer"]
    return node.kind == "intermediateCatchEvent" and any(text.startswith("R") for text in timers)


def _caught_link(node: Node) -> bool:
    return node.kind == "intermediateCatchEvent" and any(event.kind == "link" for event in node.events)


def _behind(drawn: Scope, join: str, flows: Iterable[str]) -> set[str]:
    """Every node from which one of these flows can be reached without passing the join."""
    sources = {flow.id: flow.source for flow in drawn.flows}
    found, todo = set[str](), [sources[flow] for flow in flows]
    while todo:
        name = todo.pop()
        if name in found or name == join:
            continue
        found.add(name)
        node = drawn.nodes[name]
        todo += [flow.source for flow in drawn.entering.get(name, ())]
        todo += [node.attached_to] if node.attached_to else []
        if _caught_link(node):
            wanted = {event.name for event in node.events}
            todo += [
                n.id
                for n in drawn.nodes.values()
                if n.kind == "intermediateThrowEvent" and any(e.kind == "link" and e.name in wanted for e in n.events)
            ]
    return found
