"""Random drawings for the trial of the soundness proof: sound by the way they are built, or spoilt by one change.

A net grows out of blocks with one way in and one way out, and a few shapes that are sound without being nested. It is kept as a
list of nodes and flows, so that one of them can be changed, and written as BPMN text, so that it comes to the prover the way
every drawing does. The trees of tests/runtime/tree_game.py are another thing: an interpreter knows what they may do, and a tree
with one flow turned elsewhere is a tree no more.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import pairwise

from engine.diagrams import Diagram, has_errors, read
from engine.runtime import Refused, compile

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:test">\n'
)
MAIN = "P"
SPLITS = ("exclusiveGateway", "inclusiveGateway")
GATES = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


@dataclass
class Part:
    """One node. inside: the id of the sub-process or process that draws it. event: its kind, and what: its name, code or link.
    spare: an inclusive split with a default."""

    id: str
    kind: str
    inside: str
    event: str = ""
    what: str = ""
    host: str = ""
    interrupts: bool = True
    called: str = ""
    by_event: bool = False
    spare: bool = True


@dataclass
class Net:
    parts: dict[str, Part] = field(default_factory=dict)
    flows: dict[str, tuple[str, str]] = field(default_factory=dict)
    processes: list[str] = field(default_factory=lambda: [MAIN])

    @property
    def diagram(self) -> Diagram | None:
        """As it is read, each time anew; None where it cannot be read, or not be carried out for more than that nothing leads to
        a node."""
        reading = read({"net.bpmn": self.text.encode()})
        if reading.diagram is None or has_errors(reading.findings):
            return None
        return reading.diagram if refused(reading.diagram) <= {"unreachable"} else None

    # ---- as BPMN text
    @property
    def text(self) -> str:
        """The drawing; the main process comes first."""
        declared = [line for part in self.parts.values() for line in _declared(part)]
        bodies = [
            f'<process id="{name}" isExecutable="{str(name == MAIN).lower()}">\n{self._body(name)}</process>\n'
            for name in self.processes
        ]
        return f"{HEAD}{''.join(dict.fromkeys(declared))}{''.join(bodies)}</definitions>\n"

    def _body(self, inside: str) -> str:
        parts = [part for part in self.parts.values() if part.inside == inside]
        flows = [self._flow(name) for name, (source, _) in self.flows.items() if self.parts[source].inside == inside]
        return "".join([*map(self._part, parts), *flows])

    def _part(self, part: Part) -> str:
        attributes = f'id="{part.id}"'
        if part.host:
            attributes += f' attachedToRef="{part.host}" cancelActivity="{str(part.interrupts).lower()}"'
        if part.called:
            attributes += f' calledElement="{part.called}"'
        if part.by_event:
            attributes += ' triggeredByEvent="true"'
        if part.kind == "startEvent" and part.event:
            attributes += f' isInterrupting="{str(part.interrupts).lower()}"'
        ways = self.leaving(part.id)
        if part.kind in SPLITS and len(ways) > 1 and part.spare:
            attributes += f' default="{ways[-1]}"'
        inside = self._body(part.id) if part.kind == "subProcess" else _event(part)
        return f"<{part.kind} {attributes}>{inside}</{part.kind}>\n"

    def _flow(self, name: str) -> str:
        source, target = self.flows[name]
        part, ways = self.parts[source], self.leaving(source)
        asked = part.kind in SPLITS and len(ways) > 1 and not (part.spare and name == ways[-1])
        condition = f'<conditionExpression xsi:type="tFormalExpression">${{c_{name} == 1}}</conditionExpression>'
        return (
            f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{condition * asked}</sequenceFlow>\n'
        )

    def leaving(self, part: str) -> list[str]:
        return [name for name, (source, _) in self.flows.items() if source == part]

    def entering(self, part: str) -> list[str]:
        return [name for name, (_, target) in self.flows.items() if target == part]


def refused(diagram: Diagram) -> set[str]:
    """Why it cannot be carried out as drawn."""
    try:
        compile(diagram)
    except Refused as why:
        return {fault.code for fault in why.faults}
    return set()


def _declared(part: Part) -> list[str]:
    match part.event:
        case "message" | "signal":
            return [f'<{part.event} id="d_{part.what}" name="{part.what}"/>\n']
        case "error":
            return [f'<error id="d_{part.what}" errorCode="{part.what}"/>\n']
        case _:
            return []


def _event(part: Part) -> str:
    match part.event:
        case "message" | "signal" | "error":
            return f'<{part.event}EventDefinition {part.event}Ref="d_{part.what}"/>'
        case "timer":
            return "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
        case "terminate":
            return "<terminateEventDefinition/>"
        case "link":
            return f'<linkEventDefinition name="{part.what}"/>'
        case _:
            return ""


# ---------------------------------------------------------------- growing
@dataclass(frozen=True)
class Ground:
    """Where a block grows. inside: the scope. alone: nothing runs beside it, so it may end on its own. error: the code that a
    border of the scope catches. deep: sub-processes around it. slow: no step goes by itself, so that events may come."""

    inside: str
    alone: bool
    error: str = ""
    deep: int = 0
    slow: bool = False


class Grower:
    """Grows one net; every name is used once. slow: there are no moments among its events and no steps that go by themselves, so
    that anything may come before anything else."""

    def __init__(self, luck: random.Random, *, slow: bool = False) -> None:
        self.luck, self.slow, self.net, self.number = luck, slow, Net(), 0

    def grown(self, size: int, *, beside: bool = False) -> Net:
        """A sound net of about so many steps. beside: with an event sub-process in the process itself."""
        ground = Ground(MAIN, True, slow=beside)
        self.body(MAIN, size, ground)
        if beside:
            self.handler(max(1, size // 3), ground)
        return self.net

    # ---- pen and paper
    def put(self, ground: Ground, kind: str, letter: str, **more: str | bool) -> str:
        self.number += 1
        name = f"{letter}{self.number}"
        self.net.parts[name] = Part(name, kind, ground.inside, **more)  # type: ignore[arg-type]
        return name

    def join(self, *names: str) -> None:
        """Flows from each to the next."""
        for source, target in pairwise(names):
            self.number += 1
            self.net.flows[f"f{self.number}"] = (source, target)

    def event(self) -> dict[str, str]:
        kind = self.luck.choice(("message", "message", "signal", "message" if self.slow else "timer"))
        return {"event": kind, "what": f"n{self.number + 1}"}

    # ---- scopes
    def body(self, inside: str, size: int, ground: Ground, like: Part | None = None) -> None:
        """A whole scope: a start (like this one), blocks, and what it ends with."""
        first = self.put(ground, "startEvent", "s")
        if like is not None:
            self.net.parts[first] = replace(like, id=first)
        size = max(1, size)
        if size > 2 and self.luck.random() < 0.3:
            before, after = size // 2, size - size // 2
        else:
            before, after = size, 0
        begin, last = self.block(before, ground)
        self.join(first, begin)
        if after:
            self.parted(last, after, ground)
        else:
            self.join(last, self.end(ground))

    def end(self, ground: Ground) -> str:
        kind = "terminate" if self.luck.random() < 0.1 and not ground.deep else ""
        return self.put(ground, "endEvent", "e", event=kind)

    def parted(self, last: str, size: int, ground: Ground) -> None:
        """Branches that never meet again, each with its own end; one of them may end all."""
        gate = self.put(ground, self.luck.choice(GATES), "g", spare=self.luck.random() < 0.5)
        self.join(last, gate)
        apart = self.net.parts[gate].kind == "exclusiveGateway"
        for branch in range(2):
            begin, over = self.block(max(1, size // 2), replace(ground, alone=apart))
            self.join(gate, begin)
            final = "terminate" if branch and self.luck.random() < 0.3 else ""
            self.join(over, self.put(ground, "endEvent", "e", event=final))

    # ---- blocks
    def block(self, size: int, ground: Ground) -> tuple[str, str]:
        """Its first and its last node."""
        if size <= 1:
            return self.leaf(ground)
        kinds: list[Callable[[int, Ground], tuple[str, str]]] = [
            self.sequence,
            self.sequence,
            self.gates,
            self.gates,
            self.gates,
            self.loop,
            self.race,
            self.border,
            self.border,
            self.maze,
            self.crossed,
            self.loose,
            self.way_out,
            self.linked,
        ]
        if ground.deep < 2:
            kinds += [self.sub, self.sub, self.called]
        return self.luck.choice(kinds)(size, ground)

    def leaf(self, ground: Ground) -> tuple[str, str]:
        if self.luck.random() < 0.15:
            name = self.put(ground, "intermediateCatchEvent", "c", **self.event())
        else:
            name = self.step(ground)
        return name, name

    def step(self, ground: Ground) -> str:
        return self.put(ground, "userTask" if self.slow or ground.slow or self.luck.random() < 0.8 else "task", "t")

    def sequence(self, size: int, ground: Ground) -> tuple[str, str]:
        first, middle = self.block(size // 2, ground)
        begin, last = self.block(size - size // 2, ground)
        self.join(middle, begin)
        return first, last

    def gates(self, size: int, ground: Ground) -> tuple[str, str]:
        """A split and its join. A way may be empty where it is one of several."""
        kind = self.luck.choice(GATES)
        spare = self.luck.random() < 0.5
        split = self.put(ground, kind, "g", spare=spare)
        close = "inclusiveGateway" if self.luck.random() < 0.15 else kind
        last = self.put(ground, close, "j")
        within = replace(ground, alone=ground.alone and kind == "exclusiveGateway")
        count = 3 if size > 4 and self.luck.random() < 0.3 else 2
        for way in range(count):
            if way and kind != "parallelGateway" and self.luck.random() < 0.15:
                self.join(split, last)
                continue
            begin, over = self.block(max(1, size // count), within)
            self.join(split, begin)
            self.join(over, last)
        return split, last

    def loop(self, size: int, ground: Ground) -> tuple[str, str]:
        head, back = (
            self.put(ground, "exclusiveGateway", "j"),
            self.put(ground, self.luck.choice(SPLITS[:1]), "g"),
        )
        begin, over = self.block(size - 1, ground)
        out = self.step(ground)
        self.join(head, begin)
        self.join(over, back, head)
        self.join(back, out)
        return head, out

    def race(self, size: int, ground: Ground) -> tuple[str, str]:
        gate, last = self.put(ground, "eventBasedGateway", "r"), self.put(ground, "exclusiveGateway", "j")
        for _ in range(2):
            awaited = self.put(ground, "intermediateCatchEvent", "c", **self.event())
            begin, over = self.block(size // 2, ground)
            self.join(gate, awaited, begin)
            self.join(over, last)
        return gate, last

    def border(self, size: int, ground: Ground) -> tuple[str, str]:
        if self.luck.random() < 0.5 and size > 2 and ground.deep < 2:
            host = self.sub_process(size // 2, ground, "", slow=True)
        else:
            host = self.put(ground, "userTask", "t")
        stops = self.luck.random() < 0.5
        name = self.put(ground, "boundaryEvent", "b", host=host, interrupts=stops, **self.event())
        beside = replace(ground, alone=stops and ground.alone)
        begin, over = self.block(max(1, size // 2), beside)
        self.join(name, begin)
        if not stops or (ground.alone and self.luck.random() < 0.3):
            self.join(over, self.put(ground, "endEvent", "e"))
            return host, host
        last = self.put(ground, "exclusiveGateway", "j")
        self.join(host, last)
        self.join(over, last)
        return host, last

    def sub(self, size: int, ground: Ground) -> tuple[str, str]:
        """A sub-process, sometimes with an error inside that its border catches."""
        code = f"E{self.number}" if self.luck.random() < 0.35 else ""
        name = self.sub_process(size, ground, code)
        thrown = any(p.event == "error" and p.what == code and p.kind == "endEvent" for p in self.net.parts.values())
        if not code or not thrown:
            return name, name
        caught = self.put(ground, "boundaryEvent", "b", host=name, event="error", what=code)
        last = self.put(ground, "exclusiveGateway", "j")
        begin, over = self.block(1, ground)
        self.join(caught, begin)
        self.join(over, last)
        self.join(name, last)
        return name, last

    def sub_process(self, size: int, ground: Ground, code: str, *, slow: bool = False) -> str:
        """Sometimes with an event sub-process. code: of the error that it may throw."""
        name, handled = self.put(ground, "subProcess", "q"), self.luck.random() < 0.25
        inner = Ground(name, True, code, ground.deep + 1, slow or handled or ground.slow)
        self.body(name, size - 1, inner)
        if handled:
            self.handler(max(1, size // 3), inner)
        return name

    def handler(self, size: int, ground: Ground) -> None:
        """An event sub-process in this scope."""
        name = self.put(ground, "subProcess", "h", by_event=True)
        event, what = self.event().values()
        inner = Ground(name, True, "", ground.deep + 1, ground.slow)
        self.body(name, size, inner, Part("", "startEvent", name, event, what, interrupts=self.luck.random() < 0.5))

    def called(self, size: int, ground: Ground) -> tuple[str, str]:
        self.number += 1
        process = f"R{self.number}"
        self.net.processes.append(process)
        self.body(process, size - 1, Ground(process, True, "", ground.deep + 1, ground.slow))
        name = self.put(ground, "callActivity", "k", called=process)
        return name, name

    def way_out(self, size: int, ground: Ground) -> tuple[str, str]:
        """A choice with a way that ends: the whole scope, with an error for its border, or (where nothing runs beside) itself."""
        gate = self.put(ground, "exclusiveGateway", "g")
        last, over = self.block(size - 1, ground)
        self.join(gate, last)
        if ground.error:
            end = self.put(ground, "endEvent", "e", event="error", what=ground.error)
        else:
            end = self.put(ground, "endEvent", "e", event="" if ground.alone else "terminate")
        self.join(gate, end)
        return gate, over

    def linked(self, size: int, ground: Ground) -> tuple[str, str]:
        name = f"L{self.number}"
        throw = self.put(ground, "intermediateThrowEvent", "v", event="link", what=name)
        catch = self.put(ground, "intermediateCatchEvent", "w", event="link", what=name)
        begin, over = self.block(size - 1, ground)
        self.join(catch, begin)
        return throw, over

    # ---- sound, and not nested
    def maze(self, size: int, ground: Ground) -> tuple[str, str]:
        """Choices that jump into each other's branches, forwards and back."""
        stations = []
        for _ in range(3):
            head, step = self.put(ground, "exclusiveGateway", "j"), self.step(ground)
            self.join(head, step)
            stations.append((head, step))
        last = self.step(ground)
        for number, (_, step) in enumerate(stations):
            gate = self.put(ground, "exclusiveGateway", "g")
            self.join(step, gate)
            ahead = stations[number + 1][0] if number < 2 else last
            self.join(gate, self.luck.choice(stations)[0])
            self.join(gate, ahead)
        return stations[0][0], last

    def crossed(self, size: int, ground: Ground) -> tuple[str, str]:
        """Branches that all run, and wait for each other on the way."""
        split, first, second, last = (self.put(ground, "parallelGateway", "p") for _ in range(4))
        one, other, between = self.step(ground), self.step(ground), self.step(ground)
        self.join(split, one, first, second, between, last)
        self.join(split, other, second)
        self.join(first, last)
        return split, last

    def loose(self, size: int, ground: Ground) -> tuple[str, str]:
        """Branches of which one is left out half-way; an inclusive join waits for what comes."""
        split, skip, last = (
            self.put(ground, "parallelGateway", "p"),
            self.put(ground, "exclusiveGateway", "g"),
            self.put(ground, "inclusiveGateway", "j"),
        )
        one, other = self.step(ground), self.step(ground)
        self.join(split, one, last)
        self.join(split, skip, other, last)
        self.join(skip, last)
        return split, last


