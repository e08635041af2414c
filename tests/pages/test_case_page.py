"""The page of a case: where it is, how its time is counted, what was done; the list that leads to it; a stranger sees neither."""

from __future__ import annotations

from tests.pages.conftest import Site, serious


def test_a_case_tells_its_story(site: Site) -> None:
    hall = site.hall
    case_id = hall.accepted()
    case_no = hall.case(case_id).case_no
    page = site.officer("qian")
    page.goto("/cases")
    page.click(f"text={case_no}")
    told = page.inner_text("main")
    assert "待签收：自然资源窗口，审查" in told
    assert "3 个工作日已用 0 个" in told
    assert "示例数据，未经核实" in told
    assert page.locator("svg.dg rect.n.done").count() == 1
    assert page.locator("svg.dg rect.n.now").count() == 1
    assert page.locator(".jr li").count() == len(hall.acts_of(case_id))
    assert "受理通知书" in told
    assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_list_is_searched_and_narrowed(site: Site) -> None:
    case_no = site.hall.case(site.hall.accepted()).case_no
    page = site.officer("zhao")
    page.goto(f"/cases?q={case_no}")
    assert page.locator("tbody tr").count() == 1
    page.goto("/cases?phase=closed")
    assert "没有找到办件" in page.inner_text("main")
    assert serious(page) == []


def test_a_stranger_finds_nothing(site: Site) -> None:
    case_no = site.hall.case(site.hall.accepted()).case_no
    page = site.officer("li")
    answer = page.goto(f"/cases/{case_no}")
    assert answer is not None
    assert answer.status == 404
    page.goto("/cases")
    assert case_no not in page.inner_text("main")
