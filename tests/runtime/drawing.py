"""Small diagrams as text, for tests: a line is a node or a chain of flows, indented lines lie in the line above.

    or g j                          nodes of one kind; what no line names is a user task (s a start, e, e1 … ends)
    s > g                           flows
    g > a [x > 1] > j               with a condition
    g > e *                         the default flow
    border bd at a timer PT1H       interrupts a;  `beside a` does not
    catch c message M1 or signal S  `with` in the place of `or`: all of them
    user a loop=parallel over=people item=person output=votes each=vote until="vote == 'no'"
    user a loop=parallel count=3 behavior=Complex throws="signal S" when="nrOfCompletedInstances == 2"
    user a needs=2 gives=3          tokens that begin it, tokens that leave it by each flow
    receive r starts=true           its message starts the process;  events g starts=all: all events behind it together
    script x: n = n + 1
    sub q                           also transaction, adhoc, handler (event sub-process), process
        qs > b

Line numbers of the text are the lines of the marks.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from engine.diagrams import (
    OUTCOMES,
    Announcement,
    Diagram,
    EventDefinition,
    Flow,
    Loop,
    Mark,
    Message,
    Node,
    Outcome,
    Place,
    Scope,
    StepKind,
    Work,
)

FILE = "drawn.bpmn"
KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "undoer": "userTask",
    "manual": "manualTask",
    "service": "serviceTask",
    "rule": "businessRuleTask",
    "task": "task",
    "script": "scriptTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "call": "callActivity",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "complex": "complexGateway",
    "events": "eventBasedGateway",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "border": "boundaryEvent",
    "sub": "subProcess",
    "handler": "subProcess",
    "transaction": "transaction",
    "adhoc": "adHocSubProcess",
    "odd": "choreographyTask",
}
BLOCKS = ("process", "sub", "handler", "transaction", "adhoc")
EVENTS = ("message", "signal", "error", "escalation", "timer", "condition", "link", "terminate", "cancel", "compensate")
_FLOW = re.compile(r"\s*(?:(>)|(\[)|(\*)|([^\s>\[\]*]+))")


@dataclass
class _Line:
    number: int
    text: str
    inside: list[_Line] = field(default_factory=list)


def draw(text: str, main: str = "P", file: str = FILE) -> Diagram:
    """The diagram of a text. Lines outside any `process` block draw the main process."""
    lines = list(_outline(text))
    messages = dict(_message(line) for line in lines if line.text.startswith("message "))
    named = [line for line in lines if line.text.startswith("process ")]
    rest = [line for line in lines if line not in named and not line.text.startswith("message ")]
    processes = {
        line.text.split()[1]: _Scope(file, line.text.split()[1], "process", line).read(line.inside) for line in named
    }
    if rest:
        processes[main] = _Scope(file, main, "process", _Line(1, main)).read(rest)
    return Diagram(main, processes, messages, {}, files=(file,))


def _outline(text: str) -> Iterator[_Line]:
    stack: list[tuple[int, _Line]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = _Line(number, raw.strip())
        if not line.text or line.text.startswith("# "):
            continue
        depth = len(raw) - len(raw.lstrip())
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if stack:
            stack[-1][1].inside.append(line)
        else:
            yield line
        if line.text.split()[0] in BLOCKS:
            stack.append((depth, line))


def _message(line: _Line) -> tuple[str, Message]:
    """message M1 payload="{'id': id}" variable=reply id=id"""
    _, name, *words = shlex.split(line.text)
    told = dict(word.split("=", 1) for word in words)
    payload, variable = told.pop("payload", None), told.pop("variable", None)
    return name, Message(payload, variable, told)


class _Scope:
    def __init__(self, file: str, path: str, kind: str, line: _Line) -> None:
        self.file, self.path, self.kind, self.line = file, path, kind, line
        self.nodes = dict[str, Node]()
        self.flows = list[Flow]()
        self.defaults = dict[str, str]()

    def read(self, lines: list[_Line]) -> Scope:
        flows = [line for line in lines if not self.is_node(line)]
        for line in lines:
            if line not in flows:
                self.node(line)
        for line in flows:
            self.chain(line)
        for name, flow in self.defaults.items():
            self.nodes[name] = replace(self.nodes[name], default=flow)
        leaving = {name: tuple(f for f in self.flows if f.source == name) for name in self.nodes}
        entering = {name: tuple(f for f in self.flows if f.target == name) for name in self.nodes}
        return Scope(
            self.path, self.path, self.kind, self.at(self.line), self.nodes, tuple(self.flows), leaving, entering
        )

    @staticmethod
    def is_node(line: _Line) -> bool:
        return line.text.split()[0] in KINDS

    def at(self, line: _Line) -> Mark:
        return Mark(self.file, line.number, 1)

    def node(self, line: _Line) -> None:
        head, _, script = line.text.partition(": ") if line.text.startswith("script ") else (line.text, "", "")
        word, *words = shlex.split(head)
        names = list[str]()
        while words and "=" not in words[0] and words[0] not in (*EVENTS, "at", "beside", "sequential"):
            names.append(words.pop(0))
        for name in names:
            self.nodes[name] = self.one(line, word, name, list(words), script)

    def one(self, line: _Line, word: str, name: str, words: list[str], script: str) -> Node:
        told: dict[str, Any] = {"interrupting": True}
        if words and words[0] in ("at", "beside"):
            told["interrupting"] = words.pop(0) == "at"
            if word == "border":
                told["attached_to"] = words.pop(0)
        if words and words[0] == "sequential":
            words.pop(0)
            told["ordering"] = "Sequential"
        options = dict(w.split("=", 1) for w in words if re.match(r"\w+=", w) and w.split("=", 1)[0] in _OPTIONS)
        rest = [w for w in words if not (re.match(r"\w+=", w) and w.split("=", 1)[0] in _OPTIONS)]
        told["parallel_multiple"] = "with" in rest
        told["events"] = tuple(_events(rest, options))
        told |= {_OPTIONS[key]: value for key, value in options.items() if _OPTIONS[key]}
        told["loop"] = _loop(options)
        told["work"] = _work(options)
        told["cancel_remaining"] = options.get("cancels") != "false"
        told["needs"], told["gives"] = int(options.get("needs", 1)), int(options.get("gives", 1))
        told["instantiates"], told["all_events"] = "starts" in options, options.get("starts") == "all"
        if word in BLOCKS:
            path = f"{self.path}/{name}"
            told["inner"] = _Scope(self.file, path, KINDS[word], line).read(line.inside)
            told["by_event"] = word == "handler"
        told["compensates"] = word == "undoer" or "compensates" in options
        if script:
            told["script"] = "\n".join(part.strip() for part in script.split(" ; "))
        return Node(name, KINDS[word], self.at(line), **told)

    def chain(self, line: _Line) -> None:
        source, flow = None, None
        place = 0
        while place < len(line.text):
            found = _FLOW.match(line.text, place)
            assert found, f"line {line.number}: {line.text[place:]}"
            place = found.end()
            if found[2]:
                end = _closing(line.text, place)
                assert flow
                flow = self.narrow(flow, condition=line.text[place:end].strip())
                place = end + 1
            elif found[3]:
                assert flow
                self.defaults[flow.source] = flow.id
            elif found[4]:
                self.implied(found[4], line)
                flow = self.flow(source, found[4], line) if source else None
                source = found[4]

    def flow(self, source: str, target: str, line: _Line) -> Flow:
        double = sum(f.id.split("#")[0] == f"{source}>{target}" for f in self.flows)
        flow = Flow(
            f"{source}>{target}" + (f"#{double + 1}" if double else ""), source, target, None, None, self.at(line)
        )
        self.flows.append(flow)
        return flow

    def narrow(self, flow: Flow, condition: str) -> Flow:
        self.flows.remove(flow)
        self.flows.append(replace(flow, condition=condition))
        return self.flows[-1]

    def implied(self, name: str, line: _Line) -> None:
        if name not in self.nodes and not name.startswith("?"):
            kind = "startEvent" if name == "s" else "endEvent" if re.fullmatch(r"e\d*", name) else "userTask"
            self.nodes[name] = Node(name, kind, self.at(line))


_OPTIONS = {
    "name": "name",
    "called": "called",
    "message": "message",
    "undo": "handler",
    "odd": "odd",
    "language": "script_language",
    "enough": "completion",
    "default": "default",
    "lane": "lane",
    **dict.fromkeys(
        ("loop", "over", "item", "output", "each", "count", "until", "max", "before", "kind", "of", "cancels"), ""
    ),
    **dict.fromkeys(("behavior", "throws", "when", "needs", "gives", "starts", "waits", "compensates"), ""),
}


def _events(words: list[str], options: dict[str, str]) -> Iterator[EventDefinition]:
    groups: list[list[str]] = []
    for word in words:
        if word in EVENTS and (not groups or groups[-1]):
            groups.append([word])
        elif word in ("or", "with"):
            groups.append([])
        elif groups and not groups[-1]:
            groups[-1].append(word)
        else:
            groups[-1].append(word)
    for kind, *rest in groups:
        text = " ".join(rest) or None
        match kind:
            case "timer":
                yield EventDefinition("timer", text=text or "", timer="duration")
            case "condition":
                yield EventDefinition("conditional", text=text)
            case "compensate":
                waits = options.get("waits") != "false"
                yield EventDefinition("compensate", activity=options.get("of"), waits=waits)
            case _:
                yield EventDefinition(kind, text)


def _loop(options: dict[str, str]) -> Loop | None:
    if "loop" not in options:
        return None
    return Loop(
        kind=options["loop"],
        collection=options.get("over"),
        item=options.get("item"),
        output=options.get("output"),
        output_item=options.get("each"),
        cardinality=options.get("count"),
        condition=options.get("until"),
        maximum=int(options["max"]) if "max" in options else None,
        test_before=options.get("before") == "true",
        behavior=options.get("behavior", "All"),
        announces=tuple(_announced(options)),
    )


def _announced(options: dict[str, str]) -> Iterator[Announcement]:
    if "throws" in options or "when" in options:
        (event,) = _events(options["throws"].split(), options) if "throws" in options else (None,)
        yield Announcement(event, options.get("when"))


def _work(options: dict[str, str]) -> Work | None:
    if "kind" not in options:
        return None
    kind = StepKind(options["kind"])
    outcomes = tuple(Outcome(code, code) for code in OUTCOMES[kind])
    return Work(kind, "plan", "w1", "3wd", None, outcomes, None, Place.HALL)


def _closing(text: str, place: int) -> int:
    depth = 1
    while depth:
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        place += 1
    return place - 1
