"""A step shows a form that exists. Without it the officer could write nothing down."""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps

RULE = Rule("form-unknown", Severity.ERROR, "步骤的表单不存在")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.forms is None:
        return
    for _, node, work in steps(diagram):
        if work.form is not None and work.form not in facts.forms:
            known = "、".join(sorted(facts.forms)) or "没有"
            report(node, f"步骤“{title(node)}”的表单“{work.form}”不存在。", f"本事项的表单：{known}。")
