"""The whole way in real browsers: a matter is changed and published, somebody files for a key project, the window accepts, a
step lies too long and its lamp turns by the hall's clock, the coordinator presses, and the certificate is handed over.

On SQLite: five browsers take a quarter of a minute, and each page of the way is held on PostgreSQL by its own tests."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from api.limits import limiter
from api.operations import flaws
from engine.cases import case_id_of
from tests.pages.conftest import Site, fills, follow, signs_in, takes
from tests.projects.driving import CODE, opens

STEP, PASS = "用地审查", "报局长核准"
WHOLE = ["receive", "accept", "nudge", "order", "answer_order", "review", "decide_grant"]
WHOLE += ["make_certificate", "deliver", "close"]
LAMPS = (
    ("2026-03-02", ("g", "剩 2 日"), ("g", "剩 3 日")),
    ("2026-03-03", ("y", "临期 剩 1 日"), ("y", "环节 临期 剩 1 日")),
    ("2026-03-05", ("r", "超环节时限 1 日"), ("r", "超环节时限 1 日")),
)
"""Day after day: the lamp of the step on the worklist, and of the matter on the board."""


class People:
    """Everybody in a browser of his own. A session ends over night: who comes back the next day signs in again."""

    def __init__(self, site: Site) -> None:
        self.site, self.pages = site, dict[str, Page]()

    def on(self, day: str) -> None:
        """Another day: the sweep has gone round, and nobody counts yesterday's tries to sign in."""
        self.site.hall.at(day).duties()
        limiter.reset()

    def at(self, login: str, path: str) -> Page:
        """Somebody before a page."""
        if login not in self.pages:
            self.pages[login] = self.site.officer(login, viewport={"width": 1440, "height": 900})
        page = self.pages[login]
        page.goto(path)
        if page.locator("#password").count():
            signs_in(page, login)
        return page

    def takes(self, login: str, case_id: int, step: str) -> Page:
        page = self.at(login, "/work")
        takes(page, self.site.hall, case_id, step)
        return page


