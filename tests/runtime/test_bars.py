"""What must hold however long a case goes on: its size, its answers, its results. Sizes and tokens are asserted, never time."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from engine.diagrams import read
from engine.runtime import Process, compile
from engine.runtime.data import CONFLICTS
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON, Twins, board

RETURN = "xor g\ns > apply > chk > g > apply [back]\ng > e *"
BLOCK = """
xor m k
and g j
s > m > g > a > j > chk > k > m [again]
g > b > j
g > c > j
k > e *
"""


def process(drawing: str, facts: dict[str, Any] | None = None) -> Process:
    return Process.start(compile(draw(drawing)), facts or {}, now=NOON)


def tell(running: Process, name: str, **facts: Any) -> None:
    running.complete(next(step.token for step in running.open_steps if step.node == name), facts)


def measure(running: Process) -> tuple[int, int]:
    """Tokens, and bytes of the state without the digits of its counters, which grow."""
    return len(board(running)), len(bytes(byte for byte in running.dump() if not 48 <= byte <= 57))


# ---- ten thousand returns
def test_a_case_returned_ten_thousand_times_is_as_small_as_once() -> None:
    running = process(RETURN)
    sizes = set()
    for number in range(10_000):
        tell(running, "apply")
        tell(running, "chk", back=True)
        if number % 999 == 1:
            sizes.add(measure(running))
            assert running.open_steps[0].visit == number + 2
    assert len(sizes) == 1
    assert sizes.pop()[0] == 1
    tell(running, "apply")
    tell(running, "chk", back=False)
    assert running.ended


def test_a_case_sent_back_ten_thousand_times_is_as_small_as_once() -> None:
    running = process(RETURN)
    sizes = set()
    for number in range(10_000):
        tell(running, "apply")
        running.send_back(running.open_steps[0].token, "apply")
        if number % 999 == 1:
            sizes.add(measure(running))
    assert len(sizes) == 1
    assert [step.node for step in running.open_steps] == ["apply"]


def test_a_parallel_block_runs_a_thousand_rounds_in_any_order() -> None:
    running, chance, sizes = process(BLOCK), random.Random(7), set()
    for number in range(1_000):
        for name in chance.sample("abc", 3):
            assert "chk" not in [step.node for step in running.open_steps]
            tell(running, name, **{name: number})
        assert running.facts == {**running.facts, "a": number, "b": number, "c": number}
        tell(running, "chk", again=True)
        if number % 99 == 1:
            sizes.add(measure(running))
    assert CONFLICTS not in running.facts
    assert len(sizes) == 1
    assert sizes.pop()[0] == 3


# ---- countersign, returned, signed again
FILE = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:flowable="http://flowable.org/bpmn" xmlns:activiti="http://activiti.org/bpmn" targetNamespace="t">'
    '<process id="P"><startEvent id="s"/><userTask id="apply"/>{}<userTask id="chk"/><exclusiveGateway id="g" default="out"/>'
    '<endEvent id="e"/><sequenceFlow id="f1" sourceRef="s" targetRef="apply"/><sequenceFlow id="f2" sourceRef="apply" targetRef="a"/>'
    '<sequenceFlow id="f3" sourceRef="a" targetRef="chk"/><sequenceFlow id="f4" sourceRef="chk" targetRef="g"/>'
    '<sequenceFlow id="back" sourceRef="g" targetRef="apply"><conditionExpression>${{back}}</conditionExpression></sequenceFlow>'
    '<sequenceFlow id="out" sourceRef="g" targetRef="e"/></process></definitions>'
)
TASK = '<userTask id="a">{}</userTask>'
SUB = '<subProcess id="a">{}<startEvent id="as"/><userTask id="sign"/><sequenceFlow id="af" sourceRef="as" targetRef="sign"/></subProcess>'
MANY = '<multiInstanceLoopCharacteristics isSequential="{}" {}>{}</multiInstanceLoopCharacteristics>'
OUTPUT = '<loopDataOutputRef>votes</loopDataOutputRef>{}<outputDataItem id="vote"/>'
SPELLINGS = {
    "BPMN collection": ("", "<loopDataInputRef>people</loopDataInputRef>" + OUTPUT.format('<inputDataItem id="p"/>')),
    "BPMN collection without results": ("", '<loopDataInputRef>people</loopDataInputRef><inputDataItem id="p"/>'),
    "number": ("", OUTPUT.format("") + "<loopCardinality>3</loopCardinality>"),
    "number from the facts": ("", "<loopCardinality>${len(people)}</loopCardinality>"),
    "Camunda": ('camunda:collection="people" camunda:elementVariable="p"', ""),
    "Camunda, JUEL": ('camunda:collection="${people}" camunda:elementVariable="p"', ""),
    "Flowable": ('flowable:collection="people" flowable:elementVariable="p"', ""),
    "Activiti": (
        'activiti:collection="${people}" activiti:elementVariable="p"',
        "<completionCondition>${nrOfCompletedInstances == nrOfInstances}</completionCondition>",
    ),
}


@pytest.mark.parametrize("around", [TASK, SUB], ids=["task", "sub-process"])
@pytest.mark.parametrize("sequential", ["true", "false"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_countersign_returned_and_signed_again_a_hundred_times(spelling: str, sequential: str, around: str) -> None:
    attributes, inside = SPELLINGS[spelling]
    drawn = read({"a.bpmn": FILE.format(around.format(MANY.format(sequential, attributes, inside))).encode()}).usable()
    running = Process.start(compile(drawn), {"people": ["x", "y", "z"]}, now=NOON)
    sizes = set()
    for number in range(1, 101):
        tell(running, "apply")
        for nth in range(3):
            standing = running.open_steps
            assert len(standing) == (1 if sequential == "true" else 3 - nth)
            assert {step.node for step in standing} <= {"a", "sign"}
            running.complete(standing[-1].token, {"vote": f"r{number}"})
        assert [step.node for step in running.open_steps] == ["chk"]
        if "loopDataOutputRef" in inside:
            assert running.facts["votes"] == [f"r{number}"] * 3
        tell(running, "chk", back=number < 100)
        if number % 14 == 3:
            sizes.add(measure(running))
    assert running.ended
    assert CONFLICTS not in running.facts
    assert len(sizes) == 1


# ---- answers
@pytest.mark.parametrize("seed", range(20))
def test_no_branch_overwrites_what_another_answered(seed: int) -> None:
    """Each answer of each branch is found at the join: as the value, in the list or the mapping, or among the conflicts."""
    chance = random.Random(seed)
    twins = Twins("and g j\ns > g > a > j > z > e\ng > b > j\ng > c > j", {"opinions": ["start"], "by": {}})
    said = list[tuple[str, Any]]()
    for name in chance.sample("abc", 3):
        answer = {key: f"{name}-{key}" for key in chance.sample(["result", "note", name], 2)}
        twins.do(name, **answer, opinions=["start", name], by={name: 1})
        said += answer.items()
    data = twins.data("z")
    kept = {(name, value) for name, value in data.items() if isinstance(value, str)}
    kept |= {(clash["name"], value) for clash in data.get(CONFLICTS, []) for value in clash["values"]}
    assert set(said) <= kept
    assert sorted(data["opinions"]) == ["a", "b", "c", "start"]
    assert data["by"] == {"a": 1, "b": 1, "c": 1}


def test_the_facts_of_a_step_that_is_done_never_change() -> None:
    drawing = """
    sub q
        handler h
            start hs beside message M
            hs > w > he
            end he
        s > x > y > qe
        end qe
    border b beside a timer PT1H
    xor k
    and g j
    s > m > g > a > j > z > k > m [again]
    g > q > j
    b > r > e1
    k > e *
    script n: counted = len(seen)
    k > n [counted] > e2
    """
    twins, chance = Twins(drawing, {"seen": [], "deep": {"list": []}}), random.Random(3)
    kept = dict[str, tuple[Any, Any]]()
    for number in range(60):
        for token in board(twins.one):
            kept.setdefault(token.id, (token.data, copy.deepcopy(token.data)))
        if number % 7 == 3:
            twins.message("M", news=number)
        if number % 11 == 5:
            twins.after("PT1H")
        name = chance.choice(twins.names)
        told = twins.data(name)
        twins.do(
            name, again=True, seen=[*told["seen"], name], deep={"list": [*told["deep"]["list"], number]}, last=name
        )
    assert len(kept) > 60
    changed = [token for token, (data, then) in kept.items() if data != then]
    alive = {token.id for token in board(twins.one)}
    assert [token for token in changed if token not in alive] == []
