"""The contract of the job port. Every adapter passes this suite: the table on SQLite and on PostgreSQL, and Procrastinate."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from engine.store import Carriers, Crew, Database, DatabaseBusy, DatabaseOutdated, Tx, jobs, tables
from tests.conftest import copy_of
from tests.pressing import all_press
from tests.store.rows import NOON, bare_case, of_another_release

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgresql", "procrastinate"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from copy_of("template", request, tmp_path)


@pytest.fixture
def database(database_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    opened = Database.open(database_url, lock_seconds=5)
    kind = request.node.callspec.params["database_url"]
    jobs.carry_by(opened, jobs.PROCRASTINATE if kind == "procrastinate" else jobs.TABLE)
    yield opened
    opened.close()


def drain(database: Database, handlers: jobs.Duties, now: Callable[[], datetime], hands: int = 1) -> int:
    """Until nothing is due: as one process looks at the table, or as its workers are brought what a beat hands over. Returns how many
    were run."""
    if not jobs.carried(database):
        return jobs.drain(database, handlers, now, only=list(handlers))
    before = tried(database)
    jobs.carry(database, now())
    Carriers(database, [Crew(handlers, hands)], now).drain()
    return tried(database) - before


def tried(database: Database) -> int:
    with database.reading() as tx:
        return int(tx.value(sa.select(sa.func.coalesce(sa.func.sum(tables.jobs.c.attempts), 0))))


class Diary:
    """Handlers that write down what they were given; `breaks` makes the next runs of a kind fail."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.breaks: dict[str, int] = {}
        self.now = NOON

    def __call__(self, tx: Tx, job: jobs.Job, now: datetime) -> None:
        if self.breaks.get(job.kind, 0) > 0:
            self.breaks[job.kind] -= 1
            raise RuntimeError("打印机没纸")
        self.done.append(job.kind)

    def drain(self, database: Database) -> int:
        return drain(database, self.duties(database), lambda: self.now)

    def duties(self, database: Database) -> Mapping[str, jobs.Handler]:
        """Itself for every kind that there is."""
        with database.reading() as tx:
            return {row.kind: self for row in tx.rows(sa.select(tables.jobs.c.kind).distinct())}


@pytest.fixture
def diary() -> Diary:
    return Diary()


def test_a_job_exists_exactly_when_its_act_does(database: Database, diary: Diary) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as tx:
        jobs.enqueue(tx, "lost", run_at=NOON)
        _ = 1 / 0
    with database.writing() as tx:
        jobs.enqueue(tx, "kept", run_at=NOON)
    assert diary.drain(database) == 1
    assert diary.done == ["kept"]
    assert diary.drain(database) == 0


def test_not_before_its_time(database: Database, diary: Diary) -> None:
    with database.writing() as tx:
        jobs.enqueue(tx, "later", run_at=NOON + MINUTE)
    assert diary.drain(database) == 0
    diary.now = NOON + MINUTE
    assert diary.drain(database) == 1


def test_of_one_case_in_order_and_one_at_a_time(database: Database, diary: Diary) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        for kind, minutes in (("third", 3), ("first", 1), ("second", 1)):
            jobs.enqueue(tx, kind, run_at=NOON + minutes * MINUTE, case_id=case_id)
    diary.now = NOON + 5 * MINUTE
    running = jobs.take(database, diary.now)
    assert running is not None
    assert running.kind == "first"
    assert jobs.take(database, diary.now) is None, "the second waits until the first is done"
    jobs.run(database, running, diary.duties(database), lambda: diary.now)
    diary.drain(database)
    assert diary.done == ["first", "second", "third"]


def test_a_future_job_holds_nobody_back(database: Database, diary: Diary) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        jobs.enqueue(tx, "deem", run_at=NOON + timedelta(5), case_id=case_id)
        jobs.enqueue(tx, "now", run_at=NOON, case_id=case_id)
    diary.drain(database)
    assert diary.done == ["now"]


def test_what_fails_because_the_tables_are_of_another_release_waits_for_a_worker_of_it(
    database: Database, diary: Diary
) -> None:
    """Nobody has stopped this worker for the upgrade: else it would use up the tries of every job that is due."""
    with database.writing() as tx:
        jobs.enqueue(tx, "fails", run_at=NOON)
    diary.breaks["fails"] = 1
    with of_another_release(database):
        with pytest.raises(DatabaseOutdated):
            jobs.drain(database, diary.duties(database), lambda: NOON)
        with database.reading() as tx:
            job = tx.execute(sa.select(tables.jobs)).one()
    assert (job.state, job.last_error) == ("running", None)
    diary.now = NOON + jobs.LEASE
    assert diary.drain(database) == 1
    assert diary.done == ["fails"]


