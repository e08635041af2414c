"""The watch in this process: lamps turn and people hear of it, whoever brings the jobs; where workers have it, servers do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.running import _watched
from engine.config import Settings
from engine.connections import Seal
from engine.notices import inbox
from engine.store import jobs
from engine.supervision import Watch, last_round
from tests.conftest import copy_of
from tests.hall import Hall
from tests.journeys.processes import until

SEAL = Seal(b"x" * 32)


@pytest.fixture(params=["sqlite", "postgresql", "procrastinate"])
def hall_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from copy_of("hall", request, tmp_path)


def test_lamps_turn_and_people_hear_of_it(hall: Hall, request: pytest.FixtureRequest) -> None:
    brought = request.node.callspec.params["hall_url"] == "procrastinate"
    jobs.carry_by(hall.database, jobs.PROCRASTINATE if brought else jobs.TABLE)
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-06")
    watch = Watch(hall.database, lambda: hall.now, SEAL, 0.05)
    watch.start()
    try:
        until(lambda: heard(hall), "a notice")
    finally:
        watch.stop()
    assert [hall.clock(case_id, kind).lamp for kind in ("promised", "statutory")] == ["red", "green"]
    assert hall.flaws(case_id) == []


def heard(hall: Hall) -> int:
    with hall.database.reading() as tx:
        return len(inbox(tx, hall.officer("sun")))


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_a_server_leaves_the_duties_to_workers_where_it_is_told_to(hall: Hall, tmp_path: Path) -> None:
    def rounds() -> bool:
        with hall.database.reading() as tx:
            return last_round(tx) is not None

    for who, kept in (("worker", False), ("serve", True)):
        settings = Settings(tmp_path, "", sweep_seconds=0.05, secret="x" * 32, watch=who)
        with _watched(settings, hall.database):
            if kept:
                until(rounds, "a round")
        assert rounds() is kept
