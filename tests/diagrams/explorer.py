"""The other opinion on soundness: every state of a drawing, one after another, by the rules of BPMN as they are written.

Nothing is clever here, and nothing is shared with the prover: a state is a bag of tokens on flows and nodes, every order of
everything is tried, and nothing is left out. So only small drawings can be explored. What is not known when it is drawn is
free: which way an exclusive gateway goes, which ways an inclusive one does, when something awaited comes. What takes no time
(a gateway, a step that nobody has to do) happens before anybody can act, as in an act of a case.

The rules: a step that is done by hand may report any error that somebody catches. An event that does not interrupt goes off
only while nothing of its branch is left. A scope ends with its last token.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import NamedTuple, TypeAlias

from engine.diagrams import Diagram, ExpressionNotUnderstood, Flow, Node, Scope, Station, expression

MOST_STATES = 60_000
MOST_TOKENS = 2
"""On one flow or node: with more it is not played on, and nothing is said of where that leads."""

BY_HAND = ("userTask", "manualTask", "serviceTask", "businessRuleTask")
SCOPES = ("subProcess", "callActivity")
"""In which nothing is drawn: taken for a step."""
ANY_OTHER = "*"
"""An error that nobody has named."""


class TooLarge(Exception):
    """More states than are explored."""


class NotExplored(Exception):
    """Something is drawn that these rules do not know."""


class Token(NamedTuple):
    """at: a flow, or the node that it is in. course: the events that do not interrupt by which it began, the outermost first.
    inner: what runs in the sub-process that it is in."""

    at: str
    course: tuple[str, ...]
    inner: Running | None = None


class Running(NamedTuple):
    """One activation of a scope. ended: the end events that it has come to, each with the course that did."""

    scope: str
    tokens: tuple[Token, ...]
    ended: tuple[tuple[str, tuple[str, ...]], ...] = ()


Passed: TypeAlias = tuple[tuple[str, str], ...]
"""Elements that a token passes, each with its scope."""


class Move(NamedTuple):
    """after: None when the scope is over. error: what is thrown out of it."""

    passed: Passed
    after: Running | None
    error: str | None = None
    again: str = ""
    """An end event that the same course has come to before."""
    waits: bool = False
    """For a person or an event."""
    escalates: str | None = None
    """What is told to whoever is around, while the teller goes on."""
    reported: bool = False
    """The error is what a person reports: where nobody catches it, he cannot."""


State: TypeAlias = tuple[Running | None, frozenset[str]]
"""What runs, and where that counts which events that do not interrupt have come already."""


@dataclass
class Explored:
    """stuck: what holds a token in states from which no end is reached. twice: where two tokens come together, in a node or on
    one flow to it, or an end that is come to again. dead: what no run begins."""

    states: int = 0
    stuck: frozenset[str] = frozenset()
    twice: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()

    @property
    def kinds(self) -> set[str]:
        found = {"STUCK": self.stuck, "TWICE": self.twice, "DEAD": self.dead}
        return {kind for kind, where in found.items() if where}


@dataclass
class Sheet:
    """What is drawn in one scope. ahead: the node behind each flow, drawn or not (a link, the place where a scope begins).
    listened: something on the border around it, or an event sub-process, waits for an event."""

    drawn: Scope
    ahead: dict[str, str] = field(default_factory=dict)
    borders: dict[str, list[Node]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    reach: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    listened: bool = False

    def __post_init__(self) -> None:
        nodes = self.drawn.nodes.values()
        self.ahead = {flow.id: flow.target for flow in self.drawn.flows} | {f">{node.id}": node.id for node in nodes}
        for node in nodes:
            if node.attached_to:
                self.borders.setdefault(node.attached_to, []).append(node)
        caught = {_link(node): node.id for node in nodes if node.kind == "intermediateCatchEvent" and _link(node)}
        self.links = {
            node.id: f">{caught[_link(node)]}"
            for node in nodes
            if node.kind == "intermediateThrowEvent" and _link(node) in caught
        }

    def hears(self, node: Node) -> bool:
        """Whether something on its border waits for an event."""
        return any(event.kind != "error" for border in self.borders.get(node.id, []) for event in border.events)

    def goes_by_itself(self, node: Node) -> bool:
        """Whether it is a step that nobody has to do, and that takes no time: where something listens, it may take some."""
        by_itself = (
            node.kind in ("scriptTask", "sendTask", "task", *SCOPES) and node.work is None and node.outbound is None
        )
        return by_itself and not self.listened and not self.hears(node)

    def errors(self) -> Iterator[str]:
        """The codes that somebody here waits for."""
        for node in self.drawn.nodes.values():
            if node.kind in ("startEvent", "boundaryEvent"):
                yield from (event.name or ANY_OTHER for event in node.events if event.kind == "error")

    def node(self, name: str) -> Node:
        return self.drawn.nodes[name]

    def leaving(self, node: Node) -> tuple[Flow, ...]:
        return tuple(self.drawn.leaving.get(node.id, ()))

    def entering(self, node: Node) -> list[str]:
        return [flow.id for flow in self.drawn.entering.get(node.id, ())]

    def reaches(self, at: str, join: Node) -> frozenset[str]:
        """The flows into the join to which a token from there can come, without passing the join."""
        if (at, join.id) not in self.reach:
            found, seen, todo = set[str](), set[str](), [self.ahead.get(at, at)]
            while todo:
                name = todo.pop()
                if name in seen or name == join.id:
                    continue
                seen.add(name)
                flows = [flow.id for flow in self.leaving(self.node(name))]
                flows += [self.links[name]] if name in self.links else []
                found |= {flow for flow in flows if self.ahead[flow] == join.id}
                todo += [self.ahead[flow] for flow in flows] + [border.id for border in self.borders.get(name, [])]
            self.reach[at, join.id] = frozenset(found)
        return self.reach[at, join.id]


def _link(node: Node) -> str | None:
    return node.events[0].name if node.events and node.events[0].kind == "link" else None


class Explorer:
    """Of one drawing. once: an event that does not interrupt goes off once in a run, however often it is waited for."""

    def __init__(self, diagram: Diagram, most: int = MOST_STATES, *, once: bool = False) -> None:
        self.diagram, self.most, self.once = diagram, most, once
        self.sheets = dict[str, Sheet]()
        self._lay_out(diagram.processes[diagram.main], listened=False)
        self.codes = sorted({code for sheet in self.sheets.values() for code in sheet.errors()})

    def _lay_out(self, scope: Scope, *, listened: bool) -> None:
        """listened: an event may come to something around it."""
        sheet = self.sheets.setdefault(scope.id, Sheet(scope))
        sheet.listened |= listened or any(node.by_event for node in scope.nodes.values())
        for node in scope.nodes.values():
            inner = self.inside(node)
            heard = sheet.listened or sheet.hears(node)
            if inner is not None and (inner.id not in self.sheets or heard > self.sheets[inner.id].listened):
                self._lay_out(inner, listened=heard)

    def inside(self, node: Node) -> Scope | None:
        if node.kind == "callActivity" and node.called in self.diagram.processes:
            return self.diagram.processes[node.called]
        return node.inner if node.inner and node.inner.nodes else None

    # ---- all there is
    def explored(self) -> Explored:
        """Every state, and what is wrong. Raises TooLarge, NotExplored."""
        begun, twice = set[tuple[str, str]](), set[str]()
        first: list[State] = [(state, frozenset()) for state in self.starts()]
        todo, seen, cut = deque(first), set(first), set[State]()
        before = dict[State, set[State]]()
        while todo:
            here = state, come = todo.popleft()
            if len(seen) > self.most:
                raise TooLarge
            moves = self.next(state) if state is not None else []
            begun.update(self.standing(state) if state is not None else ())
            for move in moves:
                came = self.comes(move.passed) if self.once else frozenset()
                crowded = self.crowds(move.after)
                if came & come:
                    continue
                twice |= {self.node_of(at) for at in crowded}
                if max(crowded.values(), default=0) > MOST_TOKENS:
                    cut.add(here)
                    continue
                begun.update(move.passed)
                twice |= {move.again} - {""}
                after = (move.after, come | came)
                before.setdefault(after, set()).add(here)
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        ends = self._before(before, {after for after in seen if after[0] is None} | cut)
        stuck = {at for state, _ in seen - ends if state is not None for at in self.holding(state)}
        dead = frozenset(name for _, name in set(self.nodes()) - begun)
        return Explored(len(seen), frozenset(stuck), frozenset(twice), dead)

    def comes(self, passed: Passed) -> frozenset[str]:
        """The events that come with a move and do not interrupt."""
        nodes = [self.sheets[scope].drawn.nodes.get(name) for scope, name in passed]
        borders = [node.id for node in nodes if node and node.attached_to and not node.interrupting]
        return frozenset(
            borders + [node.id for node in nodes if node and node.by_event and not self._start(node).interrupting]
        )

    def nodes(self) -> Iterator[tuple[str, str]]:
        """Everything that a run may begin; not what only undoes something."""
        for scope, sheet in self.sheets.items():
            yield from ((scope, node.id) for node in sheet.drawn.nodes.values() if not _undoes(node))

    @staticmethod
    def _before(before: dict[State, set[State]], after: Iterable[State]) -> set[State]:
        """Every state that leads to one of these."""
        found, todo = set[State](), list(after)
        while todo:
            state = todo.pop()
            if state not in found:
                found.add(state)
                todo += before.get(state, ())
        return found

    def starts(self) -> list[Running | None]:
        """A process begins with any one of its start events."""
        sheet = self.sheets[self.diagram.main]
        starts = [node.id for node in sheet.drawn.nodes.values() if node.kind == "startEvent"]
        if not starts:
            begun = self.begun(sheet.drawn)
            return [begun if begun.tokens else None]
        return [Running(sheet.drawn.id, (Token(f">{name}", ()),)) for name in starts]

    def begun(self, scope: Scope) -> Running:
        """A scope begins with its start event, or where none is drawn with everything that nothing leads to."""
        starts = [node.id for node in scope.nodes.values() if node.kind == "startEvent"]
        plain = [name for name in starts if not scope.nodes[name].events] or starts
        names = plain or [node.id for node in scope.nodes.values() if self._opens(scope, node)]
        return Running(scope.id, tuple(sorted((Token(f">{name}", ()) for name in names), key=repr)))

    @staticmethod
    def _opens(scope: Scope, node: Node) -> bool:
        aside = node.attached_to or node.by_event or node.compensates
        caught = node.kind == "intermediateCatchEvent" and _link(node)
        return not aside and not caught and not scope.entering.get(node.id)

    # ---- looking at a state
    def crowds(self, state: Running | None) -> dict[str, int]:
        """Flows and nodes with two tokens or more; not those before an end that ends all, where the first is the last."""
        if state is None:
            return {}
        sheet = self.sheets[state.scope]
        counts = Counter(
            token.at for token in state.tokens if not _ends_all(sheet.node(sheet.ahead.get(token.at, token.at)))
        )
        found = {at: count for at, count in counts.items() if count > 1}
        for token in state.tokens:
            if token.inner is not None:
                found |= self.crowds(token.inner)
        return found

    def standing(self, state: Running) -> Iterator[tuple[str, str]]:
        """The nodes that a token is in."""
        for token in state.tokens:
            yield state.scope, token.at
            if token.inner is not None:
                yield from self.standing(token.inner)

    def node_of(self, at: str) -> str:
        """The node that a place is, or that a flow leads to."""
        return next((sheet.ahead[at] for sheet in self.sheets.values() if at in sheet.ahead), at)

    def holding(self, state: Running) -> Iterator[str]:
        """The nodes that hold a token or keep one before them."""
        sheet = self.sheets[state.scope]
        for token in state.tokens:
            yield sheet.ahead.get(token.at, token.at)
            if token.inner is not None:
                yield from self.holding(token.inner)

    # ---- one step
    def next(self, state: Running) -> list[Move]:
        """What may happen next: while something takes no time, nobody may act."""
        moves = [move for move in self.moves(state) if not move.reported]
        return [move for move in moves if not move.waits] or moves

    def moves(self, state: Running) -> Iterator[Move]:
        """Everything that may happen next in this scope, an error that it catches itself included."""
        sheet = self.sheets[state.scope]
        quiet = any(sheet.drawn.nodes[t.at].by_event and self._stops(t.at, sheet) for t in state.tokens if t.inner)
        handlers = [node for node in sheet.drawn.nodes.values() if node.by_event and node.inner and not quiet]
        for move in self._of_tokens(state, sheet):
            catchers = [node for node in handlers if self._start(node).events[0].kind == "error"]
            caught = _catcher(move.error, [(node, self._start(node)) for node in catchers])
            if caught:
                move = self._handled(state, sheet, caught, move.passed)._replace(waits=move.waits)
            hearers = [
                (node, self._start(node)) for node in handlers if self._start(node).events[0].kind == "escalation"
            ]
            heard = _catcher(move.escalates, hearers)
            if heard and (not self._start(heard).interrupting and _at(move.after, heard.id)):
                heard, move = None, move._replace(escalates=None)
            if heard:
                after = move.after or state._replace(tokens=())
                move = self._handled(after, sheet, heard, move.passed)._replace(waits=move.waits, again=move.again)
            yield move
        for node in handlers:
            if self._start(node).events[0].kind in ("message", "signal", "timer", "conditional") and not any(
                token.at == node.id for token in state.tokens
            ):
                yield self._handled(state, sheet, node, ())._replace(waits=True)

    def _stops(self, name: str, sheet: Sheet) -> bool:
        return self._start(sheet.node(name)).interrupting

    @staticmethod
    def _start(handler: Node) -> Node:
        starts = [node for node in handler.inner.nodes.values() if node.kind == "startEvent"] if handler.inner else []
        if len(starts) != 1 or len(starts[0].events) != 1:
            raise NotExplored(f"{handler.id}: an event sub-process without its event")
        return starts[0]

    def _handled(self, state: Running, sheet: Sheet, node: Node, passed: Passed) -> Move:
        """An event sub-process begins; one that interrupts ends all else here."""
        assert node.inner is not None
        token = Token(node.id, (), self.begun(node.inner))
        stays = () if self._start(node).interrupting else state.tokens
        return Move((*passed, (sheet.drawn.id, node.id)), _with(state, stays, [token]))

    def _of_tokens(self, state: Running, sheet: Sheet) -> Iterator[Move]:
        for token in dict.fromkeys(state.tokens):
            if token.at in sheet.ahead:
                yield from self.enter(state, sheet, token, sheet.node(sheet.ahead[token.at]))
            elif token.inner is not None:
                yield from self.inner(state, sheet, token, sheet.node(token.at))
                yield from _when(True, self.on_border(state, sheet, token, sheet.node(token.at)))
            else:
                yield from self.stand(state, sheet, token, sheet.node(token.at))
                yield from _when(True, self.on_border(state, sheet, token, sheet.node(token.at)))

    def enter(self, state: Running, sheet: Sheet, token: Token, node: Node) -> Iterator[Move]:
        """A token comes to a node."""
        match node.kind:
            case "parallelGateway" | "inclusiveGateway" if len(sheet.entering(node)) > 1:
                for taken in self.gathered(state, sheet, token, node):
                    yield from self.leave(state, sheet, list(taken), node, _shared(taken), ((sheet.drawn.id, node.id),))
            case "exclusiveGateway" | "parallelGateway" | "inclusiveGateway" | "startEvent" | "intermediateThrowEvent":
                allowed = ("link", "message", "signal", "escalation")
                _known(
                    node,
                    allowed if node.kind == "intermediateThrowEvent" else (*allowed, "timer", "error", "conditional"),
                )
                told = _escalation(node) if node.kind == "intermediateThrowEvent" else None
                for left in self.leave(state, sheet, [token], node, token.course, ((sheet.drawn.id, node.id),)):
                    yield left._replace(escalates=told)
            case "intermediateCatchEvent" if _link(node):
                yield from self.leave(state, sheet, [token], node, token.course, ((sheet.drawn.id, node.id),))
            case "endEvent":
                yield self.end(state, sheet, token, node)
            case "complexGateway" | "transaction" | "adHocSubProcess":
                raise NotExplored(node.kind)
            case _:
                if node.needs > 1 or node.gives > 1 or node.compensates:
                    raise NotExplored(node.id)
                inner = self.inside(node)
                held = Token(node.id, token.course, self.begun(inner) if inner is not None else None)
                opened = ((sheet.drawn.id, node.id),) if inner is not None else ()
                yield Move(opened, _with(state, _without(state, [token]), [held]))

    def gathered(self, state: Running, sheet: Sheet, token: Token, node: Node) -> Iterator[tuple[Token, ...]]:
        """Every choice of tokens with which a join may go on; told only for one of them, the one on its first flow."""
        entering = sheet.entering(node)
        here = {flow: list(dict.fromkeys(t for t in state.tokens if t.at == flow)) for flow in entering}
        filled = [flow for flow in entering if here[flow]]
        if token.at != filled[0]:
            return
        if node.kind == "parallelGateway" and len(filled) < len(entering):
            return
        if node.kind == "inclusiveGateway":
            for place in (place for other in state.tokens for place in self.places(sheet, other)):
                coming = sheet.reaches(place, node) if sheet.ahead.get(place) != node.id else frozenset()
                if coming - set(filled) and not coming & set(filled):
                    return
        for taken in product(*(here[flow] for flow in filled)):
            if taken[0] == token:
                yield taken

    @staticmethod
    def places(sheet: Sheet, token: Token) -> list[str]:
        """Where it stands: behind an event gateway before each of the events, as one rival each."""
        node = sheet.node(sheet.ahead.get(token.at, token.at))
        behind = [flow.id for flow in sheet.leaving(node)] if node.kind == "eventBasedGateway" else []
        return behind or [token.at]

    def end(self, state: Running, sheet: Sheet, token: Token, node: Node) -> Move:
        _known(node, ("terminate", "error", "message", "signal", "escalation"))
        passed = ((sheet.drawn.id, node.id),)
        kinds = {event.kind: event.name for event in node.events}
        if "error" in kinds:
            return Move(passed, None, kinds["error"] or "")
        if "terminate" in kinds:
            return Move(passed, None)
        return self.ended(state, [token], node, token.course, passed)._replace(escalates=_escalation(node))

    def stand(self, state: Running, sheet: Sheet, token: Token, node: Node) -> Iterator[Move]:
        """A token is in a node: it is done (and told as passed only then), or one of several events comes."""
        if node.kind == "eventBasedGateway":
            for flow in sheet.leaving(node):
                came = tuple((sheet.drawn.id, name) for name in (node.id, flow.id, flow.target))
                yield from _when(True, self.leave(state, sheet, [token], sheet.node(flow.target), token.course, came))
            return
        here = ((sheet.drawn.id, node.id),)
        yield from _when(not sheet.goes_by_itself(node), self.leave(state, sheet, [token], node, token.course, here))
        for code in self.codes if node.kind in BY_HAND or node.work is not None else ():
            caught = _catcher(code, self.error_borders(sheet, node))
            if caught:
                yield from _when(True, self.border(state, sheet, token, caught, here))
            else:
                yield Move(here, None, code, waits=True, reported=True)

    def on_border(self, state: Running, sheet: Sheet, token: Token, node: Node) -> Iterator[Move]:
        """What comes from outside to the border of a node that a token is in."""
        for border in sheet.borders.get(node.id, []):
            kinds = {event.kind for event in border.events}
            if not kinds or not kinds <= {"message", "signal", "timer", "conditional", "error", "escalation"}:
                raise NotExplored(f"{border.id}: {kinds}")
            if not kinds <= {"error", "escalation"}:
                told = ((sheet.drawn.id, node.id),) if token.inner is None else ()
                yield from self.border(state, sheet, token, border, told)

    @staticmethod
    def error_borders(sheet: Sheet, node: Node) -> list[tuple[Node, Node]]:
        return Explorer._borders(sheet, node, "error")

    @staticmethod
    def _borders(sheet: Sheet, node: Node, kind: str) -> list[tuple[Node, Node]]:
        borders = sheet.borders.get(node.id, [])
        return [(border, border) for border in borders if border.events and border.events[0].kind == kind]

    def border(self, state: Running, sheet: Sheet, token: Token, border: Node, passed: Passed) -> Iterator[Move]:
        passed = (*passed, (sheet.drawn.id, border.id))
        if border.interrupting:
            yield from self.leave(state, sheet, [token], border, token.course, passed)
        elif not any(border.id in other.course for other in state.tokens):
            anew = state._replace(ended=tuple(come for come in state.ended if border.id not in come[1]))
            yield from self.leave(anew, sheet, [], border, (*token.course, border.id), passed)

    def inner(self, state: Running, sheet: Sheet, token: Token, node: Node) -> Iterator[Move]:
        """Something happens in a sub-process. It is over with its last token."""
        assert token.inner is not None
        for move in self.moves(token.inner):
            if move.error is not None:
                caught = _catcher(move.error, self.error_borders(sheet, node))
                if caught:
                    for went in self.border(state, sheet, token, caught, move.passed):
                        yield went._replace(waits=move.waits)
                else:
                    yield move
            elif (heard := _catcher(move.escalates, self._borders(sheet, node, "escalation"))) and (
                heard.interrupting or not any(heard.id in other.course for other in state.tokens)
            ):
                yield from self.heard(state, sheet, token, node, heard, move)
            elif move.after is None:
                for left in self.leave(state, sheet, [token], node, token.course, move.passed):
                    yield left._replace(again=move.again, waits=move.waits, escalates=move.escalates)
            else:
                held = token._replace(inner=move.after)
                yield move._replace(after=_with(state, _without(state, [token]), [held]))

    def heard(self, state: Running, sheet: Sheet, token: Token, node: Node, border: Node, move: Move) -> Iterator[Move]:
        """An escalation comes to a border, and its teller goes on where the border does not interrupt."""
        if border.interrupting or move.after is not None:
            held = token._replace(inner=move.after)
            stays = _with(state, _without(state, [token]), [held])
            assert stays is not None
            for went in self.border(stays, sheet, held, border, move.passed):
                yield went._replace(again=move.again, waits=move.waits)
            return
        for went in self.border(state, sheet, token, border, move.passed):
            assert went.after is not None
            for left in self.leave(went.after, sheet, [token], node, token.course, went.passed):
                yield left._replace(again=move.again, waits=move.waits)

    def leave(
        self, state: Running, sheet: Sheet, taken: list[Token], node: Node, course: tuple[str, ...], passed: Passed
    ) -> Iterator[Move]:
        """The tokens go, and others come on the flows behind the node."""
        if node.id in sheet.links:
            token = Token(sheet.links[node.id], course)
            yield Move(passed, _with(state, _without(state, taken), [token]))
            return
        if not sheet.leaving(node):
            yield self.ended(state, taken, node, course, passed)
            return
        for way in ways(node, sheet.leaving(node)):
            tokens = [Token(flow.id, course) for flow in way]
            told = (*passed, *((sheet.drawn.id, flow.id) for flow in way))
            yield Move(told, _with(state, _without(state, taken), tokens))

    @staticmethod
    def ended(state: Running, taken: list[Token], node: Node, course: tuple[str, ...], passed: Passed) -> Move:
        """A course has come to its end, at an end event or where nothing leads on."""
        come = (node.id, course)
        after = _with(state._replace(ended=tuple(sorted({*state.ended, come}))), _without(state, taken), [])
        return Move(passed, after, again=node.id if come in state.ended else "")

    # ---- a witness
    def replayed(self, passed: Iterable[Station]) -> set[tuple[Running | None, str]]:
        """The states in which a run may stand that has passed exactly these, each with the end that it came to again with the last
        of them; empty where there is no such run.

        A step of several elements may be told in any order, and a flow when a token comes on it or any time later.
        """
        told = [(station.scope, station.element) for station in passed]
        found = set[tuple[Running | None, str]]()
        start: Passed = ()
        todo = [(state, "", 0, start) for state in self.starts()]
        seen = set[tuple[Running | None, str, int, Passed]]()
        while todo:
            here = state, again, number, owed = todo.pop()
            if here in seen:
                continue
            seen.add(here)
            if len(seen) > self.most:
                raise TooLarge
            if number == len(told) and not owed:
                found.add((state, again))
            if owed and number < len(told) and told[number] in owed:
                todo.append((state, again, number + 1, _less(owed, told[number])))
            for move in self.next(state) if state is not None else ():
                if move.passed and not owed and Counter(told[number:]) < Counter(move.passed):
                    found.add((move.after, move.again))  # the last step is told as far as the flaw goes
                for count in range(min(len(move.passed), len(told) - number) + 1):
                    rest = self._untold(move.passed, told[number : number + count])
                    if rest is not None:
                        ended = move.again or (again if not move.passed else "")
                        todo.append((move.after, ended, number + count, tuple(sorted((*owed, *rest)))))
        return found

    def _untold(self, passed: Passed, told: list[tuple[str, str]]) -> Passed | None:
        """The flows of a step that were not told with it; None where something else was, or a node was not."""
        rest = Counter(passed)
        rest.subtract(told)
        left = tuple(rest.elements())
        nodes = [place for place in left if place[1] in self.sheets[place[0]].drawn.nodes]
        return None if nodes or min(rest.values(), default=0) < 0 else left

    def doubled(self, state: Running | None, node: str) -> bool:
        """Whether two tokens are in this node or come to it, one that has ended there counted too."""
        if state is None:
            return False
        sheet = self.sheets[state.scope]
        here = [token for token in state.tokens if sheet.ahead.get(token.at, token.at) == node]
        ended = [come for come in state.ended if come[0] == node]
        inside = any(self.doubled(token.inner, node) for token in state.tokens)
        return len(here) + len(ended) > 1 or inside

    def ends_from(self, states: Iterable[Running | None]) -> bool:
        """Whether a state without tokens can be reached from one of these."""
        todo, seen = list(states), set[Running | None]()
        while todo:
            state = todo.pop()
            if state is None:
                return True
            if state in seen or any(count > MOST_TOKENS for count in self.crowds(state).values()):
                continue
            seen.add(state)
            if len(seen) > self.most:
                raise TooLarge
            todo += [move.after for move in self.next(state)]
        return False


def ways(node: Node, leaving: tuple[Flow, ...]) -> Iterator[tuple[Flow, ...]]:
    """The sets of flows by which it may be left."""
    if any(_settled(flow) for flow in leaving):
        raise NotExplored(f"{node.id}: a condition that is always the same")
    elif node.kind == "exclusiveGateway":
        yield from ((flow,) for flow in leaving)
    elif node.kind == "parallelGateway":
        yield leaving
    else:
        asked = [flow for flow in leaving if flow.condition is not None and flow.id != node.default]
        free = [flow for flow in leaving if flow.condition is None and flow.id != node.default]
        spare = [flow for flow in leaving if flow.id == node.default]
        for count in range(len(asked) + 1):
            for some in combinations(asked, count):
                taken = (*free, *(some or spare))
                if taken:
                    yield taken


def _undoes(node: Node) -> bool:
    return node.compensates or any(event.kind == "compensate" for event in node.events)


def _escalation(node: Node) -> str | None:
    return next((event.name or ANY_OTHER for event in node.events if event.kind == "escalation"), None)


def _at(state: Running | None, node: str) -> bool:
    return state is not None and any(token.at == node for token in state.tokens)


def _ends_all(node: Node) -> bool:
    return node.kind == "endEvent" and any(event.kind in ("terminate", "error") for event in node.events)


def _settled(flow: Flow) -> bool:
    """Whether its condition reads nothing, so that it is known how it comes out."""
    try:
        return flow.condition is not None and not expression(flow.condition).names
    except ExpressionNotUnderstood:
        return False


def _when(waits: bool, moves: Iterable[Move]) -> Iterator[Move]:
    return (move._replace(waits=waits) for move in moves)


def _known(node: Node, kinds: tuple[str, ...]) -> None:
    if other := {event.kind for event in node.events} - set(kinds):
        raise NotExplored(f"{node.id}: {other}")


def _with(state: Running, stays: Iterable[Token], comes: list[Token]) -> Running | None:
    """None when nothing is left."""
    tokens = tuple(sorted((*stays, *comes), key=repr))
    return state._replace(tokens=tokens) if tokens else None


def _without(state: Running, taken: list[Token]) -> list[Token]:
    left = list(state.tokens)
    for token in taken:
        left.remove(token)
    return left


def _less(places: Passed, place: tuple[str, str]) -> Passed:
    left = list(places)
    left.remove(place)
    return tuple(left)


def _shared(tokens: tuple[Token, ...]) -> tuple[str, ...]:
    """The course that all of them have in common."""
    found = tokens[0].course
    for token in tokens:
        while token.course[: len(found)] != found:
            found = found[:-1]
    return found


def _catcher(error: str | None, catchers: list[tuple[Node, Node]]) -> Node | None:
    """Who catches an error: the one of this code first, then one of all. Each with the event that says so."""
    if error is None:
        return None
    for wanted in (error, None):
        for node, event in catchers:
            if event.events[0].name == wanted:
                return node
    return None
