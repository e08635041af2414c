"""The worklist in a browser: gone through by keyboard, claimed from, refreshed without moving, searched, and without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from engine.store import tables
from tests.pages.conftest import Site, follow, serious

SQLITE = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
EXPERTS = {"ground": "expert_review", "planned": "10wd", "reason": "新技术"}


def numbers(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("[data-task] th").all_inner_texts()]


def cursor(page: Page) -> str:
    return page.locator("[data-task].cur th").inner_text().strip()


def in_pool(site: Site, n: int) -> list[int]:
    return [site.hall.file("GH02").case_id for _ in range(n)]


def look_again(page: Page) -> None:
    """What the timer does every few seconds."""
    with page.expect_response(re.compile("/desk/rows")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@SQLITE
def test_the_page_says_what_is_due_and_is_clean(site: Site) -> None:
    case_id = site.hall.at("2026-03-02").file("GH02").case_id
    site.hall.at("2026-03-05").file("GH02")
    site.hall.duties()
    page = site.officer("zhao", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool")
    assert page.locator("tr.grp").all_inner_texts() == ["已超期1", "明日到期1"]
    assert page.title() == "待签收 2 件 · 联审"
    assert "超环节时限 2 日" in page.inner_text(f"#t{site.hall.task(case_id, 'intake').id}")
    beside = page.inner_text("#peek")
    assert "建设用地规划许可证核发" in beside
    assert "还没受理" in beside
    assert "收件" in beside
    assert page.locator("#peek .ruler").count() == 1
    assert serious(page) == []


@SQLITE
@pytest.mark.parametrize("looks", [{}, {"theme": "dark"}, {"type": "xlarge"}, {"contrast": "high", "theme": "light"}])
def test_every_look_is_clean_and_fits(site: Site, looks: dict[str, str]) -> None:
    in_pool(site, 3)
    page = site.officer("zhao", viewport={"width": 390, "height": 844})
    page.context.add_cookies([{"name": f"look_{k}", "value": v, "url": site.url} for k, v in looks.items()])
    page.goto("/desk?box=pool")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@SQLITE
def test_by_keyboard_from_the_pool_to_the_desk(site: Site) -> None:
    in_pool(site, 3)
    page = site.officer("zhao", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool")
    first, second, third = numbers(page)
    assert cursor(page) == first
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert cursor(page) == third
    page.keyboard.press("j")
    assert cursor(page) == third, "the last row stays"
    page.keyboard.press("k")
    assert cursor(page) == second
    expect(page.locator("#peek .no")).to_have_text(second)
    page.keyboard.press("c")
    expect(page.locator("[data-task].cur .who")).to_contain_text("已签收")
    expect(page.locator('.boxes [data-told="mine"]')).to_have_text("1")
    expect(page.locator('.boxes [data-told="pool"]')).to_have_text("2")
    assert numbers(page) == [first, second, third], "nothing moved under the hand"
    page.keyboard.press("?")
    assert page.locator("#keys-list").get_attribute("open") is not None
    page.keyboard.press("j")
    assert cursor(page) == second, "no key goes through the open sheet"
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("jk")
    assert cursor(page) == second, "typing is no key"
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/desk")
    assert numbers(page) == [second]
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/\d+$"))


@SQLITE
def test_keys_can_be_switched_off(site: Site) -> None:
    in_pool(site, 2)
    page = site.officer("zhao", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool")
    page.click("[data-keys-list]")
    page.click("text=停用按键")
    first = numbers(page)[0]
    page.keyboard.press("j")
    assert cursor(page) == first


def test_two_claim_at_once_and_the_second_is_told_in_the_row(site: Site) -> None:
    (case_id,) = in_pool(site, 1)
    page = site.officer("qian", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool")
    site.hall.claim("zhao", case_id, "intake")
    with page.expect_response(lambda r: r.request.method == "POST") as answer:
        page.keyboard.press("c")
    assert answer.value.status == 409
    expect(page.locator("[data-task] .lost")).to_have_text("赵敏 3月2日 09:30 已签收")
    assert site.hall.task(case_id, "intake", "claimed").officer_id == site.hall.officer("zhao").id


@SQLITE
def test_whoever_may_not_claim_is_told_in_the_row_whom_it_needs(site: Site) -> None:
    """A clerk finds the reviews of his window in its pool, too."""
    task = site.hall.task(site.hall.accepted(), "review").id
    page = site.officer("zhao", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool")
    page.keyboard.press("c")
    expect(page.locator("[data-task] .lost")).to_have_text("需要审查人或首席代表")
    bare = site.officer("zhao", java_script_enabled=False)
    bare.goto("/desk?box=pool")
    with bare.expect_response(lambda r: r.request.method == "POST") as answer:
        bare.click(f"#t{task} button")
    assert answer.value.status == 403
    assert "需要审查人" in bare.inner_text(".told--lost")


@SQLITE
def test_a_claim_that_does_not_come_through_says_so_and_can_be_tried_again(site: Site) -> None:
    (case_id,) = in_pool(site, 1)
    page = site.officer("zhao", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool")
    page.route("**/claim", lambda route: route.abort())
    page.keyboard.press("c")
    expect(page.locator("[data-task] .lost")).to_have_text("没有签收到，请重试。")
    page.unroute("**/claim")
    seal = page.locator("#claims [name=csrf_token]")
    kept = seal.get_attribute("value")
    seal.evaluate("e => e.value = 'of another day'")
    page.keyboard.press("c")
    expect(page.locator("[data-task] .lost")).to_have_text("这个页面已经失效，没有提交。")
    seal.evaluate("(e, kept) => e.value = kept", kept)
    page.keyboard.press("c")
    expect(page.locator("[data-task] .who")).to_have_text("已签收")
    assert site.hall.task(case_id, "intake", "claimed").officer_id == site.hall.officer("zhao").id


def test_without_script_too(site: Site) -> None:
    mine, lost = in_pool(site, 2)
    page = site.officer("qian", java_script_enabled=False)
    page.goto("/desk?box=pool")
    task = site.hall.task(mine, "intake").id
    follow(page, f"#t{task} button")
    assert "已签收" in page.inner_text("[role=status].told")
    assert numbers(page) == [site.hall.case(lost).case_no]
    assert page.url.endswith(f"box=pool&claimed={task}")
    site.hall.claim("zhao", lost, "intake")
    with page.expect_response(lambda r: r.request.method == "POST") as answer:
        page.click("[data-task] button")
    assert answer.value.status == 409
    assert "赵敏 3月2日 09:30 已签收" in page.inner_text("[role=alert]")
    page.goto("/desk")
    assert numbers(page) == [site.hall.case(mine).case_no]


@SQLITE
def test_a_refresh_counts_what_is_new_and_moves_nothing(site: Site) -> None:
    in_pool(site, 3)
    page = site.officer("zhao", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool")
    before = numbers(page)
    page.keyboard.press("j")
    at = page.locator("[data-task].cur").bounding_box()
    in_pool(site, 2)
    look_again(page)
    expect(page.locator("[data-fresh]")).to_have_text("2 件新到，点此更新")
    expect(page.locator('.boxes [data-told="pool"]')).to_have_text("5")
    assert numbers(page) == before
    assert page.locator("[data-task].cur").bounding_box() == at
    site.hall.claim("qian", site.hall.case(1).id, "intake")
    look_again(page)
    expect(page.locator("[data-task].gone th")).to_have_text(before[0])
    assert page.locator("[data-task].cur").bounding_box() == at, "what has gone keeps its place until one looks anew"
    kept = cursor(page)
    page.click("[data-fresh]")
    expect(page.locator("[data-task]")).to_have_count(4)
    assert cursor(page) == kept
    assert before[0] not in numbers(page)


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    in_pool(site, 2)
    page = site.officer("zhao", java_script_enabled=False)
    first = page.request.get("/desk/rows?box=pool")
    tag = first.headers["etag"]
    assert "data-task" in first.text()
    again = page.request.get("/desk/rows?box=pool", headers={"If-None-Match": tag})
    assert (again.status, again.text(), again.headers["x-told-at"]) == (304, "", "09:30")
    assert page.request.get("/desk/rows", headers={"If-None-Match": tag}).status == 200, "another box"
    in_pool(site, 1)
    assert page.request.get("/desk/rows?box=pool", headers={"If-None-Match": tag}).status == 200
    tag = page.request.get("/desk/rows?box=pool").headers["etag"]
    site.hall.at("2026-03-02", "17:00")
    assert page.request.get("/desk/rows?box=pool", headers={"If-None-Match": tag}).status == 200, "the office closes"


@SQLITE
def test_an_open_list_keeps_nobody_signed_in(site: Site) -> None:
    page = site.officer("zhao", java_script_enabled=False)
    by_itself = {"X-Unattended": "1"}
    for minutes in (60, 59):
        site.hall.later(minutes=minutes)
        assert page.request.get("/desk/rows", headers=by_itself).url.endswith("/desk/rows")
    site.hall.later(minutes=2)
    assert "/sign-in" in page.request.get("/desk/rows", headers=by_itself).url


@SQLITE
def test_narrowed_by_lamp_kind_matter_and_words(site: Site) -> None:
    site.hall.at("2026-03-02").accepted()
    site.hall.at("2026-03-09").accepted()
    in_pool(site, 2)
    site.hall.duties()
    with site.hall.database.writing() as tx:
        c = tables.cases
        tx.execute(c.update().where(c.c.id == 3).values(applicant_name="临州纸业有限公司"))
    page = site.officer("zhao", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool")
    assert len(numbers(page)) == 4
    follow(page, ".sum a:has-text('超承诺')")
    assert numbers(page) == ["GH02-2026-00001"]
    follow(page, "text=取消筛选")
    with page.expect_navigation():
        page.select_option("[name=kind]", "intake")
    assert numbers(page) == ["GH02-2026-00003", "GH02-2026-00004"]
    page.fill(".chips [name=q]", "纸业")
    page.press(".chips [name=q]", "Enter")
    page.wait_for_url("**q=*")
    assert numbers(page) == ["GH02-2026-00003"]
    page.fill(".chips [name=q]", "没有这样的")
    follow(page, "text=筛选 >> nth=0")
    assert "没有符合条件的办件" in page.inner_text(".nothing")
    for address in (
        "/desk?box=elsewhere",
        "/desk?lamp=done",
        "/desk?lamp=none",
        "/cases?lamp=none",
        "/desk/rows?box=done",
    ):
        assert page.request.get(address).status == 404, address
    assert page.request.get("/desk?q=%00%27%25&at=x").status == 200
    assert page.request.get("/desk?after=99999999999999999999").status == 422


@SQLITE
def test_a_name_is_found_by_whatever_may_stand_in_it(site: Site) -> None:
    """A wide space, a character that Unicode has only since 2023, one of an area of the hall's own; what is pasted unseen is left out."""
    (case_id,) = in_pool(site, 1)
    with site.hall.database.writing() as tx:
        tx.execute(tables.cases.update().values(applicant_name="临州　\U0002ebf0\ue000面馆"))
    page = site.officer("zhao")
    number = site.hall.case(case_id).case_no
    for text in ("州　\U0002ebf0\ue000面", "\U0002ebf0\ue000", "\u200e临\u200b州　\x00\U0002ebf0"):
        for path in ("/desk", "/cases"):
            assert number in page.request.get(path, params={"box": "pool", "q": text}).text(), (path, text)


