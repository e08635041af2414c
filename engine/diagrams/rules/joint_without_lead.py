"""Where several departments work side by side, one of them gathers what they say before it goes on (牵头部门).

Without it the answers lie there, and nobody is asked to weigh them against each other.
"""

from __future__ import annotations

from collections import deque

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Scope
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes
from ..vocabulary import StepKind

RULE = Rule("joint-without-lead", Severity.WARNING, "几个部门同时办，没有牵头汇总")

TOGETHER = ("parallelGateway", "inclusiveGateway")
ADVICE = frozenset((StepKind.OPINION, StepKind.REVIEW, StepKind.CHECK, StepKind.COUNTERSIGN))
AFTERWARDS = frozenset((StepKind.CERTIFICATE, StepKind.DELIVER, StepKind.NOTIFY, StepKind.PAYMENT))


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        for split in scope.nodes.values():
            if split.kind not in TOGETHER or len(scope.leaving[split.id]) < 2:
                continue
            starts = [flow.target for flow in scope.leaving[split.id]]
            join = _join(starts, scope)
            advisers = _advisers(starts, join, diagram, scope)
            if len(advisers) > 1 and not _is_led(join, scope):
                told = "、".join(sorted(advisers))
                report(
                    split,
                    f"“{title(split)}”分给 {told} 同时办，之后没有一个部门汇总意见。",
                    "请在汇合之后画一步由牵头部门办的审查、审核、牵头汇总或决定。",
                )


def _join(starts: list[str], scope: Scope) -> Node | None:
    """The nearest node that every branch comes to."""
    reached = [_reached(start, scope) for start in starts]
    common = [key for key in reached[0] if all(key in other for other in reached)]
    return min(
        (scope.nodes[key] for key in common), key=lambda node: max(far[node.id] for far in reached), default=None
    )


def _reached(start: str, scope: Scope, stop: str = "") -> dict[str, int]:
    """What can be reached over flows, and how far it is; nothing behind `stop`."""
    far, todo = {start: 0}, deque([start])
    while todo:
        key = todo.popleft()
        for flow in scope.leaving[key] if key != stop else ():
            if flow.target not in far:
                far[flow.target] = far[key] + 1
                todo.append(flow.target)
    return far


def _advisers(starts: list[str], join: Node | None, diagram: Diagram, scope: Scope) -> set[str]:
    """The departments, and the matters, whose answers come together."""
    stop = join.id if join else ""
    inside = (scope.nodes[key] for start in starts for key in _reached(start, scope, stop) if key != stop)
    found = set[str]()
    for node in inside:
        if node.work is not None and node.work.kind in ADVICE:
            found.add(node.work.department or node.work.window or node.id)
        elif (matter := diagram.matter_called(node)) is not None:
            found.add(matter)
    return found


def _is_led(join: Node | None, scope: Scope) -> bool:
    """Whether the first to act behind the join is one department, and has something to weigh."""
    todo, seen, first = [join.id] if join else [], set[str](), list[Node]()
    while todo:
        node = scope.nodes[todo.pop()]
        if node.id in seen:
            continue
        seen.add(node.id)
        if node.kind.endswith("Gateway") or (node.id == (join.id if join else "") and node.work is None):
            todo += [flow.target for flow in scope.leaving[node.id]]
        else:
            first.append(node)
    owners = {node.work.department or node.work.window for node in first if node.work}
    kinds = {node.work.kind for node in first if node.work}
    return bool(first) and all(node.work for node in first) and len(owners) == 1 and not kinds & AFTERWARDS
