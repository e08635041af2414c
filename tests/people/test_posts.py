"""Roles, seats and stand-ins after the founding: by an administrator, all or nothing, told in the journal, and at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import hand_over, reassign, verify_offices
from engine.people import (
    ActNotAllowed,
    Change,
    Changed,
    ChangeNotValid,
    OfficerUnknown,
    OwnPower,
    Role,
    StandIn,
    StandInKnown,
    StandInUnknown,
    appoint_stand_in,
    change_officer,
    close_account,
    end_stand_in,
    office_by_code,
    officer_by_login,
    placed,
    windows,
)
from engine.store import journal, tables
from tests.hall import Hall


def changes(hall: Hall, login: str, by: str = "feng", reason: str = "临州任〔2026〕3号", **change: Any) -> Changed:
    with hall.database.writing() as tx:
        return change_officer(tx, login, Change(reason, **change), officer_by_login(tx, by), hall.now)


def appoints(hall: Hall, absent: str, stand_in: str, *days: str, by: str = "feng", basis: str = "休假") -> None:
    first, last = (date.fromisoformat(day) for day in days)
    with hall.database.writing() as tx:
        asked = StandIn(absent, stand_in, first, last, basis)
        appoint_stand_in(tx, asked, officer_by_login(tx, by), hall.now)


def ends(hall: Hall, absent: str, stand_in: str, by: str = "feng", reason: str = "提前返岗") -> None:
    with hall.database.writing() as tx:
        end_stand_in(tx, absent, stand_in, reason, officer_by_login(tx, by), hall.now)


def told(hall: Hall, office: str = "lz") -> list[dict[str, Any]]:
    """What the office's journal tells of its people, the last first; its chain holds."""
    with hall.database.reading() as tx:
        assert list(verify_offices(tx)) == []
        rows = journal.read(tx, journal.Stream("office", office_by_code(tx, office).id))
        return [{"act": r.act, "by": r.actor, **(r.payload or {})} for r in reversed(rows) if r.act != "publish"]


# ---------------------------------------------------------------- roles and seats
def test_a_role_holds_from_the_next_act_on(hall: Hall) -> None:
    case_id = hall.accepted("GH02")
    with pytest.raises(ActNotAllowed):
        hall.claim("zhao", case_id, "review")
    changed = changes(hall, "zhao", give=["reviewer"], post=" 审查员 ")
    assert changed.officer.roles == {Role.CLERK, Role.REVIEWER}
    assert changed.officer.post == "审查员"
    hall.does("zhao", case_id, "review", "pass")
    assert told(hall) == [
        {
            "act": "change_officer",
            "by": "officer:feng",
            "login": "zhao",
            "gave": ["reviewer"],
            "took": [],
            "seated": [],
            "left": [],
            "post": "审查员",
            "reason": "临州任〔2026〕3号",
        }
    ]


def test_who_leaves_a_window_leaves_his_work_there(hall: Hall) -> None:
    """Only that of the window that he left; what he may not finish must not lie on his desk."""
    there, elsewhere = hall.accepted("GH02"), hall.accepted("GH02")
    with hall.database.writing() as tx:
        second = next(w.id for w in windows(tx, hall.office.id) if w.code == "nr-2")
        t = tables.tasks
        tx.execute(t.update().where(t.c.case_id == elsewhere, t.c.step == "review").values(window_id=second))
    changes(hall, "qian", seat=["nr-2"])
    hall.claim("qian", there, "review")
    hall.claim("qian", elsewhere, "review")
    with hall.database.writing() as tx:
        left = Change("调岗", leave=["nr-1"])
        qian, cases = reassign(tx, "qian", left, officer_by_login(tx, "feng"), now=hall.now)
    assert (qian, cases) == (hall.officer("qian"), 1)
    hall.duties()
    assert hall.task(there, "review", "open").officer_id is None
    assert hall.task(elsewhere, "review", "claimed").officer_id == hall.officer("qian").id
    assert hall.acts_of(there)[-1] == "hand_over"
    assert hall.flaws(there) == []
    (moved,) = hall.flaws(elsewhere)
    assert moved.endswith("登记的窗口不是流程图所画的"), "nobody but this test moves a task to another window"


def test_which_work_is_freed(hall: Hall) -> None:
    assert changes(hall, "zhao", give=["reviewer"]).freed == frozenset()
    assert changes(hall, "zhao", take=["clerk"]).freed is None, "what he had claimed as a clerk, wherever"
    assert changes(hall, "zhou", give=["supervisor"], take=["coordinator"]).freed == frozenset()


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"give": ["king"], "seat": ["nowhere"]}, ["/give", "/seat"]),
        ({"take": ["clerk"]}, ["/take"]),
        ({"give": ["reviewer"], "take": ["reviewer"]}, ["/take"]),
        ({"seat": ["nr-1"], "leave": ["nr-1"]}, ["/leave"]),
        ({"seat": ["ndrc-1"], "post": "  "}, ["/post", "/seat"]),
        ({"post": "长" * 101, "reason": " "}, ["/reason", "/post"]),
    ],
)
def test_what_cannot_be_changes_nothing(hall: Hall, change: dict[str, Any], places: list[str]) -> None:
    """Every fault at once; at a window of another department he would see nothing."""
    before = hall.officer("zhao")
    with pytest.raises(ChangeNotValid) as refused:
        changes(hall, "zhao", **{"reason": "调岗", **change})
    assert [f.place for f in refused.value.faults] == places
    assert hall.officer("zhao") == before
    assert told(hall) == []


