"""What other engines would heed and we do not is told and, until a person has confirmed, not published; what has no meaning here is not."""

from __future__ import annotations

import pytest

from engine.catalogue import import_diagram
from engine.diagrams import lint, read

FILE = "a.bpmn"
VENDORS = "".join(
    f' xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "camunda": "http://camunda.org/schema/1.0/bpmn",
        "zeebe": "http://camunda.org/schema/zeebe/1.0",
        "flowable": "http://flowable.org/bpmn",
        "activiti": "http://activiti.org/bpmn",
        "drools": "http://www.jboss.org/drools",
        "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    }.items()
)
WAIT = '<{0} id="a">{1}</{0}>'.format
USER = '<userTask id="a" {0}>{1}</userTask>'.format
CALL = '<callActivity id="a" calledElement="q" {0}>{1}</callActivity>'.format
EXTRA = "<extensionElements>{0}</extensionElements>".format
BORDER = (USER("", "") + '<boundaryEvent id="b" attachedToRef="a">{0}</boundaryEvent><endEvent id="z"/>').format
OUT = '<sequenceFlow id="h" sourceRef="b" targetRef="z"/>'
IO = '<ioSpecification><dataInput id="i" name="in"/><dataOutput id="o" name="out"/></ioSpecification>'

HEEDED_ELSEWHERE = {
    "a step that is skipped": (USER('camunda:skipExpression="${quick}"', ""), "a", "skipExpression=${quick}"),
    "a flow that is skipped": (USER("", ""), "f2", "skipExpression=${quick}"),
    "another calendar": (
        USER('flowable:dueDate="P3D" flowable:businessCalendarName="c"', ""),
        "a",
        "businessCalendarName=c",
    ),
    "jBPM's deadline": (
        USER(
            "",
            EXTRA(
                '<drools:metaData name="customSLADueDate"><drools:metaValue>PT1H</drools:metaValue></drools:metaData>'
            ),
        ),
        "a",
        "customSLADueDate=PT1H",
    ),
    "rules of a program": ('<businessRuleTask id="a" drools:ruleFlowGroup="g"/>', "a", "ruleFlowGroup=g"),
    "another version": (CALL('camunda:calledElementVersion="3"', ""), "a", "calledElementVersion=3"),
    "a call that is not waited for": (CALL('drools:waitForCompletion="false"', ""), "a", "waitForCompletion=false"),
    "one after another or not": (
        USER("", '<multiInstanceLoopCharacteristics isSequential="${s}" flowable:collection="l"/>'),
        "a",
        "isSequential=${s}",
    ),
    "a number beside a list": (
        USER(
            "",
            '<multiInstanceLoopCharacteristics camunda:collection="l"><loopCardinality>2</loopCardinality>'
            "</multiInstanceLoopCharacteristics>",
        ),
        "a",
        "loopCardinality=2",
    ),
    "two kinds of repetition": (
        USER(
            "",
            '<multiInstanceLoopCharacteristics camunda:collection="l"/><standardLoopCharacteristics loopMaximum="2"/>',
        ),
        "a",
        "multiInstanceLoopCharacteristics",
    ),
    "two times of one timer": (
        BORDER(
            "<timerEventDefinition><timeDate>2030-01-01</timeDate><timeDuration>P1D</timeDuration></timerEventDefinition>"
        ),
        "b",
        "timeDuration",
    ),
    "a process that starts itself": (
        '<startEvent id="t"><timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition></startEvent>'
        '<sequenceFlow id="g" sourceRef="t" targetRef="a"/>' + USER("", ""),
        "t",
        "timerEventDefinition R/P1D",
    ),
    "a number of tokens at a gateway": (
        WAIT("inclusiveGateway", "").replace('"a"', '"a" completionQuantity="2"'),
        "a",
        "completionQuantity=2",
    ),
    "an index": (
        USER("", '<multiInstanceLoopCharacteristics flowable:collection="l" flowable:elementIndexVariable="i"/>'),
        "a",
        "elementIndexVariable=i",
    ),
    "the code of an error": (
        BORDER('<errorEventDefinition camunda:errorCodeVariable="c"/>'),
        "b",
        "errorCodeVariable=c",
    ),
    "the code of an escalation": (
        WAIT("subProcess", '<userTask id="u"/>')
        + '<boundaryEvent id="b" attachedToRef="a"><escalationEventDefinition camunda:escalationCodeVariable="c"/>'
        '</boundaryEvent><endEvent id="z"/>',
        "b",
        "escalationCodeVariable=c",
    ),
    "the end of everything": (
        '<userTask id="a"/><endEvent id="t"><terminateEventDefinition flowable:terminateAll="true"/></endEvent>'
        '<sequenceFlow id="g" sourceRef="a" targetRef="t"/>',
        "t",
        "terminateAll=true",
    ),
    "a program that sends": (
        WAIT("intermediateThrowEvent", '<messageEventDefinition camunda:class="x.Y"/>'),
        "a",
        "class=x.Y",
    ),
    "what a signal takes along": (
        WAIT(
            "intermediateThrowEvent",
            "<signalEventDefinition>" + EXTRA('<camunda:in source="x" target="y"/>') + "</signalEventDefinition>",
        ),
        "a",
        "in x",
    ),
    "what an event writes": (
        WAIT(
            "intermediateCatchEvent",
            EXTRA('<zeebe:ioMapping><zeebe:output source="=x" target="y"/></zeebe:ioMapping>')
            + "<messageEventDefinition/>",
        ),
        "a",
        "output y",
    ),
    "what only the form sees": (
        USER(
            "",
            EXTRA(
                '<camunda:inputOutput><camunda:inputParameter name="x">1</camunda:inputParameter></camunda:inputOutput>'
            ),
        ),
        "a",
        "inputParameter x",
    ),
    "the end of a repetition": (
        BORDER(
            '<timerEventDefinition><timeCycle flowable:endDate="2030-01-01">R3/PT1H</timeCycle></timerEventDefinition>'
        ),
        "b",
        "endDate=2030-01-01",
    ),
    "an event of a registry": (
        WAIT("receiveTask", EXTRA("<flowable:eventType>mine</flowable:eventType>")),
        "a",
        "eventType=mine",
    ),
    "the value of a data object": (
        f'<dataObject id="d" name="D">{EXTRA("<activiti:value>100</activiti:value>")}</dataObject>' + USER("", ""),
        "d",
        "value=100",
    ),
    "data by another name": (
        CALL("", IO + "<dataInputAssociation><sourceRef>x</sourceRef><targetRef>i</targetRef></dataInputAssociation>"),
        "a",
        "dataInputAssociation in",
    ),
    "data that is computed": (
        USER(
            "",
            IO
            + "<dataInputAssociation><targetRef>i</targetRef><assignment><from>HR</from><to>i</to></assignment></dataInputAssociation>",
        ),
        "a",
        "dataInputAssociation in",
    ),
    "the answer of a table": (
        USER(
            "",
            "<dataOutputAssociation><sourceRef>o</sourceRef><targetRef>x</targetRef>"
            "<transformation>o.y</transformation></dataOutputAssociation>",
        ),
        "a",
        "dataOutputAssociation o x",
    ),
    "data that a step calls otherwise": (
        USER(
            "",
            IO
            + "<dataOutputAssociation><sourceRef>o</sourceRef><targetRef>approved</targetRef></dataOutputAssociation>",
        ),
        "a",
        "dataOutputAssociation out",
    ),
    "a message named by an expression": (WAIT("receiveTask", ""), "m", "order-${x}"),
}
BESIDE = '<message id="m" name="order-${x}"/><process id="q"><userTask id="qa"/></process>'


