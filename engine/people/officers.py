"""Officers: accounts of natural persons, in a department of an office, at windows, with roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..errors import NotFound
from ..store import Prepared, Tx, tables


class Role(StrEnum):
    """What a post may do. An officer may bear several; the law's two-person rule compares persons, never roles."""

    CLERK = "clerk"  # 窗口工作人员: takes files in, hands results out
    REVIEWER = "reviewer"  # 审查人
    APPROVER = "approver"  # 首席代表: decides under delegation
    HEAD = "head"  # 本机关负责人
    MAIN_HEAD = "main_head"  # 本机关主要负责人
    GOVERNMENT = "government"  # 本级人民政府负责人
    COORDINATOR = "coordinator"  # 绿色通道协调员
    SUPERVISOR = "supervisor"  # 监察
    DESIGNER = "designer"  # 流程设计
    ADMIN = "admin"  # 系统管理: people, calendars; sees no case


class OfficerUnknown(NotFound):
    code = "officer-unknown"
    sentence = "没有这位工作人员。"
    remedy = "核对账号。"


@dataclass(frozen=True)
class Officer:
    """One account. `person_id` is the natural person behind it: a person may hold several accounts. stands_in: the absent
    for whom he stands in on this day, as the door found them; they open to him what they see themselves."""

    id: int
    office_id: int
    department_id: int
    person_id: int
    login: str
    name: str
    post: str
    roles: frozenset[Role]
    windows: frozenset[int]
    active: bool
    stands_in: tuple[Officer, ...] = field(default=(), compare=False, repr=False)

    @property
    def departments(self) -> frozenset[int]:
        """His own, and those of the absent."""
        return frozenset({self.department_id, *(one.department_id for one in self.stands_in)})


class Actor(NamedTuple):
    """Who does an act: an officer (perhaps standing in for another), the applicant, or the system."""

    kind: str  # officer | applicant | system
    officer: Officer | None = None
    acting_for: Officer | None = None

    @property
    def journal_name(self) -> str:
        return f"officer:{self.officer.login}" if self.officer else self.kind

    @property
    def name(self) -> str:
        """As people read it: 赵敏, or 代 赵敏 钱立."""
        if self.officer is None:
            return {"applicant": "申请人", "system": "系统"}[self.kind]
        return f"{self.officer.name}（代{self.acting_for.name}）" if self.acting_for else self.officer.name

    @property
    def person_id(self) -> int | None:
        return self.officer.person_id if self.officer else None


SYSTEM = Actor("system")
APPLICANT = Actor("applicant")


def officer(tx: Tx, officer_id: int) -> Officer:
    """One officer by id. Raises OfficerUnknown."""
    found = _load(tx, _BY_ID, officer_id=officer_id)
    if not found:
        raise OfficerUnknown()
    return found[0]


def officer_by_login(tx: Tx, login: str) -> Officer:
    """One officer by log-in name. Raises OfficerUnknown."""
    found = _load(tx, _BY_LOGIN, login=login)
    if not found:
        raise OfficerUnknown()
    return found[0]


def officers_at(tx: Tx, window_id: int) -> list[Officer]:
    """The active officers of a window."""
    at = sa.select(tables.officer_windows.c.officer_id).where(tables.officer_windows.c.window_id == window_id)
    return _load(tx, WITH_SEATS.where(tables.officers.c.id.in_(at), tables.officers.c.active))


def officers_of(tx: Tx, office_id: int) -> list[Officer]:
    """Every account of an office, closed ones too, in the order in which they came."""
    return _load(tx, WITH_SEATS.where(tables.officers.c.office_id == office_id))


def officers_with(tx: Tx, office_id: int, role: Role) -> list[Officer]:
    """The active officers of an office who bear a role."""
    of_it = WITH_SEATS.where(tables.officers.c.office_id == office_id, tables.officers.c.active)
    return [o for o in _load(tx, of_it) if role in o.roles]


def absent_for(tx: Tx, stand_in: Officer, on: date) -> list[Officer]:
    """Whom this officer stands in for on that day. Who has left has no power that another could use."""
    return _load(tx, _ABSENT, stand_in=stand_in.id, on=on)


def _load(tx: Tx, found: sa.Select[Any] | Prepared, **parameters: Any) -> list[Officer]:
    """found: `WITH_SEATS` with its conditions, a row for each seat."""
    of_one = [list(seats) for _, seats in groupby(tx.rows(found, **parameters), key=lambda row: int(row.id))]
    return [seated(seats) for seats in of_one]


# ---- what every request asks, written once
_O, _P, _W, _S = tables.officers, tables.persons, tables.officer_windows, tables.stand_ins
WITH_SEATS = (
    sa.select(_O, _P.c.name, _W.c.window_id)
    .select_from(_O.join(_P, _P.c.id == _O.c.person_id).outerjoin(_W, _W.c.officer_id == _O.c.id))
    .order_by(_O.c.id)
)
_BY_ID = Prepared(WITH_SEATS.where(_O.c.id == sa.bindparam("officer_id")))
_BY_LOGIN = Prepared(WITH_SEATS.where(_O.c.login == sa.bindparam("login")))
_ABSENT = Prepared(
    WITH_SEATS.where(
        _O.c.active,
        _O.c.id.in_(
            sa.select(_S.c.absent_id).where(
                _S.c.stand_in_id == sa.bindparam("stand_in"),
                _S.c.from_on <= sa.bindparam("on"),
                _S.c.until_on >= sa.bindparam("on"),
            )
        ),
    )
)


def seated(seats: Sequence[Any]) -> Officer:
    """The officer whose rows these are, one for each of his seats (`WITH_SEATS`)."""
    row = seats[0]
    return Officer(
        row.id,
        row.office_id,
        row.department_id,
        row.person_id,
        row.login,
        row.name,
        row.post,
        frozenset(Role(r) for r in row.roles),
        frozenset(s.window_id for s in seats if s.window_id is not None),
        row.active,
    )
