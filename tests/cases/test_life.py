"""One case of each matter from filing to the end, on both databases, and everything about it holds together."""

from __future__ import annotations

from datetime import date

import pytest

from engine.store import tables
from tests.hall import Hall


def test_an_instant_filing(hall: Hall) -> None:
    case_id = hall.file("TZ01").case_id
    hall.does("ma", case_id, "intake", "accept")
    hall.does("he", case_id, "decide", "grant")
    hall.does("ma", case_id, "certificate", "made")
    hall.does("ma", case_id, "deliver", "delivered", method="pickup", receiver="柳青")
    row = hall.case(case_id)
    assert (row.phase, row.result, row.case_no) == ("closed", "granted", "TZ01-2026-00001")
    assert [a for a in hall.acts_of(case_id) if a != "claim"] == [
        "receive",
        "accept",
        "decide_grant",
        "make_certificate",
        "deliver",
        "close",
    ]
    assert hall.flaws(case_id) == []


def test_one_reviews_one_decides_with_correction_and_extension(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("land_contract",)).case_id
    items = [{"material": "land_contract", "problem": "没有提交"}]
    hall.at("2026-03-03").does("zhao", case_id, "intake", "request_correction", items=items)
    assert hall.case(case_id).phase == "correcting"
    assert hall.clock(case_id, "notice") is None
    hall.at("2026-03-06", "18:30").applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
    assert hall.clock_value(case_id, "notice").started_on == date(2026, 3, 9), "filed after hours, received on Monday"
    hall.at("2026-03-10").does("zhao", case_id, "intake", "accept")
    assert hall.clock(case_id, "promised").due_on == date(2026, 3, 13)
    assert hall.clock(case_id, "statutory").due_on == date(2026, 4, 8)
    hall.at("2026-03-11").does("qian", case_id, "review", "pass")
    hall.at("2026-03-12").acts("sun", case_id, "extend", span="10wd", reason="需要衔接在编规划")
    assert hall.clock(case_id, "promised").due_on == date(2026, 3, 27)
    assert hall.clock(case_id, "statutory").due_on == date(2026, 4, 22)
    hall.at("2026-03-20").does("sun", case_id, "decide", "grant")
    assert hall.clock(case_id, "delivery").due_on == date(2026, 4, 3)
    hall.at("2026-03-23").does("zhao", case_id, "certificate", "made")
    hall.at("2026-03-24").does("zhao", case_id, "deliver", "delivered", method="courier", receiver="DEMO-1")
    assert hall.case(case_id).phase == "closed"
    assert [p.kind for p in hall.rows(tables.papers, case_id)] == [
        "receipt",
        "correction",
        "acceptance",
        "extension",
        "grant",
        "certificate",
    ]
    assert hall.flaws(case_id) == []


def test_expert_review_stops_the_clocks(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.at("2026-03-04").does("xu", case_id, "review", "pass")
    hall.at("2026-03-05").does(
        "gao", case_id, "expert_start", "start", ground="expert_review", planned="10wd", reason="新技术"
    )
    assert hall.clock(case_id, "promised").lamp == "grey"
    assert hall.clock(case_id, "special", "expert_review").due_on == date(2026, 3, 19)
    hall.at("2026-03-20").does("xu", case_id, "expert_end", "end", result="同意")
    # accepted 03-02, 7 wd, (03-05, 03-20] = 11 working days away: 03-11 + 11 wd
    assert hall.clock(case_id, "promised").due_on == date(2026, 3, 26)
    assert hall.clock(case_id, "special", "expert_review") is None
    hall.at("2026-03-23").does("tang", case_id, "check", "pass")
    hall.at("2026-03-24").does("gao", case_id, "decide", "refuse", reasons="疏散宽度不足", basis="建筑设计防火规范")
    hall.at("2026-03-25").does("lin", case_id, "deliver", "delivered", method="pickup", receiver="江映")
    row = hall.case(case_id)
    assert (row.phase, row.result) == ("closed", "refused")
    refusal = hall.rows(tables.papers, case_id)[-1]
    assert "行政复议" in refusal.body
    assert hall.flaws(case_id) == []


@pytest.mark.parametrize("outcome", ["skip", "start"])
def test_the_diagram_chooses_the_way(hall: Hall, outcome: str) -> None:
    case_id = hall.accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    details = {"ground": "expert_review", "planned": "5wd", "reason": "新技术"} if outcome == "start" else {}
    hall.does("gao", case_id, "expert_start", outcome, **details)
    assert hall.pool("xu") == (["expert_end"] if outcome == "start" else ["check"])


def test_not_accepted_ends_the_case(hall: Hall) -> None:
    case_id = hall.file("GH02").case_id
    hall.does(
        "zhao",
        case_id,
        "intake",
        "refuse_acceptance",
        reason_code="wrong_office",
        reasons="在省管范围",
        basis="第32条",
        refer_to="省厅",
    )
    row = hall.case(case_id)
    assert (row.phase, row.result) == ("not_accepted", "not_accepted")
    assert row.closed_at == hall.now
    assert hall.clock(case_id, "notice") is None
    assert "省厅" in hall.rows(tables.papers, case_id)[-1].body
    assert hall.flaws(case_id) == []
