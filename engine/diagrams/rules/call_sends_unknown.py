"""What a step sends to another system is filled in somewhere before.

A name that nobody fills goes out empty, and the other system answers a question that nobody asked.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..filled import filled
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes

RULE = Rule("call-sends-unknown", Severity.ERROR, "对外调用发出的内容没有来处")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    known = filled(diagram, facts)
    if known is None:
        return
    for node in nodes(diagram):
        for name in node.outbound.sends if node.outbound is not None else ():
            if name not in known:
                report(
                    node,
                    f"“{title(node)}”对外发出“{name}”，可是没有哪个步骤、表单或脚本填写它。",
                    "请核对 ls:sends 的拼写：可以用步骤编号、表单字段和立案时已有的数据。",
                )
