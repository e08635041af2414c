"""The list of cases and the case page: what an officer sees of a case from filing to the end, and what a stranger does not."""

from __future__ import annotations

import re

import pytest

from engine.store import tables
from tests.pages.conftest import Site, follow, serious, task_of

SQLITE = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
EXPERTS = {"ground": "expert_review", "planned": "10wd", "reason": "采用新技术"}


def paused(site: Site) -> str:
    """A case of fire review whose experts are at work."""
    hall = site.hall
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.at("2026-03-03").does("xu", case_id, "review", "pass")
    hall.at("2026-03-04").does("gao", case_id, "expert_start", "start", **EXPERTS)
    hall.at("2026-03-09").duties()
    return str(hall.case(case_id).case_no)


def test_all_that_there_is_to_know_of_a_case(site: Site) -> None:
    case_no = paused(site)
    page = site.officer("zheng", java_script_enabled=False)
    page.goto(f"/cases/{case_no}")
    head = page.inner_text(".head")
    assert "特殊建设工程消防设计审查" in head
    assert "承诺件" in head
    hands = page.inner_text("section:has(#h)")
    assert "专家评审中，暂停计时，计划至 3月18日" in hands
    assert re.search(r"住建窗口 2\.\d 个工作日", hands)
    assert "不计入时限" in hands
    assert page.locator(".hand > svg").count() == 2
    clock = page.inner_text("section:has(#c)")
    assert "专家评审暂停至 3月18日" in clock
    assert "3月5日至18日，暂停（专家评审），10 个工作日" in clock
    assert "示例数据，未经核实" in clock, "the promise is demo data"
    assert "法定时限" in clock
    told = page.inner_text("section:has(#j)")
    assert "高远" in told
    assert "提请专家评审：启动评审" in told
    assert "采用新技术" in told
    assert "暂停，不计入" not in told
    assert page.locator(".jr li.here").count() == 1
    assert page.locator(".jr li.wait").count() == 1, "the clock stands still since the last entry"
    assert "特〔2026〕1号" in told
    assert "申请表" in page.inner_text("section:has(#ms)")
    papers = page.locator(".papers a")
    assert papers.all_inner_texts() == ["特别程序告知书", "受理通知书", "收件凭证"]
    assert page.request.get(papers.first.get_attribute("href") or "").status == 200


@SQLITE
def test_the_task_that_is_opened_from_a_case_is_its_own(site: Site) -> None:
    """From the hundred-thousandth case of a year on, one number begins with another."""
    hall = site.hall.at("2026-03-02")
    case_id, other = hall.file("GH02").case_id, hall.file("GH02").case_id
    with hall.database.writing() as tx:
        c = tables.cases
        tx.execute(c.update().where(c.c.id == other).values(case_no=hall.case(case_id).case_no + "0"))
    hall.claim("zhao", other, "intake")
    page = site.officer("zhao", java_script_enabled=False)
    page.goto(f"/cases/{hall.case(case_id).case_no}")
    assert page.get_attribute("text=看任务", "href") == task_of(hall, case_id, "intake")


@SQLITE
def test_older_notes_stand_on_pages_of_their_own(site: Site) -> None:
    case_no = paused(site)
    page = site.officer("zheng", java_script_enabled=False)
    page.goto(f"/cases/{case_no}?before=4")
    told = page.locator("section:has(#j)")
    assert "第 1 至 3 条，新的在前" in told.inner_text()
    assert told.locator(".jr > li").count() == 3
    assert told.locator("li.here").count() == 0, "now stands above the latest"
    assert told.get_by_text("更早的记录").count() == 0
    follow(page, told.get_by_text("回到最新"))
    assert told.locator("li.here").count() == 1
    assert "采用新技术" in told.inner_text()


@SQLITE
def test_the_picture_and_the_same_in_words(site: Site) -> None:
    case_no = paused(site)
    page = site.officer("xu", viewport={"width": 1440, "height": 900})
    page.goto(f"/cases/{case_no}")
    assert page.locator(".dg .n.done").count() >= 4
    assert page.locator(".dg .n.now").count() == 1
    assert page.locator(".dg .f.went").count() == 6
    assert "现在：专家评审结果" in (page.locator(".dg desc").text_content() or "")
    page.click("text=按文字看步骤")
    steps = page.locator(".steps li").all_inner_texts()
    assert any(s.startswith("审查 已过，许诺 3月3日") for s in steps)
    assert any(s.startswith("专家评审结果 现在") for s in steps)
    assert any(s == "决定 未到" for s in steps)


@SQLITE
def test_what_may_be_done_is_offered_to_who_may(site: Site) -> None:
    case_no = paused(site)
    page = site.officer("gao", java_script_enabled=False)
    page.goto(f"/cases/{case_no}")
    offered = page.locator(".acts a").all_inner_texts()
    assert "撤回申请…" in offered or "终止办理…" in offered
    first = page.locator(".acts a").first.get_attribute("href") or ""
    assert page.request.get(first).status == 200
    task = site.hall.task(1, "expert_end").id
    assert page.locator(f"a[href='/tasks/{task}']").count() == 1
    watcher = site.officer("zheng", java_script_enabled=False)
    watcher.goto(f"/cases/{case_no}")
    assert watcher.locator(".acts").count() == 0
    assert watcher.locator("a[href$='/orders/new']").count() == 1


