"""Roles, seats and stand-ins through HTTP, for the administrator of one's office."""

from __future__ import annotations

from typing import Any

from tests.api.door import Asker, Door, places, problem, told


def line(feng: Asker, login: str) -> dict[str, Any]:
    (found,) = (one for one in told(feng.get("/api/officers")) if one["login"] == login)
    return dict(found)


def test_roles_and_seats(door: Door) -> None:
    door.hall.claim("qian", door.hall.accepted("GH02"), "review")
    feng = door.officer("feng")
    asked = {"give": ["approver"], "take": ["reviewer"], "seat": ["nr-2"], "leave": ["nr-1"], "reason": "调岗"}
    changed = told(feng.post("/api/officers/qian/changes", asked))
    assert changed == {**line(feng, "qian"), "cases": 1}
    assert (changed["roles"], changed["windows"]) == (["approver"], ["nr-2"])
    wrong = {"give": ["king"], "seat": ["nowhere"], "reason": " "}
    refused = problem(feng.post("/api/officers/qian/changes", wrong), 422, "change-not-valid")
    assert places(refused) == ["/reason", "/give", "/seat"]
    problem(feng.post("/api/officers/feng/changes", {"give": ["head"], "reason": "x"}), 409, "own-power")
    problem(feng.post("/api/officers/nobody/changes", {"reason": "x"}), 404, "officer-unknown")


def test_a_stand_in_from_first_to_last_day(door: Door) -> None:
    feng = door.officer("feng")
    asked = {"stand_in": "qian", "from_on": "2026-03-03", "until_on": "2026-03-10", "basis": "休假"}
    assert feng.post("/api/officers/sun/stand-ins", asked).status_code == 204
    assert line(feng, "sun")["stand_ins"] == [asked]
    problem(feng.post("/api/officers/sun/stand-ins", asked), 409, "stand-in-known")
    over = ("/api/officers/sun/stand-ins/qian/end", {"reason": "提前返岗"})
    assert feng.post(*over).status_code == 204
    assert line(feng, "sun")["stand_ins"] == []
    problem(feng.post(*over), 404, "stand-in-unknown")


def test_only_for_the_administrator(door: Door) -> None:
    sun = door.officer("sun")
    problem(sun.get("/api/officers"), 403, "act-not-allowed")
    problem(sun.post("/api/officers/qian/changes", {"give": ["king"], "reason": "x"}), 403, "act-not-allowed")
    days = {"from_on": "2026-03-03", "until_on": "2026-03-10", "basis": ""}
    problem(sun.post("/api/officers/qian/stand-ins", {"stand_in": "zhao", **days}), 403, "act-not-allowed")
    here, nowhere = (sun.post(f"/api/officers/{who}/changes", {"reason": "x"}).text for who in ("qian", "nobody"))
    assert here == nowhere.replace("nobody", "qian"), "nor does he learn who there is"
    problem(sun.post("/api/officers/qian/stand-ins/zhao/end", {"reason": "x"}), 403, "act-not-allowed")
