"""What is Procrastinate's alone: what it is handed, by whom, and what becomes of the turn of a dead worker."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.store import Carriers, Crew, Database, Tx, jobs, tables
from engine.store.carriers import address, schema
from tests.conftest import copy_of
from tests.store.rows import NOON, bare_case

OF_RELEASE_3_10_0 = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"


@pytest.fixture(params=["postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from copy_of("template", request, tmp_path)


@pytest.fixture
def carried(database: Database) -> Database:
    jobs.carry_by(database, jobs.PROCRASTINATE)
    return database


def turns(database: Database) -> list[tuple[str, str | None, str]]:
    """What Procrastinate has: kind, lock, state."""
    with database.reading() as tx:
        asked = "SELECT queue_name, lock, status::text FROM procrastinate_jobs ORDER BY id"
        return [tuple(row) for row in tx.rows(sa.text(asked))]


def test_a_turn_exists_exactly_when_its_act_does(carried: Database) -> None:
    with pytest.raises(ZeroDivisionError), carried.writing() as tx:
        jobs.enqueue(tx, "lost", run_at=NOON)
        _ = 1 / 0
    with carried.writing() as tx:
        case_id = bare_case(tx)
        jobs.enqueue(tx, "kept", run_at=NOON, case_id=case_id, dedupe="once")
        assert not jobs.enqueue(tx, "kept", run_at=NOON, case_id=case_id, dedupe="once")
        jobs.enqueue(tx, "of_nobody", run_at=NOON)
    assert turns(carried) == [("kept", f"case:{case_id}", "todo"), ("of_nobody", None, "todo")]


def test_what_is_to_wait_is_handed_over_when_its_moment_has_come_by_our_clock(carried: Database) -> None:
    """A turn that waits would hold its whole case back, and Procrastinate knows only the time of the database."""
    far = NOON + timedelta(36500)
    with carried.writing() as tx:
        case_id = bare_case(tx)
        jobs.enqueue(tx, "later", run_at=far, case_id=case_id)
    assert jobs.carry(carried, NOON) == 0
    assert turns(carried) == []
    assert jobs.carry(carried, far) == 1
    assert jobs.carry(carried, far) == 0, "one turn for a line is enough"
    assert turns(carried) == [("later", f"case:{case_id}", "todo")]


def test_what_nobody_handed_over_is_found_by_a_beat(database: Database) -> None:
    """Left by a process that knows nothing of Procrastinate, or its message was lost."""
    with database.writing() as tx:
        jobs.enqueue(tx, "left", run_at=NOON)
    assert turns(database) == []
    jobs.carry_by(database, jobs.PROCRASTINATE)
    assert jobs.carry(database, NOON) == 1


def test_workers_are_awake_at_once_and_end_with_the_job_in_hand(carried: Database) -> None:
    began, ends, done = threading.Event(), threading.Event(), list[str]()

    def note(tx: Tx, job: jobs.Job, now: Any) -> None:
        began.set()
        assert ends.wait(60)
        done.append(job.kind)

    workers = Carriers(carried, [Crew({"note": note}, 1)], lambda: NOON)
    workers.start()
    with carried.writing() as tx:
        jobs.enqueue(tx, "note", run_at=NOON)
        jobs.enqueue(tx, "note", run_at=NOON)
    assert began.wait(60)
    ending = threading.Thread(target=workers.stop)
    ending.start()
    assert workers._ending.wait(60)
    ends.set()
    ending.join(60)
    assert done == ["note"]
    with carried.reading() as tx:
        assert jobs.backlog(tx, NOON).waiting == 1, "the other one is whole"


def test_the_turn_of_a_dead_worker_is_brought_to_another_one(carried: Database) -> None:
    done: list[int | None] = []
    with carried.writing() as tx:
        case_id = bare_case(tx)
        jobs.enqueue(tx, "note", run_at=NOON, case_id=case_id)
    with ThreadPoolExecutor(1) as own:  # a browser of another test may have left a loop in this one
        own.submit(asyncio.run, _take_and_die(carried)).result()
    assert turns(carried) == [("note", f"case:{case_id}", "doing")]
    ran = threading.Event()

    def note(tx: Tx, job: jobs.Job, now: Any) -> None:
        done.append(job.case_id)
        ran.set()

    workers = Carriers(carried, [Crew({"note": note}, 1)], lambda: NOON, sign=0.2)
    workers.start()
    assert ran.wait(60)
    workers.stop()
    assert done == [case_id]


async def _take_and_die(database: Database) -> None:
    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=address(database.engine.url)))
    async with app.open_async():
        worker = await app.job_manager.register_worker()
        assert await app.job_manager.fetch_job(queues=["note"], worker_id=worker)


def test_its_tables_are_those_of_the_release_that_our_scripts_have_seen() -> None:
    """Another release may want other tables: then it needs a script of ours that brings its changes to databases that are in use."""
    assert hashlib.sha256(schema().encode()).hexdigest() == OF_RELEASE_3_10_0


def test_a_beat_hands_over_as_much_as_it_may_and_the_next_the_rest(carried: Database) -> None:
    far = NOON + timedelta(36500)
    with carried.writing() as tx:
        for n in range(5):
            jobs.enqueue(tx, "later", run_at=far + timedelta(seconds=-n), case_id=bare_case(tx, str(n)))
    assert [jobs.carry(carried, far, most=2) for _ in range(4)] == [2, 2, 1, 0]
    with carried.reading() as tx:
        locks = tx.rows(sa.text("SELECT lock FROM procrastinate_jobs ORDER BY id"))
        last = tx.value(sa.select(sa.func.max(tables.jobs.c.case_id)))
    assert locks[0][0] == f"case:{last}", "the longest due first"
