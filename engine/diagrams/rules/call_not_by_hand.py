"""What another system brings and a condition reads can also be filled in by hand, in the form of that step.

When the system does not answer, a person confirms the step; without the form the case could not go on behind it.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..reads import names_read
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes

RULE = Rule("call-not-by-hand", Severity.ERROR, "对外调用带回的内容不能由人填写")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.forms is None:
        return
    read = names_read(diagram)
    for node in nodes(diagram):
        form = facts.forms.get((node.work.form if node.work else None) or "", frozenset())
        lacking = [n for n in (node.outbound.returns if node.outbound else ()) if n in read and n not in form]
        if lacking:
            report(
                node,
                f"“{title(node)}”带回的“{'、'.join(lacking)}”后面要用，步骤的表单里却没有；对方不答复时没有人能填写。",
                "请在 ls:form 写一个含有这些字段（同样的 key）的表单。",
            )
