"""Every step that a person does says what kind of work it is.

Without a kind nobody knows its outcomes, its act and its clock.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes
from ..vocabulary import NODE_NAMES

RULE = Rule("step-without-kind", Severity.ERROR, "人工步骤没有写类型")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for node in nodes(diagram):
        if node.work is not None or node.compensates:
            continue
        if node.kind in ("userTask", "manualTask"):
            report(
                node,
                f"步骤“{title(node)}”没有写类型（ls:kind）。",
                '请写明类型，例如 ls:kind="review"；只是其他人工工作的写 manual。',
            )
        elif node.kind in ("serviceTask", "businessRuleTask") and not node.decision:
            report(
                node,
                f"{NODE_NAMES[node.kind]}“{title(node)}”没有写怎样办：由别的系统答复，还是由人确认。",
                "对外调用的，请写 ls:call（对接代码）和承办部门；由人确认的，请写 ls:kind，例如 manual。",
            )
        elif node.kind == "task":
            report(
                node,
                f"“{title(node)}”是没有分类的任务：没有人办，流程会直接走过它。",
                "要有人办的，请改成用户任务并写 ls:kind；只作说明的，请改成文字注释。",
                Severity.WARNING,
            )
