"""The book of connections: who enters one, what is refused, and that its secret stands nowhere."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import verify_offices
from engine.connections import (
    ConnectionKnown,
    ConnectionNotUnderstood,
    ConnectionUnknown,
    Seal,
    SecretNotOpened,
    add_connection,
    altered,
    connection,
    connections,
    disable_connection,
    open_codes,
)
from engine.people import ActNotAllowed, office_by_code, officer_by_login
from engine.store import Tx, journal, tables
from tests.hall import Hall
from tests.outbound import SEAL, SECRET

GOOD: dict[str, Any] = {
    "code": "RK",
    "name": "人口库",
    "url": "https://10.1.2.3/check",
    "timeout": 10,
    "secret": SECRET,
}


def enter(hall: Hall, by: str = "feng", **other: Any) -> None:
    with hall.database.writing() as tx:
        add_connection(
            tx, office_by_code(tx, "lz"), seal=SEAL, by=officer_by_login(tx, by), now=hall.now, **GOOD | other
        )


def everything(tx: Tx) -> str:
    """All that is kept, as text."""
    return "\n".join(str(tuple(row)) for table in tables.metadata.sorted_tables for row in tx.rows(sa.select(table)))


def test_entered_told_listed_and_closed(hall: Hall) -> None:
    by = "feng"
    enter(hall, by)
    with pytest.raises(ConnectionKnown):
        enter(hall, by)
    with hall.database.writing() as tx:
        of = office_by_code(tx, "lz")
        (row,) = connections(tx, of)
        assert (row.code, row.name, row.url, row.timeout, row.active) == ("RK", "人口库", GOOD["url"], 10, True)
        found = connection(tx, of.id, "RK", SEAL)
        assert found is not None
        assert found.secret == SECRET
        disable_connection(tx, of, "RK", officer_by_login(tx, by), hall.now)
        assert open_codes(tx, of.id) == {}
        assert connection(tx, of.id, "RK", SEAL) is None
        assert tx.value(sa.select(tables.connections.c.sealed)) == "", "its secret is forgotten"
        with pytest.raises(ConnectionUnknown):
            disable_connection(tx, of, "RK", officer_by_login(tx, by), hall.now)
    enter(hall, by, url="https://10.1.2.4/")
    with hall.database.reading() as tx:
        of = office_by_code(tx, "lz")
        told = [r for r in journal.read(tx, journal.Stream("office", of.id)) if r.act.endswith("_connection")]
        assert [r.act for r in told] == ["add_connection", "disable_connection", "add_connection"]
        assert told[0].payload == {"code": "RK", "name": "人口库", "url": GOOD["url"], "timeout": 10, "again": False}
        assert open_codes(tx, of.id) == {"RK": "人口库"}
        assert SECRET not in everything(tx)
        assert SECRET not in json.dumps([r.payload for r in told])


def test_an_address_that_was_changed_behind_our_back_gets_no_signature_and_is_found(hall: Hall) -> None:
    enter(hall)
    with hall.database.writing() as tx:
        of = office_by_code(tx, "lz")
        assert altered(tx, of) == []
        tx.execute(tables.connections.update().values(url="https://evil.example/"))
        with pytest.raises(SecretNotOpened) as closed:
            connection(tx, of.id, "RK", SEAL)
        assert str(closed.value) == "对接“RK”的密钥在这台机器上打不开。"
        assert [flaw.what for flaw in verify_offices(tx)] == ["对接 RK 与机构的记录不符"]
        tx.execute(tables.connections.delete())
        assert altered(tx, of) == ["对接 RK 与机构的记录不符"]


def test_only_an_administrator_enters_one(hall: Hall) -> None:
    with pytest.raises(ActNotAllowed):
        enter(hall, "wu")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("code", "9RK"),
        ("code", "../x"),
        ("name", " "),
        ("url", "ftp://10.1.2.3/"),
        ("url", "https://169.254.169.254/latest"),
        ("url", "https://u:p@10.1.2.3/"),
        ("timeout", 0),
        ("timeout", 61),
        ("secret", "short"),
    ],
)
def test_what_is_wrong_is_named_and_a_secret_never(shared_hall: Hall, place: str, value: object) -> None:
    with pytest.raises(ConnectionNotUnderstood) as refused:
        enter(shared_hall, "feng", **{place: value})
    assert [fault.place for fault in refused.value.faults] == [place]
    assert SECRET not in str([vars(fault) for fault in refused.value.faults])


def test_what_is_closed_opens_with_its_key_for_its_own_thing_alone() -> None:
    closed = SEAL.close("秘密" * 40, "RK 1")
    assert SEAL.open(closed, "RK 1") == "秘密" * 40
    assert closed != SEAL.close("秘密" * 40, "RK 1"), "no two are alike"
    for seal, text, about in (
        (Seal(b"another key"), closed, "RK 1"),
        (SEAL, closed, "RK 2"),
        (SEAL, closed[:-8] + "AAAAAAA=", "RK 1"),
        (SEAL, "", "RK 1"),
        (SEAL, "不是", "RK 1"),
    ):
        with pytest.raises(SecretNotOpened):
            seal.open(text, about)
    assert "key of this hall" not in repr(SEAL)


def test_a_moment_is_kept(hall: Hall) -> None:
    enter(hall, "feng")
    with hall.database.reading() as tx:
        (row,) = connections(tx, office_by_code(tx, "lz"))
    assert row.changed_at == datetime.fromisoformat("2026-03-02T09:30:00+08:00")
