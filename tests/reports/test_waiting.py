"""Why a case waits, and for whom, at every station of its life; and the public's sentence, which never names a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from engine.reports import Waiting, waiting
from tests.hall import Hall

EXPERTS = {"ground": "expert_review", "planned": "10wd", "reason": "新技术"}
NAMES = ("赵敏", "钱立", "孙正", "林晓", "许诺", "唐谨", "高远", "王强")


@contextmanager
def asked(hall: Hall) -> Iterator[list[str]]:
    """The statements that the database was asked meanwhile."""
    queries: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        queries.append(statement)

    sa.event.listen(hall.database.engine, "before_cursor_execute", note)
    yield queries
    sa.event.remove(hall.database.engine, "before_cursor_execute", note)


def told(hall: Hall, case_id: int) -> Waiting:
    with hall.database.reading() as tx:
        found = waiting(tx, [case_id], hall.now)[case_id]
    assert not any(name in found.public for name in NAMES)
    return found


def says(hall: Hall, case_id: int) -> str:
    return told(hall, case_id).sentence


def test_at_a_window_before_and_after_somebody_took_it(hall: Hall) -> None:
    case_id = hall.at("2026-03-02", "10:21").file("GH02").case_id
    assert says(hall, case_id) == "待签收：自然资源窗口，受理，今日到"
    assert told(hall, case_id).public == "在自然资源窗口，受理"
    hall.claim("zhao", case_id, "intake")
    assert says(hall, case_id) == "在自然资源窗口，受理，赵敏 今日 10:21 签收"
    hall.at("2026-03-05")
    assert says(hall, case_id) == "在自然资源窗口，受理，赵敏 3月2日 10:21 签收，已 3 个工作日"
    assert (told(hall, case_id).days, told(hall, case_id).whom) == (3, "自然资源窗口 赵敏")


def test_a_weekend_does_not_count(hall: Hall) -> None:
    case_id = hall.at("2026-03-06").file("GH02").case_id
    hall.at("2026-03-09")
    assert says(hall, case_id) == "待签收：自然资源窗口，受理，3月6日到，已 1 个工作日"


def test_filed_after_hours_it_waits_for_the_morning(hall: Hall) -> None:
    case_id = hall.at("2026-03-06", "18:30").file("GH02", by=None).case_id
    assert says(hall, case_id) == "下班后提交，3月9日 09:00 收件；待签收：自然资源窗口，受理，今日到"
    assert told(hall, case_id).public == "下班后提交，3月9日 09:00 收件"


def test_the_applicants_turn(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("land_contract",)).case_id
    items = [{"material": "land_contract", "problem": "没有提交"}]
    hall.at("2026-03-03").does("zhao", case_id, "intake", "request_correction", items=items)
    assert says(hall, case_id) == "等申请人补正，今日告知"
    hall.at("2026-03-09")
    assert says(hall, case_id) == "等申请人补正，3月3日告知，已 4 个工作日"
    assert told(hall, case_id).public == "等申请人补正材料，3月3日已一次告知"


def test_experts_at_work_stop_the_clock_until_the_planned_day_and_past_it(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    hall.at("2026-03-03").does("gao", case_id, "expert_start", "start", **EXPERTS)
    assert says(hall, case_id) == "专家评审中，暂停计时，计划至 3月17日"
    hall.at("2026-03-20")
    assert says(hall, case_id) == "专家评审中，暂停计时，已超过计划的 3月17日"
    assert told(hall, case_id).public == says(hall, case_id)


def test_out_of_the_windows_hands_the_receiver_is_for_officers_only(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.acts("qian", case_id, "transfer_hq", receiver="用地科 钱立", reason="会商")
    hall.at("2026-03-04")
    assert says(hall, case_id) == "在部门办理（用地科 钱立），3月2日转出，已 2 个工作日"
    assert told(hall, case_id).public == "在部门办理，3月2日转出"
    hall.acts("sun", case_id, "escalate_up", receiver="省自然资源厅", reason="须由上级批准")
    assert says(hall, case_id) == "在上级机关（省自然资源厅），今日上报"


def test_decided_it_waits_to_be_served_and_then_for_nobody(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.at("2026-03-04").does("sun", case_id, "decide", "grant")
    assert says(hall, case_id) == "已决定，待送达；待签收：自然资源窗口，制证，今日到"
    assert told(hall, case_id).public == "已作出决定，待送达"
    hall.does("zhao", case_id, "certificate", "made")
    hall.at("2026-03-05").does("zhao", case_id, "deliver", "delivered", method="pickup", receiver="王强")
    hall.at("2026-03-09")
    assert says(hall, case_id) == "3月5日办结，准予许可"
    assert (told(hall, case_id).public, told(hall, case_id).whom) == ("3月5日办结", "")


def test_the_other_ends(hall: Hall) -> None:
    withdrawn, refused = hall.at("2026-03-02").accepted(), hall.file("GH02").case_id
    hall.applicant(withdrawn, "withdraw", reason="项目调整")
    reasons = {"reason_code": "not_required", "reasons": "不需要许可", "basis": "行政许可法第32条"}
    hall.does("zhao", refused, "intake", "refuse_acceptance", **reasons)
    assert (says(hall, withdrawn), says(hall, refused)) == ("今日已撤回", "今日不予受理")


def test_a_page_of_cases_in_as_many_questions_as_one(hall: Hall) -> None:
    """However many cases: the number of queries is the same, and no process is loaded."""
    ids = [hall.file("GH02").case_id for _ in range(5)]
    counted = []
    for among in (ids[:1], ids):
        with hall.database.reading() as tx, asked(hall) as queries:
            assert set(waiting(tx, among, hall.now)) == set(among)
        assert not any("processes" in query for query in queries)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_nothing_asked_nothing_told(hall: Hall) -> None:
    with hall.database.reading() as tx:
        assert waiting(tx, [], hall.now) == {}
        assert waiting(tx, [999], hall.now) == {}
