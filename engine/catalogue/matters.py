"""The catalogue as lists: which matters an office runs, which versions each has, and their files back out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..people import Office, departments, windows
from ..store import Tx, tables
from .bundle import PARTS
from .version import OWN_DEPARTMENT, MatterUnknown, Version, VersionUnknown, files, running_version, version


@dataclass(frozen=True)
class MatterRow:
    """One line of the catalogue."""

    code: str
    name: str
    department: str
    running_number: int | None


@dataclass(frozen=True)
class VersionRow:
    """One line of a matter's history. published_by, published_name: nobody for what came with the program."""

    number: int
    content_hash: str
    published_at: datetime
    published_by: str | None
    note: str
    running: bool
    published_name: str | None


@dataclass(frozen=True)
class RunningMatter:
    """A matter as its designer meets it: the department that answers for it, and the version that new cases get."""

    code: str
    name: str
    department: str
    version: VersionRow


@dataclass(frozen=True)
class Offered:
    """A matter as the public meets it: its running version, the department that answers for it, and since when this version
    is published (UTC)."""

    version: Version
    department: str
    since: datetime


def offered(tx: Tx, of: Office) -> list[Offered]:
    """What one can apply for at an office, in the order of its departments, then by code."""
    m, v, d = tables.matters, tables.versions, tables.departments
    rows = tx.rows(
        sa.select(v.c.id, v.c.published_at, d.c.name)
        .join(m, sa.and_(m.c.id == v.c.matter_id, m.c.running_number == v.c.number))
        .join(d, d.c.id == m.c.department_id)
        .where(m.c.office_id == of.id)
        .order_by(d.c.id, m.c.code)
    )
    return [Offered(version(tx, r.id), r.name, r.published_at) for r in rows]


def offered_matter(tx: Tx, of: Office, code: str) -> Offered:
    """One of them by its code. Raises MatterUnknown."""
    v, d = tables.versions, tables.departments
    running = running_version(tx, of.id, code)
    since = tx.value(sa.select(v.c.published_at).where(v.c.id == running.id))
    department = tx.value(sa.select(d.c.name).where(d.c.id == running.department_id))
    return Offered(running, department, since)


def matters(tx: Tx, of: Office) -> list[MatterRow]:
    """The matters of an office by code."""
    m, d = tables.matters, tables.departments
    rows = tx.rows(
        sa.select(m.c.code, m.c.name, d.c.code.label("department"), m.c.running_number)
        .join(d, d.c.id == m.c.department_id)
        .where(m.c.office_id == of.id)
        .order_by(m.c.code)
    )
    return [MatterRow(*tuple(r)) for r in rows]


def running_matters(tx: Tx, of: Office) -> list[RunningMatter]:
    """The matters of an office with what runs of each, in the order of its departments, then by code."""
    m, v, d = tables.matters, tables.versions, tables.departments
    rows = tx.rows(
        _version_rows()
        .add_columns(m.c.code, m.c.name.label("matter"), d.c.name.label("department"))
        .join(m, sa.and_(m.c.id == v.c.matter_id, m.c.running_number == v.c.number))
        .join(d, d.c.id == m.c.department_id)
        .where(m.c.office_id == of.id)
        .order_by(d.c.id, m.c.code)
    )
    return [RunningMatter(r.code, r.matter, r.department, _version_row(r, r.number)) for r in rows]


def versions(tx: Tx, of: Office, code: str) -> Sequence[VersionRow]:
    """Every version of a matter, the newest first. Raises MatterUnknown."""
    m, v = tables.matters, tables.versions
    matter = tx.row(sa.select(m).where(m.c.office_id == of.id, m.c.code == code))
    if matter is None:
        raise MatterUnknown(office=of.name, matter=code)
    rows = tx.rows(_version_rows().where(v.c.matter_id == matter.id).order_by(v.c.number.desc()))
    return [_version_row(r, matter.running_number) for r in rows]


def _version_rows() -> sa.Select[Any]:
    v, o, p = tables.versions, tables.officers, tables.persons
    return (
        sa.select(v.c.number, v.c.content_hash, v.c.published_at, v.c.note, o.c.login, p.c.name.label("person"))
        .select_from(v)
        .outerjoin(o, o.c.id == v.c.published_by)
        .outerjoin(p, p.c.id == o.c.person_id)
    )


def _version_row(r: Any, running: int | None) -> VersionRow:
    return VersionRow(r.number, r.content_hash, r.published_at, r.login, r.note, r.number == running, r.person)


def numbered_version(tx: Tx, of: Office, code: str, number: int) -> Version:
    """One version by its number. Raises VersionUnknown."""
    m, v = tables.matters, tables.versions
    found = tx.value(
        sa.select(v.c.id)
        .join(m, m.c.id == v.c.matter_id)
        .where(m.c.office_id == of.id, m.c.code == code, v.c.number == number)
    )
    if found is None:
        raise VersionUnknown(matter=code, number=number)
    return version(tx, found)


def known_parts(tx: Tx, of: Office) -> dict[str, bytes]:
    """The parts that the running matters of an office call, for a designer to call too; of one name the newest published."""
    m, v, f, b = tables.matters, tables.versions, tables.version_files, tables.blobs
    rows = tx.rows(
        sa.select(f.c.name, b.c.body)
        .join(b, b.c.digest == f.c.digest)
        .join(v, v.c.id == f.c.version_id)
        .join(m, sa.and_(m.c.id == v.c.matter_id, m.c.running_number == v.c.number))
        .where(m.c.office_id == of.id, f.c.name.startswith(PARTS, autoescape=True))
        .order_by(v.c.published_at, v.c.id)
    )
    return {r.name: r.body for r in rows}


def export(tx: Tx, of: Office, code: str, number: int | None = None) -> tuple[Version, dict[str, bytes]]:
    """A version and its very bytes; the running one when no number is given. Raises MatterUnknown, VersionUnknown."""
    history = versions(tx, of, code)
    wanted = number if number is not None else next((r.number for r in history if r.running), 0)
    chosen = numbered_version(tx, of, code, wanted)
    return chosen, files(tx, chosen.id)


def code_names(tx: Tx, of: Office) -> dict[str, str]:
    """What people call the codes of departments and windows of an office."""
    named = {w.code: w.name for w in windows(tx, of.id)} | departments(tx, of.id)
    return {**named, OWN_DEPARTMENT: "本事项的部门"}
