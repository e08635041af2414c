"""Health and gauges: for machines, without names and numbers of cases."""

from __future__ import annotations

import math

from tests.api.door import Door


def test_health(door: Door) -> None:
    answer = door.stranger().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_the_gauges_count_jobs_and_name_nobody(door: Door) -> None:
    case_no = door.hall.case(door.hall.accepted("GH02")).case_no
    door.hall.file("GH02")  # silence accepts it on 10 March, and nobody works
    door.hall.at("2026-03-12")
    before = gauges(door)
    assert set(before) == {
        "lianshen_jobs_waiting",
        "lianshen_jobs_due",
        "lianshen_jobs_dead",
        "lianshen_jobs_lag_seconds",
        "lianshen_calls_open",
        "lianshen_calls_failing",
        "lianshen_calls_given_up",
        "lianshen_sweep_age_seconds",
    }
    assert before["lianshen_jobs_lag_seconds"] > 0
    assert before["lianshen_sweep_age_seconds"] == math.inf, "nobody has ever swept"
    door.hall.duties()
    door.hall.later(minutes=10)
    after = gauges(door)
    assert after["lianshen_jobs_dead"] == 0
    assert after["lianshen_sweep_age_seconds"] == 600
    assert after["lianshen_jobs_due"] == after["lianshen_jobs_lag_seconds"] == 0
    assert case_no not in door.stranger().get("/metrics").text


def gauges(door: Door) -> dict[str, float]:
    lines = door.stranger().get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}
