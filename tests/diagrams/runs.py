"""What a compiled drawing really does: every state of the runtime that some acts lead to, each loaded as it was saved.

An act is a step that is done, a way that is chosen, an error that is reported, something awaited that comes. Which way a gateway
goes whose condition reads what nobody has set is invented; all of them are, one after another. Two states count as one where
the same tokens stand at the same places. An event that does not interrupt comes once in a run.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from typing import Any, TypeAlias

from engine.diagrams import Diagram, Node, Scope
from engine.runtime import DiagramCrowded, DiagramSpins, Move, Process, Question, compile

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MOST_STATES = 3_000
MOST_STEPS = 400
MOST_TOKENS = 2

JOINS = ("parallelGateway", "inclusiveGateway", "complexGateway")

Act: TypeAlias = Callable[[Process], object]
Where: TypeAlias = tuple[Any, frozenset[str]]
"""Where the tokens stand, and the events that do not interrupt and have come."""


class TooLong(Exception):
    """More states than are run through."""


class RoundAgain(Exception):
    """A gateway is asked the second time in one act and goes the same way: the rest of the act has been run already."""


@dataclass
class Ran:
    """stuck: some state leads to no end. entered: the nodes that were begun. twice: nodes at which two tokens stood, and ends
    that were come to twice."""

    states: int = 0
    stuck: bool = False
    entered: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Told:
    """What is told before an act: of inclusive gateways the flows that hold (of others all do), of exclusive ones which way
    each question in turn gets."""

    holds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ways: tuple[int, ...] = ()


class Runs:
    """All runs of one diagram. Of its timers the first goes off first; everything else comes in any order."""

    def __init__(self, diagram: Diagram, most: int = MOST_STATES) -> None:
        self.plan, self.most = compile(diagram), most
        self.nodes = {node.id: node for scope in diagram.processes.values() for node in _nodes(scope)}
        scopes = [inner for scope in diagram.processes.values() for inner in _scopes(scope)]
        self.asked = {
            node.id: tuple(flow.id for flow in scope.leaving.get(node.id, ()) if flow.condition)
            for scope in scopes
            for node in scope.nodes.values()
            if node.kind == "inclusiveGateway"
        }
        self.ran = Ran()
        self.asking: list[int] = []

    def run(self) -> Ran:
        """Raises TooLong."""
        first = dict[Where, bytes]()
        before, over = dict[Where, set[Where]](), set[Where]()
        for process in self.every(None, None):
            self.seen(process, frozenset(), first, over)
        todo = deque(first)
        while todo:
            where = todo.popleft()
            if len(first) > self.most:
                raise TooLong
            if where in over:
                continue
            for act, more, moment in self.acts(first[where], where[1]):
                for process in self.every(first[where], act, moment):
                    known = len(first)
                    after = self.seen(process, where[1] | more, first, over)
                    before.setdefault(after, set()).add(where)
                    if len(first) > known:
                        todo.append(after)
        self.ran.states = len(first)
        self.ran.stuck = bool(set(first) - _leading(before, over))
        return self.ran

    # ---- one act
    def loaded(self, state: bytes, moment: datetime = NOON) -> Process:
        return Process.load(self.plan, state, now=moment, invent=self.invent, most_steps=MOST_STEPS)

    def acts(self, state: bytes, come: frozenset[str]) -> Iterator[tuple[Act, frozenset[str], datetime]]:
        """Everything that may be done, the event that has come with it if that counts, and when: time passes for timers only."""
        process, nothing = self.loaded(state), frozenset[str]()
        open_ = {step.token: step for step in process.open_steps}
        for step in open_.values():
            for way in step.ways:
                yield lambda p, t=step.token, w=way.flow: p.choose(t, w), nothing, NOON  # type: ignore[misc]
            if not step.ways:
                yield lambda p, t=step.token: p.complete(t), nothing, NOON  # type: ignore[misc]
        for one in process.waiting:
            node = self.nodes[one.node]
            counts = nothing if node.interrupting else frozenset({one.node})
            if counts & come:
                continue
            match one.kind:
                case "message":
                    yield lambda p, name=one.what: p.message(name), counts, NOON  # type: ignore[misc]
                case "signal":
                    yield lambda p, name=one.what: p.signal(name), counts, NOON  # type: ignore[misc]
                case "timer":
                    yield lambda p: p.run_timers(), counts, one.due or NOON
                case "error":
                    for step in open_.values():
                        if step.node == one.host:
                            yield lambda p, t=step.token, c=one.what: p.fail(t, c), nothing, NOON  # type: ignore[misc]

    def every(self, state: bytes | None, act: Act | None, moment: datetime = NOON) -> Iterator[Process]:
        """The process after the act (None: its start), once for every way that it may go."""
        todo, tried = [Told()], set[Told]()
        while todo:
            told = todo.pop()
            if told in tried:
                continue
            tried.add(told)
            self.script, self.made, self.options = told.ways, list[int](), list[int]()
            self.gone = set[tuple[str, str]]()
            process = None
            try:
                process = self.started(told) if state is None else self.loaded(state, moment)
                if act:
                    process.tell(self.facts(told))
                    act(process)
            except (RoundAgain, DiagramSpins, DiagramCrowded):
                process = None
            for place in range(len(told.ways), len(self.made)):
                todo += [Told(told.holds, (*self.made[:place], other)) for other in range(1, self.options[place])]
            if process is None:
                continue
            passed = {move.node for move in process.moves if move.what == "done"} & self.asked.keys()
            for gate in sorted(passed - dict(told.holds).keys()):
                todo += [Told((*told.holds, (gate, some))) for some in self.subsets(gate)]
            yield process

    def started(self, told: Told) -> Process:
        facts = self.facts(told)
        return Process.start(self.plan, facts, now=NOON, invent=self.invent, most_steps=MOST_STEPS)

    def invent(self, question: Question) -> str | None:
        flows = [asked.flow or "" for asked in question.asked]
        if question.what != "ways" or self.nodes[question.node].kind != "exclusiveGateway":
            return None
        place = len(self.made)
        taken = self.script[place] if place < len(self.script) else 0
        self.made.append(taken)
        self.options.append(len(flows))
        if (question.scope, flows[taken]) in self.gone:
            raise RoundAgain
        self.gone.add((question.scope, flows[taken]))
        return flows[taken]

    def facts(self, told: Told) -> dict[str, int]:
        """With which the flows of inclusive gateways hold or do not."""
        holds = dict(told.holds)
        return {
            f"c_{flow}": int(flow in holds.get(gate, flows)) for gate, flows in self.asked.items() for flow in flows
        }

    def subsets(self, gate: str) -> list[tuple[str, ...]]:
        flows = self.asked[gate]
        fewest = 0 if self.nodes[gate].default else 1
        return [some for count in range(fewest, len(flows)) for some in combinations(flows, count)]

    # ---- what is seen
    def seen(self, process: Process, come: frozenset[str], first: dict[Where, bytes], over: set[Where]) -> Where:
        """Where it stands. Over is what has ended, and what has too many tokens at one place to be played on."""
        self.ran.entered |= {move.node for move in process.moves if self.begins(move)}
        ends = Counter(move.node for move in process.moves if self.ends(move))
        self.ran.twice |= {node for node, count in ends.items() if count > 1}
        if process.ended:
            where: Where = ("over", frozenset())
            over.add(where)
        else:
            body = json.loads(process.dump())
            scopes = {scope.get("host"): scope for scope in body["scopes"]}
            tokens, crowd = self.standing(scopes, None)
            where = (tokens, come)
            self.ran.twice |= {node for node, count in crowd.items() if count > 1}
            if max(crowd.values(), default=0) > MOST_TOKENS:
                over.add(where)
        first.setdefault(where, process.dump())
        return where

    def standing(self, scopes: dict[str | None, Any], host: str | None) -> tuple[Any, Counter[str]]:
        """Where the tokens of a scope stand, with what is inside; how many stand at each node, before a join by each flow."""
        found, crowd, places = list[Any](), Counter[str](), Counter[tuple[str, str]]()
        for number, step, state, _facts, _forks, _visits, *rest in scopes[host]["tokens"]:
            more = rest[0] if rest else {}
            if more.get("host") is not None or step not in self.nodes:
                continue  # what listens on a border is there with its host, an event sub-process with its scope
            inner, inside = self.standing(scopes, str(number)) if str(number) in scopes else ((), Counter[str]())
            crowd |= inside
            flow = str(more.get("flow", "")) if self.nodes[step].kind in JOINS else ""
            places[step, flow] += 1
            found.append((step, state, flow, inner))
        for (step, _), count in places.items():
            crowd[step] = max(crowd[step], count)
        return tuple(sorted(found, key=repr)), crowd

    def ends(self, move: Move) -> bool:
        """Whether it comes to an end of the process itself, which leaves the others alone."""
        node = self.nodes[move.node]
        alone = node.kind == "endEvent" and not node.events
        return alone and move.what == "arrived" and move.scope == self.plan.main.name

    def begins(self, move: Move) -> bool:
        """Whether the move says that the node has begun: a join has waited enough, an event has come."""
        kind = self.nodes[move.node].kind
        early = kind.endswith(("Task", "task", "Activity")) or kind in ("subProcess", "endEvent")
        return move.what == ("arrived" if early else "done")


def _leading(before: dict[Where, set[Where]], over: set[Where]) -> set[Where]:
    found, todo = set[Where](), list(over)
    while todo:
        where = todo.pop()
        if where not in found:
            found.add(where)
            todo += before.get(where, ())
    return found


def _scopes(scope: Scope) -> Iterator[Scope]:
    yield scope
    for node in scope.nodes.values():
        if node.inner:
            yield from _scopes(node.inner)


def _nodes(scope: Scope) -> Iterator[Node]:
    for inner in _scopes(scope):
        yield from inner.nodes.values()
