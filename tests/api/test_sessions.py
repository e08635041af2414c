"""Signing in and out, tokens, the ends of a session: all by the clock of the hall."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from werkzeug.test import TestResponse

from api.limits import limiter
from engine.people import officer_by_login, set_password
from engine.store import Database, tables
from tests.api.door import PASSWORD, Asker, Door, problem, told
from tests.hall import Hall

ME = {"login": "sun", "name": "孙正", "post": "首席代表、分管局长", "roles": ["approver", "head"]}


def test_who_signs_in_is_himself(door: Door) -> None:
    sun = door.signs_in("sun")
    assert told(sun.get("/api/me")) == ME
    cookie = sun.client.get_cookie("lianshen_session")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Strict", "/")
    assert not cookie.secure, "the test asks by plain HTTP"


def test_over_tls_the_cookie_stays_there(door: Door) -> None:
    sun = door.signs_in("sun")
    asked = {"login": "sun", "password": PASSWORD}
    told(sun.post("/api/sessions", asked, base_url="https://hall.example"), 201)
    cookie = sun.client.get_cookie("lianshen_session", "hall.example")
    assert cookie is not None
    assert cookie.secure


def test_every_refusal_is_alike(door: Door) -> None:
    with door.hall.database.writing() as tx:
        tx.execute(tables.officers.update().where(tables.officers.c.login == "qian").values(active=False))
    asked = [("zhao", "错误的密码"), ("nobody", PASSWORD), ("", ""), ("qian", PASSWORD)]
    answers = [door.stranger().post("/api/sessions", {"login": who, "password": word}) for who, word in asked]
    for answer in answers:
        problem(answer, 403, "sign-in-refused")
        assert "Set-Cookie" not in answer.headers
    assert len({answer.data for answer in answers}) == 1


def test_guessing_at_an_account_ends_soon(front: Door) -> None:
    """Thirty wrong tries in an hour at one account, from wherever, by program and by page; other accounts stay open."""
    for i in range(15):
        asked = {"login": "zhao", "password": str(i)}
        problem(front.stranger(f"10.0.0.{i}").post("/api/sessions", asked), 403, "sign-in-refused")
        assert by_page(front.stranger(f"10.0.1.{i}"), " zhao", str(i)).status_code == 403
    answer = front.stranger("10.0.2.1").post("/api/sessions", {"login": "zhao", "password": "31"})
    problem(answer, 429, "too-often")
    (seconds,) = answer.headers.getlist("Retry-After")
    assert 3000 < int(seconds) <= 3600
    assert by_page(front.stranger("10.0.2.2"), "zhao", "32").status_code == 429
    assert by_page(front.stranger("10.0.2.3"), "qian", "33").status_code == 403
    assert told(front.signs_in("sun").get("/api/me")) == ME


def test_guesses_are_counted_by_all_processes_together(door: Door) -> None:
    """What one of them has in its memory is another one's, or gone with it; an hour later nothing is held against anybody."""
    for i in range(30):
        limiter.reset()
        asked = {"login": "zhao", "password": str(i)}
        problem(door.stranger(f"10.0.3.{i}").post("/api/sessions", asked), 403, "sign-in-refused")
    limiter.reset()
    again = {"login": "Zhao ", "password": PASSWORD}
    problem(door.stranger("10.0.4.1").post("/api/sessions", again), 429, "too-often")
    with door.hall.database.reading() as tx:
        rows = tx.rows(tables.guesses.select())
    assert len(rows) == 30
    assert "zhao" not in repr(rows), "a digest only: people type a password where the account belongs"
    door.hall.later(minutes=61)
    problem(door.stranger("10.0.4.2").post("/api/sessions", {"login": "zhao", "password": "x"}), 403, "sign-in-refused")
    with door.hall.database.reading() as tx:
        assert len(tx.rows(tables.guesses.select())) == 1, "what is an hour old is forgotten"
    assert door.signs_in("zhao")


