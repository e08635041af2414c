"""The default way bears no condition: it is taken when no other condition holds.

A condition on it is never looked at, and what it seems to say does not happen.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("default-with-condition", Severity.WARNING, "默认连线上有条件")

ALL_TAKEN = ("parallelGateway", "eventBasedGateway")
"""Where no default has an effect at all, which another rule tells."""


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        for flow in scope.flows:
            node = scope.nodes[flow.source]
            if flow.id == node.default and flow.condition is not None and node.kind not in ALL_TAKEN:
                report(
                    flow,
                    f"从“{title(node)}”流出的默认连线上写了条件“{flow.condition}”，这个条件不起作用。",
                    "请去掉条件；要按条件走的，不设它为默认。",
                    fix="condition-dropped",
                )
