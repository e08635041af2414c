"""Accounts after the founding: who joins, who has forgotten the password, who leaves. An administrator's, and journalled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..errors import NotNow
from ..store import Tx, journal, tables
from .description import Reader
from .founding import LogIn, hire
from .officers import Officer, OfficerUnknown, Role, officer_by_login
from .offices import Office, office, office_and_above, windows
from .permission import demand_role
from .sign_in import new_password


class OwnAccount(NotNow):
    """The last administrator must not lock himself out."""

    code = "own-account"
    sentence = "不能停用自己的账号（{login}）。"
    remedy = "请另一位系统管理员停用。"


def add_officers(tx: Tx, of: Office, description: Any, by: Officer, now: datetime) -> list[LogIn]:
    """New officers in an office, described as at its founding: `{"officers": […]}`; each gets a generated password.

    Raises ActNotAllowed, HallNotUnderstood with every fault.
    """
    demand_admin(tx, by, of.id)
    seats = {w.code: w.id for w in windows(tx, of.id)}
    d = tables.departments
    departments = {r.code: r.id for r in tx.rows(sa.select(d).where(d.c.office_id == of.id))}
    reader = Reader(tx)
    reader.officers("", description, departments, seats)
    reader.refuse()
    made = [hire(tx, of.id, of.name, one, departments, seats) for one in description["officers"]]
    for one, described in zip(made, description["officers"], strict=True):
        tell(tx, of, "add_officer", by, now, {"login": one.login, "roles": sorted(described["roles"])})
    return made


def reset_password(tx: Tx, login: str, by: Officer, now: datetime) -> LogIn:
    """A new password for an account, told once; its sessions and tokens end. One that was closed is open again.
    Raises OfficerUnknown, ActNotAllowed."""
    who, of = _theirs(tx, login, by)
    opened = not who.active
    tx.execute(tables.officers.update().where(tables.officers.c.id == who.id).values(active=True))
    tell(tx, of, "reset_password", by, now, {"login": login, "opened": opened})
    return LogIn(login, new_password(tx, who.id), who.name, who.post, of.name)


def close_account(tx: Tx, login: str, by: Officer, now: datetime) -> None:
    """The officer signs in no more; his sessions and tokens end at once. What he did stays under his name.
    Raises OfficerUnknown, ActNotAllowed, OwnAccount."""
    who, of = _theirs(tx, login, by)
    if who.person_id == by.person_id:
        raise OwnAccount(login=login)
    tx.execute(tables.officers.update().where(tables.officers.c.id == who.id).values(active=False))
    tx.execute(tables.sign_ins.delete().where(tables.sign_ins.c.officer_id == who.id))
    tell(tx, of, "close_account", by, now, {"login": login})


def _theirs(tx: Tx, login: str, by: Officer) -> tuple[Officer, Office]:
    demand_role(by, Role.ADMIN)  # first: who there is, is told to administrators only
    who = officer_by_login(tx, login)
    demand_admin(tx, by, who.office_id)
    return who, office(tx, who.office_id)


def demand_admin(tx: Tx, by: Officer, office_id: int) -> None:
    """An administrator, of this office or of one above it; to others its people are unknown."""
    demand_role(by, Role.ADMIN)
    if by.office_id not in office_and_above(tx, office_id):
        raise OfficerUnknown()


def tell(tx: Tx, of: Office, act: str, by: Officer, now: datetime, told: Mapping[str, Any]) -> None:
    entry = journal.Entry(act, f"officer:{by.login}", now, told, person=str(by.person_id))
    journal.append(tx, journal.Stream("office", of.id), of.code, entry, "")
