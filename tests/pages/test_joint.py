"""Joint approval by hand in the browser: the joint window accepts a stage and lets its matters go, departments sign and answer,
the lead department sums up. What each act does is held in tests/cases; here it is pressed, without script where it can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.cases import Filed, case_id_of
from engine.store import tables
from tests.cases.test_joint import accepted, asked, signs
from tests.hall import ANSWERS, Hall
from tests.joint import Joint
from tests.pages.conftest import Site, fills, follow, serious, takes
from tests.projects.driving import CODE
from tests.projects.driving import opens as opens_project

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SQLITE = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
SCREEN: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PLAIN: dict[str, Any] = {"java_script_enabled": False}


def filed(hall: Hall) -> Joint:
    """The first stage of the filing route, for land that is auctioned."""
    return Joint.filing(hall.at("2026-03-02"), land="auctioned")


def opens(page: Page, hall: Hall, case_id: int) -> Page:
    page.goto(f"/cases/{hall.case(case_id).case_no}")
    return page


def matter(page: Page, code: str) -> str:
    """The row of a matter on the page of its stage."""
    return page.locator(f"#m-{code}").inner_text()


def does(page: Page, label: str, **typed: str) -> None:
    """Press an act that is offered on the case page, fill its form, do it."""
    follow(page, page.locator(".acts").get_by_role("link", name=f"{label}…").first)
    fill(page, **typed)


def fill(page: Page, **typed: str) -> None:
    for key, value in typed.items():
        field = page.locator(f"[name=d-{key}]").first
        kind = field.evaluate("e => e.type")
        if kind in ("radio", "checkbox"):
            page.check(f"[name=d-{key}][value='{value}']")
        elif kind == "select-one":
            field.select_option(value)
        else:
            field.fill(value)
    follow(page, "button[value=do]")


def test_a_stage_by_hand_from_its_acceptance_to_its_notice(site: Site) -> None:
    """Both databases, without script: accept with one matter held back, let it go, end every matter, sum up."""
    hall = site.hall
    stage = filed(hall)
    case_id = stage.filed.case_id
    chen = site.officer("chen", **PLAIN)
    takes(chen, hall, case_id, "intake")
    rows = chen.locator(".begin > li")
    expect(rows.filter(has_text="企业投资项目备案").first).to_contain_text("受理后即开始办理")
    expect(rows.filter(has_text="建设用地规划许可证")).to_contain_text("等待前置事项：企业投资项目备案")
    assert chen.locator(".begin").inner_text().count("TZ01") == 0, "names, no codes"
    chen.check("#hold-ZR01")
    chen.check("#early-HP02")
    follow(chen, "button[value=accept]")
    expect(chen.locator("#faults")).to_contain_text("暂缓，没有写明理由")
    assert chen.is_checked("#early-HP02"), "what was ticked stays"
    chen.fill("#why-ZR01", "等待土地市场公告")
    follow(chen, "button[value=accept]")
    hall.duties()
    opens(chen, hall, case_id)
    assert "办理中" in matter(chen, "TZ01")
    assert "暂缓" in matter(chen, "ZR01")
    assert "等待土地市场公告" in matter(chen, "ZR01")
    assert "容缺启动" in matter(chen, "HP02")
    follow(chen, chen.locator("#m-ZR01").get_by_text("放行…"))
    assert chen.is_checked("[name=d-matter][value=ZR01]"), "the one that was pressed"
    follow(chen, "button[value=do]")
    hall.duties()
    chen.reload()
    assert "办理中" in matter(chen, "ZR01")
    assert f"待签收：{chen_window(hall, stage)}" in matter(chen, "ZR01")
    for code in ("TZ01", "ZR01", "GH02"):
        stage.ends(code)
    sun = site.officer("sun", **PLAIN)
    opens(sun, hall, stage.child("GH02").id)
    expect(sun.locator("section:has(#ms)")).to_contain_text(f"来自办件 {stage.child('TZ01').case_no}")
    expect(sun.locator(".head-t")).to_contain_text("并联")
    follow(sun, sun.locator(".crumb a", has_text="立项用地规划许可阶段"))
    expect(sun.locator("#m-GH02")).to_contain_text("准予")
    takes(sun, hall, case_id, "summary")
    follow(sun, "button[value=concluded]")
    fill(sun, summary="各事项已经办结")
    opens(sun, hall, case_id)
    expect(sun.locator(".papers")).to_contain_text("阶段办结告知书")
    told = sun.inner_text("section:has(#j)")
    for words in (
        "并联审批开始",
        "开始办理：企业投资项目备案",
        "国有建设用地使用权出让（招拍挂）：准予",
        "全部办结，全部准予",
    ):
        assert words in told
    assert codes_in(sun) == []
    assert stage.flaws() == []


def chen_window(hall: Hall, stage: Joint) -> str:
    w = tables.windows
    task = next(t for t in hall.rows(tables.tasks, stage.child("ZR01").id) if t.state == "open")
    with hall.database.reading() as tx:
        return str(tx.value(w.select().with_only_columns(w.c.name).where(w.c.id == task.window_id)))


def answers(page: Page, given: Mapping[str, Any]) -> None:
    """Fill the form of a step on its task page."""
    for key, value in given.items():
        field = page.locator(f"[name=f-{key}]").first
        kind = field.evaluate("e => e.type")
        if kind in ("radio", "checkbox"):
            for one in value if isinstance(value, list) else [value]:
                page.check(f"[name=f-{key}][value='{str(one).lower() if one is True else one}']")
        elif kind == "select-one":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def codes_in(page: Page) -> list[str]:
    """Words of the record that only a programmer reads: names of acts and codes with an underscore."""
    return page.evaluate(
        "[...document.querySelectorAll('.jr > li')].map(e => e.innerText).filter(t => /[a-z]+_[a-z]+/.test(t))"
    )  # type: ignore[no-any-return]


@SQLITE
def test_a_refusal_shows_first_what_it_would_stop(site: Site) -> None:
    hall = site.hall
    stage = filed(hall)
    stage.accepted()
    case_id = stage.child("TZ01").id
    task = next(t for t in hall.rows(tables.tasks, case_id) if t.state == "open")
    he = site.officer("he", **PLAIN)
    he.goto(f"/tasks/{task.id}")
    expect(he.locator(".head")).to_contain_text("所属阶段：立项用地规划许可阶段")
    follow(he, he.get_by_role("button", name="签收", exact=True))
    answers(he, ANSWERS["TZ01.decide"])
    follow(he, "button[value=refuse]")
    stops = he.locator(".stops")
    expect(stops).to_contain_text("会影响 3 个事项")
    expect(stops).to_contain_text("建设用地规划许可证核发：不能再启动")
    assert "招拍挂" not in stops.inner_text()
    fill(he, reasons="不符合产业政策", basis="产业结构调整指导目录")
    hall.duties()
    chen = opens(site.officer("chen", **PLAIN), hall, stage.filed.case_id)
    assert "未启动（前置事项“企业投资项目备案”未获准予）" in matter(chen, "GH02")
    assert stage.flaws() == []


@SQLITE
def test_what_lies_is_let_go_or_dropped_once(site: Site) -> None:
    """Two joint windows at one form and at one matter: the second is told; what is not held cannot be let go."""
    hall = site.hall
    stage = filed(hall)
    case_id = stage.filed.case_id
    hall.hire("bai", "lz-901", like="chen", name="白宁")
    first, second = site.officer("chen", **PLAIN), site.officer("bai", **PLAIN)
    takes(first, hall, case_id, "intake")
    token = first.get_attribute("#work [name=csrf_token]", "value") or ""
    task_id = hall.task(case_id, "intake", "claimed").id
    second.goto(f"/tasks/{task_id}")
    expect(second.locator("main")).to_contain_text("正在办理")
    answer = second.request.post(
        f"/tasks/{task_id}", form={"csrf_token": csrf(second), "do": "accept"}, fail_on_status_code=False
    )
    assert answer.status == 409
    assert "陈" in answer.text()
    assert token
    first.fill("#why-GH02", "忘了勾选")
    follow(first, "button[value=accept]")
    expect(first.locator("#faults")).to_contain_text("写了理由，没有勾选暂缓")
    first.fill("#why-GH02", "")
    follow(first, "button[value=accept]")
    hall.duties()
    opens(first, hall, case_id)
    opens(second, hall, case_id)
    follow(second, second.locator("#m-GH02").get_by_text("不再办理…"))
    follow(first, first.locator("#m-GH02").get_by_text("不再办理…"))
    fill(first)
    expect(first.locator("#faults, .faults")).to_contain_text("理由")
    fill(first, reason="申请人不需要")
    assert "未启动" in matter(first, "GH02")
    assert "申请人不需要" in matter(first, "GH02")
    fill(second, reason="重复")
    expect(second.locator(".refused")).to_contain_text("“建设用地规划许可证核发”现在是“未启动”，不能登记不再办理")
    number = hall.case(case_id).case_no
    answer = second.request.post(
        f"/cases/{number}/acts/release_matter",
        form={"csrf_token": csrf(second), "do": "do", "d-matter": "TZ01"},
        fail_on_status_code=False,
    )
    assert answer.status == 409
    assert "“企业投资项目备案”现在是“办理中”，不能放行" in answer.text()
    assert stage.flaws() == []


def csrf(page: Page) -> str:
    return page.locator("[name=csrf_token]").first.get_attribute("value") or ""


@SQLITE
def test_a_countersign_shows_its_rule_and_its_rounds(site: Site) -> None:
    hall = site.hall
    case_id = accepted(hall, "ee,hurd:2,ndrc", "vote", "threshold=3")
    signs(hall, case_id, "ndrc", "object", "与规划不符")
    sun = opens(site.officer("sun", **PLAIN), hall, case_id)
    does(sun, "加签", department="wat", weight="2")
    expect(sun.locator("section:has(#sg)")).to_contain_text("加权表决（满 3 票通过）")
    does(sun, "减签", department="ee", reason="不涉及")
    expect(sun.locator("section:has(#sg)")).to_contain_text("已减签")
    li = site.officer("xu", **PLAIN)
    task = asked(hall, case_id)["hurd"]
    li.goto(f"/tasks/{task}")
    follow(li, li.get_by_role("button", name="签收", exact=True))
    table = li.locator(".signing")
    expect(table).to_contain_text("第 1 轮：加权表决（满 3 票通过）")
    expect(table).to_contain_text("与规划不符")
    follow(li, "button[value=conditions]")
    expect(li.locator("#opinion-e")).to_be_visible()
    li.fill("#opinion", "限高二十四米")
    follow(li, "button[value=conditions]")
    opens(sun, hall, case_id)
    expect(sun.locator("section:has(#sg)")).to_contain_text("限高二十四米")
    expect(sun.locator(".jr")).to_contain_text("增加会签单位：水")
    assert codes_in(sun) == []
    assert hall.flaws(case_id) == []


@SQLITE
def test_a_second_round_shows_the_first(site: Site) -> None:
    hall = site.hall
    case_id = accepted(hall, "ee,hurd", "all")
    signs(hall, case_id, "ee", "object", "影响水源保护区")
    signs(hall, case_id, "hurd")
    sun = site.officer("sun", **PLAIN)
    takes(sun, hall, case_id, "check")
    follow(sun, "text=退回…")
    sun.get_by_label("会签").check()
    sun.fill("#reason", "按意见修改后再会签")
    follow(sun, sun.get_by_role("button", name="退回"))
    li = site.officer("li", **PLAIN)
    li.goto(f"/tasks/{asked(hall, case_id)['ee']}")
    rounds = li.locator(".signing")
    expect(rounds.first).to_contain_text("第 2 轮：全部会签")
    expect(rounds.first).to_contain_text("待签署")
    expect(rounds.last).to_contain_text("第 1 轮：全部会签，已结束")
    expect(rounds.last).to_contain_text("影响水源保护区")
    opens(sun, hall, case_id)
    assert sun.locator(".signing").count() == 2
    assert hall.flaws(case_id) == []


@SQLITE
def test_an_opinion_is_asked_owed_and_answered(site: Site) -> None:
    hall = site.hall.at("2026-03-02")
    case_id = hall.accepted()
    sun = opens(site.officer("sun", **PLAIN), hall, case_id)
    does(sun, "征求意见", department="ee", question="是否涉及生态保护红线")
    expect(sun.locator("#faults")).to_contain_text("回复时限")
    fill(sun, reply="3")
    expect(sun.locator("section:has(#op)")).to_contain_text("3月5日 周四前回复")
    li = site.officer("li", **PLAIN)
    li.goto("/desk")
    expect(li.locator(".owed", has_text="待回复的意见")).to_contain_text("1")
    follow(li, ".owed >> text=待回复的意见")
    expect(li.locator("main")).to_contain_text("是否涉及生态保护红线")
    expect(li.locator(".opinions .lamp")).to_contain_text("剩 3 日")
    follow(li, li.locator("main a", has_text="回复"))
    fill(li, answer="object")
    expect(li.locator("#faults")).to_contain_text("意见内容")
    fill(li, text="涉及，请避让")
    opens(sun, hall, case_id)
    expect(sun.locator("section:has(#op)")).to_contain_text("涉及，请避让")
    li.goto("/desk")
    assert li.locator(".owed").count() == 0
    assert hall.flaws(case_id) == []


@SQLITE
@pytest.mark.parametrize("looks", [{}, {"theme": "dark", "type": "large"}])
def test_the_pages_of_a_stage_are_clean_and_fit(site: Site, looks: dict[str, str]) -> None:
    hall = site.hall
    stage = filed(hall)
    chen = site.officer("chen", **SCREEN)
    chen.context.add_cookies([{"name": f"look_{k}", "value": v, "url": site.url} for k, v in looks.items()])
    takes(chen, hall, stage.filed.case_id, "intake")
    fits(chen)
    chen.set_viewport_size({"width": 1440, "height": 900})
    follow(chen, "button[value=accept]")
    hall.duties()
    opens(chen, hall, stage.filed.case_id)
    fits(chen)
    li = site.officer("li", **SCREEN)
    li.goto("/opinions")
    fits(li)


@SQLITE
def test_the_public_reads_files_and_follows_a_stage_on_a_phone(site: Site) -> None:
    """Without script: the guide names the matters, one form files them all, the progress tells office and state alone."""
    hall = site.hall.at("2026-03-02")
    page = site.visitor(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto("/guides/lz/BA01")
    among = page.locator("section:has(#g-of)")
    expect(among).to_contain_text("环境影响报告表审批（需要时一并申请）")
    assert among.locator("a", has_text="建设用地规划许可证核发").get_attribute("href") == "/guides/lz/GH02"
    follow(page, "a:has-text('网上申报')")
    fills(page, "BA01")
    for key in ("enterprise", "project", "policy_statement"):
        page.set_input_files(f"#m-{key}", [{"name": "表.pdf", "mimeType": "application/pdf", "buffer": PDF}])
    follow(page, "button:has-text('提交申请')")
    case_no = page.inner_text("#k-no")
    with hall.database.reading() as tx:
        case_id = case_id_of(tx, case_no)
    stage = Joint(hall, Filed(case_id, case_no, "", hall.now, hall.now, False)).accepted()
    page.goto("/progress")
    matters = page.locator("section:has(#p-of) tbody tr")
    told = matters.filter(has_text="企业投资项目备案").inner_text()
    for words in ("发展和改革委员会", "办理中", str(stage.child("TZ01").case_no)):
        assert words in told
    assert "暂缓" in matters.filter(has_text="建设用地规划许可证核发").inner_text(), "its papers were not brought"
    shown = page.inner_text("main")
    assert not [name for name in ("陈思", "何平", "孙正") if name in shown], "no officers"
    assert "完成本阶段" in shown, "the clock of the stage"
    expect(page.locator(".track")).to_contain_text("阶段汇总")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@SQLITE
def test_the_coordinator_sees_the_stage_and_why_it_waits(site: Site) -> None:
    hall = site.hall.at("2026-03-02")
    opens_project(hall, plan=("TZ01", "GH02"))
    stage = Joint.filing(hall, project=CODE, land="auctioned").accepted()
    zhou = site.officer("zhou", **SCREEN)
    zhou.goto("/projects")
    assert "企业投资项目备案" in zhou.inner_text(".mx"), "the board shows the matters, no stage among them"
    assert "BA01" not in zhou.inner_text("main")
    zhou.goto(f"/projects/{CODE}")
    joint = zhou.locator(".joint")
    expect(joint).to_contain_text(
        "等 3 个事项办结：企业投资项目备案、国有建设用地使用权出让（招拍挂）、建设用地规划许可证核发"
    )
    expect(joint.locator(f"a[href='/cases/{stage.child('TZ01').case_no}']")).to_be_visible()
    expect(joint).to_contain_text("剩 15 日")
    assert hall.case(stage.filed.case_id).case_no not in zhou.inner_text("section:has(#plan)"), "no unplanned case"
    fits(zhou)


def fits(page: Page) -> None:
    assert serious(page) == []
    for width in (1024, 390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []
