"""What a matter rests on: the rule that lets the office do it at all, and the one that sets its limit (行政许可法 第30条).

Nobody may ask for a licence that has no basis, and a limit that is called statutory names its statute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..diagrams import Finding, Rule, Severity
from .guide import parsed_guide, places_of

CARD = Rule("matter-without-basis", Severity.ERROR, "事项没有写设定依据")
LICENCE = "01"


def without_basis(body: bytes, file: str) -> list[Finding]:
    """What guide.yaml leaves without a basis: the matter itself, or a statutory limit that is marked as read in its source.

    An error for a licence, a warning for everything else. A stage rests on its matters. A file that cannot be read has no findings
    of this rule.
    """
    drawn = parsed_guide(body)
    if not drawn or drawn.get("stage"):
        return []
    found = []
    if not _text(drawn.get("basis")):
        severity = CARD.severity if str(drawn.get("type")) == LICENCE else Severity.WARNING
        sentence = "没有写设定依据（basis），公众和办理人都不知道凭什么办这件事"
        remedy = "写明法律、法规或文件的名称和条款：basis: {text: …, src: S}；没有核对原文的，只写名称，src 写 G 或 P"
        found.append(_finding(body, file, "/basis", severity, sentence, remedy))
    limits = drawn.get("limits")
    statutory = limits.get("statutory") if isinstance(limits, Mapping) else None
    if isinstance(statutory, Mapping) and statutory.get("src") == "S" and not str(statutory.get("basis") or "").strip():
        sentence = "法定时限标为已核对（src: S），却没有写依据哪一条"
        remedy = "补上 basis；没有核对原文的，把 src 改为 G 或 P，指南会标明“示例数据，未经核实”"
        found.append(_finding(body, file, "/limits/statutory", Severity.WARNING, sentence, remedy))
    return found


def _text(record: Any) -> str:
    """`{text, src}`, or a bare text."""
    written = record.get("text") if isinstance(record, Mapping) else record
    return str(written or "").strip()


def _finding(body: bytes, file: str, place: str, severity: Severity, sentence: str, remedy: str) -> Finding:
    line, column = places_of(body).get(place, (1, 1))
    return Finding(CARD.code, severity, file, line, column, place, sentence, remedy)
