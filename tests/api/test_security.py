"""Who may ask what. A stranger learns not even that a case exists, at whichever address he asks."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.cases import ACTS, Upload, add_files, ask_precheck
from engine.people import officer_by_login
from engine.store import tables
from tests.api.document import Operation, told_path
from tests.api.door import Asker, Door, application, problem, told
from tests.projects.driving import CODE, opens

OPEN = {
    "sign_in",
    "workday",
    "public_file_case",
    "public_progress",
    "public_act",
    "save_draft",
    "open_draft",
    "file_draft",
}
NOBODY = 999_999
NAMES = {
    "case_no": f"GH02-2026-{NOBODY}",
    "task_id": NOBODY,
    "draft_id": NOBODY,
    "paper_id": NOBODY,
    "project_code": f"P-{NOBODY}",
    "act_name": "x",
}
PARTS = {"code": "GH02", "number": 1, "name": "x", "office": "lz", "kind": "form", "login": "sun", "stand_in": "zhao"}
HARMLESS = {"act_name", *PARTS}
"""Names in addresses that tell nothing of a case: acts, matters, versions, offices, colleagues, styles and
scripts."""
STRANGERS = ("li", "wu", "feng", "qy-bai", "qy-watch")
"""Another department, the designer, the administrator; another office, and its supervisor."""


def same(answer: TestResponse, path: str = "") -> Any:
    """What an asker could tell two answers apart by. What he asked, how often, and the seals of forms he knows anyway."""
    counted = ("x-ratelimit-remaining", "x-ratelimit-reset", "retry-after", "set-cookie", "content-length")
    body = re.sub(rb'name="csrf_token" value="[^"]*"', b"", answer.data).replace(path.encode(), b"")
    return answer.status_code, body, [h for h in answer.headers if h[0].lower() not in counted]


# ---------------------------------------------------------------- strangers
@pytest.fixture
def hidden(door: Door) -> dict[str, Any]:
    """A case of the natural resources department with a claimed task, an order and papers, a draft, and a project: names
    that exist. Of whatever else belongs to a case the first is asked for."""
    opens(door.hall)
    case_id = door.hall.accepted("GH02")
    saved = told(door.stranger().post("/api/public/drafts", application("GH02", office="lz")), 201)
    task_id = door.hall.claim("qian", case_id, "review")
    case_no = door.hall.case(case_id).case_no
    ordered = {"department": "nr", "text": "说明进度", "reply": "3wd"}
    told(door.officer("zheng").post(f"/api/cases/{case_no}/acts/order", {"details": ordered}))
    with door.hall.database.writing() as tx:
        ask_precheck(tx, saved["id"], saved["code"], door.hall.now)
        upload = Upload("图.pdf", b"%PDF-1.7\ntrailer<<>>\n%%EOF\n")
        add_files(tx, officer_by_login(tx, "qian"), case_id, {"parcel_map": [upload]}, door.hall.now)
    (file,), papers = (door.hall.rows(t, case_id) for t in (tables.material_files, tables.papers))
    names = {"case_no": case_no, "task_id": task_id, "draft_id": saved["id"], "project_code": CODE, "id": case_id}
    return {**names, "file_id": file.id, "paper_id": papers[0].id, "order_id": 1}


def named(door: Door) -> list[Operation]:
    """Every operation whose address names a case, a task, a draft or a project."""
    return [o for o in door.document.operations() if o.names - HARMLESS]


def acts_for(operation: Operation) -> list[str]:
    """Every act there is, and one that is none; at the public door a few, before the guesses run out."""
    if "act_name" not in operation.names:
        return [""]
    return ["withdraw", "nonsense"] if operation.id == "public_act" else [*ACTS, "nonsense"]


def test_every_name_in_an_address_is_known(door: Door) -> None:
    """A new kind of name in an address stands beside that of its case, or is told harmless here."""
    served = [rule for api in (True, False) for _, rule in door.document.served(api=api)]
    alone = {name for rule in served if not rule.arguments & set(NAMES) - HARMLESS for name in rule.arguments}
    assert alone <= HARMLESS
    assert len(named(door)) >= 13


def test_a_stranger_cannot_tell_what_exists(door: Door, hidden: dict[str, Any]) -> None:
    """At every address that names a case, a task, a draft or a project: the same 404 as for one that there is not."""
    door.hall.hire("qy-watch", "qy-900", like="qy-bai", roles=["supervisor", "coordinator"])
    before = kept(door, hidden["id"])
    for login in STRANGERS:
        stranger = door.officer(login)
        for operation in named(door):
            for act_name in acts_for(operation):
                real = operation.asked_by(stranger, **{**hidden, "act_name": act_name})
                unreal = operation.asked_by(stranger, **{**NAMES, "act_name": act_name})
                asked = f"{login} {operation.id} {act_name}"
                assert (asked, real.status_code) == (asked, 404), real.text
                assert (asked, same(real)) == (asked, same(unreal))
        assert told(stranger.get("/api/cases")) == []
        assert told(stranger.get("/api/tasks")) == []
    assert kept(door, hidden["id"]) == before


@pytest.mark.parametrize("login", ["li", "qy-watch"])
def test_pages_tell_a_stranger_no_more(
    door: Door, hidden: dict[str, Any], login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every address of a page that names a case or what belongs to one: there is none, or he is sent to sign in."""
    monkeypatch.setitem(door.app.config, "WTF_CSRF_ENABLED", False)  # the seal of a form tells nobody what exists
    door.hall.hire("qy-watch", "qy-900", like="qy-bai", roles=["clerk", "supervisor", "coordinator"])
    stranger, before = door.officer(login), kept(door, hidden["id"])
    for method, rule in door.document.served(api=False):
        path = told_path(rule).replace("/projects/{code}", "/projects/{project_code}")
        if rule.arguments - HARMLESS or "{project_code}" in path:
            asked = [path.format_map(defaultdict(lambda: 1, {**PARTS, **names})) for names in (hidden, NAMES)]
            real, unreal = (stranger.ask(method, path) for path in asked)
            # an applicant's own pages know no officers: there a stranger is led to where number and code are asked
            expected = 302 if rule.endpoint.startswith("progress.") else 404
            assert (method, rule.rule, real.status_code) == (method, rule.rule, expected), real.text
            assert (method, rule.rule, same(real, asked[0])) == (method, rule.rule, same(unreal, asked[1]))
    assert kept(door, hidden["id"]) == before


