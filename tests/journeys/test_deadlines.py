"""Many deadlines, three workers on one PostgreSQL, one of them killed: each lamp turns once, each notice comes once."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.operations import flaws
from engine.store import Database, jobs, tables
from engine.supervision import round_of_duties
from tests.conftest import copy_of
from tests.hall import Hall
from tests.journeys.processes import Worker, until

FEW, MANY = 34, 100
"""So many cases, each with a promised, a statutory and a step clock."""
LATER = "2026-06-01T02:00:00"
NOW = datetime.fromisoformat(LATER).replace(tzinfo=UTC)


@pytest.fixture(params=["postgresql"])
def hall_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from copy_of("hall", request, tmp_path)


def flagged(database: Database) -> Counter[tuple[str, str]]:
    """How often the lamp of each clock has turned."""
    j, p = tables.journal, tables.payloads
    same = sa.and_(p.c.stream == j.c.stream, p.c.n == j.c.n)
    with database.reading() as tx:
        rows = tx.rows(sa.select(j.c.stream, p.c.body).join(p, same).where(j.c.act == "flag"))
    return Counter((row.stream, json.loads(row.body)["clock"]) for row in rows)


def due(database: Database) -> int:
    with database.reading() as tx:
        return int(tx.value(sa.select(sa.func.count()).where(tables.clocks.c.alert_at <= NOW)))


@contextmanager
def workers(url: str, folder: Path, carrier: str) -> Iterator[list[Worker]]:
    with ExitStack() as running:
        more = {"LIANSHEN_JOBS": carrier, "LIANSHEN_SECRET": "x" * 32, "LIANSHEN_SWEEP_SECONDS": "0.1"}
        yield [running.enter_context(Worker(url, folder / str(n), "--at", LATER, **more)) for n in range(3)]


def test_each_is_flagged_once_and_told_once(hall: Hall, hall_url: str, tmp_path: Path) -> None:
    three_work(hall, hall_url, "table", tmp_path, FEW)


@pytest.mark.soak
@pytest.mark.parametrize("carrier", ["table", "procrastinate"])
def test_many_are_too(hall: Hall, hall_url: str, carrier: str, tmp_path: Path) -> None:
    three_work(hall, hall_url, carrier, tmp_path, MANY)


def three_work(hall: Hall, hall_url: str, carrier: str, tmp_path: Path, cases: int) -> None:
    for _ in range(cases):
        hall.accepted()
    assert due(hall.database) == 3 * cases
    with workers(hall_url, tmp_path, carrier) as (doomed, *others):
        until(lambda: due(hall.database) <= 2 * cases, "a third of the lamps")
        doomed.process.send_signal(signal.SIGKILL)
        until(lambda: not due(hall.database), "the last lamp")
        until(lambda: backlog(hall.database).waiting == 0, "the last notice that nobody has in hand")
        assert [one.stop() for one in others] == [0, 0]
    assert set(flagged(hall.database).values()) == {1}
    assert len(flagged(hall.database)) == 3 * cases
    assert all("Traceback" not in one.log.read_text("utf-8") for one in (doomed, *others))
    after_lease = NOW + jobs.LEASE + timedelta(seconds=1)  # what the dead one had in hand is found again
    round_of_duties(hall.database, lambda: after_lease)
    with hall.database.reading() as tx:
        n, j = tables.inbox, tables.jobs
        told = tx.rows(sa.select(n.c.officer_id, n.c.dedupe, sa.func.count()).group_by(n.c.officer_id, n.c.dedupe))
        states = tx.rows(sa.select(j.c.state, j.c.run_at <= after_lease).distinct())
    assert {row[2] for row in told} == {1}
    assert {row[0] for row in states if row[1]} == {"done"}
    assert flaws(hall.database) == (cases, [])


def backlog(database: Database) -> jobs.Backlog:
    with database.reading() as tx:
        return jobs.backlog(tx, NOW)
