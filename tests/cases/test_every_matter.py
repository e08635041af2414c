"""Each shipped matter in the demo hall, from filing to its end: somebody is seated for every step, a second person decides."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store import Database
from tests.hall import GUIDES, Hall
from tests.joint import Joint, step

MATTERS = sorted(matter for matter, guide in GUIDES.items() if not guide.get("stage"))


@pytest.fixture(scope="module")
def hall(sqlite_hall: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """One hall for all: no case touches another. Which database it is makes no difference to who is seated where."""
    path = tmp_path_factory.mktemp("matters") / "hall.db"
    shutil.copy(sqlite_hall, path)
    opened = Database.open(f"sqlite:///{path}")
    yield Hall(opened)
    opened.close()


@pytest.mark.parametrize("code", MATTERS)
def test_a_case_is_granted_by_those_who_sit_there(hall: Hall, code: str) -> None:
    case_id = hall.file(code, by=None).case_id
    for _ in range(20):
        if hall.case(case_id).closed_at is not None:
            break
        step(hall, case_id)
    row = hall.case(case_id)
    assert (row.phase, row.result) == ("closed", "granted")
    assert hall.flaws(case_id) == []


@pytest.mark.parametrize(("route", "land"), [("BA", "auctioned"), ("HZ", "allotted")])
def test_a_project_goes_through_its_four_stages(hall: Hall, route: str, land: str) -> None:
    """Everything is applied for, and whatever has opened is granted: no matter is left waiting, in no stage."""
    project = f"2026-{route}-{land}"
    for n in (1, 2, 3, 4):
        answers = {"land": land} if n == 1 else {}
        stage = Joint.filing(hall, f"{route}0{n}", project, **answers).accepted()
        while running := [code for code, matter in stage.matters().items() if matter.state == "open"]:
            stage.ends(running[0])
        assert {code: words for code, words in stage.words().items() if words != "准予"} == {}
        stage.concludes()
        assert hall.case(stage.filed.case_id).result == "granted"
        assert stage.flaws() == []