def test_pages_open_to_those_whom_it_concerns(door: Door, hidden: dict[str, Any]) -> None:
    """The other side of the table: every page that is no page for a stranger is one for somebody, at the same address."""
    asked = set()
    concerned = [door.officer(login) for login in ("qian", "zhou")]
    for method, rule in door.document.served(api=False):
        path = told_path(rule).replace("/projects/{code}", "/projects/{project_code}")
        if method == "GET" and (rule.arguments - HARMLESS or "{project_code}" in path):
            if rule.endpoint.startswith("progress."):
                continue
            path = path.format_map({**PARTS, "outcome": "pass", "act_name": "transfer_hq", **hidden})
            statuses = [who.ask("GET", path).status_code for who in concerned]
            assert {200, 303} & set(statuses), f"{path}: {statuses}"
            asked.add(rule.endpoint)
    assert len(asked) >= 15


def kept(door: Door, case_id: int) -> Any:
    """Everything about a case that an act could change."""
    hall = door.hall
    return (
        hall.case(case_id),
        hall.acts_of(case_id),
        hall.rows(tables.tasks, case_id),
        hall.rows(tables.papers, case_id),
    )


def test_those_whom_it_concerns_do_see_it(door: Door, hidden: dict[str, Any]) -> None:
    """The other side of the walk: the department, supervision and coordination see the case; only the window acts."""
    reads = [o for o in named(door) if o.method == "GET"]
    shown = {
        "show_case",
        "show_journal",
        "show_task",
        "show_stage_matters",
        "show_signers",
        "show_opinions",
        "show_consultations",
    }
    assert {o.id for o in reads} == shown | {"preview_send_back", "show_project"}
    for login in ("qian", "zheng", "zhou"):
        for operation in reads:
            if operation.id in shown:
                told(operation.asked_by(door.officer(login), **hidden))
    for login in ("zheng", "zhou"):
        task = f"/api/tasks/{hidden['task_id']}/claim"
        problem(door.officer(login).post(task), 403, "act-not-allowed")


# ---------------------------------------------------------------- no session
def test_without_a_session_nothing_opens(door: Door) -> None:
    """Whatever he sends: a stranger does not even learn which fields a request has."""
    for operation in door.document.operations():
        if operation.id in OPEN:
            continue
        names = {**NAMES, **PARTS}
        for headers in ({}, {"Authorization": "Bearer x"}, {"Cookie": "lianshen_session=x"}):
            who = Asker(door, headers)
            for body in (operation.body, {"nonsense": 1}):
                answer = who.ask(operation.method, operation.path.format(**names), body)
                problem(answer, 401, "not-signed-in")
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_document_tells_who_must_sign_in(door: Door) -> None:
    assert {o.id for o in door.document.operations() if "security" not in o.told} == OPEN


def test_a_closed_account_opens_nothing(door: Door) -> None:
    zhao = door.officer("zhao")
    with door.hall.database.writing() as tx:
        tx.execute(tables.officers.update().where(tables.officers.c.login == "zhao").values(active=False))
    problem(zhao.get("/api/me"), 401, "not-signed-in")


# ---------------------------------------------------------------- forged requests
def test_a_session_writes_only_with_its_own_header(door: Door, hidden: dict[str, Any]) -> None:
    """Another site can make a browser send the cookie, never this header."""
    qian = door.signs_in("qian")
    del qian.headers["X-Requested-With"]
    before = kept(door, hidden["id"])
    names = {**NAMES, **PARTS, **hidden}
    writes = [o for o in door.document.operations() if o.method != "GET" and o.id not in OPEN]
    assert len(writes) >= 12
    for operation in writes:
        problem(operation.asked_by(qian, **names), 428, "request-header-missing")
    assert kept(door, hidden["id"]) == before
    told(qian.get(f"/api/tasks/{hidden['task_id']}"))


def test_every_answer_is_kept_from_other_sites_and_caches(door: Door) -> None:
    for answer in (door.officer("zhao").get("/api/me"), door.stranger().get("/api/me"), door.stranger().get("/api/x")):
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_style_sheet_depends_on_nobodys_cookies(door: Door) -> None:
    """A browser would ask for it again whenever one of them changes."""
    for asker in (door.stranger(), door.with_accounts().signs_in("zhao")):
        page = asker.client.get("/sign-in", headers={"Accept": "text/html"}).get_data(as_text=True)
        sheet = re.search(r'href="(/assets/[^"]+\.css)"', page)
        assert sheet
        with asker.client.get(sheet[1]) as answer:
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"]
            assert "Vary" not in answer.headers
            assert "Set-Cookie" not in answer.headers
