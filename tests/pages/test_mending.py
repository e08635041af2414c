"""A quick fix on the designer's page: one press, one change, one undo; from the keyboard, and told to whoever does not see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.pages.conftest import Site, serious

GH02 = (Path(__file__).parents[2] / "bpmn/GH02/matter.bpmn").read_bytes()
MISSPELT = GH02.replace(b"outcome == 'refuse_acceptance'", b"outcome == 'refuse_acceptence'")


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


@pytest.fixture
def page(site: Site) -> Page:
    """wu, with a drawing in which an outcome is misspelt."""
    page = site.officer("wu", viewport={"width": 1440, "height": 900})
    page.goto("/designer/GH02")
    page.wait_for_selector("#canvas .djs-shape")
    page.set_input_files("#bring-files", FilePayload(name="matter.bpmn", mimeType="application/xml", buffer=MISSPELT))
    expect(page.locator("tr[data-rule=outcome-never-given]")).to_be_visible()
    return page


def test_a_fix_is_made_with_one_press_and_taken_back_as_one(page: Page) -> None:
    said, wrong = page.locator("#mended"), page.locator("tr[data-rule=outcome-never-given]")
    expect(wrong).to_contain_text("refuse_acceptance（不予受理）")
    button = wrong.get_by_role("button", name="一键修改：改正办理结果的代码")
    button.focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("已改：不予，改正办理结果的代码。")
    expect(page.locator("#unmend")).to_be_focused()
    expect(page.locator("#findings")).to_contain_text("检查通过")
    assert serious(page) == []
    page.keyboard.press("Enter")
    expect(wrong).to_be_visible()
    expect(said).to_be_hidden()

    wrong.locator("[data-fix]").click()
    expect(page.locator("#findings")).to_contain_text("检查通过")
    page.click("#canvas [data-element-id=review]")
    page.fill("#p-limit", "4")
    expect(said).to_be_hidden()
    undo = page.locator("#palette [data-tool=undo]")
    while page.locator("#p-limit").input_value() != "2":
        undo.click()
    expect(page.locator("#findings")).to_contain_text("检查通过")
    undo.click()
    expect(wrong).to_be_visible()
    expect(undo).to_be_disabled()


def test_what_is_said_stands_above_the_canvas_beside_an_offered_draft(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("已保存")
    page.reload()
    expect(page.locator("#draft")).to_be_visible()
    page.set_input_files("#bring-files", FilePayload(name="matter.bpmn", mimeType="application/xml", buffer=MISSPELT))
    page.click("tr[data-rule=outcome-never-given] [data-fix]")
    page.set_input_files("#bring-files", FilePayload(name="a.png", mimeType="image/png", buffer=b"x"))
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator("#mended")).to_be_visible()
    tops = page.evaluate(
        "['draft', 'mended', 'trouble', 'canvas'].map(id => document.getElementById(id).getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert len(set(tops)) == 4


def test_the_number_of_a_part_is_not_asked_to_be_the_matters(page: Page) -> None:
    expect(page.locator("#panel")).to_contain_text("应为 gh02")
    page.select_option("#file", "parts/delivery.bpmn")
    expect(page.locator("#p-id")).to_have_value("part-delivery")
    expect(page.locator("#panel")).not_to_contain_text("应为")


def test_what_has_changed_meanwhile_is_not_mended(page: Page) -> None:
    told = page.evaluate("JSON.parse(document.querySelector('#told').content.textContent)")
    files = {**told["files"], "matter.bpmn": GH02.decode()}
    answer = page.request.post(
        "/designer/mend",
        data={"files": files, "matter": "GH02", "file": "matter.bpmn", "fix": "outcome-spelt", "element": "refused"},
        headers={"X-CSRFToken": page.input_value("input[name=csrf_token] >> nth=0")},
    )
    assert answer.status == 409
    assert "已经不是检查时的样子" in answer.text()
