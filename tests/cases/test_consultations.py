"""Consultations: their minutes are numbered and kept, what was resolved is flagged and reported, what was wrong is replaced."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.cases import (
    ActNotUnderstood,
    ConsultationRow,
    ResolutionRow,
    act,
    case_view,
    consultations_on,
    papers,
    read_paper,
    resolutions_owed,
)
from engine.cases.case import look_at
from engine.cases.consultation import (
    MinutesCorrected,
    NoResolution,
    ResolutionNotYours,
    ResolutionReplaced,
    ResolutionReported,
    ResolutionUnknown,
    demand_resolution_owed,
)
from engine.clock import Lamp
from engine.people import ActNotAllowed, Actor, CaseUnknown
from engine.reports import record
from engine.store import tables
from tests.cases.test_orders import at_once, told
from tests.hall import Hall
from tests.joint import Joint

DRAIN = {"text": "核定排水接口位置", "department": "wat", "due_on": "2026-03-06"}
SIGHT = {"text": "出具日照分析意见", "department": "nr"}
MINUTES: dict[str, Any] = {
    "kind": "consultation",
    "held_on": "2026-03-02",
    "place": "三楼会议室",
    "chair": "孙正",
    "attendees": [
        {"department": "nr", "person": "孙正", "presence": "present"},
        {"department": "nr", "person": "钱立", "presence": "present"},
        {"department": "wat", "person": "金石", "presence": "present"},
        {"department": "met", "presence": "absent"},
    ],
    "text": "用地边界没有争议。",
    "resolutions": [DRAIN, SIGHT],
}
ONE, TWO = "会〔2026〕1号第1项", "会〔2026〕1号第2项"


def held(hall: Hall, **other: Any) -> int:
    """A case of its own under review, with the minutes of one consultation."""
    case_id = hall.at("2026-03-02", "10:00").accepted()
    hall.acts("sun", case_id, "consult", **{**MINUTES, **other})
    return case_id


def consultations(hall: Hall, case_id: int) -> list[ConsultationRow]:
    with hall.database.reading() as tx:
        return consultations_on(tx, case_id, hall.now)


def owed(hall: Hall, login: str) -> list[ResolutionRow]:
    with hall.database.reading() as tx:
        return resolutions_owed(tx, [hall.officer(login).department_id], hall.now)


# ---------------------------------------------------------------- the minutes
def test_minutes_are_numbered_printed_and_kept(hall: Hall) -> None:
    case_id = held(hall)
    before = hall.case(case_id)
    with hall.database.reading() as tx:
        paper = papers(tx, case_id)[-1]
        again = read_paper(tx, hall.officer("sun"), before.case_no, paper.id)
    assert (paper.number, paper.title, again.body) == ("会〔2026〕1号", "会商纪要", paper.body)
    for line in (
        "时间：2026年3月2日",
        "地点：三楼会议室",
        "出席：自然资源和规划局 孙正、钱立；水务局 金石",
        "缺席：气象局",
        "议题：建设用地规划许可证核发",
        "会商意见：用地边界没有争议。",
        "1. 核定排水接口位置（水务局，2026年3月6日前）",
        "2. 出具日照分析意见（自然资源和规划局）",
        "召集：自然资源和规划局 孙正",
    ):
        assert line in paper.body.splitlines()
    (one,) = consultations(hall, case_id)
    assert (one.words, one.convened_by, one.agenda) == ("会商", "孙正", {"GH02": "建设用地规划许可证核发"})
    assert [(a.department, a.person, a.present) for a in one.attendees][-1] == ("气象局", "", False)
    assert [(r.name, r.department, r.due_on) for r in one.resolutions] == [
        (ONE, "水务局", date(2026, 3, 6)),
        (TWO, "自然资源和规划局", None),
    ]
    assert before.phase == "accepted"
    assert hall.flaws(case_id) == []


def test_no_legal_clock_notices_a_consultation(hall: Hall) -> None:
    plain = hall.at("2026-03-02", "10:00").accepted()
    case_id = held(hall)
    for kind in ("promised", "statutory"):
        assert hall.clock_value(case_id, kind) == hall.clock_value(plain, kind)


def test_numbers_have_no_gaps_and_kinds_share_them(hall: Hall) -> None:
    case_id = held(hall)
    with pytest.raises(ActNotUnderstood):
        hall.acts("sun", case_id, "consult", **{**MINUTES, "place": ""})
    hall.acts("zhou", case_id, "consult", **{**MINUTES, "kind": "joint_conference"})
    assert [(c.number, c.words) for c in consultations(hall, case_id)] == [
        ("会〔2026〕1号", "会商"),
        ("会〔2026〕2号", "联席会议"),
    ]
    with hall.database.reading() as tx:
        assert papers(tx, case_id)[-1].title == "联席会议纪要"


def test_a_second_click_writes_no_second_minutes(hall: Hall) -> None:
    case_id = hall.at("2026-03-02", "10:00").accepted()
    for _ in range(2):
        with hall.database.writing() as tx:
            act(tx, hall.officer("sun"), case_id, "consult", MINUTES, now=hall.now, request_id="once")
    assert len(consultations(hall, case_id)) == 1


def test_a_stage_is_discussed_by_its_matters(hall: Hall) -> None:
    stage = Joint.filing(hall.at("2026-03-02"), land="auctioned").accepted()
    case_id = stage.filed.case_id
    for login in ("chen", "sun"):  # the joint window, and a department that will sum the stage up
        hall.acts(login, case_id, "consult", **MINUTES, agenda=["GH02", "TZ01"])
    first, _ = consultations(hall, case_id)
    assert first.agenda == {"GH02": "建设用地规划许可证核发", "TZ01": "企业投资项目备案"}
    assert first.convened_by == "陈思"
    with pytest.raises(ActNotUnderstood) as refused:
        hall.acts("chen", case_id, "consult", **MINUTES, agenda=["TZ01", "XF01"])
    (fault,) = refused.value.faults
    assert (fault.place, fault.code) == ("/agenda/1", "not-of-this-stage")
    assert fault.sentence.startswith("议题里的事项“特殊建设工程消防设计审查”不在办件")
    assert "GH02（建设用地规划许可证核发）" in fault.remedy
    assert stage.flaws() == [], "the matters do not know of a department that the stage called in later"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"held_on": "2026-03-03"}, "/held_on", "meeting-in-future"),
    ({"held_on": "2025-03-02"}, "/held_on", "meeting-before-case"),
    ({"held_on": "明天"}, "/held_on", "act-not-understood"),
    ({"attendees": []}, "/attendees", "nobody-present"),
    ({"attendees": MINUTES["attendees"][-1:]}, "/attendees", "nobody-present"),
    (
        {"attendees": [*MINUTES["attendees"], {"department": "moon", "presence": "absent"}]},
        "/attendees/4",
        "department-not-here",
    ),
    (
        {"attendees": [*MINUTES["attendees"], {"department": "ee", "presence": "present"}]},
        "/attendees/4",
        "act-not-understood",
    ),
    ({"agenda": ["TZ01"]}, "/agenda/0", "not-of-this-stage"),
    ({"resolutions": [{**DRAIN, "due_on": "2026-03-01"}]}, "/resolutions/0/due_on", "due-before-meeting"),
    ({"resolutions": [{**DRAIN, "due_on": "2029-03-01"}]}, "/resolutions/0/due_on", "due-too-late"),
    ({"resolutions": [{**DRAIN, "department": "moon"}]}, "/resolutions/0/department", "department-not-here"),
    ({"resolutions": [{**DRAIN, "text": "长" * 4001}]}, "/resolutions/0", "act-not-understood"),
    ({"resolutions": [], "text": " "}, "/text", "nothing-said"),
    ({"corrects": "会〔2026〕9号"}, "/corrects", "minutes-unknown"),
]


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_each_wrong_thing_has_its_place_its_code_and_its_remedy(hall: Hall) -> None:
    case_id = hall.at("2026-03-02", "10:00").accepted()
    for wrong, place, code in WRONG:
        with pytest.raises(ActNotUnderstood) as refused:
            hall.acts("sun", case_id, "consult", **{**MINUTES, **wrong})
        (fault,) = refused.value.faults
        assert (fault.place, fault.code) == (place, code)
        assert fault.remedy
    wrong_rows = [{"department": "nr"}, {"department": "moon", "presence": "absent"}, *MINUTES["attendees"]]
    with pytest.raises(ActNotUnderstood) as refused:
        hall.acts("sun", case_id, "consult", **{**MINUTES, "attendees": wrong_rows, "chair": ""})
    assert [f.place for f in refused.value.faults] == ["/chair", "/attendees/0", "/attendees/1"]
    unchosen = {name: given for name, given in MINUTES.items() if name != "kind"}
    with pytest.raises(ActNotUnderstood) as refused:
        hall.acts("sun", case_id, "consult", **unchosen)
    assert [f.sentence for f in refused.value.faults] == ["没有选择会议形式"]
    assert consultations(hall, case_id) == []


def test_who_may_call_one(hall: Hall) -> None:
    """The department whose matter it is, and a coordinator; no other department, even one that has a part in the case."""
    case_id = held(hall)
    with pytest.raises(CaseUnknown):
        hall.acts("li", case_id, "consult", **MINUTES)
    with pytest.raises(ActNotAllowed, match="牵头部门或者并联审批窗口的工作人员、绿色通道协调员"):
        hall.acts("jin", case_id, "consult", **MINUTES)
    hall.acts("zhou", case_id, "consult", **MINUTES)


# ---------------------------------------------------------------- what was resolved
def test_a_resolution_is_told_flagged_and_reported(hall: Hall) -> None:
    case_id = held(hall)
    assert told(hall, "bao")[0].endswith(f"{ONE}，3月6日前：核定排水接口位置")
    (one,) = owed(hall, "jin")
    assert (one.lamp, one.words) == (Lamp.GREEN, "剩 4 日")
    hall.at("2026-03-06", "17:30").duties()
    assert [r.lamp for r in owed(hall, "jin")] == [Lamp.RED]
    assert sum("议定事项时限超议定期限" in line for line in told(hall, "bao")) == 1
    assert any("议定事项时限超议定期限" in line for line in told(hall, "sun")), "the convener hears of it"
    task = hall.task(case_id, "review")
    with hall.database.reading() as tx:
        assert case_view(tx, hall.officer("sun"), hall.case(case_id).case_no, hall.now)["lamp"] == task.lamp == "red"
    hall.acts("jin", case_id, "report_resolution", resolution=ONE, text="接口位置已核定，见附图。")
    assert owed(hall, "jin") == []
    assert hall.clock(case_id, "resolution", f"resolution:{one.id}") is None
    assert told(hall, "sun")[0].endswith(f"金石报告已落实{ONE}：接口位置已核定，见附图。")
    row = consultations(hall, case_id)[0].resolutions[0]
    assert (row.report, row.reported_by, row.reported_at) == ("接口位置已核定，见附图。", "金石", hall.now)
    assert hall.flaws(case_id) == []


def test_one_without_a_day_has_no_clock(hall: Hall) -> None:
    case_id = held(hall, resolutions=[SIGHT])
    hall.at("2026-06-01").duties()
    (one,) = owed(hall, "sun")
    assert (one.lamp, one.due_on) == (None, None)
    hall.acts("qian", case_id, "report_resolution", resolution=ONE, text="已出具。")
    assert owed(hall, "sun") == []


def test_an_overdue_resolution_is_no_lamp_of_the_case(hall: Hall) -> None:
    plain = hall.at("2026-03-02", "10:00").accepted()
    case_id = held(hall, resolutions=[{**DRAIN, "due_on": "2026-03-02"}])
    hall.at("2026-03-02", "17:30").duties()
    assert hall.clock(case_id, "resolution", "resolution:1").lamp == "red"
    assert hall.task(case_id, "review").lamp == hall.task(plain, "review").lamp
    assert hall.flaws(case_id) == []


def test_reported_once_by_its_own_department(hall: Hall) -> None:
    case_id = held(hall)
    with pytest.raises(ResolutionNotYours, match="由水务局负责，钱立不能报告"):
        hall.acts("qian", case_id, "report_resolution", resolution=ONE, text="已办")
    with pytest.raises(ResolutionUnknown):
        hall.acts("jin", case_id, "report_resolution", resolution="会〔2026〕1号第3项", text="已办")
    won, lost = at_once(hall, ["jin", "bao"], case_id, "report_resolution", resolution=ONE, text="已办")
    assert won == 1
    (refused,) = lost
    assert isinstance(refused, ResolutionReported)
    assert refused.facts["officer"] == consultations(hall, case_id)[0].resolutions[0].reported_by
    with hall.database.reading() as tx, pytest.raises(NoResolution):
        demand_resolution_owed(look_at(tx, case_id, hall.now), Actor("officer", hall.officer("jin")))


def test_a_stand_in_reports_for_the_department_of_the_absent(hall: Hall) -> None:
    case_id = held(hall)
    hall.hire("mo", "lz-901", like="li", roles=["head"])
    hall.stand_in("jin", "mo")
    hall.acts("mo", case_id, "report_resolution", resolution=ONE, text="已核定。")
    assert consultations(hall, case_id)[0].resolutions[0].report == "已核定。"


def test_the_end_of_the_case_ends_what_was_resolved(hall: Hall) -> None:
    case_id = held(hall)
    hall.applicant(case_id, "withdraw")
    assert owed(hall, "jin") == []
    assert [r.lapsed for r in consultations(hall, case_id)[0].resolutions] == [True, True]
    assert hall.flaws(case_id) == []


# ---------------------------------------------------------------- corrected
def test_a_correction_takes_the_place_of_what_was_wrong(hall: Hall) -> None:
    case_id = held(hall)
    hall.acts("qian", case_id, "report_resolution", resolution=TWO, text="已出具。")
    late = {**DRAIN, "due_on": "2026-03-10"}
    hall.at("2026-03-03").acts(
        "sun", case_id, "consult", **{**MINUTES, "corrects": "会〔2026〕1号", "resolutions": [late, SIGHT]}
    )
    old, new = consultations(hall, case_id)
    assert (old.corrected_by, new.corrects) == ("会〔2026〕2号", "会〔2026〕1号")
    with hall.database.reading() as tx:
        assert "本纪要更正并代替会〔2026〕1号。" in papers(tx, case_id)[-1].body
        assert [p.number for p in papers(tx, case_id)][-2:] == ["会〔2026〕1号", "会〔2026〕2号"]
    assert [(r.name, r.due_on) for r in owed(hall, "jin")] == [("会〔2026〕2号第1项", date(2026, 3, 10))]
    assert hall.clock(case_id, "resolution", "resolution:1") is None
    assert [r.report for r in new.resolutions] == [None, "已出具。"], "nobody does the same twice"
    with pytest.raises(ResolutionReplaced, match="所在的纪要已由会〔2026〕2号更正"):
        hall.acts("jin", case_id, "report_resolution", resolution=ONE, text="已办")
    with pytest.raises(MinutesCorrected, match="会〔2026〕1号已由会〔2026〕2号更正"):
        hall.acts("sun", case_id, "consult", **{**MINUTES, "corrects": "会〔2026〕1号"})
    assert hall.flaws(case_id) == []


# ---------------------------------------------------------------- held against the journal
def test_the_record_tells_what_was_resolved_until_it_is_removed_lawfully(hall: Hall) -> None:
    case_id = held(hall)
    hall.acts("jin", case_id, "report_resolution", resolution=ONE, text="已核定。")
    with hall.database.reading() as tx:
        minutes, report = record(tx, case_id)[-2:]
    assert (minutes.title, minutes.quote, minutes.papers) == ("登记会商纪要", "用地边界没有争议。", ("会〔2026〕1号",))
    assert minutes.lines == (
        "3月2日会商：建设用地规划许可证核发",
        "孙正主持，出席 2 个部门，缺席 1 个",
        "议定第1项（水务局，3月6日前）：核定排水接口位置",
        "议定第2项（自然资源和规划局）：出具日照分析意见",
    )
    assert (report.who, report.quote, report.lines) == ("金石", "已核定。", (f"{ONE}：已落实",))
    p = tables.payloads
    with hall.database.writing() as tx:
        tx.execute(p.delete().where(p.c.stream == f"case:{case_id}", p.c.n == minutes.n))
    with hall.database.reading() as tx:
        assert record(tx, case_id)[-2].quote == "这条记录的正文已依法删除"
    assert hall.flaws(case_id) == []


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_what_is_written_by_another_way_is_found(hall: Hall) -> None:
    case_id = held(hall)
    hall.acts("jin", case_id, "report_resolution", resolution=ONE, text="已核定。")
    c, r = tables.consultations, tables.resolutions
    for table, values, words in (
        (c, {"chair": "钱立"}, "会商纪要 会〔2026〕1号 的 chair 登记为 钱立"),
        (c, {"attendees": MINUTES["attendees"][:1]}, "会商纪要 会〔2026〕1号 的 attendees 与办理记录不符"),
        (r, {"due_on": date(2026, 4, 1)}, "议定事项 1 的 due_on 登记为 2026-04-01"),
        (
            c,
            {"convened_by": hall.officer("qian").id},
            "会商纪要 会〔2026〕1号 的 convened_by 登记为 qian，办理记录为 sun",
        ),
        (r, {"report": "没有办"}, "议定事项 1 的 report 与办理记录不符"),
        (r, {"reported_by": hall.officer("sun").id}, "议定事项 1 的 reported_by 登记为 sun，办理记录为 jin"),
    ):
        with hall.database.writing() as tx:
            kept = tx.rows(table.select().where(table.c.case_id == case_id).order_by(table.c.id))[0]
            tx.execute(table.update().where(table.c.id == kept.id).values(**values))
        assert any(words in flaw for flaw in hall.flaws(case_id)), words
        with hall.database.writing() as tx:
            tx.execute(table.update().where(table.c.id == kept.id).values(**{n: getattr(kept, n) for n in values}))
    assert hall.flaws(case_id) == []
