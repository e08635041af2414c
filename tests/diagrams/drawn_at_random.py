"""Drawings at random: blocks within blocks, sound as long as nothing is spoilt, and then often one or two changes that spoil them."""

from __future__ import annotations

from random import Random

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ls="urn:lianshen:bpmn:1"><process id="P">'
)
REVIEW = ' ls:kind="review" ls:department="nr"'
GATES = {"and": "parallelGateway", "xor": "exclusiveGateway", "or": "inclusiveGateway"}
TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
HANDLER = (
    '<subProcess id="{0}" triggeredByEvent="true"><startEvent id="{0}s" isInterrupting="{1}"><messageEventDefinition/>'
    '</startEvent><userTask id="{0}t"/><endEvent id="{0}e"/><sequenceFlow id="{0}f" sourceRef="{0}s" targetRef="{0}t"/>'
    '<sequenceFlow id="{0}g" sourceRef="{0}t" targetRef="{0}e"/></subProcess>'
)
Block = tuple[str, str]
"""Where a block is entered and left."""


def drawing(random: Random, depth: int = 3) -> bytes:
    """A file with one process."""
    whole = _Drawing(random, "n")
    whole.process(depth)
    for _ in range((random.random() < 0.6) * random.choice([1, 1, 2])):
        whole.spoil()
    return f"{HEAD}{whole.text()}</process></definitions>".encode()


