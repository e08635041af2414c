"""The public side: guides, filing, progress and what an applicant brings, on a phone, without script, without a mouse."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import yaml
from flask import Flask
from playwright.sync_api import Page
from werkzeug.test import TestResponse

import api.pages.demo
from api.app import create_app
from api.here import Here
from api.pages.sheet import lay_out
from engine.cases import Filed, Filing, case_id_of, papers, save_draft
from engine.catalogue import offered
from engine.config import Settings
from engine.people import office_by_code, offices, set_password
from engine.store import Database
from tests.hall import APPLICATIONS, Hall
from tests.pages.conftest import PASSWORD, Site, fills, follow, serious

BPMN = Path(__file__).parents[2] / "bpmn"
PUBLISHED = sorted(p.parent.name for p in BPMN.glob("*/guide.yaml"))
UNREAD = "示例数据，未经核实"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PHONE = {"width": 390, "height": 844}
only_sqlite = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


# ---------------------------------------------------------------- somebody with a browser that has no script
class Visitor:
    """A browser of somebody without an account, as far as HTTP goes: cookies, forms with their proof, redirects followed."""

    def __init__(self, hall: Hall, app: Flask, home: Path, *, demo: bool = False) -> None:
        """From now on the application serves this hall."""
        self.hall, self.app, self.home = hall, app, home
        app.extensions["lianshen"] = Here(Settings(home, "", demo=demo), hall.database, lambda: hall.now)
        self.client = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def sees(self, path: str) -> Any:
        """A page as a tree; it is there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return lxml.html.fromstring(answer.text)

    def post(self, path: str, data: dict[str, Any] | None = None, *, proof_from: str = "/progress") -> TestResponse:
        proof = re.search(r'name="csrf_token" value="([^"]+)"', self.get(proof_from).text)
        assert proof is not None
        return self.client.post(path, data={"csrf_token": proof[1], **(data or {})})

    def opens(self, filed: Filed) -> None:
        answer = self.post("/progress", {"case_no": filed.case_no, "query_code": filed.query_code})
        assert answer.status_code == 303

    def applies(self, code: str = "GH02", **more: Any) -> TestResponse:
        """Fill in an application with the sample and press the button."""
        typed = {f"f-{k}": str(v) for k, v in APPLICATIONS[code].items() if not isinstance(v, list)}
        who = {"a-kind": "enterprise", "a-name": "临州某公司", "a-identity": "91990000MA0000000X"}
        data = {**who, **typed, "do": "file", "request_id": "a-request-of-this-page", **more}
        return self.post(f"/apply/lz/{code}", data, proof_from=f"/apply/lz/{code}")


def upload(name: str = "表.pdf", body: bytes = PDF) -> tuple[io.BytesIO, str]:
    return io.BytesIO(body), name


def text_of(tree: Any) -> str:
    return " ".join(tree.text_content().split())


@pytest.fixture
def visitor(hall: Hall, app: Flask, tmp_path: Path) -> Visitor:
    return Visitor(hall, app, tmp_path)


