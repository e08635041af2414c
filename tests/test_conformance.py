"""The judge of the conformance features judges: small files of our own in betsy's form, right, wrong and impossible."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from engine.diagrams import read
from tests.conformance import Before, conformance, spelt

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"><process id="{}"><startEvent id="s"/>'
FLOW = '<sequenceFlow id="f{0}" sourceRef="{1}" targetRef="{2}">{3}</sequenceFlow>'


def script(name: str, word: str, more: str = "") -> str:
    return f'<scriptTask id="{name}" {more}><script>{word}</script></scriptTask>'


def row(*words: str, more: str = "") -> str:
    """One script task after another."""
    names = ["s", *(f"k{number}" for number in range(len(words))), "e"]
    tasks = [script(name, word, more if name == "k0" else "") for name, word in zip(names[1:-1], words, strict=True)]
    flows = [FLOW.format(i, one, other, "") for i, (one, other) in enumerate(itertools.pairwise(names))]
    return "".join([*tasks, *flows])


CHOICE = (
    '<exclusiveGateway id="g" default="f2"/>'
    + script("a", "SCRIPT_task1")
    + script("b", "SCRIPT_task2")
    + FLOW.format(0, "s", "g", "")
    + FLOW.format(1, "g", "a", '<conditionExpression>test.contains("a")</conditionExpression>')
    + FLOW.format(2, "g", "b", "")
    + FLOW.format(3, "a", "e", "")
    + FLOW.format(4, "b", "e", "")
)
WORK = (
    script("k", "WAIT_TEN_SECONDS")
    + '<boundaryEvent id="t" attachedToRef="k"><timerEventDefinition><timeDuration>PT2S</timeDuration>'
    + "</timerEventDefinition></boundaryEvent>"
    + script("a", "SCRIPT_task1")
    + script("b", "SCRIPT_task2")
    + FLOW.format(0, "s", "k", "")
    + FLOW.format(1, "k", "a", "")
    + FLOW.format(2, "t", "b", "")
    + FLOW.format(3, "a", "e", "")
    + FLOW.format(4, "b", "e", "")
)
TWO = row("CREATE_LOG_FILE", "SCRIPT_task1", "SCRIPT_task2")
# what is drawn, what a case asks for, the verdict and a word of its reason
ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    (TWO, {"want": ["SCRIPT_task1", "SCRIPT_task2"]}, "passed", ""),
    (TWO, {"want": ["SCRIPT_task1", "SCRIPT_task1", "SCRIPT_task2"]}, "wrong", "expected"),
    (TWO, {"want": ["SCRIPT_task1", "SCRIPT_task2", "SCRIPT_task3"]}, "refused", "nothing in the file writes"),
    (TWO, {"want": ["SCRIPT_task2"]}, "refused", "stands on every way"),
    (TWO, {"want": ["SCRIPT_task1", "SCRIPT_task2", "ERROR_runtime"]}, "wrong", "expected"),
    (row("DO_MAGIC"), {"want": ["SCRIPT_task1"]}, "refused", "k0 (line 1)"),
    (row("SCRIPT_task1", more='startQuantity="0"'), {"want": ["ERROR"]}, "passed", "startQuantity"),
    (CHOICE, {"input": "ab", "want": ["SCRIPT_task1"]}, "passed", ""),
    (CHOICE, {"input": "b", "want": ["SCRIPT_task1"]}, "wrong", "SCRIPT_task2"),
    (row("INCREMENT_INTEGER_VARIABLE_AND_LOG"), {"int": 1, "want": ["INCREMENT_correct"]}, "passed", ""),
    (row("SET_STRING_DATA", "LOG_DATA"), {"want": ["DATA_correct"]}, "passed", ""),
    (row("LOG_DATA"), {"want": ["DATA_correct"]}, "wrong", "DATA_correct?"),
    (WORK, {"delay": 12, "want": ["SCRIPT_task2"]}, "passed", ""),
    (WORK, {"delay": 1, "want": ["SCRIPT_task2"]}, "wrong", "found []"),
]


@pytest.mark.parametrize(("drawn", "asked", "result", "reason"), ROWS)
def test_the_verdict(drawn: str, asked: dict[str, Any], result: str, reason: str, tmp_path: Path) -> None:
    folder = tmp_path / "betsy" / "files" / "bpmn" / "basics"
    folder.mkdir(parents=True)
    (folder / "F.bpmn").write_text(HEAD.format("F") + drawn + '<endEvent id="e"/></process></definitions>')
    case = {"group": "Basic", "name": "F", "n": 1, "input": None, "int": 0, "delay": 0, "parallel": False, **asked}
    (tmp_path / "betsy_expected_traces.json").write_text(json.dumps([case]))
    found = conformance(tmp_path)
    assert found["by_feature"]["F"]["result"] == result, found
    assert reason in found["by_feature"]["F"]["reason"]
    assert (found["features"], found[result]) == (1, 1)


def test_an_order_that_no_run_could_give_is_seen() -> None:
    body = HEAD.format("F") + TWO + '<endEvent id="e"/></process></definitions>'
    before = Before(read({"F.bpmn": spelt(body.encode()).body}, main="F").usable())
    assert before.allows(["k1", "k2"])
    assert not before.allows(["k2", "k1"])