def drawing(inside: str, name: str = "") -> bytes:
    beside = BESIDE if name == "a message named by an expression" else BESIDE.replace("${x}", "x")
    skipped = ' flowable:skipExpression="${quick}"' if name == "a flow that is skipped" else ""
    return (
        f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"{VENDORS} targetNamespace="t">'
        f'<process id="p" isExecutable="true"><startEvent id="s"/>{inside}<endEvent id="e"/>'
        '<sequenceFlow id="f1" sourceRef="s" targetRef="a"/>'
        f'<sequenceFlow id="f2" sourceRef="a" targetRef="e"{skipped}/>{OUT if "boundaryEvent" in inside else ""}'
        f"</process>{beside}</definitions>"
    ).encode()


@pytest.mark.parametrize("name", HEEDED_ELSEWHERE)
def test_what_others_heed_and_we_do_not_waits_for_a_person(name: str) -> None:
    inside, element, words = HEEDED_ELSEWHERE[name]
    imported = import_diagram({FILE: drawing(inside, name)})
    (found,) = (f for f in imported.findings if f.rule == "meaning-not-carried")
    assert (found.element, found.line > 0) == (element, True)
    assert words in found.sentence
    (made,) = (one for one in imported.repairs if one.kind == "meaning-aside")
    assert (made.element, made.confirm) == (element, True)
    diagram = read(imported.files).usable()
    assert element in [f.element for f in lint(diagram) if f.rule == "repair-unconfirmed"]


