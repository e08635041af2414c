"""The book of connections: an administrator enters and closes them, each entry is told in the office's stream."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..errors import Fault, NotFound, NotNow, NotValid
from ..people import Office, Officer, Role, demand_role_in
from ..store import Tx, journal, tables
from .addresses import address_of, refused, understood
from .sealing import Seal

SHORTEST_SECRET, LONGEST_SECRET = 16, 500
LONGEST_TIMEOUT = 60
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


class ConnectionNotUnderstood(NotValid):
    code = "connection-not-understood"
    sentence = "对接有 {count} 处不对，没有登记。"
    remedy = "按每处的提示改正后重试。"


class ConnectionKnown(NotNow):
    code = "connection-known"
    sentence = "{office}已经登记了对接“{connection}”。"
    remedy = "要换地址或密钥，先停用它，再用同一个代码重新登记。"


class ConnectionUnknown(NotFound):
    code = "connection-unknown"
    sentence = "{office}没有登记对接“{connection}”，或已经停用。"
    remedy = "用 lianshen connection list 核对代码。"


@dataclass(frozen=True)
class Connection:
    """A system that may be called, ready for a call. timeout: seconds for the whole call. The secret is shown nowhere."""

    code: str
    name: str
    url: str
    timeout: int
    secret: str = field(repr=False)


@dataclass(frozen=True)
class ConnectionRow:
    """The same as it is listed: without its secret."""

    code: str
    name: str
    url: str
    timeout: int
    active: bool
    changed_at: datetime


def add_connection(
    tx: Tx,
    of: Office,
    code: str,
    name: str,
    url: str,
    timeout: int,
    secret: str,
    seal: Seal,
    by: Officer,
    now: datetime,
) -> None:
    """Register a system, or one that was closed anew under its old code. The secret is kept closed and told to nobody.
    Raises ActNotAllowed, ConnectionNotUnderstood with every fault, ConnectionKnown."""
    demand_role_in(tx, by, of.id, Role.ADMIN)
    name, secret = name.strip(), secret.strip()
    _demand_good(code, name, url, timeout, secret)
    row = _row(tx, of.id, code)
    if row is not None and row.active:
        raise ConnectionKnown(office=of.name, connection=code)
    c = tables.connections
    values = {"name": name, "url": url, "timeout": timeout, "active": True, "changed_at": now}
    values["sealed"] = seal.close(secret, _about(of.id, code, url))
    if row is None:
        tx.insert(c, office_id=of.id, code=code, **values)
    else:
        tx.execute(c.update().where(c.c.id == row.id).values(**values))
    _tell(tx, of, "add_connection", by, now, code, name=name, url=url, timeout=timeout, again=row is not None)


def disable_connection(tx: Tx, of: Office, code: str, by: Officer, now: datetime) -> None:
    """Nobody calls it any more: what waits for it goes to people, and its secret is forgotten. Raises ActNotAllowed,
    ConnectionUnknown."""
    demand_role_in(tx, by, of.id, Role.ADMIN)
    row = _row(tx, of.id, code)
    if row is None or not row.active:
        raise ConnectionUnknown(office=of.name, connection=code)
    c = tables.connections
    tx.execute(c.update().where(c.c.id == row.id).values(active=False, sealed="", changed_at=now))
    _tell(tx, of, "disable_connection", by, now, code)


def connections(tx: Tx, of: Office) -> list[ConnectionRow]:
    """All of an office by code, the closed ones too."""
    c = tables.connections
    rows = tx.rows(sa.select(c).where(c.c.office_id == of.id).order_by(c.c.code))
    return [ConnectionRow(r.code, r.name, r.url, r.timeout, r.active, r.changed_at) for r in rows]


def open_codes(tx: Tx, office_id: int) -> dict[str, str]:
    """The names of those that can be called now, by code."""
    c = tables.connections
    rows = tx.rows(sa.select(c.c.code, c.c.name).where(c.c.office_id == office_id, c.c.active.is_(True)))
    return {r.code: r.name for r in rows}


def connection(tx: Tx, office_id: int, code: str, seal: Seal) -> Connection | None:
    """One that can be called now, its secret opened; None where there is none. Raises SecretNotOpened."""
    row = _row(tx, office_id, code)
    if row is None or not row.active:
        return None
    return Connection(row.code, row.name, row.url, row.timeout, seal.open(row.sealed, _about(office_id, code, row.url)))


def altered(tx: Tx, of: Office) -> list[str]:
    """The connections that do not stand as the office's stream tells of them, in words."""
    told: dict[str, tuple[Any, ...]] = {}
    for row in journal.read(tx, journal.Stream("office", of.id)):
        if row.act not in ("add_connection", "disable_connection"):
            continue
        if row.payload is None:
            return []
        code = row.payload["code"]
        if row.act == "add_connection":
            told[code] = (*(row.payload[name] for name in ("name", "url", "timeout")), True, row.at)
        else:
            told[code] = (*told[code][:3], False, row.at)
    kept = {r.code: (r.name, r.url, r.timeout, r.active, r.changed_at) for r in connections(tx, of)}
    return [
        f"对接 {code} 与机构的记录不符"
        for code in sorted(told.keys() | kept.keys())
        if told.get(code) != kept.get(code)
    ]


def _row(tx: Tx, office_id: int, code: str) -> Any:
    c = tables.connections
    return tx.row(sa.select(c).where(c.c.office_id == office_id, c.c.code == code))


def _about(office_id: int, code: str, url: str) -> str:
    """The address belongs to it: whoever changes it behind our back gets no signature."""
    return f"{code} {office_id} {url}"


def _demand_good(code: str, name: str, url: str, timeout: int, secret: str) -> None:
    faults = [Fault(place, sentence, remedy) for place, sentence, remedy in _faults(code, name, url, timeout, secret)]
    if faults:
        raise ConnectionNotUnderstood(faults=faults, count=len(faults))


def _faults(code: str, name: str, url: str, timeout: int, secret: str) -> Sequence[tuple[str, str, str]]:
    found = []
    if not _CODE.fullmatch(code):
        found.append(("code", f"代码“{code[:40]}”不对", "字母开头，字母、数字、_、-，不超过 32 个"))
    if not 0 < len(name) <= 100 or any(ord(c) < 32 for c in name):
        found.append(("name", "没有写名称，或超过 100 个字", "写办事人员看得懂的名称，如 人口库"))
    try:
        target = understood(url)
        address = address_of(target.host)
        why = refused(address) if address is not None else ""
        if why:
            found.append(("url", f"网址的主机{why}", "写对接系统自己的地址"))
    except ValueError as wrong:
        found.append(("url", f"网址不对：{wrong}", "写成 https://主机/路径 的样子"))
    if not 1 <= timeout <= LONGEST_TIMEOUT:
        found.append(("timeout", f"等待时间不在 1 到 {LONGEST_TIMEOUT} 秒之间", "一般写 10"))
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET or any(ord(c) < 32 for c in secret):
        found.append(("secret", f"密钥不是 {SHORTEST_SECRET} 到 {LONGEST_SECRET} 个字符", "与对方约定一个随机的长密钥"))
    return found


def _tell(tx: Tx, of: Office, act: str, by: Officer, now: datetime, code: str, **told: Any) -> None:
    entry = journal.Entry(act, f"officer:{by.login}", now, {"code": code, **told}, person=str(by.person_id))
    journal.append(tx, journal.Stream("office", of.id), of.code, entry, "")