def test_what_changes_nothing_is_not_journalled(hall: Hall) -> None:
    assert changes(hall, "zhao", give=["clerk"], seat=["nr-1"], take=["admin"]).officer == hall.officer("zhao")
    assert told(hall) == []


def test_who_may_change_whom(hall: Hall) -> None:
    hall.hire("qy-admin", "qy-900", like="qy-bai", roles=["admin"])
    changes(hall, "qy-bai", give=["reviewer"])
    with pytest.raises(ActNotAllowed):
        changes(hall, "zhao", by="sun", give=["reviewer"])
    with pytest.raises(OfficerUnknown):
        changes(hall, "zhao", by="qy-admin", give=["reviewer"])
    with pytest.raises(OwnPower):
        changes(hall, "feng", give=["approver"])
    other = hall.hire("feng2", "lz-008", like="zhao", name="冯宁").person_id
    assert other == hall.officer("feng").person_id
    with pytest.raises(OwnPower):
        changes(hall, "feng2", give=["approver"])
    assert [t["login"] for t in told(hall, "qy")] == ["qy-bai"]


# ---------------------------------------------------------------- stand-ins
def test_a_stand_in_acts_for_the_absent_on_his_days_only(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("GH02")
    hall.hire("new", "lz-900", like="qian", roles=["clerk"])
    appoints(hall, "qian", "new", "2026-03-03", "2026-03-04")
    with pytest.raises(ActNotAllowed):
        hall.claim("new", case_id, "review")
    hall.at("2026-03-04").does("new", case_id, "review", "pass")
    with hall.database.reading() as tx:
        last = journal.read(tx, journal.Stream("case", case_id))[-1]
    assert (last.actor, last.acting_for) == ("officer:new", "qian")
    assert told(hall)[0]["act"] == "appoint_stand_in"
    assert (told(hall)[0]["from_on"], told(hall)[0]["until_on"]) == ("2026-03-03", "2026-03-04")


def test_the_two_person_rule_sees_through_a_stand_in(hall: Hall) -> None:
    """Who has accepted does not decide, for whomever he stands in."""
    case_id = hall.at("2026-03-02").accepted("GH02")
    appoints(hall, "sun", "zhao", "2026-03-02", "2026-03-31")
    hall.does("qian", case_id, "review", "pass")
    with pytest.raises(Exception, match="一审一核"):
        hall.does("zhao", case_id, "decide", "grant")


def test_he_is_back_and_nobody_acts_for_him(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("GH02")
    hall.hire("new", "lz-900", like="qian", roles=["clerk"])
    appoints(hall, "qian", "new", "2026-03-02", "2026-03-20")
    appoints(hall, "qian", "new", "2026-04-01", "2026-04-20")
    hall.at("2026-03-03")
    ends(hall, "qian", "new")
    with pytest.raises(ActNotAllowed):
        hall.does("new", case_id, "review", "pass")
    with hall.database.reading() as tx:
        kept = tx.rows(sa.select(tables.stand_ins).order_by(tables.stand_ins.c.id))
    assert [(r.from_on, r.until_on) for r in kept] == [(date(2026, 3, 2), date(2026, 3, 2))], (
        "yesterday stays as it was"
    )
    with pytest.raises(StandInUnknown):
        ends(hall, "qian", "new")
    with pytest.raises(ChangeNotValid):
        ends(hall, "qian", "new", reason=" ")
    assert [t["act"] for t in told(hall)] == ["end_stand_in", "appoint_stand_in", "appoint_stand_in"]


@pytest.mark.parametrize("early", [True, False])
def test_what_a_stand_in_holds_goes_back_to_the_pool_when_his_days_are_over(hall: Hall, early: bool) -> None:
    """He could not finish it, nor give it back, and nobody else could take it. What he holds at a window of his own stays."""
    hall.at("2026-03-02").hire("new", "lz-900", like="xu")
    mine, his = hall.accepted("XF01"), hall.accepted("GH02")
    appoints(hall, "qian", "new", "2026-03-02", "2026-03-03")
    hall.claim("new", mine, "review")
    hall.claim("new", his, "review")
    hall.at("2026-03-03", "16:00").duties()
    assert hall.task(his, "review", "claimed").officer_id == hall.officer("new").id
    if early:
        ends(hall, "qian", "new")
        hall.later(minutes=5).duties()
    else:
        hall.at("2026-03-04", "00:05").duties()
    assert hall.task(his, "review").state == "open"
    assert hall.task(mine, "review", "claimed").officer_id == hall.officer("new").id
    assert hall.acts_of(his)[-1] == "hand_over"
    assert hall.flaws(his) == []


def test_what_a_stand_in_holds_goes_back_when_the_absent_one_has_left(hall: Hall) -> None:
    """Also of two who stand in for one another."""
    case_id = hall.at("2026-03-02").accepted("GH02")
    hall.hire("new", "lz-900", like="xu")
    appoints(hall, "qian", "new", "2026-03-02", "2026-03-20")
    appoints(hall, "new", "qian", "2026-03-02", "2026-03-20")
    hall.claim("new", case_id, "review")
    with hall.database.writing() as tx:
        feng = officer_by_login(tx, "feng")
        close_account(tx, "qian", feng, hall.now)
        hand_over(tx, feng, "qian", None, "调离", now=hall.now)
    hall.duties()
    assert hall.task(case_id, "review").state == "open"
    assert hall.duties() == (0, 0)


def test_what_he_holds_stays_where_he_stands_in_still(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("GH02")
    hall.hire("new", "lz-900", like="xu")
    appoints(hall, "qian", "new", "2026-03-02", "2026-03-03")
    appoints(hall, "qian", "new", "2026-03-04", "2026-03-05")
    hall.claim("new", case_id, "review")
    hall.at("2026-03-04").duties()
    assert hall.task(case_id, "review", "claimed").officer_id == hall.officer("new").id
    hall.at("2026-03-06").duties()
    assert hall.task(case_id, "review").state == "open"


def test_who_has_left_has_no_power_that_another_could_use(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("GH02")
    hall.hire("new", "lz-900", like="qian", roles=["clerk"])
    appoints(hall, "qian", "new", "2026-03-02", "2026-03-20")
    with hall.database.writing() as tx:
        close_account(tx, "qian", officer_by_login(tx, "feng"), hall.now)
    with pytest.raises(ActNotAllowed):
        hall.does("new", case_id, "review", "pass")
    with pytest.raises(ChangeNotValid) as refused:
        appoints(hall, "qian", "zhao", "2026-03-21", "2026-03-22")
    assert [f.place for f in refused.value.faults] == ["/absent"]


@pytest.mark.parametrize(
    ("absent", "stand_in", "days", "basis", "places"),
    [
        ("sun", "sun2", ("2026-03-02", "2026-03-03"), "休假", ["/stand_in"]),
        ("sun", "qy-bai", ("2026-03-02", "2026-03-03"), "休假", ["/stand_in"]),
        ("sun", "qian", ("2026-03-03", "2026-03-02"), " ", ["/basis", "/until_on"]),
        ("sun", "qian", ("2026-02-20", "2026-02-27"), "休假", ["/until_on", "/from_on"]),
        ("sun", "qian", ("2026-02-20", "2026-03-27"), "休假", ["/from_on"]),
        ("sun", "qian", ("2026-03-02", "2027-03-03"), "长期", ["/until_on"]),
    ],
)
def test_a_stand_in_that_cannot_be(
    hall: Hall, absent: str, stand_in: str, days: tuple[str, str], basis: str, places: list[str]
) -> None:
    hall.hire("sun2", "lz-003", like="zhao", name=hall.officer("sun").name)
    assert hall.officer("sun2").person_id == hall.officer("sun").person_id
    with pytest.raises(ChangeNotValid) as refused:
        appoints(hall, absent, stand_in, *days, basis=basis)
    assert [f.place for f in refused.value.faults] == places
    assert told(hall) == []


def test_who_may_appoint_whom_and_no_days_twice(hall: Hall) -> None:
    days = ("2026-03-02", "2026-03-10")
    for by, error in (("sun", ActNotAllowed), ("nobody", OfficerUnknown)):
        with pytest.raises(error):
            appoints(hall, "sun", "qian", *days, by=by)
    with pytest.raises(OwnPower):
        appoints(hall, "sun", "feng", *days)
    appoints(hall, "sun", "qian", *days)
    with pytest.raises(StandInKnown, match="2026年3月2日"):
        appoints(hall, "sun", "qian", "2026-03-10", "2026-03-12")
    appoints(hall, "sun", "qian", "2026-03-11", "2026-03-12")


def test_the_list_of_accounts(hall: Hall) -> None:
    appoints(hall, "sun", "qian", "2026-03-10", "2026-03-12")
    with hall.database.writing() as tx:
        feng, lz = officer_by_login(tx, "feng"), office_by_code(tx, "lz")
        close_account(tx, "zhao", feng, hall.now)
        found = {one.officer.login: one for one in placed(tx, lz, feng, hall.now)}
        assert not found["zhao"].officer.active
        assert found["qian"].windows == ("nr-1",)
        assert [(s.stand_in, s.basis) for s in found["sun"].stand_ins] == [("qian", "休假")]
        assert "qy-bai" not in found
        with pytest.raises(ActNotAllowed):
            placed(tx, lz, officer_by_login(tx, "sun"), hall.now)
