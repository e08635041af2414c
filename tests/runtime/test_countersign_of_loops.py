"""A repetition that the judgement calls a countersign, played as both: the same people are asked at every moment, and the case
goes on at the same moment, whatever each of them says and in whatever order."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import permutations, product

import pytest

from engine.cases.joint import verdict_of
from engine.diagrams import Signing, countersign, read
from engine.runtime import Process, compile

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
XML = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><process id="P" isExecutable="true"><startEvent id="s"/>'
    '<sequenceFlow id="f" sourceRef="s" targetRef="u"/><userTask id="u" camunda:candidateGroups="${{d}}">'
    "<multiInstanceLoopCharacteristics isSequential=\"{turn}\" camunda:collection=\"['a', 'b', 'c']\""
    ' camunda:elementVariable="d">{until}</multiInstanceLoopCharacteristics></userTask>'
    '<sequenceFlow id="g" sourceRef="u" targetRef="n"/><userTask id="n"/></process></definitions>'
)
Heard = list[tuple[str, str]]
Trace = list[frozenset[str]]


def drawing(turn: bool, condition: str) -> bytes:
    until = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    return XML.format(turn=str(turn).lower(), until=until).encode()


def as_repetition(body: bytes, heard: Heard) -> Trace:
    """Who is asked at each moment, until the case has gone on."""
    process = Process.start(compile(read({"x.bpmn": body}).usable()), {}, now=NOW)
    trace = [asked(process)]
    for who, said in heard:
        token = next((step.token for step in process.open_steps if step.item == who), None)
        if token is not None:
            process.complete(token, {"outcome": said})
            trace.append(asked(process))
    return trace


def asked(process: Process) -> frozenset[str]:
    return frozenset(step.item if step.node == "u" else "on" for step in process.open_steps)


@dataclass(frozen=True)
class Row:
    department: str
    state: str
    weight: int = 1
    verdict: str | None = None


def as_countersign(signing: Signing, heard: Heard) -> Trace:
    """The same with the signers of a countersign, by the very function that settles it in a case."""
    turn = signing.rule == "in_turn"
    rows = [Row(s.department, "waiting" if turn and place else "asked") for place, s in enumerate(signing.signers)]
    trace = [open_rows(rows)]
    for who, said in heard:
        if who not in open_rows(rows):
            continue
        rows = [replace(row, state="signed", verdict=said) if row.department == who else row for row in rows]
        if verdict_of(signing, rows) is not None:  # type: ignore[arg-type]
            return [*trace, frozenset({"on"})]
        if turn and not open_rows(rows):
            due = next(row.department for row in rows if row.state == "waiting")
            rows = [replace(row, state="asked") if row.department == due else row for row in rows]
        trace.append(open_rows(rows))
    return trace


def open_rows(rows: list[Row]) -> frozenset[str]:
    return frozenset(row.department for row in rows if row.state == "asked")


ALL_HEARD: list[Heard] = [
    list(zip(order, said, strict=True))
    for order in permutations("abc")
    for said in product(("agree", "conditions", "object"), repeat=3)
]


@pytest.mark.parametrize(
    ("turn", "condition", "rule"),
    [
        (False, "", "all"),
        (False, "${nrOfCompletedInstances >= 1}", "any"),
        (True, "${outcome == 'object'}", "in_turn"),
    ],
)
def test_what_is_judged_a_countersign_is_played_as_one(turn: bool, condition: str, rule: str) -> None:
    body = drawing(turn, condition)
    signing = countersign(read({"x.bpmn": body}).usable().processes["P"].nodes["u"])
    assert signing is not None
    assert signing.rule == rule
    for heard in ALL_HEARD:
        assert as_repetition(body, heard) == as_countersign(signing, heard), heard


def test_a_sequence_that_asks_everybody_is_not_one_that_an_objection_ends() -> None:
    body = drawing(True, "")
    node = read({"x.bpmn": body}).usable().processes["P"].nodes["u"]
    signing = countersign(read({"x.bpmn": drawing(True, "${outcome == 'object'}")}).usable().processes["P"].nodes["u"])
    assert countersign(node) is None
    assert signing is not None
    heard = [("a", "object"), ("b", "agree"), ("c", "agree")]
    assert as_repetition(body, heard) != as_countersign(signing, heard)