# ---------------------------------------------------------------- one change
def spoilt(net: Net, luck: random.Random) -> tuple[Net, Diagram | None, str]:
    """The net with one change that can still be read and carried out, as it is read, and what was changed. It may be sound all
    the same."""
    changes = (*[_gate] * 5, _add, _add, _retarget, _retarget, _border, _border, _remove, _end)
    for _ in range(40):
        changed = deepcopy(net)
        told = luck.choice(changes)(changed, luck)
        diagram = changed.diagram if told else None
        if diagram is not None:
            return changed, diagram, told
    return net, net.diagram, "nothing"


def _gate(net: Net, luck: random.Random) -> str:
    gates = [part for part in net.parts.values() if part.kind in GATES]
    if not gates:
        return ""
    part = luck.choice(gates)
    part.kind = luck.choice([kind for kind in GATES if kind != part.kind])
    return f"{part.id} is {part.kind}"


def _ends_of_flows(net: Net, source: str) -> list[str]:
    """Where a flow from there may lead."""
    inside = net.parts[source].inside
    return [
        part.id
        for part in net.parts.values()
        if part.inside == inside
        and part.kind not in ("startEvent", "boundaryEvent")
        and not part.by_event
        and not (part.kind == "intermediateCatchEvent" and part.event == "link")
    ]


