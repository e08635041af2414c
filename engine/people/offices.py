"""Offices, departments, windows; the office's own time; the calendars that hold there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ..clock import Notice, OfficeHours, OfficeTime, WorkCalendar, dump_notice, parse_notice, shipped_notices
from ..errors import NotFound, NotNow
from ..store import ConstraintBroken, Prepared, Tx, tables


class OfficeUnknown(NotFound):
    code = "office-unknown"
    sentence = "没有代码为“{code}”的政务服务机构。"
    remedy = "用 lianshen doctor 查看已登记的机构代码。"


class NoOffice(NotFound):
    code = "no-office"
    sentence = "还没有登记任何机构。"
    remedy = "先用 lianshen found 建立机构。"


class WindowUnknown(NotFound):
    code = "window-unknown"
    sentence = "{office}没有“{window}”这个窗口或部门。"
    remedy = "在机构登记中补上窗口，或修改流程图里的窗口代码。"


class NoticeKnown(NotNow):
    code = "notice-known"
    sentence = "{region} 的放假通知 {number} 已经导入过。"
    remedy = "若内容有更正，请按新的文号导入。"


class NoticeOfNoOffice(NotNow):
    """A notice for a region where nobody counts by it: a wrong code, most likely, and the right office would not hear."""

    code = "notice-of-no-office"
    sentence = "没有机构在地区 {region}，放假通知 {number} 没有导入。"
    remedy = "核对地区代码；要在这个地区建立机构的，先建立机构再导入。"


@dataclass(frozen=True)
class Office:
    """A government service centre: the owner of windows, officers, cases, number series and calendars."""

    id: int
    code: str
    name: str
    region: str
    level: str
    zone: ZoneInfo
    hours: OfficeHours
    count_start_day: bool
    number_prefix: str


@dataclass(frozen=True)
class Window:
    id: int
    office_id: int
    department_id: int
    department: str
    code: str
    name: str
    kind: str


def offices(tx: Tx) -> list[Office]:
    """Every office, the oldest first."""
    return [_office(r) for r in tx.rows(sa.select(tables.offices).order_by(tables.offices.c.id))]


def office(tx: Tx, office_id: int) -> Office:
    found = tx.row(_OFFICE, office_id=office_id)
    assert found is not None
    return _office(found)


_OFFICE = Prepared(sa.select(tables.offices).where(tables.offices.c.id == sa.bindparam("office_id")))


def office_by_code(tx: Tx, code: str) -> Office:
    """Raises OfficeUnknown."""
    row = tx.row(_BY_CODE, code=code)
    if row is None:
        raise OfficeUnknown(code=code)
    return _office(row)


_BY_CODE = Prepared(sa.select(tables.offices).where(tables.offices.c.code == sa.bindparam("code")))


def chosen_office(tx: Tx, code: str | None) -> Office:
    """The office with this code; without one, the oldest. Raises OfficeUnknown, NoOffice."""
    if code is not None:
        return office_by_code(tx, code)
    oldest = next(iter(offices(tx)), None)
    if oldest is None:
        raise NoOffice()
    return oldest


def office_and_above(tx: Tx, office_id: int) -> list[int]:
    """The office itself and those that it stands under, the nearest first."""
    return above(office_id, parents(tx))


def parents(tx: Tx) -> dict[int, int | None]:
    """Under which office each of all stands; None for one that stands under none."""
    o = tables.offices
    return {r.id: r.parent_id for r in tx.rows(sa.select(o.c.id, o.c.parent_id))}


def above(office_id: int, parents: Mapping[int, int | None]) -> list[int]:
    """The office itself and those above it, the nearest first."""
    line, at = [office_id], parents.get(office_id)
    while at is not None and at not in line:
        line.append(at)
        at = parents.get(at)
    return line


def upper_office(tx: Tx, office_id: int, level: str) -> Office | None:
    """The office of this level under which an office stands, directly or over others; None where none is registered."""
    over = (office(tx, one) for one in office_and_above(tx, office_id)[1:])
    return next((one for one in over if one.level == level), None)


def departments(tx: Tx, office_id: int) -> dict[str, str]:
    """The departments of an office: code -> name, in the order in which they were registered."""
    d = tables.departments
    rows = tx.rows(sa.select(d.c.code, d.c.name).where(d.c.office_id == office_id).order_by(d.c.id))
    return {r.code: r.name for r in rows}


def department_name(tx: Tx, department_id: int) -> str:
    name: str = tx.value(sa.select(tables.departments.c.name).where(tables.departments.c.id == department_id))
    return name


def windows(tx: Tx, office_id: int) -> list[Window]:
    """The windows of an office, with their departments' codes."""
    rows = tx.rows(_WINDOWS, office_id=office_id)
    return [Window(r.id, r.office_id, r.department_id, r.department, r.code, r.name, r.kind) for r in rows]


