"""What people see of a time proof: the designer's strip and the guide's sentence, made of the same proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.pages.guides import held_of
from api.pages.strip import Strip, strip
from engine.catalogue import GUIDE, Guide, called_by, prove_guide, read_folder, read_guide
from engine.clock import OfficeTime, WorkCalendar, shipped_notices
from engine.diagrams import Diagram, TimeProof, read

SEEDS = Path(__file__).parents[2] / "bpmn"
TIME = OfficeTime(WorkCalendar.of(shipped_notices()))
NAMES = {"hurd": "住建局", "nr": "自然资源局"}


def proved(code: str, time: OfficeTime = TIME) -> tuple[Diagram, Guide, TimeProof]:
    bundle = read_folder(SEEDS / code)
    guides = [read_guide(file.read_bytes(), GUIDE) for file in sorted(SEEDS.glob(f"*/{GUIDE}"))]
    diagram = read({n: b for n, b in bundle.items() if n.endswith(".bpmn")}, code.lower()).usable()
    guide = read_guide(bundle[GUIDE], GUIDE)
    called = called_by(diagram, {one.code: one for one in guides})
    return diagram, guide, prove_guide(diagram, guide, time, called)


def drawn(code: str) -> Strip:
    diagram, _, proof = proved(code)
    shown = strip(proof, diagram, NAMES)
    assert shown is not None
    return shown


def test_one_cell_is_one_working_day_of_the_longest_course_then_what_is_left() -> None:
    (bar,) = drawn("ZJ05").bars
    assert bar.ruler is not None
    assert "".join(cell.marks or "." for cell in bar.ruler.cells) == "u" * 9 + "." + "s" * 35
    assert [(n, cell.gap) for n, cell in enumerate(bar.ruler.cells) if cell.gap] == [
        (2, True),
        (5, True),
        (8, True),
        (9, True),
    ]
    ticks = {n: cell.tick for n, cell in enumerate(bar.ruler.cells) if cell.tick}
    assert ticks[0] == "联合踏勘 2"
    assert (ticks[9], ticks[44]) == ("承诺 10", "法定 45")
    assert bar.ruler.cells[3].title == "规划验收 第 2 个工作日"
    assert bar.ruler.label.startswith("承诺时限：最长 9 个工作日，还余 1 个工作日，每个开始日都一样；法定时限：")


def test_what_lies_past_the_promise_has_its_own_colour() -> None:
    shown = drawn("HZ04")
    (bar,) = shown.bars
    assert bar.ruler is not None
    assert "".join(cell.marks or "." for cell in bar.ruler.cells) == "u" * 12 + "o" * 3 + "s" * 30
    assert [(one.name, one.kept) for one in bar.said] == [("承诺时限", False), ("法定时限", True)]
    assert shown.shares == "自然资源局 5 个工作日、住建局 10 个工作日"
    assert [(s.title, s.department, s.days, s.slack) for s in shown.steps][:3] == [
        ("建设工程规划条件核实", "自然资源局", "5", ("-3", "30")),
        ("竣工联合验收", "住建局", "10", ("-3", "30")),
        ("特殊建设工程消防验收", "住建局", "—", ("-3", "30")),
    ]


def test_limits_that_count_different_courses_have_a_bar_each() -> None:
    shown = drawn("ZJ04")
    assert [[one.name for one in bar.said] for bar in shown.bars] == [["承诺时限"], ["法定时限"]]
    assert [s.slack for s in shown.steps] == [("—", "-2"), ("1", "-2"), ("1", "-2")]
    assert any("退回 1 次" in note for note in shown.notes)


def test_a_step_without_a_limit_is_not_told_as_one_that_takes_no_time() -> None:
    bundle = read_folder(SEEDS / "GH03")
    text = bundle["matter.bpmn"].replace(b' ls:limit="2wd" ls:form="review"', b' ls:form="review"')
    guide = read_guide(bundle[GUIDE], GUIDE)
    diagram = read({n: b for n, b in {**bundle, "matter.bpmn": text}.items() if n.endswith(".bpmn")}, "gh03").usable()
    shown = strip(prove_guide(diagram, guide, TIME, called_by(diagram, {})), diagram, NAMES)
    assert shown is not None
    assert [(s.title, s.days) for s in shown.steps] == [("部门会签", "3"), ("汇总审查", "不计"), ("审定", "1")]
    assert "“汇总审查”没有环节时限，不计。" in shown.notes


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("GH01", "机构内部各环节合计最长 6 个工作日。另计：专家评审。按已公布的日历逐日核算（2018年1月1日至"),
        ("SC01", "机构内部各环节都在当日办。没有定时限的没有计入：核准登记。"),
        ("HZ04", "各事项按自己的承诺同时办，有先后的依次办，合计最长 15 个工作日。"),
    ],
)
def test_the_guide_says_how_long_it_takes_together(code: str, says: str) -> None:
    _, guide, proof = proved(code)
    (said,) = held_of(proof, guide)
    assert said.words.startswith(says)
    assert said.words.endswith("以承诺和法定时限为准。" if code == "HZ04" else "都在承诺时限以内。")
    assert not said.verified


def test_what_is_not_kept_is_not_hidden_and_what_is_not_proved_is_not_said() -> None:
    _, guide, proof = proved("HZ04")
    assert held_of(proof, guide)[0].words.endswith("可能比承诺晚 3 个工作日，以承诺和法定时限为准。")
    _, guide, nothing = proved("GH01", OfficeTime(WorkCalendar.of([])))
    assert held_of(nothing, guide) == []
