"""Who joins, who forgot, who leaves: by an administrator of the office or of one above it, and told in its journal."""

from __future__ import annotations

from typing import Any

import pytest

from engine.cases import verify_offices
from engine.people import (
    ActNotAllowed,
    HallNotUnderstood,
    OfficerUnknown,
    OwnAccount,
    SignInRefused,
    add_officers,
    check_password,
    close_account,
    office_by_code,
    officer_by_login,
    officer_of,
    reset_password,
    start_session,
)
from engine.store import journal
from tests.hall import Hall

NEW = {"login": "new", "name": "新人", "identity": "lz-900", "department": "nr", "post": "窗口工作人员"}
CLERK: dict[str, Any] = {**NEW, "roles": ["clerk"], "windows": ["nr-1"]}


def add(hall: Hall, *officers: Any, by: str = "feng", office: str = "lz") -> list[str]:
    with hall.database.writing() as tx:
        described = {"officers": list(officers)}
        made = add_officers(tx, office_by_code(tx, office), described, officer_by_login(tx, by), hall.now)
        return [check_password(tx, one.login, one.password).login for one in made]


def told(hall: Hall, office: str = "lz") -> list[str]:
    with hall.database.reading() as tx:
        assert list(verify_offices(tx)) == []
        stream = journal.Stream("office", office_by_code(tx, office).id)
        return [row.act for row in journal.read(tx, stream) if row.act != "publish"]


def test_a_new_officer_signs_in(hall: Hall) -> None:
    assert add(hall, CLERK) == ["new"]
    with hall.database.reading() as tx:
        assert officer_by_login(tx, "new").windows == officer_by_login(tx, "zhao").windows
    assert told(hall) == ["add_officer"]


@pytest.mark.parametrize(
    "wrong",
    [
        {**CLERK, "login": "zhao"},
        {**CLERK, "windows": ["nowhere"]},
        {**CLERK, "department": "nowhere"},
        {**CLERK, "roles": ["king"]},
        {**CLERK, "identity": 510101},
        {**CLERK, "identity": "lz-001"},
        {**NEW, "roles": ["clerk"], "window": ["nr-1"]},
        {**CLERK, "windows": "nr-1"},
        "new",
    ],
)
def test_a_wrong_description_adds_nobody(hall: Hall, wrong: Any) -> None:
    with pytest.raises(HallNotUnderstood) as refused:
        add(hall, {**CLERK, "login": "fine", "identity": "lz-901"}, wrong)
    assert [fault.place for fault in refused.value.faults] == ["/officers/1"]
    with hall.database.reading() as tx, pytest.raises(OfficerUnknown):
        officer_by_login(tx, "fine")


def test_a_new_password_ends_what_the_old_one_began(hall: Hall) -> None:
    with hall.database.writing() as tx:
        session = start_session(tx, officer_by_login(tx, "zhao"), hall.now)
        given = reset_password(tx, "zhao", officer_by_login(tx, "feng"), hall.now)
    with hall.database.reading() as tx:
        assert officer_of(tx, session, hall.now) is None
        assert check_password(tx, "zhao", given.password).login == "zhao"
    assert told(hall) == ["reset_password"]


def test_who_has_left_signs_in_no_more(hall: Hall) -> None:
    with hall.database.writing() as tx:
        feng = officer_by_login(tx, "feng")
        given = reset_password(tx, "zhao", feng, hall.now)
        session = start_session(tx, officer_by_login(tx, "zhao"), hall.now)
        close_account(tx, "zhao", feng, hall.now)
        assert officer_of(tx, session, hall.now) is None
        with pytest.raises(SignInRefused):
            check_password(tx, "zhao", given.password)
        again = reset_password(tx, "zhao", feng, hall.now)
        assert check_password(tx, "zhao", again.password).active
    assert told(hall) == ["reset_password", "close_account", "reset_password"]


def test_only_an_administrator_in_his_reach(hall: Hall) -> None:
    """The city's administrator serves the county below it; nobody else resets anything, and nobody closes himself."""
    with hall.database.writing() as tx:
        reset_password(tx, "qy-bai", officer_by_login(tx, "feng"), hall.now)
        for act in (reset_password, close_account):
            with pytest.raises(ActNotAllowed):
                act(tx, "qian", officer_by_login(tx, "sun"), hall.now)
        with pytest.raises(OwnAccount):
            close_account(tx, "feng", officer_by_login(tx, "feng"), hall.now)
        county = {"department": "gsc", "roles": ["admin"]}
        boss = {"login": "qy-admin", "name": "县管理员", "identity": "qy-900", "post": "系统管理员", **county}
        add_officers(tx, office_by_code(tx, "qy"), {"officers": [boss]}, officer_by_login(tx, "feng"), hall.now)
        with pytest.raises(OfficerUnknown):
            close_account(tx, "zhao", officer_by_login(tx, "qy-admin"), hall.now)
    with pytest.raises(OfficerUnknown):
        add(hall, CLERK, by="qy-admin")
    assert told(hall, "qy") == ["reset_password", "add_officer"]
