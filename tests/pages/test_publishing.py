"""Publishing through the designer's page, on both databases: what runs, who stays, who was first; and who may look."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from api.here import Here
from engine.catalogue import DIAGRAM, GUIDE, export, running_version, versions
from engine.config import Settings
from engine.people import office_by_code, officer_by_login
from engine.people.sign_in import set_password
from tests.hall import Hall
from tests.pages.conftest import PASSWORD, Site

FORGERY = re.compile(r'name="csrf_token" value="([^"]+)"')


class Desk:
    """An officer's browser without a screen."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.proof = ""

    def sees(self, path: str) -> TestResponse:
        return self.client.get(path)

    def asks(self, path: str, **told: Any) -> TestResponse:
        """What the page's script sends."""
        return self.client.post(path, json=told, headers={"X-CSRFToken": self.proof, "HX-Request": "true"})

    def sends(self, path: str, **fields: Any) -> TestResponse:
        """A form."""
        return self.client.post(path, data={"csrf_token": self.proof, **fields})

    def uploads(self, name: str, body: bytes, matter: str = "GH02") -> TestResponse:
        """The upload form, its bytes as a browser writes them."""
        texts = {"csrf_token": self.proof, "matter": matter}
        parts = [f'Content-Disposition: form-data; name="{n}"\r\n\r\n{v}'.encode() for n, v in texts.items()]
        parts.append(f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode() + body)
        whole = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
        return self.client.post("/designer/upload", data=whole, content_type="multipart/form-data; boundary=edge")


Desks = Callable[[str], Desk]


@pytest.fixture
def desks(hall: Hall, hall_url: str, tmp_path: Path, app: Flask) -> Callable[[str], Desk]:
    app.extensions["lianshen"] = Here(Settings(home=tmp_path, database=hall_url), hall.database, lambda: hall.now)

    def desk(login: str) -> Desk:
        with hall.database.writing() as tx:
            set_password(tx, officer_by_login(tx, login).id, PASSWORD)
        desk = Desk(app.test_client())
        desk.proof = FORGERY.findall(desk.sees("/sign-in").get_data(as_text=True))[0]
        assert desk.sends("/sign-in", login=login, password=PASSWORD, back="").status_code in (302, 303)
        inside = {"wu": "/designer", "zheng": "/cases"}.get(login, "/desk")
        desk.proof = FORGERY.findall(desk.sees(inside).get_data(as_text=True))[0]
        return desk

    return desk


def bundle(hall: Hall, code: str = "GH02") -> dict[str, bytes]:
    with hall.database.reading() as tx:
        return dict(export(tx, office_by_code(tx, "lz"), code)[1])


def texts(files: dict[str, bytes], **swapped: str) -> dict[str, str]:
    """The files as the page holds them; `limit_2wd="4wd"` puts another limit in the diagram."""
    drawn = files[DIAGRAM].decode()
    for old, new in swapped.items():
        assert f'="{old.removeprefix("limit_")}"' in drawn
        drawn = drawn.replace(f'ls:limit="{old.removeprefix("limit_")}"', f'ls:limit="{new}"')
    return {**{name: body.decode() for name, body in files.items()}, DIAGRAM: drawn}


def drawn_limit(hall: Hall, step: str = "review") -> str | None:
    with hall.database.reading() as tx:
        running = running_version(tx, office_by_code(tx, "lz").id, "GH02")
    work = running.content.diagram.processes["gh02"].nodes[step].work
    assert work is not None
    return work.limit


def test_running_cases_stay_on_their_version_and_are_counted(hall: Hall, desks: Desks) -> None:
    wu = desks("wu")
    for _ in range(2):
        hall.file("GH02")
    files = texts(bundle(hall), limit_2wd="4wd")
    ready = wu.asks("/designer/ready", matter="GH02", base=1, files=files).get_data(as_text=True)
    assert "第 1 版有 2 件在办" in ready
    assert "审查：环节时限 2 → 4 个工作日" in ready
    done = wu.asks("/designer/GH02/publish", matter="GH02", base=1, over=1, note="四天", files=files)
    assert (done.status_code, done.get_json()) == (200, {"to": "/designer/GH02?published=2"})
    said = wu.sees("/designer/GH02?published=2").get_data(as_text=True)
    assert "第 2 版已发布，正在运行" in said
    assert "第 1 版还有 2 件在办，按原来的流程办完" in said
    hall.file("GH02")
    listed = wu.sees("/designer").get_data(as_text=True)
    assert "第 1 版 2 件" in listed
    assert drawn_limit(hall) == "4wd"


