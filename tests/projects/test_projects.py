"""A project is opened, changed, planned and closed by the coordinator; supervision reads; nobody else knows of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from engine.cases import verify_offices
from engine.catalogue import export, publish
from engine.people import ActNotAllowed, officer_by_login
from engine.projects import (
    PlanItem,
    PlanNotQuantified,
    PrerequisiteCycle,
    ProjectClosed,
    ProjectKnown,
    ProjectNotValid,
    ProjectUnknown,
    Told,
    change_project,
    close_project,
    closed_projects,
    open_project,
    plan,
    project,
    projects,
    set_plan,
)
from engine.store import journal
from tests.hall import Hall
from tests.pressing import all_press
from tests.projects.driving import CODE, PLAN, TOLD, items, opens


def does(hall: Hall, login: str, act: Callable[..., Any], *given: Any) -> Any:
    with hall.database.writing() as tx:
        return act(tx, officer_by_login(tx, login), *given, hall.now)


def told_to_the_office(hall: Hall) -> list[str]:
    with hall.database.reading() as tx:
        return [
            r.act for r in journal.read(tx, journal.Stream("office", hall.office.id)) if "project" in str(r.payload)
        ]


def test_a_project_is_opened_and_told_in_the_offices_journal(hall: Hall) -> None:
    opens(hall)
    with hall.database.reading() as tx:
        (found,) = projects(tx, hall.officer("zhou"))
        assert (found.code, found.name, found.level_name, found.tracker) == (
            CODE,
            "精密轴承智能制造基地",
            "省级",
            "周延",
        )
        assert [p.code for p in plan(tx, [found.id])[found.id]] == [
            "TZ01",
            "GH02",
            "GH03",
            "GH04",
            "ZJ01",
            "XF01",
            "HP02",
        ]
        assert projects(tx, hall.officer("zheng")) == [found]
        assert list(verify_offices(tx)) == []
    assert told_to_the_office(hall) == ["open_project", "set_plan"]


def test_a_stranger_learns_nothing_and_supervision_changes_nothing(hall: Hall) -> None:
    opens(hall)
    for login in ("li", "zhao", "sun", "wu", "feng"):
        with hall.database.reading() as tx:
            assert projects(tx, hall.officer(login)) == []
            with pytest.raises(ProjectUnknown):
                project(tx, hall.officer(login), CODE)
        with pytest.raises(ProjectUnknown):
            does(hall, login, close_project, CODE)
    for act, given in (
        (open_project, ("X-1", Told(**TOLD))),
        (change_project, (CODE, Told(**TOLD))),
        (set_plan, (CODE, items("GH02"))),
        (close_project, (CODE,)),
    ):
        with pytest.raises(ActNotAllowed):
            does(hall, "zheng", act, *given)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "/name"),
    ({"owner": ""}, "/owner"),
    ({"owner": "一\n二"}, "/owner"),
    ({"investment": 0}, "/investment"),
    ({"level": "village"}, "/level"),
    ({"event": "剪彩"}, "/event"),
    ({"tracker": "nobody"}, "/tracker"),
    ({"tracker": "qy-bai"}, "/tracker"),
    ({"target_on": date(2026, 3, 2)}, "/target_on"),
    ({"target_on": date(2066, 3, 2)}, "/target_on"),
]


@pytest.mark.parametrize(("wrong", "place"), WRONG)
def test_what_is_wrong_is_named(hall: Hall, wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(ProjectNotValid) as refused:
        opens(hall, plan=(), **wrong)
    assert [f.place for f in refused.value.faults] == [place]


def test_a_code_is_used_once(hall: Hall) -> None:
    opens(hall)
    with pytest.raises(ProjectKnown):
        opens(hall)
    with pytest.raises(ProjectNotValid):
        opens(hall, code="项目 一")


def test_two_open_the_same_project_and_one_is_told(hall: Hall) -> None:
    won, lost = [], []
    barrier = threading.Barrier(4)

    def press() -> None:
        barrier.wait()
        try:
            opens(hall, plan=())
            won.append(1)
        except ProjectKnown as known:
            lost.append(known)

    all_press(threading.Thread(target=press) for _ in range(4))
    assert (len(won), len(lost)) == (1, 3)
    assert told_to_the_office(hall) == ["open_project"]


def test_an_item_lacking_one_of_the_three_is_refused_with_every_gap(hall: Hall) -> None:
    opens(hall, plan=())
    asked = [
        PlanItem("GH02", "nr", " "),
        PlanItem("GH03", "", "孙正"),
        PlanItem("ZR99", "nr", "孙正"),
        PlanItem("GH02", "nr", "孙正"),
    ]
    with pytest.raises(PlanNotQuantified) as refused:
        does(hall, "zhou", set_plan, CODE, asked)
    assert [f.place for f in refused.value.faults] == [
        "/items/0/owner",
        "/items/1/department",
        "/items/2/code",
        "/items/3/code",
    ]
    with hall.database.reading() as tx:
        assert plan(tx, [project(tx, hall.officer("zhou"), CODE).id]) == {}


def test_a_plan_is_set_as_a_whole(hall: Hall) -> None:
    opens(hall)
    does(hall, "zhou", set_plan, CODE, items("GH03", "GH02"))
    with hall.database.reading() as tx:
        (found,) = plan(tx, [project(tx, hall.officer("zhou"), CODE).id]).values()
    assert [(p.code, p.department_name, p.owner) for p in found] == [
        ("GH02", "自然资源和规划局", "GH02 责任人"),
        ("GH03", "自然资源和规划局", "GH03 责任人"),
    ]


def test_two_set_the_plan_at_once_and_one_plan_stands(hall: Hall) -> None:
    opens(hall, plan=())
    plans = [PLAN, ("GH02", "GH03"), ("TZ01", "GH02", "ZJ01")]
    failed: list[Exception] = []

    def press(of: tuple[str, ...]) -> None:
        try:
            does(hall, "zhou", set_plan, CODE, items(*of))
        except Exception as refused:
            failed.append(refused)

    all_press(threading.Thread(target=press, args=(p,)) for p in plans)
    with hall.database.reading() as tx:
        (found,) = plan(tx, [project(tx, hall.officer("zhou"), CODE).id]).values()
    assert failed == []
    assert tuple(p.code for p in found) in plans


def test_matters_that_wait_for_each_other_are_refused(hall: Hall) -> None:
    opens(hall, plan=())
    publish_with_need(hall, "GH02", "D:ZJ01")
    with pytest.raises(PrerequisiteCycle, match="建设用地规划许可证核发（GH02）"):
        does(hall, "zhou", set_plan, CODE, items("GH02", "GH04", "ZJ01"))
    does(hall, "zhou", set_plan, CODE, items("GH02", "ZJ01"))


def publish_with_need(hall: Hall, matter: str, rule: str) -> None:
    """A next version of a matter whose list asks for one more result."""
    with hall.database.writing() as tx:
        running, files = export(tx, hall.office, matter)
        added = f'materials:\n  - {{key: one_more, name: 又一份结果, rule: "{rule}", src: P}}\n'
        guide = files["guide.yaml"].decode().replace("materials:\n", added, 1)
        bundle = {**files, "guide.yaml": guide.encode()}
        publish(tx, hall.office, bundle, None, "再要一份", hall.now, over=running.number)


def test_a_closed_project_stays_as_it_is(hall: Hall) -> None:
    opens(hall)
    does(hall, "zhou", close_project, CODE)
    with hall.database.reading() as tx:
        assert projects(tx, hall.officer("zhou")) == []
        assert [p.code for p in closed_projects(tx, hall.officer("zheng"))] == [CODE]
    for act, given in ((close_project, ()), (set_plan, (items("GH02"),)), (change_project, (Told(**TOLD),))):
        with pytest.raises(ProjectClosed, match="2026年3月2日 09:30"):
            does(hall, "zhou", act, CODE, *given)


def test_what_is_told_can_be_changed(hall: Hall) -> None:
    opens(hall, leader="")
    changed = does(hall, "zhou", change_project, CODE, Told(**{**TOLD, "leader": "市长 高岳", "tracker": "zheng"}))
    assert (changed.leader, changed.tracker) == ("市长 高岳", "郑言")
    hall.at("2026-08-03")  # past its target: the old day may stand, a new one must lie ahead
    does(hall, "zhou", change_project, CODE, Told(**{**TOLD, "name": "改名"}))
    with pytest.raises(ProjectNotValid):
        does(hall, "zhou", change_project, CODE, Told(**{**TOLD, "target_on": date(2026, 7, 1)}))


def test_a_project_of_another_office_is_unknown(hall: Hall) -> None:
    opens(hall)
    hall.hire("qy-zhou", "qy-900", like="qy-bai", roles=["coordinator"])
    with hall.database.reading() as tx:
        assert projects(tx, hall.officer("qy-zhou")) == []
        with pytest.raises(ProjectUnknown):
            project(tx, hall.officer("qy-zhou"), CODE)
