"""Drafts: an application that is not filed yet. A pre-check exists here only, and never holds a filed case back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..catalogue import MatterUnknown
from ..errors import NotFound, NotNow
from ..people import Actor, Demand, Office, Officer, Role, demand_role
from ..store import Tx, journal, tables
from .intake import Filed, Filing, file_case

_STAFF = (Role.CLERK, Role.REVIEWER, Role.APPROVER)


class DraftUnknown(NotFound):
    code = "draft-unknown"
    sentence = "没有找到这份草稿。"
    remedy = "核对草稿编号和查询码。"


class DraftFiled(NotNow):
    code = "draft-filed"
    sentence = "这份草稿已经提交为办件{case_no}，不能再修改或预审。"
    remedy = "按办件编号查询进度。"


@dataclass(frozen=True)
class Draft:
    id: int
    filing: Filing
    precheck: str | None
    precheck_opinion: str


def save_draft(tx: Tx, of: Office, filing: Filing, now: datetime) -> tuple[int, str]:
    """Keep an unfiled application. Returns its number and the code that opens it, told once. No clock runs."""
    m = tables.matters
    matter_id = tx.value(sa.select(m.c.id).where(m.c.office_id == of.id, m.c.code == filing.matter))
    if matter_id is None:
        raise MatterUnknown(office=of.name, matter=filing.matter)
    code = secrets.token_urlsafe(12)
    draft_id = tx.insert(
        tables.drafts,
        matter_id=matter_id,
        applicant=dict(filing.applicant),
        answers=dict(filing.answers),
        materials=dict(filing.materials),
        query_digest=journal.digest(code),
        saved_at=now,
    )
    return draft_id, code


def draft(tx: Tx, draft_id: int, code: str | None = None) -> Draft:
    """A draft, for the officer who pre-checks it or, with its code, for the applicant. Raises DraftUnknown."""
    row = _row(tx, draft_id)
    if code is not None and journal.digest(code) != row.query_digest:
        raise DraftUnknown()
    return _value(row)


def precheck(tx: Tx, who: Officer, draft_id: int, verdict: str, opinion: str, now: datetime) -> None:
    """An officer of the matter's department looks at a draft before it is filed: `ok` or `fail`, with an opinion.
    It binds nobody: the applicant may file whatever it says. Raises DraftUnknown for other departments, DraftFiled."""
    row = _row(tx, draft_id)
    if row.department_id != who.department_id:
        raise DraftUnknown()
    demand_role(who, *_STAFF)
    _demand_unfiled(row)
    tx.execute(
        tables.drafts.update()
        .where(tables.drafts.c.id == draft_id)
        .values(precheck=verdict, precheck_opinion=opinion, precheck_by=who.id, precheck_at=now)
    )


def file_draft(tx: Tx, of: Office, draft_id: int, code: str, actor: Actor, now: datetime) -> Filed:
    """File a draft as it stands, whatever its pre-check says: receipt is a right (第29条). Once only."""
    found, row = draft(tx, draft_id, code), _row(tx, draft_id)
    if row.office_id != of.id:
        raise DraftUnknown()
    _demand_unfiled(row)
    filed = file_case(tx, of, found.filing, actor, now)
    tx.execute(tables.drafts.update().where(tables.drafts.c.id == draft_id).values(filed_as=filed.case_no))
    return filed


def _row(tx: Tx, draft_id: int) -> Any:
    d, m = tables.drafts, tables.matters
    row = tx.row(
        sa.select(d, m.c.code.label("matter"), m.c.office_id, m.c.department_id)
        .join(m, m.c.id == d.c.matter_id)
        .where(d.c.id == draft_id)
    )
    if row is None:
        raise DraftUnknown()
    return row


def _demand_unfiled(row: Any) -> None:
    if row.filed_as is not None:
        raise DraftFiled(case_no=row.filed_as)


def _value(row: Any) -> Draft:
    applicant: Mapping[str, Any] = row.applicant
    filing = Filing(row.matter, applicant, row.answers, row.materials, "web")
    return Draft(row.id, filing, row.precheck, row.precheck_opinion)


__all__ = ["Demand", "Draft", "draft", "file_draft", "precheck", "save_draft"]
