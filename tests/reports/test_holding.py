"""In whose hands: the stretches add up to the whole time, in working days of office time."""

from __future__ import annotations

import pytest

from engine.reports import Holding, holdings
from tests.hall import Hall


def line(hall: Hall, case_id: int) -> list[Holding]:
    with hall.database.reading() as tx:
        return holdings(tx, [case_id], hall.now)[case_id]


def test_a_window_is_one_hand_whether_claimed_or_not(hall: Hall) -> None:
    case_id = hall.at("2026-03-02", "09:00").file("GH02").case_id
    hall.at("2026-03-02", "12:00").does("zhao", case_id, "intake", "accept")
    hall.at("2026-03-03", "12:00").claim("qian", case_id, "review")
    hall.at("2026-03-04", "09:00")
    assert [(h.label, round(h.days, 2), h.until_at) for h in line(hall, case_id)] == [("自然资源窗口", 2.0, None)]


def test_every_hand_has_its_part_and_the_parts_are_the_whole(hall: Hall) -> None:
    case_id = hall.at("2026-03-02", "09:00").accepted("XF01")
    hall.at("2026-03-03", "09:00").does("xu", case_id, "review", "pass")
    hall.does("gao", case_id, "expert_start", "start", ground="expert_review", planned="10wd", reason="新技术")
    hall.at("2026-03-09", "12:00").does("xu", case_id, "expert_end", "end", result="同意")
    hall.at("2026-03-10", "12:00")
    found = line(hall, case_id)
    assert [(h.label, round(h.days, 1)) for h in found] == [("住建窗口", 1.0), ("专家评审", 4.5), ("住建窗口", 1.0)]
    whole = hall.time.worked(hall.case(case_id).filed_at, hall.now)
    assert sum(h.days for h in found) == pytest.approx(whole)


def test_the_applicants_days_are_his(hall: Hall) -> None:
    case_id = hall.at("2026-03-02", "09:00").file("GH02", missing=("land_contract",)).case_id
    items = [{"material": "land_contract", "problem": "没有提交"}]
    hall.does("zhao", case_id, "intake", "request_correction", items=items)
    hall.at("2026-03-05", "09:00").applicant(case_id, "withdraw", reason="不办了")
    hall.at("2026-04-01")
    found = line(hall, case_id)
    assert [(h.label, round(h.days, 1)) for h in found] == [("自然资源窗口", 0.0), ("申请人", 3.0)]
    assert found[-1].until_at == hall.case(case_id).closed_at
