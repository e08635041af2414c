"""A gateway splits or joins something. One with a single way in and out, or whose ways all lead to one place, decides nothing.

The reader looks for a choice that is not there.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes
from ..vocabulary import NODE_NAMES

RULE = Rule("gateway-without-effect", Severity.WARNING, "不起作用的网关")

SPLITTING = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        for node in scope.nodes.values():
            leaving, entering = scope.leaving[node.id], scope.entering[node.id]
            if node.kind not in SPLITTING or not leaving:
                continue
            targets = {flow.target for flow in leaving}
            if len(leaving) > 1 and len(targets) == 1:
                there = title(scope.nodes[leaving[0].target])
                report(
                    node,
                    f"{NODE_NAMES[node.kind]}“{title(node)}”的 {len(leaving)} 条连线都通到“{there}”，怎么走都一样。",
                    "请让每一路有自己的步骤，或只留一条连线。",
                )
            elif len(leaving) == len(entering) == 1 and leaving[0].condition is None:
                report(
                    node,
                    f"{NODE_NAMES[node.kind]}“{title(node)}”只有一进一出，没有分开也没有汇合什么。",
                    "请删去它，把前后直接连起来；少画了一路的，请补上。",
                    Severity.INFO,
                    fix="gateway-dropped",
                )
