"""Documents read again: by an officer who sees the case, by the applicant with number and code. Nothing is written anew; a
text that is not the one that was issued is not shown at all."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..errors import NotFound, NotNow
from ..people import Officer, sees
from ..store import Tx, journal, tables
from .case import case_of_applicant
from .papers import INTERNAL, Paper, paper_of


class PaperUnknown(NotFound):
    """No such document, or none that the asker may see: the answer is the same."""

    code = "paper-unknown"
    sentence = "没有找到这份文书。"
    remedy = "回到办件页面，从文书列表打开。"


class PaperAltered(NotNow):
    """The stored text is not the text that was issued: somebody wrote into the database by another way."""

    code = "paper-altered"
    sentence = "{number} 的正文与签发时登记的摘要不符，不能查看和打印。"
    remedy = "请系统管理员运行 lianshen verify 核验，从备份找回签发时的正文。"


def read_paper(tx: Tx, who: Officer, case_no: str, paper_id: int) -> Paper:
    """A document of a case, for an officer who sees the case. Raises PaperUnknown, for a stranger too, and PaperAltered."""
    p, c = tables.papers, tables.cases
    row = tx.row(sa.select(p, c.c.office_id.label("of_case")).join(c).where(p.c.id == paper_id, c.c.case_no == case_no))
    if row is None or not sees(tx, who, row.case_id, row.of_case):
        raise PaperUnknown()
    return _unaltered(row)


def paper_of_applicant(tx: Tx, case_no: str, query_code: str, paper_id: int) -> Paper:
    """A document to the applicant, for whoever has number and code. Raises CaseUnknown alike for a wrong number and a wrong
    code; PaperUnknown for another case's document and for what passes between offices; PaperAltered."""
    case_id = case_of_applicant(tx, case_no, query_code)
    p = tables.papers
    row = tx.row(sa.select(p).where(p.c.id == paper_id, p.c.case_id == case_id, p.c.kind.not_in(INTERNAL)))
    if row is None:
        raise PaperUnknown()
    return _unaltered(row)


def _unaltered(row: Any) -> Paper:
    if journal.digest(row.body) != row.digest:
        raise PaperAltered(number=row.number)
    return paper_of(row)
