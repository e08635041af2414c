"""The board and one project in a browser: what zhou sees in the morning, and what she presses."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from api.pages.bars import sheet
from api.pages.plan import graph
from engine.projects import projects
from engine.store import tables
from tests.hall import Hall
from tests.pages.conftest import PASSWORD, Site, follow, serious
from tests.projects.driving import CODE, files, granted, opens, stands

PHONE = {"viewport": {"width": 320, "height": 640}}


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
"""What the board says is held on both databases in tests/projects; here it is looked at on one."""


@pytest.fixture
def case_no(hall: Hall) -> str:
    """The project with GH02 under review, claimed by qian."""
    opens(hall)
    case_id = files(hall, "GH02")
    hall.does("zhao", case_id, "intake", "accept")
    hall.claim("qian", case_id, "review")
    return str(hall.case(case_id).case_no)


def signed_in_again(page: Page, path: str) -> Page:
    """Later: the session has ended, and signing in leads back to where one was."""
    page.goto(path)
    page.fill("#login", "zhou")
    page.fill("#password", PASSWORD)
    page.click("main button.btn--primary")
    page.wait_for_url(f"**{path}")
    return page


def row(page: Page, matter: str) -> str:
    """A matter's row of the project page, as it is read."""
    return page.locator(f"#m-{matter}").inner_text()


# ---------------------------------------------------------------- the board
def test_the_lamp_turns_with_the_clock_and_the_morning_follows(site: Site, hall: Hall, case_no: str) -> None:
    page = site.officer("zhou")
    page.goto("/projects")
    cell = page.locator(".mx tbody td").first
    assert cell.locator(".lamp--g").inner_text().strip() == "剩 3 日"
    assert cell.locator(".sub").inner_text() == "0/2 建设用地规划许可证核发"
    assert page.locator(".am li.zero").count() == 8
    hall.at("2026-03-04", "00:30")
    page = signed_in_again(page, "/projects")
    assert cell.locator(".lamp--y").inner_text().strip() == "临期 剩 1 日"
    hall.at("2026-03-09")
    page = signed_in_again(page, "/projects")
    assert cell.locator(".lamp--r").inner_text().strip() == "超承诺 2 日"
    assert "r" in (cell.get_attribute("class") or "").split()
    assert page.locator(".head .lamp--r").inner_text().strip() == "超承诺 1"
    first = page.locator(".am > li").first
    assert first.locator(".c").inner_text() == "1"
    assert "自然资源和规划局 钱立" in first.inner_text()
    assert "超承诺 2 日" in first.inner_text()


def test_the_board_renews_itself_only_when_something_has_changed(site: Site, hall: Hall, case_no: str) -> None:
    page = site.officer("zhou")
    page.clock.install()
    page.goto("/projects")
    asks = page.locator("#board").get_attribute("hx-get") or ""
    quiet = page.request.get(asks, headers={"HX-Request": "true"})
    assert (quiet.status, quiet.text()) == (204, "")
    files(hall, "TZ01")
    page.clock.run_for(61_000)
    expect(page.locator(".head .lamp--g")).to_have_text("正常 2")
    expect(page.get_by_role("button", name="打印 A3")).to_be_visible()
    assert page.locator("h1").count() == 1
    assert page.locator("#board").get_attribute("hx-get") != asks


def test_a_board_whose_session_has_ended_leads_to_signing_in(site: Site, hall: Hall, case_no: str) -> None:
    page = site.officer("zhou")
    page.clock.install()
    page.goto("/projects")
    hall.at("2026-03-03")
    page.clock.run_for(61_000)
    page.wait_for_url("**/sign-in**")
    assert page.locator("h1").inner_text() == "工作人员登录"


