"""What other vendors write of a step, and what it becomes here."""

import json
from typing import Any

import pytest

from engine.diagrams import Diagram, Node, Passage, Passed, countersign, forms_of, proposal, read
from forms import FieldType, read_form

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" {more}'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn"'
    ' xmlns:activiti="http://activiti.org/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:ls="urn:lianshen:bpmn:1">'
    '<process id="P" isExecutable="true">{start}{inside}</process></definitions>'
)


def diagram(inside: str, start: str = '<startEvent id="s"/>', more: str = "") -> Diagram:
    return read({"x.bpmn": HEAD.format(start=start, inside=inside, more=more).encode()}, "P").usable()


def node(inside: str, **more: str) -> Node:
    return diagram(inside, **more).processes["P"].nodes["u"]


def user(attributes: str = "", inside: str = "") -> str:
    return f'<userTask id="u" {attributes}>{inside}</userTask>'


def extended(inside: str, attributes: str = "") -> str:
    return user(attributes, f"<extensionElements>{inside}</extensionElements>")


def owner(text: str, tag: str = "potentialOwner") -> str:
    expression = (
        f"<resourceAssignmentExpression><formalExpression>{text}</formalExpression></resourceAssignmentExpression>"
    )
    return f"<{tag}>{expression}</{tag}>"


PROPOSED: dict[str, tuple[str, dict[str, str], int]] = {
    "activiti": (
        user('activiti:candidateGroups="deptLeader, hr" activiti:assignee="kermit"'),
        {"department": "deptLeader", "officer": "kermit"},
        1,
    ),
    "camunda 7": (
        user('camunda:candidateGroups="nr" camunda:formRef="review" camunda:dueDate="P3D" camunda:priority="50"'),
        {"department": "nr", "form": "review", "limit": "3cd"},
        1,
    ),
    "flowable": (user('flowable:candidateUsers="li,sun" flowable:dueDate="${due}"'), {}, 3),
    "camunda 8": (
        extended(
            '<zeebe:assignmentDefinition assignee="=applicant" candidateGroups="nr"/><zeebe:formDefinition formId="leave"/>'
            '<zeebe:taskSchedule dueDate="P2W"/><zeebe:priorityDefinition priority="5"/>'
        ),
        {"department": "nr", "form": "leave", "limit": "14cd"},
        2,
    ),
    "potentialOwner": (user(inside=owner("user(li), group(nr)")), {"department": "nr"}, 1),
    "potentialOwner of Activiti": (user(inside=owner("management")), {"department": "management"}, 0),
    "humanPerformer": (user(inside=owner("kermit", "humanPerformer")), {"officer": "kermit"}, 0),
    "expressions": (user('camunda:candidateGroups="${groups}" camunda:assignee="${starter}"'), {}, 2),
    "form in a bundle": (user('camunda:formKey="camunda-forms:deployment:forms/pay.form"'), {"form": "pay"}, 0),
    "form that is a page": (user('camunda:formKey="embedded:app:forms/pay.html"'), {}, 1),
    "spiff": (
        extended(
            '<spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename" value="ask.json"/>'
            "</spiffworkflow:properties>"
        ),
        {"form": "ask"},
        0,
    ),
    "a due moment": (user('flowable:dueDate="2026-12-01T09:00"'), {}, 1),
    "hours": (user('flowable:dueDate="PT8H"'), {}, 1),
}


@pytest.mark.parametrize(("drawn", "ours", "lost"), PROPOSED.values(), ids=PROPOSED)
def test_what_another_tool_wrote_of_a_step_in_our_words(drawn: str, ours: dict[str, str], lost: int) -> None:
    found = proposal(node(drawn))
    assert (found.attributes, len(found.lost)) == ({"kind": "manual", **ours}, lost)


def test_a_lane_that_bears_the_code_of_a_department_is_one() -> None:
    def lane(name: str) -> str:
        inner = f'<childLaneSet><lane id="l" name="{name}"><flowNodeRef>u</flowNodeRef></lane></childLaneSet>'
        return f'<laneSet><lane id="o" name="outer"><flowNodeRef>u</flowNodeRef>{inner}</lane></laneSet>'

    assert proposal(node(lane("nr") + user())).attributes == {"kind": "manual", "department": "nr"}
    assert proposal(node(lane("规划局") + user())).attributes == {}
    both = proposal(node(lane("nr") + user('camunda:candidateGroups="met"')))
    assert both.attributes["department"] == "met"
    named = proposal(node(lane("规划局") + user('camunda:dueDate="P1D"')))
    assert (named.attributes, len(named.lost)) == ({"kind": "manual", "limit": "1cd"}, 1)


@pytest.mark.parametrize(
    "drawn",
    [
        user(),
        user('ls:kind="review" ls:department="nr" camunda:candidateGroups="met"'),
        '<serviceTask id="u" camunda:priority="1"/>',
    ],
)
def test_nothing_is_proposed_where_nothing_or_ours_is_written(drawn: str) -> None:
    assert proposal(node(drawn)).attributes == {}


