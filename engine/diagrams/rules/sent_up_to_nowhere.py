"""What is sent up waits for the upper office: the call of its matter stands directly behind the step.

Anything between them would be done by an office that has no longer the file.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Scope
from ..paths import OUTCOME, ways_behind
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps
from ..vocabulary import StepKind

RULE = Rule("sent-up-to-nowhere", Severity.ERROR, "上报之后没有等上级的决定")
FAR = 100  # gateways in a row: what lies further behind is drawn by no one


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope, node, work in steps(diagram):
        if work.kind is not StepKind.ESCALATE or "sent_up" not in {outcome.code for outcome in work.outcomes}:
            continue
        behind = _behind(node, scope)
        if len(behind) != 1 or diagram.matter_called(behind[0]) is None:
            there = "、".join(f"“{title(one)}”" for one in behind) or "什么也没有"
            report(
                node,
                f"“{title(node)}”之后是{there}，不是上级机关的事项。",
                "请在上报之后直接画调用活动，calledElement 写上级机构的事项代码；结果送回后再画送达。",
            )


def _behind(step: Node, scope: Scope) -> list[Node]:
    """The first nodes behind the step that are no gateways, on the ways that a file takes that was sent up."""
    known = {OUTCOME: "sent_up", step.id: "sent_up"}
    todo, seen, found = [step], {step.id}, dict[str, Node]()
    while todo and len(seen) <= FAR:
        for flow in ways_behind(todo.pop(), scope, known):
            target = scope.nodes[flow.target]
            if target.kind.endswith("Gateway") and target.id not in seen:
                todo.append(target)
            elif not target.kind.endswith("Gateway"):
                found[target.id] = target
            seen.add(target.id)
    return list(found.values())
