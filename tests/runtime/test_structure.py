"""Loops, calls, sub-processes, ad-hoc sub-processes, and what must not be done twice."""

from __future__ import annotations

import pytest

from engine.diagrams import read
from engine.errors import LianshenError
from engine.runtime import DiagramCrowded, DiagramSpins, NestedTooDeep, Process, StepNotOpen, compile
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON, Twins, play

RETURN = """
xor g
s > apply > chk > g > apply [back]
g > e *
"""
ROWS = [
    (
        "returned twice",
        RETURN,
        {},
        ": apply\n apply : chk\n chk back=true : apply\n apply : chk\n chk back=false : end",
    ),
    (
        "returned from behind a join to before the split, the branches in any order",
        """
        and p j
        xor g
        s > apply > p > a > j > chk > g > apply [back]
        p > b > j
        g > e *
        """,
        {},
        """
        : apply
        apply : a b
        a : b
        b : chk
        chk back=true : apply
        apply : a b
        b : a
        a : chk
        chk back=false : end
        """,
    ),
    (
        "returned inside one parallel branch",
        "and p j\nxor g\ns > p > a > chk > g > a [back]\ng > j *\np > b > j\nj > n > e",
        {},
        ": a b\n a : b chk\n chk back=true : a b\n b : a\n a : chk\n chk back=false : n",
    ),
    ("one branch of a split leads back", "and p\ns > a > p > a\np > e", {}, ": a\n a : a\n a : a"),
    (
        "a call three levels deep",
        "process Q\n  call c called=R\n  s > c > e\nprocess R\n  s > deep > e\ncall c called=Q\ns > c > n > e",
        {"k": 1},
        ": deep\n deep got=2 : n",
    ),
    (
        "a process that calls itself",
        "script dec: n = n - 1\nxor g\ncall c called=P\ns > dec > g > c [n > 0] > e\ng > e *",
        {"n": 3},
        ": end",
    ),
    (
        "sub-processes of the same name in two processes",
        "process Q\n  sub sub\n    s > xQ > e\n  s > sub > e\nsub sub\n  s > xP > e\ncall c called=Q\ns > sub > c > e",
        {},
        ": xP\n xP : xQ\n xQ : end",
    ),
    ("a sub-process without a start", "sub q\n  x > e\ns > q > n > e", {}, ": x\n x : n"),
    ("a sub-process without an end", "sub q\n  s > x\ns > q > n > e", {}, ": x\n x : n"),
    ("a process without a start", "a > e\nb > e1", {}, ": a b\n a : b\n b : end"),
    ("ad-hoc: all at will", "adhoc q\n  user x y\ns > q > e", {}, ": x y\n y : x\n x : end"),
    (
        "ad-hoc: one after another",
        "adhoc q sequential enough=False\n  user x y\ns > q > e",
        {},
        ": x\n x : y\n y : end",
    ),
    (
        "ad-hoc: one after another, each with what follows it",
        "adhoc q sequential\n  user x\n  x > x2\n  user y\ns > q > e",
        {},
        ": x\n x : x2\n x2 : y\n y : end",
    ),
    ("ad-hoc: enough is done", "adhoc q enough=done\n  user x y\ns > q > n > e", {}, ": x y\n x done=true : n"),
    (
        "ad-hoc: enough is done, the rest may finish",
        "adhoc q enough=done cancels=false\n  user x y\ns > q > n > e",
        {},
        ": x y\n x done=true : y\n y : n",
    ),
    (
        "ad-hoc: one after another until enough",
        "adhoc q sequential enough=done\n  user x y z\ns > q > n > e",
        {},
        ": x\n x : y\n y done=true : n",
    ),
]


