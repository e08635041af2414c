"""From files to the graph: our attributes, structure and its faults, events, sub-processes, several files, layout."""

from collections.abc import Callable

import pytest

from engine.diagrams import (
    OUTCOMES,
    Diagram,
    DiagramNotValid,
    EventDefinition,
    Finding,
    Loop,
    Outbound,
    Outcome,
    Place,
    Severity,
    Shape,
    Signer,
    Signing,
    StepKind,
    Work,
    read,
)
from engine.diagrams.reader.faults import FAULTS

Bpmn = Callable[..., bytes]
Draw = Callable[..., Diagram]


def only(findings: tuple[Finding, ...]) -> tuple[str, str]:
    (finding,) = findings
    assert finding.severity is FAULTS[finding.rule].severity
    return finding.rule, finding.element


# ---- our attributes
def test_a_step_carries_our_attributes(draw: Draw) -> None:
    step = (
        '<userTask id="a" name="审查" ls:kind="special" ls:department="nr" ls:window="w1" ls:limit="0.5wd" ls:form="site"'
        ' ls:ground="hearing" ls:place="hq"><extensionElements><ls:outcome code="end" label="听证结束"/>'
        '<camunda:in/><ls:outcome code="skip"/></extensionElements></userTask>'
    )
    outcomes = (Outcome("end", "听证结束"), Outcome("skip", "不需要"))
    assert draw(step).processes["P"].nodes["a"].work == Work(
        StepKind.SPECIAL, "nr", "w1", "0.5wd", "site", outcomes, "hearing", Place.HQ
    )


@pytest.mark.parametrize("kind", StepKind)
def test_without_drawn_outcomes_a_step_has_all_of_its_kind(kind: StepKind, draw: Draw) -> None:
    signers = ' ls:signers="cad"' if kind is StepKind.COUNTERSIGN else ""
    work = draw(f'<userTask id="a" ls:kind="{kind}"{signers}/>').processes["P"].nodes["a"].work
    assert work is not None
    assert [outcome.code for outcome in work.outcomes] == list(OUTCOMES[kind])
    assert all(outcome.label for outcome in work.outcomes)
    assert (work.department, work.window, work.limit, work.form, work.ground) == (None,) * 5
    assert work.place is Place.HALL


WRONG = {
    "kind": ('<userTask id="a" ls:kind="reveiw"/>', "kind-unknown"),
    "kind of a gateway": ('<exclusiveGateway id="a" ls:kind="review"/>', "kind-misplaced"),
    "kind of a script": ('<scriptTask id="a" ls:kind="manual"/>', "kind-misplaced"),
    "place": ('<userTask id="a" ls:kind="review" ls:place="home"/>', "place-unknown"),
    "limit without unit": ('<userTask id="a" ls:kind="review" ls:limit="3"/>', "limit-unreadable"),
    "limit in words": ('<userTask id="a" ls:kind="review" ls:limit="3个工作日"/>', "limit-unreadable"),
    "limit in full-width digits": ('<userTask id="a" ls:kind="review" ls:limit="３wd"/>', "limit-unreadable"),
    "limit in quarters": ('<userTask id="a" ls:kind="review" ls:limit="1.25wd"/>', "limit-unreadable"),
    "ground": ('<userTask id="a" ls:kind="review" ls:ground="hearing"/>', "ground-misplaced"),
    "attribute": ('<userTask id="a" ls:kind="review" ls:depatment="nr"/>', "attribute-unknown"),
    "officer of a countersign": (
        '<userTask id="a" ls:kind="countersign" ls:signers="cad" ls:officer="zhao"/>',
        "officer-misplaced",
    ),
    "signers of a review": ('<userTask id="a" ls:kind="review" ls:signers="cad"/>', "signers-misplaced"),
    "no signers": ('<userTask id="a" ls:kind="countersign"/>', "signers-unreadable"),
    "signers twice": ('<userTask id="a" ls:kind="countersign" ls:signers="cad cad:2"/>', "signers-unreadable"),
    "signers in words": ('<userTask id="a" ls:kind="countersign" ls:signers="人防办"/>', "signers-unreadable"),
    "rule": ('<userTask id="a" ls:kind="countersign" ls:signers="cad" ls:rule="most"/>', "rule-unknown"),
    "threshold": (
        '<userTask id="a" ls:kind="countersign" ls:signers="cad met" ls:rule="vote" ls:threshold="3"/>',
        "threshold-unreachable",
    ),
    "threshold in small figures": (
        '<userTask id="a" ls:kind="countersign" ls:signers="cad met" ls:rule="vote" ls:threshold="²"/>',
        "threshold-unreachable",
    ),
    "optional step": ('<userTask id="a" ls:kind="review" ls:optional="true"/>', "attribute-unknown"),
    "element": (
        '<userTask id="a" ls:kind="review"><extensionElements><ls:outcomes/></extensionElements></userTask>',
        "attribute-unknown",
    ),
    "outcome of another kind": (
        '<userTask id="a" ls:kind="review"><extensionElements><ls:outcome code="grant"/></extensionElements></userTask>',
        "outcome-unknown",
    ),
    "outcome without code": (
        '<userTask id="a" ls:kind="review"><extensionElements><ls:outcome label="好"/></extensionElements></userTask>',
        "outcome-unknown",
    ),
    "outcome twice": (
        '<userTask id="a" ls:kind="review"><extensionElements><ls:outcome code="pass"/><ls:outcome code="pass"/>'
        "</extensionElements></userTask>",
        "outcome-duplicate",
    ),
    "loop": ('<task id="a"><standardLoopCharacteristics loopMaximum="-1"/></task>', "number-unreadable"),
    "huge number": (
        f'<task id="a"><standardLoopCharacteristics loopMaximum="{"9" * 5000}"/></task>',
        "number-unreadable",
    ),
}