def test_a_failure_is_tried_again_with_growing_pauses_and_holds_its_case_back(database: Database, diary: Diary) -> None:
    with database.writing() as tx:
        case_id, other = bare_case(tx, "a"), bare_case(tx, "b")
        jobs.enqueue(tx, "fails", run_at=NOON, case_id=case_id)
        jobs.enqueue(tx, "behind", run_at=NOON, case_id=case_id)
        jobs.enqueue(tx, "elsewhere", run_at=NOON, case_id=other)
    diary.breaks["fails"] = 2
    diary.drain(database)
    assert diary.done == ["elsewhere"]
    pauses = []
    while diary.done == ["elsewhere"]:
        with database.reading() as tx:
            row = tx.rows(sa.select(tables.jobs).where(tables.jobs.c.kind == "fails"))[0]
        assert row.last_error == "RuntimeError: 打印机没纸"
        pauses.append(row.try_at - diary.now)
        diary.now = row.try_at
        diary.drain(database)
    assert pauses == [timedelta(seconds=2), timedelta(seconds=4)]
    assert diary.done == ["elsewhere", "fails", "behind"]


def test_a_hopeless_job_is_laid_aside_and_lets_the_others_pass(database: Database, diary: Diary) -> None:
    with database.writing() as tx:
        case_id = bare_case(tx)
        jobs.enqueue(tx, "hopeless", run_at=NOON, case_id=case_id)
        jobs.enqueue(tx, "behind", run_at=NOON, case_id=case_id)
    diary.breaks["hopeless"] = 99
    with capture_logs() as logged:
        for _ in range(jobs.ATTEMPTS):
            diary.drain(database)
            diary.now += timedelta(hours=2)
    assert [line["event"] for line in logged] == ["job-failed"] * (jobs.ATTEMPTS - 1) + ["job-laid-aside"]
    assert not any("打印机没纸" in str(line) for line in logged), "what it said stays in the row"
    assert diary.done == ["behind"]
    with database.reading() as tx:
        assert jobs.backlog(tx, diary.now) == jobs.Backlog(waiting=0, due=0, dead=1, oldest_due=None)


def test_a_dedupe_key_lets_one_in_for_ever(database: Database, diary: Diary) -> None:
    for expected in (True, False):
        with database.writing() as tx:
            assert jobs.enqueue(tx, "once", run_at=NOON, dedupe="deem:1:0") is expected
        diary.drain(database)
    assert diary.done == ["once"]


def test_a_dead_worker_s_job_is_run_again(database: Database, diary: Diary) -> None:
    with database.writing() as tx:
        jobs.enqueue(tx, "orphan", run_at=NOON)
    assert jobs.take(database, NOON) is not None  # and the worker dies
    assert diary.drain(database) == 0
    diary.now = NOON + jobs.LEASE
    assert diary.drain(database) == 1


def test_a_worker_that_lost_its_lease_leaves_no_mark(database: Database) -> None:
    def slow(tx: Tx, job: jobs.Job, now: datetime) -> None:
        bare_case(tx, "from-the-slow-one")

    with database.writing() as tx:
        jobs.enqueue(tx, "slow", run_at=NOON)
    mine = jobs.take(database, NOON)
    assert mine is not None
    assert jobs.take(database, NOON + jobs.LEASE) is not None  # somebody else has it now
    jobs.run(database, mine, {"slow": slow}, lambda: NOON)
    with database.reading() as tx:
        assert tx.rows(sa.select(tables.cases)) == []
        assert tx.value(sa.select(tables.jobs.c.state)) == "running"


def test_eight_workers_run_two_hundred_jobs_once_each_and_in_order(database: Database) -> None:
    ran: list[tuple[int | None, int]] = []
    lock = threading.Lock()

    def note(tx: Tx, job: jobs.Job, now: datetime) -> None:
        with lock:
            ran.append((job.case_id, int(job.payload["i"])))

    with database.writing() as tx:
        cases = [bare_case(tx, str(i)) for i in range(4)]
        for i in range(200):
            jobs.enqueue(tx, "note", run_at=NOON, case_id=cases[i % 4], payload={"i": i})

    all_press(threading.Thread(target=drain, args=(database, {"note": note}, lambda: NOON)) for _ in range(8))
    drain(database, {"note": note}, lambda: NOON)
    assert sorted(i for _, i in ran) == list(range(200))
    for case_id in cases:
        mine = [i for of, i in ran if of == case_id]
        assert mine == sorted(mine)


def test_the_backlog_is_counted(database: Database) -> None:
    with database.writing() as tx:
        jobs.enqueue(tx, "due", run_at=NOON - MINUTE)
        jobs.enqueue(tx, "later", run_at=NOON + MINUTE)
    with database.reading() as tx:
        assert jobs.backlog(tx, NOON) == jobs.Backlog(waiting=2, due=1, dead=0, oldest_due=NOON - MINUTE)


