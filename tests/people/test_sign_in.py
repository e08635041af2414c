"""Sessions end, passwords are never kept, unknown names tell nothing."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher, Type, extract_parameters

from engine.people import (
    Role,
    SignInRefused,
    check_password,
    end_session,
    issue_token,
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


def test_a_session_is_its_officer_as_he_is_now(hall: Hall, session: str) -> None:
    """Who he is, is kept: what changes about him, whoever changes it, is seen by his very next request."""

    def asked() -> Any:
        with hall.database.looking() as tx:
            return officer_of(tx, session, hall.now)

    before = asked().officer
    assert before.stands_in == ()
    hall.stand_in("qian", "zhao")
    assert [one.login for one in asked().officer.stands_in] == ["qian"]
    with hall.database.writing() as tx:
        tx.change(tables.officers, {"login": "zhao"}, post="另一个岗位", roles=["reviewer"])
        tx.execute(tables.officer_windows.delete().where(tables.officer_windows.c.officer_id == before.id))
    after = asked().officer
    assert (after.post, after.roles, after.windows) == ("另一个岗位", {Role.REVIEWER}, frozenset())
    with hall.database.writing() as tx:
        tx.change(tables.officers, {"login": "zhao"}, active=False)
    assert asked() is None


def test_who_stands_in_is_asked_day_by_day(hall: Hall, session: str) -> None:
    hall.stand_in("qian", "zhao")
    with hall.database.writing() as tx:
        tx.execute(tables.stand_ins.update().values(until_on=hall.now.date()))
    tomorrow = hall.now + timedelta(days=1)
    with hall.database.writing() as tx:
        touch(tx, session, tomorrow)
        tx.execute(tables.sign_ins.update().values(ends_at=tomorrow + timedelta(days=1)))
    with hall.database.looking() as tx:
        days = [officer_of(tx, session, at) for at in (hall.now, tomorrow, hall.now)]
    assert [[absent.login for absent in day.officer.stands_in] for day in days if day] == [["qian"], [], ["qian"]]


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
            known = officer_of(tx, session, hall.now)
            assert known is not None
            assert known.stale
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


def test_a_password_is_dear_to_guess(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that somebody thought of is hashed as RFC 9106 recommends; one that we drew has random bits enough for less."""
    monkeypatch.setattr(sign_in, "_CHOSEN", PasswordHasher.from_parameters(sign_in.CHOSEN))
    monkeypatch.setattr(sign_in, "_DRAWN", PasswordHasher.from_parameters(sign_in.DRAWN))
    with hall.database.writing() as tx:
        zhao, qian = (officer_by_login(tx, login) for login in ("zhao", "qian"))
        set_password(tx, zhao.id, "正确的密码 1")
        drawn = sign_in.new_password(tx, qian.id)
        o = tables.officers
        kept = [tx.value(sa.select(o.c.password_hash).where(o.c.id == one.id)) for one in (zhao, qian)]
    dear, less = map(extract_parameters, kept)
    assert (dear.type, less.type) == (Type.ID, Type.ID)
    assert (dear.memory_cost >= 64 * 1024, dear.time_cost >= 3) == (True, True)
    assert (less.memory_cost >= 8 * 1024, len(b64decode(drawn, "-_")) * 8 >= 72) == (True, True)


@pytest.mark.parametrize("login", ["zhao", "qian", "nobody"])
def test_every_refusal_costs_as_much(hall: Hall, monkeypatch: pytest.MonkeyPatch, login: str) -> None:
    """Whether there is such an account, and who made its password: the time that a refusal takes tells neither."""
    spent: list[str] = []
    for name, cost in (("_CHOSEN", 2), ("_DRAWN", 1)):
        monkeypatch.setattr(sign_in, name, Counted(spent, cost))
    with hall.database.writing() as tx:
        set_password(tx, officer_by_login(tx, "zhao").id, "正确的密码 1")
        sign_in.new_password(tx, officer_by_login(tx, "qian").id)
        spent.clear()
        with pytest.raises(SignInRefused):
            check_password(tx, login, "错误的密码")
    assert sorted(spent) == ["t=1", "t=2"]


class Counted(PasswordHasher):
    """A hasher that notes what each of its digests cost."""

    def __init__(self, spent: list[str], time_cost: int) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.spent = spent

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        made = super().hash(password, salt=salt)
        self.spent.append(made.split("$")[3].split(",")[1])
        return made

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.spent.append(str(hash).split("$")[3].split(",")[1])
        return super().verify(hash, password)


def test_nothing_secret_stands_in_the_database(hall: Hall, session: str) -> None:
    with hall.database.reading() as tx:
        kept = repr([tx.rows(t.select()) for t in (tables.sign_ins, tables.officers)])
    assert session not in kept
    assert "正确的密码" not in kept
