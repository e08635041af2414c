"""Somebody else's file becomes a draft: as it is, mended by name, or refused by element and line. Nothing in a file raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalogue import Imported, import_diagram
from engine.diagrams import Severity, confirmed
from engine.runtime import Process

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<definitions id="D" xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn">\n'
)
FLOW = '\n<sequenceFlow id="{0}" sourceRef="{1}" targetRef="{2}"/>'.format
ASKED = (
    '\n<sequenceFlow id="{0}" sourceRef="{1}" targetRef="{2}"><conditionExpression>{3}</conditionExpression></sequenceFlow>'
).format
LINE = '<startEvent id="s"/>\n<userTask id="a"/>\n<endEvent id="e"/>' + FLOW("f", "s", "a") + FLOW("g", "a", "e")


def file(process: str, beside: str = "", name: str = "P") -> bytes:
    return f'{HEAD}<process id="{name}" isExecutable="true">\n{process}\n</process>{beside}</definitions>'.encode()


def brought(body: bytes, main: str | None = None, **others: bytes) -> Imported:
    return import_diagram({"a.bpmn": body, **{f"{name}.bpmn": other for name, other in others.items()}}, main)


def kinds(done: Imported) -> list[tuple[str, str]]:
    return [(made.kind, made.element) for made in done.repairs]


def errors(done: Imported) -> list[tuple[str, str, int]]:
    return [(f.rule, f.element, f.line) for f in done.findings if f.severity is Severity.ERROR]


def test_what_needs_no_repair_is_taken_to_the_byte() -> None:
    body = file(LINE)
    done = brought(body)
    assert (done.file, done.result, done.repairs, errors(done)) == ("a.bpmn", "imported", (), [])
    assert done.files == {"a.bpmn": body}
    assert done.diagram is not None
    assert done.plan is not None
    assert done.plan.main.name == "P"


FOREIGN = (
    '<startEvent id="s"/><intermediateCatchEvent id="w"><timerEventDefinition><timeCycle>0 0 9 * * ?</timeCycle>'
    "</timerEventDefinition></intermediateCatchEvent>\n"
    '<scriptTask id="t" name="算" scriptFormat="groovy"><script>each {\n y }</script></scriptTask>\n'
    '<serviceTask id="v" camunda:class="x.Y"/>\n<exclusiveGateway id="g"/>\n<callActivity id="c" calledElement="elsewhere"/>\n'
    '<task id="lost"/>\n<endEvent id="e"/>'
    + FLOW("f1", "s", "w")
    + FLOW("f8", "w", "t")
    + FLOW("f2", "t", "v")
    + FLOW("f3", "v", "g")
    + ASKED("f4", "g", "c", "is it ok?")
    + FLOW("f5", "g", "e")
    + FLOW("f6", "c", "e")
    + FLOW("f7", "lost", "zz")
)


def test_all_that_stands_in_the_way_is_mended_round_after_round() -> None:
    body = file(FOREIGN)
    done = brought(body)
    assert done.result == "repaired"
    assert sorted(kinds(done)) == [
        ("call-by-hand", "c"),
        ("cron-translated", "w"),
        ("flow-aside", "f7"),
        ("part-aside", "lost"),
        ("script-by-hand", "t"),
        ("service-by-hand", "v"),
        ("way-asked", "g"),
    ]
    assert all(made.confirm and made.file == "a.bpmn" for made in done.repairs)
    lines = body.decode().splitlines()
    assert all(f'id="{made.element}"' in lines[made.line - 1] for made in done.repairs)
    assert all(f'id="{element}"' in lines[line - 1] for _, element, line in errors(done))
    assert {rule for rule, _, _ in errors(done)} >= {"timer-cron", "script-language", "called-unknown", "unreachable"}
    assert "repair-unconfirmed" not in {f.rule for f in done.findings}
    assert done.plan is not None


def test_a_repaired_file_is_imported_as_it_is_and_waits_for_its_confirmations() -> None:
    first = brought(file(FOREIGN))
    again = brought(first.files["a.bpmn"])
    assert (again.result, again.repairs, again.files) == ("imported", (), first.files)
    open_ones = sorted(element for rule, element, _ in errors(again) if rule == "repair-unconfirmed")
    assert open_ones == ["c", "f7", "g", "lost", "t", "v", "w"]
    approved = confirmed(first.files["a.bpmn"], "a.bpmn", set(kinds(first)))
    assert errors(brought(approved)) == []


REFUSED: Mapping[str, tuple[bytes, str, str, int]] = {
    "nothing at all": (b"", "file-not-xml", "definitions", 1),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "file-encoding-broken", "definitions", 1),
    "cut off": (file(LINE)[:-20], "file-not-xml", "D", 9),
    "a document type": (b'<!DOCTYPE d [<!ENTITY a "b">]><definitions id="X"/>', "file-with-dtd", "X", 1),
    "another root": (b'<html id="h"/>', "file-not-bpmn", "h", 1),
    "too large": (b"<" * (5 * 1024 * 1024 + 1), "file-too-large", "definitions", 1),
    "an unknown encoding of nothing": (
        b'<?xml version="1.0" encoding="x-a"?>',
        "file-encoding-unknown",
        "definitions",
        1,
    ),
    "no process": (HEAD.encode() + b"</definitions>", "process-missing", "D", 2),
    "an empty process": (file(""), "nothing-drawn", "P", 3),
    "an id twice": (file('<task id="a"/>\n<task id="a"/>'), "id-duplicate", "a", 5),
    "a flow across a border": (
        file('<task id="a"/><subProcess id="b"><task id="c"/></subProcess>' + FLOW("f", "a", "c")),
        "flow-crosses-border",
        "f",
        5,
    ),
    "a loop without a turn": (
        file('<task id="a"><standardLoopCharacteristics loopMaximum="0"/></task>'),
        "loop-no-turn",
        "a",
        4,
    ),
}


@pytest.mark.parametrize(("body", "rule", "element", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_names_an_element_and_a_line(body: bytes, rule: str, element: str, line: int) -> None:
    done = brought(body)
    assert (done.result, done.repairs, done.diagram, done.plan) == ("refused", (), None, None)
    assert done.files == {"a.bpmn": body}
    assert (rule, element, line) in errors(done)
    assert all(f.element and f.line >= 1 and f.column >= 1 for f in done.findings)


def test_the_other_files_are_taken_where_they_are_called() -> None:
    call = LINE.replace("<userTask", '<callActivity calledElement="x:Q"')
    part = file(LINE, name="Q")
    done = brought(file(call), unused=file(LINE, name="R"), part=part)
    assert (done.result, sorted(done.files), errors(done)) == ("imported", ["a.bpmn", "part.bpmn"], [])
    assert done.diagram is not None
    assert (done.diagram.main, sorted(done.diagram.processes)) == ("P", ["P", "Q"])
    assert kinds(brought(file(call), other=file(LINE, name="R"))) == [("call-by-hand", "a")]
    twice = brought(file(call), part=file(LINE, beside='<process id="P"/>', name="Q"))
    assert kinds(twice) == [("call-by-hand", "a")], "a file that draws our own process anew is another drawing"


def test_what_a_called_file_needs_is_mended_and_told_apart() -> None:
    call = LINE.replace("<userTask", '<callActivity calledElement="Q"')
    done = brought(file(call), part=file(LINE.replace("<userTask", '<scriptTask scriptFormat="ruby"'), name="Q"))
    assert [(made.file, made.kind) for made in done.repairs] == [("part.bpmn", "script-by-hand")]
    assert (done.result, done.told()["repairs"], done.told()["findings"]) == ("imported", [], done.told()["findings"])
    assert all(f["element"] for f in done.told()["findings"])
    assert b"manualTask" in done.files["part.bpmn"]


def test_the_main_process_may_be_named() -> None:
    both = file(LINE, beside='<process id="Q" isExecutable="true"><startEvent id="z"/></process>')
    likely = brought(both)
    assert likely.diagram is not None
    assert likely.diagram.main == "P"
    assert ("main-process-unclear", Severity.WARNING) in [
        (f.rule, f.severity) for f in likely.findings if f.element == "P"
    ]
    named = brought(both, "Q")
    assert named.diagram is not None
    assert named.diagram.main == "Q"
    assert errors(brought(both, "R")) == [("main-process-missing", "R", 2)]


def test_pools_lanes_and_black_boxes_are_read_with_the_process_that_is_drawn() -> None:
    pools = (
        '<collaboration id="C"><participant id="p1" processRef="P"/><participant id="p2" name="申请人"/>'
        '<messageFlow id="m" sourceRef="p2" targetRef="a"/></collaboration>'
    )
    lanes = (
        '<laneSet id="l"><lane id="l1" name="局"><childLaneSet id="l2"><lane id="l3" name="科"><flowNodeRef>a</flowNodeRef>'
        "</lane></childLaneSet></lane></laneSet>"
    )
    done = brought(file(lanes + LINE, beside=pools))
    assert (done.result, errors(done)) == ("imported", [])
    assert done.diagram is not None
    assert done.diagram.processes["P"].nodes["a"].lane == "科"


def test_what_is_told_to_machines_has_these_keys() -> None:
    told = brought(file(FOREIGN)).told()
    assert list(told) == ["file", "result", "findings", "repairs"]
    assert {tuple(f) for f in told["findings"]} == {("rule", "level", "element", "line", "column", "message")}
    assert {tuple(r) for r in told["repairs"]} == {("kind", "element", "confirm")}
    assert {f["level"] for f in told["findings"]} == {"error", "warning"}


def test_a_gateway_whose_conditions_were_dropped_asks_a_person() -> None:
    from datetime import UTC, datetime

    drawn = (
        '<startEvent id="s"/><exclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/>'
        + FLOW("f", "s", "g")
        + ASKED("x", "g", "a", "is it a?")
        + ASKED("y", "g", "b", "is it b?")
    )
    done = brought(file(drawn))
    assert done.plan is not None
    process = Process.start(done.plan, {}, now=datetime(2026, 3, 2, tzinfo=UTC))
    (choice,) = process.open_steps
    assert [way.flow for way in choice.ways] == ["x", "y"]
    process.choose(choice.token, "y")
    assert [step.node for step in process.open_steps] == ["b"]


def test_a_circle_gets_a_start_that_is_seen() -> None:
    shapes = "".join(
        f'<bpmndi:BPMNShape bpmnElement="{key}"><dc:Bounds x="{x}" y="80" width="100" height="80"/></bpmndi:BPMNShape>'
        for key, x in (("a", 100), ("g", 300), ("e", 500))
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge bpmnElement="{key}"><di:waypoint x="1" y="1"/><di:waypoint x="2" y="2"/></bpmndi:BPMNEdge>'
        for key in ("f", "x", "y")
    )
    drawn = '<userTask id="a"/><exclusiveGateway id="g"/><endEvent id="e"/>' + FLOW("f", "a", "g")
    drawn += ASKED("x", "g", "a", "${back}") + ASKED("y", "g", "e", "${!back}")
    layout = (
        f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="P">{shapes}{edges}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    )
    spaces = (
        b'<definitions xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
        b' xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    )
    done = brought(file(drawn, beside=layout).replace(b"<definitions", spaces))
    assert kinds(done) == [("start-given", "P")]
    again = brought(done.files["a.bpmn"])
    assert [rule for rule, _, _ in errors(again)] == ["repair-unconfirmed"], "nothing that runs is hidden"


def test_without_a_file_there_is_nothing_to_import() -> None:
    with pytest.raises(ValueError, match="no file"):
        import_diagram({})


PIECES = [
    b"<", b">", b"/>", b'"', b"&", b"\xff", b"\0", b"\n", b"<!-- ", b" -->", b"<![CDATA[", "审".encode(), b'id="a"',
    b'<task id="a"/>', b"<subProcess>", b"</subProcess>", b'<boundaryEvent id="q" attachedToRef="a"/>', b"${", b"default=",
    b' sourceRef="e"', b' triggeredByEvent="true"', b"<cancelEventDefinition/>", b"<multiInstanceLoopCharacteristics/>",
]  # fmt: skip
SWAPS = [
    (b"userTask", b"subProcess"), (b"startEvent", b"boundaryEvent"), (b"exclusiveGateway", b"eventBasedGateway"),
    (b"exclusiveGateway", b"complexGateway"), (b"timerEvent", b"conditionalEvent"), (b"timerEvent", b"linkEvent"),
    (b"endEvent", b"startEvent"), (b"scriptTask", b"adHocSubProcess"), (b"task", b"transaction"), (b"P", b"a"),
    (b"UTF-8", b"UTF-16"), (b'targetRef="e"', b'targetRef="g"'), (b"f7", b"f6"), (b"serviceTask", b"intermediateCatchEvent"),
]  # fmt: skip
Edit = Callable[[bytes], bytes]


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    body = file(draw(st.sampled_from([FOREIGN, LINE])))
    for _ in range(draw(st.integers(1, 5))):
        at, length = draw(st.integers(0, len(body))), draw(st.integers(0, 60))
        match draw(st.sampled_from("cut put swap copy")):
            case "c":
                body = body[:at] + body[at + length :]
            case "p":
                body = body[:at] + draw(st.sampled_from(PIECES)) + body[at:]
            case "s":
                body = body.replace(*draw(st.sampled_from(SWAPS)))
            case _:
                body = body[:at] + body[at : at + length] + body[at:]
    return body


@settings(deadline=None, max_examples=250)
@given(mutilated())
def test_whatever_is_done_to_a_file_the_answer_is_a_result(body: bytes) -> None:
    done = brought(body)
    assert all(f.element and f.line >= 1 for f in done.findings)
    assert not {f.rule for f in done.findings} & {"import-error", "rule-error"}
    if done.result == "repaired":
        again = brought(done.files["a.bpmn"])
        assert (again.result, again.files) == ("imported", done.files)
    if done.result == "refused":
        assert errors(done)