@pytest.mark.parametrize(("node", "code"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_attribute_is_a_finding_and_the_graph_stands(node: str, code: str, bpmn: Bpmn) -> None:
    reading = read({"a.bpmn": bpmn(node)})
    assert only(reading.findings) == (code, "a")
    assert reading.diagram is not None
    assert "a" in reading.diagram.processes["P"].nodes
    with pytest.raises(DiagramNotValid) as raised:
        reading.usable()
    (fault,) = raised.value.faults
    assert (fault.code, fault.place, fault.file, fault.line) == (code, "a", "a.bpmn", 1)
    assert raised.value.facts["count"] == 1


def test_the_finding_of_an_outcome_points_at_the_outcome(bpmn: Bpmn) -> None:
    step = '<userTask id="a" ls:kind="review">\n <extensionElements>\n  <ls:outcome code="grant"/></extensionElements></userTask>'
    (finding,) = read({"a.bpmn": bpmn(step)}).findings
    assert (finding.line, finding.column, finding.element) == (3, 3, "a")
    assert "pass、return" in finding.remedy


def test_steps_without_kind_have_no_work(draw: Draw) -> None:
    nodes = draw('<userTask id="a"/><manualTask id="b"/><task id="c"/>').processes["P"].nodes
    assert [node.work for node in nodes.values()] == [None] * 3


@pytest.mark.parametrize(
    "task",
    [
        '<task id="a"><potentialOwner/></task>',
        '<task id="a"><humanPerformer/></task>',
        '<task id="a" camunda:assignee="qian"/>',
        '<task id="a" camunda:candidateGroups="nr"/>',
        '<task id="a" ls:department="nr"/>',
    ],
)
def test_an_untyped_task_that_names_who_does_it_is_a_step(task: str, draw: Draw) -> None:
    assert draw(task).processes["P"].nodes["a"].kind == "userTask"
    assert draw('<task id="a"/>').processes["P"].nodes["a"].kind == "task"


# ---- structure
def test_flows_stand_at_both_ends_and_get_an_id(draw: Draw) -> None:
    process = draw(
        '<startEvent id="s"/><task id="a"/><sequenceFlow sourceRef="s" targetRef="a"/><sequenceFlow sourceRef="s" targetRef="a"/>'
        '<sequenceFlow id="f" name="回" sourceRef="a" targetRef="a"><conditionExpression> ${x} </conditionExpression></sequenceFlow>'
    ).processes["P"]
    assert [flow.id for flow in process.flows] == ["s>a#0", "s>a#1", "f"]
    assert process.leaving["s"] == process.flows[:2]
    assert process.entering["a"] == process.flows
    assert process.entering["s"] == ()
    assert (process.flows[2].condition, process.flows[2].name, process.flows[0].condition) == ("${x}", "回", None)


BROKEN = {
    "id twice": ('<task id="a"/>\n<task id="a"/>', "id-duplicate", "a", 2),
    "id twice, one inside": ('<task id="a"/><subProcess id="b">\n<task id="a"/></subProcess>', "id-duplicate", "a", 2),
    "node and flow with one id": (
        '<task id="a"/>\n<sequenceFlow id="a" sourceRef="a" targetRef="a"/>',
        "id-duplicate",
        "a",
        2,
    ),
    "flow to nowhere": ('<task id="a"/>\n<sequenceFlow id="f" sourceRef="a" targetRef="b"/>', "flow-dangling", "f", 2),
    "flow from nowhere": ('<task id="a"/>\n<sequenceFlow id="f" sourceRef="" targetRef="a"/>', "flow-dangling", "f", 2),
    "flow into a sub-process": (
        '<task id="a"/><subProcess id="b"><task id="c"/></subProcess>\n<sequenceFlow id="f" sourceRef="a" targetRef="c"/>',
        "flow-crosses-border",
        "f",
        2,
    ),
    "flow out of a sub-process": (
        '<task id="a"/><subProcess id="b"><task id="c"/>\n<sequenceFlow id="f" sourceRef="c" targetRef="a"/></subProcess>',
        "flow-crosses-border",
        "f",
        2,
    ),
    "border without host": ('<task id="a"/>\n<boundaryEvent id="b"/>', "boundary-without-host", "b", 2),
    "border of nothing": ('\n<boundaryEvent id="b" attachedToRef="a"/>', "boundary-without-host", "b", 2),
    "border of a gateway": (
        '<exclusiveGateway id="a"/>\n<boundaryEvent id="b" attachedToRef="a"/>',
        "boundary-without-host",
        "b",
        2,
    ),
}


@pytest.mark.parametrize(("inside", "code", "element", "line"), BROKEN.values(), ids=BROKEN.keys())
def test_a_structure_that_is_no_graph_gives_none(inside: str, code: str, element: str, line: int, bpmn: Bpmn) -> None:
    reading = read({"a.bpmn": bpmn(inside)})
    assert reading.diagram is None
    assert only(reading.findings) == (code, element)
    assert reading.findings[0].line == line


def test_a_node_without_an_id_is_called_by_its_tag_and_number(bpmn: Bpmn) -> None:
    inside = '<task id="task_1"/>\n<task/><subProcess><task/><startEvent/></subProcess>'
    reading = read({"a.bpmn": bpmn(inside)})
    assert [(f.rule, f.element, f.line) for f in reading.findings] == [
        ("id-missing", "task_1_", 2),
        ("id-missing", "subProcess_1", 2),
        ("id-missing", "task_2", 2),
        ("id-missing", "startEvent_1", 2),
    ]
    nodes = reading.usable().processes["P"].nodes
    assert (list(nodes), list(nodes["subProcess_1"].inner.nodes)) == (  # type: ignore[union-attr]
        ["task_1", "task_1_", "subProcess_1"],
        ["task_2", "startEvent_1"],
    )


def test_nothing_goes_on_after_an_end_and_a_way_back_to_the_start_is_told(bpmn: Bpmn) -> None:
    drawn = '<startEvent id="s"/><task id="a"/><endEvent id="e"/>'
    flows = '\n<sequenceFlow id="f" sourceRef="a" targetRef="s"/>\n<sequenceFlow id="g" sourceRef="e" targetRef="a"/>'
    reading = read({"a.bpmn": bpmn(drawn + flows)})
    assert reading.diagram is not None
    assert [(f.rule, f.element, f.line, f.severity) for f in reading.findings] == [
        ("flow-into-start", "f", 2, Severity.WARNING),
        ("flow-after-end", "g", 3, Severity.ERROR),
    ]


def test_what_is_set_aside_is_not_read(draw: Draw) -> None:
    inside = (
        '<task id="a"/><task id="b" ls:aside="true"/><task id="c"/>'
        '<sequenceFlow id="f" sourceRef="a" targetRef="b" ls:aside="true"/><sequenceFlow id="g" sourceRef="a" targetRef="c"/>'
    )
    process = draw(inside).processes["P"]
    assert (list(process.nodes), [flow.id for flow in process.flows]) == (["a", "c"], ["g"])


def test_the_traces_of_repairs_are_read(draw: Draw) -> None:
    traces = (
        '<ls:repair kind="way-asked" confirmed="false">f: x</ls:repair><ls:repair kind="interrupts"/>'
        '<ls:repair kind="timer-given" confirmed="true"/>'
    )
    diagram = draw(f'<task id="a"><extensionElements>{traces}</extensionElements></task>')
    assert [(m.id, m.kind, m.open, m.was) for m in diagram.mended] == [
        ("a", "way-asked", True, "f: x"),
        ("a", "interrupts", False, ""),
        ("a", "timer-given", False, ""),
    ]


def test_who_answers_a_service_task_is_the_designer_s_choice(draw: Draw) -> None:
    diagram = draw(
        '<serviceTask id="a" camunda:class="x.Y" ls:call="RK" ls:sends="id_number,review" ls:returns="alive" ls:department="nr"/>'
        '<sendTask id="b" camunda:topic="t" ls:kind="notify" ls:department="nr"/><serviceTask id="c"/>'
    )
    nodes = diagram.processes["P"].nodes
    assert nodes["a"].outbound == Outbound("RK", ("id_number", "review"), ("alive",))
    assert [(nodes[key].work and nodes[key].work.kind) for key in "abc"] == ["manual", "notify", None]
    assert nodes["b"].outbound is None


def test_a_step_does_one_thing(bpmn: Bpmn) -> None:
    inside = (
        '<sendTask id="a" messageRef="M" ls:kind="notify" ls:department="nr"/>'
        '<businessRuleTask id="b" camunda:decisionRef="grade" ls:call="RK" ls:department="nr"/>'
    )
    reading = read({"a.bpmn": bpmn(inside, '<message id="M" name="m"/>')})
    assert [(f.rule, f.element) for f in reading.findings] == [("call-twofold", "a"), ("call-twofold", "b")]


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ('ls:call="https://evil.example/"', "call-unreadable"),
        ('ls:sends="id_number"', "call-unreadable"),
        ('ls:call="RK" ls:returns="outcome"', "call-name-unreadable"),
        ('ls:call="RK" ls:sends="a-b"', "call-name-unreadable"),
        ('ls:call="RK" ls:kind="decide"', "call-of-kind"),
        ('ls:call="RK" ls:url="https://evil.example/"', "attribute-unknown"),
    ],
)
def test_a_call_that_is_not_understood_is_told_at_its_step(bpmn: Bpmn, attributes: str, code: str) -> None:
    reading = read({"a.bpmn": bpmn(f'<serviceTask id="a" {attributes} ls:department="nr"/>')})
    assert [(f.rule, f.element) for f in reading.findings] == [(code, "a")]


