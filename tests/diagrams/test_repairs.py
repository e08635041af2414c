"""Each repair does what its card says at its place, leaves a trace there and everything else alone; made twice it does nothing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from engine.diagrams import REPAIRS, Node, Repair, confirmed, find_places, lint, read, repair
from engine.errors import Fault

Bpmn = Callable[..., bytes]
FILE = "a.bpmn"
FLOW = '<sequenceFlow id="{0}" sourceRef="{1}" targetRef="{2}"/>'.format
ASKED = '<sequenceFlow id="{0}" sourceRef="{1}" targetRef="{2}"><conditionExpression>{3}</conditionExpression></sequenceFlow>'.format
WORDS = re.compile("[一-鿿]")


def at(code: str, element: str, sentence: str = "这里不执行。") -> Fault:
    return Fault(element, sentence, "改一改。", code, FILE, 1, 1)


def mend(body: bytes, *faults: Fault) -> tuple[bytes, tuple[Repair, ...]]:
    done = repair(body, FILE, faults)
    return done.body, done.repairs


def node(body: bytes, key: str) -> Node:
    diagram = read({FILE: body}).diagram
    assert diagram is not None
    todo = [*diagram.processes.values()]
    while todo:
        scope = todo.pop()
        todo += [n.inner for n in scope.nodes.values() if n.inner]
        if key in scope.nodes:
            return scope.nodes[key]
    raise AssertionError(f"{key} is not read")


def is_read(body: bytes, key: str) -> bool:
    try:
        return bool(node(body, key))
    except AssertionError:
        return False


def flows(body: bytes) -> dict[str, str | None]:
    diagram = read({FILE: body}).diagram
    assert diagram is not None
    return {flow.id: flow.condition for scope in diagram.processes.values() for flow in scope.flows}


@dataclass(frozen=True)
class Case:
    """kind of the repair; what stands in the process; the fault; where the trace is; what holds of the repaired file."""

    kind: str
    drawn: str
    fault: Fault
    holds: Callable[[bytes], object]
    trace: str = ""
    beside: str = ""
    also: tuple[Fault, ...] = ()


def boundary(inside: str, more: str = "") -> str:
    return f'<task id="a"/><boundaryEvent id="b" attachedToRef="a"{more}>{inside}</boundaryEvent><task id="c"/>' + FLOW(
        "f", "b", "c"
    )


def throw(inside: str) -> str:
    return f'<intermediateThrowEvent id="t" name="发">{inside}</intermediateThrowEvent>'


UNDO = "<compensateEventDefinition/>"
MANY = "multiInstanceLoopCharacteristics"
CASES = {
    "a script in another language": Case(
        "script-by-hand",
        '<scriptTask id="s" name="算" scriptFormat="groovy"><script><![CDATA[x < 1]]></script></scriptTask>',
        at("script-language", "s"),
        lambda b: (
            (node(b, "s").kind, node(b, "s").script) == ("manualTask", None) and b"x &lt; 1" in b and b"groovy" in b
        ),
    ),
    "a script that cannot be read": Case(
        "script-by-hand",
        '<scriptTask id="s"><script>CREATE LOG</script></scriptTask>',
        at("expression-refused", "s"),
        lambda b: node(b, "s").kind == "manualTask",
    ),
    "a global script": Case(
        "script-by-hand",
        '<callActivity id="a" calledElement="G"/>',
        at("script-language", "G"),
        lambda b: b'<globalManualTask id="G">' in b and b"scriptLanguage=" in b,
        beside='<globalScriptTask id="G" scriptLanguage="ruby"><script>x { y }</script></globalScriptTask>',
    ),
    "a condition of another language": Case(
        "way-asked",
        '<exclusiveGateway id="g" default="x"/><task id="a"/>'
        + ASKED("f", "g", "a", "${l.approves(1)}")
        + FLOW("x", "g", "a"),
        at("expression-refused", "g"),
        lambda b: flows(b) == {"f": None, "x": None} and node(b, "g").default is None and b"${l.approves(1)}" in b,
    ),
    "mixed ways": Case(
        "way-asked",
        '<exclusiveGateway id="g"/><task id="a"/>'
        + ASKED("f", "g", "a", "${x}")
        + FLOW("y", "g", "a")
        + FLOW("z", "g", "a"),
        at("ways-mixed", "g"),
        lambda b: flows(b) == {"f": None, "y": None, "z": None},
    ),
    "a list that cannot be read": Case(
        "collection-named",
        f'<userTask id="a"><{MANY} camunda:collection="${{x.list()}}"/></userTask>',
        at("expression-refused", "a"),
        lambda b: node(b, "a").loop.collection == "list_a" and b'camunda:collection="${x.list()}"' in b,  # type: ignore[union-attr]
    ),
    "a multi-instance over nothing": Case(
        "collection-named",
        f'<userTask id="a-1"><{MANY}/></userTask>',
        at("loop-over-nothing", "a-1"),
        lambda b: node(b, "a-1").loop.collection == "list_a_1",  # type: ignore[union-attr]
    ),
    "a condition on an inclusive gateway": Case(
        "condition-as-fact",
        '<inclusiveGateway id="g"/><task id="a"/>'
        + ASKED("f-1", "g", "a", "next(null)")
        + ASKED("y", "g", "a", "${x}"),
        at("expression-refused", "g"),
        lambda b: flows(b) == {"f-1": "${go_f_1}", "y": "${x}"} and b"go_f_1: next(null)" in b,
    ),
    "a conditional event": Case(
        "condition-as-fact",
        '<intermediateCatchEvent id="e"><conditionalEventDefinition><condition>a b</condition></conditionalEventDefinition>'
        "</intermediateCatchEvent>",
        at("expression-refused", "e"),
        lambda b: node(b, "e").events[0].text == "${when_e}",
    ),
    "a completion condition": Case(
        "condition-as-fact",
        f'<userTask id="a"><{MANY}><loopCardinality>3</loopCardinality><completionCondition>a b</completionCondition>'
        f"</{MANY}></userTask>",
        at("expression-refused", "a"),
        lambda b: (node(b, "a").loop.condition, node(b, "a").loop.cardinality) == ("${done_a}", "3"),  # type: ignore[union-attr]
    ),
    "a cron text": Case(
        "cron-translated",
        '<startEvent id="s"><timerEventDefinition><timeCycle>0 0/5 * * * ?</timeCycle></timerEventDefinition></startEvent>',
        at("timer-cron", "s"),
        lambda b: (node(b, "s").events[0].timer, node(b, "s").events[0].text) == ("cycle", "R/PT5M"),
    ),
    "a cron text in the flow": Case(
        "cron-translated",
        '<intermediateCatchEvent id="s"><timerEventDefinition><timeCycle>0 9 * * 1</timeCycle></timerEventDefinition>'
        "</intermediateCatchEvent>",
        at("timer-cron", "s"),
        lambda b: (node(b, "s").events[0].timer, node(b, "s").events[0].text) == ("duration", "P7D"),
    ),
    "a cycle in the flow": Case(
        "timer-once",
        '<intermediateCatchEvent id="s"><timerEventDefinition><timeCycle>R4/PT1S</timeCycle></timerEventDefinition>'
        "</intermediateCatchEvent>",
        at("timer-repeats-in-flow", "s"),
        lambda b: (node(b, "s").events[0].timer, node(b, "s").events[0].text) == ("duration", "PT1S"),
    ),
    "a timer without a time": Case(
        "timer-given",
        '<intermediateCatchEvent id="s"><timerEventDefinition id="d"/></intermediateCatchEvent>',
        at("timer-empty", "s"),
        lambda b: (node(b, "s").events[0].timer, node(b, "s").events[0].text) == ("duration", "P1D"),
    ),
    "a shared timer without a time": Case(
        "timer-given",
        '<intermediateCatchEvent id="s"><eventDefinitionRef>d</eventDefinitionRef></intermediateCatchEvent>',
        at("timer-empty", "s"),
        lambda b: [event.text for event in node(b, "s").events] == ["P1D"],
        beside='<timerEventDefinition id="d"/>',
    ),
    "a called process that is not here": Case(
        "call-by-hand",
        '<callActivity id="a" calledElement="Q"><extensionElements><camunda:in source="x" target="y"/></extensionElements>'
        "</callActivity>",
        at("called-unknown", "a"),
        lambda b: node(b, "a").kind == "manualTask" and b'calledElement="Q"' in b and b'<camunda:in source="x"' in b,
    ),
    "a called process that is empty": Case(
        "call-by-hand",
        '<callActivity id="a" calledElement="Q"/>',
        at("nothing-drawn", "Q"),
        lambda b: node(b, "a").kind == "manualTask",
        trace="a",
        beside='<process id="Q"/>',
    ),
    "a loop without a condition": Case(
        "loop-asked",
        '<userTask id="a"><standardLoopCharacteristics/></userTask>',
        at("loop-endless", "a"),
        lambda b: node(b, "a").loop.condition == "${again_a}",  # type: ignore[union-attr]
    ),
    "results without a name": Case(
        "result-dropped",
        f'<userTask id="a"><{MANY} camunda:outputCollection="all"><loopCardinality>2</loopCardinality></{MANY}></userTask>',
        at("loop-result-unnamed", "a"),
        lambda b: node(b, "a").loop.output is None,  # type: ignore[union-attr]
    ),
    "a quantity": Case(
        "attribute-dropped",
        '<task id="a" startQuantity="2"/>',
        at("attribute-not-carried-out", "a"),
        lambda b: node(b, "a").odd is None and b'startQuantity="2"' in b,
    ),
    "a behavior": Case(
        "attribute-dropped",
        f'<task id="a"><{MANY} behavior="None"><loopCardinality>2</loopCardinality></{MANY}></task>',
        at("attribute-not-carried-out", "a"),
        lambda b: node(b, "a").odd is None,
    ),
    "a default from elsewhere": Case(
        "default-dropped",
        '<exclusiveGateway id="g" default="zz"/><task id="a"/>' + ASKED("f", "g", "a", "${x}"),
        at("default-elsewhere", "g"),
        lambda b: node(b, "g").default is None,
    ),
    "a condition after a parallel gateway": Case(
        "condition-dropped",
        '<parallelGateway id="g" default="f"/><task id="a"/>' + ASKED("f", "g", "a", "${x}"),
        at("condition-without-effect", "g"),
        lambda b: flows(b) == {"f": None} and node(b, "g").default is None,
    ),
    "a flow to nothing": Case(
        "flow-aside",
        '<task id="a"/>' + FLOW("f", "a", "zz"),
        at("flow-dangling", "f"),
        lambda b: flows(b) == {} and b'targetRef="zz"' in b,
    ),
    "a flow into a border": Case(
        "flow-aside",
        boundary("<timerEventDefinition/>") + FLOW("x", "c", "b"),
        at("border-misplaced", "b"),
        lambda b: list(flows(b)) == ["f"],
    ),
    "an event of several kinds": Case(
        "event-narrowed",
        '<intermediateCatchEvent id="e"><cancelEventDefinition/><messageEventDefinition/><terminateEventDefinition/>'
        "</intermediateCatchEvent>",
        at("cannot-wait-for", "e"),
        lambda b: [event.kind for event in node(b, "e").events] == ["message"],
    ),
    "a border of nothing": Case(
        "border-aside",
        boundary("").replace('attachedToRef="a"', 'attachedToRef="zz"'),
        at("boundary-without-host", "b"),
        lambda b: not is_read(b, "b") and flows(b) == {},
    ),
    "a border that waits for nothing": Case(
        "border-aside", boundary(""), at("cannot-wait-for", "b"), lambda b: not is_read(b, "b")
    ),
    "a part that nothing leads to": Case(
        "part-aside",
        '<startEvent id="s"/><task id="e"/><task id="a"/><task id="b"/>'
        + FLOW("f", "a", "b")
        + FLOW("g", "b", "e")
        + FLOW("h", "s", "e"),
        at("unreachable", "a"),
        lambda b: list(flows(b)) == ["g", "h"] and is_read(b, "b"),
    ),
    "an empty sub-process": Case(
        "sub-process-plain",
        '<adHocSubProcess id="a" ordering="Sequential"><completionCondition>x</completionCondition></adHocSubProcess>',
        at("nothing-drawn", "a"),
        lambda b: (node(b, "a").kind, node(b, "a").completion) == ("task", None) and b'ordering="Sequential"' in b,
    ),
    "a sub-process whose content is set aside": Case(
        "sub-process-passed",
        '<subProcess id="p"><task id="a" ls:aside="true"/></subProcess>',
        at("nothing-drawn", "p"),
        lambda b: node(b, "startEvent_p").kind == "startEvent" and not is_read(b, "a"),
    ),
    "a circle without a start": Case(
        "start-given",
        '<task id="a"/><task id="b"/>' + FLOW("f", "a", "b") + FLOW("g", "b", "a"),
        at("unreachable", "a"),
        lambda b: node(b, "startEvent_P").kind == "startEvent" and "flow_startEvent_P" in flows(b),
        trace="P",
        also=(at("unreachable", "b"),),
    ),
    "a start inside that waits": Case(
        "start-plain",
        '<subProcess id="p"><startEvent id="s"><messageEventDefinition/></startEvent></subProcess>',
        at("start-waits-inside", "s"),
        lambda b: node(b, "s").events == (),
    ),
    "a catch of nothing": Case(
        "wait-passes",
        '<task id="a"/><intermediateCatchEvent id="e"/>' + FLOW("f", "a", "e"),
        at("cannot-wait-for", "e"),
        lambda b: node(b, "e").kind == "intermediateThrowEvent",
    ),
    "a catch of nothing behind an event gateway": Case(
        "wait-for-message",
        '<eventBasedGateway id="g"/><intermediateCatchEvent id="e" name="来函"/>' + FLOW("f", "g", "e"),
        at("cannot-wait-for", "e"),
        lambda b: [(event.kind, event.name) for event in node(b, "e").events] == [("message", "来函")],
    ),
    "a conditional event without a condition": Case(
        "wait-for-message",
        '<startEvent id="e" name="下雨"><conditionalEventDefinition><condition/></conditionalEventDefinition></startEvent>',
        at("condition-missing", "e"),
        lambda b: [(event.kind, event.name) for event in node(b, "e").events] == [("message", "下雨")],
    ),
    "a handler whose start waits for nothing": Case(
        "wait-for-message",
        '<subProcess id="p" triggeredByEvent="true"><startEvent id="s"/></subProcess>',
        at("handler-start", "p"),
        lambda b: [(event.kind, event.name) for event in node(b, "s").events] == [("message", "s")],
        trace="s",
    ),
    "a handler without a start": Case(
        "handler-aside",
        '<task id="a"/><subProcess id="p" triggeredByEvent="true"><task id="t"/></subProcess>',
        at("handler-start", "p"),
        lambda b: not is_read(b, "p"),
    ),
    "two plain starts": Case(
        "start-by-message",
        '<startEvent id="s"/><startEvent id="z" name="信访"/>',
        at("starts-unclear", "P"),
        lambda b: (node(b, "s").events, [event.name for event in node(b, "z").events]) == ((), ["信访"]),
    ),
    "two plain starts inside": Case(
        "start-by-message",
        '<subProcess id="p"><startEvent id="s"/><startEvent id="z"/></subProcess>',
        at("starts-unclear", "p"),
        lambda b: is_read(b, "s") and not is_read(b, "z"),
    ),
    "a link with two targets": Case(
        "link-first",
        throw('<linkEventDefinition name="L"/>')
        + "".join(
            f'<intermediateCatchEvent id="{key}"><linkEventDefinition name="L"/></intermediateCatchEvent>'
            for key in "xy"
        ),
        at("link-unclear", "t"),
        lambda b: is_read(b, "x") and not is_read(b, "y"),
    ),
    "a link without a target": Case(
        "throw-passes",
        throw('<linkEventDefinition name="L"/>'),
        at("link-unclear", "t"),
        lambda b: node(b, "t").events == (),
    ),
    "a throw of what cannot be thrown": Case(
        "throw-passes", throw("<timerEventDefinition/>"), at("cannot-throw", "t"), lambda b: node(b, "t").events == ()
    ),
    "an undoing from a handler": Case(
        "throw-passes", throw(UNDO), at("undo-from-handler", "t"), lambda b: node(b, "t").events == ()
    ),
    "a cancel end outside of a transaction": Case(
        "throw-passes",
        '<endEvent id="t"><cancelEventDefinition/></endEvent>',
        at("cancel-misplaced", "t"),
        lambda b: (node(b, "t").kind, node(b, "t").events) == ("endEvent", ()),
    ),
    "an error that does not interrupt": Case(
        "interrupts-always",
        boundary("<errorEventDefinition/>", ' cancelActivity="false"'),
        at("must-interrupt", "b"),
        lambda b: node(b, "b").interrupting,
    ),
    "a race without events": Case(
        "race-to-choice",
        '<eventBasedGateway id="g" eventGatewayType="Exclusive"/>',
        at("nothing-waits", "g"),
        lambda b: node(b, "g").kind == "exclusiveGateway",
    ),
    "a complex gateway without a condition": Case(
        "activation-given",
        '<complexGateway id="g"/><task id="a"/>' + FLOW("f", "a", "g") + FLOW("h", "a", "g"),
        at("complex-unclear", "g"),
        lambda b: node(b, "g").completion == "${nrOfToken >= 2}",
    ),
    "a program outside": Case(
        "service-by-hand",
        '<sendTask id="a" camunda:delegateExpression="${bean}"/>',
        at("service-implementation", "a", "“a”由外部程序（delegateExpression=${bean}）自动完成，这里不会调用它。"),
        lambda b: node(b, "a").kind == "serviceTask" and b'camunda:delegateExpression="${bean}"' in b,
    ),
    "an assignment of another tool": Case(
        "assignment",
        '<userTask id="a" camunda:candidateGroups="nr,met" camunda:dueDate="P3D"/>',
        at("assignment-foreign", "a"),
        lambda b: (
            ((w := node(b, "a").work) is not None and (w.kind, w.department, w.limit) == ("manual", "nr", "3cd"))
            and b'camunda:candidateGroups="nr,met"' in b
        ),
    ),
    "a repetition that is a countersign": Case(
        "countersign",
        '<userTask id="a" camunda:assignee="${d}"><multiInstanceLoopCharacteristics camunda:collection="[\'cad\', \'met\']"'
        ' camunda:elementVariable="d"/></userTask>',
        at("loop-is-countersign", "a"),
        lambda b: (
            ((w := node(b, "a").work) is not None and w.signing is not None and w.signing.rule == "all")
            and node(b, "a").loop is None
            and b"[&apos;" not in b
        ),
    ),
    "a listener that is a program": Case(
        "listener-aside",
        '<userTask id="a"><extensionElements><camunda:taskListener event="create" class="x.Y"/></extensionElements></userTask>',
        at("listener-not-carried", "a", "“a”带着别家引擎的监听程序（taskListener create x.Y），这里不运行它。"),
        lambda b: b'class="x.Y"' in b and b"taskListener create x.Y" in b,
    ),
    "a meaning that is not carried out": Case(
        "meaning-aside",
        '<userTask id="a" camunda:skipExpression="${quick}"/>',
        at("meaning-not-carried", "a", "“a”写着“skipExpression=${quick}”，这里不照办。"),
        lambda b: b'camunda:skipExpression="${quick}"' in b and b">skipExpression=${quick}</ls:repair>" in b,
    ),
    "a comment in the middle of an expression": Case(
        "assignment",
        '<userTask id="a"><potentialOwner><resourceAssignmentExpression><formalExpression>man<!-- 经理 -->ager'
        "</formalExpression></resourceAssignmentExpression></potentialOwner></userTask>",
        at("assignment-foreign", "a"),
        lambda b: (
            ((w := node(b, "a").work) is not None and w.department == "manager") and "<!-- 经理 -->".encode() in b
        ),
    ),
    "a reference to nothing": Case(
        "reference-declared",
        boundary('<errorEventDefinition errorRef="E1"/>'),
        at("reference-undeclared", "b"),
        lambda b: b'<error id="E1" name="E1" errorCode="E1">' in b and node(b, "b").events[0].name == "E1",
        trace="E1",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_repair_does_what_its_card_says(case: Case, bpmn: Bpmn) -> None:
    body = bpmn(case.drawn, case.beside)
    after, (made,) = mend(body, case.fault, *case.also)
    card = next(card for card in REPAIRS if card.kind == case.kind)
    assert (made.kind, made.element, made.confirm, made.line) == (
        card.kind,
        case.trace or case.fault.place,
        card.confirm,
        1,
    )
    assert WORDS.search(made.sentence)
    assert case.holds(after)
    diagram = read({FILE: after}).diagram
    assert diagram is not None
    assert [(m.id, m.kind, m.open) for m in diagram.mended] == [(made.element, made.kind, card.confirm)]
    assert [f.element for f in lint(diagram) if f.rule == "repair-unconfirmed"] == [made.element] * card.confirm
    assert case.kind not in [one.kind for one in mend(after, case.fault)[1]]
    approved = confirmed(after, FILE, {(made.kind, made.element)})
    assert [f.rule for f in lint(read({FILE: approved}).usable()) if f.rule == "repair-unconfirmed"] == []


def test_every_repair_is_tried() -> None:
    of_bytes = {"encoding-mended", "prefix-declared"}
    assert {case.kind for case in CASES.values()} | of_bytes == {card.kind for card in REPAIRS}
    assert len({card.kind for card in REPAIRS}) == len(REPAIRS)


@pytest.mark.parametrize("card", REPAIRS, ids=lambda card: card.kind)
def test_a_card_can_be_read(card) -> None:  # type: ignore[no-untyped-def]
    assert re.fullmatch("[a-z]+(-[a-z]+)*", card.kind)
    assert WORDS.search(card.title)
    assert card.sentence.endswith("。")
    assert card.codes


def test_a_part_is_set_aside_as_a_whole_with_one_trace(bpmn: Bpmn) -> None:
    drawn = '<startEvent id="s"/><task id="a"/><task id="b"/><boundaryEvent id="c" attachedToRef="b"/>'
    body = bpmn(drawn + FLOW("f", "a", "b"))
    after, made = mend(body, at("unreachable", "a"), at("unreachable", "b"), at("unreachable", "c"))
    assert [(one.kind, one.element) for one in made] == [("part-aside", "a")]
    assert [is_read(after, key) for key in "sabc"] == [True, False, False, False]
    assert "共 3 个节点" in made[0].sentence


OTHERS = (
    '<?xml version="1.0" encoding="{0}"?>\n<!-- 第一行 -->\n<?tool x="1"?>\n'
    '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:x="urn:x" targetNamespace="urn:t" x:version="3">\n'
    '  <b:process id="P" camunda:historyTimeToLive="30">\n    <!-- 定时 -->\n'
    '    <b:startEvent id="s" name="朱" x:colour="#f00">\n      <b:documentation>说明 <![CDATA[<b>]]></b:documentation>\n'
    '      <b:extensionElements><x:more y="1"><x:deep>文</x:deep></x:more></b:extensionElements>\n'
    "      <b:timerEventDefinition/>\n    </b:startEvent>\n  </b:process>\n"
    '  <x:layout><x:at s="s"/></x:layout>\n</b:definitions>\n'
)
ENCODINGS = {
    "UTF-8": ("UTF-8", "utf-8", b""),
    "UTF-8 with a mark": ("UTF-8", "utf-8", codecs.BOM_UTF8),
    "GBK": ("GBK", "gb18030", b""),
    "UTF-16 little": ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE),
    "UTF-16 big": ("UTF-16", "utf-16-be", codecs.BOM_UTF16_BE),
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("name", "codec", "mark"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_what_a_repair_is_not_about_stays_to_the_letter(name: str, codec: str, mark: bytes, line_end: str) -> None:
    text = OTHERS.format(name).replace("\n", line_end)
    after, _ = mend(mark + text.encode(codec), at("timer-empty", "s"))
    assert after.startswith(mark)
    mended = after[len(mark) :].decode(codec)
    for piece in (
        ' xmlns:ls="urn:lianshen:bpmn:1"',
        '<ls:repair kind="timer-given" confirmed="false"/>',
        "<b:timeDuration>P1D</b:timeDuration>",
    ):
        assert mended.count(piece) == 1
    trace = re.compile("<ls:repair[^>]*/>")
    back = trace.sub("", mended).replace(' xmlns:ls="urn:lianshen:bpmn:1"', "")
    given = "<b:timerEventDefinition><b:timeDuration>P1D</b:timeDuration></b:timerEventDefinition>"
    assert back.replace(given, "<b:timerEventDefinition/>") == text


def test_what_an_encoding_cannot_write_is_written_by_number() -> None:
    text = OTHERS.format("ISO-8859-1").replace("第一行", "x").replace("定时", "x").replace("朱", "ü")
    text = text.replace("说明", "ü").replace("文", "ü")
    body = text.replace("<b:timerEventDefinition/>", "<b:timerEventDefinition/>").encode("latin-1")
    after, made = mend(body, at("timer-empty", "s"))
    assert [one.kind for one in made] == ["timer-given"]
    assert node(after, "s").name == "ü"
    after, made = mend(body, at("condition-missing", "s"))
    assert made == () or after.decode("latin-1")


def test_nothing_to_mend_gives_the_very_bytes(bpmn: Bpmn) -> None:
    body = bpmn('<task id="a"></task >')
    for faults in ((), (at("timer-empty", "a"),), (at("timer-empty", "zz"),), (at("no-such-code", "a"),)):
        assert repair(body, FILE, faults).body is body
    assert repair(body, "b.bpmn", (at("unreachable", "a"),)).body is body
    assert repair(b"<", FILE, (at("unreachable", "a"),)).body == b"<"
    assert confirmed(body, FILE, {("x", "a")}) is body
    assert confirmed(b"<", FILE, {("x", "a")}) == b"<"


def test_a_file_in_another_encoding_than_it_says_is_read_and_written_in_utf_8() -> None:
    body = OTHERS.format("UTF-8").encode("gb18030")
    (found,) = read({FILE: body}).findings
    after, (made,) = mend(body, found.fault())
    assert (made.kind, made.element, made.confirm) == ("encoding-mended", "definitions", True)
    assert "GB18030" in made.sentence
    assert node(after, "s").name == "朱"
    assert b'encoding="UTF-8"' in after
    (trace,) = read({FILE: after}).usable().mended
    assert (trace.kind, trace.open) == ("encoding-mended", True)
    assert repair(b"\x89PNG\r\n\x1a\n\0\0", FILE, (at("file-encoding-broken", ""),)).repairs == ()


def test_a_usual_prefix_is_declared() -> None:
    body = OTHERS.format("UTF-8").replace(' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', "").encode()
    (found,) = read({FILE: body}).findings
    after, (made,) = mend(body, found.fault())
    assert (made.kind, made.confirm) == ("prefix-declared", False)
    assert node(after, "s").name == "朱"
    assert read({FILE: after}).usable().mended[0].open is False
    unusual = body.replace(b"camunda:", b"nobody:")
    assert repair(unusual, FILE, (read({FILE: unusual}).findings[0].fault(),)).repairs == ()


def test_places_are_those_of_ids(bpmn: Bpmn) -> None:
    places = find_places(bpmn('\n<task id="a"/>\n  <task id="b"/>'), FILE)
    assert (places["a"], places["b"]) == ((2, 1), (3, 3))
    assert find_places(b"<", FILE) == {}


CRONS = {
    "0/20 * * * * ?": "PT20S",
    "0 0/5 * * * ?": "PT5M",
    "*/5 * * * *": "PT5M",
    "0 0 0/2 * * ?": "PT2H",
    "0 0 * * * ?": "PT1H",
    "0 0 9 * * ?": "P1D",
    "0 0 9 * * MON-FRI": "P1D",
    "0 0 9 ? * MON": "P7D",
    "0 0 9 1 * ?": "P1M",
    "0 0 9 1 1 ?": "P1Y",
    "a ? b": "P1D",
}


@pytest.mark.parametrize(("cron", "every"), CRONS.items())
def test_a_cron_text_becomes_the_nearest_repetition(cron: str, every: str, bpmn: Bpmn) -> None:
    drawn = (
        f'<startEvent id="s"><timerEventDefinition><timeCycle>{cron}</timeCycle></timerEventDefinition></startEvent>'
    )
    after, _ = mend(bpmn(drawn), at("timer-cron", "s"))
    assert node(after, "s").events[0].text == f"R/{every}"
