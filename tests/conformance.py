"""The conformance features of betsy (uniba-dsg), played by this engine: which are carried out, which are refused by name.

    python -m tests.conformance FOLDER      FOLDER holds betsy_expected_traces.json and, anywhere below, files/bpmn/…

betsy's files are written in a form of no engine. Its scripts are single words, and for each engine under test betsy puts
that engine's spelling in their place; its conditions are written bare. So does this module, and only this module: what a
designer brings is read as it stands (`name = expression`, nothing else).

* A word that logs (`SCRIPT_task1`, `CREATE_MARKER_FILE`, `LOG_DATA` …) becomes an assignment of that name; the trace is made
  of the script tasks that were done, in the order in which they were done.
* A word that takes time or throws (`WAIT_TEN_SECONDS`, `CREATE_TIMESTAMP_LOG_1`, `THROW_ERROR`) is work that no script of
  ours can do. Such a task becomes a service task, and this module is the host that does it: ten seconds on its own clock,
  or the report of the one error that the file declares.
* `test.contains("a")` becomes `"a" in test`; other conditions are wrapped in `${…}` as betsy does for its engines.

The host also carries messages and signals from one process of a file to the others, starts what they start, and turns
the clock for as long as the case asks. Between two acts every process is saved and loaded.

A feature is passed when each of its cases gives the expected names, as often as expected and in an order that the drawing
allows. It is refused when the engine refuses the drawing, or when no engine could ever give what a case expects: a name
that nothing in the file writes, or one left out that stands on every way to another. Everything else is wrong.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from engine.diagrams import Diagram, DiagramNotValid, EventDefinition, Node, Scope, read
from engine.errors import LianshenError
from engine.runtime import Process, Refused, compile

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TOOK = timedelta(seconds=10)
FOLDERS = {
    "Basic": "basics",
    "Activity": "activities",
    "Gateway": "gateways",
    "Event": "events",
    "Error": "errors",
    "Data": "data",
    "Pattern": "cfpatterns",
}
SCRIPTS = {
    "CREATE_LOG_FILE": "pass",
    "CREATE_MARKER_FILE": "MARKER_exists = True",
    "INCREMENT_INTEGER_VARIABLE": "integerVariable = integerVariable + 1",
    "INCREMENT_INTEGER_VARIABLE_AND_LOG": "integerVariable = integerVariable + 1\nINCREMENT_correct = True",
    "SET_STRING_DATA": "data = 'String'",
    "LOG_DATA": "DATA_correct = data == 'String'",
}
WORKS = ("WAIT_TEN_SECONDS", "CREATE_TIMESTAMP_LOG_1", "CREATE_TIMESTAMP_LOG_2", "THROW_ERROR")
CONDITIONS = ("conditionExpression", "condition", "loopCondition", "activationCondition", "completionCondition")
_CONTAINS = re.compile(r"(!?)(\w+)\.contains\(\"(\w+)\"\)>?")  # one file has a stray > behind its condition
_WRITES = re.compile(r"^(SCRIPT_\w+|MARKER_\w+|INCREMENT_\w+|DATA_\w+) =", re.MULTILINE)


# ---- from betsy's words to ours
@dataclass(frozen=True)
class Brought:
    """A file in our spelling: its bytes, and by element id the work that the host does."""

    body: bytes
    works: Mapping[str, str]


def spelt(body: bytes) -> Brought:
    root = etree.fromstring(body)
    works = dict[str, str]()
    for element in list(root.iter("{*}script")):
        word, task = (element.text or "").strip(), element.getparent()
        if word in WORKS:
            works[task.get("id")] = word
            task.tag = task.tag.replace("scriptTask", "serviceTask")
            task.remove(element)
        else:
            element.text = SCRIPTS.get(word, f"{word} = True" if word.startswith("SCRIPT_") else word)
    for name in CONDITIONS:
        for element in root.iter(f"{{*}}{name}"):
            element.text = _condition((element.text or "").strip())
    return Brought(etree.tostring(root), works)


def _condition(text: str) -> str:
    if found := _CONTAINS.fullmatch(text):
        return f"{'not ' if found[1] else ''}'{found[3]}' in {found[2]}"
    return text if text.startswith("${") else f"${{{text}}}"


# ---- the host
class Host:
    """The processes of one case, its clock and its log."""

    def __init__(self, diagram: Diagram, works: Mapping[str, str], case: Mapping[str, Any]) -> None:
        self.diagram, self.works, self.now = diagram, works, NOON
        self.until = NOON + timedelta(seconds=case["delay"])
        self.nodes = {node.id: node for process in diagram.processes.values() for node in _all(process)}
        self.log, self.order = list[str](), list[str]()
        self.running = list[tuple[str, Process]]()
        self.begun = dict[tuple[int, str], datetime]()
        self.facts = {"integerVariable": case["int"], **({"test": case["input"]} if case["input"] else {})}

    def play(self, main: str, beside: bool) -> None:
        if beside:
            self.start("ParallelProcess")
        self.start(main)
        self.let_run()
        if len(self.stamps) == 2 and max(b for b, _ in self.stamps) < min(e for _, e in self.stamps):
            self.log.append("EXECUTION_parallel")

    def start(self, process: str, at: str | None = None) -> None:
        plan = compile(self.diagram, process)
        self.running.append((process, Process.start(plan, self.facts, now=self.now, at=at)))
        self.after(len(self.running) - 1)

    def after(self, number: int) -> None:
        """What the last act of this process did is logged, what it threw is carried to the others."""
        process = self.running[number][1]
        for move in process.moves:
            if move.what == "arrived" and move.node in self.works:
                self.begun[number, move.token] = self.now
            if move.what == "done" and (self.nodes[move.node].loop is None or move.part):
                self.note(process, self.nodes[move.node])
        sent = process.sent
        self.saved(number)
        for letter in sent:
            self.carry(number, letter.kind, letter.name)
        if process.errors and not process.success:
            self.log.append("ERROR_thrownErrorEvent")

    def note(self, process: Process, node: Node) -> None:
        for name in _writes(node):
            self.log.append(name if process.facts.get(name) is True else f"{name}?")
            self.order.append(node.id)

    def saved(self, number: int) -> None:
        name, process = self.running[number]
        if not process.ended:
            loaded = Process.load(compile(self.diagram, name), process.dump(), now=self.now)
            self.running[number] = (name, loaded)

    def carry(self, sender: int, kind: str, name: str) -> None:
        for number, (_, process) in enumerate(list(self.running)):
            heard = 0
            if number != sender and not process.ended:
                heard = {"message": process.message, "signal": process.signal}.get(kind, lambda _: 0)(name)
            if heard:
                self.after(number)
            if heard and kind == "message":
                return
        for process_id, node in self.started_by(kind, name):
            self.start(process_id, node)

    def started_by(self, kind: str, name: str) -> list[tuple[str, str]]:
        return [
            (process.id, node.id)
            for process in self.diagram.processes.values()
            for node in process.nodes.values()
            if (node.kind == "startEvent" and any((event.kind, event.name) == (kind, name) for event in node.events))
            or (node.instantiates and kind == "message" and node.message == name)
        ]

    # ---- time and work
    stamps: list[tuple[datetime, datetime]]

    def let_run(self) -> None:
        """Timers and the host's own work, in the order of their moments, until the time of the case is over."""
        self.stamps = []
        while todo := sorted(self.next_moments(), key=lambda moment: moment[:2]):
            at, number, token = todo[0]
            if at > self.until:
                break
            self.now = at
            self.saved(number)
            if token is None:
                self.running[number][1].run_timers()
            else:
                self.work(number, token)
            self.after(number)

    def next_moments(self) -> Iterator[tuple[datetime, int, str | None]]:
        for number, (_, process) in enumerate(self.running):
            if (due := process.next_due()) is not None:
                yield max(due, self.now), number, None
            for step in process.open_steps:
                if step.node in self.works:
                    throws = self.works[step.node] == "THROW_ERROR"
                    yield self.begun[number, step.token] + (timedelta() if throws else TOOK), number, step.token

    def work(self, number: int, token: str) -> None:
        process = self.running[number][1]
        word = self.works[next(step.node for step in process.open_steps if step.token == token)]
        if word == "THROW_ERROR":
            (code,) = {event.name for node in self.nodes.values() for event in node.events if event.kind == "error"}
            process.fail(token, code or "")
            return
        process.complete(token)
        if word.startswith("CREATE_TIMESTAMP"):
            self.stamps.append((self.begun[number, token], self.now))