@SQLITE
def test_who_stood_in_has_a_worklist_afterwards(site: Site) -> None:
    """What he claimed for the absent one, of another department, still lies with him; its case he may not see any more."""
    site.hall.stand_in("zhao", "li")
    done, held = in_pool(site, 2)
    site.hall.does("li", done, "intake", "accept")
    site.hall.claim("li", held, "intake")
    site.hall.at("2027-01-04")
    page = site.officer("li")
    for box in ("mine", "pool", "done"):
        assert page.goto(f"/desk?box={box}").status == 200
        assert page.inner_text("#peek") == ""


@SQLITE
def test_a_stranger_finds_nothing(site: Site) -> None:
    (case_id,) = in_pool(site, 1)
    task = site.hall.task(case_id, "intake").id
    page = site.officer("li", java_script_enabled=False)
    page.goto("/desk?box=pool")
    assert "没有待签收的办件" in page.inner_text(".nothing")
    assert page.request.get(f"/desk/peek/{task}").status == 404
    token = page.locator("[name=csrf_token]").first.get_attribute("value") or ""
    answer = page.request.post(f"/desk/{task}/claim", form={"csrf_token": token})
    assert answer.status == 404
    assert site.hall.task(case_id, "intake").state == "open"
    assert site.officer("zhou", java_script_enabled=False).request.get("/desk").status == 404, "no window, no worklist"


