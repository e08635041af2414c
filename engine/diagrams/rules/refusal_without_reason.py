"""A form in which one can say no also asks why, in a field that must be filled in.

A refusal without reasons is void (行政许可法 第38条), and the decision can only repeat what the review has written down.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps

RULE = Rule("refusal-without-reason", Severity.WARNING, "可以说不，却不用写理由", Level.WARNING)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.refusals is None or facts.reasons is None:
        return
    for _, node, work in steps(diagram):
        form = work.form or ""
        if facts.refusals.get(form) and not facts.reasons.get(form):
            asked = "、".join(sorted(facts.refusals[form]))
            report(
                node,
                f"步骤“{title(node)}”的表单“{form}”可以选不同意（字段 {asked}），却没有必须填写理由的文字字段。",
                "请在表单里加一个必填的文字字段，例如 opinion（意见和理由）。",
            )
