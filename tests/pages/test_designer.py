"""The process designer in a browser: drawing, findings at their elements, comparing, walking, publishing, and bad files.

What publishing does to versions and cases is held on both databases in test_publishing.py; here it is drawn on one.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import pytest
from playwright.sync_api import FilePayload, Page, expect

from api.pages.look import WEB
from engine.catalogue import export, running_version
from engine.people import office_by_code
from tests.hall import Hall
from tests.pages.conftest import Site, follow, serious

SEEDS = Path(__file__).parents[2] / "bpmn"
GH02 = (SEEDS / "GH02/matter.bpmn").read_bytes()


@pytest.fixture
def hall_url(sqlite_hall: Path, tmp_path: Path) -> str:
    path = tmp_path / "hall.db"
    shutil.copy(sqlite_hall, path)
    return f"sqlite:///{path}"


@pytest.fixture
def refused() -> list[str]:
    """What the policy of the page has kept from happening."""
    return []


@pytest.fixture
def page(site: Site, refused: list[str]) -> Page:
    """wu, before a screen of an office."""
    page = site.officer("wu", viewport={"width": 1440, "height": 900})
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    return page


def opens(page: Page, path: str = "/designer/GH02") -> Page:
    page.goto(path)
    page.wait_for_selector("#canvas .djs-shape")
    return page


def picks(page: Page, element: str) -> None:
    """A click on an element, or on the label of a flow."""
    page.click(f"#canvas [data-element-id={element}]")
    expect(page.locator("#panel .pp-h .no")).to_have_text(element.removesuffix("_label"))


def checked(page: Page, rows: int) -> None:
    """The findings have come and are so many."""
    expect(page.locator("#findings tr[data-number]")).to_have_count(rows)


def finding(page: Page, number: int) -> dict[str, str]:
    data = page.eval_on_selector(f"#findings tr[data-number='{number}']", "row => ({...row.dataset})")
    assert isinstance(data, dict)
    return data


def dots(page: Page, element: str) -> list[str]:
    """The numbers of the dots at an element."""
    return page.locator(f".djs-overlays[data-container-id='{element}'] .dot").all_inner_texts()


def drawn(page: Page, name: str) -> str:
    """The id of the only step of this name, empty for the one without a name."""
    found = page.evaluate(
        "name => [...document.querySelectorAll('#canvas .djs-shape')].filter(s => "
        "(s.querySelector('.djs-label')?.textContent ?? '') === name).map(s => s.dataset.elementId)",
        name,
    )
    (only,) = [str(key) for key in found if str(key).startswith("Activity_")]
    return only


def brings(page: Page, name: str, body: bytes) -> None:
    page.set_input_files("#bring-files", FilePayload(name=name, mimeType="application/xml", buffer=body))


def takes(page: Page, kind: str = "bpmn") -> bytes:
    page.click("#take summary")
    with page.expect_download() as download:
        page.click(f"#take button[data-kind={kind}]")
    return Path(str(download.value.path())).read_bytes()


def publishes(page: Page, note: str) -> None:
    page.click("#publish")
    page.fill("#note", note)
    page.click("#publishing button.btn--primary")
    page.wait_for_selector("#published")


# ---------------------------------------------------------------- drawing
def test_a_step_is_drawn_found_wrong_put_right_compared_walked_and_published(
    page: Page, hall: Hall, refused: list[str]
) -> None:
    opens(page)
    picks(page, "review")
    page.fill("#p-limit", "1")
    expect(page.locator("[data-element-id=review] .ls-under")).to_have_text("1 个工作日")
    expect(page.locator("#draft-tag")).to_be_visible()

    # by mouse, onto the flow between review and decision
    box = page.locator("[data-element-id=reviewed] .djs-hit").first.bounding_box()
    assert box is not None
    page.click("#palette button[aria-label=步骤]")
    page.mouse.move(box["x"] + box["width"] / 2 - 5, box["y"] + box["height"] / 2 + 3)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.up()
    checked(page, 3)
    new = drawn(page, "")
    told = [(finding(page, n)["element"], finding(page, n)["rule"], finding(page, n)["mark"]) for n in (1, 2, 3)]
    assert told == [(new, "step-without-kind", "e"), (new, "shapes-overlap", "w"), (new, "shapes-overlap", "w")]
    assert dots(page, new) == ["1", "2", "3"]
    expect(page.locator("#why")).to_contain_text("1 处错误")
    expect(page.locator("#publish")).to_have_attribute("aria-disabled", "true")
    page.click("#findings tr[data-number='1'] a")
    expect(page.locator("#panel .pp-h .no")).to_have_text(new)
    expect(page.locator("#p-kind")).to_have_attribute("aria-invalid", "true")

    page.fill("#p-name", "复核")
    page.select_option("#p-kind", "check")
    page.uncheck("#p-o-return")
    page.fill("#p-l-pass", "报核准")
    expect(page.locator("#findings tr[data-rule=step-without-kind]")).to_have_count(0)
    assert (finding(page, 1)["rule"], finding(page, 1)["element"]) == ("step-without-window", new)
    expect(page.locator("#p-department")).to_have_attribute("aria-invalid", "true")
    page.select_option("#p-department", "nr")
    page.fill("#p-limit", "1")
    checked(page, 2)  # it covers its neighbours, which is only a reminder
    expect(page.locator("#publish")).to_have_attribute("aria-disabled", "false")

    page.click("#compare")
    said = page.locator("#changes")
    expect(said).to_contain_text("审查：环节时限 2 → 1 个工作日")
    expect(said).to_contain_text("新增步骤“复核”（审核，自然资源和规划局，1 个工作日）")
    expect(page.locator(f"#canvas [data-element-id={new}]")).to_have_class(re.compile("is-new"))
    expect(page.locator("#canvas [data-element-id=review]")).to_have_class(re.compile("is-changed"))
    expect(page.locator(".djs-overlays[data-container-id=review] .tag--change")).to_have_text("~")

    page.click("#try")
    page.click("#walk >> text='申请'")
    expect(page.locator("#canvas [data-element-id=intake]")).to_have_class(re.compile("at-now"))
    for press in ("受理", "报核准"):
        page.click(f"#walk .walk-now button:text-is('{press}')")
    expect(page.locator("#walk .walk-now")).to_contain_text("复核")
    expect(page.locator(f"#canvas [data-element-id={new}]")).to_have_class(re.compile("at-now"))
    expect(page.locator("#canvas [data-element-id=review]")).to_have_class(re.compile("at-done"))

    publishes(page, "审查之后加一道复核")
    expect(page.locator("#published")).to_contain_text("第 2 版已发布，正在运行")
    with hall.database.reading() as tx:
        running = running_version(tx, office_by_code(tx, "lz").id, "GH02")
    work = running.content.diagram.processes["gh02"].nodes[new].work
    assert running.number == 2
    assert work is not None
    assert (work.kind, work.department, work.limit, [(o.code, o.label) for o in work.outcomes]) == (
        *("check", "nr", "1wd"),
        [("pass", "报核准")],
    )
    assert refused == []


def test_from_the_keyboard_one_draws_goes_from_element_to_element_and_takes_it_back(page: Page) -> None:
    opens(page)
    page.locator("#canvas svg[tabindex]").first.focus()
    page.keyboard.press("j")
    expect(page.locator("#panel .pp-h .no")).to_have_text("filed")
    for key in "jjjjjk":
        page.keyboard.press(key)
    expect(page.locator("#panel .pp-h .no")).to_have_text("intake")
    page.focus("#palette button[aria-label=步骤]")
    page.keyboard.press("Enter")
    expect(page.locator("#p-name")).to_be_focused()
    page.keyboard.type("预审")
    expect(page.locator("#canvas .djs-label", has_text="预审")).to_be_visible()
    expect(page.locator("#findings tr[data-rule=step-without-kind]")).to_contain_text("预审")
    assert "1" in dots(page, drawn(page, "预审"))
    page.focus("#palette [data-tool=undo]")
    while not page.locator("#palette [data-tool=undo]").is_disabled():
        page.keyboard.press("Enter")
    checked(page, 0)
    expect(page.locator("#draft-tag")).to_be_hidden()


def test_a_flow_is_asked_for_the_outcomes_that_come_to_it(page: Page) -> None:
    opens(page)
    picks(page, "accepted_label")
    assert page.locator("#panel legend + ul label").all_inner_texts() == [
        "受理",
        "容缺受理",
        "一次告知补正",
        "不予受理",
    ]
    page.uncheck("#p-c-accept_tolerant")
    expect(page.locator("#p-condition")).to_have_value("${outcome == 'accept'}")
    checked(page, 1)
    assert finding(page, 1)["rule"] == "outcome-without-way"
    page.fill("#p-condition", "${outcome == 'accept' || outcome == 'accept_tolerant'}")
    expect(page.locator("#p-c-accept_tolerant")).to_be_checked()
    page.uncheck("#p-c-accept")
    page.check("#p-c-accept")
    expect(page.locator("#p-condition")).to_have_value("${outcome == 'accept' || outcome == 'accept_tolerant'}")
    checked(page, 0)


def test_the_guide_is_written_and_its_fault_leads_to_the_line(page: Page) -> None:
    opens(page)
    page.select_option("#file", "guide.yaml")
    guide = page.input_value("#text")
    page.fill("#text", guide.replace("visits: 1", "visitors: 1"))
    checked(page, 1)
    line = guide.splitlines().index("visits: 1") + 1
    assert (finding(page, 1)["file"], finding(page, 1)["line"]) == ("guide.yaml", str(line))
    page.select_option("#file", "matter.bpmn")
    page.click("#findings tr[data-number='1'] a")
    expect(page.locator("#text")).to_be_focused()
    chosen = page.eval_on_selector("#text", "t => t.value.slice(t.selectionStart, t.selectionEnd)")
    assert chosen == "visitors: 1"
    page.fill("#text", guide.replace("promised: {lim: [3,", "promised: {lim: [5,"))
    checked(page, 0)
    page.click("#compare")
    expect(page.locator("#changes")).to_contain_text("承诺时限 3 → 5 个工作日")


# ---------------------------------------------------------------- nothing is lost
def test_what_is_drawn_survives_a_reload_and_is_offered(page: Page) -> None:
    opens(page)
    picks(page, "decide")
    page.fill("#p-limit", "7")
    expect(page.locator("#saved")).to_contain_text("已保存在这台电脑")
    opens(page)
    expect(page.locator("[data-element-id=decide] .ls-under")).to_have_text("1 个工作日")
    expect(page.locator("#draft")).to_contain_text("有没有发布的修改")
    page.click("#restore")
    expect(page.locator("[data-element-id=decide] .ls-under")).to_have_text("7 个工作日")
    opens(page)
    page.click("#discard")
    opens(page)
    expect(page.locator("#draft")).to_be_hidden()


def test_an_untouched_drawing_keeps_every_byte_and_one_put_back_too(page: Page, hall: Hall) -> None:
    opens(page)
    picks(page, "review")
    page.fill("#p-limit", "9")
    expect(page.locator("#saved")).to_contain_text("已保存")
    page.fill("#p-limit", "2")
    expect(page.locator("#draft-tag")).to_be_hidden()
    assert takes(page) == GH02
    with zipfile.ZipFile(io.BytesIO(takes(page, "zip"))) as archive, hall.database.reading() as tx:
        assert {n: archive.read(n) for n in archive.namelist()} == export(tx, office_by_code(tx, "lz"), "GH02")[1]


CAMUNDA = (Path(__file__).parent / "camunda.bpmn").read_bytes()


def foreign(xml: bytes) -> Counter[str]:
    """Every element and attribute of another tool, with its text."""
    found: Counter[str] = Counter()
    for element in ElementTree.fromstring(xml).iter():
        if "camunda.org" in element.tag:
            found[f"{element.tag} {sorted(element.attrib.items())} {(element.text or '').strip()}"] += 1
        found.update(f"{element.tag}/{key}={value}" for key, value in element.attrib.items() if "camunda.org" in key)
    return found


def test_what_another_tool_has_written_comes_out_as_it_went_in(page: Page) -> None:
    opens(page)
    brings(page, "assess.bpmn", CAMUNDA)
    picks(page, "t")
    page.fill("#p-name", "评估")
    page.select_option("#p-kind", "review")
    page.fill("#p-l-pass", "可以")
    page.press("#p-l-pass", "Tab")
    expect(page.locator("#canvas [data-element-id=t] .djs-label")).to_have_text("评估")
    out = takes(page)
    assert foreign(out) == foreign(CAMUNDA)
    assert sum(foreign(out).values()) > 12
    task = next(e for e in ElementTree.fromstring(out).iter() if e.get("id") == "t")
    assert task.get("{urn:lianshen:bpmn:1}kind") == "review"
    assert [o.get("label") for o in task.iter("{urn:lianshen:bpmn:1}outcome")] == ["可以", "退回"]


# ---------------------------------------------------------------- bad files
def test_a_bad_file_is_told_in_a_sentence_and_the_drawing_stays(page: Page, tmp_path: Path) -> None:
    opens(page)
    trouble, canvas = page.locator("#trouble"), page.locator("#canvas [data-element-id=review]")
    big = tmp_path / "big.bpmn"
    with big.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    page.set_input_files("#bring-files", big)
    expect(trouble).to_contain_text("文件有 50 MB，太大了")
    brings(page, "encoding.bpmn", '<?xml version="1.0" encoding="UTF-8"?><a 名="'.encode("gbk"))
    expect(trouble).to_contain_text("读不出文字")
    brings(page, "picture.png", b"\x89PNG")
    expect(trouble).to_contain_text("“picture.png”不是事项的文件")
    expect(canvas).to_be_visible()
    brings(page, "entities.bpmn", GH02.replace(b"?>\n", b'?>\n<!DOCTYPE a [<!ENTITY b "c">]>\n', 1))
    expect(page.locator("#findings")).to_contain_text("文档类型声明（DOCTYPE）")
    brings(page, "words.bpmn", "这不是流程图".encode())
    expect(trouble).to_contain_text("流程图画不出来")
    expect(page.locator("#findings")).to_contain_text("文件不是完好的 XML")
    brings(page, "matter.bpmn", GH02)
    checked(page, 0)
    expect(trouble).to_be_hidden()
    expect(canvas).to_be_visible()


# ---------------------------------------------------------------- a new matter, without a script, looks
def test_a_new_matter_begins_as_a_copy_under_its_own_code(page: Page, hall: Hall) -> None:
    page.goto("/designer")
    page.select_option("#new-pattern", "GH02")
    page.fill("#new-code", "GH99")
    page.fill("#new-name", "临时用地批准")
    page.click("main button:text-is('新建')")
    page.wait_for_selector("#canvas .djs-shape")
    expect(page.locator(".ds-bar")).to_contain_text("新事项，还没有发布")
    checked(page, 0)
    publishes(page, "照 GH02 建立")
    with hall.database.reading() as tx:
        made = running_version(tx, office_by_code(tx, "lz").id, "GH99")
    assert (made.number, made.name, made.content.diagram.main) == (1, "临时用地批准", "gh99")
    page.goto("/designer/new?pattern=GH02&code=GH02&name=x")
    expect(page.locator("#faults")).to_contain_text("已经有了")


def test_without_a_script_one_uploads_sees_the_findings_and_publishes(site: Site, hall: Hall) -> None:
    page = site.officer("wu", java_script_enabled=False)
    page.goto("/designer/GH02")
    assert "审查" in page.inner_text(".plain")

    def uploads(body: bytes) -> None:
        page.goto("/designer/GH02")
        page.set_input_files("#files", FilePayload(name="neu.bpmn", mimeType="text/xml", buffer=body))
        page.click("text=上传并检查")

    uploads(GH02.replace(b'ls:limit="2wd"', b'ls:limit="2days"'))
    assert "环节时限“2days”看不懂" in page.inner_text("main")
    assert page.locator("button.btn--primary").count() == 0
    uploads(GH02.replace(b'ls:limit="2wd"', b'ls:limit="4wd"'))
    assert "审查：环节时限 2 → 4 个工作日" in page.inner_text("main")
    follow(page, "button.btn--primary")
    assert "没有写发布说明" in page.inner_text("#note-e")
    page.fill("#note", "审查四天")
    follow(page, "button.btn--primary")
    assert "第 2 版已发布" in page.inner_text("#published")
    follow(page, "text=第 2 版")
    assert page.locator("tbody tr").count() == 2
    assert "审查四天" in page.inner_text("tbody tr >> nth=0")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_editor_is_accessible(site: Site, theme: Literal["light", "dark"]) -> None:
    page = opens(site.officer("wu", viewport={"width": 1440, "height": 900}, color_scheme=theme))
    picks(page, "review")
    page.select_option("#p-department", "")
    checked(page, 1)
    assert serious(page) == []


def test_all_pages_are_accessible(page: Page) -> None:
    for path in ("/designer", "/designer/GH02/versions"):
        page.goto(path)
        assert serious(page) == []
    opens(page)
    picks(page, "review")
    page.click("#try")
    page.click("#walk >> text='申请'")
    expect(page.locator("#walk .walk-now")).to_contain_text("受理")
    assert serious(page) == []
    page.select_option("#p-department", "hurd")
    page.click("#publish")
    page.wait_for_selector("#publishing h2")
    assert serious(page) == []


def test_the_mark_of_bpmn_io_is_whole_and_uncovered(page: Page) -> None:
    opens(page)
    box = page.locator(".bjs-powered-by").bounding_box()
    assert box is not None
    for x in (box["x"] + 2, box["x"] + box["width"] / 2, box["x"] + box["width"] - 2):
        for y in (box["y"] + 2, box["y"] + box["height"] - 2):
            on_top = page.evaluate("([x, y]) => !!document.elementFromPoint(x, y).closest('.bjs-powered-by')", [x, y])
            assert on_top, (x, y)


SAYS = re.compile(r"translate\(\s*'((?:[^'\\]|\\.)*)'|\blabel: '([^']+)'")


def test_nothing_that_the_editor_says_is_left_in_english() -> None:
    said: set[str] = set()
    for library in ("bpmn-js/lib", "diagram-js/lib"):
        for file in (WEB / "node_modules" / library).rglob("*.js"):
            said |= {a or b for a, b in SAYS.findall(file.read_text("utf-8"))}
    said = {
        words for words in said if len(words.strip(" +")) > 1 and "{you}" not in words and " + shift + " not in words
    }
    assert len(said) > 100
    words = f"import {{ translate }} from '{WEB / 'scripts/designer/words.mjs'}';"
    left = "filter(word => /[A-Za-z]{3}/.test(translate(word, {element: '甲', type: '乙'})))"
    script = f"{words} process.stdout.write(JSON.stringify({json.dumps(sorted(said))}.{left}))"
    node = Path(sys.executable).with_name("node")
    done = subprocess.run([node, "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]"
