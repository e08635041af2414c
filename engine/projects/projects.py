"""A key project and its plan: opened, changed and closed by the coordinator of the office; supervision reads.

Everything that is changed here is told in the office's journal. A case belongs to a project by its project code; the
project never acts on a case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..catalogue import Guide, running_guides
from ..clock import ClockKind
from ..errors import Fault, NotFound, NotNow, NotValid
from ..people import Officer, OfficerUnknown, Role, demand_role, office, office_time, officer_by_login
from ..store import ConstraintBroken, Tx, journal, tables
from .schedule import Work, order_of
from .stages import events, in_order

LEVELS: Mapping[str, str] = {"nation": "国家级", "province": "省级", "city": "市级", "county": "县级"}
MOST_ITEMS = 100
_LONGEST = {"code": 40, "name": 100, "owner": 100, "leader": 100, "lead_unit": 100}


class ProjectUnknown(NotFound):
    """No such project, or none that the asker may see: the answer is the same."""

    code = "project-unknown"
    sentence = "没有找到这个项目。"
    remedy = "核对项目代码；重点项目由本机构的协调员和监察人员查看。"


class ProjectKnown(NotNow):
    code = "project-known"
    sentence = "项目代码“{project}”已经登记过。"
    remedy = "打开已登记的项目，或核对项目代码。"


class ProjectClosed(NotNow):
    code = "project-closed"
    sentence = "项目“{name}”已于 {at} 办结，不能再修改。"
    remedy = "核对项目；需要重新推进的，另立一个项目。"


class ProjectNotValid(NotValid):
    code = "project-not-valid"
    sentence = "项目有 {count} 处需要补充或修改。"
    remedy = "按每处的提示填写后重新提交。"


class PlanNotQuantified(NotValid):
    """三个量化: an item without its target, its date or its owner is no item of a plan."""

    code = "plan-not-quantified"
    sentence = "计划有 {count} 处没有量化：每个事项要有目标任务、时间进度和责任主体。"
    remedy = "按每处的提示补全后重新提交，其余内容没有丢失。"


@dataclass(frozen=True)
class Told:
    """What a coordinator tells of a project. investment: 万元. event, target_on: what it is driven towards, by when. leader and
    lead_unit may still be empty (六个一 shows the gap); tracker: login of the officer who follows it to the end."""

    name: str
    owner: str
    investment: int
    level: str
    leader: str
    lead_unit: str
    tracker: str
    event: str
    target_on: date


@dataclass(frozen=True)
class Project:
    """A key project. tracker, tracker_login: who follows it to the end (一抓到底)."""

    id: int
    office_id: int
    code: str
    name: str
    owner: str
    investment: int
    level: str
    leader: str
    lead_unit: str
    tracker: str
    tracker_login: str
    event: str
    target_on: date
    opened_at: datetime
    closed_at: datetime | None

    @property
    def level_name(self) -> str:
        return LEVELS[self.level]


@dataclass(frozen=True)
class PlanItem:
    """One matter of a plan. department: the code of the department that answers for it; owner: the person who does."""

    code: str
    department: str
    owner: str


@dataclass(frozen=True)
class Planned:
    """A plan item as it stands, with the department's name."""

    code: str
    department: str
    department_name: str
    owner: str


# ---------------------------------------------------------------- what the coordinator does
def open_project(tx: Tx, by: Officer, code: str, told: Told, now: datetime) -> Project:
    """Put a project on the board. Raises ActNotAllowed, ProjectNotValid, ProjectKnown."""
    _demand_coordinator(by)
    faults = [*_code_faults(code), *_faults(tx, by.office_id, told), *_past_faults(tx, by.office_id, told, now)]
    if faults:
        raise ProjectNotValid(faults=faults, count=len(faults))
    try:
        tx.insert(tables.projects, office_id=by.office_id, code=code, opened_at=now, **_values(tx, told))
    except ConstraintBroken as refused:
        if refused.name != "uq_projects_office_id_code":
            raise
        raise ProjectKnown(project=code) from refused
    _tell(tx, by, "open_project", now, project=code, **asdict(told))
    return project(tx, by, code)


def change_project(tx: Tx, by: Officer, code: str, told: Told, now: datetime) -> Project:
    """Change what is told of a project; its code stays. Raises ProjectUnknown, ProjectClosed, ProjectNotValid."""
    known = _for_change(tx, by, code)
    faults = list(_faults(tx, by.office_id, told))
    if told.target_on != known.target_on:
        faults += _past_faults(tx, by.office_id, told, now)
    if faults:
        raise ProjectNotValid(faults=faults, count=len(faults))
    tx.execute(tables.projects.update().where(tables.projects.c.id == known.id).values(**_values(tx, told)))
    _tell(tx, by, "change_project", now, project=code, **asdict(told))
    return project(tx, by, code)


