"""What the tokens of a play did, line by line, in the file's own ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...diagrams import Node, Scope
from ...runtime import Move

GATHERING = ("parallelGateway", "inclusiveGateway", "complexGateway")
THROWING = ("endEvent", "intermediateThrowEvent", "sendTask")
TOLD = ("message", "signal", "timer")


@dataclass(frozen=True)
class Traced:
    """One line of a trace. event: entered, completed, cancelled. by: auto, timer, message, signal, choice. scope: the path of
    the process or sub-process that draws the element.

    A gateway that gathers several flows is entered when it has enough of them: until then its tokens stand on the flows. A
    repeated step is entered once a turn.
    """

    n: int
    element: str
    event: str
    by: str
    scope: str


@dataclass
class Book:
    """Takes down what the tokens do, in the file's own ids."""

    scopes: Mapping[str, Scope]
    rows: list[Traced] = field(default_factory=list)
    chosen: set[tuple[str, str]] = field(default_factory=set)
    gathering: dict[str, tuple[str, str]] = field(default_factory=dict)
    open: dict[str, tuple[str, str]] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    ended_by: set[tuple[str, str]] = field(default_factory=set)

    def take(self, moves: Sequence[Move], act: str, element: str, *, failed: bool) -> None:
        """The moves of one act; element: what the act was done to. failed: by an error that nobody caught."""
        begun = len(self.rows)
        for move in moves:
            node = self.scopes[move.scope].nodes[move.node]
            self.note(move, node, self.reason(move, node, act, element))
        self.chosen.clear()
        rows = self.rows[begun:]
        for i in range(len(rows)):
            if rows[i].event == "cancelled" and (i == 0 or rows[i - 1].event != "cancelled"):
                self.thrown(rows, i, failed)
        for i in range(len(rows) - 2, -1, -1):  # who is cancelled is so by what comes next
            if rows[i].event == "cancelled" and rows[i + 1].by in TOLD:
                rows[i] = replace(rows[i], by=rows[i + 1].by)
        self.rows[begun:] = rows

    def thrown(self, rows: list[Traced], first: int, failed: bool) -> None:
        """An event that takes off the very element that threw it: that one had done its work, and comes first."""
        last = next((i for i in range(first, len(rows)) if rows[i].event != "cancelled"), len(rows))
        caught = self.caught(rows[last]) if last < len(rows) else {"error"} if failed else set()
        for i in range(first, last):
            node = self.scopes[rows[i].scope].nodes[rows[i].element]
            if node.kind in THROWING and any(event.kind in caught for event in node.events):
                rows.insert(first, replace(rows.pop(i), event="completed"))
                return

    def caught(self, row: Traced) -> set[str]:
        """The events that this border or event sub-process catches."""
        node = self.scopes[row.scope].nodes[row.element]
        if node.by_event and node.inner:
            starts = [inner for inner in node.inner.nodes.values() if inner.kind == "startEvent"]
            return {event.kind for start in starts for event in start.events}
        return {event.kind for event in node.events} if node.kind == "boundaryEvent" else set()

    def note(self, move: Move, node: Node, by: str) -> None:
        place = (move.scope, move.node)
        whole = node.loop is not None and not move.part
        if move.what == "arrived":
            self.open[move.token] = place
            if whole:
                self.turns[move.token] = len(self.rows)
            elif self.gathers(place, node) or self.is_early(move, node):
                self.gathering[move.token] = place
            else:
                self.write(place, "entered", by)
            return
        self.open.pop(move.token, None)
        held = self.gathering.pop(move.token, None) is not None
        if whole:
            begun = self.turns.pop(move.token, 0)
            silent = any((row.scope, row.element) == place for row in self.rows[begun:])
            held = True
        else:
            silent = False
        if move.what == "joined" or (held and move.what == "cancelled") or silent:
            return
        if held:
            self.write(place, "entered", by)
        if move.what == "done":
            self.ended_by.add(place)
        self.write(place, "completed" if move.what == "done" else "cancelled", by)

    def is_early(self, move: Move, node: Node) -> bool:
        """Whether an activity that needs several tokens waits for more; with the last one it is entered."""
        here = [token for token, place in self.gathering.items() if place == (move.scope, move.node)]
        return not move.part and len(here) + 1 < node.needs

    def write(self, place: tuple[str, str], event: str, by: str) -> None:
        self.rows.append(Traced(0, place[1], event, by, place[0]))

    def gathers(self, place: tuple[str, str], node: Node) -> bool:
        return node.kind in GATHERING and len(self.scopes[place[0]].entering.get(node.id, ())) > 1

    def reason(self, move: Move, node: Node, act: str, element: str) -> str:
        """Why this happened: what an event waited for, a choice, or the flow of things."""
        if move.what == "done" and (move.scope, move.node) in self.chosen:
            return "choice"
        if act == "choice" and move.node == element and move.what == "done":
            return "choice"
        kinds = self.kinds(node)
        catches = node.kind in ("startEvent", "boundaryEvent") or node.by_event or move.what == "done"
        if move.what == "cancelled" or not kinds or not catches:
            return "auto"
        return act if act in kinds else kinds[0]

    def kinds(self, node: Node) -> list[str]:
        """The events that come from elsewhere that this node catches."""
        if node.kind == "receiveTask":
            return ["message"]
        if node.by_event and node.inner:
            starts = [inner for inner in node.inner.nodes.values() if inner.kind == "startEvent"]
            return [event.kind for start in starts for event in start.events if event.kind in TOLD]
        if node.kind in ("startEvent", "boundaryEvent", "intermediateCatchEvent"):
            return [event.kind for event in node.events if event.kind in TOLD]
        return []

    def lines(self) -> Iterator[Traced]:
        return (replace(row, n=n) for n, row in enumerate(self.rows, 1))

    def lately(self) -> list[str]:
        """What was done last, for one that goes round and round."""
        return [row.element for row in self.rows[-12:] if row.event == "completed"]

    def standing(self) -> list[str]:
        return [element for _, element in self.open.values()]

    def terminated(self, process: str) -> bool:
        nodes = self.scopes[process].nodes
        return any(
            scope == process and any(event.kind == "terminate" for event in nodes[element].events)
            for scope, element in self.ended_by
        )
