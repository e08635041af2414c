"""The rules about how a case stands when it comes to a step, about who can do it, and about what is written on the drawing."""

from collections.abc import Callable

import pytest

from engine.diagrams import Finding, MatterFacts, Severity, lint_files

Bpmn = Callable[..., bytes]
NONE = frozenset[str]()
OURS = ("work-before-acceptance", "work-after-decision", "served-before-decision", "correction-not-awaited")


def step(key: str, kind: str, *outcomes: str, more: str = "") -> str:
    told = "".join(f'<ls:outcome code="{code}"/>' for code in outcomes)
    inside = f"<extensionElements>{told}</extensionElements>" if told else ""
    return f'<userTask id="{key}" name="{key}" ls:kind="{kind}" ls:department="nr" {more}>{inside}</userTask>'


def flows(text: str) -> str:
    """`a>b` or `a>b?outcome`, separated by blanks."""
    drawn = []
    for n, one in enumerate(text.split()):
        ends, _, outcome = one.partition("?")
        source, target = ends.split(">")
        asked = f"<conditionExpression>${{outcome == '{outcome}'}}</conditionExpression>" if outcome else ""
        drawn.append(f'<sequenceFlow id="f{n}" sourceRef="{source}" targetRef="{target}">{asked}</sequenceFlow>')
    return "".join(drawn)


def found(file: bytes, *rules: str, facts: MatterFacts | None = None) -> list[Finding]:
    return [f for f in lint_files({"a.bpmn": file}, facts=facts).findings if f.rule in rules]


EDGES = '<startEvent id="s"/><endEvent id="e"/>'
INTAKE, REVIEW, DECIDE = step("intake", "intake", "accept"), step("review", "review"), step("decide", "decide", "grant")

TIMER = (
    '<intermediateCatchEvent id="{}"><timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition>'
    "</intermediateCatchEvent>"
)


def test_what_branches_have_done_is_known_where_they_meet(bpmn: Bpmn) -> None:
    """One branch decides, the other writes something: behind the join it is decided, and the certificate is in order."""
    drawn = (
        EDGES
        + INTAKE
        + DECIDE
        + step("note", "manual")
        + step("certificate", "certificate")
        + step("late", "review", "pass")
        + '<parallelGateway id="split"/><parallelGateway id="join"/>'
    )
    way = "s>intake intake>split split>decide split>note decide>join note>join join>certificate certificate>{}"
    assert found(bpmn(drawn + flows(way.format("e") + " late>e")), *OURS) == []
    (late,) = found(bpmn(drawn + flows(way.format("late") + " late>e")), *OURS)
    assert (late.rule, late.element) == ("work-after-decision", "late")


def test_the_way_to_a_finding_is_told_and_can_be_played(bpmn: Bpmn) -> None:
    drawn = EDGES + INTAKE + step("sign", "decide", "grant", "refuse") + step("certificate", "certificate")
    (finding,) = found(bpmn(drawn + flows("s>intake intake>sign sign>certificate certificate>e")), *OURS)
    assert (finding.rule, finding.element) == ("served-before-decision", "certificate")
    assert finding.way is not None
    stations = [(passed.scope, passed.element, passed.told) for passed in finding.way.passed]
    assert [element for _, element, _ in stations] == ["s", "f0", "intake", "f1", "sign", "f2", "certificate"]
    assert {scope for scope, _, _ in stations} == {"P"}
    assert str(finding.way) == "intake（受理） → sign（不予许可）"
    assert finding.way.standing == ("certificate",)