def _all(scope: Scope) -> Iterator[Node]:
    for node in scope.nodes.values():
        yield node
        if node.inner:
            yield from _all(node.inner)


def _writes(node: Node) -> list[str]:
    return _WRITES.findall(node.script or "")


# ---- what must come before what
@dataclass
class Before:
    """For every element the elements that stand on each way to it, and before a parallel join on any.

    An activity is begun (`id`) and done (`id.`); what is drawn on its border comes after it was begun, or after what
    throws to it inside.
    """

    diagram: Diagram
    ahead: dict[str, set[str]] = field(default_factory=dict)
    joins: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for process in self.diagram.processes.values():
            self.scope(process, "")
        keys = set(self.ahead)
        self.must = {key: keys if self.ahead[key] else {key} for key in keys}
        while self.spread():
            pass

    def scope(self, drawn: Scope, entry: str) -> set[str]:
        """Links what is drawn here; its ends."""
        ends = set[str]()
        for node in drawn.nodes.values():
            begun = self.ahead.setdefault(node.id, set())
            begun |= {f"{flow.source}." for flow in drawn.entering.get(node.id, ())}
            begun |= self.from_aside(node, drawn, entry) or ({entry} - {""} if not begun else set())
            inside = self.inside(node)
            done = self.scope(inside, node.id) if inside else set()
            self.ahead.setdefault(f"{node.id}.", set()).update(done or {node.id})
            if node.kind == "parallelGateway":
                self.joins.add(node.id)
            if not drawn.leaving.get(node.id) and not node.by_event and not node.compensates:
                ends.add(f"{node.id}.")
        return ends

    def inside(self, node: Node) -> Scope | None:
        return node.inner or (self.diagram.processes.get(node.called or "") if node.kind == "callActivity" else None)

    def from_aside(self, node: Node, drawn: Scope, entry: str) -> set[str]:
        """What leads to a border, an event sub-process, a link, or what undoes something."""
        if node.attached_to and node.attached_to in drawn.nodes:
            host = drawn.nodes[node.attached_to]
            return self.throws(node.events, self.inside(host)) or {host.id}
        if node.by_event and node.inner:
            events = [event for start in node.inner.nodes.values() for event in start.events]
            return self.throws(events, drawn) or {entry} - {""}
        undone = {f"{other.attached_to}." for other in drawn.nodes.values() if other.handler == node.id}
        links = {event.name for event in node.events if event.kind == "link" and node.kind == "intermediateCatchEvent"}
        return undone | {
            f"{other.id}."
            for other in drawn.nodes.values()
            for event in other.events
            if event.name in links and event.kind == "link" and other.kind == "intermediateThrowEvent"
        }

    def throws(self, events: Any, inside: Scope | None) -> set[str]:
        """Elements inside that throw one of these upwards."""
        wanted = {(event.kind, event.name) for event in events if event.kind in ("error", "escalation")}
        found: list[tuple[Node, EventDefinition]] = []
        if inside:
            found = [(node, event) for node in _all(inside) for event in node.events]
        return {
            n.id for n, e in found if (e.kind, e.name) in wanted and n.kind in ("endEvent", "intermediateThrowEvent")
        }

    def spread(self) -> bool:
        changed = False
        for key, ahead in self.ahead.items():
            before = [self.must[other] for other in ahead if other in self.must]
            if before:
                common = set[str]().union(*before) if key in self.joins else set[str].intersection(*before)
                if (new := common | {key}) != self.must[key]:
                    self.must[key], changed = new, True
        return changed

    def allows(self, order: list[str]) -> bool:
        """Whether each element came after all that must come before it. order: of script tasks that were done."""
        drawn = [node for process in self.diagram.processes.values() for node in _all(process)]
        writing = {node.id for node in drawn if _writes(node) and node.loop is None}
        seen = set[str]()
        for node in order:
            seen.add(f"{node}.")
            if {f"{other}." for other in writing} & self.must[f"{node}."] - seen:
                return False
        return True

    def contradicts(self, want: list[str]) -> str:
        """Why no run whatever can write these names and no others; empty when one may."""
        nodes = [node for process in self.diagram.processes.values() for node in _all(process)]
        for name in dict.fromkeys(name for name in want if name.startswith(("SCRIPT_", "MARKER_"))):
            writers = [node for node in nodes if name in _writes(node)]
            if not writers:
                return f"a case expects {name}, which nothing in the file writes"
            common = set[str].intersection(*(self.must[f"{node.id}."] for node in writers))
            always = [node for node in nodes if f"{node.id}." in common and node.loop is None]
            left_out = [written for node in always for written in _writes(node) if written not in want]
            if left_out:
                return f"a case leaves out {left_out[0]}, which stands on every way to {name}"
        return ""


