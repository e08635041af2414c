"""The record in words: who, in which post, what he did and said, which paper came of it, and what the day counted."""

from __future__ import annotations

import re

from engine.cases import transfer
from engine.clock import Lamp
from engine.reports import Note, record
from engine.reports.record import last_note
from engine.store import tables
from tests.hall import Hall
from tests.joint import Joint

EXPERTS = {"ground": "expert_review", "planned": "10wd", "reason": "新技术"}


def notes(hall: Hall, case_id: int) -> list[Note]:
    with hall.database.reading() as tx:
        return record(tx, case_id)


def last(hall: Hall, case_id: int) -> Note:
    return notes(hall, case_id)[-1]


def test_filing_and_acceptance(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02").case_id
    (filed,) = notes(hall, case_id)
    assert (filed.title, filed.who, filed.post) == ("收件", "赵敏", "窗口工作人员")
    assert filed.lines[0].startswith("窗口提交，材料")
    assert filed.papers == ("收〔2026〕1号",)
    assert filed.day == "", "no clock of the decision runs yet"
    task = hall.claim("zhao", case_id, "intake")
    assert last(hall, case_id).title == "签收“受理”"
    hall.completes("zhao", task, "accept")
    accepted = last(hall, case_id)
    assert (accepted.title, accepted.papers, accepted.day) == ("受理", ("受〔2026〕1号",), "受理当日不计")


def test_a_long_record_is_told_from_its_end(hall: Hall) -> None:
    """Page behind page the same notes as at once; what the first of a page says of the time before it is kept."""
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    hall.at("2026-03-03").does("gao", case_id, "expert_start", "start", **EXPERTS)
    hall.at("2026-03-06").claim("xu", case_id, "expert_end")
    hall.later(hours=1).completes("xu", hall.task(case_id, "expert_end", "claimed").id, "end", result="同意")
    whole = notes(hall, case_id)
    assert any(note.standing for note in whole)
    with hall.database.reading() as tx:
        found, first = record(tx, case_id, most=2), last_note(tx, case_id, {note.act for note in whole[1:]}, most=2)
        while found[0].n > 1:
            found = record(tx, case_id, before=found[0].n, most=2) + found
    assert found == whole
    assert first == whole[0], "found behind many pages"


def test_the_days_as_the_promise_counts_them(hall: Hall) -> None:
    case_id = hall.at("2026-03-05").accepted()
    hall.at("2026-03-06").does("qian", case_id, "review", "pass")
    reviewed = last(hall, case_id)
    assert (reviewed.title, reviewed.who, reviewed.post) == ("审查：报核准", "钱立", "审查员")
    assert (reviewed.day, reviewed.quote) == ("第 1 个工作日", "用地性质、位置、面积与规划条件一致，建议核准。")
    hall.at("2026-03-07").claim("sun", case_id, "decide")
    assert last(hall, case_id).day == "休息日，不计入"
    hall.at("2026-03-09").completes(
        "sun", hall.task(case_id, "decide", "claimed").id, "return", {}, opinion="面积有出入"
    )
    assert last(hall, case_id).day == "第 2 个工作日"


def test_one_notice_of_all_that_is_missing(hall: Hall) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    items = [{"material": "land_contract", "problem": "没有提交"}]
    hall.does("zhao", case_id, "intake", "request_correction", items=items)
    asked = last(hall, case_id)
    assert asked.title == "受理：一次告知补正"
    assert len(asked.lines) == 1
    assert asked.lines[0].endswith("：没有提交")
    assert "land_contract" not in asked.lines[0]
    hall.applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
    brought = last(hall, case_id)
    assert (brought.title, brought.who) == ("收到补正材料", "申请人")
    assert brought.lines[0].startswith("材料：")


def test_a_pause_is_seen_in_the_days_and_between_the_entries(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    hall.at("2026-03-03").does("gao", case_id, "expert_start", "start", **EXPERTS)
    started = last(hall, case_id)
    assert (started.title, started.quote) == ("提请专家评审：启动评审", "新技术")
    assert started.lines == ("专家评审，计划 10 个工作日",)
    assert (started.day, started.standing) == ("第 1 个工作日", False)
    hall.at("2026-03-06").claim("xu", case_id, "expert_end")
    assert (last(hall, case_id).day, last(hall, case_id).standing) == ("暂停，不计入", True)
    hall.later(hours=1).completes("xu", hall.task(case_id, "expert_end", "claimed").id, "end", result="同意")
    assert (last(hall, case_id).quote, last(hall, case_id).standing) == ("同意", True)
    hall.at("2026-03-09").claim("tang", case_id, "check")
    assert (last(hall, case_id).day, last(hall, case_id).standing) == ("第 2 个工作日", False)


def test_how_a_lamp_turned(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-04", "17:00").duties()
    flags = [n for n in notes(hall, case_id) if n.act == "flag"]
    assert [n.lamp for n in flags] == [Lamp.YELLOW, Lamp.RED]
    assert flags[0].lines == ("承诺时限：临期，到期 3月5日（规则 L2）",)
    assert flags[1].lines == ("“审查”环节时限：超环节时限，到期 3月4日（规则 L4）",)
    assert all(n.system for n in flags)


def test_a_return_names_its_step_and_a_transfer_its_receiver(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.hire("bai", "lz-900", like="qian", name="白某")
    task = hall.claim("qian", case_id, "review")
    with hall.database.writing() as tx:
        transfer(tx, hall.officer("qian"), task, "bai", "休假", now=hall.now)
    handed = last(hall, case_id)
    assert (handed.title, handed.lines, handed.quote) == ("转办“审查”", ("转给 白某",), "休假")


def test_a_stand_in_is_named_with_the_one_he_stands_for(hall: Hall) -> None:
    hall.hire("bai", "lz-900", like="zhao", roles=["clerk"], name="白某")
    hall.stand_in("sun", "bai")
    case_id = hall.accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.does("bai", case_id, "decide", "grant")
    decided = last(hall, case_id)
    assert (decided.who, decided.acting_for) == ("白某", "孙正")
    assert decided.title == "核准：准予许可"


def test_a_text_that_was_removed_lawfully_is_said_to_be(hall: Hall) -> None:
    case_id = hall.accepted()
    p = tables.payloads
    with hall.database.writing() as tx:
        tx.execute(p.delete().where(p.c.stream == f"case:{case_id}", p.c.n == 1))
    first = notes(hall, case_id)[0]
    assert (first.title, first.quote) == ("收件", "这条记录的正文已依法删除")
    assert hall.flaws(case_id) == []


def test_every_act_of_three_whole_lives_has_words(hall: Hall) -> None:
    """No code of an act, a step or a material is left in what people read."""
    case_id = hall.at("2026-03-02").accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.acts("sun", case_id, "extend", span="10wd", reason="需要衔接在编规划")
    hall.acts("qian", case_id, "transfer_hq", receiver="用地科", reason="会商")
    hall.acts("qian", case_id, "return_from_hq", opinion="同意")
    hall.does("sun", case_id, "decide", "grant", text="准予")
    hall.does("zhao", case_id, "certificate", "made")
    hall.does("zhao", case_id, "deliver", "delivered", method="pickup", receiver="王强")
    told = notes(hall, case_id)
    assert [n.title for n in told if n.act != "claim"] == [
        "收件",
        "受理",
        "审查：报核准",
        "延长审批期限",
        "转部门办理",
        "部门退回窗口",
        "核准：准予许可",
        "制证：已制证",
        "送达：已送达",
        "办结",
    ]
    assert told[-1].quote == ""
    assert [n.lines for n in told if n.act in ("extend", "transfer_hq", "deliver", "close")] == [
        ("延长 10 个工作日",),
        ("送往 用地科",),
        ("窗口领取，王强",),
        ("准予许可",),
    ]


CODE = re.compile(r"(?<![A-Z])[A-Z]{2}\d{2}(?!-\d{4})|[a-z]+_[a-z]+")
"""The code of a matter that is no part of a case number; a name that only programs read."""


def test_every_act_of_a_stage_has_words(hall: Hall) -> None:
    stage = Joint.filing(hall.at("2026-03-02"), land="auctioned")
    case_id = stage.filed.case_id
    stage.accepted(held=[{"matter": "ZR01", "reason": "等待土地市场公告"}], tolerant=["HP02"])
    hall.at("2026-03-03").acts("chen", case_id, "release_matter", matter="ZR01")
    hall.acts("chen", case_id, "drop_matter", matter="SL01", reason="申请人放弃")
    hall.duties()
    hall.acts("sun", stage.child("ZR01").id, "start_special", ground="auction", planned="10wd", reason="土地拍卖")
    hall.duties()
    hall.at("2026-03-09").acts("sun", stage.child("ZR01").id, "end_special", result="成交")
    hall.duties()
    stage.ends("TZ01")
    stage.ends("ZR01", "refuse")
    stage.concludes()
    told = notes(hall, case_id) + notes(hall, stage.child("HP02").id)
    assert not [n for n in told if n.title == n.act or any(map(CODE.search, (n.title, n.quote, *n.lines)))]
    lines = [line for n in told for line in n.lines]
    for words in (
        "国有建设用地使用权出让（招拍挂）：暂缓，等待土地市场公告",
        "国有建设用地使用权出让（招拍挂）：开始办理",
        "生产建设项目水土保持方案审批：不再办理",
        "国有建设用地使用权出让（招拍挂）：3月3日起特别程序，暂停计时",
        "国有建设用地使用权出让（招拍挂）：特别程序结束，继续计时",
        "企业投资项目备案：准予，3月9日",
        "建设用地规划许可证核发：未启动，前置事项“国有建设用地使用权出让（招拍挂）”未获准予，3月9日",
        "全部办结，部分准予",
    ):
        assert words in lines, words
    assert "环境影响报告表审批：前置事项的结果已经收到" in lines, "its tolerant start is one no longer"
