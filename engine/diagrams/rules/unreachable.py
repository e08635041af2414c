"""Every node lies on a way from the start.

What no way leads to never happens, and whoever reads the drawing believes it does.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Scope
from ..paths import begins, link_targets
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("unreachable", Severity.ERROR, "没有任何路径通到的节点")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        reached = reached_nodes(scope)
        for island in _islands(scope, reached):
            others = f"（连同它后面共 {len(island)} 个节点）" if len(island) > 1 else ""
            report(
                island[0], f"没有任何路径通到“{title(island[0])}”{others}。", "请从前面的步骤画一条连线过来，或删去它。"
            )


def unreached(diagram: Diagram) -> list[Node]:
    """Every node that this rule tells of, those that hang behind the one it names too."""
    return [node for scope in scopes(diagram) for island in _islands(scope, reached_nodes(scope)) for node in island]


def reached_nodes(scope: Scope) -> set[str]:
    """Ids of the nodes that some drawn way leads to."""
    started = any(node.kind == "startEvent" for node in scope.nodes.values()) and scope.kind != "adHocSubProcess"
    todo = [node.id for node in scope.nodes.values() if _is_entrance(node, scope, started)]
    reached, after = set(todo), _after(scope)
    while todo:
        fresh = [key for key in after[todo.pop()] if key not in reached]
        reached |= set(fresh)
        todo += fresh
    return reached


def _is_entrance(node: Node, scope: Scope, started: bool) -> bool:
    if node.kind == "startEvent" or node.by_event:
        return True
    return not started and not scope.entering[node.id] and begins(node)


def _after(scope: Scope) -> dict[str, set[str]]:
    """What follows each node: over flows, links, borders, and from a border of compensation to what undoes."""
    after = {key: {flow.target for flow in flows} for key, flows in scope.leaving.items()}
    for key, target in link_targets(scope).items():
        after[key].add(target.id)
    for node in scope.nodes.values():
        if node.attached_to:
            after[node.attached_to].add(node.id)
        if node.handler in scope.nodes:
            after[node.id].add(str(node.handler))
    return after


def _islands(scope: Scope, reached: set[str]) -> Iterator[list[Node]]:
    """Unreached nodes that hang together, the one that nothing leads to first: one cause gives one finding."""
    left = [node for node in scope.nodes.values() if node.id not in reached]
    near: dict[str, set[str]] = {node.id: set() for node in left}
    for source, targets in _after(scope).items():
        for target in targets:
            if source in near and target in near:
                near[source].add(target)
                near[target].add(source)
    seen: set[str] = set()
    for first in left:
        island, todo = set[str](), [first.id]
        while todo:
            key = todo.pop()
            if key not in seen:
                seen.add(key)
                island.add(key)
                todo += near[key]
        if island:
            drawn = [scope.nodes[key] for key in island]
            yield sorted(drawn, key=lambda node: (bool(scope.entering[node.id]), node.at.line, node.at.column))
