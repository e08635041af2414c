"""What a designer lets pass, and how strictly a hall takes a rule: nothing is let pass in silence, and nothing that guards the law."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from engine.diagrams import (
    OF_WAIVERS,
    ChangeKind,
    Finding,
    Level,
    Levels,
    MatterFacts,
    Rule,
    Severity,
    as_text,
    compare,
    lint,
    lint_files,
    read,
    repair,
    rules,
    taken,
    with_process,
)
from engine.runtime import REFUSALS

Bpmn = Callable[..., bytes]
TODAY = date(2026, 3, 2)
LOST = '<task id="lost" name="旧步骤">{}</task>'
"""The picture lacks it: `layout-missing`, which a hall may take as a warning, and which may be let pass."""
STRAIGHT = '<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="e">{}</sequenceFlow><endEvent id="e"/>'


def picture(process: str, *drawn: str) -> str:
    """A picture of these nodes, one beside the other, and of the flow `f`."""
    shapes = "".join(
        f'<bpmndi:BPMNShape bpmnElement="{key}"><dc:Bounds x="{200 * n}" y="0" width="100" height="80"/></bpmndi:BPMNShape>'
        for n, key in enumerate(drawn)
    )
    flow = '<bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="0" y="0"/><di:waypoint x="9" y="0"/></bpmndi:BPMNEdge>'
    plane = f'<bpmndi:BPMNPlane bpmnElement="{process}">{shapes}{flow}</bpmndi:BPMNPlane>'
    return f"<bpmndi:BPMNDiagram>{plane}</bpmndi:BPMNDiagram>"


def waiver(rule: str = "layout-missing", reason: str = "留待二期", until: str = "2026-12-31", **more: str) -> str:
    said = {"rule": rule, "reason": reason, "until": until, **more}
    written = " ".join(f'{name}="{value}"' for name, value in said.items() if value)
    return f"<extensionElements><ls:waiver {written}/></extensionElements>"


def found(
    body: bytes, today: date | None = TODAY, levels: Levels | None = None, facts: MatterFacts | None = None
) -> list[Finding]:
    """What is said of the lost step and of waivers; these drawings lack much else."""
    findings = lint_files({"a.bpmn": body}, "P", facts, levels, today).findings
    return [f for f in findings if f.rule == "layout-missing" or f.rule.startswith("waiver")]


def codes(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.rule, f.element, str(f.severity)) for f in findings]


@pytest.fixture
def drawn(bpmn: Bpmn) -> Callable[..., bytes]:
    """A process with a step that the picture lacks; what is written at the step, the flow and the process."""

    def file(at_step: str = "", at_flow: str = "", at_process: str = "") -> bytes:
        return bpmn(at_process + STRAIGHT.format(at_flow) + LOST.format(at_step), picture("P", "s", "e"))

    return file


# ---------------------------------------------------------------- waivers
def test_what_is_let_pass_stays_as_information_with_its_reason(drawn: Callable[..., bytes]) -> None:
    assert codes(found(drawn())) == [("layout-missing", "lost", "error")]
    (passed,) = found(drawn(waiver()))
    assert (passed.rule, passed.severity, passed.sentence[-21:]) == (
        "layout-missing",
        Severity.INFO,
        "（豁免到 2026-12-31：留待二期）",
    )
    assert passed.waived is not None
    assert (passed.waived.severity, passed.waived.until) == (Severity.ERROR, date(2026, 12, 31))
    assert (passed.waived.line, passed.line) == (1, 1)
    assert passed.waived.column > passed.column, "it is written inside of the step"


def test_one_at_the_process_holds_for_the_whole_drawing(drawn: Callable[..., bytes]) -> None:
    assert codes(found(drawn(at_process=waiver()))) == [("layout-missing", "lost", "info")]


def test_one_at_another_element_excuses_nothing_and_is_told(drawn: Callable[..., bytes]) -> None:
    told = found(drawn(at_flow=waiver()), facts=MatterFacts())
    assert codes(told) == [("waiver-unused", "f", "info"), ("layout-missing", "lost", "error")]
    assert "没有查" not in told[0].sentence
    assert "没有查" in found(drawn(at_flow=waiver()))[0].sentence, "without the matter nobody can be sure"


@pytest.mark.parametrize(
    ("today", "severity", "more"),
    [
        (date(2026, 12, 30), "info", []),
        (date(2026, 12, 31), "info", []),
        (date(2027, 1, 1), "error", [("waiver-expired", "lost", "warning")]),
        (None, "info", []),
    ],
    ids=["before", "its last day", "the day after", "no day is known"],
)
def test_it_ends_after_its_last_day(
    drawn: Callable[..., bytes], today: date | None, severity: str, more: list[tuple[str, str, str]]
) -> None:
    assert codes(found(drawn(waiver()), today)) == [("layout-missing", "lost", severity), *more]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("dead-end", "waiver-not-allowed"),
        ("flow-into-start", "waiver-not-allowed"),
        ("layout-mising", "waiver-rule-unknown"),
        ("rule-error", "waiver-rule-unknown"),
    ],
    ids=["a rule that is fixed", "a finding of the reader", "misspelt", "a rule that breaks"],
)
def test_one_that_cannot_hold_is_told_and_changes_nothing(drawn: Callable[..., bytes], rule: str, code: str) -> None:
    told = found(drawn(waiver(rule)))
    assert codes(told) == [("layout-missing", "lost", "error"), (code, "lost", "warning")]
    assert f"“{rule}”" in told[1].sentence


def test_a_finding_that_may_not_be_let_pass_stays_an_error(bpmn: Bpmn) -> None:
    step = f'<userTask id="t" ls:kind="review">{waiver("dead-end")}</userTask>'
    body = bpmn(f'<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>{step}')
    told = {f.rule: f.severity for f in lint_files({"a.bpmn": body}, today=TODAY).findings}
    assert (told["dead-end"], told["waiver-not-allowed"]) == (Severity.ERROR, Severity.WARNING)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (waiver(reason=""), "waiver-incomplete"),
        (waiver(reason="  "), "waiver-incomplete"),
        (waiver(until=""), "waiver-incomplete"),
        (waiver(rule=""), "waiver-incomplete"),
        (waiver(until="2026-02-30"), "waiver-day-unreadable"),
        (waiver(until="20261231"), "waiver-day-unreadable"),
        (waiver(until="年底"), "waiver-day-unreadable"),
        ('<ls:waiver rule="layout-missing" reason="r" until="2026-12-31"/>', "waiver-misplaced"),
    ],
)
def test_reason_and_date_are_demanded(drawn: Callable[..., bytes], written: str, code: str) -> None:
    """And what it would have excused is told too: all errors at once."""
    reading = read({"a.bpmn": drawn(written)})
    assert [(f.rule, f.element, f.severity) for f in reading.findings] == [(code, "lost", Severity.ERROR)]
    assert reading.diagram is not None
    assert reading.diagram.waivers == ()


def test_one_where_nothing_can_be_let_pass_is_a_finding(bpmn: Bpmn) -> None:
    lane = f'<laneSet id="ls"><lane id="lane">{waiver()}</lane></laneSet>'
    nameless = '<sequenceFlow sourceRef="s" targetRef="e">' + waiver() + "</sequenceFlow>"
    body = bpmn(f'{lane}<startEvent id="s"/><endEvent id="e"/>{nameless}')
    assert [(f.rule, f.element) for f in read({"a.bpmn": body}).findings] == [
        ("waiver-misplaced", "lane"),
        ("waiver-misplaced", "P"),
    ]


def test_one_in_another_file_holds_for_that_file_alone(bpmn: Bpmn) -> None:
    part = bpmn(STRAIGHT.format("") + LOST.format(""), picture("Q", "s", "e"), name="Q")
    main = bpmn(f'{waiver()}<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="c"/>'
                '<callActivity id="c" calledElement="Q"/>' + LOST.format(""))  # fmt: skip
    told = lint_files({"a.bpmn": main, "q.bpmn": part}, "P", today=TODAY).findings
    assert [(f.file, str(f.severity)) for f in told if f.rule == "layout-missing"] == [
        ("a.bpmn", "info"),
        ("q.bpmn", "error"),
    ]


def test_a_step_keeps_its_outcomes_beside_a_waiver(bpmn: Bpmn) -> None:
    both = waiver().replace("</ext", '<ls:outcome code="pass"/></ext')
    reading = read({"a.bpmn": bpmn(f'<startEvent id="s"/><userTask id="u" ls:kind="review">{both}</userTask>')})
    assert reading.findings == ()
    diagram = reading.usable()
    work = diagram.processes["P"].nodes["u"].work
    assert work is not None
    assert [o.code for o in work.outcomes] == ["pass"]
    assert [(w.id, w.rule, w.whole) for w in diagram.waivers] == [("u", "layout-missing", False)]


def test_what_is_let_pass_is_told_when_two_versions_are_compared(drawn: Callable[..., bytes]) -> None:
    none, one, longer, other = (
        read({"a.bpmn": drawn(text)}).usable()
        for text in ("", waiver(), waiver(until="2027-12-31"), waiver("never-done"))
    )
    assert compare(one, one) == ()
    assert [(c.kind, c.element, c.sentence) for c in compare(none, one)] == [
        (ChangeKind.ADDED, "lost", "新增豁免：规则“layout-missing”到 2026-12-31，理由：留待二期")
    ]
    assert [c.sentence for c in compare(one, longer)] == [
        "豁免改为：规则“layout-missing”到 2027-12-31，理由：留待二期；原为：规则“layout-missing”到 2026-12-31，理由：留待二期"
    ]
    assert [c.kind for c in compare(one, other)] == [ChangeKind.ADDED, ChangeKind.REMOVED]
    whole = read({"a.bpmn": drawn(at_process=waiver())}).usable()
    assert [c.sentence for c in compare(one, whole)] == [
        "新增豁免：全图的规则“layout-missing”到 2026-12-31，理由：留待二期",
        "删去豁免：规则“layout-missing”到 2026-12-31，理由：留待二期",
    ]


def test_a_copy_and_a_mended_file_keep_it(drawn: Callable[..., bytes]) -> None:
    """A waiver of the whole drawing is one of the copy's process; a repair leaves it as it is written."""
    body = drawn(at_process=waiver(), at_step=waiver("loop-is-countersign"))
    text = as_text(body)
    assert text is not None
    copy = read({"a.bpmn": with_process(text, "P", "Q", "副本").encode()}).usable()
    assert [(w.id, w.whole) for w in copy.waivers] == [("Q", True), ("lost", False)]
    foreign = body.replace(b'<task id="lost"', b'<userTask id="lost" camunda:candidateGroups="nr"').replace(
        b"</task>", b"</userTask>"
    )
    findings = lint_files({"a.bpmn": foreign}).findings
    mended = repair(foreign, "a.bpmn", [f.fault() for f in findings])
    assert mended.repairs
    before, after = (
        [(w.id, w.rule, w.reason, w.until) for w in read({"a.bpmn": file}).usable().waivers]
        for file in (foreign, mended.body)
    )
    assert before == after != []


