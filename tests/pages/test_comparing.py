"""Two versions of a matter beside each other: what differs is listed in words, linked to, and marked by sign and colour."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from engine.catalogue import export, publish
from engine.people import office_by_code, officer_by_login
from tests.hall import Hall
from tests.pages.conftest import Site, follow, serious

MORE = """<bpmn:userTask id="recheck" name="复核" ls:kind="check" ls:department="nr" ls:limit="1wd">
    <bpmn:extensionElements><ls:outcome code="pass" label="通过"/></bpmn:extensionElements></bpmn:userTask>
    <bpmn:sequenceFlow id="rechecked" sourceRef="recheck" targetRef="decide"/>
    """
MORE_DRAWN = """<bpmndi:BPMNShape id="rd" bpmnElement="recheck"><dc:Bounds x="480" y="330" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="re" bpmnElement="rechecked"><di:waypoint x="580" y="370"/><di:waypoint x="620" y="370"/></bpmndi:BPMNEdge>"""


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


@pytest.fixture
def page(site: Site, hall: Hall) -> Page:
    """wu, without a script; GH02 has a second version: a step more, another limit, the step of the decision under another id and
    drawn elsewhere."""
    with hall.database.writing() as tx:
        of, files = office_by_code(tx, "lz"), dict(export(tx, office_by_code(tx, "lz"), "GH02")[1])
        text = files["matter.bpmn"].decode()
        place = re.search(r'bpmnElement="decide"[^>]*>\s*<dc:Bounds x="(\d+)"', text)
        assert place is not None
        for old, new in (
            ('ls:limit="2wd"', 'ls:limit="5wd"'),
            ('<bpmn:userTask id="decide"', f'{MORE}<bpmn:userTask id="decide"'),
            (
                'id="reviewed" sourceRef="review" targetRef="decide"',
                'id="reviewed" sourceRef="review" targetRef="recheck"',
            ),
            (place[0], place[0].replace(f'x="{place[1]}"', f'x="{int(place[1]) + 20}"')),
            ("</bpmndi:BPMNPlane>", f"{MORE_DRAWN}</bpmndi:BPMNPlane>"),
        ):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        text = re.sub(r'( id|Ref|bpmnElement)="decide"', r'\1="grant"', text)
        files["matter.bpmn"] = text.encode()
        files["guide.yaml"] = files["guide.yaml"].replace(b"promised: {lim: [3, wd", b"promised: {lim: [8, wd")
        publish(tx, of, files, officer_by_login(tx, "wu"), "加一道复核", hall.now, over=1)
    return site.officer("wu", viewport={"width": 1440, "height": 900}, java_script_enabled=False)


def test_any_two_versions_are_compared_from_the_list_of_them(page: Page) -> None:
    page.goto("/designer/GH02/versions")
    follow(page, "text=与第 1 版比较")
    told = page.locator(".cmp-c li").all_inner_texts()
    said = [line.replace("\n", "").removesuffix(" 第 1 版的图") for line in told]
    assert "#换编号：步骤“核准”：编号 decide → grant" in said
    assert "~修改：审查：环节时限 2 → 5 个工作日" in said
    assert "+新增：新增步骤“复核”（审核，自然资源和规划局，1 个工作日）" in said
    assert "~修改：连线 审查 → 复核：终点 核准 → 复核" in said
    assert "↔移动：“核准”右移 20，不影响办理" in said
    assert "~修改：承诺时限 3 → 8 个工作日" in said
    assert page.locator(".cmp-l .panel-h .sec").inner_text() == "新增 2 处、修改 3 处、移动 1 处、换编号 1 处"
    follow(page, "text=建设用地规划许可证核发的版本")
    follow(page, "text=比较两个版本")
    page.select_option("#v-old", "2")
    page.select_option("#v-new", "1")
    follow(page, "main button.btn")
    assert "删去步骤“复核”" in page.inner_text(".cmp-l")
    assert page.locator("#old-recheck.df-removed").count() == 1
    page.goto("/designer/GH02/compare?old=2&new=2")
    assert "选了同一个版本" in page.inner_text("main")
    page.goto("/designer/GH04/compare")
    assert "只有一个版本" in page.inner_text("main")


def test_what_differs_is_marked_in_both_drawings_and_linked_to(page: Page) -> None:
    page.goto("/designer/GH02/compare?old=1&new=2")
    assert page.locator("#new-recheck.df-added .sgt").text_content() == "+"
    assert page.locator("#old-recheck").count() == 0
    for mark in ("#old-review.df-changed", "#new-review.df-changed", "#old-decide.df-moved", "#new-grant.df-moved"):
        assert page.locator(mark).count() == 1, mark
    assert page.locator("#new-review title").text_content() == "审查：环节时限 2 → 5 个工作日"
    assert page.locator(".legend .df-k").all_inner_texts() == ["+\n新增", "~\n修改", "↔\n移动", "#\n换编号"]
    assert "审查：环节时限 2 → 5 个工作日" in str(page.locator("#new-d").text_content())
    page.click("text=审查：环节时限 2 → 5 个工作日")
    expect(page.locator("#new-review:target")).to_be_visible()
    page.click(".cmp-c li:has-text('环节时限 2') .also")
    expect(page.locator("#old-review:target")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 400])
def test_the_page_is_accessible_and_fits(page: Page, site: Site, width: int) -> None:
    seen = site.officer("wu", viewport={"width": width, "height": 900})
    seen.goto("/designer/GH02/compare?old=1&new=2")
    assert serious(seen) == []
    assert seen.evaluate("document.documentElement.scrollWidth") <= width
    seen.goto("/designer/GH02/versions")
    assert serious(seen) == []
