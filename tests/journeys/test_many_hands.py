"""Two workers, processes of their own, on one database: every lamp turns once, every job is done once, nobody starves."""

from __future__ import annotations

import re
import signal
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store import tables
from tests.hall import Hall
from tests.journeys.crowd import multiply
from tests.journeys.processes import command, finish, start, until


@pytest.mark.parametrize("cases", [300, pytest.param(1000, marks=pytest.mark.soak)])
def test_two_workers_turn_each_lamp_once(hall: Hall, hall_url: str, tmp_path: Path, cases: int) -> None:
    """Of each filed case the notice is about to fall due and the first step is late: six hundred lamps, more than a page of
    the sweep; two thousand in the long run."""
    due = 2 * cases
    case_id = hall.at("2026-03-02").file("GH02").case_id
    with hall.database.writing() as tx:
        multiply(tx, case_id, cases - 1)
    workers = [start(hall_url, tmp_path, "worker", "--drain", "--at", "2026-03-06T01:30:00") for _ in range(2)]
    done = [finish(worker) for worker in workers]
    told = [re.fullmatch(r"灯色变化 (\d+) 处，执行工作 (\d+) 件\n", said) for _, said in done]
    assert [code for code, _ in done] == [0, 0]
    assert all(told), done
    turned, ran = (sum(int(one[i]) for one in told if one) for i in (1, 2))
    assert (turned, ran) == (due, due)

    j, p, jobs = tables.journal, tables.payloads, tables.jobs
    with hall.database.reading() as tx:
        same = sa.and_(p.c.stream == j.c.stream, p.c.n == j.c.n)
        flags = tx.rows(sa.select(j.c.stream, p.c.body).join(p, same).where(j.c.act == "flag"))
        notices = tx.rows(sa.select(jobs.c.state, jobs.c.attempts).where(jobs.c.kind == "notice"))
        waiting = tx.value(sa.select(sa.func.count()).where(jobs.c.state == "waiting", jobs.c.kind == "deem_accept"))
    assert len(flags) == due
    assert len({(flag.stream, flag.body) for flag in flags}) == due
    assert sorted(map(tuple, notices)) == [("done", 1)] * due
    assert waiting == cases, "what is not due yet is left alone"
    assert command(hall_url, tmp_path, "verify") == (0, f"核验 {cases} 件办件，0 处不符\n")


def test_a_worker_sweeps_on_until_it_is_told_to_end(hall: Hall, hall_url: str, tmp_path: Path) -> None:
    """Round after round: what comes later is found, and five working days of silence accept."""
    first = hall.at("2026-03-02").accepted()
    worker = start(hall_url, tmp_path, "worker", "--at", "2026-03-20T01:00:00", LIANSHEN_SWEEP_SECONDS="0.2")
    try:
        until(lambda: hall.clock(first, "promised").lamp == "red", "the lamp")
        later = hall.at("2026-03-03").file("GH02").case_id
        until(lambda: hall.case(later).phase == "accepted", "the deemed acceptance")
        worker.send_signal(signal.SIGTERM)
        assert finish(worker) == (0, "")
    finally:
        worker.kill()  # nothing, once it has ended
    assert hall.case(later).accepted_on == date(2026, 3, 3)
    assert hall.flaws(first) == hall.flaws(later) == []