def test_a_program_outside_and_an_undeclared_reference_are_told(bpmn: Bpmn) -> None:
    inside = (
        '<serviceTask id="a" name="记账" camunda:class="x.Y"/>\n<serviceTask id="b"/><sendTask id="c" camunda:topic="t"/>'
        '<serviceTask id="d" camunda:class="x.Y"><extensionElements><ls:repair kind="service-by-hand"/></extensionElements>'
        '</serviceTask>\n<endEvent id="e"><errorEventDefinition errorRef="E1"/></endEvent>'
        '<receiveTask id="r" messageRef="M"/>'
    )
    reading = read({"a.bpmn": bpmn(inside, '<message id="M"/>')})
    assert [(f.rule, f.element, f.line) for f in reading.findings] == [
        ("service-implementation", "a", 1),
        ("service-implementation", "c", 2),
        ("reference-undeclared", "e", 3),
    ]
    assert "记账" in reading.findings[0].sentence
    assert "class=x.Y" in reading.findings[0].sentence
    assert reading.usable().processes["P"].nodes["e"].events[0].name == "E1"


def test_the_draft_of_the_standard_is_read_as_the_standard() -> None:
    draft = b'<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0"><process id="P"><task id="a"/></process></definitions>'
    assert list(read({"a.bpmn": draft}).usable().processes["P"].nodes) == ["a"]