@SQLITE
def test_page_after_page(site: Site) -> None:
    in_pool(site, 52)
    page = site.officer("zhao", java_script_enabled=False)
    page.goto("/desk?box=pool")
    assert len(numbers(page)) == 50
    assert "共 52 件" in page.inner_text(".keys")
    follow(page, "[rel=next]")
    assert len(numbers(page)) == 2
    follow(page, "text=回到开头")
    assert len(numbers(page)) == 50


@SQLITE
def test_what_was_not_looked_through_is_said_and_can_be_looked_through(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that many cases have elsewhere, and of these the seventh."""
    in_pool(site, 8)
    with site.hall.database.writing() as tx:
        c = tables.cases
        tx.execute(c.update().where(c.c.id == 7).values(applicant_name="临州纸业有限公司"))
    monkeypatch.setattr("engine.reports.search.Search.common", True)
    monkeypatch.setattr("engine.reports.rounds.ROUND", 2)
    monkeypatch.setattr("engine.reports.desks.LOOKED", 5)
    page = site.officer("zhao", viewport={"width": 1440, "height": 900})
    page.goto("/desk?box=pool&q=纸业")
    assert page.title() == "待签收 0+ 件 · 联审"
    assert page.inner_text(".nothing") == "查过的一部分里没有符合条件的办件，后面的还没有查。"
    assert page.locator(".sum a:visible").all_inner_texts() == ["正常\n0+"]
    assert serious(page) == []
    follow(page, "text=接着往后查")
    assert numbers(page) == ["GH02-2026-00007"]
    assert page.locator("text=后面的还没有查").count() == page.locator("text=接着往后查").count() == 0
    monkeypatch.setattr("engine.reports.rounds.ROUND", 3)
    page.goto("/desk?box=pool&q=王")
    assert len(numbers(page)) == 7
    page.goto("/desk?box=pool&q=纸业")
    assert numbers(page) == ["GH02-2026-00007"]
    monkeypatch.setattr("engine.reports.rounds.ROUND", 1)
    page.goto("/desk?box=pool&q=王")
    assert len(numbers(page)) == 3
    assert page.inner_text(".pager") == "接着往后查\n先查到这些，后面的还没有查。"
    assert serious(page) == []
