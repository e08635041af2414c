"""Two drawings compared: one row of the table for each thing that can change, its words, and where it is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.diagrams import Change, ChangeKind, Diagram, compare, condition_words, read

PROCESS = """
<startEvent id="s" name="收件"/><sequenceFlow id="f0" sourceRef="s" targetRef="a"/>
<userTask id="a" name="审查" ls:kind="review" ls:department="nr" ls:limit="3wd" ls:form="review">
<extensionElements><ls:outcome code="pass" label="报核准"/><ls:outcome code="return" label="退回"/></extensionElements>
</userTask>
<sequenceFlow id="f1" sourceRef="a" targetRef="g"/>
<exclusiveGateway id="g" name="审查结果" default="f3"/>
<sequenceFlow id="f2" name="通过" sourceRef="g" targetRef="w"><conditionExpression>${outcome == 'pass'}</conditionExpression></sequenceFlow>
<sequenceFlow id="f3" name="退回" sourceRef="g" targetRef="a"/>
<intermediateCatchEvent id="w" name="等待">
<timerEventDefinition><timeDuration>P2D</timeDuration></timerEventDefinition></intermediateCatchEvent>
<sequenceFlow id="f4" sourceRef="w" targetRef="x"/>
<userTask id="x" name="专家评审" ls:kind="special" ls:department="nr" ls:ground="hearing"/>
<sequenceFlow id="f5" sourceRef="x" targetRef="m"/>
<intermediateCatchEvent id="m" name="等补正"><messageEventDefinition messageRef="corrected"/></intermediateCatchEvent>
<sequenceFlow id="f6" sourceRef="m" targetRef="e"/>
<endEvent id="e" name="办结"/>
"""
BESIDE = """<message id="corrected" name="corrected"/><message id="paid" name="paid"/>
<process id="tail" name="送达部件"><startEvent id="ts"/></process>
<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="P">
<bpmndi:BPMNShape bpmnElement="a"><dc:Bounds x="100" y="80" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge bpmnElement="f0"><di:waypoint x="36" y="120"/><di:waypoint x="100" y="120"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"""
NAMES = {
    "nr": "自然资源和规划局",
    "hurd": "住房和城乡建设局",
    "nr-1": "自然资源窗口",
    "hearing": "听证",
    "review": "审查表",
}
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ls="urn:lianshen:bpmn:1"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI">'
)
OLD = f'{HEAD}<process id="P" name="审批">{PROCESS}</process>{BESIDE}</definitions>'


def drawing(text: str) -> Diagram:
    return read({"matter.bpmn": text.encode()}, main="Q" if 'id="Q"' in text else "P").usable()


def told(old: str, new: str) -> list[tuple[str, str, str]]:
    return [(c.kind, c.element, c.sentence) for c in compare(drawing(old), drawing(new), NAMES)]


REPLACED = {
    "limit": ('ls:limit="3wd"', 'ls:limit="2wd"', "a", "审查：环节时限 3 → 2 个工作日"),
    "limit in another unit": ('ls:limit="3wd"', 'ls:limit="5cd"', "a", "审查：环节时限 3 个工作日 → 5 个自然日"),
    "limit taken away": (' ls:limit="3wd"', "", "a", "审查：环节时限 3 个工作日 → 无"),
    "limit given": (' ls:ground="hearing"', ' ls:ground="hearing" ls:limit="1wd"', "x", "专家评审：环节时限 无 → 1 个工作日"),
    "half a day": ('ls:limit="3wd"', 'ls:limit="0.5wd"', "a", "审查：环节时限 3 → 0.5 个工作日"),
    "department": ('"nr" ls:limit', '"hurd" ls:limit', "a", "审查：部门 自然资源和规划局 → 住房和城乡建设局"),
    "department nobody knows": ('"nr" ls:limit', '"zz" ls:limit', "a", "审查：部门 自然资源和规划局 → zz"),
    "window": ('ls:limit="3wd"', 'ls:limit="3wd" ls:window="nr-1"', "a", "审查：窗口 无 → 自然资源窗口"),
    "form": (' ls:form="review"', "", "a", "审查：表单 审查表 → 无"),
    "kind": ('ls:kind="review"', 'ls:kind="check"', "a", "审查：步骤类型 审查 → 审核"),
    "place": ('ls:form="review"', 'ls:form="review" ls:place="hq"', "a", "审查：地点 大厅 → 部门机关"),
    "ground": ('ls:ground="hearing"', 'ls:ground="auction"', "x", "专家评审：依据 听证 → auction"),
    "outcome renamed": ('label="报核准"', 'label="通过"', "a", "审查：结果“报核准”改称“通过”"),
    "outcome taken away": ('<ls:outcome code="return" label="退回"/>', "", "a", "审查：结果去掉“退回”"),
    "name of a step": ('name="审查" ls', 'name="初审" ls', "a", "审查：名称 审查 → 初审"),
    "kind of element": ("userTask id=\"x\"", "manualTask id=\"x\"", "x", "专家评审：图元 用户任务 → 手工任务"),
    "timer": ("P2D", "P3D", "w", "等待：触发 时间 P2D → 时间 P3D"),
    "kind of timer": ("timeDuration>P2D</timeDuration", "timeDate>P2D</timeDate", "w", "等待：触发 时间 P2D → 时刻 P2D"),
    "message": ('messageRef="corrected"', 'messageRef="paid"', "m", "等补正：触发 消息 corrected → 消息 paid"),
    "default": (' default="f3"', "", "g", "审查结果：默认走向 退回 → 无"),
    "condition": ("${outcome == 'pass'}", "${outcome == 'return'}", "f2", "连线 审查结果 → 等待（通过）：条件 结果为“通过” → 结果为“退回”"),
    "condition on a fact": ("${outcome == 'pass'}", "${area > 5}", "f2", "连线 审查结果 → 等待（通过）：条件 结果为“通过” → ${area > 5}"),
    "target of a flow": (
        *('sourceRef="g" targetRef="a"', 'sourceRef="g" targetRef="e"'),
        *("f3", "连线 审查结果 → 办结（退回）：终点 审查 → 办结"),
    ),
    "source of a flow": (
        *('sourceRef="w" targetRef="x"', 'sourceRef="a" targetRef="x"'),
        *("f4", "连线 审查 → 专家评审：起点 等待 → 审查"),
    ),
    "name of a flow": ('name="通过"', 'name="同意"', "f2", "连线 审查结果 → 等待（同意）：名称 通过 → 同意"),
    "name of the process": ('name="审批"', 'name="核发"', "P", "流程名称：审批 → 核发"),
    "anything else": ('<userTask id="x"', '<userTask isForCompensation="true" id="x"', "x", "专家评审：其他设置有改动"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "element", "sentence"), REPLACED.values(), ids=REPLACED.keys())
def test_what_is_changed_is_said_at_its_element(old: str, new: str, element: str, sentence: str) -> None:
    assert OLD.count(old) == 1
    assert ("changed", element, sentence) in told(OLD, OLD.replace(old, new))
    assert len(told(OLD, OLD.replace(old, new))) == 1


NEW_STEP = '<userTask id="n" name="复审" ls:kind="check" ls:department="hurd" ls:limit="2wd"/>'


def test_a_new_step_is_told_with_what_matters_and_the_lost_one_by_its_name() -> None:
    new = OLD.replace('<endEvent id="e"', f'{NEW_STEP}<endEvent id="e"')
    assert told(OLD, new) == [("added", "n", "新增步骤“复审”（审核，住房和城乡建设局，2 个工作日）")]
    assert told(new, OLD) == [("removed", "n", "删去步骤“复审”")]


def test_other_elements_and_flows_come_and_go() -> None:
    more = (
        '<parallelGateway id="p" name="分头"/><sequenceFlow id="f9" sourceRef="p" targetRef="e">'
        "<conditionExpression>outcome in ['pass', 'return']</conditionExpression></sequenceFlow>"
    )
    new = OLD.replace('<endEvent id="e"', f'{more}<endEvent id="e"')
    assert told(OLD, new) == [
        ("added", "p", "新增并行网关“分头”"),
        ("added", "f9", "新增连线 分头 → 办结，条件：结果为“通过”或“退回”"),
    ]
    assert told(new, OLD) == [("removed", "p", "删去并行网关“分头”"), ("removed", "f9", "删去连线 分头 → 办结")]


def test_a_new_outcome_and_another_order() -> None:
    both = '<ls:outcome code="pass" label="报核准"/><ls:outcome code="return" label="退回"/>'
    one = '<ls:outcome code="pass" label="报核准"/>'
    assert told(OLD.replace(both, one), OLD) == [("changed", "a", "审查：结果新增“退回”")]
    turned = '<ls:outcome code="return" label="退回"/><ls:outcome code="pass" label="报核准"/>'
    assert told(OLD, OLD.replace(both, turned)) == [("changed", "a", "审查：结果的顺序有改动")]


def test_a_process_that_is_called_comes_goes_and_changes() -> None:
    without = OLD.replace('<process id="tail" name="送达部件"><startEvent id="ts"/></process>', "")
    assert told(without, OLD) == [("added", "tail", "新增流程“送达部件”")]
    assert told(OLD, without) == [("removed", "tail", "删去流程“送达部件”")]
    inside = OLD.replace('<startEvent id="ts"/>', '<startEvent id="ts" name="开始"/>')
    assert told(OLD, inside) == [("changed", "ts", "ts：名称 无 → 开始")]


def test_the_main_process_is_the_same_under_another_id() -> None:
    renamed = OLD.replace('<process id="P"', '<process id="Q"').replace('bpmnElement="P"', 'bpmnElement="Q"')
    assert told(OLD, renamed) == [("changed", "Q", "流程编号：P → Q")]


def test_a_step_moved_into_a_sub_process_is_told() -> None:
    inner = '<userTask id="n" name="复审" ls:kind="check" ls:department="hurd"/>'
    flat = OLD.replace('<endEvent id="e"', f'<subProcess id="sub" name="联审"/>{inner}<endEvent id="e"')
    nested = OLD.replace('<endEvent id="e"', f'<subProcess id="sub" name="联审">{inner}</subProcess><endEvent id="e"')
    assert told(flat, nested) == [("moved", "n", "复审：移到了“联审”里")]


# ---------------------------------------------------------------- drawn elsewhere
def shape(key: str, x: float, y: float, width: float = 100, height: float = 80, inside: str = "") -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<bpmndi:BPMNShape bpmnElement="{key}">{bounds}{inside}</bpmndi:BPMNShape>'


def line(key: str, *points: tuple[float, float], inside: str = "") -> str:
    drawn = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<bpmndi:BPMNEdge bpmnElement="{key}">{drawn}{inside}</bpmndi:BPMNEdge>'


def laid_out(*drawn: str) -> str:
    head, rest = OLD.split('<bpmndi:BPMNPlane bpmnElement="P">')
    return f'{head}<bpmndi:BPMNPlane bpmnElement="P">{"".join(drawn)}</bpmndi:BPMNPlane>{rest.partition("</bpmndi:BPMNPlane>")[2]}'


FIRST, SECOND = line("f2", (0, 0), (9, 0)), line("f2", (0, 0), (0, 5), (9, 0))
LABEL = '<bpmndi:BPMNLabel><dc:Bounds x="{x}" y="0" width="30" height="14"/></bpmndi:BPMNLabel>'
ELSEWHERE = {
    "one": ([shape("a", 0, 0)], [shape("a", 20, -10)], [("a", "“审查”右移 20、上移 10，不影响办理")]),
    "together": (
        [shape("a", 0, 0), shape("x", 200, 0), shape("e", 400, 0)],
        [shape("a", 0, 0), shape("x", 200, 30), shape("e", 400, 30)],
        [("x", "“专家评审”“办结”下移 30，不影响办理")],
    ),
    "apart": (
        [shape("a", 0, 0), shape("x", 200, 0)],
        [shape("a", -5, 0), shape("x", 200, 0.5)],
        [("a", "“审查”左移 5，不影响办理"), ("x", "“专家评审”下移 0.5，不影响办理")],
    ),
    "everything": (
        [shape(key, n * 200, 0) for n, key in enumerate("sagxe")],
        [shape(key, n * 200 + 40, 0) for n, key in enumerate("sagxe")],
        [("s", "整张图右移 40，不影响办理")],
    ),
    "another size": ([shape("a", 0, 0)], [shape("a", 0, 0, 120)], [("a", "“审查”改了大小，不影响办理")]),
    "a line of its own": ([FIRST], [SECOND], [("f2", "连线“审查结果 → 等待（通过）”改了走线，不影响办理")]),
    "a line with its end": (
        [shape("w", 0, 0), FIRST],
        [shape("w", 0, 9), SECOND],
        [("w", "“等待”下移 9，不影响办理")],
    ),
    "only the words": (
        [line("f2", (0, 0), (9, 0), inside=LABEL.format(x=1))],
        [line("f2", (0, 0), (9, 0), inside=LABEL.format(x=3))],
        [("f2", "“审查结果 → 等待（通过）”的文字换了位置，不影响办理")],
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_is_only_drawn_elsewhere_is_named_and_changes_nothing_that_runs(
    old: list[str], new: list[str], said: list[tuple[str, str]]
) -> None:
    assert told(laid_out(*old), laid_out(*new)) == [("moved", element, sentence) for element, sentence in said]


def test_all_that_went_the_same_way_is_marked_together() -> None:
    old, new = ([shape(key, n * 200 + right, 0) for n, key in enumerate("sagxe")] for right in (0, 40))
    (change,) = compare(drawing(laid_out(*old)), drawing(laid_out(*new)))
    assert sorted(change.elements) == sorted("sagxe")


def test_a_lane_is_told_where_the_step_was_taken_to() -> None:
    lane = '<lane id="l{0}" name="{0}"><flowNodeRef>{{}}</flowNodeRef></lane>'
    lanes = f'<laneSet id="ls">{lane.format("窗口")}{lane.format("科室")}</laneSet>'
    old, new = (
        OLD.replace('<startEvent id="s"', lanes.format(*steps) + '<startEvent id="s"') for steps in ("ax", "xa")
    )
    assert told(old, new) == [("moved", "a", "审查：泳道 窗口 → 科室"), ("moved", "x", "专家评审：泳道 科室 → 窗口")]


# ---------------------------------------------------------------- another id
def numbered(text: str, **ids: str) -> str:
    """The same drawing with other ids, everywhere that they stand."""
    for old, new in ids.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    return text


def test_a_step_that_only_has_another_id_is_the_same() -> None:
    assert told(OLD, numbered(OLD, a="Activity_7")) == [
        ("renamed", "Activity_7", "步骤“审查”：编号 a → Activity_7"),
    ]
    changed = numbered(OLD, a="Activity_7").replace('ls:limit="3wd"', 'ls:limit="2wd"')
    assert ("changed", "Activity_7", "审查：环节时限 3 → 2 个工作日") in told(OLD, changed)


def test_a_file_that_another_tool_has_numbered_anew_differs_in_nothing_but_numbers() -> None:
    """Unnamed ones are known by what they stand between."""
    old = OLD.replace(' name="收件"', "").replace(' name="等补正"', "")
    ids = {key: f"new_{key}" for key in ("s", "a", "g", "w", "x", "m", "e", *(f"f{n}" for n in range(7)))}
    said = told(old, numbered(old, **ids))
    assert {kind for kind, _, _ in said} == {"renamed"}
    assert len(said) == 8  # the seven nodes one by one, the lines together
    assert said[-1][2] == "7 条连线换了编号，不影响办理"
    assert told(old, numbered(old, f0="first")) == [("renamed", "first", "1 条连线换了编号，不影响办理")]


def test_what_has_no_names_is_known_by_its_neighbours_or_as_the_only_one_of_its_kind() -> None:
    plain = re.sub(r' name="(?!corrected|paid)[^"]*"', "", OLD)
    ids = {key: f"new_{key}" for key in ("s", "a", "g", "w", "x", "m", "e", *(f"f{n}" for n in range(7)))}
    assert {kind for kind, _, _ in told(plain, numbered(plain, **ids))} == {"renamed"}
    assert told(plain, numbered(plain, w="new_w", f2="new_f2", f4="new_f4")) == [
        ("renamed", "new_w", "等待事件“new_w”：编号 w → new_w"),
        ("renamed", "new_f2", "2 条连线换了编号，不影响办理"),
    ]


def test_what_is_in_doubt_is_not_the_same() -> None:
    """Two of one name on either side, or the same name elsewhere with other settings."""
    old = OLD.replace('<endEvent id="e"', f'{NEW_STEP}{numbered(NEW_STEP, n="k")}<endEvent id="e"')
    new = OLD.replace('<endEvent id="e"', f'{numbered(NEW_STEP, n="i")}{numbered(NEW_STEP, n="j")}<endEvent id="e"')
    assert sorted(kind for kind, _, _ in told(old, new)) == ["added", "added", "removed", "removed"]
    other = NEW_STEP.replace("hurd", "nr")
    old = OLD.replace('<endEvent id="e"', f'{NEW_STEP}<endEvent id="e"')
    new = OLD.replace('<endEvent id="e"', f'{numbered(other, n="k")}<endEvent id="e"')
    assert [kind for kind, _, _ in told(old, new)] == ["added", "removed"]


def test_inside_a_sub_process_of_another_id_everything_stays_where_it_is() -> None:
    inner = '<subProcess id="sub" name="联审"><userTask id="n" name="复审" ls:kind="check" ls:department="hurd"/></subProcess>'
    old = OLD.replace('<endEvent id="e"', f'{inner}<endEvent id="e"')
    assert told(old, numbered(old, sub="Sub_2")) == [("renamed", "Sub_2", "子流程“联审”：编号 sub → Sub_2")]


def test_a_condition_is_changed_on_a_line_that_has_another_id() -> None:
    new = numbered(OLD, f2="Flow_9").replace("'pass'}", "'return'}")
    assert told(OLD, new) == [
        ("renamed", "Flow_9", "1 条连线换了编号，不影响办理"),
        ("changed", "Flow_9", "连线 审查结果 → 等待（通过）：条件 结果为“通过” → 结果为“退回”"),
    ]


# ---------------------------------------------------------------- what is set of a step
COUNTERSIGN = (
    '<userTask id="n" name="会签" ls:kind="countersign" ls:department="nr" ls:signers="nr:1 hurd:2" ls:rule="vote"'
    ' ls:threshold="2"/>'
)
TIMER = "<timerEventDefinition><timeDuration>P2D</timeDuration></timerEventDefinition>"
BORDER = f'<boundaryEvent id="n" name="超时" attachedToRef="a">{TIMER}</boundaryEvent>'
MANY = (
    '<userTask id="n" name="意见" ls:kind="opinion" ls:department="nr">'
    "<multiInstanceLoopCharacteristics{}>{}</multiInstanceLoopCharacteristics></userTask>"
)
SET = {
    "rule of signing": (COUNTERSIGN, '"vote"', '"in_turn"', ["会签：会签规则 加权表决 → 依次会签"]),
    "a signer less": (COUNTERSIGN.replace("nr:1", "nr:1 met:1"), " hurd:2", "", ["会签：会签部门去掉“住房和城乡建设局”"]),
    "weight": (COUNTERSIGN, "hurd:2", "hurd:3", ["会签：会签部门“住房和城乡建设局”的票数 2 → 3"]),
    "threshold": (COUNTERSIGN, 'threshold="2"', 'threshold="3"', ["会签：表决通过的票数 2 → 3"]),
    "order of signers": (COUNTERSIGN, "nr:1 hurd:2", "hurd:2 nr:1", ["会签：会签部门的顺序有改动"]),
    "host": (BORDER, 'attachedToRef="a"', 'attachedToRef="x"', ["超时：所在的步骤 审查 → 专家评审"]),
    "interrupting": (BORDER, ' attachedToRef', ' cancelActivity="false" attachedToRef', ["超时：改为不中断所在的步骤"]),
    "cardinality": (
        *(MANY.format("", "<loopCardinality>3</loopCardinality>"), ">3<", ">4<"),
        ["意见：重复的份数 3 → 4"],
    ),
    "sequential": (
        *(MANY.format(' isSequential="true"', "<loopCardinality>3</loopCardinality>"), "true", "false"),
        ["意见：重复 几份依次办 → 几份同时办"],
    ),
    "when enough": (
        MANY.format("", "<loopCardinality>3</loopCardinality><completionCondition>${a &gt; 1}</completionCondition>"),
        *("a &gt; 1", "a &gt; 2", ["意见：重复的完成条件 ${a > 1} → ${a > 2}"]),
    ),
    "script": (
        '<scriptTask id="n" name="算" scriptFormat="groovy"><script>a = 1</script></scriptTask>',
        *("a = 1", "a = 2", ["算：脚本有改动"]),
    ),
    "optional": (
        '<callActivity id="n" name="环评" calledElement="HP01"/>',
        *('calledElement', 'ls:optional="true" calledElement', ["环评：改为可选，阶段不再等它"]),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("drawn", "old", "new", "said"), SET.values(), ids=SET.keys())
def test_what_is_set_of_a_step_is_told_by_its_own_words(drawn: str, old: str, new: str, said: list[str]) -> None:
    assert drawn.count(old) == 1
    before, after = (
        OLD.replace('<endEvent id="e"', f'{one}<endEvent id="e"') for one in (drawn, drawn.replace(old, new))
    )
    assert told(before, after) == [("changed", "n", sentence) for sentence in said]


def test_messages_may_be_written_otherwise() -> None:
    declared = '<message id="corrected" name="corrected"/>'
    payload = (
        '<message id="corrected" name="corrected"><extensionElements>'
        "<messagePayload>{'a': 1}</messagePayload></extensionElements></message>"
    )
    assert told(OLD, OLD.replace(declared, payload)) == [("changed", "P", "消息“corrected”：内容的写法有改动")]


def test_equal_drawings_differ_in_nothing_and_files_are_named() -> None:
    assert told(OLD, OLD) == []
    (change,) = compare(drawing(OLD), drawing(OLD.replace("3wd", "1wd")))
    assert change == Change(ChangeKind.CHANGED, "matter.bpmn", "a", "审查：环节时限 3 → 1 个工作日")


def test_every_shipped_drawing_equals_itself_and_nothing_else(matter: bytes) -> None:
    seeds = Path(__file__).parents[2] / "bpmn"
    drawn = {
        path.parent.name: read({"matter.bpmn": path.read_bytes()}).usable() for path in seeds.glob("*/matter.bpmn")
    }
    assert len(drawn) >= 3
    for code, one in drawn.items():
        assert compare(one, one) == ()
        for other in drawn.keys() - {code}:
            assert compare(one, drawn[other]), (code, other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${outcome == 'accept'}", "结果为“受理”"),
        ("${outcome == 'accept' || outcome == 'accept_tolerant'}", "结果为“受理”或“容缺受理”"),
        ("outcome in ['pass', 'return']", "结果为“通过”或“退回”"),
        ("${outcome == 'pass' && area > 5}", "${outcome == 'pass' && area > 5}"),
        ("${outcome == 'pass' || area > 5}", "${outcome == 'pass' || area > 5}"),
        ("not a condition (", "not a condition ("),
        ("outcome in ['pass', area]", "outcome in ['pass', area]"),
        (None, "无"),
    ],
)
def test_a_condition_in_words(text: str | None, words: str) -> None:
    assert condition_words(text) == words