def test_all_faults_come_at_once_and_in_order(bpmn: Bpmn) -> None:
    inside = (
        '\n<task id="a"/>\n<task id="a"/>\n<sequenceFlow id="f" sourceRef="a" targetRef="z"/>\n<boundaryEvent id="b"/>'
    )
    reading = read({"b.bpmn": bpmn(inside), "a.bpmn": b"<a"})
    assert [(f.file, f.line, f.rule) for f in reading.findings] == [
        ("a.bpmn", 1, "file-not-xml"),
        ("b.bpmn", 3, "id-duplicate"),
        ("b.bpmn", 4, "flow-dangling"),
        ("b.bpmn", 5, "boundary-without-host"),
    ]


def test_an_unknown_call_is_no_fault_of_structure(draw: Draw) -> None:
    nodes = draw('<callActivity id="a" calledElement="Q"/><callActivity id="b"/>').processes["P"].nodes
    assert (nodes["a"].called, nodes["b"].called) == ("Q", None)


def test_a_called_process_may_be_named_with_a_prefix(draw: Draw) -> None:
    beside = '<process id="Q"/><process id="x:R"/>'
    inside = "".join(f'<callActivity id="a{i}" calledElement="{q}"/>' for i, q in enumerate(("t:Q", "x:R", "t:S")))
    nodes = draw(inside, beside).processes["P"].nodes
    assert [node.called for node in nodes.values()] == ["Q", "x:R", "t:S"]