# ---------------------------------------------------------------- levels
@pytest.mark.parametrize(
    ("level", "told"),
    [
        (Level.ERROR, [("layout-missing", "lost", "error")]),
        (Level.WARNING, [("layout-missing", "lost", "warning")]),
        (Level.OFF, [("layout-missing", "lost", "warning")]),
    ],
    ids=["as it is", "milder", "below its floor"],
)
def test_a_hall_sets_how_strictly_a_rule_is_taken(
    drawn: Callable[..., bytes], level: Level, told: list[tuple[str, str, str]]
) -> None:
    assert codes(found(drawn(), levels={"layout-missing": level})) == told


def test_one_that_is_switched_off_is_not_asked(bpmn: Bpmn) -> None:
    step = f'<userTask id="u" camunda:candidateGroups="nr">{waiver("assignment-foreign")}</userTask>'
    diagram = read({"a.bpmn": bpmn(f'<startEvent id="s"/>{step}')}).usable()
    assert [f.rule for f in lint(diagram) if f.element == "u" and f.waived] == ["assignment-foreign"]
    silent = lint(diagram, levels={"assignment-foreign": Level.OFF})
    assert not [f for f in silent if f.rule in ("assignment-foreign", "waiver-unused")], (
        "nor is its waiver called useless"
    )