# ---------------------------------------------------------------- errands
class Errands:
    """An errand that writes down its ways; `fails` are thrown by `back`, one after another."""

    def __init__(self, *again: bool, fails: tuple[Exception, ...] = ()) -> None:
        self.again, self.fails = list(again), list(fails)
        self.went: list[datetime] = []
        self.lost: list[str] = []
        self.now = NOON

    def drain(self, database: Database) -> int:
        def go(needed: int, now: datetime) -> int:
            with database.writing() as tx:  # it holds no transaction: whoever wants to write may
                bare_case(tx, f"meanwhile-{len(self.went)}")
            self.went.append(now)
            return needed + 1

        def back(tx: Tx, job: jobs.Job, brought: int, now: datetime) -> bool:
            assert brought == job.payload["n"] + 1
            bare_case(tx, f"back-{len(self.went)}")
            if self.fails:
                raise self.fails.pop(0)
            return self.again.pop(0)

        def lost(tx: Tx, job: jobs.Job, failure: Exception, now: datetime) -> bool:
            self.lost.append(type(failure).__name__)
            return True

        duties = {"ask": jobs.Errand(lambda tx, job, now: job.payload["n"], go, back, lost)}
        return drain(database, duties, lambda: self.now)

    def rows(self, database: Database) -> list[tuple[str, int, datetime]]:
        j = tables.jobs
        with database.reading() as tx:
            return [tuple(r) for r in tx.rows(sa.select(j.c.state, j.c.attempts, j.c.try_at).order_by(j.c.id))]


def asked(database: Database) -> None:
    with database.writing() as tx:
        jobs.enqueue(tx, "ask", run_at=NOON, payload={"n": 6})
        jobs.enqueue(tx, "other", run_at=NOON)


def test_an_errand_is_away_without_a_transaction_and_says_whether_it_goes_again(database: Database) -> None:
    asked(database)
    errands = Errands(True, False)
    assert errands.drain(database) == 1
    assert errands.rows(database)[0] == ("waiting", 1, NOON + timedelta(seconds=2))
    assert errands.drain(database) == 0, "not before its pause is over"
    errands.now += timedelta(seconds=2)
    assert errands.drain(database) == 1
    assert [row[0] for row in errands.rows(database)] == ["done", "waiting"], "the other kind was left alone"
    assert (errands.lost, len(errands.went)) == ([], 2)


def test_what_is_thrown_on_the_way_back_is_taken_back_and_the_errand_decides(database: Database) -> None:
    asked(database)
    errands = Errands(fails=(ZeroDivisionError(),))
    errands.drain(database)
    assert errands.lost == ["ZeroDivisionError"]
    assert errands.rows(database)[0][0] == "waiting"
    with database.reading() as tx:
        names = {r.case_no for r in tx.rows(sa.select(tables.cases.c.case_no))}
    assert not any("back" in name for name in names), "nothing of it stays"


def test_a_database_that_is_away_uses_up_no_errand(database: Database) -> None:
    asked(database)
    errands = Errands(False, fails=tuple(DatabaseBusy(seconds="5") for _ in range(jobs.ATTEMPTS + 2)))
    for _ in range(jobs.ATTEMPTS + 2):
        errands.drain(database)
        errands.now += timedelta(hours=2)
    assert errands.lost == []
    assert errands.rows(database)[0][0] == "waiting"
    errands.drain(database)
    assert errands.rows(database)[0][0] == "done"


# ---------------------------------------------------------------- one at a time, and what was laid aside
def test_an_earlier_one_that_comes_late_waits_for_the_one_at_work(database: Database, diary: Diary) -> None:
    """An act that had to wait for the case leaves a job of the moment at which it was asked for."""
    with database.writing() as tx:
        case_id = bare_case(tx)
        jobs.enqueue(tx, "later", run_at=NOON, case_id=case_id)
    at_work = jobs.take(database, NOON)
    assert at_work is not None
    with database.writing() as tx:
        jobs.enqueue(tx, "earlier", run_at=NOON - MINUTE, case_id=case_id)
    diary.drain(database)
    assert diary.done == []
    diary.now = NOON + jobs.LEASE  # who had it is dead
    diary.drain(database)
    assert diary.done == ["earlier", "later"]


def test_what_was_laid_aside_is_told_and_taken_up_again(database: Database, diary: Diary) -> None:
    with database.writing() as tx:
        jobs.enqueue(tx, "hopeless", run_at=NOON, case_id=bare_case(tx))
    diary.breaks["hopeless"] = jobs.ATTEMPTS
    for _ in range(jobs.ATTEMPTS):
        diary.drain(database)
        diary.now += timedelta(hours=2)
    with database.reading() as tx:
        (told,) = jobs.dead(tx)
    assert (told.kind, told.case_no, told.attempts, told.last_error) == (
        "hopeless",
        "T-1",
        8,
        "RuntimeError: 打印机没纸",
    )
    with database.writing() as tx:
        jobs.resume(tx, told.id, diary.now)
        with pytest.raises(jobs.JobNotDead):
            jobs.resume(tx, told.id, diary.now)
    diary.drain(database)
    assert diary.done == ["hopeless"]
    with database.reading() as tx:
        assert jobs.dead(tx) == []


def test_whoever_is_to_end_finishes_the_job_in_hand_and_takes_no_other(database: Database, diary: Diary) -> None:
    with database.writing() as tx:
        for kind in ("first", "second"):
            jobs.enqueue(tx, kind, run_at=NOON)
    jobs.drain(database, diary.duties(database), lambda: NOON, go_on=lambda: not diary.done)
    assert diary.done == ["first"]
