"""Written documents: numbered per office, kind and year without gaps, their text kept and hashed into the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..clock import OfficeTime
from ..people import Office
from ..store import Tx, journal, next_number, tables

# kind -> (title, word of the number, body)
TEMPLATES: Mapping[str, tuple[str, str, str]] = {
    "receipt": (
        "收件凭证",
        "收",
        "{applicant}：\n现收到你（单位）提交的“{matter}”申请，办件编号 {case_no}，收到日期 {received}。\n已收材料：{brought}。",
    ),
    "acceptance": (
        "受理通知书",
        "受",
        "{applicant}：\n你（单位）的“{matter}”申请（{case_no}）自{accepted}起受理{mode}。\n承诺办结日期：{promised}。法定办结日期：{statutory}。",
    ),
    "correction": (
        "补正告知书",
        "补",
        "{applicant}：\n你（单位）的“{matter}”申请（{case_no}）需要补正下列全部内容，现一次性告知：\n{items}",
    ),
    "non_acceptance": (
        "不予受理决定书",
        "不受",
        "{applicant}：\n你（单位）的“{matter}”申请（{case_no}）决定不予受理。\n理由：{reasons}\n依据：{basis}\n{refer}救济途径：{remedy}",
    ),
    "special": (
        "特别程序告知书",
        "特",
        "{applicant}：\n你（单位）的“{matter}”申请（{case_no}）需要进行{ground}，所需时间 {planned}，\n"
        "不计入办理期限。依据：{basis}\n理由：{reason}",
    ),
    "extension": (
        "延长审批期限告知书",
        "延",
        "{applicant}：\n你（单位）的“{matter}”申请（{case_no}）经{approver}批准延长 {span}。\n理由：{reason}\n延长后的办结日期：{due}。",
    ),
    "grant": (
        "准予行政许可决定书",
        "准",
        "{applicant}：\n你（单位）的“{matter}”申请（{case_no}）符合规定条件，决定准予。\n{text}",
    ),
    "refusal": (
        "不予行政许可决定书",
        "不准",
        "{applicant}：\n你（单位）的“{matter}”申请（{case_no}）决定不予许可。\n理由：{reasons}\n依据：{basis}\n救济途径：{remedy}",
    ),
    "termination": (
        "终止办理告知书",
        "终",
        "{applicant}：\n你（单位）的“{matter}”申请（{case_no}）终止办理。\n理由：{reasons}\n依据：{basis}\n救济途径：{remedy}",
    ),
    "certificate": ("审批结果证明", "证", "{applicant}：\n{result}\n有效期：{validity}"),
    "order": (
        "督办单",
        "督",
        "{department}：\n“{matter}”（{case_no}，申请人{applicant}）督办如下：\n{text}\n请于{reply_by}前书面回复。\n签发：{issuer}",
    ),
}
INTERNAL = frozenset({"order"})
"""Kinds that pass between offices: the applicant is not shown them."""


@dataclass(frozen=True)
class Paper:
    """An issued document. `digest` is the hash of its text; a reprint is the same text."""

    id: int
    kind: str
    number: str
    title: str
    body: str
    digest: str
    issued_at: datetime


def issue(
    tx: Tx, case_id: int, of: Office, time: OfficeTime, now: datetime, kind: str, facts: Mapping[str, Any]
) -> Paper:
    """Write a document, give it its number, keep its text. The number goes back if the act fails."""
    title, word, template = TEMPLATES[kind]
    year = time.civil(now).year
    number = f"{word}〔{year}〕{next_number(tx, of.id, f'paper:{kind}', year)}号"
    body = f"{of.name}\n{title}\n{number}\n\n{template.format_map(facts)}\n\n{chinese_date(time, now)}\n"
    digest = journal.digest(body)
    paper_id = tx.insert(
        tables.papers,
        case_id=case_id,
        office_id=of.id,
        kind=kind,
        number=number,
        title=title,
        body=body,
        digest=digest,
        issued_at=now,
    )
    return Paper(paper_id, kind, number, title, body, digest, now)


def papers(tx: Tx, case_id: int) -> list[Paper]:
    """Every document of a case in the order of issue."""
    p = tables.papers
    rows = tx.rows(sa.select(p).where(p.c.case_id == case_id).order_by(p.c.id))
    return [Paper(r.id, r.kind, r.number, r.title, r.body, r.digest, r.issued_at) for r in rows]


def chinese_date(time: OfficeTime, at: datetime) -> str:
    on = time.civil(at)
    return f"{on.year}年{on.month}月{on.day}日"
