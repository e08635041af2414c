"""Who sees a case and who may act: one place, one table."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import case_view
from engine.catalogue import publish
from engine.people import (
    ActNotAllowed,
    CaseUnknown,
    Demand,
    Role,
    bearers,
    demand_role,
    establishment,
    may,
    office_by_code,
    officer_by_login,
    sees,
)
from engine.reports import case_list, worklist
from engine.store import tables
from tests.drawings import PARALLEL, matter
from tests.hall import Hall

SEEN_BY = {
    "zhao": True,  # his department holds the step
    "qian": True,
    "sun": True,
    "li": False,  # another department
    "ma": False,
    "zhou": True,  # coordinates in this office
    "zheng": True,  # supervises this office
    "gu": True,  # the head of government, who lengthens the limits of its stages
    "wu": False,  # a designer sees no case
    "feng": False,  # an administrator neither
    "qy-bai": False,  # the county's
    "qy-luo": False,
}


@pytest.mark.parametrize(("login", "seen"), SEEN_BY.items())
def test_who_sees_a_case(hall: Hall, login: str, seen: bool) -> None:
    case_id = hall.accepted()
    row = hall.case(case_id)
    with hall.database.reading() as tx:
        who = officer_by_login(tx, login)
        assert sees(tx, who, case_id, row.office_id) is seen
        assert bool(case_list(tx, who)) is seen
        if seen:
            assert case_view(tx, who, row.case_no, hall.now)["case_no"] == row.case_no
        else:
            with pytest.raises(CaseUnknown):
                case_view(tx, who, row.case_no, hall.now)


def test_a_department_sees_it_once_it_held_a_step(hall: Hall) -> None:
    """The co-department sees the shared form and materials from its own step on, and goes on seeing the case."""
    with hall.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), matter("QQ01", **PARALLEL), officer_by_login(tx, "wu"), "", hall.now)
    case_id = hall.file("QQ01").case_id
    row = hall.case(case_id)
    li = hall.officer("li")
    with hall.database.reading() as tx:
        assert not sees(tx, li, case_id, row.office_id)
    hall.does("zhao", case_id, "intake", "accept")
    hall.does("qian", case_id, "prepare", "pass")
    with hall.database.reading() as tx:
        shown = case_view(tx, li, row.case_no, hall.now)
        assert [t.step for t in worklist(tx, li, hall.now)] == ["b"]
    assert [m["key"] for m in shown["materials"]] == ["application"]
    hall.does("li", case_id, "b", "pass")
    hall.does("li", case_id, "c", "pass")
    with hall.database.reading() as tx:
        assert sees(tx, li, case_id, row.office_id)


def test_a_drafted_answer_of_another_department_is_never_shown(hall: Hall) -> None:
    case_id = hall.accepted()
    with hall.database.writing() as tx:
        tx.execute(tables.tasks.update().values(draft={"opinion": "未定"}))
    with hall.database.reading() as tx:
        shown = case_view(tx, officer_by_login(tx, "zheng"), hall.case(case_id).case_no, hall.now)
    assert "未定" not in repr(shown)


def test_supervision_reaches_down_not_up(hall: Hall) -> None:
    """The city's supervisor sees the county's cases; the county's supervisor does not see the city's."""
    city_case = hall.accepted()
    county = hall.hire("qy-zheng", "qy-9", like="qy-luo", roles=["supervisor"])
    with hall.database.reading() as tx:
        assert not sees(tx, county, city_case, hall.case(city_case).office_id)
        assert sees(tx, hall.officer("zheng"), city_case, office_by_code(tx, "qy").id) is True
        assert sees(tx, county, city_case, office_by_code(tx, "qy").id) is True


def _of(case_id: int) -> sa.Select[Any]:
    return sa.select(tables.case_departments).where(tables.case_departments.c.case_id == case_id)


MAY = [
    ("zhao", {Role.CLERK}, "nr-1", True),
    ("zhao", {Role.APPROVER}, "nr-1", False),
    ("sun", {Role.APPROVER, Role.HEAD}, "nr-1", True),
    ("zheng", {Role.CLERK}, "nr-1", False),
    ("zhou", {Role.COORDINATOR}, None, True),
]


@pytest.mark.parametrize(("login", "roles", "window", "allowed"), MAY)
def test_who_may(hall: Hall, login: str, roles: set[Role], window: str | None, allowed: bool) -> None:
    case_id = hall.accepted()
    row = hall.case(case_id)
    window_id = hall.task(case_id, "review").window_id if window else None
    demand = Demand(frozenset(roles), window_id)
    with hall.database.reading() as tx:
        who = officer_by_login(tx, login)
        known = establishment(tx, "now")
        holders = [row.department_id for row in tx.rows(_of(case_id))]
        among = bearers(tx, who, row.received_on, known=known, office_id=row.office_id, holders=holders)
        if allowed:
            assert may(tx, who, demand, among, office_id=row.office_id).officer == who
        else:
            with pytest.raises(ActNotAllowed, match="（自然资源窗口）"):
                may(tx, who, demand, among, office_id=row.office_id)


def test_an_inactive_officer_may_nothing(hall: Hall) -> None:
    case_id = hall.accepted()
    with hall.database.writing() as tx:
        tx.execute(tables.officers.update().where(tables.officers.c.login == "qian").values(active=False))
    with pytest.raises(ActNotAllowed):
        hall.claim("qian", case_id, "review")


def test_a_stand_in_of_another_department_acts_for_the_absent(hall: Hall) -> None:
    hall.stand_in("qian", "li")
    case_id = hall.accepted()
    hall.does("li", case_id, "review", "pass")
    with hall.database.reading() as tx:
        entry = tx.execute(tables.journal.select().where(tables.journal.c.act == "review")).one()
    assert (entry.actor, entry.acting_for) == ("officer:li", "qian")


def test_a_stand_in_after_his_days_is_a_stranger(hall: Hall) -> None:
    hall.stand_in("qian", "li")
    case_id = hall.at("2026-03-02").accepted()
    with hall.database.writing() as tx:
        s = tables.stand_ins
        tx.execute(s.update().values(from_on=s.c.from_on, until_on=hall.case(case_id).received_on))
    hall.at("2026-03-03")
    from engine.cases import TaskUnknown

    with pytest.raises(TaskUnknown):
        hall.claim("li", case_id, "review")


def test_roles_for_what_concerns_no_case(hall: Hall) -> None:
    demand_role(hall.officer("wu"), Role.DESIGNER)
    with pytest.raises(ActNotAllowed, match="流程设计员"):
        demand_role(hall.officer("zhao"), Role.DESIGNER)
