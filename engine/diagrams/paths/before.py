"""Whose outcome a gateway sees: the steps that nothing but gateways separate from it."""

from __future__ import annotations

from collections import deque

from ..graph import Node, Scope

MANY = 50


def steps_before(scope: Scope) -> dict[str, frozenset[str] | None]:
    """For each node the ids of the steps whose `outcome` is valid on the flows that leave it; None for more than MANY."""
    found: dict[str, frozenset[str] | None] = {
        node.id: frozenset({node.id}) if _is_step(node) else frozenset() for node in scope.nodes.values()
    }
    todo = deque(node.id for node in scope.nodes.values() if _is_step(node))
    while todo:
        key = todo.popleft()
        for flow in scope.leaving[key]:
            target = scope.nodes[flow.target]
            if not target.kind.endswith("Gateway"):
                continue
            together = _union(found[key], found[target.id])
            if together != found[target.id]:
                found[target.id] = together
                todo.append(target.id)
    return found


def _union(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None or len(one | other) > MANY:
        return None
    return one | other


def _is_step(node: Node) -> bool:
    """A person's task whose kind was forgotten is a step too: another rule says so."""
    return node.work is not None or node.kind in ("userTask", "manualTask")
