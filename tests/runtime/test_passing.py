"""What goes into called processes and steps and what comes out, as the files of other tools name it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.diagrams import read
from engine.runtime import Process, Refused, compile

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn"'
    ' xmlns:activiti="http://activiti.org/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
)


def drawn(inside: str, start: str = '<startEvent id="s"/>', called: str = "") -> bytes:
    """One activity `x` between start and end, and the process `C` with a user task `c` that it may call."""
    return (
        f'{HEAD}<process id="P" isExecutable="true">{start}<sequenceFlow id="f" sourceRef="s" targetRef="x"/>{inside}'
        '<sequenceFlow id="g" sourceRef="x" targetRef="u"/><userTask id="u"/>'
        '<sequenceFlow id="h" sourceRef="u" targetRef="e"/><endEvent id="e"/></process>'
        f'<process id="C"><startEvent id="cs"/><sequenceFlow id="cf" sourceRef="cs" targetRef="c"/><userTask id="c"/>{called}'
        "</process></definitions>"
    ).encode()


def call(extensions: str, attributes: str = 'calledElement="C"') -> bytes:
    return drawn(
        f'<callActivity id="x" {attributes}><extensionElements>{extensions}</extensionElements></callActivity>'
    )


def through(body: bytes, begin: dict[str, Any], told: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts inside when the first step is open, and outside when the second is; the process is loaded anew between them."""
    plan = compile(read({"x.bpmn": body}, "P").usable())
    process = Process.start(plan, begin, now=NOW)
    (step,) = process.open_steps
    inside = facts_at(process, step.token)
    process = Process.load(plan, process.dump(), now=NOW)
    process.complete(step.token, told)
    (after,) = process.open_steps
    assert after.node == "u"
    outside = facts_at(process, after.token)
    assert {name: worth for name, worth in process.facts.items() if name != "c"} == outside
    return inside, outside


def facts_at(process: Process, token: str) -> dict[str, Any]:
    scopes = process._top.scopes()
    return dict(next(t.data for scope in scopes for t in scope.tokens() if t.id == token))


BEGIN = {"a": 1, "b": 2}
TOLD = {"r": 5, "a": 9}
CALLS = {
    "nothing drawn: everything": ("", BEGIN, {"a": 9, "b": 2, "r": 5}),
    "camunda:in and out": (
        '<camunda:in source="a" target="x"/><camunda:in sourceExpression="${a + b}" target="sum"/>'
        '<camunda:out source="r" target="answer"/>',
        {"x": 1, "sum": 3},
        {**BEGIN, "answer": 5},
    ),
    "flowable:in without out": ('<flowable:in source="a" target="a"/>', {"a": 1}, BEGIN),
    "activiti:out without in": ('<activiti:out source="a" target="b"/>', {}, {"a": 1, "b": 9}),
    "variables all": ('<camunda:in variables="all"/><camunda:out variables="all"/>', BEGIN, {"a": 9, "b": 2, "r": 5}),
    "only a business key": ('<camunda:in businessKey="#{execution.processBusinessKey}"/>', {}, BEGIN),
    "an unset source": ('<camunda:in source="no" target="x"/>', {}, BEGIN),
    "zeebe: the parent's, and inputs beside": (
        '<zeebe:calledElement processId="C"/><zeebe:ioMapping><zeebe:input source="= a + 1" target="x"/>'
        '<zeebe:output source="=r * 2" target="answer"/></zeebe:ioMapping>',
        {**BEGIN, "x": 2},
        {**BEGIN, "answer": 10},
    ),
    "zeebe: nothing of the parent's": (
        '<zeebe:calledElement processId="C" propagateAllParentVariables="false" propagateAllChildVariables="false"/>'
        '<zeebe:ioMapping><zeebe:input source="text" target="x"/></zeebe:ioMapping>',
        {"x": "text"},
        BEGIN,
    ),
    "zeebe: everything comes back, but the inputs": (
        '<zeebe:calledElement processId="C"/><zeebe:ioMapping><zeebe:input source="=b" target="r"/></zeebe:ioMapping>',
        {**BEGIN, "r": 2},
        {"a": 9, "b": 2},
    ),
}


@pytest.mark.parametrize(("extensions", "inside", "outside"), CALLS.values(), ids=CALLS)
def test_only_the_named_facts_go_in_and_out_of_a_called_process(
    extensions: str, inside: dict[str, Any], outside: dict[str, Any]
) -> None:
    attributes = "" if "processId" in extensions else 'calledElement="C"'
    assert through(call(extensions, attributes), BEGIN, TOLD) == (inside, outside)


def test_what_inherits_takes_everything_along() -> None:
    body = call('<flowable:in source="a" target="x"/>', 'calledElement="C" flowable:inheritVariables="true"')
    assert through(body, BEGIN, TOLD) == ({**BEGIN, "x": 1}, BEGIN)


def test_parameters_of_a_sub_process_end_with_it() -> None:
    body = drawn(
        '<subProcess id="x"><extensionElements><camunda:inputOutput><camunda:inputParameter name="b">${a + 1}'
        '</camunda:inputParameter><camunda:outputParameter name="n">${b}</camunda:outputParameter></camunda:inputOutput>'
        '</extensionElements><userTask id="c"/></subProcess>'
    )
    begin = {"a": 1, "b": 7}
    assert through(body, begin, {"b": 5}) == ({"a": 1, "b": 2}, {"a": 1, "b": 7, "n": 5})


def test_what_a_step_is_drawn_to_give_is_told_when_it_is_done() -> None:
    body = drawn(
        '<userTask id="x"><extensionElements><zeebe:ioMapping><zeebe:output source="= r + 1" target="n"/></zeebe:ioMapping>'
        "</extensionElements></userTask>"
    )
    assert through(body, {}, {"r": 5})[1] == {"r": 5, "n": 6}


def test_each_instance_of_a_repeated_call_takes_its_own_item() -> None:
    body = drawn(
        '<callActivity id="x" calledElement="C"><extensionElements><camunda:in source="p" target="who"/></extensionElements>'
        '<multiInstanceLoopCharacteristics camunda:collection="${people}" camunda:elementVariable="p"/></callActivity>'
    )
    plan = compile(read({"x.bpmn": body}, "P").usable())
    process = Process.start(plan, {"people": ["li", "sun"], "secret": 1}, now=NOW)
    assert [facts_at(process, step.token) for step in process.open_steps] == [{"who": "li"}, {"who": "sun"}]


def test_who_started_it_is_a_fact() -> None:
    body = drawn('<userTask id="x"/>', '<startEvent id="s" activiti:initiator="applyUserId"/>')
    assert through(body, {}, {})[0] == {"applyUserId": "applicant"}
    assert through(body, {"initiator": "zhao"}, {})[0]["applyUserId"] == "zhao"


def test_a_passing_that_is_a_program_is_refused_at_its_place() -> None:
    body = call('<camunda:in sourceExpression="${bean.call(a)}" target="x"/>')
    with pytest.raises(Refused) as refused:
        compile(read({"x.bpmn": body}, "P").usable())
    (fault,) = refused.value.faults
    assert (fault.code, fault.place, fault.line) == ("expression-refused", "x", 1)
