"""A pattern draws what a designer would: it lints clean, lies on the grid, and says at once every line that it cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest

import bpmn
from engine.diagrams import PatternNotUnderstood, describe, lint_files, standard

SEED = Path(next(iter(bpmn.__path__)))
PARTS = {file.name: file.read_bytes() for file in (SEED / "parts").glob("*.bpmn")}
PLAIN = "intake 受理 nr nr-1 1wd\nreview 审查 nr 2wd\ndecide 核准 nr 1wd returns"
FULL = """
intake 受理 nr nr-1 1wd tolerant
visit 现场踏勘 nr 2wd
together 征求意见
    opinion 人防意见 cad 2wd
    opinion 气象意见 met 2wd
special 专家评审 nr expert_review
check 审核 nr 1wd returns
decide 核准 nr 1wd returns
certificate
"""


def drawn(text: str) -> tuple[str, ...]:
    reading = lint_files({"matter.bpmn": standard("QT01", "测试事项", text), **PARTS}, "qt01")
    assert reading.findings == ()
    assert reading.diagram is not None
    return tuple(step.name for step in describe(reading.diagram))


def test_a_plain_pattern() -> None:
    assert drawn(PLAIN) == ("受理", "审查", "核准", "制证", "送达")


def test_every_kind_of_line() -> None:
    assert drawn(FULL) == (
        *("受理", "现场踏勘", "人防意见", "气象意见", "提请专家评审", "专家评审结果", "审核", "核准", "制证", "送达"),
    )


def test_what_is_sent_up_waits_there_and_is_delivered_here() -> None:
    up = "intake 受理 for for-1 1wd\nreview 初审 for 3wd\nescalate 上报 for 1wd returns\nabove 市级审核 LY01"
    assert drawn(up) == ("受理", "初审", "上报", "送达")
    assert b'calledElement="LY01"' in standard("QT01", "测试事项", up)


def test_two_steps_of_a_kind_have_ids_of_their_own() -> None:
    text = standard("QT01", "测试", "intake 受理 nr nr-1\nreview 初审 nr\nreview 复审 nr\ndecide 核准 nr").decode()
    assert 'id="review"' in text
    assert 'id="review_b"' in text


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("review 审查 nr\ndecide 核准 nr", ["/1"]),
        ("intake 受理 nr nr-1\nreview 审查 nr", ["/"]),
        ("intake 受理 nr nr-1\nfly 起飞 nr\nreview 审查\ndecide 核准 nr", ["/2", "/3"]),
        ("intake 受理 nr nr-1\ntogether 会商\n  opinion 意见 cad\ndecide 核准 nr", ["/2"]),
        ("intake 受理 nr nr-1\ntogether 会商" + "\n  opinion 意见 cad" * 5 + "\ndecide 核准 nr", ["/2"]),
        ("intake 受理 gsc joint-1\nmatters 并联审批\n  call 备案 TZ01\nsummary 汇总 nr", ["/2"]),
        ("intake 受理 gsc joint-1\nmatters 并联审批\n  call 备案 TZ01\n  call 用地 GH02\ndecide 核准 nr", ["/"]),
        ("intake 受理 for for-1\nreview 初审 for\nescalate 上报 for", ["/"]),
        ("intake 受理 for for-1\nescalate 上报 for\nabove 市级审核 LY01\ndecide 决定 for", ["/"]),
        ("", ["/1", "/"]),
    ],
)
def test_every_line_at_fault_is_named(text: str, places: list[str]) -> None:
    with pytest.raises(PatternNotUnderstood) as wrong:
        standard("QT01", "测试", text)
    assert [fault.place for fault in wrong.value.faults] == places


def test_a_name_may_hold_what_xml_does_not() -> None:
    assert b"A&amp;B" in standard("QT01", "A&B", PLAIN)


def test_a_way_to_a_matter_says_when_it_is_taken() -> None:
    text = standard(
        "QT01",
        "测试阶段",
        "intake 统一受理 gsc joint-1\nmatters 并联审批\n  call 备案 TZ01\n  call 出让 ZR01 when=land=auctioned as=出让\n"
        "  call 环评 HP02 optional\nsummary 牵头汇总 nr",
    ).decode()
    assert text.count("<bpmn:inclusiveGateway") == 2, "where some ways depend on an answer"
    assert '<bpmn:sequenceFlow id="to_tz01" sourceRef="split"' in text
    assert '<bpmn:sequenceFlow id="to_zr01" name="出让" sourceRef="split"' in text
    assert "${land == 'auctioned'}" in text
    assert '<bpmn:sequenceFlow id="to_hp02" name="可选" sourceRef="split"' in text
    assert 'calledElement="HP02" ls:optional="true"' in text