def set_plan(tx: Tx, by: Officer, code: str, items: Sequence[PlanItem], now: datetime) -> list[Planned]:
    """Set the whole plan: these matters, each with the department and the person who answer for it. The date of each
    follows from the project's target (三个倒排), so a matter without a promised limit has none and is refused. Raises
    ProjectUnknown, ProjectClosed, PlanNotQuantified with every gap, PrerequisiteCycle with the names."""
    known = _for_change(tx, by, code)
    guides = running_guides(tx, known.office_id, [i.code for i in items])
    departments = _departments(tx, known.office_id)
    faults = list(_gaps(items, guides, departments))
    if faults:
        raise PlanNotQuantified(faults=faults, count=len(faults))
    order_of(work_of(guides[i.code]) for i in items)
    p = tables.plan_items
    tx.execute(p.delete().where(p.c.project_id == known.id))
    for item in sorted(items, key=lambda i: in_order(i.code)):
        tx.insert(
            p, project_id=known.id, code=item.code, department_id=departments[item.department], owner=item.owner.strip()
        )
    _tell(tx, by, "set_plan", now, project=code, items=[asdict(i) for i in items])
    return plan(tx, [known.id]).get(known.id, [])


def close_project(tx: Tx, by: Officer, code: str, now: datetime) -> None:
    """Take a project off the board; its cases go on as they are. Raises ProjectUnknown, ProjectClosed."""
    known = _for_change(tx, by, code)
    tx.execute(tables.projects.update().where(tables.projects.c.id == known.id).values(closed_at=now))
    _tell(tx, by, "close_project", now, project=code)


# ---------------------------------------------------------------- what there is
def project(tx: Tx, who: Officer, code: str) -> Project:
    """One project of the officer's office. Raises ProjectUnknown, for a stranger too."""
    found = _load(tx, who, tables.projects.c.code == code)
    if not found:
        raise ProjectUnknown()
    return found[0]


def projects(tx: Tx, who: Officer) -> list[Project]:
    """The open projects of the officer's office, in the order in which they were opened; none for a stranger."""
    return _load(tx, who, tables.projects.c.closed_at.is_(None))


def closed_projects(tx: Tx, who: Officer) -> list[Project]:
    """The closed ones, the last closed first."""
    found = _load(tx, who, tables.projects.c.closed_at.is_not(None))
    return sorted(found, key=lambda p: (p.closed_at, p.id), reverse=True)


def plan(tx: Tx, project_ids: Sequence[int]) -> dict[int, list[Planned]]:
    """The plan items of these projects, by project, in the order of the stages."""
    i, d = tables.plan_items, tables.departments
    rows = tx.rows(
        sa.select(i.c.project_id, i.c.code, d.c.code.label("department"), d.c.name, i.c.owner)
        .join(d, d.c.id == i.c.department_id)
        .where(i.c.project_id.in_(project_ids))
    )
    found: dict[int, list[Planned]] = {}
    for r in sorted(rows, key=lambda r: in_order(r.code)):
        found.setdefault(r.project_id, []).append(Planned(r.code, r.department, r.name, r.owner))
    return found


def work_of(guide: Guide) -> Work:
    """A matter as the schedule sees it: its promise, and what it needs of other matters."""
    needs = tuple(need.codes for need in guide.needs)
    return Work(guide.code, guide.name, guide.limits[ClockKind.PROMISED].span, needs)


def followers(tx: Tx, who: Officer) -> list[tuple[str, str]]:
    """Who may be named as the one who follows a project to its end: log-in and name, those of the officer's own department
    first."""
    o, p = tables.officers, tables.persons
    rows = tx.rows(
        sa.select(o.c.login, o.c.post, o.c.department_id, p.c.name)
        .join(p, p.c.id == o.c.person_id)
        .where(o.c.office_id == who.office_id, o.c.active)
        .order_by(o.c.id)
    )
    near = sorted(rows, key=lambda r: r.department_id != who.department_id)
    return [(r.login, f"{r.name}（{r.post}）" if r.post else r.name) for r in near]


# ---------------------------------------------------------------- how they work
def reads_projects(who: Officer) -> bool:
    """Whether this officer may know of the projects of his office."""
    return who.active and bool(who.roles & {Role.COORDINATOR, Role.SUPERVISOR})


def _demand_coordinator(by: Officer) -> None:
    if not reads_projects(by):
        raise ProjectUnknown()
    demand_role(by, Role.COORDINATOR)


def _for_change(tx: Tx, by: Officer, code: str) -> Project:
    """The open project, its row locked: two who change it come one after the other."""
    _demand_coordinator(by)
    t = tables.projects
    tx.rows(sa.select(t.c.id).where(t.c.office_id == by.office_id, t.c.code == code).with_for_update())
    known = project(tx, by, code)
    if known.closed_at is not None:
        raise ProjectClosed(name=known.name, at=known.closed_at)
    return known


