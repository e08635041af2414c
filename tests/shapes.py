"""A hundred and fifty diagrams of our own in the shapes that people really draw, in the spellings of six tools.

    python tests/shapes.py FOLDER      writes them; the same bytes each time

Twenty-five shapes, each as Camunda Modeler, Flowable, Activiti, Signavio, bpmn.io and Bizagi would write it: their prefixes
and namespaces, their ids, their attributes for people and forms, lanes and pools, and with some the parts that they leave
out (ids of flows, ends, definitions of events, conditions).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True)
class Tool:
    """How a tool writes. prefix: of BPMN's own elements. vendor: prefix and namespace of its attributes. ids: how it makes
    them from a short name. flows: whether flows bear ids. executable: what it says of the process."""

    name: str
    prefix: str
    vendor: str
    namespace: str
    ids: str
    executable: str
    exporter: str = ""
    flows: bool = True
    collaboration: bool = False
    ending: str = ".bpmn"


TOOLS = (
    Tool("camunda", "bpmn:", "camunda", "http://camunda.org/schema/1.0/bpmn", "Activity_{}", "true", "Camunda Modeler"),
    Tool("flowable", "", "flowable", "http://flowable.org/bpmn", "{}", "", flows=False, ending=".bpmn20.xml"),
    Tool("activiti", "", "activiti", "http://activiti.org/bpmn", "{}1", "true", collaboration=True),
    Tool("signavio", "", "signavio", "http://www.signavio.com", "sid-0A1B-{}", "false", "Signavio", collaboration=True),
    Tool("bpmnio", "bpmn:", "", "", "{}_0x1y2z", "false", "bpmn-js", collaboration=True),
    Tool(
        "bizagi", "", "bizagi", "http://www.bizagi.com/bpmn20", "Id_7f3c-{}", "", "Bizagi Modeler", collaboration=True
    ),
)


@dataclass
class Sheet:
    """One file while it is written."""

    tool: Tool
    shape: str
    declared: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    count: int = 0

    def id(self, name: str) -> str:
        return self.tool.ids.format(name)

    def tag(self, kind: str, attributes: str, inside: str = "") -> str:
        p = self.tool.prefix
        return (
            f"<{p}{kind}{attributes and ' ' + attributes}>{inside}</{p}{kind}>"
            if inside
            else f"<{p}{kind} {attributes}/>"
        )

    def own(self, attributes: str) -> str:
        """Attributes of the tool; a tool without any writes none."""
        vendor = self.tool.vendor if self.tool.vendor not in ("signavio", "bizagi") else ""
        return " ".join(f"{vendor}:{one}" for one in attributes.split(" ")) if vendor and attributes else ""

    def make(self, kind: str, name: str, inside: str = "", attributes: str = "", words: str = "") -> str:
        label = f' name="{words}"' if words else ""
        return self.tag(kind, f'id="{self.id(name)}"{label} {attributes}'.strip(), inside)

    def node(self, kind: str, name: str, inside: str = "", attributes: str = "", words: str = "") -> None:
        self.nodes.append(self.id(name))
        self.body.append(self.make(kind, name, inside, attributes, words))

    def flow(self, source: str, target: str, condition: str = "", words: str = "", name: str = "") -> str:
        self.count += 1
        key = name or f"flow{self.count}"
        own_id = f'id="{self.id(key)}" ' if self.tool.flows or name else ""
        inside = (
            self.tag("conditionExpression", 'xsi:type="tFormalExpression"', f"<![CDATA[{condition}]]>")
            if condition
            else ""
        )
        label = f' name="{words}"' if words else ""
        return self.tag(
            "sequenceFlow", f'{own_id}sourceRef="{self.id(source)}" targetRef="{self.id(target)}"{label}', inside
        )

    def chain(self, *names: str) -> None:
        for source, target in pairwise(names):
            self.body.append(self.flow(source, target))

    def way(self, source: str, target: str, condition: str = "", words: str = "", name: str = "") -> None:
        self.body.append(self.flow(source, target, condition, words, name))

    def user(self, name: str, words: str = "", loop: str = "") -> None:
        people = self.own('assignee="${starter}" formKey="form"')
        self.node("userTask", name, loop, people, words or "经办")

    def event(self, kind: str, name: str, what: str, attributes: str = "", inside: str = "") -> None:
        """An event with one definition; what: empty for an event without any, as bpmn.io lets people draw."""
        definition = self.tag(f"{what}EventDefinition", f'id="{self.id(name)}_d"', inside) if what else ""
        self.node(kind, name, definition, attributes)

    def refers(self, kind: str, name: str, what: str, key: str, attributes: str = "") -> None:
        """An event of a declared message, signal, error or escalation."""
        code = {"error": f' errorCode="{key}"', "escalation": f' escalationCode="{key}"'}.get(what, "")
        line = self.tag(what, f'id="{what}_{key}" name="{key}"{code}')
        if line not in self.declared:
            self.declared.append(line)
        definition = self.tag(f"{what}EventDefinition", f'{what}Ref="{what}_{key}"')
        self.node(kind, name, definition, attributes)

    def scope(self, kind: str, name: str, drawn: Callable[[Sheet], None], attributes: str = "", loop: str = "") -> None:
        inner = Sheet(self.tool, self.shape, self.declared, count=self.count + 20)
        drawn(inner)
        self.node(kind, name, loop + "".join(inner.body), attributes)

    def timed(self, text: str) -> str:
        return self.tag("timeDuration", 'xsi:type="tFormalExpression"', text)

    def many(self, sequential: bool = False) -> str:
        """Several people, as the tool says it."""
        order = f'isSequential="{"true" if sequential else "false"}"'
        vendor = (
            self.own("collection=people elementVariable=person")
            .replace("people", '"people"')
            .replace("person", '"person"')
        )
        if vendor:
            return self.tag("multiInstanceLoopCharacteristics", f"{order} {vendor}")
        return self.tag("multiInstanceLoopCharacteristics", order, self.tag("loopCardinality", "", "3"))

    def written(self) -> bytes:
        tool, p = self.tool, self.tool.prefix
        vendor = f' xmlns:{tool.vendor}="{tool.namespace}"' if tool.vendor else ""
        names = f'xmlns:{p[:-1]}="{MODEL}"' if p else f'xmlns="{MODEL}"'
        exporter = f' exporter="{tool.exporter}" exporterVersion="1.0"' if tool.exporter else ""
        key, executable = f"{tool.name}_{self.shape}", f' isExecutable="{tool.executable}"' if tool.executable else ""
        lanes = self.lanes() if tool.collaboration else ""
        pools = self.pools(key) if tool.collaboration else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{p}definitions {names}{vendor} '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'id="definitions" targetNamespace="http://example.org/{tool.name}"{exporter}>\n'
            + "".join(f"  {line}\n" for line in [*self.declared, *([pools] if pools else [])])
            + f'  <{p}process id="{key}"{executable}>\n'
            + "".join(f"    {line}\n" for line in [*([lanes] if lanes else []), *self.body])
            + f"  </{p}process>\n"
            + "".join(f"  {other}\n" for other in self.others)
            + f"</{p}definitions>\n"
        ).encode()

    def lanes(self) -> str:
        half = len(self.nodes) // 2 + 1
        groups = [("lane_a", "窗口", self.nodes[:half]), ("lane_b", "审批科室", self.nodes[half:])]
        inside = "".join(
            self.tag(
                "lane",
                f'id="{name}" name="{words}"',
                "".join(f"<{self.tool.prefix}flowNodeRef>{n}</{self.tool.prefix}flowNodeRef>" for n in nodes),
            )
            for name, words, nodes in groups
            if nodes
        )
        return self.tag("laneSet", 'id="lanes"', inside)

    def pools(self, process: str) -> str:
        """One pool with the process, and one that nobody looks into."""
        ours = self.tag("participant", f'id="pool_a" name="中心" processRef="{process}"')
        return self.tag(
            "collaboration", 'id="collaboration"', ours + self.tag("participant", 'id="pool_b" name="申请人"')
        )


# ---- the shapes
def stuck(s: Sheet) -> None:
    """A parallel join behind an exclusive split: people draw it, and it waits for ever."""
    s.node("startEvent", "start")
    s.user("apply", "申请")
    s.node("exclusiveGateway", "either", words="哪一家？")
    s.node("task", "a", words="登记")
    s.user("b", "登记")
    s.node("parallelGateway", "join")
    s.node("endEvent", "end")
    s.chain("start", "apply", "either", "a", "join", "end")
    s.chain("either", "b", "join")


def way_asked(s: Sheet) -> None:
    """An exclusive split without conditions, as business people draw it, with a way back."""
    s.node("startEvent", "start")
    s.user("check", "审查")
    s.node("exclusiveGateway", "ok", words="通过？")
    s.node("endEvent", "end")
    s.chain("start", "check", "ok")
    s.way("ok", "check", words="退回")
    s.way("ok", "end", words="通过")


def juel(s: Sheet) -> None:
    s.node("startEvent", "start")
    s.user("check")
    s.node("exclusiveGateway", "ok", attributes=f'default="{s.id("no")}"')
    s.user("pay")
    s.node("endEvent", "end")
    s.node("endEvent", "over")
    s.chain("start", "check", "ok")
    s.way("ok", "pay", "${approved == true && amount > 500}")
    s.way("ok", "over", name="no")
    s.chain("pay", "end")


def parallel(s: Sheet) -> None:
    s.node("startEvent", "start")
    s.node("parallelGateway", "split")
    s.user("a", "住建")
    s.user("b", "消防")
    s.node("parallelGateway", "join")
    s.node("endEvent", "end")
    s.chain("start", "split", "a", "join", "end")
    s.chain("split", "b", "join")


def inclusive(s: Sheet) -> None:
    s.node("startEvent", "start")
    s.node("inclusiveGateway", "split", attributes=f'default="{s.id("rest")}"')
    s.user("a")
    s.user("b")
    s.user("c")
    s.node("inclusiveGateway", "join")
    s.node("endEvent", "end")
    s.chain("start", "split")
    s.way("split", "a", "${needsA}")
    s.way("split", "b", "${needsB == 'yes'}")
    s.way("split", "c", name="rest")
    s.chain("a", "join", "end")
    s.chain("b", "join")
    s.chain("c", "join")


def implicit(s: Sheet) -> None:
    """Several flows out of a task, several into one, and no end drawn."""
    s.node("startEvent", "start")
    s.user("apply")
    s.user("a")
    s.user("b")
    s.node("task", "note")
    s.chain("start", "apply", "a", "note")
    s.chain("apply", "b", "note")


def service(s: Sheet) -> None:
    s.node("startEvent", "start")
    s.node("serviceTask", "call", attributes=s.own('class="org.example.Send"'), words="调用外部")
    s.node("sendTask", "mail", attributes=s.own('type="mail"') if s.tool.vendor != "camunda" else "")
    s.node("businessRuleTask", "rule")
    s.node("endEvent", "end")
    s.chain("start", "call", "mail", "rule", "end")


def script(s: Sheet) -> None:
    s.node("startEvent", "start")
    text = s.tag("script", "", "def total = amount * 2; execution.setVariable('total', total)")
    s.node("scriptTask", "count", text, 'scriptFormat="groovy"')
    s.node("exclusiveGateway", "much")
    s.user("boss")
    s.node("endEvent", "end")
    s.chain("start", "count", "much")
    s.way("much", "boss", "${total > 1000}")
    s.way("much", "end", "${total <= 1000}")
    s.chain("boss", "end")


def waits(s: Sheet) -> None:
    """Events without any definition, or a timer without a time."""
    s.event("startEvent", "start", "message")
    s.user("a")
    s.event("intermediateCatchEvent", "later", "timer")
    s.event("intermediateCatchEvent", "letter", "message")
    s.event("endEvent", "end", "message")
    s.chain("start", "a", "later", "letter", "end")


def race(s: Sheet) -> None:
    s.node("startEvent", "start")
    s.node("eventBasedGateway", "wait")
    s.refers("intermediateCatchEvent", "answer", "message", "answer")
    s.event("intermediateCatchEvent", "late", "timer", inside=s.timed("P15D"))
    s.user("go")
    s.node("endEvent", "end")
    s.node("endEvent", "over")
    s.chain("start", "wait", "answer", "go", "end")
    s.chain("wait", "late", "over")


def reminder(s: Sheet) -> None:
    """A timer on the border that takes the task away, and one that only reminds."""
    s.node("startEvent", "start")
    s.user("do")
    on = f'attachedToRef="{s.id("do")}"'
    s.event("boundaryEvent", "late", "timer", on, s.timed("P5D"))
    s.event("boundaryEvent", "soon", "timer", f'{on} cancelActivity="false"', s.timed("PT4H"))
    s.user("boss")
    s.node("serviceTask", "remind")
    s.node("endEvent", "end")
    s.chain("start", "do", "end")
    s.chain("late", "boss", "end")
    s.chain("soon", "remind")


def countersign(s: Sheet) -> None:
    s.node("startEvent", "start")
    s.user("sign", "会签", s.many())
    s.user("turns", "依次", s.many(sequential=True))
    s.node("exclusiveGateway", "ok")
    s.node("endEvent", "end")
    s.chain("start", "sign", "turns", "ok")
    s.way("ok", "sign", "${refused}")
    s.way("ok", "end", "${!refused}")


def sub_process(s: Sheet) -> None:
    def inside(q: Sheet) -> None:
        q.node("startEvent", "in")
        q.user("x")
        q.node("exclusiveGateway", "bad")
        q.refers("endEvent", "fault", "error", "E1")
        q.node("endEvent", "out")
        q.chain("in", "x", "bad")
        q.way("bad", "out", "${!bad}")
        q.way("bad", "fault", "${bad}")

    s.node("startEvent", "start")
    s.scope("subProcess", "sub", inside)
    s.refers("boundaryEvent", "caught", "error", "E1", f'attachedToRef="{s.id("sub")}"')
    s.user("mend")
    s.node("endEvent", "end")
    s.chain("start", "sub", "end")
    s.chain("caught", "mend", "end")


def bare_sub_process(s: Sheet) -> None:
    """Without a start and an end inside."""

    def inside(q: Sheet) -> None:
        q.user("x")
        q.user("y")
        q.chain("x", "y")

    s.node("startEvent", "start")
    s.scope("subProcess", "sub", inside, loop=s.many())
    s.node("endEvent", "end")
    s.chain("start", "sub", "end")


def handler(s: Sheet) -> None:
    def inside(q: Sheet) -> None:
        q.refers("startEvent", "asked", "message", "withdraw", 'isInterrupting="false"')
        q.user("answer")
        q.node("endEvent", "answered")
        q.chain("asked", "answer", "answered")

    s.node("startEvent", "start")
    s.user("work")
    s.node("endEvent", "end")
    s.scope("subProcess", "aside", inside, 'triggeredByEvent="true"')
    s.chain("start", "work", "end")


def fails(s: Sheet) -> None:
    def inside(q: Sheet) -> None:
        q.refers("startEvent", "caught", "error", "E9")
        q.user("mend")
        q.node("endEvent", "mended")
        q.chain("caught", "mend", "mended")

    s.node("startEvent", "start")
    s.user("work")
    s.refers("endEvent", "broken", "error", "E9")
    s.scope("subProcess", "aside", inside, 'triggeredByEvent="true"')
    s.chain("start", "work", "broken")


def links(s: Sheet) -> None:
    s.node("startEvent", "start")
    s.user("a")
    name = f'id="{s.id("l")}_{{}}" name="次页"'
    s.node("intermediateThrowEvent", "out", s.tag("linkEventDefinition", name.format(1)))
    s.node("intermediateCatchEvent", "in", s.tag("linkEventDefinition", name.format(2)))
    s.user("b")
    s.node("endEvent", "end")
    s.chain("start", "a", "out")
    s.chain("in", "b", "end")


def undone(s: Sheet) -> None:
    """Compensation: what was booked is cancelled."""
    s.node("startEvent", "start")
    s.user("book")
    s.event("boundaryEvent", "undo", "compensate", f'attachedToRef="{s.id("book")}"')
    s.node("serviceTask", "cancel", attributes='isForCompensation="true"')
    link = f'id="{s.id("assoc")}" sourceRef="{s.id("undo")}" targetRef="{s.id("cancel")}" associationDirection="One"'
    s.body.append(s.tag("association", link))
    s.event("intermediateThrowEvent", "back", "compensate")
    s.node("endEvent", "end")
    s.chain("start", "book", "back", "end")


def signals(s: Sheet) -> None:
    s.refers("startEvent", "start", "signal", "alarm")
    s.node("parallelGateway", "split")
    s.refers("intermediateCatchEvent", "hear", "signal", "ready")
    s.user("work")
    s.refers("intermediateThrowEvent", "call", "signal", "ready")
    s.node("endEvent", "end")
    s.node("endEvent", "over")
    s.chain("start", "split", "hear", "end")
    s.chain("split", "work", "call", "over")


def stops(s: Sheet) -> None:
    """A terminate end, another branch still open."""
    s.node("startEvent", "start")
    s.node("parallelGateway", "split")
    s.user("a")
    s.node("receiveTask", "wait")
    s.event("endEvent", "stop", "terminate")
    s.node("endEvent", "end")
    s.chain("start", "split", "a", "stop")
    s.chain("split", "wait", "end")


def rises(s: Sheet) -> None:
    def inside(q: Sheet) -> None:
        q.node("startEvent", "in")
        q.user("x")
        q.refers("intermediateThrowEvent", "up", "escalation", "ask")
        q.node("endEvent", "out")
        q.chain("in", "x", "up", "out")

    s.node("startEvent", "start")
    s.scope("subProcess", "sub", inside)
    s.refers("boundaryEvent", "heard", "escalation", "ask", f'attachedToRef="{s.id("sub")}" cancelActivity="false"')
    s.user("boss")
    s.node("endEvent", "end")
    s.chain("start", "sub", "end")
    s.chain("heard", "boss")


def transaction(s: Sheet) -> None:
    def inside(q: Sheet) -> None:
        q.node("startEvent", "in")
        q.user("pay")
        q.node("exclusiveGateway", "paid")
        q.event("endEvent", "give_up", "cancel")
        q.node("endEvent", "out")
        q.chain("in", "pay", "paid")
        q.way("paid", "give_up", words="不付")
        q.way("paid", "out", words="已付")

    s.node("startEvent", "start")
    s.scope("transaction", "deal", inside)
    s.event("boundaryEvent", "off", "cancel", f'attachedToRef="{s.id("deal")}"')
    s.user("tell")
    s.node("endEvent", "end")
    s.chain("start", "deal", "end")
    s.chain("off", "tell", "end")


def calls(s: Sheet) -> None:
    """A process that calls another one of the same file."""
    other = f"{s.tool.name}_called"
    s.node("startEvent", "start")
    s.node("callActivity", "sub", attributes=f'calledElement="{other}"')
    s.node("endEvent", "end")
    s.chain("start", "sub", "end")
    inner = Sheet(s.tool, s.shape, count=60)
    inner.node("startEvent", "in")
    inner.user("x")
    inner.node("endEvent", "out")
    inner.chain("in", "x", "out")
    s.others.append(s.tag("process", f'id="{other}" isExecutable="true"', "".join(inner.body)))


def two_starts(s: Sheet) -> None:
    s.node("startEvent", "start")
    s.refers("startEvent", "letter", "message", "petition")
    s.node("exclusiveGateway", "either")
    s.user("a")
    s.node("complexGateway", "sorts")
    s.user("b")
    s.node("endEvent", "end")
    s.chain("start", "either", "a", "sorts", "b", "end")
    s.chain("letter", "either")


def at_will(s: Sheet) -> None:
    """Ad-hoc, a standard loop, a condition that is waited for, data beside."""

    def inside(q: Sheet) -> None:
        q.user("x")
        q.user("y")

    s.node("startEvent", "start")
    s.scope("adHocSubProcess", "will", inside)
    s.user("again", loop=s.tag("standardLoopCharacteristics", 'loopMaximum="3"'))
    condition = s.tag("condition", 'xsi:type="tFormalExpression"', "${weather == 'fine'}")
    s.event("intermediateCatchEvent", "fine", "conditional", inside=condition)
    s.body.append(s.tag("dataObject", f'id="{s.id("paper")}" name="材料"'))
    s.node("endEvent", "end")
    s.chain("start", "will", "again", "fine", "end")


SHAPES: tuple[Callable[[Sheet], None], ...] = (
    *(
        stuck,
        way_asked,
        juel,
        parallel,
        inclusive,
        implicit,
        service,
        script,
        waits,
        race,
        reminder,
        countersign,
        sub_process,
    ),
    *(bare_sub_process, handler, fails, links, undone, signals, stops, rises, transaction, calls, two_starts, at_will),
)


def files() -> Iterator[tuple[str, bytes]]:
    """Each file with its name: the tool's folder, the shape."""
    for tool in TOOLS:
        for shape in SHAPES:
            sheet = Sheet(tool, shape.__name__)
            shape(sheet)
            yield f"{tool.name}/{shape.__name__}{tool.ending}", sheet.written()


def write(folder: Path) -> None:
    for name, body in files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
