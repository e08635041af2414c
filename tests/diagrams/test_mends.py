"""Quick fixes: each takes away the finding that names it, changes what it says and nothing else, and does nothing twice."""

from __future__ import annotations

import difflib

import pytest

from engine.diagrams import MENDS, MendNotPossible, MendUnknown, compare, lint_files, mend, read

SPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "ls": "urn:lianshen:bpmn:1",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
}
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn by hand -->
<bpmn:definitions {" ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())} id="d">
  <bpmn:process id="qq01" name="示例" isExecutable="true">
"""
DRAWN = """    <bpmn:startEvent id="s" name="收件"/>
    <bpmn:sequenceFlow id="f0" sourceRef="s" targetRef="a"/>
    <bpmn:userTask id="a" name="审查" ls:kind="review" ls:department="nr" camunda:priority="5"/>
    <bpmn:sequenceFlow id="f1" sourceRef="a" targetRef="g"/>
    <bpmn:exclusiveGateway id="g" name="结果"/>
    <bpmn:sequenceFlow id="f2" name="通过" sourceRef="g" targetRef="one">
      <bpmn:conditionExpression>${outcome == 'pass'}</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f3" name="退回" sourceRef="g" targetRef="a">
      <bpmn:conditionExpression>${outcome == 'return'}</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:parallelGateway id="one" name="多余"/>
    <bpmn:sequenceFlow id="f4" sourceRef="one" targetRef="fork"/>
    <bpmn:parallelGateway id="fork"/>
    <bpmn:sequenceFlow id="f5" sourceRef="fork" targetRef="n"/>
    <bpmn:sequenceFlow id="f6" sourceRef="fork" targetRef="m"/>
    <bpmn:userTask id="n" name="告知" ls:kind="notify" ls:department="nr"/>
    <bpmn:userTask id="m" name="归档" ls:kind="manual" ls:department="nr"/>
    <bpmn:sequenceFlow id="f7" sourceRef="n" targetRef="join"/>
    <bpmn:sequenceFlow id="f8" sourceRef="m" targetRef="join"/>
    <bpmn:parallelGateway id="join"/>
    <bpmn:sequenceFlow id="f9" sourceRef="join" targetRef="e"/>
    <bpmn:endEvent id="e" name="办结"/>
  </bpmn:process>
"""
NODES = {"s": 0, "a": 1, "g": 2, "one": 3, "fork": 4, "n": 5, "m": 6, "join": 7, "e": 8}
ENDS = ["s>a", "a>g", "g>one", "g>a", "one>fork", "fork>n", "fork>m", "n>join", "m>join", "join>e"]


def layout() -> str:
    drawn = []
    for key, x in NODES.items():
        bounds = f'<dc:Bounds x="{200 * x}" y="80" width="100" height="80"/>'
        drawn.append(f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}">{bounds}</bpmndi:BPMNShape>')
    for number, ends in enumerate(ENDS):
        source, target = (NODES[end] for end in ends.split(">"))
        points = f'<di:waypoint x="{200 * source + 100}" y="120"/><di:waypoint x="{200 * target}" y="120"/>'
        drawn.append(f'<bpmndi:BPMNEdge id="f{number}_di" bpmnElement="f{number}">{points}</bpmndi:BPMNEdge>')
    plane = "\n".join(('  <bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="qq01">', *drawn))
    return f"{plane}\n  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n</bpmn:definitions>\n"


GOOD = HEAD + DRAWN + layout()
EDGE = next(line for line in GOOD.splitlines(keepends=True) if "f9_di" in line)
CONDITION = "<bpmn:conditionExpression>${outcome == 'pass'}</bpmn:conditionExpression>"
CASES = {
    "condition-dropped": (
        *('id="f5" sourceRef="fork" targetRef="n"/>', f'id="f5" sourceRef="fork" targetRef="n">{CONDITION}</bpmn:sequenceFlow>'),
        *("condition-without-effect", "f5", "连线 fork → 告知：条件 结果为“通过” → 无"),
    ),
    "default-set": (
        *(
            "\n      <bpmn:conditionExpression>${outcome == 'return'}</bpmn:conditionExpression>\n    </bpmn:sequenceFlow>",
            "\n    </bpmn:sequenceFlow>",
        ),
        *("exclusive-without-condition", "g", "结果：默认走向 无 → 退回"),
    ),
    "outcome-spelt": (
        *("outcome == 'return'", "outcome == 'retrun'"),
        *("outcome-never-given", "f3", "连线 结果 → 审查（退回）：条件 结果为“retrun” → 结果为“退回”"),
    ),
    "label-from-outcome": (
        *('id="f3" name="退回"', 'id="f3"', "choice-unlabelled", "f3", "连线 结果 → 审查（退回）：名称 无 → 退回"),
    ),
    "line-drawn": (EDGE, "", "layout-missing", "f9", ""),
}  # fmt: skip


def findings(text: str, rule: str) -> list[tuple[str, str]]:
    found = lint_files({"m.bpmn": text.encode()}, main="qq01").findings
    return [(one.element, one.fix) for one in found if one.rule == rule]


@pytest.mark.parametrize(("fix", "case"), CASES.items(), ids=CASES)
def test_a_fix_takes_its_finding_away_and_changes_nothing_else(fix: str, case: tuple[str, str, str, str, str]) -> None:
    old, new, rule, element, told = case
    assert GOOD.count(old) == 1
    bad = GOOD.replace(old, new)
    assert findings(bad, rule) == [(element, fix)]
    mended = mend(bad.encode(), "m.bpmn", fix, element).decode()
    assert findings(mended, rule) == []
    before, after = (read({"m.bpmn": text.encode()}).usable() for text in (bad, mended))
    assert [change.sentence for change in compare(before, after)] == ([told] if told else [])
    changed = difflib.unified_diff(bad.splitlines(), mended.splitlines(), n=0, lineterm="")
    assert len([line for line in changed if line[0] in "+-"]) - 2 <= 3  # without the two heads
    with pytest.raises(MendNotPossible):
        mend(mended.encode(), "m.bpmn", fix, element)


def test_a_gateway_of_one_way_is_dropped_with_what_is_written_on_the_way_in() -> None:
    assert findings(GOOD, "gateway-without-effect") == [("one", "gateway-dropped")]
    mended = mend(GOOD.encode(), "m.bpmn", "gateway-dropped", "one").decode()
    before, after = (read({"m.bpmn": text.encode()}).usable() for text in (GOOD, mended))
    assert [change.sentence for change in compare(before, after)] == [
        "删去并行网关“多余”",
        "连线 结果 → fork（通过）：终点 多余 → fork",
        "删去连线 多余 → fork",
        "连线“结果 → fork（通过）”改了走线，不影响办理",
    ]
    assert after.edges["f2"] == ((500.0, 120.0), (800.0, 120.0))
    assert not {"one", "f4"} & {*after.shapes, *after.edges}
    assert "<!-- drawn by hand -->" in mended
    assert 'camunda:priority="5"' in mended
    for other in ("fork", "g", "join"):
        with pytest.raises(MendNotPossible):
            mend(GOOD.encode(), "m.bpmn", "gateway-dropped", other)


def test_a_lane_forgets_the_gateway_and_a_note_keeps_it() -> None:
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l"><bpmn:flowNodeRef>one</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    )
    lane = GOOD.replace('<bpmn:startEvent id="s"', f'{lanes}<bpmn:startEvent id="s"')
    assert b">one<" not in mend(lane.encode(), "m.bpmn", "gateway-dropped", "one")
    note = '<bpmn:textAnnotation id="t"/><bpmn:association id="as" sourceRef="one" targetRef="t"/></bpmn:process>'
    with pytest.raises(MendNotPossible):
        mend(GOOD.replace("</bpmn:process>", note).encode(), "m.bpmn", "gateway-dropped", "one")


@pytest.mark.parametrize("fix", MENDS)
@pytest.mark.parametrize("body", [b"", b"<a/>", GOOD.encode()], ids=["nothing", "no drawing", "no such element"])
def test_where_there_is_nothing_to_mend_nothing_is_done(fix: str, body: bytes) -> None:
    with pytest.raises(MendNotPossible):
        mend(body, "m.bpmn", fix, "nowhere")
    with pytest.raises(MendNotPossible):
        mend(body, "m.bpmn", fix, "a")


def test_an_outcome_that_is_near_to_two_is_left_to_a_person() -> None:
    bad = GOOD.replace("outcome == 'return'", "outcome == 'xyz'")
    assert findings(bad, "outcome-never-given") == [("f3", "")]
    with pytest.raises(MendUnknown):
        mend(GOOD.encode(), "m.bpmn", "no-such-fix", "a")
