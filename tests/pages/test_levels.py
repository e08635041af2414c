"""Two levels in the browser: the county sends up on its task page, each sees the other's case, the applicant sees both."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.cases.test_levels import TwoLevels
from tests.pages.conftest import Site, follow, serious, takes
from tests.pages.test_joint import fill, opens

SQLITE = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
SCREEN: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PLAIN: dict[str, Any] = {"java_script_enabled": False}


@SQLITE
def test_the_county_sends_up_and_each_level_sees_the_other(site: Site) -> None:
    hall = site.hall
    one = TwoLevels.reviewed(hall)
    hall.at("2026-03-12")
    tao = site.officer("qy-tao", **PLAIN)
    takes(tao, hall, one.lower, "escalate")
    follow(tao, "button[value=sent_up]")
    expect(tao.locator("main")).to_contain_text("由上级机关决定；结果送回后由本机关送达")
    fill(tao, opinion="林地面积与可研一致，同意报市审核")
    opens(tao, hall, one.lower)
    expect(tao.locator("section:has(#lv-1)")).to_contain_text("已上报，等待上级机关收件")
    hall.duties()
    tao.reload()
    above = tao.locator("section:has(#lv-1)")
    expect(above).to_contain_text("上级办件")
    expect(above).to_contain_text("LY01-2026-00001")
    expect(above).to_contain_text("待签收：林业窗口，受理")
    expect(tao.locator("section:has(#c)")).to_contain_text("上级机关的时限见上级办件")
    expect(tao.locator(".acts")).not_to_contain_text("上报上级")
    follow(tao, above.locator("a.no"))
    expect(tao.locator("section:has(#lv-1)")).to_contain_text("初审办件")

    cao = site.officer("cao", **SCREEN)
    takes(cao, hall, one.upper.id, "intake")
    expect(cao.locator("#work")).to_contain_text("林地面积与可研一致，同意报市审核")
    for words in ("已经由初审机关随案卷报送", "上级机关不能再不予受理"):
        expect(cao.locator("main")).to_contain_text(words)
    assert cao.locator("button[value=request_correction], button[value=refuse_acceptance]").count() == 0
    assert serious(cao) == []
    follow(cao, cao.locator(".head a.no", has_text="QY-LY01-2026-00001"))
    expect(cao.locator(".papers")).to_contain_text("初审意见报送函")
    assert serious(cao) == []


@SQLITE
def test_the_result_is_handed_down_and_the_applicant_sees_both_levels(site: Site) -> None:
    hall = site.hall
    one = TwoLevels.accepted(hall)
    hall.at("2026-03-25")
    one.decided()
    one.above_does("cao", "certificate", "made")
    hall.duties()
    cao = site.officer("cao", **PLAIN)
    takes(cao, hall, one.upper.id, "deliver")
    follow(cao, "button[value=delivered]")
    assert [o.inner_text().strip() for o in cao.locator("fieldset label").all()] == ["交初审机关送达"]
    fill(cao, method="handed_down", receiver="青垣县林业窗口")
    hall.duties()
    visitor = site.visitor(**PLAIN)
    visitor.goto("/progress")
    visitor.fill("[name=case_no]", hall.case(one.lower).case_no)
    visitor.fill("[name=query_code]", one.query_code)
    follow(visitor, "main button.btn--primary")
    levels = visitor.locator("section:has(#p-lv)")
    for words in ("临州市政务服务中心林业局", "作出决定", "准予许可", "LY01-2026-00001", "用同一个查询码查"):
        expect(levels).to_contain_text(words)
    visitor.goto("/guides/qy/LY01")
    for words in ("市级机关决定", "是这里初审的时限"):
        expect(visitor.locator("main")).to_contain_text(words)
