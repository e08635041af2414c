"""Written documents as they are read and printed: the same bytes each time, the text that the journal knows, nothing altered,
numbers without gaps, and a sheet of paper when printed."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.store import journal, tables
from tests.hall import Hall
from tests.pages.conftest import Site, follow, serious, takes

ITEMS = [{"material": "land_contract", "problem": "没有提交"}]


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
"""What is written and kept is held on both databases in tests/cases; here it is read."""


def told(hall: Hall, case_id: int) -> dict[str, str]:
    """The digest of each document, as the journal has it."""
    with hall.database.reading() as tx:
        rows = [r.payload or {} for r in journal.read(tx, journal.Stream("case", case_id))]
    return {r["paper"]: r["digest"] for r in rows if "paper" in r}


def addresses(hall: Hall, case_id: int) -> dict[str, str]:
    case_no = hall.case(case_id).case_no
    return {p.number: f"/cases/{case_no}/papers/{p.id}" for p in hall.rows(tables.papers, case_id)}


def body(page: Page, path: str) -> bytes:
    answer = page.request.get(path)
    assert answer.status == 200
    return answer.body()


def test_a_reprint_is_the_same_to_the_byte_and_its_digest_is_the_journals(site: Site) -> None:
    hall = site.hall
    filed = hall.file("GH02")
    hall.does("zhao", filed.case_id, "intake", "accept")
    zhao, wang = site.officer("zhao"), site.visitor()
    first = {number: body(zhao, path) for number, path in addresses(hall, filed.case_id).items()}
    assert list(first) == ["收〔2026〕1号", "受〔2026〕1号"]
    digests = told(hall, filed.case_id)
    for row in hall.rows(tables.papers, filed.case_id):
        digest = hashlib.sha256(row.body.encode()).hexdigest()
        assert digests[row.number] == digest
        assert f"正文摘要（SHA-256）{digest}".encode() in first[row.number]
    hall.later(minutes=90)
    hall.does("qian", filed.case_id, "review", "pass")
    hall.does("sun", filed.case_id, "decide", "grant")
    with hall.database.writing() as tx:  # a later name of the office is not that of the day
        tx.execute(tables.offices.update().where(tables.offices.c.code == "lz").values(name="另一个中心"))
        tx.execute(tables.cases.update().values(applicant_name="另一个人"))
    again = {number: body(zhao, path) for number, path in addresses(hall, filed.case_id).items() if number in first}
    assert again == first
    wang.goto("/progress")
    wang.fill("#case_no", filed.case_no)
    wang.fill("#query_code", filed.query_code)
    follow(wang, "main button:has-text('查询')")
    path = wang.get_attribute("ol.track a >> nth=0", "href") or ""
    public = body(wang, path)
    assert body(wang, path) == public
    sheet = re.compile(rb"<article.*</article>", re.S)
    assert sheet.findall(public) == sheet.findall(first["收〔2026〕1号"]), "the applicant reads what the window reads"


def test_an_altered_text_is_shown_to_nobody(site: Site) -> None:
    hall = site.hall
    filed = hall.file("GH02")
    with hall.database.writing() as tx:
        tx.execute(tables.papers.update().values(body=tables.papers.c.body + "另行收费。\n"))
    zhao, wang = site.officer("zhao"), site.visitor()
    wang.goto("/progress")
    wang.fill("#case_no", filed.case_no)
    wang.fill("#query_code", filed.query_code)
    follow(wang, "main button:has-text('查询')")
    (officers,) = addresses(hall, filed.case_id).values()
    for page, path in ((zhao, officers), (wang, wang.get_attribute("ol.track a >> nth=0", "href") or "")):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 409
        expect(page.locator("main")).to_contain_text("收〔2026〕1号")
        assert "另行收费" not in page.content()


def test_a_number_is_taken_by_what_was_issued_only(site: Site) -> None:
    """A preview, a refusal and a second press take none; each kind counts by itself."""
    hall = site.hall
    one, other = (hall.file("GH02", missing=("land_contract",)).case_id for _ in range(2))
    hall.does("zhao", one, "intake", "request_correction", items=ITEMS)
    zhao = site.officer("zhao")
    takes(zhao, hall, other, "intake")
    follow(zhao, "text=一次告知补正…")
    follow(zhao, "text=预览文书")
    expect(zhao.locator(".preview")).to_contain_text("出让合同")
    zhao.fill("[name='d-problem.land_contract']", "")
    follow(zhao, "button[value=do]")
    expect(zhao.locator("main")).to_contain_text("没有")
    assert [p.kind for p in hall.rows(tables.papers, other)] == ["receipt"]
    second = zhao.context.new_page()
    second.goto(zhao.url.partition("?")[0])
    zhao.fill("[name='d-problem.land_contract']", "没有提交")
    follow(zhao, "button[value=do]")
    follow(second, "button[value=do]")
    third = hall.file("GH02", missing=("land_contract",)).case_id
    hall.does("zhao", third, "intake", "request_correction", items=ITEMS)
    numbers = [p.number for c in (one, other, third) for p in hall.rows(tables.papers, c)]
    assert numbers == [
        *("收〔2026〕1号", "补〔2026〕1号"),
        *("收〔2026〕2号", "补〔2026〕2号"),
        *("收〔2026〕3号", "补〔2026〕3号"),
    ]
    assert hall.flaws(other) == []


def test_printed_it_is_a_sheet_of_paper(site: Site) -> None:
    hall = site.hall
    case_id = hall.accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant", text="按规划条件建设。")
    page = site.officer("zhao", viewport={"width": 794, "height": 1123})
    page.goto(list(addresses(hall, case_id).values())[-1])
    assert page.locator(".bar").is_visible()
    assert serious(page) == []
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible()
    style: Any = page.evaluate(
        "(({fontSize, borderTopWidth, marginTop}) => [fontSize, borderTopWidth, marginTop])"
        "(getComputedStyle(document.querySelector('.sheet')))"
    )
    assert style[1:] == ["0px", "0px"]
    assert float(style[0].removesuffix("px")) == pytest.approx(16 * 4 / 3, abs=0.1), "16 points: 三号"
    sheet = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    assert re.search(rb"/MediaBox \[0 0 59[45]\S* 84[12]", sheet), "A4"
