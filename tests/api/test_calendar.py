"""Working days, and a notice that moves the days of running cases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.door import Door, places, problem, told

NOTICE = {
    "number": "测试〔2026〕1号",
    "year": 2026,
    "region": "CN",
    "issued_on": "2026-03-02",
    "changes": "国办发明电〔2025〕7号",
    "off": ["2026-03-10"],
    "work": [],
    "src": "P",
}


@pytest.mark.parametrize(
    ("asked", "told_on", "provisional"),
    [
        ({"start": "2025-09-26", "n": 20}, "2025-10-30", False),
        ({"start": "2026-03-02", "n": 0}, "2026-03-02", False),
        ({"start": "2026-12-30", "n": 5, "office": "qy"}, "2027-01-07", True),
    ],
)
def test_the_nth_working_day(door: Door, asked: dict[str, Any], told_on: str, provisional: bool) -> None:
    """The holiday of October and its make-up day; beyond the published calendar it is provisional."""
    answer = told(door.stranger().get("/api/calendar/workday", **asked))
    assert answer == {"on": told_on, "provisional": provisional}


def test_days_that_no_calendar_reaches(door: Door) -> None:
    ask = door.stranger()
    problem(ask.get("/api/calendar/workday", start="2300-12-01", n=99), 422, "date-out-of-reach")
    problem(ask.get("/api/calendar/workday", start="2026-03-02", n=1, office="moon"), 404, "office-unknown")
    refused = problem(ask.get("/api/calendar/workday", start="2026-02-30", n=-1), 422, "request-not-valid")
    assert sorted(places(refused)) == ["/n", "/start"]


def test_a_notice_moves_the_days_of_running_cases(door: Door) -> None:
    case_no = door.hall.case(door.hall.accepted("GH02")).case_no
    zhao, feng = door.officer("zhao"), door.officer("feng")

    def due() -> dict[str, str]:
        clocks = told(zhao.get(f"/api/cases/{case_no}"))["clocks"]
        return {c["kind"]: c["due_on"] for c in clocks if c["kind"] in ("promised", "statutory")}

    assert due() == {"promised": "2026-03-05", "statutory": "2026-03-30"}
    assert told(feng.post("/api/calendar/notices", {"notice": NOTICE}), 201) == {"number": NOTICE["number"], "cases": 1}
    door.hall.duties()
    assert due() == {"promised": "2026-03-05", "statutory": "2026-03-31"}
    assert told(zhao.get(f"/api/cases/{case_no}/journal"))[-1]["act"] == "recount"
    problem(feng.post("/api/calendar/notices", {"notice": NOTICE}), 409, "notice-known")


def test_only_the_administrator_brings_one_in(door: Door) -> None:
    for login in ("zhao", "wu", "zheng"):
        problem(door.officer(login).post("/api/calendar/notices", {"notice": NOTICE}), 403, "act-not-allowed")
        problem(door.officer(login).post("/api/calendar/notices", {"notice": {}}), 403, "act-not-allowed")


def test_a_notice_that_is_none(door: Door) -> None:
    wrong = {**NOTICE, "off": ["2026-02-30", "soon"], "colour": "red"}
    refused = problem(door.officer("feng").post("/api/calendar/notices", {"notice": wrong}), 422, "notice-not-valid")
    assert {"/off/0", "/off/1", "/colour"} <= set(places(refused))
