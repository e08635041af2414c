"""An office is founded whole or not at all."""

from __future__ import annotations

from copy import deepcopy
from importlib import resources
from typing import Any

import pytest
import yaml

from engine.people import HallNotUnderstood, check_password, found_offices, office_by_code, offices, windows
from engine.store import Database

DEMO: dict[str, Any] = yaml.safe_load(resources.files("api.demo").joinpath("hall.yaml").read_text("utf-8"))
SMALL = {"offices": [{**DEMO["offices"][1], "parent": None}]}


def test_every_officer_gets_a_password_that_works(database: Database) -> None:
    with database.writing() as tx:
        log_ins = found_offices(tx, SMALL)
    with database.reading() as tx:
        for one in log_ins:
            assert check_password(tx, one.login, one.password).login == one.login
        assert [w.code for w in windows(tx, office_by_code(tx, "qy").id)] == ["general-1", "ndrc-1", "for-1"]


FAULTS: list[tuple[str, Any]] = [
    ("/offices", {"offices": []}),
    ("/offices/0", lambda d: d["offices"][0].pop("region")),
    ("/offices/0/officers/0", lambda d: d["offices"][0]["officers"][0].update(department="nowhere")),
    ("/offices/0/officers/0", lambda d: d["offices"][0]["officers"][0].update(windows=["nowhere"])),
    ("/offices/0/officers/1", lambda d: d["offices"][0]["officers"][1].update(roles=["king"])),
    ("/offices/0/officers/1", lambda d: d["offices"][0]["officers"][1].pop("identity")),
    ("/offices/0/officers/1", lambda d: d["offices"][0]["officers"][1].update(identity=510101)),
    ("/offices/0/officers/1", lambda d: d["offices"][0]["officers"][1].update(login="qy-bai")),
    ("/offices/0/officers/1", lambda d: d["offices"][0]["officers"][1].update(identity="qy-001")),
    ("/offices/0/officers", lambda d: d["offices"][0].update(officers="qy-bai")),
    ("/offices/0/departments/0/windows/0", lambda d: d["offices"][0]["departments"][0]["windows"][0].update(kind="x")),
    ("/offices/0/departments/1", lambda d: d["offices"][0]["departments"][1].update(window=[])),
    ("/offices/0", lambda d: d["offices"][0].update(parent="nowhere")),
    ("/offices/0", lambda d: d["offices"][0].update(level="galaxy")),
    ("/offices/0", lambda d: d["offices"][0].update(region="XX")),
    ("/offices/0", lambda d: d["offices"][0].update(zone="Asia/Nowhere")),
    ("/offices/0", lambda d: d["offices"][0].update(hours=[["17:00", "09:00"]])),
    ("/offices/0", lambda d: d["offices"][0].update(remedies={"decide_grant": "…"})),
    ("/offices/0", lambda d: d["offices"][0].update(remedies={"decide_refuse": " "})),
    ("/offices/0", lambda d: d["offices"][0].update(remedies={"decide_refuse": ["…"]})),
    ("/offices", {}),
    ("/offices", {"offices": "qy"}),
    ("/offices", []),
]


@pytest.mark.parametrize(("place", "change"), FAULTS)
def test_a_wrong_description_founds_nothing(database: Database, place: str, change: Any) -> None:
    description = change if not callable(change) else deepcopy(SMALL)
    if callable(change):
        change(description)
    with pytest.raises(HallNotUnderstood) as refused, database.writing() as tx:
        found_offices(tx, description)
    assert [f.place for f in refused.value.faults] == [place]
    with database.reading() as tx:
        assert offices(tx) == []


def test_an_office_is_founded_once(database: Database) -> None:
    with database.writing() as tx:
        found_offices(tx, SMALL)
    with pytest.raises(HallNotUnderstood) as refused, database.writing() as tx:
        found_offices(tx, SMALL)
    office, officers = "/offices/0", [f"/offices/0/officers/{i}" for i in range(len(SMALL["offices"][0]["officers"]))]
    assert [f.place for f in refused.value.faults] == [office, office, *officers]
