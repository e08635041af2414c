"""zhou opens projects in the demo hall and sets their plans; applicants file for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from engine.cases import Filing, file_case
from engine.catalogue import running_version
from engine.people import APPLICANT, office_by_code, officer_by_login
from engine.projects import (
    Heading,
    Line,
    PlanItem,
    Standing,
    Told,
    board,
    morning,
    open_project,
    set_plan,
    standing,
)
from tests.hall import APPLICATIONS, Hall

CODE = "2026-519900-34-01-000001"
TOLD: dict[str, Any] = {
    "name": "精密轴承智能制造基地",
    "owner": "临州云岭轴承有限公司",
    "investment": 120000,
    "level": "province",
    "leader": "副市长 林毅",
    "lead_unit": "经济和信息化局",
    "tracker": "zhou",
    "event": "开工",
    "target_on": date(2026, 6, 30),
}
DEPARTMENTS = {"TZ01": "ndrc", "XF01": "hurd", "ZJ01": "hurd", "ZJ04": "hurd", "HP02": "ee"}
PLAN = ("TZ01", "GH02", "GH03", "GH04", "ZJ01", "XF01", "HP02")


def items(*matters: str) -> list[PlanItem]:
    return [PlanItem(m, DEPARTMENTS.get(m, "nr"), f"{m} 责任人") for m in matters]


def opens(hall: Hall, code: str = CODE, plan: tuple[str, ...] = PLAN, *, by: str = "zhou", **told: Any) -> None:
    """A project with its plan."""
    with hall.database.writing() as tx:
        open_project(tx, officer_by_login(tx, by), code, Told(**{**TOLD, **told}), hall.now)
        if plan:
            set_plan(tx, officer_by_login(tx, by), code, items(*plan), hall.now)


def files(hall: Hall, matter: str, code: str = CODE, *, missing: tuple[str, ...] = ()) -> int:
    """The project's owner files online for one of its matters."""
    with hall.database.writing() as tx:
        office = office_by_code(tx, "lz")
        guide = running_version(tx, office.id, matter).guide
        brought = {m.key: "missing" if m.key in missing else "brought" for m in guide.materials}
        answers = dict(guide.sample) or APPLICATIONS[matter]
        filing = Filing(matter, {"name": TOLD["owner"]}, answers, brought, "web", code)
        return file_case(tx, office, filing, APPLICANT, hall.now).case_id


def granted(hall: Hall, code: str = CODE) -> int:
    """GH02 of the project, granted in one go."""
    case_id = files(hall, "GH02", code)
    hall.does("zhao", case_id, "intake", "accept")
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant")
    return case_id


def stands(hall: Hall, code: str = CODE, login: str = "zhou", now: datetime | None = None) -> Standing:
    with hall.database.reading() as tx:
        return standing(tx, officer_by_login(tx, login), code, now or hall.now)


def line(hall: Hall, matter: str, code: str = CODE) -> Line:
    return next(x for x in stands(hall, code).lines if x.code == matter)


def list_of(hall: Hall, login: str = "zhou") -> dict[str, Heading]:
    """The morning's headings by name."""
    with hall.database.reading() as tx:
        who = officer_by_login(tx, login)
        return {h.name: h for h in morning(tx, who, board(tx, who, hall.now), hall.now)}
