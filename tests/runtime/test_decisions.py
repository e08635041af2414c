"""Decisions of DMN files: every hit policy, whole files of several vendors, and what is refused by name.

Random tables are judged a second time by a small evaluator of our own here, which knows nothing of the product's trees.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.diagrams import read
from engine.runtime import Process, Refused, compile
from engine.runtime.errors import NotComputable

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
BPMN = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core">'
    '<process id="P" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/>{task}'
    '<sequenceFlow id="g" sourceRef="x" targetRef="u"/><userTask id="u"/></process></definitions>'
)
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
CAMUNDA = '<businessRuleTask id="x" camunda:decisionRef="d" camunda:resultVariable="r" {how}/>'


def entry(tag: str, text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<{tag}><text>{escaped}</text></{tag}>"


def table(
    rules: list[tuple[list[str], list[str]]],
    policy: str = 'hitPolicy="UNIQUE"',
    inputs: tuple[str, ...] = ("a",),
    outputs: tuple[str, ...] = ('name="o"',),
    inner: str = "",
    key: str = "d",
) -> str:
    columns = "".join(f"<input>{entry('inputExpression', one)}</input>" for one in inputs)
    results = "".join(f"<output {one}>{inner}</output>" for one in outputs)
    rows = "".join(
        f'<rule id="row{number}">{"".join(entry("inputEntry", t) for t in tests)}{"".join(entry("outputEntry", r) for r in given)}</rule>'
        for number, (tests, given) in enumerate(rules, 1)
    )
    return (
        f'<decision id="{key}" name="{key}"><decisionTable {policy}>{columns}{results}{rows}</decisionTable></decision>'
    )


def file(*decisions: str, space: str = DMN) -> bytes:
    return f'<definitions xmlns="{space}" id="f" name="f" namespace="n">{"".join(decisions)}</definitions>'.encode()


def decided(dmn: bytes, facts: dict[str, Any], task: str = "", how: str = "") -> dict[str, Any]:
    """What the rule task leaves."""
    plan = compile(
        read(
            {"m.bpmn": BPMN.format(task=task or CAMUNDA.format(how=how)).encode(), "decisions/d.dmn": dmn}, "P"
        ).usable()
    )
    process = Process.start(plan, facts, now=NOW)
    assert [step.node for step in process.open_steps] == ["u"]
    assert process.facts == Process.load(plan, process.dump(), now=NOW).facts
    return {name: worth for name, worth in process.facts.items() if name not in facts or worth != facts[name]}


def refused(dmn: bytes, task: str = "") -> list[tuple[str, str]]:
    files = {"m.bpmn": BPMN.format(task=task or CAMUNDA.format(how="")).encode(), "decisions/d.dmn": dmn}
    with pytest.raises(Refused) as found:
        compile(read(files, "P").usable())
    assert all(fault.line for fault in found.value.faults)
    return [(fault.code, fault.place) for fault in found.value.faults]


GRADES = [(["< 10"], ['"low"']), (["[10..20]"], ['"middle"']), (["> 20"], ['"high"'])]


@pytest.mark.parametrize(
    ("task", "found"),
    [
        (CAMUNDA.format(how='camunda:mapDecisionResult="singleEntry"'), {"r": "middle"}),
        (CAMUNDA.format(how='camunda:mapDecisionResult="singleResult"'), {"r": {"o": "middle"}}),
        (CAMUNDA.format(how='camunda:mapDecisionResult="collectEntries"'), {"r": ["middle"]}),
        (CAMUNDA.format(how='camunda:mapDecisionResult="resultList"'), {"r": [{"o": "middle"}]}),
        (CAMUNDA.format(how=""), {"r": [{"o": "middle"}]}),
        ('<businessRuleTask id="x" camunda:decisionRef="d"/>', {}),
        (
            '<businessRuleTask id="x"><extensionElements><zeebe:calledDecision decisionId="d" resultVariable="z"/>'
            "</extensionElements></businessRuleTask>",
            {"z": "middle"},
        ),
        (
            '<businessRuleTask id="x"><extensionElements><flowable:field name="decisionTableReferenceKey">'
            "<flowable:string>d</flowable:string></flowable:field></extensionElements></businessRuleTask>",
            {"o": "middle"},
        ),
        (
            '<businessRuleTask id="x"><extensionElements><spiff:calledDecisionId>d</spiff:calledDecisionId>'
            "</extensionElements></businessRuleTask>",
            {"o": "middle"},
        ),
    ],
)
def test_each_vendor_takes_the_result_as_its_engine_does(task: str, found: dict[str, Any]) -> None:
    assert decided(file(table(GRADES)), {"a": 15}, task) == found


@pytest.mark.parametrize(
    "space", ["http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20180521/MODEL/", DMN]
)
def test_every_version_of_dmn_is_read(space: str) -> None:
    assert decided(file(table(GRADES), space=space), {"a": 3}, how='camunda:mapDecisionResult="singleEntry"') == {
        "r": "low"
    }


def test_without_a_decision_file_it_is_a_step_of_a_person() -> None:
    body = BPMN.format(task=CAMUNDA.format(how="")).encode()
    process = Process.start(compile(read({"m.bpmn": body}, "P").usable()), {}, now=NOW)
    assert [step.node for step in process.open_steps] == ["x"]


def test_a_decision_asks_those_that_it_requires() -> None:
    risk = (
        '<decision id="d" name="d"><informationRequirement><requiredDecision href="#grade"/></informationRequirement>'
        '<literalExpression><text>if grade = "low" then 1 else a * 0.1</text></literalExpression></decision>'
    )
    dmn = file(risk, table(GRADES, key="grade"))
    assert decided(dmn, {"a": 15}, how='camunda:mapDecisionResult="singleEntry"') == {"r": 1.5}
    assert decided(dmn, {"a": 5}, how='camunda:mapDecisionResult="singleEntry"') == {"r": 1}


def test_several_outputs_a_default_and_other_languages() -> None:
    rows = [(["${a > 3}", "-"], ["'x'", "a + 1"]), (["-", 'not("no")'], ['"y"', "[1, 2]"])]
    two = ('name="o"', 'name="p"')
    plain = table(rows[1:], 'hitPolicy="FIRST"', ("a", "b"), two)
    assert decided(file(plain), {"a": 4, "b": "yes"}, how='camunda:mapDecisionResult="singleResult"') == {
        "r": {"o": "y", "p": [1, 2]}
    }
    single = table([([">= 9"], ["'x'"])], inner='<defaultOutputEntry><text>"none"</text></defaultOutputEntry>')
    assert decided(file(single), {"a": 1}, how='camunda:mapDecisionResult="singleEntry"') == {"r": "none"}
    assert decided(file(single), {"a": 9}, how='camunda:mapDecisionResult="singleEntry"') == {"r": "x"}


def test_a_column_of_dates_compares_dates() -> None:
    dmn = file(table([(['> date("2026-01-31")'], ['"late"'])])).replace(
        b"<inputExpression>", b'<inputExpression typeRef="date">'
    )
    assert decided(dmn, {"a": "2026-02-01"}, how='camunda:mapDecisionResult="singleEntry"') == {"r": "late"}
    assert decided(dmn, {"a": "2026-01-31"}, how='camunda:mapDecisionResult="singleEntry"') == {"r": None}


BAD = {
    "decision-unknown": file(table(GRADES, key="other")),
    "decision-text-refused": file(table([(["today()"], ["1"])])),
    "decision-not-carried-out": file(table(GRADES, 'hitPolicy="MAGIC"')),
}


@pytest.mark.parametrize(("code", "dmn"), BAD.items())
def test_what_is_not_carried_out_is_refused_at_its_place(code: str, dmn: bytes) -> None:
    place = {"decision-unknown": "x", "decision-text-refused": "row1"}.get(code, "d")
    assert (code, place) in refused(dmn)


@pytest.mark.parametrize(
    "dmn",
    [
        '<decision id="d" name="d"><context/></decision>',
        '<decision id="d" name="d"><invocation/></decision>',
        '<decision id="d" name="d"/>',
        '<decision id="d" name="d"><knowledgeRequirement/><literalExpression><text>1</text></literalExpression></decision>',
        '<decision id="d" name="d"><informationRequirement><requiredDecision href="#d"/></informationRequirement>'
        "<literalExpression><text>1</text></literalExpression></decision>",
        table(GRADES, 'hitPolicy="PRIORITY"'),
        table(GRADES, 'hitPolicy="UNIQUE" aggregation="SUM"'),
        table([(["1"], ["1", "2"])], 'hitPolicy="COLLECT" aggregation="SUM"', outputs=('name="o"', 'name="p"')),
        table([(["1", "2"], ["1"])]),
        table([(["1"], ["1", "2"])], outputs=('name="o"', 'name="o"')),
    ],
)
def test_decisions_of_other_shapes_are_refused(dmn: str) -> None:
    assert ("decision-not-carried-out", "d") in refused(file(dmn))


def test_files_that_are_no_decisions_are_findings() -> None:
    for body in (b"<x/>", b"no xml", b'<definitions xmlns="http://example.org"/>'):
        found = read({"m.bpmn": BPMN.format(task=CAMUNDA.format(how="")).encode(), "d.dmn": body}, "P").findings
        assert [(one.file, bool(one.line)) for one in found] == [("d.dmn", True)]
    twice = file(table(GRADES), table(GRADES))
    (one,) = read({"m.bpmn": BPMN.format(task=CAMUNDA.format(how="")).encode(), "d.dmn": twice}, "P").findings
    assert (one.rule, one.element) == ("decision-id-unclear", "d")


# ---- random tables, judged twice
WORDS = ["x", "y", "z"]
numbers = st.integers(-2, 4)
tests = st.one_of(
    st.just(("any",)),
    st.tuples(st.just("is"), numbers),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), numbers),
    st.tuples(st.just("in"), st.booleans(), numbers, numbers, st.booleans()),
    st.tuples(st.just("not"), st.lists(numbers, min_size=1, max_size=2)),
    st.tuples(st.just("one of"), st.lists(numbers, min_size=2, max_size=3)),
)
rules = st.lists(st.tuples(tests, tests, numbers, st.sampled_from(WORDS)), max_size=5)


def written(test: tuple[Any, ...]) -> str:
    match test:
        case ("any",):
            return "-"
        case ("is", number):
            return str(number)
        case ("in", opened, low, high, closed):
            return f"{'[' if opened else '('}{low}..{high}{']' if closed else ')'}"
        case ("not", some):
            return f"not({', '.join(map(str, some))})"
        case ("one of", some):
            return ", ".join(map(str, some))
        case (sign, number):
            return f"{sign} {number}"
    raise AssertionError(test)


def passes(test: tuple[Any, ...], given: int | None) -> bool:
    if test == ("any",):
        return True
    if test[0] == "not":
        return given not in test[1]
    if given is None:
        return False
    match test:
        case ("is", number):
            return given == number
        case ("in", opened, low, high, closed):
            return (low < given or (opened and low == given)) and (given < high or (closed and given == high))
        case ("one of", some):
            return given in some
        case ("<", number):
            return given < number
        case ("<=", number):
            return given <= number
        case (">", number):
            return given > number
        case (_, number):
            return given >= number
    raise AssertionError(test)


def expected(policy: str, how: str, hits: list[tuple[int, str]]) -> Any:
    """The list of rows as Camunda has it, or None where the table is in the wrong."""
    rows = [{"n": n, "w": w} for n, w in hits]
    match policy:
        case "UNIQUE":
            return rows if len(rows) < 2 else None
        case "FIRST":
            return rows[:1]
        case "ANY":
            return rows[:1] if all(row == rows[0] for row in rows) else None
        case "PRIORITY":
            return sorted(rows, key=lambda row: WORDS.index(row["w"]))[:1]
        case "OUTPUT ORDER":
            return sorted(rows, key=lambda row: WORDS.index(row["w"]))
        case "COLLECT" if how:
            counts = [n for n, _ in hits]
            if how == "COUNT":
                return [{"n": len(counts)}]
            return [{"n": {"SUM": sum, "MIN": min, "MAX": max}[how](counts)}] if counts else []
        case _:
            return rows


POLICIES = [
    *(
        ("UNIQUE", ""),
        ("FIRST", ""),
        ("PRIORITY", ""),
        ("ANY", ""),
        ("COLLECT", ""),
        ("RULE ORDER", ""),
        ("OUTPUT ORDER", ""),
    ),
    *(("COLLECT", how) for how in ("SUM", "MIN", "MAX", "COUNT")),
]


@pytest.mark.parametrize(("policy", "how"), POLICIES)
@settings(deadline=None, max_examples=30)
@given(rules, st.one_of(st.none(), numbers), numbers)
def test_random_tables_give_what_a_second_evaluator_gives(
    policy: str, how: str, drawn: list[Any], a: int | None, b: int
) -> None:
    hits = [(n, w) for first, second, n, w in drawn if passes(first, a) and passes(second, b)]
    rows = [
        ([written(first), written(second)], [str(n)] if how else [str(n), f'"{w}"']) for first, second, n, w in drawn
    ]
    outputs = ('name="n"',) if how else ('name="n"', 'name="w"')
    dmn = table(rows, f'hitPolicy="{policy}"' + (f' aggregation="{how}"' if how else ""), ("a", "b"), outputs)
    dmn = dmn.replace('<output name="w">', '<output name="w"><outputValues><text>"x", "y", "z"</text></outputValues>')
    facts = {"b": b} if a is None else {"a": a, "b": b}
    right = expected(policy, how, hits)
    if right is None:
        with pytest.raises(NotComputable):
            decided(file(dmn), facts)
    else:
        assert decided(file(dmn), facts) == {"r": right}
