"""A consultation by hand in the browser, without script: its minutes are typed, looked at and issued; what was resolved is found on
the desk of its department, reported there, and late it stands on the coordinator's board. What each act does is held in
tests/cases."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.hall import Hall
from tests.joint import Joint
from tests.pages.conftest import Site, follow
from tests.pages.test_joint import codes_in, fill, fits, opens
from tests.projects.driving import CODE
from tests.projects.driving import opens as opens_project

pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
PLAIN: dict[str, Any] = {"java_script_enabled": False}
MINUTES = {
    "kind": "joint_review",
    "held_on": "2026-03-02",
    "place": "三楼会议室",
    "chair": "陈思",
    "agenda": "GH02",
    "who\\.nr": "孙正、钱立",
    "away\\.ndrc": "何平",
    "text": "用地边界没有争议。",
    "what\\.1": "核定排水接口位置",
    "due\\.1": "2026-03-05",
}


def types(page: Page, **more: str) -> None:
    for key, value in {**MINUTES, **more}.items():
        if key in ("kind", "agenda"):
            page.check(f"[name=d-{key}][value='{value}']")
        else:
            page.fill(f"[name=d-{key}]", value)


def section(page: Page) -> Any:
    return page.locator("section:has(#cs)")


def staged(hall: Hall) -> Joint:
    """A stage of a key project, accepted."""
    opens_project(hall.at("2026-03-02"), plan=("TZ01", "GH02"))
    return Joint.filing(hall, project=CODE, land="auctioned").accepted()


def test_minutes_are_typed_reported_on_and_corrected(site: Site) -> None:
    hall = site.hall
    case_id = staged(hall).filed.case_id
    chen = opens(site.officer("chen", **PLAIN), hall, case_id)
    expect(section(chen)).to_contain_text("还没有会商")
    follow(chen, section(chen).get_by_text("登记会商纪要…"))
    types(chen, held_on="2026-03-03")
    follow(chen, "button[value=do]")
    expect(chen.locator("#faults")).to_contain_text("议定事项 1 没有选责任部门")
    assert chen.input_value("[name=d-who\\.nr]") == "孙正、钱立", "what was typed stays"
    chen.select_option("[name=d-dept\\.1]", "wat")
    follow(chen, "button[value=do]")
    expect(chen.locator("#d-held_on-e")).to_contain_text("会议日期 2026年3月3日 还没有到")
    chen.fill("[name=d-held_on]", "2026-03-02")
    follow(chen, "button[value=preview]")
    expect(chen.locator(".preview")).to_contain_text("会审纪要")
    follow(chen, "button[value=do]")
    told = section(chen)
    for words in ("会审", "会〔2026〕1号", "出席：自然资源和规划局 孙正、钱立；缺席：发展和改革委员会 何平", "剩 3 日"):
        expect(told).to_contain_text(words)
    assert codes_in(chen) == []
    follow(chen, told.get_by_role("link", name="会〔2026〕1号", exact=True))
    expect(chen.locator("main")).to_contain_text("1. 核定排水接口位置（水务局，2026年3月5日前）")

    hall.at("2026-03-06")
    hall.duties()
    zhou = site.officer("zhou", **PLAIN)
    zhou.goto("/projects")
    due = zhou.locator(".am > li", has_text="会商议定事项到期")
    expect(due).to_contain_text("立项用地规划许可阶段（备案类），会〔2026〕1号第1项，水务局，超议定期限 1 日")
    follow(zhou, due.locator("a"))
    expect(zhou.locator("section:has(#resolved)")).to_contain_text("核定排水接口位置")

    jin = site.officer("jin", **PLAIN)
    jin.goto("/desk")
    follow(jin, ".owed >> text=议定事项待落实")
    expect(jin.locator(".opinions .lamp")).to_contain_text("超议定期限 1 日")
    follow(jin, jin.locator("main a", has_text="落实"))
    assert jin.is_checked("[name=d-resolution]"), "the one that was pressed"
    fill(jin, text="接口位置已核定。")
    expect(section(jin)).to_contain_text("已落实")
    jin.goto("/desk")
    assert jin.locator(".owed").count() == 0

    sun = opens(site.officer("sun", **PLAIN), hall, case_id)
    follow(sun, section(sun).locator("a", has_text="更正"))
    assert sun.input_value("[name=d-corrects]") == "会〔2026〕1号"
    assert sun.input_value("[name=d-away\\.ndrc]") == "何平"
    sun.fill("[name=d-place]", "五楼会议室")
    follow(sun, "button[value=do]")
    expect(section(sun).locator("summary")).to_contain_text("会〔2026〕1号，已由会〔2026〕2号更正")
    expect(section(sun).locator(".opinions > li").first).to_contain_text("接口位置已核定。")
    assert hall.flaws(case_id) == []


def test_the_pages_of_a_consultation_are_clean_and_fit(site: Site) -> None:
    hall = site.hall
    case_id = staged(hall).filed.case_id
    chen = opens(site.officer("chen", viewport={"width": 1440, "height": 900}), hall, case_id)
    follow(chen, section(chen).get_by_text("登记会商纪要…"))
    types(chen)
    chen.select_option("[name=d-dept\\.1]", "wat")
    fits(chen)
    chen.set_viewport_size({"width": 1440, "height": 900})
    follow(chen, "button[value=do]")
    fits(chen)