@pytest.mark.parametrize(
    "inside",
    [
        USER('camunda:asyncBefore="true" flowable:exclusive="false" camunda:jobPriority="3" flowable:category="x"', ""),
        USER("", EXTRA('<zeebe:properties><zeebe:property name="a" value="b"/></zeebe:properties>')),
        CALL('camunda:calledElementBinding="deployment"', ""),
        USER("", IO + "<dataInputAssociation><sourceRef>in</sourceRef><targetRef>i</targetRef></dataInputAssociation>"),
        USER("", "<dataInputAssociation><sourceRef>d</sourceRef><targetRef>x</targetRef></dataInputAssociation>"),
        WAIT("subProcess", '<userTask id="u"/><dataObject id="d" name="D"/>'),
        WAIT("intermediateThrowEvent", '<messageEventDefinition messageRef="m"/>'),
    ],
)
def test_what_has_no_meaning_here_is_not_told(inside: str) -> None:
    imported = import_diagram({FILE: drawing(inside)})
    assert [f.sentence for f in imported.findings if f.rule == "meaning-not-carried"] == []


def test_true_and_false_are_read_however_they_are_spelt() -> None:
    body = drawing(
        BORDER('<messageEventDefinition messageRef="m"/>').replace(
            "attachedToRef", 'cancelActivity="True" attachedToRef'
        )
    )
    border = read({FILE: body}).usable().processes["p"].nodes["b"]
    assert border.interrupting


def test_listeners_of_camunda_8_are_told_of() -> None:
    inside = (
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="log"/></zeebe:executionListeners>'
    )
    (found,) = read({FILE: drawing(USER("", EXTRA(inside)))}).findings
    assert (found.rule, found.element) == ("listener-not-carried", "a")
    assert "executionListener start log" in found.sentence


def test_a_rule_task_of_a_program_is_told_of() -> None:
    (found,) = read({FILE: drawing('<businessRuleTask id="a" camunda:class="x.Y"/>')}).findings
    assert (found.rule, found.element) == ("service-implementation", "a")


def test_a_service_task_of_a_web_service_is_told_of() -> None:
    (found,) = read({FILE: drawing('<serviceTask id="a" implementation="##WebService" operationRef="t:op"/>')}).findings
    assert (found.rule, found.element) == ("service-implementation", "a")


def test_a_call_that_inherits_nothing_passes_nothing() -> None:
    told = (
        read({FILE: drawing(CALL('flowable:inheritVariables="false"', ""))}).usable().processes["p"].nodes["a"].passage
    )
    silent = read({FILE: drawing(CALL("", ""))}).usable().processes["p"].nodes["a"].passage
    assert (told and (told.into, told.out), silent) == (((), ()), None)