ACTIVITI_FORM = (
    '<activiti:formProperty id="days" name="天数" type="long" required="true"/>'
    '<activiti:formProperty id="from" name="开始" type="date" datePattern="yyyy-MM-dd"/>'
    '<activiti:formProperty id="who" name="申请人" writable="false"/>'
    '<activiti:formProperty id="secret" readable="false"/>'
    '<activiti:formProperty id="ok" name="同意" type="enum"><activiti:value id="true" name="同意"/>'
    '<activiti:value id="false" name="拒绝"/></activiti:formProperty>'
)
CAMUNDA_FORM = (
    '<camunda:formData><camunda:formField id="amount" label="金额" type="long"><camunda:validation>'
    '<camunda:constraint name="required"/><camunda:constraint name="min" config="1"/></camunda:validation></camunda:formField>'
    '<camunda:formField id="urgent" label="加急" type="boolean" defaultValue="true"/></camunda:formData>'
)


def test_a_form_that_is_drawn_in_a_step_becomes_a_file() -> None:
    files = forms_of(diagram(extended(ACTIVITI_FORM)))
    form = read_form(files["forms/u.json"])
    assert [(f.key, f.type, f.required) for f in form.fields] == [
        ("days", FieldType.NUMBER, True),
        ("from", FieldType.DATE, False),
        ("ok", FieldType.SELECT, False),
    ]
    assert form.texts == ("申请人：见前面步骤的记录",)
    assert [(o.value, o.label) for o in form.fields[2].options] == [("true", "同意"), ("false", "拒绝")]
    assert proposal(node(extended(ACTIVITI_FORM))).attributes["form"] == "u"


def test_what_the_start_asks_is_the_application() -> None:
    start = f'<startEvent id="s"><extensionElements>{CAMUNDA_FORM}</extensionElements></startEvent>'
    (form,) = (
        read_form(body) for name, body in forms_of(diagram(user(), start)).items() if name == "forms/application.json"
    )
    assert [(f.key, f.minimum, f.required, f.decimal_digits) for f in form.fields] == [
        ("amount", 1, True, 0),
        ("urgent", None, False, None),
    ]


def test_a_form_of_camunda_8_stands_in_the_file_itself() -> None:
    components = [{"type": "textfield", "key": "name", "label": "名称"}]
    whole = json.dumps({"type": "default", "components": components})
    start = f'<extensionElements><zeebe:userTaskForm id="f1">{whole}</zeebe:userTaskForm></extensionElements><startEvent id="s"/>'
    drawn = extended('<zeebe:formDefinition formKey="camunda-forms:bpmn:f1"/>')
    assert json.loads(forms_of(diagram(drawn, start))["forms/u.json"])["components"] == components


@pytest.mark.parametrize(
    "form",
    [
        '<activiti:formProperty id="x" type="user"/>',
        '<activiti:formProperty id="x" type="enum"/>',
        '<activiti:formProperty id="x" expression="#{order.address}"/>',
        '<activiti:formProperty id="not a key" type="string"/>',
        '<camunda:formData><camunda:formField id="x" type="string"><camunda:validation>'
        '<camunda:constraint name="validator" config="org.acme.Check"/></camunda:validation></camunda:formField></camunda:formData>',
    ],
)
def test_a_form_with_a_field_that_is_not_understood_is_none(form: str) -> None:
    assert forms_of(diagram(extended(form))) == {}
    found = proposal(node(extended(form)))
    assert "form" not in found.attributes
    assert len(found.lost) == 1


PASSED: dict[str, tuple[str, Passage | None]] = {
    "nothing": ('<callActivity id="u" calledElement="C"/>', None),
    "camunda": (
        '<callActivity id="u"><extensionElements><camunda:in source="a b" target="x"/><camunda:out variables="all"/>'
        "</extensionElements></callActivity>",
        Passage((Passed("${execution.getVariable('a b')}", "x"),), (Passed(None),)),
    ),
    "a program": (
        '<callActivity id="u" camunda:variableMappingClass="x.Y"><extensionElements><camunda:in variables="all"/>'
        "</extensionElements></callActivity>",
        Passage((Passed(None),), (), "variableMapping"),
    ),
    "text": (
        extended(
            '<camunda:inputOutput><camunda:outputParameter name="x">it\'s</camunda:outputParameter></camunda:inputOutput>'
        ),
        Passage(None, (Passed(None), Passed(r"${'it\'s'}", "x"))),
    ),
}


@pytest.mark.parametrize(("drawn", "passage"), PASSED.values(), ids=PASSED)
def test_what_passes_is_read_into_the_graph(drawn: str, passage: Passage | None) -> None:
    assert node(drawn).passage == passage


