"""The ways out of a parallel gateway and of an event gateway bear no condition and no default.

BPMN takes them without looking at one, so what the drawing seems to say does not happen. Of two ways of one choice on which the
same is asked, only one is ever taken.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram, Flow, Node, Scope
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("condition-without-effect", Severity.ERROR, "不起作用的条件", Level.WARNING)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        for node in scope.nodes.values():
            if node.kind == "exclusiveGateway":
                _report_asked_twice(node, scope, report)
            if node.kind not in ("parallelGateway", "eventBasedGateway"):
                continue
            for flow in scope.leaving[node.id]:
                if flow.condition is not None or flow.id == node.default:
                    report(
                        flow,
                        f"从“{title(node)}”流出的连线一定会走，上面的条件或默认不起作用。",
                        "请去掉条件和默认，或改用包容网关、排他网关。",
                        fix="condition-dropped",
                    )


def _report_asked_twice(node: Node, scope: Scope, report: Report) -> None:
    asked: dict[str, Flow] = {}
    for flow in scope.leaving[node.id]:
        if flow.condition is None or flow.id == node.default:
            continue
        first = asked.setdefault(" ".join(flow.condition.split()), flow)
        if first.target != flow.target:
            report(
                flow,
                f"从“{title(node)}”流出的“{title(first)}”和“{title(flow)}”条件相同，只走一条，另一条永远不走。",
                "请改正其中一条的条件；两条都要走的，改用包容网关。",
            )