OVERLAP = (
    '<dc:Bounds x="150" y="180" width="100" height="80" />',
    '<dc:Bounds x="330" y="180" width="100" height="80" />',
)
WAIVED = '<ls:waiver rule="shapes-overlap" reason="旧图，二期重画" until="2036-12-31"/>'


def test_reminders_are_listed_before_one_publishes_and_what_was_waived_is_none(hall: Hall, desks: Desks) -> None:
    wu, files = desks("wu"), texts(bundle(hall))
    files[DIAGRAM] = files[DIAGRAM].replace(*OVERLAP)
    ready = wu.asks("/designer/ready", matter="GH02", base=1, files=files).get_data(as_text=True)
    assert "在图上互相遮挡" in ready
    count = int(re.findall("没有错误，([0-9]+) 处提醒", ready)[0])
    files[DIAGRAM] = files[DIAGRAM].replace('label="报核准" />', f'label="报核准" />{WAIVED}', 1)
    checked = wu.asks("/designer/check", matter="GH02", base=1, files=files).get_data(as_text=True)
    assert "豁免到 2036-12-31" in checked
    assert f"没有错误，{count - 1} 处提醒、1 处说明" in checked


def test_a_step_that_nothing_leads_to_is_one_finding_and_its_refusal_reads_well(hall: Hall, desks: Desks) -> None:
    wu, files = desks("wu"), texts(bundle(hall))
    files[DIAGRAM] = files[DIAGRAM].replace(
        'sourceRef="review" targetRef="decide"', 'sourceRef="review" targetRef="delivery"'
    )
    checked = wu.asks("/designer/check", matter="GH02", base=1, files=files).get_data(as_text=True)
    assert re.findall('data-rule="unreachable" [^>]*data-element="([^"]*)"', checked) == ["decide"]
    assert "连同它后面共 3 个节点" in checked
    walked = wu.asks("/designer/walk", matter="GH02", base=1, files=files)
    assert walked.status_code == 422
    assert "没有任何流向通到“核准”。连上它，或删去它。" in walked.get_data(as_text=True)


def test_who_was_second_is_told_by_whom_and_what_and_may_replace_it(hall: Hall, desks: Desks) -> None:
    wu, mine = desks("wu"), texts(bundle(hall), limit_2wd="4wd")
    theirs = texts(bundle(hall), limit_2wd="3wd")
    assert (
        wu.asks("/designer/GH02/publish", matter="GH02", base=1, over=1, note="三天", files=theirs).status_code == 200
    )
    late = wu.asks("/designer/GH02/publish", matter="GH02", base=1, over=1, note="四天", files=mine)
    said = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "第 2 版已经在运行，你的修改基于第 1 版。没有发布，画的也没有丢。" in said
    assert "吴桐" in said
    assert "三天" in said
    assert "审查：环节时限 2 → 3 个工作日" in said, "what they have changed"
    assert "审查：环节时限 3 → 4 个工作日" in said, "what mine would change"
    assert "四天" in said, "what was typed"
    assert drawn_limit(hall) == "3wd"
    assert wu.asks("/designer/GH02/publish", matter="GH02", base=1, over=2, note="四天", files=mine).status_code == 200
    assert drawn_limit(hall) == "4wd"


def test_pressing_twice_publishes_once_and_an_old_content_is_revived(hall: Hall, desks: Desks) -> None:
    wu, old, new = desks("wu"), texts(bundle(hall)), texts(bundle(hall), limit_2wd="4wd")
    for _ in range(2):
        done = wu.asks("/designer/GH02/publish", matter="GH02", base=1, over=1, note="四天", files=new)
        assert done.get_json() == {"to": "/designer/GH02?published=2"}
    with hall.database.reading() as tx:
        assert [v.number for v in versions(tx, office_by_code(tx, "lz"), "GH02")] == [2, 1]
    assert "恢复第 1 版" in wu.asks("/designer/ready", matter="GH02", base=2, files=old).get_data(as_text=True)
    done = wu.asks("/designer/GH02/publish", matter="GH02", base=2, over=2, note="改回", files=old)
    assert done.get_json() == {"to": "/designer/GH02?published=1"}


