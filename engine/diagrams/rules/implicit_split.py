"""What divides the way is drawn as a gateway. Several unconditional flows out of a step are all taken at once.

Drawn so, it looks like a choice, and the work behind it is done twice.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Scope
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("implicit-split", Severity.WARNING, "没有网关就分成几路")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        for node in scope.nodes.values():
            always = _always(node, scope)
            if always and len(scope.leaving[node.id]) > 1:
                ways = "、".join(f"“{title(scope.nodes[key])}”" for key in always)
                report(
                    node,
                    f"“{title(node)}”流出 {len(scope.leaving[node.id])} 条连线，没有条件的通到{ways}，一定会走：流程从这里分成几路同时办。",
                    "只走一路的，请画排他网关并写条件；确实同时办的，请画并行网关。",
                )


def _always(node: Node, scope: Scope) -> list[str]:
    """Where the flows lead that are taken whatever happens; a gateway says itself what it does."""
    if node.kind.endswith("Gateway"):
        return []
    return [flow.target for flow in scope.leaving[node.id] if flow.condition is None and flow.id != node.default]