@pytest.mark.parametrize(
    ("severity", "own", "level", "told"),
    [
        ("error", "error", None, "error"),
        ("error", "error", "warning", "warning"),
        ("error", "error", "off", None),
        ("warning", "error", "error", "warning"),
        ("warning", "error", "info", "info"),
        ("warning", "warning", "error", "error"),
        ("error", "warning", "info", "info"),
        ("error", "warning", "error", "error"),
        ("info", "warning", "error", "info"),
    ],
)
def test_how_a_finding_is_told_under_a_level(severity: str, own: str, level: str | None, told: str | None) -> None:
    rule = Rule("some-rule", Severity(own), "规则", Level.OFF)
    found = taken(Severity(severity), rule, Level(level) if level else None)
    assert found == (Severity(told) if told else None)


@pytest.mark.parametrize(
    ("severity", "mildest", "floor"),
    [
        ("error", None, "error"),
        ("error", "warning", "warning"),
        ("warning", None, "off"),
        ("warning", "warning", "warning"),
        ("info", None, "off"),
    ],
)
def test_an_error_stays_one_unless_its_card_says_otherwise(severity: str, mildest: str | None, floor: str) -> None:
    """Who writes a rule and forgets to say how far down it may go has guarded the law."""
    rule = Rule("some-rule", Severity(severity), "规则", Level(mildest) if mildest else None)
    assert rule.floor is Level(floor)
    assert rule.is_fixed is (floor == "error")


def test_the_floors_of_the_rules() -> None:
    """A rule is never milder than its floor by itself, and most of them guard what nobody may loosen."""
    assert [rule.code for rule in rules() if Level(rule.severity).is_below(rule.floor)] == []
    free = {rule.code for rule in rules() if not rule.is_fixed}
    assert {"layout-missing", "assignment-foreign", "loop-is-countersign"} <= free
    assert free & set(REFUSALS) == set(), "the runtime would refuse it all the same"
    fixed = {"same-person", "special-without-ground", "decides-twice", "outcome-without-way", "repair-unconfirmed"}
    assert fixed & free == set()


def test_what_is_told_of_waivers_stands_on_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs/leniency.md").read_text("utf-8")
    assert [code for code in OF_WAIVERS if f"| `{code}` |" not in page] == []