def many(
    collection: str, loop: str = "", attributes: str = 'camunda:candidateGroups="${d}"', condition: str = ""
) -> Node:
    inside = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    drawn = f'<multiInstanceLoopCharacteristics {loop} camunda:collection="{collection}" camunda:elementVariable="d">{inside}'
    return node(user(attributes, f"{drawn}</multiInstanceLoopCharacteristics>"))


FIXED = "['cad', 'met']"


@pytest.mark.parametrize(
    ("drawn", "rule"),
    [
        (many(FIXED), "all"),
        (many("=[&quot;cad&quot;, &quot;met&quot;]"), "all"),
        (many(FIXED, condition="${nrOfCompletedInstances >= 1}"), "any"),
        (many(FIXED, condition="${nrOfCompletedInstances == 1}"), "any"),
        (many(FIXED, attributes='camunda:assignee="${d}"'), "all"),
        (many(FIXED, 'isSequential="true"', condition="${outcome == 'object'}"), "in_turn"),
        # not equal, each for its own reason
        (many(FIXED, 'isSequential="true"'), None),
        (many(FIXED, condition="${nrOfCompletedInstances >= 2}"), None),
        (many("people"), None),
        (many("['cad']"), None),
        (many("['cad', 'cad']"), None),
        (many("['cad', other]"), None),
        (many("['Li Ming', 'cad']"), None),
        (many(FIXED, attributes='camunda:candidateGroups="nr"'), None),
        (many(FIXED, attributes='camunda:candidateGroups="${d}" camunda:formKey="x"'), None),
        (many(FIXED, attributes=""), None),
        (node(user()), None),
    ],
)
def test_which_repetition_is_a_countersign(drawn: Node, rule: str | None) -> None:
    found = countersign(drawn)
    assert (found.rule if found else None) == rule
    assert found is None or [s.department for s in found.signers] == ["cad", "met"]


def test_languages_are_marked_as_the_file_declares_them() -> None:
    flows = (
        '<exclusiveGateway id="u"/><sequenceFlow id="f" sourceRef="u" targetRef="e"><conditionExpression {}>{}'
        '</conditionExpression></sequenceFlow><endEvent id="e"/>'
    )

    def condition(own: str, text: str, more: str = "") -> Any:
        return diagram(flows.format(own, text), more=more).processes["P"].flows[0].condition

    feel = 'expressionLanguage="http://www.omg.org/spec/FEEL/20140401"'
    xpath = 'expressionLanguage="http://www.w3.org/1999/XPath"'
    assert condition("", "a = 1", feel) == "= a = 1"
    assert condition("", "${a == 1}", feel) == "${a == 1}"
    assert condition("", "a == 1", xpath) == "a == 1"
    assert condition('language="JavaScript"', "a === 1") == "[javascript] a === 1"
    assert condition('language="http://www.w3.org/1999/XPath"', "a = 1") == "[xpath] a = 1"
    assert condition('language="%"', "a") == "[unknown] a"
    assert condition('language="juel"', "a eq 1") == "${a eq 1}"


def test_a_repetition_of_camunda_8() -> None:
    drawn = user(
        inside="<multiInstanceLoopCharacteristics><extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="= people" inputElement="p" outputCollection="votes"'
        ' outputElement="= vote"/></extensionElements></multiInstanceLoopCharacteristics>'
    )
    loop = node(drawn).loop
    assert loop is not None
    assert (loop.collection, loop.item, loop.output, loop.output_item) == ("= people", "p", "votes", "vote")
    unnamed = node(drawn.replace("= vote", "= {v: vote}")).loop
    assert unnamed is not None
    assert unnamed.output_item is None


@pytest.mark.parametrize(
    ("drawn", "found"),
    [
        (
            '<scriptTask id="u"><extensionElements><zeebe:script expression="= a + 1" resultVariable="b"/></extensionElements>'
            "</scriptTask>",
            ("= a + 1", "feel", "b"),
        ),
        (
            '<scriptTask id="u" camunda:resource="x.groovy" scriptFormat="groovy"/>',
            ("x.groovy", "groovy x.groovy", None),
        ),
        (
            '<scriptTask id="u"><extensionElements><zeebe:taskDefinition type="job"/></extensionElements></scriptTask>',
            ("job", "job", None),
        ),
        (
            '<scriptTask id="u" scriptFormat="groovy" flowable:resultVariable="r"><script>a</script></scriptTask>',
            ("a", "groovy", "r"),
        ),
    ],
)
def test_where_the_script_of_a_task_stands(drawn: str, found: tuple[str, str, str | None]) -> None:
    read_node = node(drawn)
    assert (read_node.script, read_node.script_language, read_node.script_result) == found


def test_a_condition_in_another_file_is_not_left_out() -> None:
    flows = (
        '<exclusiveGateway id="u"/><sequenceFlow id="f" sourceRef="u" targetRef="e"><conditionExpression language="groovy"'
        ' camunda:resource="x.groovy"/></sequenceFlow><endEvent id="e"/>'
    )
    assert diagram(flows).processes["P"].flows[0].condition == "[resource] x.groovy"
