"""Writes that nobody waits for: read as if they had been sent at once, sent together where that spares a round trip."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from engine.store import ConstraintBroken, Database, Overtaken, Prepared, jobs, next_number, tables
from engine.store.database import Tx
from engine.store.possession import Hold, Holder, hand, ledger
from tests.store.rows import NOON, bare_case

P = tables.payloads


def _payload(n: int, body: str = "x") -> dict[str, Any]:
    return {"stream": "case:1", "n": n, "salt": "s", "body": body}


def _sent(database: Database) -> list[str]:
    texts: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: texts.append(given[2]))
    return texts


def _bodies(tx: Tx) -> list[str]:
    return [row.body for row in tx.rows(sa.select(P.c.body).order_by(P.c.n))]


def test_whoever_reads_sees_what_was_put(database: Database) -> None:
    with database.writing() as tx:
        tx.put(P, **_payload(1, "one"))
        tx.put(P, **_payload(2, "two"))
        assert _bodies(tx) == ["one", "two"]


def test_what_is_put_last_is_there_after_the_end(database: Database) -> None:
    with database.writing() as tx:
        tx.put(P, **_payload(1, "one"))
    with database.reading() as tx:
        assert _bodies(tx) == ["one"]


def test_what_raises_takes_it_along(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as tx:
        tx.put(P, **_payload(1))
        raise ZeroDivisionError
    with database.reading() as tx:
        assert _bodies(tx) == []


def test_a_refused_row_is_told_by_name_and_nothing_is_done(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
    with pytest.raises(ConstraintBroken, match=r"payloads"), database.writing() as tx:
        tx.put(P, **_payload(1))
        tx.put(P, **_payload(1, "again"))
        tx.change(tables.processes, {"case_id": case_id}, revision=7)
    with database.reading() as tx:
        assert _bodies(tx) == []
        assert tx.value(sa.select(tables.processes.c.revision).where(tables.processes.c.case_id == case_id)) != 7


def test_a_row_set_twice_is_as_it_was_set_last(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        tx.set(tables.processes, case_id, revision=3)
        tx.set(tables.processes, case_id, revision=4)
        assert tx.change(tables.processes, {"case_id": case_id, "revision": 4}, journal_n=1) == 1
        assert tx.change(tables.processes, {"case_id": case_id, "revision": 3}, journal_n=2) == 0


class _Late(Exception):
    """What this act raises when it was too late."""


def test_a_row_that_is_no_longer_as_it_was_seen_undoes_the_act_and_is_told_as_the_act_wants(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
    for n, writes in enumerate([0, 1, 2], 1):  # alone, and with others behind and before it
        with database.writing() as tx:
            tx.put_all(P, [_payload(10 * n + m) for m in range(writes)])
            tx.change_one(tables.processes, {"case_id": case_id, "revision": n - 1}, otherwise=_Late, revision=n)
            tx.put_all(P, [_payload(10 * n + 5 + m) for m in range(writes)])
        with pytest.raises(_Late), database.writing() as tx:
            tx.put_all(P, [_payload(100 * n + m) for m in range(writes)])
            tx.change_one(tables.processes, {"case_id": case_id, "revision": n - 1}, otherwise=_Late, revision=99)
            tx.put_all(P, [_payload(100 * n + 5 + m) for m in range(writes)])
    with pytest.raises(Overtaken), database.writing() as tx:
        tx.change_one(tables.processes, {"case_id": case_id, "revision": 0}, revision=99)
        _bodies(tx)
    with database.reading() as tx:
        assert tx.value(sa.select(tables.processes.c.revision).where(tables.processes.c.case_id == case_id)) == 3
        assert [row.n for row in tx.rows(sa.select(P.c.n).order_by(P.c.n))] == [20, 25, 30, 31, 35, 36]


def test_a_row_changed_twice_is_seen_as_it_was_changed_first(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        tx.change_one(tables.processes, {"case_id": case_id, "revision": 0}, revision=1)
        tx.change_one(tables.processes, {"case_id": case_id, "revision": 1}, revision=2)
        assert tx.change(tables.processes, {"case_id": case_id, "revision": 2}, revision=3) == 1
        tx.change_one(tables.processes, {"case_id": case_id, "revision": 3}, revision=4)
        tx.set(tables.processes, case_id, journal_n=7)
    with database.reading() as tx:
        p = tables.processes.c
        row = tx.row(sa.select(p.revision, p.journal_n).where(p.case_id == case_id))
        assert row == (4, 7)


def test_a_number_is_drawn_behind_a_row_that_must_be_as_it_was_seen(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        office = tx.value(sa.select(tables.cases.c.office_id).where(tables.cases.c.id == case_id))
    for seen, number in ((0, 1), (1, 2)):
        with database.writing() as tx:
            tx.change_one(tables.processes, {"case_id": case_id, "revision": seen}, otherwise=_Late, revision=seen + 1)
            assert next_number(tx, office, "x", 2026) == number
    with pytest.raises(_Late), database.writing() as tx:
        tx.change_one(tables.processes, {"case_id": case_id, "revision": 0}, otherwise=_Late, revision=9)
        next_number(tx, office, "x", 2026)
    with database.writing() as tx:
        assert next_number(tx, office, "x", 2026) == 3


def test_put_once_puts_once(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        tx.put_once(P, **_payload(1, "first"))
        tx.put_once(P, **_payload(1, "second"))
        tx.set(tables.processes, case_id, revision=5)
        tx.put_once(P, **_payload(1, "third"))
    with database.reading() as tx:
        assert _bodies(tx) == ["first"]
        assert tx.value(sa.select(tables.processes.c.revision).where(tables.processes.c.case_id == case_id)) == 5


def test_of_two_jobs_with_one_key_that_travel_together_the_first_is_left(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        for n, key in enumerate(["twice", "twice", "once", None, None]):
            jobs.leave(tx, "told", run_at=NOON, case_id=case_id, payload={"n": n}, dedupe=key)
        tx.change(tables.processes, {"case_id": case_id}, revision=6)
    with database.reading() as tx:
        assert [row.payload["n"] for row in tx.rows(sa.select(tables.jobs).order_by(tables.jobs.c.id))] == [0, 2, 3, 4]


def test_what_could_not_see_what_waits_does_not_send_it(database: Database) -> None:
    """And whatever reads its table, writes a row that refers to it, or reads the mark that triggers move, does."""
    payload = Prepared(sa.select(P.c.body).where(P.c.n == 1))
    case = Prepared(sa.select(tables.cases.c.id).where(tables.cases.c.id == sa.bindparam("id")))
    mark = Prepared(sa.select(tables.establishment.c.mark))
    with database.writing() as tx:
        case_id = bare_case(tx)
    sent = _sent(database)
    with database.writing() as tx:
        tx.set(tables.cases, case_id, project_code="5")
        assert tx.rows(payload) == []
        assert len(sent) == (1 if database.dialect == "postgresql" else 2)
        assert jobs.enqueue(tx, "told", run_at=NOON, case_id=case_id)
        assert len(sent) == 3
        tx.put(P, **_payload(1))
        assert tx.value(case, id=case_id) == case_id
        assert len(sent) == (4 if database.dialect == "postgresql" else 5)
        assert tx.value(mark)
        assert len(sent) == 6
    assert len(sent) == 6


def test_ids_are_drawn_before_their_rows(database: Database) -> None:
    people = tables.persons
    with database.writing() as tx:
        before = tx.insert(people, name="赵", identity="before")
        ids = [*tx.draw_ids(people, 2), *tx.draw_ids(people, 1)]
        for one in ids:
            tx.put(people, id=one, name="钱", identity=str(one))
        tx.set(people, ids[0], name="孙")
    with database.writing() as tx:
        after = tx.insert(people, name="李", identity="after")
        assert [before, *ids, after] == sorted({before, *ids, after})
        assert [row.name for row in tx.rows(sa.select(people.c.name).order_by(people.c.id))] == list("赵孙钱钱李")


def test_ids_that_two_draw_at_once_are_others(database: Database) -> None:
    """On SQLite one of them waits for the other to end."""
    drawn: list[int] = []

    def draw(n: int) -> None:
        with database.writing() as tx:
            for one in tx.draw_ids(tables.persons, 3):
                tx.put(tables.persons, id=one, name="赵", identity=f"{n}:{one}")
                drawn.append(one)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(draw, range(8)))
    assert len(set(drawn)) == 24


def test_a_row_that_follows_another_comes_after_it(database: Database) -> None:
    """One open possession a case is a unique key: the new one may come only when the old one is closed."""
    with database.writing() as tx:
        case_id = bare_case(tx)
        hand(tx, case_id, Hold(Holder.SYSTEM), NOON)
    for holder in (Holder.APPLICANT, Holder.THIRD_PARTY, Holder.SYSTEM):
        with database.writing() as tx:
            hand(tx, case_id, Hold(holder), NOON)
            tx.change(tables.processes, {"case_id": case_id}, journal_n=1)
    with database.reading() as tx:
        assert [one.hold.holder for one in ledger(tx, case_id)] == ["system", "applicant", "third_party", "system"]


def test_rows_of_one_table_come_in_their_order(database: Database) -> None:
    names = ["赵", "钱", "孙", "李"]
    with database.writing() as tx:
        case_id = bare_case(tx)
        for name in names:
            tx.put(tables.persons, name=name, identity=name)
        tx.change(tables.processes, {"case_id": case_id}, revision=9)
    with database.reading() as tx:
        assert [row.name for row in tx.rows(sa.select(tables.persons.c.name).order_by(tables.persons.c.id))] == names


def test_alike_rows_of_one_table_go_together(database: Database) -> None:
    """Behind a row of their table that is written before them, in their order, and each is known by its key."""
    people = tables.persons
    names = ["赵", "钱", "孙", "李"]
    with database.writing() as tx:
        case_id = bare_case(tx)
    sent = _sent(database)
    with database.writing() as tx:
        tx.put(people, name=names[0], identity="first")
        tx.put_all(people, [{"name": one, "identity": one} for one in names])
        tx.put_all(P, [_payload(n) for n in (1, 2, 3)], once=True)
        tx.put_all(P, [_payload(n, "again") for n in (3, 4)], once=True)  # the third is there already
        tx.put_all(P, [])
        tx.change(tables.processes, {"case_id": case_id}, revision=9)
    assert len(sent) == (2 if database.dialect == "postgresql" else 5)
    with database.writing() as tx:
        assert _bodies(tx) == ["x", "x", "x", "again"]
        rows = tx.rows(sa.select(people.c.name).order_by(people.c.id))
        assert [row.name for row in rows] == [names[0], *names]
        ids = tx.draw_ids(people, 3)
        tx.put_all(people, [{"id": one, "name": "周", "identity": str(one)} for one in ids])
        tx.set(people, ids[1], name="吴")
        tx.put_all(
            people, [{"name": "郑", "identity": "of other columns"}, {"id": ids[-1] + 9, "name": "王", "identity": "z"}]
        )
        named = tx.rows(sa.select(people.c.name).where(people.c.id.in_(ids)).order_by(people.c.id))
        assert [row.name for row in named] == list("周吴周")


def test_one_refused_row_of_many_refuses_all(database: Database) -> None:
    with pytest.raises(ConstraintBroken, match=r"payloads"), database.writing() as tx:
        tx.put_all(P, [_payload(1), _payload(2), _payload(1, "again")])
    with database.reading() as tx:
        assert _bodies(tx) == []


def test_postgresql_gets_them_as_one(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
    texts = _sent(database)
    with database.writing() as tx:
        tx.put(P, **_payload(1))
        tx.put(P, **_payload(2))
        assert tx.change(tables.processes, {"case_id": case_id}, revision=9) == 1
    written = [text for text in texts if text.startswith(("INSERT", "UPDATE", "WITH"))]
    assert len(written) == (1 if database.dialect == "postgresql" else 3)
    with database.reading() as tx:
        assert len(_bodies(tx)) == 2


def test_the_tables_written_into_are_known(database: Database) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        tx.written.clear()
        tx.put(P, **_payload(1))
        tx.set(tables.processes, case_id, revision=2)
        tx.execute(tables.pauses.update().values(basis="x"))
        tx.rows(sa.select(tables.offices))
        assert tx.written == {"payloads", "processes", "pauses"}
