"""A step that another system answers, on the pages: drawn in the designer, waited for on the case, taken over by a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.other_system import OtherSystem
from tests.outbound import World, bundle, connect
from tests.pages.conftest import Site, follow, serious

SCREEN = {"viewport": {"width": 1440, "height": 900}}


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


def test_the_page_says_whose_answer_is_waited_for_and_a_person_takes_over(site: Site) -> None:
    hall = site.hall
    with OtherSystem((500, {})) as system:
        asking = World(hall, system).comes((500, {}))
        asking.ask()
        asking.ask_again()
        page = site.officer("every", **SCREEN)
        page.goto(f"/cases/{asking.case_no}")
        expect(page.locator(".hand-h")).to_contain_text("等待对接系统人口库的回答（lookup），已试 2 次，下次")
        expect(page.locator(".hand-l")).to_contain_text("对接系统人口库")
        expect(page.locator(".jr")).to_contain_text("对方答复状态 500")
        assert serious(page) == []
        follow(page, page.locator(".acts").get_by_role("link", name="转人工确认…"))
        page.fill("#d-reason", "对方检修，电话核实")
        follow(page, page.get_by_role("button", name="转人工确认"))
    assert asking.pool == ["lookup"]
    task = hall.task(asking.case_id, "lookup")
    page.goto(f"/tasks/{task.id}")
    expect(page.locator("main")).to_contain_text("lookup：由人确认")
    expect(page.locator("main")).to_contain_text("对方检修，电话核实")
    assert asking.flaws == []


def test_the_designer_chooses_who_answers(site: Site) -> None:
    connect(site.hall, "https://10.1.2.3/check")
    page = site.officer("wu", **SCREEN)
    page.goto("/designer/GH02")
    page.wait_for_selector("#canvas .djs-shape")
    drawn = bundle()["matter.bpmn"].replace(b' ls:call="RK"', b"").replace(b' ls:sends="id_number prepare"', b"")
    drawn = drawn.replace(b' ls:returns="alive"', b"").replace(b'id="qt09"', b'id="gh02"').replace(b'"qt09"', b'"gh02"')
    page.set_input_files("#bring-files", FilePayload(name="m.bpmn", mimeType="application/xml", buffer=drawn))
    page.click("#canvas [data-element-id=lookup]")
    expect(page.locator("#p-call option:checked")).to_have_text("由人确认")
    expect(page.locator("#panel")).to_contain_text("没有写怎样办")
    assert page.locator("#p-sends").count() == 0
    page.select_option("#p-call", "RK")
    page.fill("#p-sends", "nobody_fills")
    expect(page.locator("#panel .err").first).to_contain_text("可是没有哪个步骤、表单或脚本填写它")
    page.fill("#p-returns", "alive")
    page.click("#take summary")
    with page.expect_download() as download:
        page.click("#take button[data-kind=bpmn]")
    saved = Path(str(download.value.path())).read_text("utf-8")
    assert 'ls:call="RK"' in saved
    assert 'ls:sends="nobody_fills"' in saved
    assert 'ls:returns="alive"' in saved
    page.select_option("#p-call", "")
    assert page.locator("#p-sends").count() == 0
