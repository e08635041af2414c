"""Setting up an office from one description: departments, windows, officers, remedy texts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..errors import Fault, NotValid
from ..store import Tx, tables
from .officers import Role
from .sign_in import set_password

DEFAULT_HOURS = [["09:00", "12:00"], ["14:00", "17:00"]]


class HallNotUnderstood(NotValid):
    """The description of an office has faults."""

    code = "hall-not-understood"
    sentence = "机构说明有 {count} 处错误，没有建立任何内容。"
    remedy = "按所列位置修改后重试。"


@dataclass(frozen=True)
class LogIn:
    """An account as it is told once, at founding."""

    login: str
    password: str
    name: str
    post: str
    office: str


def found_offices(tx: Tx, description: Mapping[str, Any]) -> list[LogIn]:
    """Create the described offices with all that is in them, and give every officer a generated password.

    description: `{"offices": [{code, name, region, level, zone?, hours?, number_prefix?, parent?, departments:
    [{code, name, windows: [{code, name, kind}]}], officers: [{login, name, identity, department, post, roles,
    windows}], remedies: {decision: text}}]}`. Raises HallNotUnderstood with every fault; nothing is half done.
    """
    faults = list(_faults(description))
    if faults:
        raise HallNotUnderstood(faults=faults, count=len(faults))
    return [log_in for one in description["offices"] for log_in in _found(tx, one)]


def _found(tx: Tx, one: Mapping[str, Any]) -> list[LogIn]:
    parent = one.get("parent")
    office_id = tx.insert(
        tables.offices,
        code=one["code"],
        name=one["name"],
        region=one["region"],
        level=one["level"],
        zone=one.get("zone", "Asia/Shanghai"),
        hours=one.get("hours", DEFAULT_HOURS),
        number_prefix=one.get("number_prefix", ""),
        parent_id=tx.value(sa.select(tables.offices.c.id).where(tables.offices.c.code == parent)) if parent else None,
    )
    departments, windows = {}, {}
    for department in one["departments"]:
        key = tx.insert(tables.departments, office_id=office_id, code=department["code"], name=department["name"])
        departments[department["code"]] = key
        for window in department.get("windows", ()):
            windows[window["code"]] = tx.insert(
                tables.windows,
                office_id=office_id,
                department_id=key,
                code=window["code"],
                name=window["name"],
                kind=window.get("kind", "department"),
            )
    for decision, text in one.get("remedies", {}).items():
        tx.insert(tables.remedies, office_id=office_id, decision=decision, body=text, source_mark="P")
    return [_hire(tx, office_id, one["name"], o, departments, windows) for o in one["officers"]]


def _hire(
    tx: Tx,
    office_id: int,
    office: str,
    one: Mapping[str, Any],
    departments: Mapping[str, int],
    windows: Mapping[str, int],
) -> LogIn:
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
    for code in one.get("windows", ()):
        tx.execute(tables.officer_windows.insert().values(officer_id=officer_id, window_id=windows[code]))
    password = secrets.token_urlsafe(9)
    set_password(tx, officer_id, password)
    return LogIn(one["login"], password, one["name"], one["post"], office)


def _faults(description: Mapping[str, Any]) -> list[Fault]:
    faults: list[Fault] = []
    listed = description.get("offices")
    if not isinstance(listed, Sequence) or not listed:
        return [Fault("/offices", "没有列出机构", "至少写一个机构")]
    for i, one in enumerate(listed):
        place = f"/offices/{i}"
        missing = [k for k in ("code", "name", "region", "level", "departments", "officers") if not one.get(k)]
        if missing:
            faults.append(Fault(place, f"缺少 {'、'.join(missing)}", "补上"))
            continue
        departments = {d["code"] for d in one["departments"]}
        windows = {w["code"] for d in one["departments"] for w in d.get("windows", ())}
        for j, person in enumerate(one["officers"]):
            faults += _officer_faults(f"{place}/officers/{j}", person, departments, windows)
    return faults


def _officer_faults(place: str, one: Mapping[str, Any], departments: set[str], windows: set[str]) -> list[Fault]:
    wrong = [f"缺少 {k}" for k in ("login", "name", "identity", "department", "post", "roles") if not one.get(k)]
    if one.get("department") and one["department"] not in departments:
        wrong.append(f"部门“{one['department']}”不存在")
    wrong += [f"窗口“{w}”不存在" for w in one.get("windows", ()) if w not in windows]
    wrong += [f"角色“{r}”不存在" for r in one.get("roles", ()) if r not in set(Role)]
    return [Fault(place, text, "改正后重试") for text in wrong]