def test_scopes_nest_and_know_their_path(draw: Draw) -> None:
    process = draw(
        '<subProcess id="sub" name="联审"><startEvent id="s"/><transaction id="t"><task id="a"/></transaction></subProcess>'
        '<adHocSubProcess id="free" ordering="Sequential" cancelRemainingInstances="false">'
        "<task id='b'/><completionCondition>${done}</completionCondition></adHocSubProcess>"
    ).processes["P"]
    sub, free = process.nodes["sub"].inner, process.nodes["free"]
    assert sub is not None
    assert (sub.id, sub.name, sub.kind, set(sub.nodes)) == ("P/sub", "联审", "subProcess", {"s", "t"})
    inner = sub.nodes["t"].inner
    assert inner is not None
    assert (inner.id, inner.kind, set(inner.nodes)) == ("P/sub/t", "transaction", {"a"})
    assert (free.ordering, free.cancel_remaining, free.completion) == ("Sequential", False, "${done}")


# ---- events and repetitions
DECLARED = (
    '<message id="m" name="correction_received"/><signal id="s" name="stop"/><error id="e" errorCode="E1" name="err"/>'
    '<escalation id="c" escalationCode="C1"/><message id="m2"/>'
    '<messageEventDefinition id="shared" messageRef="m"/>'
)
EVENTS = {
    '<messageEventDefinition messageRef="m"/>': EventDefinition("message", "correction_received"),
    '<messageEventDefinition messageRef="t:m"/>': EventDefinition("message", "correction_received"),
    '<messageEventDefinition messageRef="m2"/>': EventDefinition("message", "m2"),
    "<messageEventDefinition/>": EventDefinition("message"),
    "<eventDefinitionRef>t:shared</eventDefinitionRef>": EventDefinition("message", "correction_received"),
    '<signalEventDefinition signalRef="s"/>': EventDefinition("signal", "stop"),
    '<errorEventDefinition errorRef="e"/>': EventDefinition("error", "E1"),
    '<errorEventDefinition errorRef="undeclared"/>': EventDefinition("error", "undeclared"),
    '<escalationEventDefinition escalationRef="c"/>': EventDefinition("escalation", "C1"),
    '<linkEventDefinition name="L"/>': EventDefinition("link", "L"),
    "<linkEventDefinition/>": EventDefinition("link", "事件"),
    "<terminateEventDefinition/>": EventDefinition("terminate"),
    '<compensateEventDefinition activityRef="a"/>': EventDefinition("compensate", activity="a"),
    "<conditionalEventDefinition><condition>${x}</condition></conditionalEventDefinition>": EventDefinition(
        "conditional", text="${x}"
    ),
    "<timerEventDefinition><timeDuration>P2D</timeDuration></timerEventDefinition>": EventDefinition(
        "timer", text="P2D", timer="duration"
    ),
    '<timerEventDefinition><timeCycle>"R3/PT1H"</timeCycle></timerEventDefinition>': EventDefinition(
        "timer", text="R3/PT1H", timer="cycle"
    ),
    "<timerEventDefinition><timeDate/></timerEventDefinition>": EventDefinition("timer", text="", timer="date"),
    "<timerEventDefinition/>": EventDefinition("timer", text="", timer="duration"),
}


@pytest.mark.parametrize(("definition", "event"), EVENTS.items())
def test_event_definitions(definition: str, event: EventDefinition, draw: Draw) -> None:
    node = draw(f'<intermediateCatchEvent id="x" name="事件">{definition}</intermediateCatchEvent>', DECLARED)
    assert node.processes["P"].nodes["x"].events == (event,)