def lamp(place: Locator) -> tuple[str, str]:
    """The colour of the lamp in a place, and what it says."""
    shown = place.locator(".lamp").first
    (colour,) = [name.removeprefix("lamp--") for name in (shown.get_attribute("class") or "").split() if "--" in name]
    return colour, " ".join(shown.inner_text().split())


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_from_the_drawing_to_the_certificate(site: Site) -> None:
    hall, people = site.hall.at("2026-03-02"), People(site)
    opens(hall, plan=("GH02", "GH03"))

    # the designer names the review and what comes out of it anew, and publishes
    wu = people.at("wu", "/designer/GH02")
    wu.click("#canvas [data-element-id=review]")
    wu.fill("#p-name", STEP)
    wu.fill("#p-l-pass", PASS)
    expect(wu.locator("#saved")).to_contain_text("已保存")
    wu.click("#publish")
    wu.fill("#note", "用词照新规定")
    wu.click("#publishing button.btn--primary")
    expect(wu.locator("#published")).to_contain_text("第 2 版已发布，正在运行")

    # the applicant files online for the key project
    wang = site.visitor(viewport={"width": 390, "height": 844})
    wang.goto("/apply/lz/GH02")
    fills(wang)
    wang.fill("#a-project_code", CODE)
    pdf = {"name": "表.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    for key in ("application", "project_approval", "land_contract", "parcel_map"):
        wang.set_input_files(f"#m-{key}", [pdf])
    follow(wang, "button:has-text('提交申请')")
    case_no, code = wang.inner_text("#k-no"), wang.inner_text("#k-code")
    with hall.database.reading() as tx:
        case_id = case_id_of(tx, case_no)

    # the window claims from its list, and accepts
    zhao = people.at("zhao", "/desk?box=pool")
    task = hall.task(case_id, "intake").id
    expect(zhao.locator(f"#t{task}")).to_contain_text(case_no)
    zhao.keyboard.press("c")
    expect(zhao.locator(f"#t{task} .who")).to_contain_text("已签收")
    zhao.goto(f"/tasks/{task}")
    follow(zhao, "button[value=accept]")
    expect(zhao.locator("main")).to_contain_text("办完：受理")

    # the review lies, and its lamp turns with the clock: on the list of who could take it, and on the coordinator's board
    for day, listed, on_board in LAMPS:
        people.on(day)
        qian = people.at("qian", "/desk?box=pool")
        row = qian.locator(f"#t{hall.task(case_id, 'review').id}")
        expect(row).to_contain_text(STEP)
        assert (day, lamp(row)) == (day, listed)
        zhou = people.at("zhou", "/projects")
        assert (day, lamp(zhou.locator(".mx tbody td").first)) == (day, on_board)
    expect(zhou.locator(".am > li").first).to_contain_text("自然资源窗口 待签收，超环节时限 1 日")

    # the coordinator nudges, and issues an order that the department answers
    zhou.goto(f"/projects/{CODE}")
    follow(zhou, zhou.locator("#m-GH02").get_by_role("link", name="催办"))
    zhou.get_by_label("要说的话").fill("明日开工仪式")
    follow(zhou, zhou.get_by_role("button", name="催办"))
    expect(zhou.locator("#m-GH02")).to_contain_text("今日已催")
    zhou.goto(f"/cases/{case_no}/orders/new")
    zhou.get_by_label("督办内容").fill("请说明未按期审查的原因。")
    follow(zhou, zhou.get_by_role("button", name="签发督办单"))
    expect(zhou.locator(".orders")).to_contain_text("督〔2026〕1号")
    qian.goto("/orders")
    follow(qian, qian.get_by_role("link", name="督〔2026〕1号"))
    qian.get_by_label("回复").fill("红线有争议，今日审完。")
    follow(qian, qian.get_by_role("button", name="回复督办单"))
    zhou.reload()
    expect(zhou.locator(".orders")).to_contain_text("红线有争议，今日审完。")

    # reviewed and granted, made and handed over
    takes(qian, hall, case_id, "review")
    expect(qian.locator("main")).to_contain_text("明日开工仪式")
    qian.fill("#f-approved_area", "48216.5")
    qian.check("[name='f-checked'][value=site]")
    qian.check("[name='f-conclusion'][value=conforming]")
    qian.fill("#f-opinion", "面积一致")
    follow(qian, "button[value=pass]")
    expect(qian.locator("main")).to_contain_text(f"办完：{PASS}")
    sun = people.takes("sun", case_id, "decide")
    follow(sun, "button[value=grant]")
    sun.fill("#d-text", "按规划条件建设。")
    follow(sun, "button[value=do]")
    expect(sun.locator("main")).to_contain_text("办完：准予许可")
    zhao = people.takes("zhao", case_id, "certificate")
    follow(zhao, "button[value=made]")
    follow(zhao, "button[value=do]")
    takes(zhao, hall, case_id, "deliver")
    follow(zhao, "button[value=delivered]")
    zhao.check("[name='d-method'][value=pickup]")
    zhao.fill("#d-receiver", "方淮")
    follow(zhao, "button[value=do]")

    # everybody sees the end of it
    wang.goto("/progress")
    wang.fill("#case_no", case_no)
    wang.fill("#query_code", code)
    follow(wang, "main button:has-text('查询')")
    expect(wang.locator("h1")).to_have_text("办结")
    for told in ("准予行政许可决定书", "审批结果证明", "这件事已经办完"):
        expect(wang.locator("main")).to_contain_text(told)
    for hidden in ("钱立", "红线有争议", "明日开工仪式", "督〔2026〕1号"):
        assert hidden not in wang.inner_text("main")
    zhou.goto(f"/projects/{CODE}")
    expect(zhou.locator("#m-GH02")).to_contain_text("今日办结，准予许可")
    assert [act for act in hall.acts_of(case_id) if act not in ("claim", "flag")] == WHOLE
    assert flaws(hall.database) == (1, []), "verify is clean"
