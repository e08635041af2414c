"""Drafts: an application that is not filed yet. A pre-check exists here only, and never holds a filed case back."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..catalogue import MatterUnknown
from ..errors import NotFound, NotNow
from ..people import Actor, Office, Officer, Role, demand_role
from ..store import Tx, journal, tables
from .intake import Filed, Filing, file_case, new_query_code

PRECHECKERS = (Role.CLERK, Role.REVIEWER, Role.APPROVER)


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
    """An application that is not filed. asked_at: when a pre-check was asked for; precheck: `ok` or `fail` once an officer
    has looked, with his opinion and when; filed_as: the case that became of it."""

    id: int
    office_id: int
    filing: Filing
    saved_at: datetime
    asked_at: datetime | None
    precheck: str | None
    precheck_opinion: str
    precheck_at: datetime | None
    filed_as: str | None


def save_draft(tx: Tx, of: Office, filing: Filing, now: datetime) -> tuple[int, str]:
    """Keep an unfiled application, without files. Returns its number and the code that opens it, told once. No clock runs."""
    m = tables.matters
    matter_id = tx.value(sa.select(m.c.id).where(m.c.office_id == of.id, m.c.code == filing.matter))
    if matter_id is None:
        raise MatterUnknown(office=of.name, matter=filing.matter)
    code = new_query_code()
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
    """A draft, for the officer who pre-checks it or, with its code, for the applicant. Raises DraftUnknown, alike and after
    the same work for a wrong number and a wrong code."""
    if code is not None:
        d = tables.drafts
        kept = tx.value(sa.select(d.c.query_digest).where(d.c.id == draft_id))
        if not hmac.compare_digest(str(kept or _NO_DIGEST), journal.digest(code)) or kept is None:
            raise DraftUnknown()
    return _value(_row(tx, draft_id))


def change_draft(tx: Tx, draft_id: int, code: str, filing: Filing, now: datetime) -> None:
    """Write a draft anew. A pre-check spoke of what stood there before: it is forgotten and can be asked for again. Raises
    DraftUnknown, DraftFiled."""
    _demand_unfiled(draft(tx, draft_id, code))
    _set(
        tx,
        draft_id,
        applicant=dict(filing.applicant),
        answers=dict(filing.answers),
        materials=dict(filing.materials),
        saved_at=now,
        asked_at=None,
        precheck=None,
        precheck_opinion="",
        precheck_by=None,
        precheck_at=None,
    )


def ask_precheck(tx: Tx, draft_id: int, code: str, now: datetime) -> None:
    """Ask the matter's department to look at a draft before it is filed. Asking twice changes nothing. Raises DraftUnknown,
    DraftFiled."""
    found = draft(tx, draft_id, code)
    _demand_unfiled(found)
    if found.asked_at is None:
        _set(tx, draft_id, asked_at=now)


def drafts_asked(tx: Tx, who: Officer, *, limit: int = 50) -> list[Draft]:
    """The drafts that wait for a pre-check of the officer's department, the oldest first."""
    d, m = tables.drafts, tables.matters
    rows = tx.rows(
        _select()
        .where(m.c.department_id == who.department_id, d.c.asked_at.is_not(None))
        .where(d.c.precheck.is_(None), d.c.filed_as.is_(None))
        .order_by(d.c.asked_at, d.c.id)
        .limit(limit)
    )
    return [_value(r) for r in rows]


def draft_of_department(tx: Tx, who: Officer, draft_id: int) -> Draft:
    """A draft that an officer may pre-check: of a matter of his department, and asked for. Raises DraftUnknown."""
    row = _row(tx, draft_id)
    if row.department_id != who.department_id or row.asked_at is None:
        raise DraftUnknown()
    return _value(row)


def precheck(tx: Tx, who: Officer, draft_id: int, verdict: str, opinion: str, now: datetime) -> None:
    """An officer of the matter's department looks at a draft before it is filed: `ok` or `fail`, with an opinion.
    It binds nobody: the applicant may file whatever it says. Raises DraftUnknown for other departments, DraftFiled."""
    row = _row(tx, draft_id)
    if row.department_id != who.department_id:
        raise DraftUnknown()
    demand_role(who, *PRECHECKERS)
    _demand_unfiled(_value(row))
    _set(tx, draft_id, precheck=verdict, precheck_opinion=opinion, precheck_by=who.id, precheck_at=now)


def file_draft(
    tx: Tx,
    of: Office,
    draft_id: int,
    code: str,
    actor: Actor,
    now: datetime,
    *,
    filing: Filing | None = None,
    request_id: str | None = None,
) -> Filed:
    """File a draft as it stands, or as `filing` writes it anew, whatever its pre-check says: receipt is a right (第29条). Once
    only: a second click with the same request id gets the first answer, everything else raises DraftFiled. The draft is
    locked, so that of two who file it at once only one does."""
    found = draft(tx, draft_id, code)
    if found.office_id != of.id or (filing is not None and filing.matter != found.filing.matter):
        raise DraftUnknown()
    found = _value(_row(tx, draft_id, lock=True))
    if request_id is None:
        _demand_unfiled(found)
    filed = file_case(tx, of, filing or found.filing, actor, now, request_id=request_id)
    if filed.case_no != found.filed_as:
        _demand_unfiled(found)
        _set(tx, draft_id, filed_as=filed.case_no)
    return filed


_NO_DIGEST = journal.digest("")


def _select() -> sa.Select[Any]:
    d, m = tables.drafts, tables.matters
    return sa.select(d, m.c.code.label("matter"), m.c.office_id, m.c.department_id).join(m, m.c.id == d.c.matter_id)


def _row(tx: Tx, draft_id: int, *, lock: bool = False) -> Any:
    statement = _select().where(tables.drafts.c.id == draft_id)
    if lock and tx.dialect == "postgresql":
        statement = statement.with_for_update(of=tables.drafts)
    row = tx.row(statement)
    if row is None:
        raise DraftUnknown()
    return row


def _set(tx: Tx, draft_id: int, **values: Any) -> None:
    tx.execute(tables.drafts.update().where(tables.drafts.c.id == draft_id).values(**values))


def _demand_unfiled(found: Draft) -> None:
    if found.filed_as is not None:
        raise DraftFiled(case_no=found.filed_as)


def _value(row: Any) -> Draft:
    applicant: Mapping[str, Any] = row.applicant
    filing = Filing(row.matter, applicant, row.answers, row.materials, "web")
    return Draft(
        row.id,
        row.office_id,
        filing,
        row.saved_at,
        row.asked_at,
        row.precheck,
        row.precheck_opinion,
        row.precheck_at,
        row.filed_as,
    )
