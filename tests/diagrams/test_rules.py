"""Every rule has a good and a bad twin and a page: the bad twin shows that rule's finding and no other, the good one none."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.catalogue import GUIDE_RULES
from engine.diagrams import Finding, Reading, Severity, lint_files, rules
from tests.diagrams.twins import TWINS, facts_of

ROOT = Path(__file__).parents[2]
CODES = [rule.code for rule in rules()]


def twin(code: str, name: str) -> Reading:
    file = f"{name}.bpmn"
    return lint_files({file: (TWINS / code / file).read_bytes()}, facts=facts_of(code))


def found(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return sorted((f.rule, f.element) for f in findings)


@pytest.mark.parametrize("code", CODES)
def test_the_good_twin_has_no_finding(code: str) -> None:
    assert twin(code, "good").findings == ()


@pytest.mark.parametrize("code", CODES)
def test_the_bad_twin_has_that_finding_at_its_element(code: str) -> None:
    case = json.loads((TWINS / code / "case.json").read_text())
    also = [(rule, element) for rule, elements in case.get("also", {}).items() for element in elements]
    findings = twin(code, "bad").findings
    assert found(findings) == sorted([(code, element) for element in case["at"]] + also)
    assert all(f.sentence and f.remedy and f.file == "bad.bpmn" and f.line > 1 and f.column == 5 for f in findings)


@pytest.mark.parametrize("code", CODES)
def test_the_bad_twin_is_the_good_one_with_one_fault(code: str) -> None:
    good, bad = ((TWINS / code / f"{name}.bpmn").read_text().splitlines() for name in ("good", "bad"))
    model = [line for line in set(good) ^ set(bad) if "bpmndi:" not in line]
    assert len(model) <= 4, model


def test_rules_twins_pages_and_files_are_the_same_set() -> None:
    files = {file.stem.replace("_", "-") for file in (ROOT / "engine/diagrams/rules").glob("[a-z]*.py")}
    twins = {folder.name for folder in TWINS.iterdir()}
    pages = {page.stem for page in (ROOT / "docs/rules").glob("*.md")} - {"README", "reading"}
    assert set(CODES) == files == twins == pages - {card.code for card in GUIDE_RULES}
    assert len(CODES) == len(set(CODES))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_a_rule_is_named_like_its_file_and_says_why_in_two_sentences(rule) -> None:  # type: ignore[no-untyped-def]
    module = importlib.import_module(f"engine.diagrams.rules.{rule.code.replace('-', '_')}")
    assert module.RULE is rule
    assert module.__doc__.count(".") - module.__doc__.count("…") >= 2
    page = (ROOT / "docs/rules" / f"{rule.code}.md").read_text()
    assert page.startswith(f"# {rule.title}\n")
    assert f"`{rule.code}`" in page
    assert all(heading in page for heading in ("## 错误样子", "## 为什么", "## 怎么改"))
    assert f"]({rule.code}.md)" in (ROOT / "docs/rules/README.md").read_text()


CAUGHT = '<intermediateCatchEvent id="x"><timerEventDefinition>{}</timerEventDefinition></intermediateCatchEvent>'
MANY = (
    '<task id="x"><multiInstanceLoopCharacteristics {}><loopCardinality>2</loopCardinality>'
    "</multiInstanceLoopCharacteristics></task>"
)


@pytest.mark.parametrize(
    ("drawn", "at"),
    [
        ('<task id="x" startQuantity="2"/>', ["x"]),
        ('<task id="x" completionQuantity="3"/>', ["x"]),
        ('<task id="x" startQuantity="1" completionQuantity="1"/>', []),
        ('<eventBasedGateway id="x" instantiate="true" eventGatewayType="Parallel"/>', ["x"]),
        ('<eventBasedGateway id="x" instantiate="true"/>', []),
        (
            CAUGHT.format("<timeCycle>R3/PT1H</timeCycle>"),
            ["x"],
        ),
        (
            CAUGHT.format("<timeDuration>PT1H</timeDuration>"),
            [],
        ),
        (
            MANY.format('behavior="One"'),
            ["x"],
        ),
        (
            MANY.format(""),
            [],
        ),
    ],
)
def test_what_makes_more_tokens_than_the_proof_counts(drawn: str, at: list[str], bpmn: Callable[..., bytes]) -> None:
    findings = lint_files({"a.bpmn": bpmn(drawn)}).findings
    assert [finding.element for finding in findings if finding.rule == "not-proven"] == at


def test_what_stands_inside_of_what_never_comes_is_no_finding_of_its_own(bpmn: Callable[..., bytes]) -> None:
    """One cause, one finding: the sub-process and the part are never begun, and all that is in them follows."""
    flow = '<sequenceFlow id="{0}{1}" sourceRef="{0}" targetRef="{1}"/>'.format

    def inside(i: str, t: str, o: str) -> str:
        return f'<startEvent id="{i}"/><task id="{t}"/><endEvent id="{o}"/>{flow(i, t)}{flow(t, o)}'

    lost = f'<subProcess id="q">{inside("i", "t", "o")}</subProcess><callActivity id="c" calledElement="part"/>'
    drawn = f"{inside('s', 'a', 'e')}{lost}{flow('q', 'c')}{flow('c', 'e')}"
    part = f'<process id="part" isExecutable="true">{inside("pi", "pt", "po")}</process>'
    findings = lint_files({"a.bpmn": bpmn(drawn, part)}).findings
    told = [(f.rule, f.element) for f in findings if f.rule in ("unreachable", "never-done")]
    assert told == [("unreachable", "q")]


@pytest.mark.parametrize("inside", ["", '<textAnnotation id="note"><text>draw here</text></textAnnotation>'])
def test_a_process_in_which_nothing_is_drawn_is_no_good_one(inside: str, bpmn: Callable[..., bytes]) -> None:
    """The runtime refuses it; no rule that walks a drawing has anything to walk."""
    reading = lint_files({"a.bpmn": bpmn(inside)})
    assert [(f.rule, f.severity) for f in reading.findings] == [("starts-unclear", Severity.ERROR)]


@pytest.mark.parametrize(
    ("gate", "asked", "target", "at"),
    [
        ("exclusiveGateway", "${n ==  1}", "b", ["again"]),
        ("exclusiveGateway", "${n == 2}", "b", []),
        ("exclusiveGateway", "${n ==  1}", "a", []),
        ("inclusiveGateway", "${n ==  1}", "b", []),
    ],
)
def test_of_two_ways_with_one_condition_one_is_never_taken(
    gate: str, asked: str, target: str, at: list[str], bpmn: Callable[..., bytes]
) -> None:
    drawn = (
        f'<startEvent id="s"/><{gate} id="g"/><task id="a"/><task id="b"/><sequenceFlow id="f" sourceRef="s" targetRef="g"/>'
        '<sequenceFlow id="once" sourceRef="g" targetRef="a"><conditionExpression>${n == 1}</conditionExpression></sequenceFlow>'
        f'<sequenceFlow id="again" sourceRef="g" targetRef="{target}"><conditionExpression>{asked}</conditionExpression>'
        "</sequenceFlow>"
    )
    findings = lint_files({"a.bpmn": bpmn(drawn)}).findings
    assert [f.element for f in findings if f.rule == "condition-without-effect"] == at