def test_errors_keep_it_from_being_published_and_nothing_is_stored(hall: Hall, desks: Desks) -> None:
    wu, wrong = desks("wu"), texts(bundle(hall), limit_2wd="2days")
    refused = wu.asks("/designer/GH02/publish", matter="GH02", base=1, over=1, note="x", files=wrong)
    assert refused.status_code == 422
    assert "环节时限“2days”看不懂" in refused.get_data(as_text=True)
    silent = wu.asks(
        "/designer/GH02/publish", matter="GH02", base=1, over=1, note=" ", files=texts(bundle(hall), limit_2wd="3wd")
    )
    assert silent.status_code == 422
    assert "没有写发布说明" in silent.get_data(as_text=True)
    with hall.database.reading() as tx:
        assert [v.number for v in versions(tx, office_by_code(tx, "lz"), "GH02")] == [1]


# ---------------------------------------------------------------- without a script
def test_a_whole_new_matter_comes_as_an_archive(hall: Hall, desks: Desks) -> None:
    wu, files = desks("wu"), bundle(hall)
    swapped = {GUIDE: files[GUIDE].replace(b"GH02", b"GH98"), DIAGRAM: files[DIAGRAM].replace(b'"gh02"', b'"gh98"')}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, body in {**files, **swapped}.items():
            packed.writestr(f"GH98/{name}", body)
    shown = wu.uploads("GH98.zip", archive.getvalue(), matter="")
    said = shown.get_data(as_text=True)
    assert "没有错误和提醒" in said
    folded = re.findall(r'name="bundle" value="([^"]+)"', said)[0]
    opened = wu.sends("/designer/GH98/open", bundle=folded, over="").get_data(as_text=True)
    assert "新事项，还没有发布" in opened
    assert wu.sends("/designer/GH98/publish", bundle=folded, over="", note="新开办").status_code == 303
    with hall.database.reading() as tx:
        assert running_version(tx, office_by_code(tx, "lz").id, "GH98").number == 1
    again = wu.sends("/designer/GH98/publish", bundle=wu_changes(folded), over="", note="不知道已有")
    assert again.status_code == 409
    assert "没有注明基于哪一版" in again.get_data(as_text=True)


def wu_changes(folded: str) -> str:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(folded))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    files[DIAGRAM] = files[DIAGRAM].replace(b'ls:limit="2wd"', b'ls:limit="5wd"')
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, body in files.items():
            packed.writestr(name, body)
    return base64.b64encode(archive.getvalue()).decode()


BAD = {
    "entities": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "文档类型声明（DOCTYPE）"),
    "no XML": ("这不是流程图".encode(), "文件不是完好的 XML"),
    "no BPMN": (b"<html/>", "不是 BPMN 2.0 的 definitions"),
    "wrong encoding": ('<?xml version="1.0" encoding="UTF-8"?><a 名="'.encode("gbk"), "解不出文字"),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><a/>', "编码“klingon”不认识"),
    "too large": (b"<a>" + b" " * (6 * 1024 * 1024), "超过 5 MB 的上限"),
    "far too large": (b"<a>" + b" " * (50 * 1024 * 1024), "提交的内容太大"),
    "empty": (b"", "文件是空的，或没有写完"),
}


@pytest.mark.parametrize(("body", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_told_in_a_sentence(desks: Desks, body: bytes, sentence: str) -> None:
    shown = desks("wu").uploads("neu.bpmn", body)
    assert sentence in shown.get_data(as_text=True)
    assert "btn--primary" not in shown.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("a.zip", b"PK no archive", "打不开"),
        ("a.exe", b"MZ", "“a.exe”不是事项的文件"),
        ("a.zip", None, "展开后太大"),
    ],
)
def test_what_cannot_be_a_bundle_is_refused(desks: Desks, name: str, body: bytes | None, sentence: str) -> None:
    if body is None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
            bomb.writestr("matter.bpmn", b"0" * 64 * 1024 * 1024)
        body = packed.getvalue()
    shown = desks("wu").uploads(name, body)
    assert shown.status_code == 422
    assert sentence in shown.get_data(as_text=True)


