"""A site visit leaves a record: who went, when, and what they saw (two officers at least, 行政许可法 第34条).

Without a form, or with one that asks for no words, nothing of the visit stands in the file when it comes to the decision.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps
from ..vocabulary import StepKind

RULE = Rule("visit-without-record", Severity.WARNING, "现场踏勘没有记录")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.reasons is None:
        return
    for _, node, work in steps(diagram):
        if work.kind is StepKind.SITE_VISIT and not facts.reasons.get(work.form or ""):
            what = f"的表单“{work.form}”没有必填的文字字段" if work.form else "没有表单"
            report(
                node,
                f"现场踏勘“{title(node)}”{what}，谁去的、看到什么都没有记录。",
                "请用 ls:form 写一个踏勘表单，至少有踏勘人员（两人以上）和踏勘情况两个必填字段。",
            )
