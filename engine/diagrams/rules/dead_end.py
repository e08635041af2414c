"""From every node an end can be reached, and a step of ours is followed by something.

Elsewhere the case stands still for ever.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Scope
from ..paths import borders, link_targets
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("dead-end", Severity.ERROR, "走不到结束的节点")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    hosts = {id(node.inner): (node, scope) for scope in scopes(diagram) for node in scope.nodes.values() if node.inner}
    for scope in scopes(diagram):
        if scope.kind == "adHocSubProcess":
            continue
        for node in scope.nodes.values():
            if _stops_here(node, scope):
                report(
                    node, f"“{title(node)}”办完以后没有去处。", "请画连线到下一步；流程到此为止的，请连到一个结束事件。"
                )
        if not _is_stopped_from_outside(scope, hosts.get(id(scope))):
            _report_endless(scope, report)


def _stops_here(node: Node, scope: Scope) -> bool:
    """An implicit end of a step of ours or of a gateway; BPMN allows one to other activities and events."""
    if scope.leaving[node.id] or node.compensates or node.by_event:
        return False
    return node.work is not None or node.kind.endswith("Gateway")


def _is_stopped_from_outside(scope: Scope, host: tuple[Node, Scope] | None) -> bool:
    """A loop without a way out is lawful where something else ends it: a terminate event, a handler, a border."""
    ends = any(event.kind == "terminate" for node in scope.nodes.values() for event in node.events)
    handled = any(node.by_event for node in scope.nodes.values())
    bordered = host is not None and any(border.interrupting for border in borders(host[1]).get(host[0].id, ()))
    return ends or handled or bordered


def _report_endless(scope: Scope, report: Report) -> None:
    endless = going_round(scope)
    if endless:
        first = min(endless, key=lambda node: (node.at.line, node.at.column))
        report(
            first,
            f"从“{title(first)}”起怎么走都到不了结束：流程在 {len(endless)} 个节点之间打转。",
            "请给其中一个网关画一条通向结束的连线。",
        )


def going_round(scope: Scope) -> list[Node]:
    """The nodes from which no way leads to an end of the scope."""
    links = link_targets(scope)
    ends = [node for node in scope.nodes.values() if not scope.leaving[node.id] and node.id not in links]
    reaches = _before(ends, scope)
    return [node for node in scope.nodes.values() if node.id not in reaches]


def _before(ends: list[Node], scope: Scope) -> set[str]:
    """Ids of the nodes from which one of these can be reached, over flows, links and borders."""
    back: dict[str, list[str]] = {key: [flow.source for flow in flows] for key, flows in scope.entering.items()}
    for key, target in link_targets(scope).items():
        back[target.id].append(key)
    for node in scope.nodes.values():
        if node.attached_to in back:
            back[node.id].append(node.attached_to)
    reached, todo = {node.id for node in ends}, [node.id for node in ends]
    while todo:
        fresh = [key for key in back[todo.pop()] if key not in reached]
        reached |= set(fresh)
        todo += fresh
    return reached