def test_a_condition_that_remembers_the_decision_keeps_the_refusal_from_the_certificate(bpmn: Bpmn) -> None:
    """Behind a step that everybody does, `decide == 'grant'` still tells one from the other."""
    drawn = (
        EDGES
        + INTAKE
        + step("decide", "decide", "grant", "refuse")
        + step("note", "manual")
        + step("certificate", "certificate")
        + '<exclusiveGateway id="x" default="out"/>'
        + flows("s>intake intake>decide decide>note note>x certificate>e")
        + '<sequenceFlow id="out" sourceRef="x" targetRef="e"/>'
        + '<sequenceFlow id="on" sourceRef="x" targetRef="certificate"><conditionExpression>{}</conditionExpression></sequenceFlow>'
    )
    assert found(bpmn(drawn.format("${decide == 'grant'}")), *OURS) == []
    assert [f.element for f in found(bpmn(drawn.format("${decide == 'refuse'}")), *OURS)] == ["certificate"]


def test_what_a_sub_process_has_done_is_known_behind_it(bpmn: Bpmn) -> None:
    inner = (
        '<subProcess id="sub">'
        + '<startEvent id="is"/><endEvent id="ie"/>'
        + DECIDE
        + flows("is>decide decide>ie")
        + "</subProcess>"
    )
    inner = inner.replace('id="f', 'id="i')
    drawn = EDGES + INTAKE + inner + step("deliver", "deliver") + flows("s>intake intake>sub sub>deliver deliver>e")
    assert found(bpmn(drawn), *OURS) == []
    early = drawn.replace('ls:kind="decide"', 'ls:kind="manual"').replace('<ls:outcome code="grant"/>', "")
    assert [(f.rule, f.element) for f in found(bpmn(early), *OURS)] == [("served-before-decision", "deliver")]


def test_an_inclusive_join_goes_on_with_what_comes(bpmn: Bpmn) -> None:
    drawn = (
        EDGES
        + INTAKE
        + REVIEW
        + DECIDE
        + step("deliver", "deliver")
        + '<inclusiveGateway id="join"/>'
        + flows("s>intake intake>review review>join?pass join>decide decide>deliver deliver>e")
        + flows("decide>join?return").replace("f0", "back")
    )
    assert found(bpmn(drawn), *OURS) == []


def test_a_wait_inside_a_special_procedure_costs_nothing(bpmn: Bpmn) -> None:
    timer = TIMER.format("wait")
    specials = step("on", "special", "start", more='ls:ground="hearing"') + step(
        "off", "special", "end", more='ls:ground="hearing"'
    )
    drawn = EDGES + INTAKE + DECIDE + timer + specials
    facts = MatterFacts(limits=frozenset({"20wd"}), grounds=frozenset({"hearing"}))
    inside = bpmn(drawn + flows("s>intake intake>on on>wait wait>off off>decide decide>e"))
    behind = bpmn(drawn + flows("s>intake intake>on on>off off>wait wait>decide decide>e"))
    before = bpmn(drawn + flows("s>wait wait>intake intake>on on>off off>decide decide>e"))
    assert [found(one, "wait-without-ground", facts=facts) for one in (inside, before)] == [[], []]
    (finding,) = found(behind, "wait-without-ground", facts=facts)
    assert (finding.element, finding.severity) == ("wait", Severity.WARNING)
    assert found(behind, "wait-without-ground") == [], "without the matter nobody knows what runs"


@pytest.mark.parametrize(
    ("named", "doers", "severity"),
    [
        (("qian", "qian"), {}, Severity.ERROR),
        (("qian", "sun"), {"review": {"qian"}, "decide": {"qian"}}, None),
        (("", ""), {"review": {"qian"}, "decide": {"qian"}}, Severity.WARNING),
        (("", ""), {"review": {"qian", "sun"}, "decide": {"qian"}}, None),
        (("", "qian"), {"review": {"qian"}, "decide": {"sun"}}, Severity.WARNING),
    ],
)
def test_one_person_who_alone_could_do_both(
    bpmn: Bpmn, named: tuple[str, str], doers: dict[str, set[str]], severity: Severity | None
) -> None:
    officers = [f'ls:officer="{login}"' if login else "" for login in named]
    steps = step("review", "review", "pass", more=officers[0]) + step("decide", "decide", "grant", more=officers[1])
    drawn = bpmn(EDGES + INTAKE + steps + flows("s>intake intake>review review>decide decide>e"))
    facts = MatterFacts(two_person=True, doers={key: frozenset(some) for key, some in doers.items()})
    told = [(f.element, f.severity) for f in found(drawn, "same-person", facts=facts)]
    assert told == ([("decide", severity)] if severity else [])
    assert found(drawn, "same-person", facts=MatterFacts(doers=facts.doers)) == []