@pytest.mark.parametrize(
    "path", ["<messagePath/>", '<messagePath language="http://www.w3.org/1999/XPath">/order/id</messagePath>']
)
def test_a_correlation_that_cannot_be_read_waits_for_a_person(path: str) -> None:
    key = f'<correlationProperty id="k"><correlationPropertyRetrievalExpression messageRef="m">{path}'
    body = drawing(WAIT("receiveTask", "")).replace(
        b'<process id="p"',
        f'{key}</correlationPropertyRetrievalExpression></correlationProperty><process id="p"'.encode(),
    )
    imported = import_diagram({FILE: body})
    assert imported.result == "repaired"
    assert [(f.rule, f.element) for f in imported.findings if f.severity != "info" and f.element == "k"] == [
        ("meaning-not-carried", "k")
    ]


def test_what_is_refused_of_a_message_names_its_element_and_line() -> None:
    payload = '<extensionElements><x:messagePayload xmlns:x="spiff">import os</x:messagePayload></extensionElements>'
    body = drawing(WAIT("sendTask", "")).replace(
        b'<message id="m" name="order-x"/>', f'\n<message id="m" name="order-x">{payload}</message>'.encode()
    )
    imported = import_diagram({FILE: body})
    assert [(f.rule, f.element, f.line) for f in imported.findings if f.rule == "expression-refused"] == [
        ("expression-refused", "m", 2)
    ]


def test_what_belongs_to_other_elements_is_not_read() -> None:
    body = drawing('<inclusiveGateway id="a" startQuantity="3" completionQuantity="2"/>').replace(
        b'<startEvent id="s"', b'<startEvent id="s" triggeredByEvent="true"'
    )
    nodes = read({FILE: body}).usable().processes["p"].nodes
    assert (nodes["a"].needs, nodes["a"].gives, nodes["s"].by_event) == (1, 1, False)


def test_what_a_repetition_goes_over_is_found_by_its_association() -> None:
    """As jBPM and the standard write it: the activity's own data, associated with a fact of the process."""
    body = drawing(
        USER(
            "",
            '<ioSpecification><dataInput id="i" name="IN_COLLECTION"/><dataOutput id="o" name="OUT"/></ioSpecification>'
            "<dataInputAssociation><sourceRef>people</sourceRef><targetRef>i</targetRef></dataInputAssociation>"
            "<dataOutputAssociation><sourceRef>o</sourceRef><targetRef>votes</targetRef></dataOutputAssociation>"
            "<multiInstanceLoopCharacteristics><loopDataInputRef>i</loopDataInputRef><loopDataOutputRef>o</loopDataOutputRef>"
            '<inputDataItem id="x" name="who"/><outputDataItem id="y" name="vote"/></multiInstanceLoopCharacteristics>',
        )
    )
    reading = read({FILE: body})
    loop = reading.usable().processes["p"].nodes["a"].loop
    assert loop is not None
    assert (loop.collection, loop.item, loop.output, loop.output_item) == ("people", "who", "votes", "vote")
    assert [f.sentence for f in reading.findings if f.rule == "meaning-not-carried"] == []


def test_who_does_a_step_of_jbpm() -> None:
    step = USER(
        "",
        '<ioSpecification><dataInput id="g" name="GroupId"/><dataInput id="n" name="TaskName"/></ioSpecification>'
        "<dataInputAssociation><targetRef>g</targetRef><assignment><from>met</from><to>g</to></assignment></dataInputAssociation>"
        "<dataInputAssociation><targetRef>n</targetRef><assignment><from>A</from><to>n</to></assignment></dataInputAssociation>"
        "<potentialOwner><resourceAssignmentExpression><formalExpression>li</formalExpression></resourceAssignmentExpression>"
        "</potentialOwner>",
    )
    reading = read({FILE: drawing(step)})
    who = reading.usable().processes["p"].nodes["a"].assigned
    assert who is not None
    assert (who.users, who.groups, reading.findings) == (("li",), ("met",), ())
