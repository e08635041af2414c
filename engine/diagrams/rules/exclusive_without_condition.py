"""Every way out of an exclusive gateway has a condition or is the default.

The first way without one would always be taken.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Scope
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("exclusive-without-condition", Severity.ERROR, "排他网关的连线没有条件")

BY_CHOICE = frozenset({"way-asked", "race-to-choice"})
"""Repairs that leave the way to a person, which somebody confirms."""


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    asked = {mend.id for mend in diagram.mended if mend.kind in BY_CHOICE}
    for scope in scopes(diagram):
        for node in scope.nodes.values():
            leaving = scope.leaving[node.id]
            if node.kind != "exclusiveGateway" or len(leaving) < 2 or node.id in asked:
                continue
            open_ways = [flow for flow in leaving if flow.condition is None and flow.id != node.default]
            if open_ways:
                names = "、".join(f"“{title(scope.nodes[flow.target])}”" for flow in open_ways)
                report(
                    node,
                    f"排他网关“{title(node)}”通向{names}的连线没有条件，流程不知道走哪一条。",
                    "请给每条连线写条件，例如 ${outcome == 'pass'}，或把其中一条设为默认。",
                    fix="default-set" if default_meant(node, scope) else "",
                )


def default_meant(node: Node, scope: Scope) -> str:
    """The id of the only way without a condition, where none is the default; empty where there are more."""
    open_ways = [flow.id for flow in scope.leaving[node.id] if flow.condition is None]
    return open_ways[0] if len(open_ways) == 1 < len(scope.leaving[node.id]) and node.default is None else ""