_WINDOWS = Prepared(
    sa.select(tables.windows, tables.departments.c.code.label("department"))
    .join(tables.departments, tables.departments.c.id == tables.windows.c.department_id)
    .where(tables.windows.c.office_id == sa.bindparam("office_id"))
    .order_by(tables.windows.c.id)
)


def window_for(among: Sequence[Window], window: str | None, department: str | None) -> Window | None:
    """The window that a step means: the one it names, else the first of its department; None when there is none."""
    if window is not None:
        return next((w for w in among if w.code == window), None)
    return next((w for w in among if w.department == department), None)


def remedy_text(tx: Tx, office_id: int, decision: str) -> str | None:
    """How an applicant may seek remedy against this kind of decision of this office; None when nobody wrote it down."""
    body = tx.value(_REMEDY, office_id=office_id, decision=decision)
    return None if body is None else str(body)


_REMEDY = Prepared(
    sa.select(tables.remedies.c.body).where(
        tables.remedies.c.office_id == sa.bindparam("office_id"), tables.remedies.c.decision == sa.bindparam("decision")
    )
)


# ---------------------------------------------------------------- the office's time
def office_time(tx: Tx, of: Office) -> OfficeTime:
    """The zone, the hours and the calendar of an office, as known now. Calendars are built once per set of notices."""
    calendar = _calendar(tuple(notices(tx)), of.region)
    return OfficeTime(calendar=calendar, hours=of.hours, zone=of.zone, count_start_day=of.count_start_day)


def notices(tx: Tx) -> list[Notice]:
    """Every holiday notice of the database, shipped ones and imported ones."""
    return [_notice(r.text) for r in tx.rows(_NOTICES)]


_NOTICES = Prepared(
    sa.select(sa.type_coerce(tables.calendar_notices.c.body, sa.Text).label("text")).order_by(
        tables.calendar_notices.c.id
    )
)


def ship_notices(tx: Tx, now: datetime) -> list[Notice]:
    """Put the notices that came with the program into the database, unless it has them. Returns the new ones."""
    return [notice for notice in shipped_notices() if _keep(tx, notice, now)]


def import_notice(tx: Tx, notice: Notice, now: datetime) -> None:
    """A new notice holds from now on; supervision recomputes the open dates. Raises NoticeKnown for a known number,
    NoticeOfNoOffice where its region has none."""
    if not any(f"{o.region}-".startswith(f"{notice.region}-") for o in offices(tx)):
        raise NoticeOfNoOffice(region=notice.region, number=notice.number)
    try:
        if not _keep(tx, notice, now):
            raise NoticeKnown(region=notice.region, number=notice.number)
    except ConstraintBroken as known:
        raise NoticeKnown(region=notice.region, number=notice.number) from known


def _keep(tx: Tx, notice: Notice, now: datetime) -> bool:
    return tx.insert_once(
        tables.calendar_notices,
        region=notice.region,
        number=notice.number,
        year=notice.year,
        holds_from=notice.holds_from,
        body=dump_notice(notice),
        imported_at=now,
    )


@lru_cache(maxsize=1024)
def _notice(text: str) -> Notice:
    """Every act asks for the calendar: a notice is read once, not at each of them."""
    return parse_notice(json.loads(text))


@lru_cache(maxsize=64)
def _calendar(known: tuple[Notice, ...], region: str) -> WorkCalendar:
    return WorkCalendar.of(known, region=region)


def _office(row: Any) -> Office:
    return Office(
        row.id,
        row.code,
        row.name,
        row.region,
        row.level,
        ZoneInfo(row.zone),
        OfficeHours.from_json(row.hours),
        row.count_start_day,
        row.number_prefix,
    )
