"""Transactions and errors mean the same on both databases."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from engine.store import (
    ConstraintBroken,
    Database,
    DatabaseBusy,
    DatabaseGone,
    demand_newest,
    migrate,
    newest,
    tables,
)
from engine.store.migrate import DatabaseEmpty, found
from tests.pressing import all_press
from tests.store.rows import NOON, bare_case, bare_office


def test_an_act_is_kept_whole_or_not_at_all(database: Database) -> None:
    with database.writing() as tx:
        bare_office(tx, "kept")
    with pytest.raises(ZeroDivisionError), database.writing() as tx:
        bare_office(tx, "lost")
        _ = 1 / 0
    with database.reading() as tx:
        assert [r.code for r in tx.rows(sa.select(tables.offices.c.code))] == ["kept"]


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises((DatabaseGone, sa.exc.DBAPIError)), database.reading() as tx:
        bare_office(tx)
    with database.reading() as tx:
        assert tx.rows(sa.select(tables.offices)) == []


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.reading() as before:
        assert before.rows(sa.select(tables.offices)) == []
        with database.writing() as tx:
            bare_office(tx)
        assert before.rows(sa.select(tables.offices)) == []
    with database.reading() as after:
        assert len(after.rows(sa.select(tables.offices))) == 1


def test_each_question_of_a_look_sees_its_own_moment(database: Database) -> None:
    with database.looking() as look:
        assert look.rows(sa.select(tables.offices)) == []
        with database.writing() as tx:
            bare_office(tx)
        assert len(look.rows(sa.select(tables.offices))) == 1


def test_a_look_cannot_write_and_leaves_no_act_without_its_transaction(database: Database) -> None:
    o = tables.offices
    for write in (
        bare_office,
        lambda tx: tx.change(o, {"code": "no"}, name="no"),
        lambda tx: tx.set(o, 1, name="no"),
        lambda tx: tx.execute(o.delete()),
    ):
        with pytest.raises(AssertionError, match="written while looking"), database.looking() as look:
            write(look)
            look.write_out()
    with pytest.raises(ZeroDivisionError), database.writing() as tx:
        bare_office(tx, "lost")
        _ = 1 / 0
    with database.looking() as look:
        assert look.rows(sa.select(o)) == []


@pytest.mark.parametrize(
    "moment", [NOON, NOON.astimezone(timezone(timedelta(hours=8))), datetime(1999, 12, 31, tzinfo=UTC)]
)
def test_moments_come_back_exact_and_in_utc(database: Database, moment: datetime) -> None:
    with database.writing() as tx:
        tx.insert_once(tables.requests, key="k", fingerprint="f", answer={"é": [1, None]}, at=moment)
    with database.reading() as tx:
        row = tx.rows(sa.select(tables.requests))[0]
    assert row.at == moment
    assert row.at.utcoffset() == timedelta(0)
    assert row.answer == {"é": [1, None]}


def test_a_naive_moment_is_a_bug(database: Database) -> None:
    with pytest.raises(TypeError, match="a moment needs its zone"), database.writing() as tx:
        tx.insert_once(tables.requests, key="k", fingerprint="f", answer={}, at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_moments_sort_and_compare_in_the_database(database: Database) -> None:
    with database.writing() as tx:
        for i in (3, 1, 2):
            tx.insert_once(tables.requests, key=str(i), fingerprint="", answer={}, at=NOON + timedelta(microseconds=i))
    with database.reading() as tx:
        r = tables.requests
        rows = tx.rows(sa.select(r.c.key).where(r.c.at > NOON + timedelta(microseconds=1)).order_by(r.c.at))
    assert [r.key for r in rows] == ["2", "3"]


IMPOSSIBLE = [
    ("ck_offices_level", lambda tx: bare_office(tx, level="moon")),
    ("uq_offices_code", lambda tx: (bare_office(tx), bare_office(tx, number_prefix="x"))),
]


@pytest.mark.parametrize(("name", "act"), IMPOSSIBLE)
def test_a_broken_constraint_has_the_same_name_everywhere(database: Database, name: str, act: Any) -> None:
    with pytest.raises(ConstraintBroken) as broken, database.writing() as tx:
        act(tx)
    assert broken.value.name == name


def test_a_broken_partial_index_has_its_name(database: Database) -> None:
    with pytest.raises(ConstraintBroken) as broken, database.writing() as tx:
        case_id = bare_case(tx)
        for _ in range(2):
            tx.insert(tables.possessions, case_id=case_id, holder="applicant", from_at=NOON)
    assert broken.value.name == "uq_possessions_open"


CASE_FAULTS = [
    ("ck_cases_accepted_has_moment", {"phase": "accepted"}),
    ("ck_cases_channel", {"channel": "pigeon"}),
    (
        "ck_cases_decided_after_acceptance",
        {"accepted_at": NOON, "decided_at": NOON - timedelta(1), "result": "granted"},
    ),
    ("ck_cases_decided_has_moment", {"phase": "decided", "accepted_at": NOON}),
    ("ck_cases_received_after_filing", {"received_at": NOON - timedelta(1)}),
    ("ck_cases_end_has_moment", {"phase": "withdrawn", "result": "withdrawn"}),
    ("ck_cases_result", {"result": "granted"}),
    ("ck_cases_phase", {"phase": "lost", "accepted_at": NOON}),
    (
        "ck_cases_served_has_moment",
        {"phase": "served", "accepted_at": NOON, "decided_at": NOON, "result": "granted"},
    ),
]


@pytest.mark.parametrize(("name", "change"), CASE_FAULTS)
def test_impossible_cases_are_refused(database: Database, name: str, change: dict[str, Any]) -> None:
    with pytest.raises(ConstraintBroken) as broken, database.writing() as tx:
        case_id = bare_case(tx)
        tx.execute(tables.cases.update().where(tables.cases.c.id == case_id).values(**change))
    assert broken.value.name == name


def test_two_cases_in_one_transaction_are_a_bug(database: Database) -> None:
    with database.writing() as tx:
        first, second = bare_case(tx, no="a"), bare_case(tx, no="b")
    with pytest.raises(AssertionError, match="one case a transaction"), database.writing() as tx:
        tx.lock_case(first)
        tx.lock_case(second)


def test_a_locked_database_answers_and_does_not_hang(database_url: str) -> None:
    """Somebody else writes and does not finish: the act answers database-busy, and nothing of it is kept."""
    holder, patient = Database.open(database_url), Database.open(database_url, lock_seconds=0.2)
    with holder.writing() as tx:
        case_id = bare_case(tx)
    with holder.writing() as tx:
        tx.lock_case(case_id)
        with pytest.raises(DatabaseBusy) as busy, patient.writing() as blocked:
            blocked.lock_case(case_id)
    assert "0.2" in str(busy.value)
    with patient.writing() as tx:
        assert tx.lock_case(case_id) is not None
    holder.close()
    patient.close()


def test_threads_wait_for_their_turn(database: Database) -> None:
    """Forty threads add one to the same row: nothing is lost."""
    with database.writing() as tx:
        case_id = bare_case(tx)

    def add() -> None:
        with database.writing() as tx:
            row = tx.lock_case(case_id)
            assert row is not None
            tx.change(tables.processes, {"case_id": case_id}, revision=row.revision + 1)

    all_press(threading.Thread(target=add) for _ in range(40))
    with database.reading() as tx:
        assert tx.value(sa.select(tables.processes.c.revision)) == 40


def test_a_case_that_is_kept_still_is_seen_as_the_last_act_left_it(database: Database) -> None:
    """Acts change the case and where it stands; whoever keeps it still has waited for the one at work, and sees both of one act."""
    c, p = tables.cases, tables.processes
    with database.writing() as tx:
        case_id = bare_case(tx)
        tx.set(c, case_id, project_code="0")
    seen: list[tuple[str, str]] = []

    def act() -> None:
        with database.writing() as tx:
            row = tx.lock_case(case_id)
            assert row is not None
            tx.set(c, case_id, project_code=str(row.revision + 1))
            tx.change(p, {"case_id": case_id}, revision=row.revision + 1)

    def look() -> None:
        with database.writing() as tx:
            still = tx.keep_still(case_id)
            assert still is not None
            seen.append((still.project_code, str(tx.value(sa.select(p.c.revision).where(p.c.case_id == case_id)))))

    all_press(threading.Thread(target=one) for _ in range(20) for one in (act, look))
    assert len(seen) == 20
    assert [one for one in seen if one[0] != one[1]] == []
    with database.writing() as tx:
        assert tx.keep_still(case_id + 1) is None


def test_a_missing_database_is_named() -> None:
    gone = Database.open("postgresql+psycopg://nobody@/nothing?host=/nonexistent")
    with pytest.raises(DatabaseGone), gone.reading() as tx:
        tx.rows(sa.select(tables.offices))
    gone.close()


def test_the_scripts_make_exactly_our_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        # the index of names and Procrastinate's tables are none of ours; tests/store/test_names and test_carriers hold them
        ours = {
            "compare_type": False,
            "include_name": lambda name, kind, _: (
                not str(name).startswith("procrastinate_") and (kind != "table" or "case_names" not in name)
            ),
        }
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, tables.metadata) == []


def test_every_check_on_our_page_is_in_the_database(database: Database) -> None:
    if database.dialect == "sqlite":
        told = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
    else:
        told = "SELECT CAST(conname AS text) FROM pg_constraint WHERE contype = 'c'"
    with database.reading() as tx:
        there = set(re.findall(r"\w+", " ".join(row[0] for row in tx.rows(sa.text(told)))))
    ours = {
        str(one.name)
        for table in tables.metadata.tables.values()
        for one in table.constraints
        if isinstance(one, sa.CheckConstraint)
    }
    assert len(ours) > 40
    assert ours - there == set()


def test_migrating_twice_does_nothing(database: Database) -> None:
    assert found(database) == newest()
    migrate(database)
    demand_newest(database)


def test_an_empty_database_is_told_apart(tmp_path: Any) -> None:
    empty = Database.open(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(DatabaseEmpty, match="空"):
        demand_newest(empty)
    empty.close()