@pytest.mark.parametrize(("drawing", "facts", "trace"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_structure(drawing: str, facts: dict[str, object], trace: str) -> None:
    play(drawing, trace, facts)


def test_what_an_ad_hoc_activity_wrote_is_kept() -> None:
    twins = Twins("adhoc q enough=done\n  x > x2\n  user y\ns > q > n > e")
    twins.do("x", k=1)
    twins.do("y", done=True)
    assert twins.data("n") == {"k": 1, "done": True}


def test_facts_go_through_a_call_and_come_back() -> None:
    twins = Twins("process Q\n  s > deep > e\ncall c called=Q\ns > c > n > e", {"k": 1})
    twins.do("deep", got=2, outcome="pass")
    assert twins.data("n") == {"k": 1, "got": 2, "deep": "pass", "outcome": "pass"}
    assert twins.facts == {"k": 1, "got": 2, "deep": "pass"}


def test_the_second_of_two_clicks_finds_the_step_gone() -> None:
    plan = compile(draw("s > a > b > e"))
    process = Process.start(plan, {}, now=NOON)
    token = process.open_steps[0].token
    process.complete(token)
    state = process.dump()
    with pytest.raises(StepNotOpen) as stopped:
        process.complete(token, {"x": 1})
    assert stopped.value.code == "step-not-open"
    assert process.dump() == state
    assert [step.node for step in process.open_steps] == ["b"]


@pytest.mark.parametrize("token", ["(root)", "0", "999", "x"])
def test_what_is_no_open_step(token: str) -> None:
    process = Process.start(compile(draw("s > a > e")), {}, now=NOON)
    with pytest.raises(StepNotOpen):
        process.complete(token)


def test_a_waiting_event_is_no_open_step() -> None:
    process = Process.start(compile(draw("catch c message M\ns > c > a > e")), {}, now=NOON)
    with pytest.raises(StepNotOpen):
        process.complete(process.waiting[0].token)


def test_tokens_are_never_used_again() -> None:
    twins = Twins(RETURN)
    seen = set[str]()
    for _ in range(20):
        for name in ("apply", "chk"):
            token = twins.step(name).token
            assert token not in seen
            seen.add(token)
            twins.do(name, back=True)


def test_visits_are_counted() -> None:
    twins = play(RETURN, ": apply\n apply : chk\n chk back=true : apply\n apply : chk")
    assert twins.step("chk").visit == 2


def test_a_process_that_failed_half_way_is_of_no_more_use() -> None:
    process = Process.start(compile(draw("xor g\ns > a > g > b [x] > e\ng > c [x == 1] > e1")), {}, now=NOON)
    token = process.open_steps[0].token
    with pytest.raises(LianshenError) as stopped:
        process.complete(token)
    assert stopped.value.facts["node"] == "g"
    assert "g" in str(stopped.value)
    for act in (process.dump, lambda: process.complete(token), process.run_timers):
        with pytest.raises(RuntimeError, match="half-way"):
            act()


def test_scripts_may_loop() -> None:
    drawing = "script inc: n = n + 1\nxor g\ns > inc > g > inc [n != 2000]\ng > e *"
    process = Process.start(compile(draw(drawing)), {"n": 0}, now=NOON)
    assert process.ended
    assert process.facts == {"n": 2000}


def test_a_diagram_that_spins_is_stopped() -> None:
    with pytest.raises(DiagramSpins) as stopped:
        Process.start(compile(draw("xor m\ntask t\ns > m > t > m")), {}, now=NOON)
    assert stopped.value.facts["steps"] == 100_000


@pytest.mark.parametrize(
    "drawing",
    [
        "and g\nxor m\ntask t u\ns > m > g > t > m\ng > u > m",
        "and g\nxor m\ntask t\ns > m > g > t > m\ng > a > e",
        "call c1 c2 called=P\nand g\ns > g > c1 > e\ng > c2 > e",
        "sub q loop=parallel count=1000\n    start qs\n    user a loop=parallel count=1000\n    qs > a\ns > q > e",
    ],
    ids=["all branches", "a person on every branch", "calls", "repeated steps in repeated steps"],
)
def test_branches_that_multiply_are_stopped_long_before_their_steps_are_many(drawing: str) -> None:
    with pytest.raises(DiagramSpins) as stopped:
        Process.start(compile(draw(drawing)), {}, now=NOON, most_steps=5_000)
    assert stopped.value.facts["steps"] < 5_000


def test_too_many_branches_are_no_circle() -> None:
    with pytest.raises(DiagramCrowded) as stopped:
        Process.start(compile(draw("task t gives=2000\ns > t > b > e")), {}, now=NOON, most_steps=5_000)
    assert stopped.value.facts["count"] > 500
    assert "太多路同时走" in str(stopped.value)
    assert "绕圈" not in str(stopped.value)


def test_a_thousand_branches_are_not_too_many() -> None:
    drawing = "sub q loop=parallel count=1000\n    start qs\n    task t u\n    end qe\n    qs > t > u > qe\ns > q > e"
    assert Process.start(compile(draw(drawing)), {}, now=NOON).ended


def test_a_process_that_calls_itself_for_ever_is_stopped() -> None:
    with pytest.raises(NestedTooDeep) as stopped:
        Process.start(compile(draw("call c called=P\ns > c > e")), {}, now=NOON)
    assert stopped.value.facts["depth"] == 50


def test_moves_tell_what_the_last_act_did() -> None:
    twins = Twins("and g j\nborder t at a timer PT1H\ns > g > a > j > z > e\ng > b > j\nt > e1")
    a, b = twins.step("a").token, twins.step("b").token
    twins.do("a")
    assert [(m.what, m.token, m.node) for m in twins.one.moves][:1] == [("done", a, "a")]
    assert [(m.what, m.node) for m in twins.one.moves] == [("done", "a"), ("arrived", "j")]
    twins.do("b")
    moves = [(m.what, m.node) for m in twins.one.moves]
    assert moves == [("done", "b"), ("arrived", "j"), ("joined", "j"), ("done", "j"), ("arrived", "z")]
    assert {m.scope for m in twins.one.moves} == {"P"}
    assert b == twins.one.moves[0].token


# ---- the same through BPMN files
BPMN = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:flowable="http://flowable.org/bpmn" targetNamespace="t">{}</definitions>'
)
PROCESS = '<process id="P" isExecutable="true"><startEvent id="s"/>{}<endEvent id="e"/></process>'


def flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="f_{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def many(attributes: str) -> str:
    loop = f'<multiInstanceLoopCharacteristics isSequential="false" {attributes}/>'
    return f'<userTask id="a">{loop}</userTask>' + flow("s", "a") + flow("a", "e")


DATA = '<dataObject id="D"/><dataObjectReference id="DR" dataObjectRef="D"/>'
FILES = [
    (
        "flows without ids",
        PROCESS.format(
            '<userTask id="a"/><sequenceFlow sourceRef="s" targetRef="a"/><sequenceFlow sourceRef="a" targetRef="e"/>'
        ),
        ["a"],
    ),
    (
        "camunda collection",
        PROCESS.format(many('camunda:collection="people" camunda:elementVariable="person"')),
        ["a", "a"],
    ),
    (
        "camunda collection, JUEL",
        PROCESS.format(many('camunda:collection="${people}" camunda:elementVariable="person"')),
        ["a", "a"],
    ),
    (
        "flowable collection",
        PROCESS.format(many('flowable:collection="people" flowable:elementVariable="person"')),
        ["a", "a"],
    ),
    (
        "an error that nothing declares",
        PROCESS.format(
            '<subProcess id="q"><startEvent id="qs"/><endEvent id="qe"><errorEventDefinition errorRef="Biz"/></endEvent>'
            + flow("qs", "qe")
            + '</subProcess><boundaryEvent id="b" attachedToRef="q"><errorEventDefinition errorRef="Biz"/></boundaryEvent>'
            + '<userTask id="h"/>'
            + flow("s", "q")
            + flow("q", "e")
            + flow("b", "h")
            + flow("h", "e")
        ),
        ["h"],
    ),
    (
        "a process that is not executable is called",
        PROCESS.format('<callActivity id="c" calledElement="Q"/>' + flow("s", "c") + flow("c", "e"))
        + '<process id="Q" isExecutable="false"><startEvent id="qs"/><userTask id="a"/><endEvent id="qe"/>'
        + flow("qs", "a")
        + flow("a", "qe")
        + "</process>",
        ["a"],
    ),
    (
        "data objects and stores are documentation",
        PROCESS.format(
            DATA
            + '<dataStoreReference id="DS" dataStoreRef="X"/><userTask id="a"><dataInputAssociation id="i"><sourceRef>DR</sourceRef>'
            + '</dataInputAssociation><dataOutputAssociation id="o"><targetRef>DS</targetRef></dataOutputAssociation></userTask>'
            + flow("s", "a")
            + flow("a", "e")
        ),
        ["a"],
    ),
    (
        "data objects two sub-processes down",
        PROCESS.format(
            DATA
            + '<subProcess id="q"><startEvent id="qs"/><subProcess id="r"><startEvent id="rs"/><userTask id="a">'
            + '<dataInputAssociation id="i"><sourceRef>DR</sourceRef></dataInputAssociation></userTask><endEvent id="re"/>'
            + flow("rs", "a")
            + flow("a", "re")
            + '</subProcess><endEvent id="qe"/>'
            + flow("qs", "r")
            + flow("r", "qe")
            + "</subProcess>"
            + flow("s", "q")
            + flow("q", "e")
        ),
        ["a"],
    ),
    (
        "a black box beside the pool",
        '<collaboration id="C"><participant id="p1" processRef="P"/><participant id="p2" name="citizen"/></collaboration>'
        + PROCESS.format('<userTask id="a"/>' + flow("s", "a") + flow("a", "e")),
        ["a"],
    ),
]


@pytest.mark.parametrize(("xml", "names"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_files_of_other_tools(xml: str, names: list[str]) -> None:
    twins = Twins(read({"a.bpmn": BPMN.format(xml).encode()}, "P").diagram, {"people": ["x", "y"]})
    assert twins.names == names
    twins.finish()
    assert twins.ended


def test_nested_lanes_reach_the_open_step() -> None:
    lanes = (
        '<laneSet id="ls"><lane id="l1" name="Dept"><childLaneSet id="cl"><lane id="l2" name="Clerk"><flowNodeRef>a</flowNodeRef></lane>'
        '</childLaneSet></lane><lane id="l3" name="Boss"><flowNodeRef>b</flowNodeRef></lane></laneSet><userTask id="a"/><userTask id="b"/>'
    )
    xml = PROCESS.format(lanes + flow("s", "a") + flow("a", "b") + flow("b", "e"))
    twins = Twins(read({"a.bpmn": BPMN.format(xml).encode()}, "P").diagram)
    assert twins.step("a").lane == "Clerk"
    twins.do("a")
    assert twins.step("b").lane == "Boss"
