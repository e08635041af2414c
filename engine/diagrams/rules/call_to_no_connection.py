"""A step calls only a system to which the office has a connection.

Without one nobody would ever answer, and a drawing must not bring an address of its own.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes

RULE = Rule("call-to-no-connection", Severity.ERROR, "对外调用的对接没有登记")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.connections is None:
        return
    for node in nodes(diagram):
        if node.outbound is not None and node.outbound.connection not in facts.connections:
            known = "、".join(sorted(facts.connections)) or "没有"
            report(
                node,
                f"“{title(node)}”对外调用“{node.outbound.connection}”，本机构没有登记这个对接，或已经停用。",
                f"请系统管理员用 lianshen connection add 登记，或改正 ls:call；现有的对接：{known}。",
            )