def test_a_label_is_offered_where_one_outcome_leads_that_way(bpmn: Bpmn) -> None:
    drawn = (
        EDGES
        + INTAKE
        + step("review", "review", "pass", "return")
        + DECIDE
        + '<exclusiveGateway id="x"/>'
        + flows("s>intake intake>review review>x x>decide?pass x>review?return decide>e")
    )
    told = {f.element: (f.fix, f.remedy) for f in found(bpmn(drawn), "choice-unlabelled")}
    assert told == {
        "f3": ("label-from-outcome", "请在连线上写：通过。"),
        "f4": ("label-from-outcome", "请在连线上写：退回。"),
    }
    either = drawn.replace("${outcome == 'pass'}", "${outcome == 'pass' or outcome == 'return'}")
    assert {f.element: f.fix for f in found(bpmn(either), "choice-unlabelled")}["f3"] == ""


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        *((name, True) for name in ("Task 1", "Activity_0x1f3a", "User Task", "用户任务2", "新步骤", "New task", "")),
        *((name, False) for name in ("审查", "Task force review", "任务核对", "活动场所核查", "New York")),
    ],
)
def test_names_that_say_nothing(bpmn: Bpmn, name: str, tool: bool) -> None:
    drawn = bpmn(
        EDGES + INTAKE + REVIEW.replace('name="review"', f'name="{name}"') + flows("s>intake intake>review review>e")
    )
    assert [f.element for f in found(drawn, "step-unnamed")] == (["review"] if tool else [])


@pytest.mark.parametrize(
    ("code", "label", "severity"),
    [
        ("pass", "不通过", Severity.ERROR),
        ("pass", "通过，报核准", None),
        ("pass", "不需要修改，通过", None),
        ("return", "批准", Severity.ERROR),
        ("return", "不同意，退回", None),
        ("return", "退回补充", None),
    ],
)
def test_what_a_button_says(bpmn: Bpmn, code: str, label: str, severity: Severity | None) -> None:
    review = step("review", "review", "pass", "return").replace(f'code="{code}"', f'code="{code}" label="{label}"')
    told = found(bpmn(EDGES + INTAKE + review + flows("s>intake intake>review review>e")), "label-misleads")
    assert [f.severity for f in told] == ([severity] if severity else [])


def test_a_flow_runs_through_a_node_or_round_it(bpmn: Bpmn) -> None:
    shape = '<bpmndi:BPMNShape bpmnElement="{}"><dc:Bounds x="{}" y="0" width="40" height="40"/></bpmndi:BPMNShape>'
    shapes = "".join(shape.format(key, x) for key, x in (("s", 0), ("review", 100), ("e", 200)))

    def drawn(*points: tuple[int, int]) -> bytes:
        line = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
        plane = f'{shapes}<bpmndi:BPMNEdge bpmnElement="f0">{line}</bpmndi:BPMNEdge>'
        beside = (
            f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="P">{plane}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
        )
        return bpmn(EDGES + REVIEW + flows("s>e"), beside)

    def crossed(*points: tuple[int, int]) -> list[str]:
        return [f.element for f in found(drawn(*points), "shapes-overlap")]

    assert crossed((40, 20), (200, 20)) == ["f0"]
    assert crossed((40, 0), (200, 40)) == ["f0"]
    assert crossed((20, 40), (20, 60), (220, 60), (220, 40)) == []
    assert crossed((40, 40), (200, 40)) == [], "along its edge is beside it"
    assert crossed((40, 0), (90, 80)) == []


