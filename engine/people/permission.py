"""The one place of permission: who sees a case, who may do an act. A stranger learns not even that it exists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..errors import NotAllowed, NotFound
from ..store import Prepared, Tx, tables
from .establishment import Establishment, establishment_now
from .officers import Actor, Officer, Role
from .offices import office_and_above


class CaseUnknown(NotFound):
    """No such case, or none that the asker may see: the answer is the same."""

    code = "case-unknown"
    sentence = "没有找到这个办件。"
    remedy = "核对办件编号；若确有此件，请向承办窗口或主管部门查询。"


class ActNotAllowed(NotAllowed):
    code = "act-not-allowed"
    sentence = "{name}没有办理这一步的权限：需要{roles}{window}。"
    remedy = "请由有权限的同事办理，或由其办理代理登记。"


ROLE_NAMES = {
    Role.CLERK: "窗口工作人员",
    Role.REVIEWER: "审查人",
    Role.APPROVER: "首席代表",
    Role.HEAD: "本机关负责人",
    Role.MAIN_HEAD: "本机关主要负责人",
    Role.GOVERNMENT: "本级人民政府负责人",
    Role.COORDINATOR: "绿色通道协调员",
    Role.SUPERVISOR: "监察人员",
    Role.DESIGNER: "流程设计员",
    Role.ADMIN: "系统管理员",
}


LEADERS = "牵头部门或者并联审批窗口的工作人员、绿色通道协调员"
_OVER_ALL = frozenset({Role.SUPERVISOR, Role.COORDINATOR, Role.GOVERNMENT})
"""Who sees the cases of a whole office, whatever department holds them."""


@dataclass(frozen=True)
class Lead:
    """Who brings the departments of a case together: those of the departments that lead it, and whoever sits at a joint window.
    A coordinator does wherever he sees the case."""

    departments: frozenset[int]
    windows: frozenset[int]

    def holds(self, officer: Officer) -> bool:
        return (
            Role.COORDINATOR in officer.roles
            or officer.department_id in self.departments
            or bool(officer.windows & self.windows)
        )


class Demand(NamedTuple):
    """What an act asks of whoever does it: one of the roles, and a seat at the window where it lies (None: any).
    department_id: in whose name he does it, where he may in that of several. lead: he must be one of those who lead."""

    roles: frozenset[Role]
    window_id: int | None = None
    department_id: int | None = None
    lead: Lead | None = None


def sees(tx: Tx, officer: Officer, case_id: int, office_id: int) -> bool:
    """Whether this officer may know of the case at all.

    His department holds or held a step of it, or he supervises or coordinates in the case's office or one above it, or is the
    head of government there, who lengthens the limit of a stage and belongs to no department of it (第42条第二款); or an
    absent one for whom he stands in does. Of a matter of two levels (第35条) whoever holds or held a step at one level sees the
    case of the other level too: the lower office sent up the whole file, and delivers what is decided above. Designers and
    administrators as such see none.
    """
    return any(_sees(tx, one, case_id, office_id) for one in (officer, *officer.stands_in))


def _sees(tx: Tx, officer: Officer, case_id: int, office_id: int) -> bool:
    if _looks_over(tx, officer, office_id):
        return True
    return tx.value(_HELD, case_id=case_id, department_id=officer.department_id) is not None


def _looks_over(tx: Tx, one: Officer, office_id: int, known: Establishment | None = None) -> bool:
    """Whether he sees the cases of this whole office, his own or one below it."""
    if not one.roles & _OVER_ALL:
        return False
    return one.office_id in (known or establishment_now(tx)).office_and_above(tx, office_id)


def _of_both_levels(case_id: Any, lower_id: Any) -> sa.ColumnElement[bool]:
    """That a row of `case_departments` is of this case, or of the same case at the other level."""
    other = tables.cases.alias("other_level")
    above = sa.select(other.c.id).where(other.c.lower_id == case_id).correlate(tables.cases)
    every = sa.union_all(
        sa.select(case_id.label("id")).correlate(tables.cases), sa.select(lower_id).correlate(tables.cases), above
    )
    return tables.case_departments.c.case_id.in_(every)


def _held_here_or_at_the_other_level() -> sa.Select[Any]:
    part, c = tables.case_departments, tables.cases
    case_id = sa.bindparam("case_id", type_=sa.BigInteger())
    below = sa.select(c.c.lower_id).where(c.c.id == case_id).scalar_subquery()
    mine = part.c.department_id == sa.bindparam("department_id")
    return sa.select(part.c.case_id).where(mine, _of_both_levels(case_id, below)).limit(1)


_HELD = Prepared(_held_here_or_at_the_other_level())
HOLDERS = (
    sa.select(sa.func.aggregate_strings(sa.cast(tables.case_departments.c.department_id, sa.Text), ","))
    .where(_of_both_levels(tables.cases.c.id, tables.cases.c.lower_id))
    .correlate(tables.cases)
    .scalar_subquery()
)
"""The departments that hold or held a step of a case, at either level, as a column beside those of `cases`: `3,7,3`, or none."""


@dataclass(frozen=True)
class Sight:
    """What cases an officer may see: those of which one of these departments holds or held a step, with those of the other level
    beside them, and those of these offices. two_levels: there are cases of two levels at all; most halls have none."""

    departments: frozenset[int]
    offices: frozenset[int]
    two_levels: bool

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """On `cases`, asked of every case that a list comes by."""
        c, other = tables.cases, tables.cases.alias("other_level")
        found: list[sa.ColumnElement[bool]] = [self._held(c.c.id)]
        if self.offices:
            found.insert(0, c.c.office_id.in_(sorted(self.offices)))
        if self.two_levels:
            found.append(sa.and_(c.c.lower_id.is_not(None), self._held(c.c.lower_id)))
            found.append(self._held(other.c.id, other.c.lower_id == c.c.id))
        return sa.or_(*found)

    @property
    def ways(self) -> list[tuple[Any, tuple[sa.ColumnElement[bool], ...], sa.ColumnElement[Any]]]:
        """The same, to begin with: what to select from, on which conditions, and the column by which it is read from the newest on.
        Together they give every case that he may see, some of them twice."""
        part, c, other = tables.case_departments, tables.cases, tables.cases.alias("other_level")
        each: list[Any] = [(c.c.office_id == one) for one in sorted(self.offices)]
        if len(each) > _MANY_OFFICES:
            each = [c.c.office_id.in_(sorted(self.offices))]
        held = c.join(part, part.c.case_id == c.c.id)
        ways: list[Any] = [(c, (one,), c.c.id) for one in each]
        ways += [(held, (part.c.department_id == one,), part.c.case_id) for one in sorted(self.departments)]
        if self.two_levels:
            upper = sa.select(other.c.id).where(other.c.lower_id.is_not(None))
            ways.append((c, (c.c.id.in_(upper), self._held(c.c.lower_id)), c.c.id))
            lower = sa.select(other.c.lower_id).where(other.c.lower_id.is_not(None), self._held(other.c.id, on=other))
            ways.append((c, (c.c.id.in_(lower),), c.c.id))
        return ways

    def _held(
        self, case_id: sa.ColumnElement[Any], *joined: sa.ColumnElement[bool], on: Any = tables.cases
    ) -> sa.ColumnElement[bool]:
        part = tables.case_departments
        mine = (part.c.case_id == case_id, part.c.department_id.in_(sorted(self.departments)))
        return sa.select(part.c.case_id).where(*mine, *joined).correlate(on).exists()


_MANY_OFFICES = 16


def sight(tx: Tx, officer: Officer) -> Sight:
    """The same rule as that of `sees`, for lists."""
    above = {one.office_id for one in (officer, *officer.stands_in) if one.roles & _OVER_ALL}
    offices = {below for one in above for below in establishment_now(tx).office_and_below(tx, one)}
    return Sight(officer.departments, frozenset(offices), tx.value(_TWO_LEVELS) is not None)


_TWO_LEVELS = Prepared(
    sa.select(tables.cases.c.lower_id).where(tables.cases.c.lower_id.is_not(None)).limit(sa.literal_column("1"))
)


def visible_cases(tx: Tx, officer: Officer) -> sa.ColumnElement[bool]:
    """The same rule as a condition on `cases`."""
    return sight(tx, officer).condition


def bearers(
    tx: Tx, officer: Officer, on: date, *, known: Establishment, office_id: int, holders: Collection[int]
) -> Sequence[Officer]:
    """In whose power an officer may act at a case on that day: his own, and that of the absent for whom he stands in.
    holders: the departments that hold or held a step of it, see `HOLDERS`. Raises CaseUnknown when he may not even see it."""
    all_of_them = (officer, *(known.absent_for(tx, officer, on) if officer.active else ()))
    for one in all_of_them:
        for looker in (one, *one.stands_in):
            if looker.department_id in holders or _looks_over(tx, looker, office_id, known):
                return all_of_them
    raise CaseUnknown()


def may(tx: Tx, officer: Officer, demand: Demand, among: Sequence[Officer], *, office_id: int) -> Actor:
    """Who of his bearers the officer acts as when he does what `demand` asks at a case of this office. Raises ActNotAllowed when
    he sees the case but may not do this: whoever sees it from the other level looks on, and does nothing to it."""
    found: Officer | None = None
    for one in among if officer.active else ():
        if not _fits(one, demand, office_id):
            continue
        if one.department_id == demand.department_id:
            found = one
            break
        found = found or one
    if found is not None:
        return Actor("officer", officer, acting_for=None if found is officer else found)
    name = _window_name(tx, demand.window_id) if demand.window_id is not None else ""
    raise ActNotAllowed(
        name=officer.name,
        roles=LEADERS if demand.lead else "或".join(ROLE_NAMES[r] for r in Role if r in demand.roles),
        window=f"（{name}）" if name else "",
    )


def _window_name(tx: Tx, window_id: int) -> str:
    name: str = tx.value(sa.select(tables.windows.c.name).where(tables.windows.c.id == window_id))
    return name


def demand_role(officer: Officer, *roles: Role) -> None:
    """For acts that concern no case (publish, calendars). Raises ActNotAllowed."""
    if not officer.active or not officer.roles & set(roles):
        raise ActNotAllowed(name=officer.name, roles="或".join(ROLE_NAMES[r] for r in roles), window="")


def demand_role_in(tx: Tx, officer: Officer, office_id: int, *roles: Role) -> None:
    """The same where the act is an office's: he must be of that office or of one above it. Raises ActNotAllowed."""
    demand_role(officer, *roles)
    if officer.office_id not in office_and_above(tx, office_id):
        needed = "或".join(ROLE_NAMES[r] for r in roles)
        raise ActNotAllowed(name=officer.name, roles=needed, window="（本机构或其上级机构的）")


def _fits(officer: Officer, demand: Demand, office_id: int) -> bool:
    if officer.office_id != office_id and not officer.roles & demand.roles & _OVER_ALL:
        return False
    seated = demand.window_id is None or demand.window_id in officer.windows
    leads = demand.lead is None or demand.lead.holds(officer)
    return seated and leads and bool(officer.roles & demand.roles)