def test_borders_messages_and_oddities(draw: Draw) -> None:
    nodes = (
        draw(
            '<userTask id="a" startQuantity="2" isForCompensation="true"/><receiveTask id="r" messageRef="m"/>'
            '<boundaryEvent id="b" attachedToRef="a" cancelActivity="false" parallelMultiple="true"/>'
            '<boundaryEvent id="c" attachedToRef="r"><compensateEventDefinition/></boundaryEvent>'
            '<subProcess id="e" triggeredByEvent="true"><startEvent id="es" isInterrupting="false"/></subProcess>'
            '<association sourceRef="c" targetRef="a"/><association sourceRef="b" targetRef="a"/>'
            '<exclusiveGateway id="g" default="t:f"/><scriptTask id="k" scriptFormat="python"><script> x = 1 </script></scriptTask>',
            DECLARED,
        )
        .processes["P"]
        .nodes
    )
    assert (nodes["a"].needs, nodes["a"].compensates, nodes["r"].message) == (
        2,
        True,
        "correction_received",
    )
    assert (nodes["b"].attached_to, nodes["b"].interrupting, nodes["b"].parallel_multiple) == ("a", False, True)
    assert (nodes["c"].handler, nodes["b"].handler, nodes["c"].interrupting) == ("a", None, True)
    inner = nodes["e"].inner
    assert inner is not None
    assert (nodes["e"].by_event, inner.nodes["es"].interrupting) == (True, False)
    assert (nodes["g"].default, nodes["k"].script, nodes["k"].script_language) == ("f", "x = 1", "python")


LOOPS = {
    '<multiInstanceLoopCharacteristics camunda:collection="${people}" camunda:elementVariable="person">'
    "<completionCondition>${done}</completionCondition></multiInstanceLoopCharacteristics>": Loop(
        "parallel", collection="people", item="person", condition="${done}"
    ),
    '<multiInstanceLoopCharacteristics isSequential="true" behavior="All"><loopDataInputRef>people</loopDataInputRef>'
    '<loopDataOutputRef>votes</loopDataOutputRef><inputDataItem id="i" name="person"/><outputDataItem id="vote"/>'
    "</multiInstanceLoopCharacteristics>": Loop("sequential", "people", "person", "votes", "vote"),
    "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>": Loop(
        "parallel", cardinality="3"
    ),
    '<standardLoopCharacteristics testBefore="true" loopMaximum="3"><loopCondition>${x}</loopCondition>'
    "</standardLoopCharacteristics>": Loop("standard", condition="${x}", maximum=3, test_before=True),
    '<standardLoopCharacteristics loopMaximum=""/>': Loop("standard"),
}


@pytest.mark.parametrize(("characteristics", "loop"), LOOPS.items())
def test_repetitions(characteristics: str, loop: Loop, draw: Draw) -> None:
    node = draw(f'<userTask id="a">{characteristics}</userTask>').processes["P"].nodes["a"]
    assert node.loop == loop
    assert node.odd is None


def test_messages_with_payload_and_correlation(draw: Draw) -> None:
    beside = (
        '<message id="m" name="reply"><extensionElements><x:messagePayload xmlns:x="urn:x">{"a": 1}</x:messagePayload>'
        '<x:messageVariable xmlns:x="urn:x">answer</x:messageVariable></extensionElements></message>'
        '<correlationProperty id="case_no"><correlationPropertyRetrievalExpression messageRef="m">'
        "<formalExpression>case_no</formalExpression></correlationPropertyRetrievalExpression></correlationProperty>"
        '<collaboration id="C"><correlationKey name="case"><correlationPropertyRef>case_no</correlationPropertyRef>'
        "</correlationKey></collaboration>"
    )
    diagram = draw('<task id="a"/>', beside)
    message = diagram.messages["reply"]
    assert (message.payload, message.variable, dict(message.keys)) == ('{"a": 1}', "answer", {"case_no": "case_no"})
    assert diagram.correlation_keys == {"case": ("case_no",)}


def test_lanes_of_the_own_process_the_innermost_counts(bpmn: Bpmn) -> None:
    lanes = (
        '<laneSet><lane name="政务中心"><flowNodeRef>a</flowNodeRef><flowNodeRef>b</flowNodeRef><childLaneSet>'
        '<lane name="窗口"><flowNodeRef>a</flowNodeRef></lane></childLaneSet></lane></laneSet><task id="a"/><task id="b"/>'
    )
    beside = '<process id="Q"><laneSet><lane name="别处"><flowNodeRef>a</flowNodeRef></lane></laneSet><task id="c"/></process>'
    diagram = read({"a.bpmn": bpmn(lanes, beside)}, "P").usable()
    assert [node.lane for node in diagram.processes["P"].nodes.values()] == ["窗口", "政务中心"]
    assert diagram.processes["Q"].nodes["c"].lane is None