# ---------------------------------------------------------------- downloads, walking, who may look
def test_a_version_is_downloaded_byte_for_byte(hall: Hall, desks: Desks) -> None:
    wu, files = desks("wu"), bundle(hall)
    assert wu.sees("/designer/GH02/versions/1/files?kind=bpmn").data == files[DIAGRAM]
    with zipfile.ZipFile(io.BytesIO(wu.sees("/designer/GH02/versions/1/files").data)) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == files
    unknown = ("/designer/GH02/versions/9/files", "/designer/NO99", "/designer/NO99/versions", "/designer/NO99/compare")
    for path in (*unknown, "/designer/GH02/compare?old=1&new=9"):
        assert wu.sees(path).status_code == 404
    assert wu.sees("/designer/GH02/compare?old=x").status_code == 422


def test_a_walk_is_made_of_the_moves_that_are_sent(hall: Hall, desks: Desks) -> None:
    wu, files = desks("wu"), texts(bundle(hall))
    begun = wu.asks("/designer/walk", matter="GH02", base=1, files=files, moves=[{"what": "begin"}])
    said = begun.get_data(as_text=True)
    assert 'data-made="1"' in said
    token = re.findall(r'data-token="([^"]+)"', said)[0]
    moves = [{"what": "begin"}, {"what": "step", "token": token, "choice": "request_correction"}]
    said = wu.asks("/designer/walk", matter="GH02", base=1, files=files, moves=moves).get_data(as_text=True)
    assert "收到补正材料" in said
    for bad in ([{"what": "fly"}], [{"what": "step"}], [{"what": "begin"}] * 2):
        refused = wu.asks("/designer/walk", matter="GH02", base=1, files=files, moves=bad)
        assert refused.status_code == 422


PATHS = (
    *("/designer", "/designer/GH02", "/designer/GH02/versions", "/designer/GH02/compare"),
    *("/designer/GH02/versions/1/files", "/designer/new"),
)
POSTS = ("check", "mend", "compare", "walk", "pack", "ready", "gather", "upload", "GH02/publish", "GH02/open")


@pytest.mark.parametrize("login", ["zhao", "li", "zheng"])
def test_nobody_but_a_designer_finds_anything_here(hall: Hall, desks: Desks, login: str) -> None:
    stranger = desks(login)
    assert [stranger.sees(path).status_code for path in PATHS] == [404] * len(PATHS)
    files = texts(bundle(hall))
    asked = [stranger.asks(f"/designer/{path}", files=files, matter="GH02", base=1).status_code for path in POSTS]
    assert asked == [404] * len(POSTS)


def test_strangers_are_asked_to_sign_in_and_forged_requests_are_refused(hall: Hall, desks: Desks) -> None:
    wu = desks("wu")
    wu.proof = "forged"
    assert wu.asks("/designer/check", files=texts(bundle(hall))).status_code == 400
    wu.client.delete_cookie("lianshen_session")
    assert "/sign-in" in wu.sees("/designer").headers["Location"]


def test_in_a_browser_the_second_is_told_and_loses_nothing(site: Site, hall: Hall) -> None:
    first = site.officer("wu", viewport={"width": 1440, "height": 900})
    elsewhere = site.context(base_url=site.url, storage_state=first.context.storage_state(), locale="zh-CN")
    second = elsewhere.new_page()
    for page, days in ((first, "3"), (second, "5")):
        page.goto("/designer/GH02")
        page.click("#canvas [data-element-id=review]")
        page.fill("#p-limit", days)
        expect(page.locator("#saved")).to_contain_text("已保存")
    for page in (first, second):
        page.click("#publish")
        page.fill("#note", "换个天数")
        if page is first:
            page.click("#publishing button.btn--primary")
            page.wait_for_selector("#published")
    alert = second.locator("#publishing [role=alert]")
    expect(alert).to_contain_text("第 2 版已经在运行，你的修改基于第 1 版")
    expect(second.locator("#publishing")).to_contain_text("审查：环节时限 2 → 3 个工作日")
    second.click("#publishing [data-close]")
    expect(second.locator("[data-element-id=review] .ls-under")).to_have_text("5 个工作日")
    second.click("#publish")
    second.fill("#note", "五天才够")
    second.click("#publishing button.btn--danger")
    second.wait_for_selector("#published")
    assert drawn_limit(hall) == "5wd"