# ---- the verdict
@dataclass(frozen=True)
class Verdict:
    result: str
    reason: str = ""


def judged(name: str, body: bytes, cases: list[Mapping[str, Any]]) -> Verdict:
    """One feature, with all its cases."""
    brought = spelt(body)
    try:
        diagram = read({f"{name}.bpmn": brought.body}, main=name).usable()
        for process in diagram.processes:
            compile(diagram, process)
    except (DiagramNotValid, Refused) as refused:
        if all(case["want"] == ["ERROR"] for case in cases):
            return Verdict("passed", f"refused, as expected: {_said(refused)}")
        return Verdict("refused", _said(refused))
    before = Before(diagram)
    for case in cases:
        if reason := before.contradicts(case["want"]):
            return Verdict("refused", reason)
    for case in cases:
        if reason := played(diagram, brought.works, case, before):
            return Verdict("wrong", f"case {case['n']}: {reason}")
    return Verdict("passed")


def played(diagram: Diagram, works: Mapping[str, str], case: Mapping[str, Any], before: Before) -> str:
    """What is wrong with the trace of one case; empty when it is right."""
    host = Host(diagram, works, case)
    try:
        host.play(case["name"], case["parallel"])
    except LianshenError as error:
        host.log.append("ERROR" if case["want"] == ["ERROR"] else "ERROR_runtime")
        if host.log != case["want"]:
            return f"{host.log} {error}"
    if Counter(host.log) != Counter(case["want"]):
        return f"expected {case['want']}, found {host.log}"
    return "" if before.allows(host.order) else f"in no order that the drawing allows: {host.log}"


