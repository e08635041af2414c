"""The list of cases: who sees which, found by number, applicant, phase and lamp, page after page."""

from __future__ import annotations

from typing import Any

import pytest

from engine.cases import Phase
from engine.clock import Lamp
from engine.reports import CasesAsked, CasesPage, case_list, case_list_part, cases_page
from tests.hall import Hall


def page(hall: Hall, login: str, asked: CasesAsked | None = None, **more: Any) -> CasesPage:
    with hall.database.reading() as tx:
        return cases_page(tx, hall.officer(login), hall.now, asked or CasesAsked(), **more)


@pytest.fixture(scope="module")
def played(shared_hall: Hall) -> Hall:
    """1 accepted and late; 2 in correction; 3 withdrawn; 4 paused; 5 filed just now."""
    hall = shared_hall.at("2026-03-02")
    hall.accepted()
    two = hall.at("2026-03-09").file("GH02", missing=("land_contract",)).case_id
    items = [{"material": "land_contract", "problem": "没有提交"}]
    hall.does("zhao", two, "intake", "request_correction", items=items)
    hall.applicant(hall.accepted(), "withdraw", reason="不办了")
    four = hall.accepted("XF01")
    hall.does("xu", four, "review", "pass")
    hall.does("gao", four, "expert_start", "start", ground="expert_review", planned="10wd", reason="新技术")
    hall.file("GH02")
    hall.duties()
    return hall


ASKED = [
    (CasesAsked(), [5, 4, 3, 2, 1]),
    (CasesAsked(open=True), [5, 4, 2, 1]),
    (CasesAsked(phase=Phase.CORRECTING), [2]),
    (CasesAsked(phase=Phase.WITHDRAWN), [3]),
    (CasesAsked(lamp=Lamp.RED), [1]),
    (CasesAsked(lamp=Lamp.GREY), [4]),
    (CasesAsked(lamp=Lamp.GREEN), [5, 2]),
    (CasesAsked(query="XF01"), [4]),
    (CasesAsked(query="王", lamp=Lamp.RED), [1]),
    (CasesAsked(query="赵"), []),
]


@pytest.mark.parametrize(("asked", "ids"), ASKED)
def test_found(played: Hall, asked: CasesAsked, ids: list[int]) -> None:
    found = page(played, "zheng", asked)
    assert [line.id for line in found.lines] == ids
    assert not found.more


def test_each_line_says_why_it_waits(played: Hall) -> None:
    shown = page(played, "zheng")
    lamps = {line.id: line.lamp for line in shown.lines}
    assert lamps == {5: Lamp.GREEN, 4: Lamp.GREY, 3: Lamp.GREEN, 2: Lamp.GREEN, 1: Lamp.RED}
    assert shown.waiting[4].sentence.startswith("专家评审中，暂停计时")
    assert shown.waiting[2].sentence == "等申请人补正，今日告知"
    assert [line.phase_name for line in shown.lines] == ["已收件", "已受理", "已撤回", "待补正", "已受理"]


def test_a_department_sees_its_own(played: Hall) -> None:
    assert [line.id for line in page(played, "zhao").lines] == [5, 3, 2, 1]
    assert [line.id for line in page(played, "lin").lines] == [4]
    for stranger in ("li", "wu", "feng", "qy-bai"):
        assert page(played, stranger).lines == ()


def test_page_after_page(played: Hall) -> None:
    found: list[int] = []
    after = ""
    for _ in range(3):
        shown = page(played, "zheng", limit=2, after=after)
        found += [line.id for line in shown.lines]
        after = shown.next
    assert found == [5, 4, 3, 2, 1]
    assert not shown.more
    with played.database.reading() as tx:
        first, further = case_list_part(tx, played.officer("zheng"), CasesAsked(), limit=2)
        assert [line.id for line in first] == [5, 4]
        assert [line.id for line in case_list(tx, played.officer("zheng"), limit=3, after=further)] == [3, 2, 1]
