"""Who does a step, with which form and until when is told in our words. What another tool wrote of it has no effect here."""

from __future__ import annotations

from ..dialects import proposal
from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes

RULE = Rule("assignment-foreign", Severity.INFO, "办理人、表单、期限是按别的工具写的")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for node in nodes(diagram):
        found = proposal(node)
        if not found.attributes:
            continue
        ours = " ".join(f'ls:{name}="{value}"' for name, value in found.attributes.items())
        lost = f"没有对应的：{'；'.join(found.lost)}。" if found.lost else ""
        report(
            node,
            f"“{title(node)}”的办理人、表单或期限是按别的工具写的，在这里写成 {ours}。{lost}",
            "导入时可以照此改写；没有对应的，请在步骤上写承办部门、窗口、表单和环节时限。",
        )
