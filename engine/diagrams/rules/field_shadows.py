"""No field of a form bears a name that the process gives to something else: `outcome`, the id of a step.

A condition would then read what was typed into the form where the drawing means how the step ended, or the other way round.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..reads import names_read
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps

RULE = Rule("field-shadows", Severity.ERROR, "表单字段和流程的名称相同")

RESERVED = frozenset(("outcome", "error", "error_code", "conflicts"))


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.forms is None:
        return
    taken = (RESERVED | {node.id for _, node, _ in steps(diagram)}) & names_read(diagram)
    remedy = "请给字段换一个 key，条件里一并改过来。"
    for _, node, work in steps(diagram):
        for name in sorted(taken & facts.forms.get(work.form or "", frozenset())):
            report(
                node,
                f"步骤“{title(node)}”的表单“{work.form}”有字段“{name}”，这个名称在流程里是办理结果，条件会读错。",
                remedy,
            )
    for name in sorted((taken | ({"channel"} & names_read(diagram))) & facts.forms.get("application", frozenset())):
        report(diagram.processes[diagram.main], f"申请表单的字段“{name}”和流程里的名称相同，条件会读错。", remedy)
