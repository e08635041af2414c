"""Many small acts of one worker: each kept whole or not at all, and nothing to the others, on both databases."""

from __future__ import annotations

import threading
from functools import partial

import sqlalchemy as sa

from engine.store import Act, Database, Tx, journal, several, tables
from tests.pressing import all_press
from tests.store.rows import NOON, bare_case

CASES = 12


def laid_out(database: Database) -> list[int]:
    with database.writing() as tx:
        return [bare_case(tx, f"T-{n}") for n in range(CASES)]


def told(tx: Tx, case_id: int, seen: int = 0) -> None:
    """One act: the case as it was seen, and a row behind its chain."""
    entry = journal.Entry("flag", "system", NOON, {"seen": seen})
    link = journal.link(journal.Stream("case", case_id), "T", entry, "", journal.Head(0, ""))
    tx.change_one(tables.processes, {"case_id": case_id, "revision": seen}, revision=seen + 1, **link.head._asdict())
    journal.write(tx, link)


def refused(tx: Tx, case_id: int) -> None:
    told(tx, case_id)
    tx.change_one(tables.cases, {"id": case_id}, phase="nowhere")


def kept_in(database: Database) -> list[int]:
    """The cases that have a row, each with a chain that holds."""
    with database.reading() as tx:
        rows = tx.rows(sa.select(tables.journal.c.stream).order_by(tables.journal.c.stream))
        found = sorted(int(row.stream.removeprefix("case:")) for row in rows)
        assert [b for one in found for b in journal.verify(tx, journal.Stream("case", one))] == []
    return found


def test_one_that_was_overtaken_or_refused_is_nothing_to_the_others(database: Database) -> None:
    ids = laid_out(database)
    acts: list[Act] = [partial(told, case_id=one) for one in ids]
    acts[3], acts[7] = partial(told, case_id=ids[3], seen=1), partial(refused, case_id=ids[7])
    assert several(database, acts) == [n not in (3, 7) for n in range(CASES)]
    assert kept_in(database) == [one for n, one in enumerate(ids) if n not in (3, 7)]


def test_nothing_to_do_is_nothing(database: Database) -> None:
    assert several(database, []) == []


def test_of_two_workers_each_act_is_kept_for_one(database: Database) -> None:
    ids = laid_out(database)
    won: list[list[bool]] = []
    both = threading.Barrier(2)

    def work() -> None:
        both.wait()
        won.append(several(database, [partial(told, case_id=one) for one in ids]))

    all_press(threading.Thread(target=work) for _ in range(2))
    assert [sum(pair) for pair in zip(*won, strict=True)] == [1] * CASES
    assert kept_in(database) == ids


def test_what_somebody_holds_is_left_and_the_others_are_done(database_url: str) -> None:
    """On SQLite he holds all, and the worker is told so."""
    database, hasty = Database.open(database_url), Database.open(database_url, lock_seconds=0.1)
    ids = laid_out(database)
    if database.dialect == "postgresql":
        with database.writing() as tx:
            tx.lock_case(ids[5])
            kept = several(hasty, [partial(told, case_id=one) for one in ids])
        assert kept == [n != 5 for n in range(CASES)]
    assert all(several(hasty, [partial(told, case_id=one) for one in ids[5:6]]))
    database.close()
    hasty.close()


def test_an_act_is_one_statement_on_postgresql_and_shares_a_commit_on_sqlite(database: Database) -> None:
    ids = laid_out(database)
    sent: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    assert all(several(database, [partial(told, case_id=one) for one in ids]))
    if database.dialect == "postgresql":
        assert len(sent) == CASES
        assert all(text.startswith("WITH part_0 AS (UPDATE processes") for text in sent)
    else:
        assert len([text for text in sent if not text.startswith(("BEGIN", "PRAGMA"))]) == 3 * CASES
