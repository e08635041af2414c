"""Each way out of a choice says when it is taken, and no two say the same.

Whoever reads the drawing sees no conditions: without a label he has to guess what the case does.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Flow, Node, Scope
from ..paths import outcome_asked, steps_before
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("choice-unlabelled", Severity.WARNING, "选择的连线没有写字")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        before = steps_before(scope)
        for node in scope.nodes.values():
            named = dict[str, str | None]()
            for flow in _choices(node, scope):
                label = (flow.name or "").strip()
                if not label:
                    told = label_meant(flow, before[node.id], scope)
                    report(
                        flow,
                        f"从“{title(node)}”到“{title(scope.nodes[flow.target])}”的连线没有写字，看图的人不知道什么时候走这一路。",
                        f"请在连线上写：{told}。" if told else "请在连线上写什么时候走，例如“通过”“退回”。",
                        fix="label-from-outcome" if told else "",
                    )
                elif label in named and not (named[label] == flow.condition and node.kind == "inclusiveGateway"):
                    report(
                        flow,
                        f"从“{title(node)}”流出的两条连线都写着“{label}”，看图的人分不清。",
                        "请改写其中一条，写明各自什么时候走。",
                    )
                named.setdefault(label, flow.condition)


def _choices(node: Node, scope: Scope) -> tuple[Flow, ...]:
    """The ways of which a case takes some and leaves others; where all are taken there is nothing to tell."""
    leaving = scope.leaving[node.id]
    if len(leaving) < 2 or node.kind in ("parallelGateway", "eventBasedGateway"):
        return ()
    if node.kind == "exclusiveGateway":
        return leaving
    return tuple(flow for flow in leaving if flow.condition is not None or flow.id == node.default)


def label_meant(flow: Flow, before: frozenset[str] | None, scope: Scope) -> str:
    """What the button of that outcome says, where exactly one outcome of exactly one step leads here."""
    asked = outcome_asked(flow.condition)
    before = before or frozenset()
    works = [work for key in before if (work := scope.nodes[key].work) is not None]
    if asked is None or len(works) != 1 or (asked[0] != "outcome" and asked[0] not in before):
        return ""
    return next((outcome.label for outcome in works[0].outcomes if outcome.code == asked[1]), "")
