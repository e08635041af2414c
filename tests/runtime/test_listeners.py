"""Listeners of other engines that only assign are carried out at their moment; those that are programs are told of."""

from datetime import UTC, datetime

import pytest

from engine.diagrams import Reading, read
from engine.runtime import Process, compile

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
XML = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"'
    ' xmlns:activiti="http://activiti.org/bpmn" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:ls="urn:lianshen:bpmn:1">'
    '<process id="P" isExecutable="true"><startEvent id="s"/>{flow}<userTask id="a">{task}</userTask>'
    '<sequenceFlow id="g" sourceRef="a" targetRef="b"/><userTask id="b"/></process></definitions>'
)
FLOW = '<sequenceFlow id="f" sourceRef="s" targetRef="a">{}</sequenceFlow>'
BESIDE = "<extensionElements>{}</extensionElements>"
TAKE = """<activiti:executionListener event="take" expression="${execution.setVariable('result', 'ok')}"/>"""


def reading(task: str = "", flow: str = "") -> Reading:
    inside = BESIDE.format(task) if task else ""
    beside = FLOW.format(BESIDE.format(flow) if flow else "")
    return read({"x.bpmn": XML.format(flow=beside, task=inside).encode()})


def played(task: str = "", flow: str = "") -> tuple[dict[str, object], dict[str, object]]:
    """The facts when the first task is open, and when the second is."""
    found = reading(task, flow)
    assert found.findings == ()
    plan = compile(found.usable())
    process = Process.start(plan, {"n": 1}, now=NOW)
    first = process.facts
    process = Process.load(plan, process.dump(), now=NOW)
    process.complete(process.open_steps[0].token, {"m": 5})
    assert [step.node for step in process.open_steps] == ["b"]
    return first, process.facts


def test_what_a_flow_assigns_is_told_when_it_is_taken() -> None:
    assert played(flow=TAKE)[0] == {"n": 1, "result": "ok"}


@pytest.mark.parametrize(
    ("task", "first", "second"),
    [
        (
            """<camunda:executionListener event="start" expression="${execution.setVariable('x', n + 1)}"/>""",
            {"n": 1, "x": 2},
            {"n": 1, "x": 2, "m": 5},
        ),
        (
            """<activiti:taskListener event="complete" expression="${execution.setVariable('x', m)}"/>""",
            {"n": 1},
            {"n": 1, "m": 5, "x": 5},
        ),
        (
            '<camunda:executionListener event="end"><camunda:script scriptFormat="groovy">execution.setVariable("x", m * 2)'
            "</camunda:script></camunda:executionListener>",
            {"n": 1},
            {"n": 1, "m": 5, "x": 10},
        ),
        (
            "<spiff:preScript>x = n * 3</spiff:preScript><spiff:postScript>y = m + x</spiff:postScript>",
            {"n": 1, "x": 3},
            {"n": 1, "x": 3, "m": 5, "y": 8},
        ),
    ],
)
def test_what_a_step_assigns_is_told_before_and_after_it(task: str, first: object, second: object) -> None:
    assert played(task) == (first, second)


@pytest.mark.parametrize(
    "listener",
    [
        '<activiti:executionListener event="start" class="x.Y"/>',
        '<activiti:taskListener event="create" delegateExpression="${bean}"/>',
        '<activiti:taskListener event="assignment" expression="${execution.setVariable(\'x\', 1)}"/>',
        '<activiti:executionListener event="end" expression="${leave.setReason(reason)}"/>',
        "<spiff:preScript>import os</spiff:preScript>",
        '<camunda:executionListener event="start"><camunda:script scriptFormat="groovy">println x</camunda:script>'
        "</camunda:executionListener>",
    ],
)
def test_a_listener_that_is_a_program_is_told_of_until_somebody_has_confirmed(listener: str) -> None:
    (found,) = reading(listener).findings
    assert (found.rule, found.element) == ("listener-not-carried", "a")
    assert reading(f'{listener}<ls:repair kind="listener-aside" confirmed="true"/>').findings == ()
    (found,) = reading(flow=listener.replace("start", "take")).findings
    assert (found.rule, found.element) == ("listener-not-carried", "f")
