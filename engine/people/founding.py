"""Setting up an office from one description: departments, windows, officers, remedy texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..store import Tx, tables
from .description import DEFAULT_HOURS, Reader
from .sign_in import new_password


@dataclass(frozen=True)
class LogIn:
    """An account as it is told once, at founding."""

    login: str
    password: str
    name: str
    post: str
    office: str


def found_offices(tx: Tx, description: Any) -> list[LogIn]:
    """Create the described offices with all that is in them, and give every officer a generated password.

    description: `{"offices": [{code, name, region, level, zone?, hours?, number_prefix?, parent?, departments:
    [{code, name, windows: [{code, name, kind}]}], officers: [{login, name, identity, department, post, roles,
    windows}], remedies: {decision: text}}]}`. Raises HallNotUnderstood with every fault; nothing is half done.
    """
    reader = Reader(tx)
    reader.offices(description)
    reader.refuse()
    return [log_in for one in description["offices"] for log_in in _found(tx, one)]


def _found(tx: Tx, one: Mapping[str, Any]) -> list[LogIn]:
    parent = one.get("parent")
    office_id = tx.insert(
        tables.offices,
        code=one["code"],
        name=one["name"],
        region=one["region"],
        level=one["level"],
        zone=one.get("zone") or "Asia/Shanghai",
        hours=one.get("hours") or DEFAULT_HOURS,
        number_prefix=one.get("number_prefix") or "",
        parent_id=tx.value(sa.select(tables.offices.c.id).where(tables.offices.c.code == parent)) if parent else None,
    )
    departments, windows = {}, {}
    for department in one["departments"]:
        key = tx.insert(tables.departments, office_id=office_id, code=department["code"], name=department["name"])
        departments[department["code"]] = key
        for window in department.get("windows") or ():
            windows[window["code"]] = tx.insert(
                tables.windows,
                office_id=office_id,
                department_id=key,
                code=window["code"],
                name=window["name"],
                kind=window.get("kind") or "department",
            )
    for decision, text in (one.get("remedies") or {}).items():
        tx.insert(tables.remedies, office_id=office_id, decision=decision, body=text, source_mark="P")
    return [hire(tx, office_id, one["name"], o, departments, windows) for o in one["officers"]]


def hire(
    tx: Tx,
    office_id: int,
    office: str,
    one: Mapping[str, Any],
    departments: Mapping[str, int],
    windows: Mapping[str, int],
) -> LogIn:
    """One officer in an office, with the ids of its departments and windows; the generated password is told once."""
    tx.insert_once(tables.persons, name=one["name"], identity=one["identity"])
    person_id = tx.value(sa.select(tables.persons.c.id).where(tables.persons.c.identity == one["identity"]))
    officer_id = tx.insert(
        tables.officers,
        office_id=office_id,
        department_id=departments[one["department"]],
        person_id=person_id,
        login=one["login"],
        post=one["post"],
        roles=sorted(one["roles"]),
    )
    for code in one.get("windows") or ():
        tx.execute(tables.officer_windows.insert().values(officer_id=officer_id, window_id=windows[code]))
    return LogIn(one["login"], new_password(tx, officer_id), one["name"], one["post"], office)
