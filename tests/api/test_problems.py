"""Every refusal is one body (RFC 9457): stable code, a sentence for people, a remedy. What cannot be honoured is refused."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask

from api.log import keep_log
from api.operations import flaws
from api.problems import of_error
from engine.store import CommitInDoubt, Database
from tests.api.door import Door, application, claims, places, problem, told
from tests.hall import Hall
from tests.store.rows import of_another_release

SIGN_IN = {"login": "zhao", "password": "x"}


@pytest.fixture
def impatient(hall: Hall, hall_url: str) -> Iterator[Door]:
    """The same hall through another process, which waits for the database a fifth of a second."""
    database = Database.open(hall_url, lock_seconds=0.2)
    yield Door(Hall(database, hall.now))
    database.close()


# ---------------------------------------------------------------- what is asked
def test_an_address_that_nobody_has(front: Door) -> None:
    for path in ("/api/nothing", "/api/", "/api/tasks/-1", "/api/tasks/99999999999999999999", "/api/cases/GH02%00"):
        problem(front.officer("zhao").get(path), 404, "page-unknown")


def test_a_method_that_an_address_does_not_have(front: Door) -> None:
    answer = front.officer("zhao").ask("DELETE", "/api/tasks/1/claim")
    problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_only_json_is_read(front: Door, content_type: str) -> None:
    answer = front.stranger().post("/api/sessions", data=json.dumps(SIGN_IN), content_type=content_type)
    problem(answer, 415, "not-json")


UNREADABLE = [b"{", b"\xff\xfe", b'{"login": "zhao",}', b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda b: repr(b[:8]))
def test_what_is_no_json_is_not_understood(front: Door, body: bytes) -> None:
    answer = front.stranger().post("/api/sessions", data=body, content_type="application/json")
    problem(answer, 400, "request-not-understood")


NOT_VALID: list[tuple[bytes, list[str]]] = [
    (b"", ["/login", "/password"]),
    (b"{}", ["/login", "/password"]),
    (b"[]", ["/"]),
    (b'{"login": 1, "password": null}', ["/login", "/password"]),
    (b'{"login": "zhao", "password": "x", "remember": true, "a/b~c": 1}', ["/a~1b~0c", "/remember"]),
    (b'{"login": "zhao", "login": "qian", "password": "x"}', ["/login"]),
    (b'{"login": "zhao", "password": "x\\u0000"}', ["/password"]),
    (b'{"login": "zhao\\ud800", "password": "x"}', ["/login"]),
    (b'{"login": "zhao", "password": "x", "\\u0000": 1}', ["/"]),
    (b'{"login": "zhao\\n", "password": "x"}', ["/login"]),
    (b'{"login": NaN, "password": 1e999}', ["/login", "/password"]),
    (b'{"login": "' + b"z" * 201 + b'", "password": "x"}', ["/login"]),
]


@pytest.mark.parametrize(("body", "where"), NOT_VALID, ids=lambda v: repr(v[:32]))
def test_every_fault_of_a_body_has_its_place(front: Door, body: bytes, where: list[str]) -> None:
    answer = front.stranger().post("/api/sessions", data=body, content_type="application/json")
    refused = problem(answer, 422, "request-not-valid")
    assert sorted(places(refused)) == where


def test_a_field_deep_in_a_body(door: Door) -> None:
    zhao = door.officer("zhao")
    filed = application("GH02")
    deep: Any = "x"
    for _ in range(60):
        deep = [deep]
    for change, where in (
        ({"applicant": {"name": "王强", "age": 40}}, ["/applicant/age"]),
        ({"answers": {"project_name": "x\0"}}, ["/answers/project_name"]),
        ({"answers": {"project_name": deep}}, ["/answers/project_name/0"]),
        ({"materials": {"application": 1}}, ["/materials/application"]),
    ):
        assert places(problem(zhao.post("/api/cases", filed | change), 422, "request-not-valid")) == where
    assert told(zhao.get("/api/cases")) == []


def test_a_query_is_read_as_strictly(front: Door) -> None:
    zhao = front.officer("zhao")
    assert places(problem(zhao.get("/api/tasks", limit=0, after="x\n", color="red"), 422, "request-not-valid")) == [
        "/limit",
        "/after",
        "/color",
    ]
    assert places(problem(zhao.get("/api/cases", query="\0"), 422, "request-not-valid")) == ["/query"]


def test_a_huge_body_is_not_read(front: Door) -> None:
    body = b'{"login": "' + b"x" * 8 * 1024 * 1024 + b'"}'
    for who, path in ((front.stranger(), "/api/sessions"), (front.officer("zhao"), "/api/cases")):
        problem(who.post(path, data=body, content_type="application/json"), 413, "too-large")


# ---------------------------------------------------------------- what the machine cannot
def test_a_locked_database_answers_and_keeps_nothing(door: Door, impatient: Door) -> None:
    """Another process holds the case (SQLite: the database) and does not let go."""
    case_id = door.hall.accepted()
    task = door.hall.task(case_id, "review")
    qian = impatient.officer("qian")
    with door.hall.database.writing() as tx:
        tx.lock_case(case_id)
        answer = qian.post(f"/api/tasks/{task.id}/claim")
        assert told(qian.get("/api/tasks"))[0]["state"] == "open", "one can still look"
    assert "0.2" in problem(answer, 503, "database-busy")["detail"]
    assert answer.headers["Retry-After"] == "5"
    told(qian.post(f"/api/tasks/{task.id}/claim"))
    assert door.hall.acts_of(case_id).count("claim") == 2  # the intake's and this one


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    gone = Database.open("postgresql+psycopg://nobody@/nothing?host=/nonexistent")
    door = Door(Hall(gone))
    answer = door.stranger().get("/healthz")
    problem(answer, 503, "database-gone")
    assert answer.headers["Retry-After"] == "5"
    problem(door.stranger().post("/api/sessions", SIGN_IN), 503, "database-gone")
    gone.close()


def test_who_cannot_know_whether_it_was_done_is_not_told_to_repeat_it(app: Flask) -> None:
    with app.test_request_context("/api/cases", method="POST"):
        answer = of_error(CommitInDoubt(why="10.0.0.7 hung up"))
    assert answer.status_code == 503
    assert b"commit-in-doubt" in answer.data
    assert b"10.0.0.7" not in answer.data
    assert "Retry-After" not in answer.headers


def test_a_full_disk_undoes_the_act_whole(sqlite_hall: Path, tmp_path: Path) -> None:
    """SQLite may take no more pages, as on a full disk: acts are refused whole, and go on when there is room again."""
    file = tmp_path / "hall.db"
    shutil.copy(sqlite_hall, file)
    roomy = Database.open(f"sqlite:///{file}")
    door = Door(Hall(roomy))
    case_no = told(door.officer("zhao").post("/api/cases", application("GH02")), 201)["case_no"]
    with roomy.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    full = Database.open(f"sqlite:///{file}")
    sa.event.listen(full.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count = {pages + 8}"))
    narrow = Door(Hall(full))
    zhao = narrow.officer("zhao")
    page = claims(zhao, case_no, "intake")
    answers = [zhao.post("/api/cases", application("GH02")) for _ in range(30)]
    filed = [told(a, 201)["case_no"] for a in answers if a.status_code == 201]
    refused = [a for a in answers if a.status_code != 201]
    assert filed
    assert refused
    for answer in refused:
        problem(answer, 503, "disk-full")
        assert answer.headers["Retry-After"] == "5"
    items = [{"material": "land_contract", "problem": "不清晰" * 600} for _ in range(6)]
    asked = {"outcome": "request_correction", "details": {"items": items}}
    problem(zhao.post(f"/api/tasks/{page['id']}/complete", asked), 503, "disk-full")
    assert told(zhao.get(f"/api/tasks/{page['id']}"))["etag"] == page["etag"], "the task is as it was"
    assert {c["case_no"] for c in told(zhao.get("/api/cases"))} == {case_no, *filed}
    assert flaws(full) == (1 + len(filed), [])
    full.close()

    zhao = door.officer("zhao")
    told(zhao.post(f"/api/tasks/{page['id']}/complete", asked))
    number = int(filed[-1][-5:]) + 1
    assert told(zhao.post("/api/cases", application("GH02")), 201)["case_no"] == f"GH02-2026-{number:05d}", "no gap"
    assert flaws(roomy) == (2 + len(filed), [])
    roomy.close()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log as a served application keeps it."""
    kept = io.StringIO()
    keep_log(kept)
    yield kept
    structlog.reset_defaults()


def test_whoever_was_not_stopped_for_an_upgrade_says_so(door: Door) -> None:
    """Not a bug and its number: the tables are not those that this process knows. Whoever asks for its health hears it first."""
    with of_another_release(door.hall.database):
        assert problem(door.stranger().get("/healthz"), 503, "database-outdated")
        with door.hall.database.writing() as tx:
            tx.execute(sa.text("ALTER TABLE cases RENAME TO lost"))
        assert problem(door.officer("zhao").post("/api/cases", application("GH02")), 503, "database-outdated")


def test_a_bug_tells_a_number_and_nothing_else(door: Door, log: io.StringIO) -> None:
    """Whoever keeps the log finds the place under that number, and nothing of what people wrote."""
    with door.hall.database.writing() as tx:
        tx.execute(sa.text("ALTER TABLE cases RENAME TO lost"))
    bug = problem(door.officer("zhao").post("/api/cases", application("GH02")), 500, "bug")
    assert bug["reference"] in bug["detail"]
    assert "cases" not in json.dumps(bug)
    assert bug["reference"] in log.getvalue()
    assert "intake.py" in log.getvalue()
    assert "王强" not in log.getvalue()
    assert "19900000" not in log.getvalue()
