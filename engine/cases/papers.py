"""Written documents: numbered per office, kind and year without gaps, their text kept and hashed into the journal.

What a document says is written once, when it is issued; a reprint is that very text. Articles of the Licence Law are named
for licences alone (行政许可), and a limit or basis that is not verified says so beside itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..clock import OfficeTime
from ..people import Office
from ..store import Prepared, Series, Tx, journal, next_numbers, tables

LICENCE = "01"
_CASE = "你（单位）提出的“{matter}”申请（办件编号 {case_no}）"


@dataclass(frozen=True)
class Template:
    """How one kind of document is written.

    word: of its number. title: for a licence (行政许可); plain: for every other type of matter, where it differs. law: the
    article that a licence's document names before what is decided; other matters name none of the Licence Law.
    """

    word: str
    title: str
    body: str
    law: str = ""
    plain: str = ""


TEMPLATES: Mapping[str, Template] = {
    "receipt": Template(
        "收",
        "收件凭证",
        "{applicant}：\n{received} 收到你（单位）提交的“{matter}”申请材料，办件编号 {case_no}。\n"
        "已收材料 {count} 份：{brought}。\n{lacking}"
        "申请材料不齐全或者不符合法定形式的，本机关自收到之日起 {notice}内一次告知需要补正的全部内容；"
        "逾期不告知的，自收到申请材料之日起即为受理。\n凭办件编号和查询码可以查询办理进度。",
    ),
    "acceptance": Template(
        "受",
        "受理通知书",
        f"{{applicant}}：\n{_CASE}，经审查，{{law}}自{{accepted}}起予以受理{{mode}}。\n"
        "承诺办结日期：{promised}。\n法定办结日期：{statutory}。\n{lacking}"
        "办理期间依法需要进行特别程序的，所需时间不计入上述期限，本机关另行书面告知。",
        "依照《中华人民共和国行政许可法》第三十二条第一款第五项的规定，",
    ),
    "correction": Template(
        "补",
        "补正告知书",
        f"{{applicant}}：\n{_CASE}，{{found}}。{{law}}现将需要补正的全部内容一次告知如下：\n{{items}}\n"
        "请于{by}前补正。补正材料齐全、符合法定形式的，本机关即予受理。",
        "依照《中华人民共和国行政许可法》第三十二条第一款第四项的规定，",
    ),
    "non_acceptance": Template(
        "不受",
        "不予受理决定书",
        f"{{applicant}}：\n{_CASE}，经审查，{{case}}，本机关决定不予受理。\n"
        "理由：{reasons}\n依据：{basis}\n{refer}救济途径：{remedy}",
    ),
    "special": Template(
        "特",
        "特别程序告知书",
        f"{{applicant}}：\n{_CASE}，依法需要进行{{ground}}，所需时间 {{planned}}，预计{{until}}前完成。"
        "{law}所需时间不计入办理期限，自{ground}结果作出的次日起继续计算。\n理由：{reason}\n依据：{basis}",
    ),
    "extension": Template(
        "延",
        "延长审批期限告知书",
        f"{{applicant}}：\n{_CASE}，不能在规定期限内作出决定，经{{approver}}批准，{{law}}办理期限延长 {{span}}。\n"
        "理由：{reason}\n依据：{basis}\n延长后的法定办结日期：{due}。",
    ),
    "grant": Template(
        "准",
        "准予行政许可决定书",
        f"{{applicant}}：\n{_CASE}，本机关于{{accepted}}受理。经审查，申请符合法定条件、标准，{{law}}决定准予{{thing}}。\n"
        "准予事项：{result}\n依据：{basis}\n{text}决定送达期限：自本决定作出之日起 {delivery}内。",
        "依照《中华人民共和国行政许可法》第三十八条第一款的规定，",
        "准予办理决定书",
    ),
    "refusal": Template(
        "不准",
        "不予行政许可决定书",
        f"{{applicant}}：\n{_CASE}，本机关于{{accepted}}受理。经审查，申请不符合法定条件、标准，"
        "{law}决定不予{thing}。\n理由：{reasons}\n依据：{basis}\n救济途径：{remedy}",
        "依照《中华人民共和国行政许可法》第三十八条第二款的规定，",
        "不予办理决定书",
    ),
    "revocation": Template(
        "撤",
        "撤销行政许可决定书",
        f"{{applicant}}：\n{_CASE}，本机关作出的准予决定（{{decided}}）{{law}}予以撤销。\n"
        "理由：{reasons}\n依据：{basis}\n救济途径：{remedy}",
        "依照《中华人民共和国行政许可法》第六十九条的规定，",
        "撤销决定书",
    ),
    "termination": Template(
        "终",
        "终止办理告知书",
        f"{{applicant}}：\n{_CASE}，因{{case}}，本机关终止办理。\n"
        "理由：{reasons}\n依据：{basis}\n救济途径：{remedy}",
    ),
    "certificate": Template(
        "证",
        "审批结果证明",
        "申请人：{applicant}\n事项：{matter}\n结果：{result}\n办件编号：{case_no}\n{decision}有效期：{validity}",
    ),
    "stage": Template(
        "段",
        "阶段办结告知书",
        f"{{applicant}}：\n{_CASE}所含事项已经办结：{{result}}。\n{{rows}}\n牵头部门汇总意见：{{summary}}\n"
        "各事项的决定书、证照另行送达。",
    ),
    "report_up": Template(
        "报",
        "初审意见报送函",
        "{receiver}：\n{applicant}提出的“{matter}”申请（办件编号 {case_no}），本机关已经初步审查，{law}现将初步审查意见和全部申请材料"
        "报送你机关，请作出决定。\n初步审查意见：{opinion}\n报送材料 {count} 份：\n{brought}",
        "依照《中华人民共和国行政许可法》第三十五条的规定，",
    ),
    "order": Template(
        "督",
        "督办单",
        "{department}：\n“{matter}”（办件编号 {case_no}，申请人{applicant}）督办如下：\n{text}\n"
        "请于{reply_by}前书面回复。\n签发：{issuer}",
    ),
    "minutes": Template(
        "会",
        "{meeting}纪要",
        "{corrected}办件：“{matter}”（办件编号 {case_no}，申请人{applicant}）\n时间：{held_on}\n地点：{place}\n主持：{chair}\n"
        "出席：{present}\n{absent}议题：{agenda}\n{text}{resolutions}召集：{convener}",
    ),
}
INTERNAL = frozenset({"order", "report_up", "minutes"})
"""Kinds that pass between offices: the applicant is not shown them."""


@dataclass
class Issued:
    """A document of an act that is under way. All of its text is written but its number, which is drawn last: until the act is
    kept, nobody else has a number of this kind. `digest` is the hash of its text; both are empty until then."""

    kind: str
    title: str
    series: Series
    issued_at: datetime
    _word: str
    _above: str
    _below: str
    number: str = ""
    digest: str = ""


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
    of: Office, time: OfficeTime, now: datetime, kind: str, facts: Mapping[str, Any], *, licence: bool, signed: str
) -> Issued:
    """Write a document; `number` gives it its number and keeps it.

    licence: the matter is a licence (行政许可). signed: who stands under the text, above its date.
    """
    template = TEMPLATES[kind]
    known = {"law": template.law if licence else "", "thing": "行政许可" if licence else "办理"}
    title = (template.title if licence or not template.plain else template.plain).format_map({**known, **facts})
    text = template.body.format_map({**known, **facts})
    return Issued(
        kind,
        title,
        Series(of.id, f"paper:{kind}", time.civil(now).year),
        now,
        template.word,
        f"{of.name}\n{title}\n",
        f"\n\n{text}\n\n{signed}\n{chinese_date(time, now)}\n",
    )


def number(tx: Tx, case_id: int, issued: Sequence[Issued]) -> None:
    """Give these documents their numbers and keep their text. The numbers go back if the act fails."""
    for one, n in zip(issued, next_numbers(tx, [one.series for one in issued]), strict=True):
        one.number = f"{one._word}〔{one.series.year}〕{n}号"
        body = f"{one._above}{one.number}{one._below}"
        one.digest = journal.digest(body)
        tx.put(
            tables.papers,
            case_id=case_id,
            office_id=one.series.office_id,
            kind=one.kind,
            number=one.number,
            title=one.title,
            body=body,
            digest=one.digest,
            issued_at=one.issued_at,
        )


def name_in(told: dict[str, Any]) -> None:
    """Where something is told of a document that has its number now: that number, and the hash of its text."""
    paper = told.get("paper")
    if isinstance(paper, Issued):
        told |= {"paper": paper.number, "digest": paper.digest}


def number_of(tx: Tx, case_id: int, kind: str) -> str:
    """The number of the last document of a kind that a case was given; empty where there is none."""
    return tx.value(_NUMBER, case_id=case_id, kind=kind) or ""


_NUMBER = Prepared(
    sa.select(tables.papers.c.number)
    .where(tables.papers.c.case_id == sa.bindparam("case_id"), tables.papers.c.kind == sa.bindparam("kind"))
    .order_by(tables.papers.c.id.desc())
    .limit(1)
)


def papers(tx: Tx, case_id: int) -> list[Paper]:
    """Every document of a case in the order of issue."""
    p = tables.papers
    return [paper_of(r) for r in tx.rows(sa.select(p).where(p.c.case_id == case_id).order_by(p.c.id))]


def paper_of(row: Any) -> Paper:
    return Paper(row.id, row.kind, row.number, row.title, row.body, row.digest, row.issued_at)


def chinese_date(time: OfficeTime, at: datetime) -> str:
    return chinese_day(time.civil(at))


def chinese_day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def chinese_moment(time: OfficeTime, at: datetime) -> str:
    """`2026年3月2日 09:30`, in the office's zone."""
    return f"{chinese_date(time, at)} {at.astimezone(time.zone):%H:%M}"


def lines_of(items: Sequence[str]) -> str:
    """`1. …` a line each."""
    return "".join(f"{n}. {item}\n" for n, item in enumerate(items, 1))