class _Drawing:
    """One scope. nodes: id -> tag, attributes, what is inside. flows: source, target, condition."""

    def __init__(self, random: Random, prefix: str) -> None:
        self.random, self.prefix = random, prefix
        self.nodes = dict[str, tuple[str, str, str]]()
        self.flows = list[tuple[str, str, str]]()

    def add(self, tag: str, inner: str = "", attributes: str = "") -> str:
        key = f"{self.prefix}{len(self.nodes)}"
        self.nodes[key] = tag, attributes, inner
        return key

    def flow(self, source: str, target: str, *, asked: bool = False) -> None:
        self.flows.append((source, target, f"${{{self.condition()}}}" if asked else ""))

    def condition(self) -> str:
        """Mostly something that nobody else asks; else what came out of a step, or a question that several ask."""
        reviews = [key for key, (_, attributes, _) in self.nodes.items() if attributes == REVIEW]
        match self.random.randrange(8):
            case 0 if reviews:
                return f"{self.random.choice(reviews)} == '{self.random.choice(['pass', 'return'])}'"
            case 1:
                return self.random.choice(["big > 5", "not big > 5"])
            case _:
                return f"c{len(self.flows)} == 1"

    def process(self, depth: int, throws: str = "") -> None:
        start, (first, last) = self.add("startEvent"), self.block(depth)
        self.flow(start, first)
        if throws == "error":
            choice = self.add("exclusiveGateway")
            self.flow(last, choice)
            self.flow(choice, self.add("endEvent"), asked=True)
            self.flow(choice, self.add("endEvent", "<errorEventDefinition/>"), asked=True)
        else:
            self.flow(last, self.add("endEvent", f"<{throws}EventDefinition/>" if throws else ""))

    # ---- blocks
    def block(self, depth: int) -> Block:
        kinds = ["step", "step", *GATES, "row", "row", "loop", "scope", "bordered", "race", "aside", "implicit"]
        kind = self.random.choice(kinds) if depth else "step"
        if kind in GATES:
            return self.split(self.add(GATES[kind]), GATES[kind], depth, asked=kind != "and")
        made: Block = getattr(self, kind)(depth)
        return made

    def step(self, depth: int) -> Block:
        tag = self.random.choice(["userTask", "userTask", "task"])
        key = self.add(tag, "", REVIEW if tag == "userTask" and self.random.random() < 0.3 else "")
        return key, key

    def row(self, depth: int) -> Block:
        one, other = self.block(depth - 1), self.block(depth - 1)
        self.flow(one[1], other[0])
        return one[0], other[1]

    def split(self, split: str, join: str, depth: int, *, asked: bool) -> Block:
        closing = self.add(join)
        for _ in range(self.random.choice([2, 2, 3])):
            first, last = self.block(depth - 1)
            self.flow(split, first, asked=asked)
            self.flow(last, closing)
        return split, closing

    def implicit(self, depth: int) -> Block:
        return self.split(self.add("userTask"), "inclusiveGateway", depth, asked=True)

    def loop(self, depth: int) -> Block:
        merge, choice, (first, last) = self.add("exclusiveGateway"), self.add("exclusiveGateway"), self.block(depth - 1)
        back, out = self.step(0)[0], self.step(0)[0]
        self.flow(merge, first)
        self.flow(last, choice)
        self.flow(choice, back, asked=True)
        self.flow(back, merge)
        self.flow(choice, out, asked=True)
        return merge, out

    def aside(self, depth: int) -> Block:
        split, (first, last), (other, end) = self.add("parallelGateway"), self.block(depth - 1), self.block(depth - 1)
        self.flow(split, first)
        self.flow(split, other)
        self.flow(end, self.add("endEvent", self.random.choice(["", "", "", "<terminateEventDefinition/>"])))
        return split, last

    def race(self, depth: int) -> Block:
        gateway, merge = self.add("eventBasedGateway"), self.add("exclusiveGateway")
        for _ in range(2):
            caught, (first, last) = (
                self.add("intermediateCatchEvent", "<messageEventDefinition/>"),
                self.block(depth - 1),
            )
            self.flow(gateway, caught)
            self.flow(caught, first)
            self.flow(last, merge)
        return gateway, merge

    def scope(self, depth: int) -> Block:
        inside = _Drawing(self.random, f"{self.prefix}{len(self.nodes)}_")
        inside.process(depth - 1, self.random.choice(["", "", "error", "escalation"]))
        goes_on = self.random.choice(["true", "false"])
        handler = HANDLER.format(f"{self.prefix}{len(self.nodes)}_h", goes_on) if self.random.random() < 0.25 else ""
        key = self.add("subProcess", inside.text() + handler)
        return key, key

    def bordered(self, depth: int) -> Block:
        host, _ = self.scope(depth)
        event = self.random.choice(["message", "timer", "error", "escalation"])
        interrupts = event == "error" or self.random.random() < 0.5
        drawn = TIMER if event == "timer" else f"<{event}EventDefinition/>"
        attributes = f' attachedToRef="{host}" cancelActivity="{str(interrupts).lower()}"'
        border, (first, last) = self.add("boundaryEvent", drawn, attributes), self.block(depth - 1)
        self.flow(border, first)
        if self.random.random() > (0.7 if interrupts else 0.3):
            self.flow(last, self.add("endEvent"))
            return host, host
        merge = self.add("exclusiveGateway" if interrupts else "inclusiveGateway")
        self.flow(host, merge)
        self.flow(last, merge)
        return host, merge

    # ---- what spoils it
    def spoil(self) -> None:
        gates = [key for key, (tag, _, _) in self.nodes.items() if tag in GATES.values()]
        sources = [key for key, (tag, _, _) in self.nodes.items() if tag not in ("endEvent", "eventBasedGateway")]
        targets = [key for key, (tag, _, _) in self.nodes.items() if tag not in ("startEvent", "boundaryEvent")]
        match self.random.choice(["gate", "gate", "drop", "add", "move"]):
            case "gate" if gates:
                key = self.random.choice(gates)
                others = [tag for tag in GATES.values() if tag != self.nodes[key][0]]
                self.nodes[key] = self.random.choice(others), "", ""
            case "drop" if len(self.flows) > 3:
                self.flows.pop(self.random.randrange(len(self.flows)))
            case "add":
                self.flow(self.random.choice(sources), self.random.choice(targets), asked=self.random.random() < 0.5)
            case _:
                number = self.random.randrange(len(self.flows))
                source, _, condition = self.flows[number]
                self.flows[number] = source, self.random.choice(targets), condition

    def text(self) -> str:
        nodes = [f'<{tag} id="{key}"{more}>{inner}</{tag}>' for key, (tag, more, inner) in self.nodes.items()]
        flows = []
        for number, (source, target, condition) in enumerate(self.flows):
            asks = condition and self.nodes[source][0] != "parallelGateway"
            inner = f"<conditionExpression>{condition}</conditionExpression>" if asks else ""
            ends = f'sourceRef="{source}" targetRef="{target}"'
            flows.append(f'<sequenceFlow id="{self.prefix}f{number}" {ends}>{inner}</sequenceFlow>')
        return "".join(nodes + flows)
