"""Sessions end, passwords are never kept, unknown names tell nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import Type, extract_parameters

from engine.people import (
    SignInRefused,
    check_password,
    end_session,
    issue_token,
    needs_touch,
    officer_by_login,
    officer_of,
    set_password,
    sign_in,
    start_session,
    touch,
)
from engine.store import tables
from tests.hall import Hall


@pytest.fixture
def session(hall: Hall) -> str:
    with hall.database.writing() as tx:
        set_password(tx, officer_by_login(tx, "zhao").id, "正确的密码 1")
        return start_session(tx, check_password(tx, "zhao", "正确的密码 1"), hall.now)


def found(hall: Hall, secret: str) -> str | None:
    with hall.database.reading() as tx:
        known = officer_of(tx, secret, hall.now)
    return known[0].login if known else None


def test_a_session_is_its_officer(hall: Hall, session: str) -> None:
    assert found(hall, session) == "zhao"
    assert found(hall, session + "x") is None


@pytest.mark.parametrize("login", ["zhao", "nobody", ""])
def test_every_refusal_is_alike(hall: Hall, session: str, login: str) -> None:
    with pytest.raises(SignInRefused) as refused, hall.database.writing() as tx:
        check_password(tx, login, "错误的密码")
    assert str(refused.value) == "账号或密码不对。"


def test_an_idle_session_ends(hall: Hall, session: str) -> None:
    hall.later(minutes=119)
    assert found(hall, session) == "zhao"
    hall.later(minutes=1)
    assert found(hall, session) is None


def test_a_used_session_ends_after_twelve_hours(hall: Hall, session: str) -> None:
    for _ in range(11):
        hall.later(hours=1)
        assert found(hall, session) == "zhao"
        with hall.database.writing() as tx:
            assert needs_touch(tx, session, hall.now)
            touch(tx, session, hall.now)
    hall.later(hours=1)
    assert found(hall, session) is None


def test_signing_out_and_a_new_password_end_sessions(hall: Hall, session: str) -> None:
    with hall.database.writing() as tx:
        end_session(tx, session)
    assert found(hall, session) is None
    with hall.database.writing() as tx:
        zhao = officer_by_login(tx, "zhao")
        token = issue_token(tx, zhao, "打印", hall.now, hall.now + timedelta(days=1))
        set_password(tx, zhao.id, "新密码")
    assert found(hall, token) is None


def test_a_token_lasts_to_its_day(hall: Hall) -> None:
    with hall.database.writing() as tx:
        token = issue_token(tx, officer_by_login(tx, "zhao"), "", hall.now, hall.now + timedelta(days=1))
    hall.later(hours=23)
    assert found(hall, token) == "zhao"
    hall.later(hours=1)
    assert found(hall, token) is None


def test_a_password_is_dear_to_guess() -> None:
    """As the program itself hashes, before any test made it cheap: RFC 9106, the second recommendation."""
    told = extract_parameters(sign_in._NOBODY)
    assert told.type is Type.ID
    assert told.memory_cost >= 64 * 1024
    assert told.time_cost >= 3


def test_nothing_secret_stands_in_the_database(hall: Hall, session: str) -> None:
    with hall.database.reading() as tx:
        kept = repr([tx.rows(t.select()) for t in (tables.sign_ins, tables.officers)])
    assert session not in kept
    assert "正确的密码" not in kept
