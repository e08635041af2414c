"""A rule task asks a decision that lies beside the drawing. Without its file a person would have to decide what a table was to."""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes

RULE = Rule("decision-unknown", Severity.ERROR, "要问的决策不在这里")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for node in nodes(diagram):
        if node.kind == "businessRuleTask" and node.decision and node.decision.ref not in diagram.decisions:
            report(
                node,
                f"“{title(node)}”要问的决策“{node.decision.ref}”不在这里。",
                "请把它的 .dmn 文件放进事项的 decisions/；由人来判断的，改成用户任务。",
            )