def by_page(who: Asker, login: str, password: str) -> TestResponse:
    """Sign in as a browser does: with the form of the page."""
    form = {"login": login, "password": password}
    token = re.search(r'name="csrf_token" value="([^"]+)"', who.get("/sign-in").text)
    assert token is not None
    return who.ask("POST", "/sign-in", data={**form, "csrf_token": token[1]})


def test_one_address_tries_ten_times_a_minute(front: Door) -> None:
    answers = [front.stranger("10.0.0.1").post("/api/sessions", {"login": "zhao", "password": ""}) for _ in range(11)]
    assert [a.status_code for a in answers] == [403] * 10 + [429]


# ---------------------------------------------------------------- tokens
def test_a_token_is_its_officer_until_its_day(door: Door) -> None:
    sun = door.signs_in("sun")
    issued = told(sun.post("/api/tokens", {"note": "自助终端", "days": 1}), 201)
    program = Asker(door, {"Authorization": f"bearer {issued['token']}"})
    door.hall.later(hours=23, minutes=59)
    assert told(program.get("/api/me")) == ME
    door.hall.later(minutes=1)
    assert datetime.fromisoformat(issued["ends_at"]) == door.hall.now
    problem(program.get("/api/me"), 401, "not-signed-in")


@pytest.mark.parametrize("days", [0, 367, "all"])
def test_no_token_is_for_ever(front: Door, days: object) -> None:
    problem(front.signs_in("sun").post("/api/tokens", {"days": days}), 422, "request-not-valid")


def test_a_token_begets_no_token(door: Door) -> None:
    problem(door.by_token("sun").post("/api/tokens", {}), 403, "session-needed")


# ---------------------------------------------------------------- how it ends
def test_signing_out_ends_the_session(door: Door) -> None:
    sun = door.signs_in("sun")
    cookie = sun.client.get_cookie("lianshen_session")
    assert cookie is not None
    told(sun.ask("DELETE", "/api/sessions"), 204)
    assert sun.client.get_cookie("lianshen_session") is None
    sun.client.set_cookie("lianshen_session", cookie.value)
    problem(sun.get("/api/me"), 401, "not-signed-in")


def test_signing_out_ends_the_token_and_no_other(door: Door) -> None:
    one, other = door.officer("sun"), door.officer("sun")
    told(one.ask("DELETE", "/api/sessions"), 204)
    problem(one.get("/api/me"), 401, "not-signed-in")
    assert told(other.get("/api/me")) == ME


def test_a_new_password_ends_every_session(door: Door) -> None:
    before = door.signs_in("sun"), door.officer("sun")
    with door.hall.database.writing() as tx:
        set_password(tx, officer_by_login(tx, "sun").id, PASSWORD)
    for who in before:
        problem(who.get("/api/me"), 401, "not-signed-in")
    assert told(door.signs_in("sun").get("/api/me")) == ME


def test_an_idle_session_ends_after_two_hours(door: Door) -> None:
    sun = door.signs_in("sun")
    door.hall.later(minutes=119)
    told(sun.get("/api/me"))
    door.hall.later(minutes=119)
    told(sun.get("/api/me"))
    door.hall.later(minutes=120)
    problem(sun.get("/api/me"), 401, "not-signed-in")


def test_a_used_session_ends_after_twelve(door: Door) -> None:
    sun = door.signs_in("sun")
    for _ in range(11):
        door.hall.later(hours=1)
        told(sun.get("/api/me"))
    door.hall.later(hours=1)
    problem(sun.get("/api/me"), 401, "not-signed-in")


def test_one_can_look_while_nothing_can_be_written(door: Door, hall_url: str) -> None:
    """That a session is in use is written down now and then; a busy database must not keep anybody from looking."""
    case_id = door.hall.accepted()
    busy = Database.open(hall_url, lock_seconds=0.2)
    impatient = Door(Hall(busy, door.hall.now))
    sun = impatient.signs_in("sun")
    impatient.hall.later(minutes=30)
    with door.hall.database.writing() as tx:
        tx.lock_case(case_id)
        assert told(sun.get("/api/me")) == ME
    busy.close()