# ---- several files and processes
def test_a_matter_and_its_part_are_one_diagram(bpmn: Bpmn) -> None:
    files = {
        "part.bpmn": bpmn('<userTask id="StartEvent_1"/>', name="part"),
        "matter.bpmn": bpmn('<callActivity id="StartEvent_1" calledElement="part"/>', name="matter"),
    }
    diagram = read(files).usable()
    assert (diagram.main, set(diagram.processes), diagram.files) == ("matter", {"matter", "part"}, tuple(files))
    assert [process.at.file for process in diagram.processes.values()] == ["part.bpmn", "matter.bpmn"]
    assert read(files, "part").usable().main == "part"


def test_process_ids_are_unique_across_files(bpmn: Bpmn) -> None:
    reading = read({"a.bpmn": bpmn(""), "b.bpmn": bpmn("")})
    assert reading.diagram is None
    assert only(reading.findings) == ("process-id-duplicate", "P")
    assert (reading.findings[0].file, "a.bpmn" in reading.findings[0].sentence) == ("b.bpmn", True)


def test_the_main_process_must_be_there(bpmn: Bpmn) -> None:
    assert only(read({"a.bpmn": bpmn("")}, "Q").findings) == ("main-process-missing", "Q")
    assert only(read({"a.bpmn": b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'}).findings) == (
        "process-missing",
        "definitions",
    )
    assert only(read({}).findings) == ("process-missing", "")


def test_a_refused_file_says_nothing_of_the_main_process(bpmn: Bpmn) -> None:
    assert only(read({"a.bpmn": bpmn(""), "b.bpmn": b""}, "Q").findings) == ("file-not-xml", "")


MAINS = {
    "the only one": ("", "P", False),
    "not the called one": ('<process id="Q"><callActivity id="c" calledElement="P"/></process>', "Q", False),
    "not the empty one": ('<process id="Q" isExecutable="true"/>', "P", False),
    "of two the executable one": ('<process id="Q" isExecutable="true"><task id="b"/></process>', "Q", False),
    "of two the first, with a finding": ('<process id="Q"><task id="b"/></process>', "P", True),
    "of two the fuller, with a finding": ('<process id="Q"><task id="b"/><task id="c"/></process>', "Q", True),
    "of three the fuller executable one": (
        '<process id="Q" isExecutable="true"><task id="b"/></process>'
        '<process id="R" isExecutable="1"><task id="c"/><task id="d"/></process>',
        "R",
        True,
    ),
    "one that calls itself": ('<process id="Q"/>', "P", False),
}


@pytest.mark.parametrize(("beside", "main", "unclear"), MAINS.values(), ids=MAINS.keys())
def test_the_main_process_is_found(beside: str, main: str, unclear: bool, bpmn: Bpmn) -> None:
    reading = read({"a.bpmn": bpmn('<callActivity id="a" calledElement="P"/>', beside)})
    assert reading.diagram is not None
    assert reading.diagram.main == main
    assert [(f.rule, f.element, f.severity) for f in reading.findings] == [
        ("main-process-unclear", main, Severity.WARNING)
    ] * unclear


def test_one_id_in_two_processes_of_a_file_is_a_warning(bpmn: Bpmn) -> None:
    reading = read({"a.bpmn": bpmn('<task id="a"/>', '<process id="Q"><task id="a"/></process>')}, "P")
    assert only(reading.findings) == ("id-in-two-processes", "a")
    assert reading.findings[0].severity is Severity.WARNING
    assert reading.usable().processes["Q"].nodes["a"]


# ---- layout
def layout(*drawings: str) -> str:
    return f"<bpmndi:BPMNDiagram><bpmndi:BPMNPlane>{''.join(drawings)}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"


def shape(element: str, x: object = 1) -> str:
    return f'<bpmndi:BPMNShape bpmnElement="{element}"><dc:Bounds x="{x}" y="2.5" width="3" height="4"/></bpmndi:BPMNShape>'


EDGE = (
    '<bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="1" y="2"/><di:waypoint x="3" y="-4.5"/></bpmndi:BPMNEdge>'
    '<bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="0" y="0"/><di:waypoint x="0" y="0"/></bpmndi:BPMNEdge>'
)


def test_bounds_and_way_points(draw: Draw) -> None:
    diagram = draw('<task id="a"/>', layout(shape("t:a"), shape("pool"), EDGE))
    assert diagram.shapes == {"a": Shape(1, 2.5, 3, 4), "pool": Shape(1, 2.5, 3, 4)}
    assert diagram.edges == {"f": ((1, 2), (3, -4.5))}


def test_labels_and_the_names_of_lanes_and_pools(draw: Draw) -> None:
    label = '<bpmndi:BPMNLabel><dc:Bounds x="7" y="8" width="22" height="14"/></bpmndi:BPMNLabel>'
    drawn = (
        shape("a").replace("</bpmndi:BPMNShape>", f"{label}</bpmndi:BPMNShape>"),
        shape("l1"),
        shape("b").replace("</bpmndi:BPMNShape>", "<bpmndi:BPMNLabel/></bpmndi:BPMNShape>"),
        EDGE.replace("</bpmndi:BPMNEdge>", f"{label}</bpmndi:BPMNEdge>", 1),
    )
    body = '<laneSet><lane id="l1" name="综合窗口"><flowNodeRef>a</flowNodeRef></lane><lane id="l2" name="不在图上"/></laneSet>'
    diagram = draw(f'{body}<task id="a"/><task id="b"/>', layout(*drawn))
    assert diagram.labels == {"a": Shape(7, 8, 22, 14), "f": Shape(7, 8, 22, 14)}
    assert diagram.bands == {"l1": "综合窗口"}


def test_layout_of_other_files_has_keys_of_its_own(bpmn: Bpmn) -> None:
    part = bpmn('<task id="a"/>', layout(shape("a", 7), EDGE), "part")
    main = bpmn('<callActivity id="a" calledElement="part"/>', layout(shape("a")), "matter")
    diagram = read({"part.bpmn": part, "matter.bpmn": main}).usable()
    assert {key: drawn.x for key, drawn in diagram.shapes.items()} == {"a": 1, "part.bpmn#a": 7}
    assert set(diagram.edges) == {"part.bpmn#f"}


@pytest.mark.parametrize(
    "drawing",
    [
        shape("a", "NaN"),
        shape("a", "1e999"),
        shape("a", "left"),
        shape("a", ""),
        '<bpmndi:BPMNShape bpmnElement="a"/>',
        '<bpmndi:BPMNEdge bpmnElement="a"><di:waypoint x="1" y="2"/></bpmndi:BPMNEdge>',
    ],
)
def test_an_unreadable_layout_is_a_warning(drawing: str, bpmn: Bpmn) -> None:
    reading = read({"a.bpmn": bpmn('<task id="a"/>', layout(drawing))})
    assert only(reading.findings) == ("layout-unreadable", "a")
    assert reading.usable().shapes == {}


def test_the_good_matter_reads_without_a_finding(matter: bytes) -> None:
    reading = read({"matter.bpmn": matter})
    assert reading.findings == ()
    diagram = reading.usable()
    process = diagram.processes["matter"]
    assert set(process.nodes) == set(diagram.shapes)
    assert {flow.id for flow in process.flows} == set(diagram.edges)
    assert process.nodes["correction"].events == (EventDefinition("message", "correction_received"),)
    intake, decide = process.nodes["intake"].work, process.nodes["decide"].work
    assert intake is not None
    assert decide is not None
    assert [outcome.label for outcome in intake.outcomes] == ["受理", "一次告知补正", "不予受理"]
    assert [outcome.label for outcome in decide.outcomes] == ["准予许可", "不予许可"]


def test_every_code_of_the_reader_stands_on_its_page() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs/rules/reading.md").read_text()
    assert [code for code in FAULTS if f"| `{code}` |" not in page] == []


def test_who_signs_and_by_which_rule(draw: Draw) -> None:
    drawn = '<userTask id="a" ls:kind="countersign" ls:signers="cad, hurd:2 met" ls:rule="vote" ls:threshold="3"/>'
    work = draw(drawn).processes["P"].nodes["a"].work
    assert work is not None
    assert work.signing == Signing("vote", (Signer("cad"), Signer("hurd", 2), Signer("met")), 3)
    assert draw('<callActivity id="a" calledElement="GH01" ls:optional="true"/>').processes["P"].nodes["a"].optional