def _load(tx: Tx, who: Officer, *conditions: sa.ColumnElement[bool]) -> list[Project]:
    if not reads_projects(who):
        return []
    t, o, p = tables.projects, tables.officers, tables.persons
    rows = tx.rows(
        sa.select(t, o.c.login, p.c.name.label("tracker"))
        .join(o, o.c.id == t.c.tracker_id)
        .join(p, p.c.id == o.c.person_id)
        .where(t.c.office_id == who.office_id, *conditions)
        .order_by(t.c.id)
    )
    return [
        Project(
            id=r.id,
            office_id=r.office_id,
            code=r.code,
            name=r.name,
            owner=r.owner,
            investment=r.investment,
            level=r.level,
            leader=r.leader,
            lead_unit=r.lead_unit,
            tracker=r.tracker,
            tracker_login=r.login,
            event=r.event,
            target_on=r.target_on,
            opened_at=r.opened_at,
            closed_at=r.closed_at,
        )
        for r in rows
    ]


def _values(tx: Tx, told: Told) -> dict[str, Any]:
    values = {k: v.strip() if isinstance(v, str) else v for k, v in asdict(told).items() if k != "tracker"}
    return {**values, "tracker_id": officer_by_login(tx, told.tracker).id}


def _tell(tx: Tx, by: Officer, act: str, now: datetime, **payload: Any) -> None:
    told = {k: v.isoformat() if isinstance(v, date) else v for k, v in payload.items()}
    entry = journal.Entry(act, f"officer:{by.login}", now, told, person=str(by.person_id))
    journal.append(tx, journal.Stream("office", by.office_id), office(tx, by.office_id).code, entry, "")


def _departments(tx: Tx, office_id: int) -> dict[str, int]:
    d = tables.departments
    return {r.code: r.id for r in tx.rows(sa.select(d.c.code, d.c.id).where(d.c.office_id == office_id))}


def _code_faults(code: str) -> Iterator[Fault]:
    """A code is part of an address, and one without a figure could be taken for a page."""
    written = all((c.isascii() and c.isalnum()) or c in "-_" for c in code)
    if len(code) > _LONGEST["code"] or not written or not any(c.isdigit() for c in code):
        yield Fault("/code", "项目代码应当是不超过 40 个的字母、数字和连接号", "如 2026-511900-04-01-000001")


def _faults(tx: Tx, office_id: int, told: Told) -> Iterator[Fault]:
    for name, label, needed in (
        ("name", "项目名称", True),
        ("owner", "建设单位", True),
        ("leader", "挂帅领导", False),
        ("lead_unit", "牵头单位", False),
    ):
        text = getattr(told, name).strip()
        if needed and not text:
            yield Fault(f"/{name}", f"没有填写{label}", f"填写{label}")
        elif len(text) > _LONGEST[name] or not text.isprintable():
            yield Fault(f"/{name}", f"{label}应当是不超过 {_LONGEST[name]} 个字的一行文字", "改短")
    if not 0 < told.investment <= 1_000_000_000:
        yield Fault("/investment", "总投资应当是大于 0 的整数，单位万元", "如 120000（12 亿元）")
    if told.level not in LEVELS:
        yield Fault("/level", "没有选择项目级别", f"可选：{'、'.join(LEVELS.values())}")
    if told.event not in events():
        yield Fault("/event", "没有选择目标节点", f"可选：{'、'.join(events())}")
    if not _works_here(tx, told.tracker, office_id):
        yield Fault("/tracker", "没有选择跟踪专人", "选择本机构的一位工作人员")


def _past_faults(tx: Tx, office_id: int, told: Told, now: datetime) -> Iterator[Fault]:
    today = office_time(tx, office(tx, office_id)).civil(now)
    if not today < told.target_on < date(today.year + 20, 1, 1):
        yield Fault("/target_on", "目标日期应当在今天之后、二十年之内", "如 2026-12-28")


def _works_here(tx: Tx, login: str, office_id: int) -> bool:
    try:
        found = officer_by_login(tx, login)
    except OfficerUnknown:
        return False
    return found.active and found.office_id == office_id


def _gaps(items: Sequence[PlanItem], guides: Mapping[str, Guide], departments: Mapping[str, int]) -> Iterator[Fault]:
    """Every item without its target (a matter that the office runs), date (a promised limit), or owner."""
    seen: set[str] = set()
    if len(items) > MOST_ITEMS:
        yield Fault("/items", f"计划超过 {MOST_ITEMS} 个事项", "分成几个项目")
    for n, item in enumerate(items):
        guide = guides.get(item.code)
        if guide is None:
            yield Fault(f"/items/{n}/code", f"目标任务“{item.code}”不是本机构开办的事项", "从已开办的事项中选择")
            continue
        if item.code in seen:
            yield Fault(f"/items/{n}/code", f"“{guide.name}”列了两次", "每个事项列一次")
        seen.add(item.code)
        if ClockKind.PROMISED not in guide.limits:
            yield Fault(f"/items/{n}/code", f"“{guide.name}”没有承诺时限，定不出时间进度", "先在办事指南里写明承诺时限")
        if item.department not in departments:
            yield Fault(f"/items/{n}/department", f"“{guide.name}”没有责任部门", "选择本机构的一个部门")
        owner = item.owner.strip()
        if not owner or len(owner) > 40 or not owner.isprintable():
            yield Fault(f"/items/{n}/owner", f"“{guide.name}”没有责任人", "填写责任人的姓名，不超过 40 个字")