@SQLITE
@pytest.mark.parametrize("looks", [{}, {"theme": "dark", "type": "large"}, {"contrast": "high", "theme": "light"}])
def test_every_look_is_clean_and_fits(site: Site, looks: dict[str, str]) -> None:
    case_no = paused(site)
    page = site.officer("xu", viewport={"width": 1440, "height": 900})
    page.context.add_cookies([{"name": f"look_{k}", "value": v, "url": site.url} for k, v in looks.items()])
    for path in (f"/cases/{case_no}", "/cases"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        assert serious(page) == []
        for width in (1024, 390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []


@SQLITE
def test_on_paper(site: Site) -> None:
    case_no = paused(site)
    page = site.officer("gao", viewport={"width": 794, "height": 1123})
    page.goto(f"/cases/{case_no}")
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert not page.locator(".acts a").first.is_visible()
    assert page.locator(".dg").is_visible()
    assert page.locator(".hand").is_visible()


def test_a_stranger_finds_no_case(site: Site) -> None:
    case_no = paused(site)
    page = site.officer("li", java_script_enabled=False)
    assert page.request.get(f"/cases/{case_no}").status == 404
    assert page.request.get("/cases/XF01-2026-99999").status == 404
    page.goto("/cases")
    assert "还没有您能看到的办件" in page.inner_text("main")
    page.goto(f"/cases?q={case_no}")
    assert "没有找到这样的办件" in page.inner_text("main"), "nothing tells that the number exists"
    assert page.locator("[data-task]").count() == 0
    for login in ("wu", "feng"):
        assert site.officer(login, java_script_enabled=False).request.get("/cases").status == 404


@SQLITE
def test_found_by_number_applicant_phase_and_lamp(site: Site) -> None:
    late = site.hall.at("2026-03-02").accepted()
    ended = site.hall.at("2026-03-09").accepted()
    site.hall.applicant(ended, "withdraw", reason="不办了")
    site.hall.duties()
    page = site.officer("zheng", viewport={"width": 1440, "height": 900})
    page.goto("/cases")
    assert page.locator("[data-task] th").all_inner_texts() == ["GH02-2026-00002", "GH02-2026-00001"]
    assert "今日已撤回" in page.inner_text("#c2")
    assert "待签收：自然资源窗口，审查，3月2日到，已 5 个工作日" in page.inner_text("#c1")
    with page.expect_navigation():
        page.select_option("[name=lamp]", "red")
    assert page.locator("[data-task] th").all_inner_texts() == ["GH02-2026-00001"]
    page.goto("/cases?phase=withdrawn")
    assert page.locator("[data-task] th").all_inner_texts() == ["GH02-2026-00002"]
    page.fill("#q", "gh02-2026-00001")
    page.press("#q", "Enter")
    page.wait_for_url(f"**/cases/{site.hall.case(late).case_no}")
    page.goto("/cases?q=没有这样的")
    assert "没有找到这样的办件" in page.inner_text("main")
    assert page.request.get("/cases?phase=nothing").status == 404


@SQLITE
def test_what_was_not_looked_through_is_said_and_can_be_looked_through(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of eight is the one that was withdrawn, and a search begins with the last."""
    cases = [site.hall.file("GH02").case_id for _ in range(8)]
    site.hall.applicant(cases[0], "withdraw", reason="不办了")
    monkeypatch.setattr("engine.reports.search.FEW_SEEN", 0)
    monkeypatch.setattr("engine.reports.rounds.ROUND", 2)
    page = site.officer("zheng", viewport={"width": 1440, "height": 900})
    page.goto("/cases?q=GH02&phase=withdrawn")
    assert page.inner_text(".nothing") == "查过的一部分里没有这样的办件，后面的还没有查。"
    assert serious(page) == []
    follow(page, "text=接着往后查")
    assert page.locator("[data-task] th").all_inner_texts() == ["GH02-2026-00001"]
    assert page.locator("text=后面的还没有查").count() == 0
    page.goto("/cases?q=GH02&phase=received")
    assert page.locator("[data-task]").count() == 6
    assert page.inner_text(".pager") == "接着往后查\n先查到这些，后面的还没有查。"
    follow(page, "text=接着往后查")
    assert page.locator("[data-task]").count() == 1


@SQLITE
def test_by_keyboard_through_the_list(site: Site) -> None:
    for _ in range(2):
        site.hall.file("GH02")
    page = site.officer("zheng", viewport={"width": 1440, "height": 900})
    page.goto("/cases")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/GH02-2026-00001")


@SQLITE
def test_page_after_page(site: Site) -> None:
    for _ in range(51):
        site.hall.file("GH02")
    page = site.officer("zheng", java_script_enabled=False)
    page.goto("/cases")
    assert page.locator("[data-task]").count() == 50
    follow(page, "[rel=next]")
    assert page.locator("[data-task] th").all_inner_texts() == ["GH02-2026-00001"]