def test_a_table_for_a_spreadsheet(site: Site, hall: Hall, case_no: str) -> None:
    with hall.database.writing() as tx:
        tx.execute(tables.projects.update().values(name="=1+1 项目"))
    page = site.officer("zhou")
    answer = page.request.get("/projects.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text().startswith("\ufeff项目代码")
    lines = list(csv.DictReader(io.StringIO(answer.text().removeprefix("\ufeff"))))
    assert [x["事项代码"] for x in lines] == ["TZ01", "GH02", "GH03", "GH04", "ZJ01", "XF01", "HP02"]
    found = lines[1]
    assert found["项目"] == "'=1+1 项目"  # a formula stays a text
    assert (found["状态"], found["办件编号"], found["最早完成"]) == ("剩 3 日", case_no, "2026-03-05")
    assert "钱立" in found["等谁"]


def test_who_does_not_coordinate_finds_nothing(site: Site, hall: Hall, case_no: str) -> None:
    for login in ("li", "zhao"):
        page = site.officer(login)
        for path in ("/projects", "/projects.csv", f"/projects/{CODE}", f"/projects/{CODE}/plan", "/projects/new"):
            assert page.request.get(path).status == 404, path
        assert page.get_by_role("link", name="重点项目").count() == 0
    li = site.officer("li")
    for path in ("nudge", "orders/new", "orders/1"):
        assert li.request.get(f"/cases/{case_no}/{path}").status == 404


def test_supervision_reads_and_changes_nothing(site: Site, hall: Hall, case_no: str) -> None:
    page = site.officer("zheng")
    page.goto(f"/projects/{CODE}")
    assert page.get_by_role("link", name="定计划").count() == 0
    assert page.request.get("/projects/new").status == 404
    page.goto(f"/projects/{CODE}/plan")
    follow(page, "text=定下计划")
    assert "没有办理这一步的权限" in page.inner_text("main")


# ---------------------------------------------------------------- one project
def test_a_project_says_where_each_matter_waits_and_by_when(site: Site, hall: Hall, case_no: str) -> None:
    with hall.database.writing() as tx:
        tx.execute(tables.projects.update().values(leader=""))
    page = site.officer("zhou")
    page.goto("/projects")
    follow(page, "text=精密轴承智能制造基地 >> nth=0")
    assert page.inner_text("h1") == "精密轴承智能制造基地"
    slots = page.locator(".six > div")
    assert slots.count() == 6
    assert page.locator(".six .gap").inner_text().split() == ["一名领导", "还没有"]
    assert "在自然资源窗口，审查，钱立" in row(page, "GH02")
    dates = next(x.dates for x in stands(hall).lines if x.code == "GH03")
    assert dates is not None
    latest = f"{dates.latest_start.on.month}/{dates.latest_start.on.day}"
    assert latest in row(page, "GH03")
    assert "还没有申报，先要 建设用地规划许可证核发" in row(page, "GH03")
    assert "关键" in row(page, "GH03")
    assert "等申请人申报，前置已齐" in row(page, "TZ01")
    drawn = page.locator(".gt g")
    assert drawn.count() == 7
    order = page.locator("section:has(#before)")
    assert order.locator(".dg rect.n").count() == 7
    assert order.locator(".dg rect.n.now").count() == 1
    assert order.locator(".dg .n.crit").count() == sum(x.dates.critical for x in stands(hall).lines if x.dates)
    assert "建设工程设计方案审查：未开始，先要 建设用地规划许可证核发" in (
        order.locator(".dg desc").text_content() or ""
    )
    order.locator("summary").click()
    assert order.locator(".order li").count() == 7
    assert page.locator(".gt .edge.crit").count() == sum(x.dates.critical for x in stands(hall).lines if x.dates)


def test_what_is_granted_is_told_with_its_day(site: Site, hall: Hall) -> None:
    opens(hall)
    granted(hall)
    page = site.officer("zhou")
    page.goto(f"/projects/{CODE}")
    assert "准予" in row(page, "GH02")
    assert "3/2" in row(page, "GH02")
    assert page.locator("#m-GH02 a", has_text="督办").count() == 0
    assert page.locator(".six").inner_text().count("已办 1") == 1


def test_nobody_is_pressed_twice_in_a_day(site: Site, hall: Hall, case_no: str) -> None:
    page = site.officer("zhou")
    other = page.context.new_page()
    page.goto(f"/projects/{CODE}")
    follow(page, page.locator("#m-GH02").get_by_role("link", name="催办"))
    other.goto(f"/cases/{case_no}/nudge")
    page.get_by_label("要说的话").fill("明日开工仪式")
    follow(page, page.get_by_role("button", name="催办"))
    assert page.url.endswith(f"/projects/{CODE}#{case_no}")
    assert "今日已催" in row(page, "GH02")
    assert "催办 1 次，最近 周延 3月2日 09:30：明日开工仪式" in row(page, "GH02")
    follow(other, other.get_by_role("button", name="催办"))
    assert "您已于 2026年3月2日 09:30 催办过" in other.inner_text("main")
    other.goto(f"/cases/{case_no}/nudge")
    assert other.get_by_role("button", name="催办").count() == 0
    assert "一个工作日只催一次" in other.inner_text("main")


def test_an_order_is_issued_answered_and_read_back(site: Site, hall: Hall, case_no: str) -> None:
    zhou = site.officer("zhou")
    zhou.goto("/projects")
    follow(zhou, zhou.get_by_role("link", name="开督办单"))
    follow(zhou, zhou.get_by_role("link", name="精密轴承智能制造基地 建设用地规划许可证核发"))
    follow(zhou, zhou.get_by_role("button", name="签发督办单"))
    assert zhou.locator("#faults").inner_text().startswith("有 1 处需要修改")
    assert zhou.locator("[aria-invalid=true]").get_attribute("id") == "f-text"
    zhou.get_by_label("督办内容").fill("请说明未按期审查的原因。")
    follow(zhou, zhou.get_by_role("button", name="签发督办单"))
    assert "督〔2026〕1号" in zhou.locator(".orders").inner_text()
    assert "剩 3 日" in zhou.locator(".orders").inner_text()
    qian = site.officer("qian")
    qian.goto("/orders")
    follow(qian, qian.get_by_role("link", name="督〔2026〕1号"))
    qian.get_by_label("回复").fill("红线有争议，明日审完。")
    follow(qian, qian.get_by_role("button", name="回复督办单"))
    assert "红线有争议，明日审完。" in qian.inner_text("main")
    assert qian.get_by_role("button", name="回复督办单").count() == 0
    qian.goto("/orders")
    assert "没有待回复的督办单" in qian.inner_text("main")
    zhou.reload()
    assert "钱立 3月2日 09:30 回复" in zhou.locator(".orders").inner_text()


def test_the_second_answer_is_told_whose_was_first(site: Site, hall: Hall, case_no: str) -> None:
    case_id = stands(hall).cases[0].id
    hall.acts("zhou", case_id, "order", department="nr", text="请说明原因", reply="3wd")
    qian, sun = site.officer("qian"), site.officer("sun")
    for page in (qian, sun):
        page.goto(f"/cases/{case_no}/orders/1")
        page.get_by_label("回复").fill("已办")
    follow(qian, qian.get_by_role("button", name="回复督办单"))
    follow(sun, sun.get_by_role("button", name="回复督办单"))
    assert "督〔2026〕1号已由 钱立 于" in sun.inner_text("main")


# ---------------------------------------------------------------- its forms, without script
def test_a_project_is_opened_planned_changed_and_closed_without_script(site: Site, hall: Hall) -> None:
    page = site.officer("zhou", java_script_enabled=False)
    page.goto("/projects")
    assert "没有在办的重点项目" in page.inner_text("main")
    follow(page, page.get_by_role("link", name="新建项目").first)
    page.get_by_label("项目代码").fill("2026-519900-83-01-000040")
    page.get_by_label("项目名称").fill("市第二实验小学新校区")
    page.get_by_label("总投资").fill("很多")
    follow(page, page.get_by_role("button", name="新建项目"))
    told = page.locator("#faults").inner_text()
    assert all(label in told for label in ("建设单位", "总投资", "项目级别", "跟踪专人", "目标日期"))
    assert page.get_by_label("项目名称").input_value() == "市第二实验小学新校区"
    page.get_by_label("建设单位").fill("临州市教育局")
    page.get_by_label("总投资").fill("8600")
    page.get_by_label("项目级别").select_option("county")
    page.get_by_label("跟踪专人").select_option("zhou")
    page.get_by_label("目标日期").fill("2026-02-02")
    follow(page, page.get_by_role("button", name="新建项目"))
    assert "目标日期应当在今天之后" in page.locator("#faults").inner_text()
    page.get_by_label("目标日期").fill("2026-06-30")
    follow(page, page.get_by_role("button", name="新建项目"))
    assert page.inner_text("h1") == "定计划"
    page.get_by_label("建设用地规划许可证核发 GH02").check()
    page.get_by_label("建设工程设计方案审查 GH03").check()
    page.get_by_label("建设工程设计方案审查的责任人").fill("孙正")
    follow(page, page.get_by_role("button", name="定下计划"))
    assert "“建设用地规划许可证核发”没有责任人" in page.locator("#faults").inner_text()
    assert page.locator("[aria-invalid=true]").get_attribute("id") == "owner-GH02"
    assert page.get_by_label("建设工程设计方案审查的责任人").input_value() == "孙正"
    page.get_by_label("建设用地规划许可证核发的责任人").fill("孙正")
    follow(page, page.get_by_role("button", name="定下计划"))
    assert page.inner_text("h1") == "市第二实验小学新校区"
    assert page.locator("tbody tr[id^=m-]").count() == 2
    follow(page, page.get_by_role("link", name="修改"))
    page.get_by_label("挂帅领导").fill("副市长 林毅")
    follow(page, page.get_by_role("button", name="保存"))
    assert "副市长 林毅" in page.locator(".six").inner_text()
    follow(page, page.get_by_role("link", name="修改"))
    follow(page, page.get_by_role("button", name="办结项目"))
    assert "项目已于" in page.inner_text("[role=status]")
    page.goto("/projects")
    follow(page, page.get_by_role("link", name="已办结的项目 1 个"))
    assert "市第二实验小学新校区" in page.inner_text("main")
    with hall.database.reading() as tx:
        assert projects(tx, hall.officer("zhou")) == []


# ---------------------------------------------------------------- for everybody, and on paper
@pytest.mark.parametrize("choices", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_all_pages_are_clean_and_fit(site: Site, hall: Hall, case_no: str, choices: dict[str, object]) -> None:
    case_id = stands(hall).cases[0].id
    hall.acts("zhou", case_id, "order", department="nr", text="请说明原因", reply="3wd")
    hall.at("2026-03-09")
    page = site.officer("zhou", **choices)
    for path in (
        "/projects",
        f"/projects/{CODE}",
        f"/projects/{CODE}/plan",
        f"/projects/{CODE}/change",
        f"/cases/{case_no}/nudge",
        f"/cases/{case_no}/orders/new",
        f"/cases/{case_no}/orders/1",
        "/orders/new",
    ):
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert serious(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_on_paper_the_board_is_one_broad_sheet(site: Site, hall: Hall, case_no: str) -> None:
    page = site.officer("zhou")
    page.goto("/projects")
    assert page.get_by_role("button", name="打印 A3").is_visible()
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") == 1
    assert b"/MediaBox [0 0 1191" in paper
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    assert not page.get_by_role("link", name="开督办单").is_visible()
    assert page.locator(".printed").is_visible()


# ---------------------------------------------------------------- where the bars lie
def test_every_bar_lies_on_the_sheet_and_ends_where_its_dates_say(hall: Hall, case_no: str) -> None:
    one = stands(hall)
    drawn = sheet(one, hall.time, date(2026, 3, 2), 960)
    assert drawn is not None
    by_name = {r.name: r for r in drawn.rows}
    assert list(by_name) == [x.name for x in one.lines]
    for x in one.lines:
        assert x.dates is not None
        bar = by_name[x.name]
        assert bar.edge is not None
        assert 0 < bar.edge.x < bar.edge.x + bar.edge.width <= drawn.width
        assert bar.critical == x.dates.critical
        if x.dates.slack:
            assert bar.slack is not None
            assert bar.slack[0] == pytest.approx(bar.edge.x + bar.edge.width, abs=0.2)
            assert bar.slack[1] <= drawn.target.x
    used = next(p for p in by_name["建设用地规划许可证核发"].pieces if p.kind == "act")
    per_day = used.width / 3  # the 3rd, 4th and 5th of March
    first, second = by_name["建设工程设计方案审查"], by_name["建设工程规划许可证核发"]
    assert first.edge is not None
    assert second.edge is not None
    assert first.edge.x == pytest.approx(used.x + used.width, abs=0.2)  # begins where its need ends
    assert first.edge.width == pytest.approx(per_day * 11, abs=1)  # 6 to 16 March: seven working days
    assert second.edge.x == pytest.approx(first.edge.x + first.edge.width, abs=0.2)


def test_the_order_of_the_matters_runs_from_left_to_right(hall: Hall, case_no: str) -> None:
    """Every way leads rightwards, none is drawn that another one implies, and none runs from or to nothing."""
    lines = stands(hall).lines
    svg = etree.fromstring(
        str(graph(lines, title="先后")).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    )
    name = "{http://www.w3.org/2000/svg}"
    ways = [p.get("d", "").split() for p in svg.iter(f"{name}path") if p.get("class", "").startswith("f")]
    assert ways
    assert all(float(way[1]) < float(way[-2]) for way in ways)
    boxes = {(float(r.get("x", "")), float(r.get("y", ""))) for r in svg.iter(f"{name}rect")}
    assert all((float(way[-2]), float(way[-1]) - 36) in boxes for way in ways)
    assert len(ways) < sum(len(need) for line in lines for need in line.needs)
    alone = [line for line in lines if not line.needs]
    assert graph(alone, title="先后") == "", "where nothing waits there is nothing to draw"


def test_a_plan_without_dates_is_not_drawn(hall: Hall) -> None:
    opens(hall, plan=())
    assert sheet(stands(hall), hall.time, date(2026, 3, 2), 960) is None