def test_who_waits_with_another_way_out_does_not_stand_still_for_ever(bpmn: Bpmn) -> None:
    message = '<message id="m" name="bank"/>'
    wait = '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
    timer = TIMER.format("late")
    facts = MatterFacts(messages=frozenset({"correction_received"}))
    alone = bpmn(EDGES + wait + flows("s>wait wait>e"), message)
    raced = bpmn(
        EDGES + wait + timer + '<eventBasedGateway id="x"/>' + flows("s>x x>wait x>late wait>e late>e"), message
    )
    thrown = bpmn(
        EDGES
        + wait
        + '<intermediateThrowEvent id="t"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>'
        + flows("s>t t>wait wait>e"),
        message,
    )
    told = [[f.severity for f in found(one, "event-never-thrown", facts=facts)] for one in (alone, raced, thrown)]
    assert told == [[Severity.ERROR], [Severity.WARNING], []]


@pytest.mark.parametrize(
    ("between", "told"),
    [
        (step("x", "manual"), []),
        (step("x", "manual", more='ls:limit="1wd"'), []),
        (step("x", "manual", more='ls:limit="3wd"'), ["instant-not-at-once"]),
        (step("x", "opinion"), ["instant-not-at-once"]),
        (step("x", "special", "skip", more='ls:ground="hearing"'), ["instant-not-at-once"]),
        (TIMER.format("x"), ["instant-not-at-once"]),
        ('<callActivity id="x" name="别的事项" calledElement="GH02"/>', ["instant-not-at-once"]),
        (step("x", "manual", more='ls:place="hq"'), ["outside-the-hall"]),
    ],
)
def test_what_an_instant_matter_has_no_time_for(bpmn: Bpmn, between: str, told: list[str]) -> None:
    drawn = bpmn(EDGES + INTAKE + between + DECIDE + flows("s>intake intake>x x>decide decide>e"))
    rules = ("instant-not-at-once", "outside-the-hall")
    assert [f.rule for f in found(drawn, *rules, facts=MatterFacts(instant=True))] == told
    assert found(drawn, *rules, facts=MatterFacts()) == []


def test_an_instant_matter_may_wait_for_the_applicant_before_it_is_accepted(bpmn: Bpmn) -> None:
    drawn = bpmn(EDGES + INTAKE + TIMER.format("x") + DECIDE + flows("s>x x>intake intake>decide decide>e"))
    assert found(drawn, "instant-not-at-once", facts=MatterFacts(instant=True)) == []


@pytest.mark.parametrize(
    ("behind", "led"),
    [
        ("join>decide", True),
        ("join>sum sum>decide", True),
        ("join>tell tell>decide", False),
        ("join>two two>sum two>other sum>last other>last last>decide", False),
    ],
)
def test_who_gathers_what_several_departments_say(bpmn: Bpmn, behind: str, led: bool) -> None:
    two = step("a", "opinion").replace("nr", "cad") + step("b", "opinion").replace("nr", "met")
    more = step("sum", "review", "pass") + step("other", "review", "pass").replace("nr", "ee") + step("tell", "notify")
    gates = "".join(f'<parallelGateway id="{key}"/>' for key in ("split", "join", "two", "last"))
    way = f"s>intake intake>split split>a split>b a>join b>join {behind} decide>e"
    drawn = bpmn(EDGES + INTAKE + two + more + gates + DECIDE + flows(way))
    assert [f.element for f in found(drawn, "joint-without-lead") if f.element == "split"] == ([] if led else ["split"])


def test_one_department_that_does_two_things_at_once_needs_nobody_to_gather(bpmn: Bpmn) -> None:
    gates = '<parallelGateway id="split"/><parallelGateway id="join"/>'
    way = "s>intake intake>split split>a split>b a>join b>join join>tell tell>decide decide>e"
    drawn = (
        EDGES + INTAKE + step("a", "opinion") + step("b", "review", "pass") + step("tell", "notify") + gates + DECIDE
    )
    assert found(bpmn(drawn + flows(way)), "joint-without-lead") == []
