"""The watch in this process: lamps turn and people hear of it, whoever brings the jobs; where workers have it, servers do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from api.running import _watched
from engine.config import Settings
from engine.connections import Seal
from engine.notices import inbox
from engine.store import jobs
from engine.supervision import Watch, last_round
from tests.conftest import copy_of
from tests.hall import Hall
from tests.journeys.processes import until
from tests.store.rows import of_another_release

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


def test_whoever_was_not_stopped_for_an_upgrade_leaves_all_to_those_of_the_new_release(
    hall: Hall, request: pytest.FixtureRequest
) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-06")
    brought = request.node.callspec.params["hall_url"] == "procrastinate"
    jobs.carry_by(hall.database, jobs.PROCRASTINATE if brought else jobs.TABLE)
    watch = Watch(hall.database, lambda: hall.now, SEAL, 0.05)
    with capture_logs() as log, of_another_release(hall.database):
        watch.start()
        try:
            until(lambda: len(log) > 10, "a beat of each")
        finally:
            watch.stop()
    assert {(line["event"], line.get("code")) for line in log} == {("beat-failed", "database-outdated")}
    assert hall.clock(case_id, "promised").lamp == "green"


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