def _retarget(net: Net, luck: random.Random) -> str:
    name = luck.choice(list(net.flows))
    source, target = net.flows[name]
    others = [other for other in _ends_of_flows(net, source) if other not in (target, source)]
    if not others:
        return ""
    net.flows[name] = (source, luck.choice(others))
    return f"{name} leads to {net.flows[name][1]} instead of {target}"


def _remove(net: Net, luck: random.Random) -> str:
    name = luck.choice(list(net.flows))
    return f"{name} {net.flows.pop(name)} is gone"


def _add(net: Net, luck: random.Random) -> str:
    sources = [p.id for p in net.parts.values() if p.kind != "endEvent" and not p.by_event and p.event != "link"]
    source = luck.choice(sources)
    target = luck.choice(_ends_of_flows(net, source))
    if target == source:
        return ""
    net.flows["f0"] = (source, target)
    return f"{source} leads to {target} too"


def _border(net: Net, luck: random.Random) -> str:
    borders = [part for part in net.parts.values() if part.host and part.event != "error"]
    if not borders:
        return ""
    part = luck.choice(borders)
    part.interrupts = not part.interrupts
    return f"{part.id} interrupts: {part.interrupts}"


def _end(net: Net, luck: random.Random) -> str:
    ends = [part for part in net.parts.values() if part.kind == "endEvent"]
    part = luck.choice(ends)
    part.event = "" if part.event else "terminate"
    return f"{part.id} ends with {part.event or 'nothing'}"


def net_of(seed: int, *, slow: bool = False, beside: bool = False, size: int = 8) -> Net:
    """The sound net of a seed."""
    luck = random.Random(seed)
    return Grower(luck, slow=slow).grown(luck.randint(1, size), beside=beside)
