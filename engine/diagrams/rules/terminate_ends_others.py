"""An end that ends everything does not stand in one of several branches that work side by side.

The other departments lose their open tasks in that moment, and nobody has told them why.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram, Node, Scope
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("terminate-ends-others", Severity.WARNING, "一路终止会结束别的路", Level.WARNING)

TOGETHER = ("parallelGateway", "inclusiveGateway", "complexGateway")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        ends = [node for node in scope.nodes.values() if any(event.kind == "terminate" for event in node.events)]
        splits = [node for node in scope.nodes.values() if _splits(node, scope)] if ends else []
        for split in splits:
            for flow in scope.leaving[split.id]:
                inside = _before_the_join(flow.target, scope)
                for end in (end for end in ends if end.id in inside):
                    report(
                        end,
                        f"“{title(end)}”在“{title(split)}”分出的一路里：走到这里，别的路正在办的步骤一起结束。",
                        "只结束这一路的，请改成普通结束事件；要让别的路停下的，请在汇合之后再判断。",
                    )
                ends = [end for end in ends if end.id not in inside]


def _splits(node: Node, scope: Scope) -> bool:
    return node.kind in TOGETHER and len(scope.leaving[node.id]) > 1


def _before_the_join(start: str, scope: Scope) -> set[str]:
    """What one branch reaches before it meets others."""
    reached, todo = set[str](), [start]
    while todo:
        key = todo.pop()
        joins = scope.nodes[key].kind in TOGETHER and len(scope.entering[key]) > 1
        if key not in reached and not joins:
            reached.add(key)
            todo += [flow.target for flow in scope.leaving[key]]
    return reached
