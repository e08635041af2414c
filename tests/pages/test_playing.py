"""The way of a finding on the canvas: element by element, by keyboard, with words; and without anything that moves by itself for whom
that should not be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.pages.conftest import Site, serious

GH02 = (Path(__file__).parents[2] / "bpmn/GH02/matter.bpmn").read_bytes()
# the review leads past the decision
PAST = GH02.replace(
    b'id="reviewed" sourceRef="review" targetRef="decide"', b'id="reviewed" sourceRef="review" targetRef="delivery"'
)
# what the decision sends back ends instead; the decision itself can still be reached
ENDED = GH02.replace(b'sourceRef="after_decide" targetRef="review"', b'sourceRef="after_decide" targetRef="closed"')


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


def opens(site: Site, motion: str, width: int = 1440, drawn: bytes = PAST) -> Page:
    """wu, with the drawing that has a way to be shown."""
    page = site.officer("wu", viewport={"width": width, "height": 900}, reduced_motion=motion)
    page.goto("/designer/GH02")
    page.wait_for_selector("#canvas .djs-shape")
    page.set_input_files("#bring-files", FilePayload(name="matter.bpmn", mimeType="application/xml", buffer=drawn))
    expect(page.locator("tr[data-rule=ends-without-decision] [data-way]")).to_be_visible()
    return page


def shape(page: Page, element: str) -> Locator:
    return page.locator(f"#canvas .djs-element[data-element-id={element}]")


NOW, DONE, LAST = (re.compile(rf"\b{name}\b") for name in ("at-now", "at-done", "at-stand"))


def test_a_way_is_gone_step_by_step_from_the_keyboard(site: Site) -> None:
    page = opens(site, "reduce")
    line = page.locator("#play [role=status]")
    page.focus("tr[data-rule=ends-without-decision] [data-way]")
    page.keyboard.press("Enter")
    expect(line).to_have_text(re.compile("^第 1 步，共 [0-9]+ 步：经过“收件”$"))
    expect(page.locator("#play [data-play=run]")).to_be_hidden()
    expect(page.locator("#play [data-play=next]")).to_be_focused()
    expect(shape(page, "filed")).to_have_class(NOW)
    page.keyboard.press("Enter")
    expect(line).to_contain_text("：受理（受理）")
    expect(shape(page, "intake")).to_have_class(NOW)
    expect(shape(page, "filed")).to_have_class(DONE)
    expect(shape(page, "to_intake")).to_have_class(DONE)
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(line).to_contain_text("最后在“办结”")
    expect(shape(page, "decide")).not_to_have_class(DONE)
    expect(page.locator(".tag--stand")).to_have_text("最后在这里")
    assert serious(page) == []
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tag--stand")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#play")).to_be_hidden()
    expect(page.locator("tr[data-rule=ends-without-decision] [data-way]")).to_be_focused()
    assert page.locator("#canvas .at-now, #canvas .at-done, #canvas .at-stand").count() == 0


def test_it_runs_by_itself_pauses_and_ends_when_one_draws_on(site: Site) -> None:
    page = opens(site, "no-preference", 400)
    page.clock.install()
    line = page.locator("#play [role=status]")
    page.click("tr[data-rule=ends-without-decision] [data-way]")
    expect(page.locator("#play [data-play=run]")).to_have_text("暂停")
    page.clock.run_for(1300)
    expect(line).to_contain_text("第 2 步")
    page.click("#play [data-play=run]")
    page.clock.run_for(5000)
    expect(line).to_contain_text("第 2 步")
    page.click("#play [data-play=run]")
    page.clock.run_for(20_000)
    expect(line).to_contain_text("最后在“办结”")
    expect(page.locator("#play [data-play=run]")).to_have_text("连续播放")
    page.click("#canvas [data-element-id=review]")
    page.fill("#p-name", "细审")
    page.clock.run_for(2000)
    expect(page.locator("#play")).to_be_hidden()


def test_a_way_gives_place_to_the_critical_path_and_to_comparing(site: Site) -> None:
    page = opens(site, "reduce", drawn=ENDED)
    way = page.locator("tr[data-rule=ends-without-decision] [data-way]")
    way.click()
    page.click("[data-critical]")
    expect(page.locator("#play")).to_be_hidden()
    expect(shape(page, "review")).to_have_class(re.compile("is-crit"))
    page.click("[data-critical]")
    way.click()
    page.click("#compare")
    expect(page.locator("#play")).to_be_hidden()
    expect(shape(page, "returned")).to_have_class(re.compile("is-changed"))


def test_the_critical_path_is_marked_while_its_button_is_pressed(site: Site) -> None:
    page = site.officer("wu", viewport={"width": 1440, "height": 900})
    page.goto("/designer/GH02")
    page.wait_for_selector("#canvas .djs-shape")
    button = page.locator("[data-critical]")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(shape(page, "review")).to_have_class(re.compile("is-crit"))
    expect(shape(page, "reviewed")).to_have_class(re.compile("is-crit"))
    expect(page.locator(".tag--order")).to_have_text(["1", "2"])
    assert serious(page) == []
    page.click("#canvas [data-element-id=decide]")
    page.fill("#p-limit", "4")
    expect(page.locator("#saved")).to_contain_text("已保存")
    expect(shape(page, "review")).to_have_class(re.compile("is-crit"))
    page.locator("[data-critical]").click()
    expect(page.locator(".tag--order")).to_have_count(0)
