"""A drawing of another tool on the designer's page: found, mended, confirmed, tried, published; and what is none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from engine.catalogue import running_version
from engine.people import office_by_code
from tests.catalogue.test_importing import FOREIGN, LINE, file
from tests.hall import Hall
from tests.pages.conftest import Site, follow, serious
from tests.pages.test_publishing import Desks, desks

__all__ = ["desks"]

GH02 = (Path(__file__).parents[2] / "bpmn/GH02/matter.bpmn").read_bytes()
AWAY = b'    <bpmn:callActivity id="away" calledElement="elsewhere"/>\n  </bpmn:process>'
FOR_US = GH02.replace(b"  </bpmn:process>", AWAY)
"""A drawing of a whole matter with a step that nothing leads to, and that calls what is not there."""


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


def brings(page: Page, body: bytes) -> None:
    page.goto("/designer")
    page.set_input_files("#drawing", FilePayload(name="来文.bpmn", mimeType="text/xml", buffer=body))
    follow(page, "text=导入并检查")


def becomes(page: Page, code: str, name: str) -> None:
    page.select_option("#new-pattern", "GH02")
    page.fill("#new-code", code)
    page.fill("#new-name", name)
    follow(page, "text=检查这张图")


def test_repairs_are_seen_confirmed_and_published_without_a_script(site: Site, hall: Hall) -> None:
    page = site.officer("wu", java_script_enabled=False)
    brings(page, FOR_US)
    assert "修复后可以执行" in page.inner_text("header.head")
    assert "2 处修复，2 处要由你确认" in page.inner_text("header.head")
    assert [h.split(" ")[0] for h in page.locator(".mends h3").all_inner_texts()] == [
        "调用改为人工步骤",
        "搁置走不到的部分",
    ]
    assert 'calledElement="elsewhere"' in page.inner_text(".mends li >> nth=0")
    becomes(page, "GH97", "临时改线批准")
    told = page.inner_text("main")
    assert "没有确认的修复" not in told
    assert told.count("还没有人确认") == 2
    assert page.locator("button.btn--primary").count() == 0, "nothing unconfirmed can be published"

    brings(page, FOR_US)
    for box in page.locator(".mends input").all():
        box.check()
    becomes(page, "GH02", "临时改线批准")
    assert "已经有了" in page.inner_text("#faults")
    assert page.locator(".mends input:checked").count() == 2, "what was confirmed stays"
    becomes(page, "GH97", "临时改线批准")
    assert "还没有人确认" not in page.inner_text("main")
    page.fill("#note", "从 Camunda 导入")
    follow(page, "button.btn--primary")
    with hall.database.reading() as tx:
        made = running_version(tx, office_by_code(tx, "lz").id, "GH97")
    assert (made.number, made.content.diagram.main) == (1, "gh97")
    assert [(m.kind, m.open) for m in made.content.diagram.mended] == [("call-by-hand", False), ("part-aside", False)]
    assert "away" not in made.content.diagram.processes["gh97"].nodes


def test_the_page_of_an_import_is_accessible_and_leads_to_the_canvas(site: Site) -> None:
    page = site.officer("wu", viewport={"width": 1440, "height": 900})
    brings(page, file(FOREIGN))
    assert serious(page) == []
    assert page.locator(".mends li").count() == 7
    page.check("#ok-1")
    becomes(page, "GH96", "别的工具画的")
    follow(page, "text=在画布上打开")
    page.wait_for_selector("#findings tr[data-number]")
    expect(page.locator("#findings tr[data-rule=repair-unconfirmed]")).to_have_count(6)


def test_what_cannot_be_executed_is_told_with_its_lines(site: Site) -> None:
    page = site.officer("wu", viewport={"width": 390, "height": 800}, color_scheme="dark")
    brings(page, file('<task id="a"/>\n<task id="a"/>'))
    assert "不能执行" in page.inner_text("header.head")
    assert "编号“a”在同一个流程里用了两次" in page.inner_text("main")
    assert page.locator("form[action*=import]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []


def test_what_is_no_drawing_is_told_in_a_sentence(hall: Hall, desks: Desks) -> None:
    wu = desks("wu")

    def brought(body: bytes | None, **more: str) -> tuple[int, str]:
        data: dict[str, object] = {"csrf_token": wu.proof, **more}
        if body is not None:
            data["drawing"] = (io.BytesIO(body), "a.bpmn")
        answer = wu.client.post("/designer/import", data=data, content_type="multipart/form-data")
        return answer.status_code, answer.get_data(as_text=True)

    assert brought(None)[0] == 422
    assert "没有选择流程图" in brought(None)[1]
    for body, words in (
        (b"", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n\0", "解不出文字"),
        (b"PK\x03\x04" + bytes(99), "文件"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
        (b"<a>" * 500, "嵌套"),
        (b"<html/>", "不是 BPMN 2.0"),
        (file(""), "什么都没有画"),
    ):
        status, text = brought(body)
        assert (status, words in text, "不能执行" in text) == (200, True, True), body[:20]
    assert brought(file('<task id="a" name="&lt;script&gt;alert(1)&lt;/script&gt;"/><task id="x" name="x"/>'))[0] == 200
    evil = brought(
        file('<callActivity id="a" name="&lt;script&gt;alert(1)&lt;/script&gt;" calledElement="&lt;b&gt;"/>')
    )[1]
    assert "<script>alert" not in evil
    assert "&lt;b&gt;" in evil


def test_a_forged_or_broken_draft_is_refused(hall: Hall, desks: Desks) -> None:
    wu = desks("wu")
    data = {
        "csrf_token": wu.proof,
        "drawing": (io.BytesIO(file(LINE)), "a.bpmn"),
        "parts": (io.BytesIO(file(LINE, name="Q")), "q.xml"),
    }
    text = wu.client.post("/designer/import", data=data, content_type="multipart/form-data").get_data(as_text=True)
    folded = text.partition('name="bundle" value="')[2].partition('"')[0]
    good = {"bundle": folded, "pattern": "GH02", "code": "GH96", "name": "新事项"}
    assert wu.sends("/designer/import/draft", **good).status_code == 200
    for wrong, status in (
        ({"bundle": "x"}, 422),
        ({"bundle": ""}, 422),
        ({"code": "../x"}, 422),
        ({"code": "GH02"}, 409),
        ({"name": ""}, 422),
        ({"pattern": "ZZ99"}, 404),
    ):
        assert wu.sends("/designer/import/draft", **(good | wrong)).status_code == status, wrong
    assert wu.sends("/designer/import/draft", **good, confirm="no such thing").status_code == 200


@pytest.mark.parametrize("login", ["zhao", "li"])
def test_nobody_but_a_designer_imports(hall: Hall, desks: Desks, login: str) -> None:
    stranger = desks(login)
    for path in ("/designer/import", "/designer/import/draft"):
        assert stranger.sends(path).status_code == 404
