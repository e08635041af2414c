"""Whatever the outcome of a step, a way leads on.

An outcome that no condition lets through leaves the case at the gateway.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Outcome, Scope
from ..paths import OUTCOME, ways_behind
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps

RULE = Rule("outcome-without-way", Severity.ERROR, "办理结果没有去路")

FAR = 100  # gateways in a row: what lies further behind is drawn by no one


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope, node, work in steps(diagram):
        for outcome in work.outcomes:
            if stuck := shut_door(node, scope, outcome):
                report(
                    node,
                    f"步骤“{title(node)}”的结果“{outcome.label}”（{outcome.code}）在“{title(stuck)}”没有一条连线可走。",
                    f"请加一条条件为 ${{outcome == '{outcome.code}'}} 的连线，或设默认连线，或不画这个结果。",
                )


def shut_door(step: Node, scope: Scope, outcome: Outcome) -> Node | None:
    """The first node among the step and the gateways directly behind it where this outcome cannot go on."""
    known = {OUTCOME: outcome.code, step.id: outcome.code}
    todo, seen = [step], {step.id}
    while todo and len(seen) <= FAR:
        here = todo.pop()
        ways = ways_behind(here, scope, known)
        if scope.leaving[here.id] and not ways:
            return here
        behind = (scope.nodes[flow.target] for flow in ways)
        todo += [node for node in behind if node.id not in seen and _passes_outcome(node, scope)]
        seen |= {node.id for node in todo}
    return None


def _passes_outcome(node: Node, scope: Scope) -> bool:
    """A gateway that decides at once; one that waits for other branches may see another outcome."""
    waits = node.kind != "exclusiveGateway" and len(scope.entering[node.id]) > 1
    return node.kind.endswith("Gateway") and node.kind != "eventBasedGateway" and not waits