@pytest.fixture(scope="module")
def reader(sqlite_hall: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody who only reads: one hall for all guides, and an application that no other test turns to a hall of its own."""
    home = tmp_path_factory.mktemp("reader")
    shutil.copy(sqlite_hall, home / "hall.db")
    database = Database.open(f"sqlite:///{home / 'hall.db'}")
    yield Visitor(Hall(database), create_app(Settings(home, "", secret="of the tests"), database), home)
    database.close()


# ---------------------------------------------------------------- guides
ARTICLE = re.compile(r"第[0-9零一二三四五六七八九十百]+条")


def statements(code: str) -> Iterator[tuple[str, str, bool]]:
    """What a guide says: a place on its page, the words there, and whether they were read in a source."""
    guide = yaml.safe_load((BPMN / code / "guide.yaml").read_text("utf-8"))
    for place, name in (("承诺", "promised"), ("法定", "statutory")):
        yield place, "", guide["limits"][name].get("src") == "S"
    yield "收费", guide["fee"]["text"], guide["fee"]["src"] == "S"
    for material in guide["materials"]:
        yield "材料", material["name"], material.get("src") == "S"
    for condition in guide["conditions"]:
        yield "条件", condition["text"], condition["src"] == "S"
    yield "数量", guide["quantity"]["text"], guide["quantity"]["src"] == "S"
    for name in ("notice", "promised", "statutory", "delivery"):
        label = {"notice": "一次告知时限", "promised": "承诺时限", "statutory": "法定时限", "delivery": "送达时限"}[
            name
        ]
        yield "时限", label, guide["limits"][name].get("src") == "S"


def shown_at(page: Any, place: str, words: str) -> str:
    """The text of the smallest part of the page that carries a statement with its mark."""
    if place in ("承诺", "法定", "收费"):
        return text_of(page.xpath(f"//dl[@class='keyf']/div[dt='{place}']")[0])
    if place in ("材料", "时限"):
        section = {"材料": "g-papers", "时限": "g-limits"}[place]
        rows = page.xpath(f"//section[@aria-labelledby='{section}']//tbody/tr")
        return next(text for row in rows if (text := text_of(row)).startswith(words))
    parts = page.xpath("//section[@aria-labelledby='g-who']//li | //section[@aria-labelledby='g-who']/p")
    return next(text for part in parts if words in (text := text_of(part)))


@pytest.mark.parametrize("code", PUBLISHED)
def test_a_guide_marks_what_nobody_read_and_names_no_article_of_it(reader: Visitor, code: str) -> None:
    page = reader.sees(f"/guides/lz/{code}")
    for place, words, read in statements(code):
        shown = shown_at(page, place, words)
        assert (UNREAD in shown) is not read, f"{place} {words}: {shown}"
        assert read or not ARTICLE.search(shown), shown
    guide = yaml.safe_load((BPMN / code / "guide.yaml").read_text("utf-8"))
    basis = text_of(page.xpath("//section[@aria-labelledby='g-basis']/p")[0])
    assert basis == (guide["basis"]["text"] if guide["basis"]["src"] == "S" else UNREAD)
    assert UNREAD in text_of(page.xpath("//aside")[0]), "a demo telephone is nobody's"


@pytest.mark.parametrize("code", PUBLISHED)
def test_a_guide_tells_all_that_article_30_asks_for(reader: Visitor, code: str) -> None:
    page = reader.sees(f"/guides/lz/{code}")
    guide = yaml.safe_load((BPMN / code / "guide.yaml").read_text("utf-8"))
    shown, heads = text_of(page), [text_of(h) for h in page.xpath("//h2")]
    assert heads == [
        *(["一并办哪些事"] if guide.get("stage") else []),
        *("要交的材料", "什么条件可以办", "怎么办", "多长时间", "办成以后拿到什么", "依据", "不同意结果怎么办"),
        "到哪里办",
    ]
    for told in (guide["name"], guide["result"]["name"], guide["quantity"]["text"], guide["fee"]["text"]):
        assert told in shown
    assert all(m["name"] in shown for m in guide["materials"])
    assert "工作日 09:00–12:00，14:00–17:00" in shown
    assert guide["contact"]["phone"] in shown
    assert "指南第 1 版，2026年1月5日发布" in shown
    way = [text_of(step) for step in page.xpath("//ol[@class='flow']/li")]
    assert way[0].endswith("给收件凭证")
    assert "送达" in way[-1]
    picture = "".join(t.text_content() for t in page.xpath("//figure//*[local-name()='svg']//*[local-name()='text']"))
    listed = [str(name) for name in page.xpath("//ol[@class='flow']/li[position()>1]/span[2]/text()")]
    assert listed
    assert [name for name in listed if name.strip() and name.strip() not in picture] == [], "the picture says the same"
    assert "D:" not in shown, "rules are told in words"
    sample = reader.sees(f"/guides/lz/{code}/sample")
    assert str(guide["sample"]["contact"]) in text_of(sample)
    assert str(guide["sample"]["contact"]) not in text_of(reader.sees(f"/guides/lz/{code}/form"))


def test_the_start_page_lists_every_matter_and_finds_by_words(reader: Visitor) -> None:
    with reader.hall.database.reading() as tx:
        names = {o.version.name for of in offices(tx) for o in offered(tx, of)}
        county = {o.version.name for o in offered(tx, office_by_code(tx, "qy"))}
    page = reader.sees("/")
    assert {text_of(a) for a in page.xpath("//tbody//a")} == names
    row = next(r for r in page.xpath("//tbody/tr") if "建设用地规划许可证核发" in text_of(r))
    assert [text_of(cell) for cell in row.xpath("td")] == ["3 个工作日", "1 次", "不收费", "窗口、网上"]
    assert UNREAD in text_of(page)
    found = reader.sees("/?q=消防 住房")
    assert {text_of(a) for a in found.xpath("//tbody//a")} == {"特殊建设工程消防设计审查", "特殊建设工程消防验收"}
    assert "找到 2 个事项" in text_of(found.xpath("//*[@role='status']")[0])
    assert "没有找到" in text_of(reader.sees("/?q=没有这件事"))
    assert county <= names


def test_a_matter_that_nobody_runs_is_not_there(reader: Visitor) -> None:
    for path in ("/guides/lz/NO99", "/guides/xx/GH02", "/guides/qy/GH02", "/apply/lz/NO99", "/guides/qy/GH02/form"):
        assert reader.get(path).status_code == 404, path


# ---------------------------------------------------------------- filing
@only_sqlite
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(visitor: Visitor) -> None:
    answer = visitor.applies(
        **{"a-identity": "9199", "f-contact_phone": "12", "m-application": [upload("程序.exe", b"MZ\x90\0")]}
    )
    assert answer.status_code == 422
    page = lxml.html.fromstring(answer.text)
    assert len(page.xpath("//div[@id='faults']//li")) == 3
    assert page.xpath("//*[@id='a-name']")[0].value == "临州某公司"
    assert page.xpath("//*[@id='f-site']")[0].value == APPLICATIONS["GH02"]["site"]
    assert page.xpath("//*[@id='f-land-1']")[0].checked
    assert "选过的文件浏览器不会保留" in text_of(page)
    for anchor in page.xpath("//div[@id='faults']//a/@href"):
        assert page.xpath(f"//*[@id='{anchor[1:]}'][@aria-describedby]"), anchor


def test_a_second_press_gets_the_same_number_and_code(visitor: Visitor) -> None:
    shown = []
    for _ in range(2):
        files = {"m-application": [upload()]}
        assert visitor.applies(**files).location == "/progress/receipt"
        receipt = visitor.sees("/progress/receipt")
        shown.append([text_of(receipt.get_element_by_id(name)) for name in ("k-no", "k-code")])
    assert shown[0] == shown[1]
    assert visitor.applies(**{"a-name": "另一家公司"}).status_code == 409


@only_sqlite
def test_the_code_is_told_once_and_stands_in_no_address(visitor: Visitor) -> None:
    answer = visitor.applies(**{"m-application": [upload()], "a-project_code": "2604-510000-04-01-000001"})
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("lianshen_case="))
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/progress"))
    receipt = visitor.get("/progress/receipt")
    code = re.search(r'id="k-code">([^<]+)<', receipt.text)
    assert code is not None
    case_no = re.search(r'id="k-no">([^<]+)<', receipt.text)
    assert case_no is not None
    addresses = re.findall(r'(?:href|action|src)="([^"]+)"', receipt.text)
    assert not any(case_no[1] in a or code[1].replace(" ", "") in a for a in addresses)
    later = visitor.get("/progress").text
    assert case_no[1] in later
    assert code[1] not in later
    assert visitor.get("/progress/receipt").location == "/progress"
    assert visitor.hall.case(1).project_code == "2604-510000-04-01-000001"


@only_sqlite
def test_too_much_at_once_is_refused_with_a_page(visitor: Visitor) -> None:
    told = {"CONTENT_LENGTH": str(62 * 1024 * 1024), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = visitor.client.post("/apply/lz/GH02", environ_overrides=told)
    assert answer.status_code == 413
    assert "提交的内容太大" in answer.text


# ---------------------------------------------------------------- number and code
def told(answer: TestResponse, case_no: str) -> tuple[int, str]:
    """An answer without what differs by itself: the proof against forgery, and the number that was typed."""
    return answer.status_code, re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text).replace(case_no, "")


def test_a_wrong_number_and_a_wrong_code_get_the_same_answer(visitor: Visitor) -> None:
    filed = visitor.hall.file("GH02")
    answers = []
    for case_no, code in ((filed.case_no, "AAAABBBBCCCC"), ("GH02-2026-99999", filed.query_code), ("XX", "")):
        answers.append(told(visitor.post("/progress", {"case_no": case_no, "query_code": code}), case_no))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 404
    assert "没有找到这个办件，或者查询码不对" in answers[0][1]


@only_sqlite
def test_guessing_ends_for_a_case_and_not_for_others(visitor: Visitor) -> None:
    filed, other = visitor.hall.file("GH02"), visitor.hall.file("GH02")
    for n in range(30):
        number = filed.case_no.lower() if n % 2 else f" {filed.case_no} "
        assert visitor.post("/progress", {"case_no": number, "query_code": f"GUESS{n}"}).status_code == 404
    refused = visitor.post("/progress", {"case_no": filed.case_no, "query_code": filed.query_code})
    assert refused.status_code == 429
    assert "试得太多了，现在不能再试" in refused.text
    assert "带上证件到窗口查询" in refused.text
    visitor.opens(other)


@only_sqlite
def test_guessing_at_a_draft_ends_however_its_number_is_written(visitor: Visitor) -> None:
    with visitor.hall.database.writing() as tx:
        of = office_by_code(tx, "lz")
        number, code = save_draft(tx, of, Filing("GH02", {"name": "王强"}, {}, {}, "web"), visitor.hall.now)
    wide = str(number).translate({ord(str(n)): chr(ord("０") + n) for n in range(10)})
    for n in range(30):
        written = (str(number), f"0{number}", f"{number:015}", wide)[n % 4]
        assert visitor.post("/drafts", {"draft_id": written, "code": f"GUESS{n}"}).status_code == 404
    assert visitor.post("/drafts", {"draft_id": f"00{number}", "code": code}).status_code == 429


@only_sqlite
def test_one_address_may_not_ask_without_end(visitor: Visitor) -> None:
    codes = [visitor.post("/progress", {"case_no": f"NO-{n}", "query_code": "x"}).status_code for n in range(61)]
    assert (set(codes[:60]), codes[60]) == ({404}, 429)


@only_sqlite
def test_a_code_is_read_as_people_write_it(visitor: Visitor) -> None:
    filed = visitor.hall.file("GH02")
    code = filed.query_code
    typed = f" {code[:4].lower()} {code[4:8]}-{code[8:].lower()} "
    answer = visitor.post("/progress", {"case_no": f" {filed.case_no.lower()}", "query_code": typed})
    assert answer.location == "/progress"
    assert filed.case_no in text_of(visitor.sees("/progress"))


@only_sqlite
def test_what_a_browser_holds_runs_out_and_can_be_left(visitor: Visitor) -> None:
    filed = visitor.hall.file("GH02")
    visitor.opens(filed)
    visitor.hall.later(minutes=59)
    assert filed.case_no in text_of(visitor.sees("/progress"))
    visitor.hall.later(minutes=61)
    assert "一小时没有操作后要重新输入" in text_of(visitor.sees("/progress"))
    assert visitor.get("/progress/withdraw").location == "/progress"
    visitor.opens(filed)
    visitor.post("/progress/leave")
    assert filed.case_no not in text_of(visitor.sees("/progress"))
    visitor.client.set_cookie("lianshen_case", "W10.forged", path="/progress")
    assert visitor.sees("/progress").xpath("//*[@id='query_code']")


@only_sqlite
def test_only_papers_to_him_open_and_only_of_his_case(visitor: Visitor) -> None:
    mine, other = visitor.hall.file("GH02"), visitor.hall.file("GH02")
    visitor.opens(mine)
    links = visitor.sees("/progress").xpath("//ol[@class='track']//a/@href")
    assert len(links) == 1
    assert mine.case_no in text_of(visitor.sees(links[0]))
    visitor.opens(other)
    assert visitor.get(links[0]).status_code == 404
    visitor.post("/progress/leave")
    assert visitor.get(links[0]).location == "/progress"


@only_sqlite
def test_the_track_names_offices_and_stages_and_nobody(visitor: Visitor) -> None:
    filed = visitor.hall.file("GH02")
    visitor.hall.does("zhao", filed.case_id, "intake", "accept")
    visitor.hall.does("qian", filed.case_id, "review", "pass")
    visitor.opens(filed)
    shown = text_of(visitor.sees("/progress"))
    assert "自然资源和规划局" in shown
    for secret in ("赵敏", "钱立", "孙正", "王强", "用地性质、位置", APPLICATIONS["GH02"]["site"], "宗地图"):
        assert secret not in shown


# ---------------------------------------------------------------- what the applicant does
def asked_for(hall: Hall) -> Filed:
    """A case in which two papers are asked for."""
    filed = hall.file("GH02", missing=("land_contract", "parcel_map"))
    items = [
        {"material": "land_contract", "problem": "没有提交出让合同"},
        {"material": "parcel_map", "problem": "宗地图没有盖章"},
    ]
    hall.does("zhao", filed.case_id, "intake", "request_correction", items=items)
    return filed


def test_a_correction_is_brought_with_its_files(visitor: Visitor) -> None:
    filed = asked_for(visitor.hall)
    visitor.opens(filed)
    page = visitor.sees("/progress/correction")
    assert ["没有提交出让合同" in text_of(li) for li in page.xpath("//ol[@class='needs']/li")] == [True, False]
    assert "现在是办公时间" in text_of(page)
    one = {"m-land_contract": [upload("合同.pdf")], "request_id": "a-correction-page-1"}
    partly = visitor.post("/progress/correction", one)
    assert partly.status_code == 422
    assert "“宗地图”还没有选择文件" in partly.text
    assert "“合同.pdf”没有保存，请重新选择" in partly.text
    both = {
        "m-land_contract": [upload("合同.pdf")],
        "m-parcel_map": [upload("图.pdf"), upload("图二.pdf", PDF + b"\n")],
    }
    for _ in range(2):
        files = {key: [upload(name) for _, name in value] for key, value in both.items()}
        done = visitor.post("/progress/correction", {**files, "request_id": "a-correction-page-2"})
        assert done.location.partition("#")[0] == "/progress"
    assert visitor.hall.case(filed.case_id).phase == "received"
    assert "补交材料" not in text_of(visitor.sees("/progress"))
    assert visitor.get("/progress/correction").location == "/progress"
    assert visitor.hall.acts_of(filed.case_id).count("receive_correction") == 1
    assert visitor.hall.flaws(filed.case_id) == []


@only_sqlite
def test_a_part_may_come_first_and_after_hours_is_said(visitor: Visitor) -> None:
    filed = asked_for(visitor.hall)
    visitor.hall.at("2026-03-06", "19:00")
    visitor.opens(filed)
    assert "现在是下班时间，提交后 3月9日 周一 09:00 收件，从那时起算。" in text_of(
        visitor.sees("/progress/correction")
    )
    data = {"m-land_contract": [upload("合同.pdf")], "partly": "yes", "request_id": "a-correction-page-3"}
    assert visitor.post("/progress/correction", data).status_code == 303
    assert visitor.hall.clock_value(filed.case_id, "notice").started_on.isoformat() == "2026-03-09"


@only_sqlite
def test_nothing_chosen_is_no_correction(visitor: Visitor) -> None:
    filed = asked_for(visitor.hall)
    visitor.opens(filed)
    answer = visitor.post("/progress/correction", {"partly": "yes"})
    assert answer.status_code == 422
    assert "还没有选择文件" in answer.text


@only_sqlite
def test_a_promised_paper_is_brought(visitor: Visitor) -> None:
    filed = visitor.hall.file("GH02", missing=("parcel_map",))
    promises = [{"material": "parcel_map", "promised_on": "2026-03-20"}]
    visitor.hall.does("zhao", filed.case_id, "intake", "accept_tolerant", promises=promises, letter="1 号")
    visitor.opens(filed)
    assert "请补交您承诺的 1 项材料，3月20日 周五前。" in text_of(visitor.sees("/progress"))
    done = visitor.post("/progress/promised", {"m-parcel_map": [upload("图.pdf")], "request_id": "a-promise-page-1"})
    assert done.status_code == 303
    assert "现在不用您做什么" in text_of(visitor.sees("/progress"))


@only_sqlite
def test_a_withdrawal_is_asked_twice(visitor: Visitor) -> None:
    filed = visitor.hall.file("GH02")
    visitor.opens(filed)
    unsure = visitor.post("/progress/withdraw", {"reason": "改了方案"})
    assert unsure.status_code == 422
    assert "改了方案" in unsure.text
    assert visitor.hall.case(filed.case_id).phase == "received"
    assert visitor.post("/progress/withdraw", {"sure": "yes", "reason": "改了方案"}).status_code == 303
    assert visitor.hall.case(filed.case_id).phase == "withdrawn"
    assert "已撤回" in text_of(visitor.sees("/progress"))
    assert visitor.get("/progress/withdraw").location == "/progress"


# ---------------------------------------------------------------- drafts
def test_a_draft_is_kept_pre_checked_and_filed(visitor: Visitor, hall: Hall) -> None:
    saved = visitor.applies(do="ask", **{"f-contact_phone": "not yet"})
    assert saved.location == "/drafts"
    page = visitor.sees("/drafts")
    number, code = (text_of(page.get_element_by_id(name)) for name in ("k-no", "k-code"))
    assert "已请窗口预审，还没有意见" in text_of(page)
    visitor.post("/drafts/leave")
    answers = []
    for n, c in ((number, "WRONG"), ("999", code)):
        answers.append(told(visitor.post("/drafts", {"draft_id": n, "code": c}), n)[0])
    assert answers == [404, 404]

    officer = Visitor(hall, visitor.app, visitor.home)
    with hall.database.writing() as tx:
        set_password(tx, hall.officer("qian").id, PASSWORD)
    officer.post("/sign-in", {"login": "qian", "password": PASSWORD}, proof_from="/sign-in")
    assert number in text_of(officer.sees("/prechecks"))
    assert "澄江里" in text_of(officer.sees(f"/prechecks/{number}"))
    assert officer.post(f"/prechecks/{number}", {"verdict": "fail", "opinion": ""}).status_code == 422
    officer.post(f"/prechecks/{number}", {"verdict": "fail", "opinion": "手机号码不对"})
    assert "没有等待预审的草稿" in text_of(officer.sees("/prechecks"))

    assert visitor.post("/drafts", {"draft_id": number, "code": code.lower()}).location == "/drafts"
    page = visitor.sees("/drafts")
    assert "手机号码不对" in text_of(page)
    assert code not in text_of(page), "told once"
    form = visitor.sees("/drafts/form")
    assert form.get_element_by_id("f-contact_phone").value == "not yet"
    assert form.get_element_by_id("a-name").value == "临州某公司"
    data = {field.name: field.value for field in form.xpath("//form[@class]//input[@name and @type='text']")}
    data |= {
        "f-contact_phone": "19900000002",
        "a-kind": "enterprise",
        "f-land": "auctioned",
        "f-land_use": "residential",
    }
    data |= {"do": "file", "request_id": "a-request-of-a-draft", "m-application": [upload()]}
    assert visitor.post("/drafts/form", data, proof_from="/drafts/form").location == "/progress/receipt"
    assert "已经提交为办件" in text_of(visitor.sees("/drafts"))


@only_sqlite
def test_other_departments_see_no_draft(visitor: Visitor, hall: Hall) -> None:
    visitor.applies(do="ask")
    number = text_of(visitor.sees("/drafts").get_element_by_id("k-no"))
    with hall.database.writing() as tx:
        set_password(tx, hall.officer("li").id, PASSWORD)
    li = Visitor(hall, visitor.app, visitor.home)
    li.post("/sign-in", {"login": "li", "password": PASSWORD}, proof_from="/sign-in")
    assert "没有等待预审的草稿" in text_of(li.sees("/prechecks"))
    assert li.get(f"/prechecks/{number}").status_code == 404


# ---------------------------------------------------------------- the demo
@only_sqlite
def test_the_accounts_of_a_demo_are_offered_to_whoever_comes(hall: Hall, app: Flask, tmp_path: Path) -> None:
    with hall.database.writing() as tx:
        for login in ("zhao", "sun", "wu"):
            set_password(tx, hall.officer(login).id, f"of-{login}")
    listing = "".join(f"{login:8} of-{login}  名　机构　岗位\n" for login in ("zhao", "sun", "wu"))
    (tmp_path / api.pages.demo.LISTING).write_text(listing, "utf-8")
    real = Visitor(hall, app, tmp_path)
    assert "演示账号" not in text_of(real.sees("/"))
    assert real.post("/demo/enter", {"login": "zhao"}).status_code == 404
    demo = Visitor(hall, app, tmp_path, demo=True)
    page = demo.sees("/")
    kinds = [text_of(h) for h in page.xpath("//section[contains(@class, 'demo')]//h3")]
    assert kinds == ["窗口", "首席代表和负责人", "流程设计", "申请人"]
    assert "以 赵敏 身份进入" in text_of(page)
    assert demo.post("/demo/enter", {"login": "nobody"}).status_code == 404
    assert demo.post("/demo/enter", {"login": "zhao"}).location == "/desk"
    assert "赵敏" in demo.get("/").text or "回到工作台" in demo.get("/").text


# ---------------------------------------------------------------- in a browser
def test_a_phone_without_script_files_looks_and_corrects(site: Site) -> None:
    site.hall.at("2026-03-06", "18:21")
    page = site.visitor(viewport=PHONE, java_script_enabled=False)
    page.goto("/")
    page.fill("#q", "用地规划许可")
    follow(page, "button:has-text('查找')")
    follow(page, "a:has-text('建设用地规划许可证核发')")
    follow(page, "a:has-text('网上申报')")
    late = "3月9日 周一 09:00 收件，从那时起算。"
    assert f"现在是下班时间，提交后 {late}" in page.inner_text("form.apply")
    fills(page)
    page.set_input_files("#m-application", [{"name": "表.pdf", "mimeType": "application/pdf", "buffer": PDF}])
    follow(page, "button:has-text('提交申请')")
    assert page.url.endswith("/progress/receipt")
    assert f"提交时是下班时间，{late}" in page.inner_text("main")
    case_no, code = page.inner_text("#k-no"), page.inner_text("#k-code")
    follow(page, "a:has-text('打印收件凭证')")
    assert case_no in page.inner_text("body")
    page.goto("/progress")
    follow(page, "button:has-text('离开')")

    with site.hall.database.reading() as tx:
        case_id = case_id_of(tx, case_no)
    site.hall.at("2026-03-09", "10:00")
    items = [{"material": "land_contract", "problem": "没有提交出让合同"}]
    site.hall.does("zhao", case_id, "intake", "request_correction", items=items)
    page.goto("/")
    follow(page, "nav a:has-text('查进度')")
    page.fill("#case_no", case_no)
    page.fill("#query_code", code)
    follow(page, "main button:has-text('查询')")
    assert "待补正" in page.inner_text("h1")
    follow(page, "main a:has-text('补交材料')")
    page.set_input_files("#m-land_contract", [{"name": "合同.pdf", "mimeType": "application/pdf", "buffer": PDF}])
    follow(page, "main button:has-text('提交')")
    assert "已收件" in page.inner_text("h1")
    assert site.hall.flaws(case_id) == []


PAGES = ("/", "/guides/lz/GH04", "/guides/lz/XF01/form", "/apply/lz/GH02", "/progress", "/drafts")
CASE_PAGES = ("/progress", "/progress/correction", "/progress/withdraw")


def small_targets(page: Page) -> list[str]:
    """What a finger would miss: controls lower than 44 pixels. A box is pressed by its label."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll("button, .btn, select, summary, input, nav a")]
            .filter((e) => e.checkVisibility() && !["hidden", "checkbox", "radio"].includes(e.type) && !e.closest(".skip"))
            .filter((e) => e.getBoundingClientRect().height < 43.5)
            .map((e) => `${e.localName} ${e.textContent.trim() || e.name} ${e.getBoundingClientRect().height}`)"""
        )
    )


@only_sqlite
def test_every_page_fits_a_phone_a_finger_and_a_reader(site: Site) -> None:
    filed = asked_for(site.hall)
    for width in (320, 390):
        page = site.visitor(viewport={"width": width, "height": 800})
        page.goto("/progress")
        page.fill("#case_no", filed.case_no)
        page.fill("#query_code", filed.query_code)
        with page.expect_navigation():
            page.click("main button:has-text('查询')")
        for path in (*PAGES, *CASE_PAGES):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{path} at {width}"
            assert small_targets(page) == [], f"{path} at {width}"
            if width == 390:
                assert serious(page) == [], path
        page.goto("/progress")
        with page.expect_navigation():
            page.click("ol.track a >> nth=0")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"a paper at {width}"
        assert serious(page) == [], "a paper"


@only_sqlite
def test_large_type_and_high_contrast_stay_readable(site: Site) -> None:
    page = site.visitor(viewport=PHONE)
    page.goto("/guides/lz/GH04")
    follow(page, "button:has-text('大字版')")
    follow(page, "button:has-text('高对比')")
    assert page.evaluate("document.documentElement.dataset.type") == "large"
    assert page.evaluate("document.documentElement.dataset.contrast") == "high"
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.hall-h .sec')).fontSize)") >= 20
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert serious(page) == []


@only_sqlite
def test_without_a_mouse(site: Site) -> None:
    """From the first key to the progress, and through an application to the first thing that is wrong with it."""
    filed = site.hall.file("GH02")
    page = site.visitor()
    page.goto("/progress")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "case_no"
    page.keyboard.type(filed.case_no)
    page.keyboard.press("Tab")
    page.keyboard.type("AAAABBBBCCCC")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong")
    assert page.evaluate("document.activeElement.id") == "wrong", "what is wrong is reached at once"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(filed.query_code)
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.track")
    assert "已收件" in page.inner_text("h1")

    page.goto("/apply/lz/GH02")
    page.focus("#a-kind-1")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("某公司")
    page.focus("button[value=file]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#faults")
    assert page.evaluate("document.activeElement.id") == "faults"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") in ("a-identity", "a-project_code")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "one sees where one is"


@only_sqlite
def test_a_guide_prints(site: Site) -> None:
    page = site.visitor()
    page.goto("/guides/lz/XF01")
    page.emulate_media(media="print")
    assert not page.is_visible("header.ptop")
    assert not page.is_visible(".acts")
    assert not page.is_visible("text=现在是办公时间")
    assert page.is_visible("text=要交的材料")
    assert page.evaluate("getComputedStyle(document.querySelector('main thead')).display") == "table-header-group"
    assert page.is_visible("text=到哪里办")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)") >= 13
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    sheets = page.pdf(format="A4")
    assert sheets.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", sheets)) <= 3


@only_sqlite
def test_a_code_is_copied(site: Site) -> None:
    page = site.visitor()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/apply/lz/GH02")
    fills(page)
    follow(page, "button:has-text('提交申请')")
    page.click("[data-copy=k-no]")
    page.wait_for_selector("[data-copy=k-no] >> text=已复制")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#k-no")


@only_sqlite
def test_a_sheet_is_the_paper_s_own_text(hall: Hall) -> None:
    """Laid out, a document says every line that it says, in its order, and nothing is lost between the parts."""
    filed = asked_for(hall)
    with hall.database.reading() as tx:
        written = papers(tx, filed.case_id)
    assert [p.kind for p in written] == ["receipt", "correction"]
    for paper in written:
        sheet = lay_out(paper)
        parts = [sheet.office, sheet.title, sheet.number, sheet.to, *sheet.lines, *sheet.signed]
        assert [p for p in parts if p] == [line for line in paper.body.split("\n") if line]
        assert sheet.to.endswith("：")