def _said(refused: LianshenError) -> str:
    return "; ".join(f"{fault.code} {fault.place} (line {fault.line}): {fault.sentence}" for fault in refused.faults)


def conformance(folder: Path) -> dict[str, Any]:
    """features, passed, wrong, refused; and by_feature: name -> result and reason. passed + wrong + refused = features."""
    base = next(folder.glob("**/files/bpmn"))
    cases = dict[tuple[str, str], list[Mapping[str, Any]]]()
    for case in json.loads((folder / "betsy_expected_traces.json").read_text()):
        cases.setdefault((case["group"], case["name"]), []).append(case)
    verdicts = {
        name: judged(name, (base / FOLDERS[group] / f"{name}.bpmn").read_bytes(), some)
        for (group, name), some in cases.items()
    }
    count = Counter(verdict.result for verdict in verdicts.values())
    return {
        "features": len(verdicts),
        **{result: count[result] for result in ("passed", "wrong", "refused")},
        "by_feature": {name: {"result": v.result, "reason": v.reason} for name, v in verdicts.items()},
    }


if __name__ == "__main__":
    found = conformance(Path(sys.argv[1]))
    for feature, verdict in found.pop("by_feature").items():
        if verdict["result"] != "passed" or verdict["reason"]:
            print(f"{verdict['result']:8} {feature}: {verdict['reason']}")
    print(json.dumps(found))
