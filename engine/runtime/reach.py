"""Questions to the drawing of one scope: what leads where."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.diagrams import Node, Scope


def link_name(node: Node, kind: str) -> str | None:
    """The name of the link that this event throws or catches."""
    return node.events[0].name if node.kind == kind and node.events and node.events[0].kind == "link" else None


def links(drawn: Scope, node: Node) -> list[str]:
    """Where a thrown link leads."""
    name = link_name(node, "intermediateThrowEvent")
    if not name:
        return []
    return [other.id for other in drawn.nodes.values() if link_name(other, "intermediateCatchEvent") == name]


def backwards(drawn: Scope) -> Mapping[str, Collection[str]]:
    """For each node those from which a token comes to it: along flows, links, and from an activity to the events on its border."""
    found: dict[str, set[str]] = {name: set() for name in drawn.nodes}
    for node in drawn.nodes.values():
        ahead = [flow.target for flow in drawn.leaving.get(node.id, ())] + links(drawn, node)
        for target in ahead:
            found.setdefault(target, set()).add(node.id)
        if node.attached_to is not None:
            found[node.id].add(node.attached_to)
    return found


def paths_into(drawn: Scope, gateway: str, before: Mapping[str, Collection[str]]) -> Mapping[str, frozenset[str]]:
    """For each node: the entering flows of the gateway that a token there can reach without passing the gateway. before: what
    leads to each node of the scope."""
    reach: dict[str, set[str]] = {name: set() for name in drawn.nodes}
    for flow in drawn.entering.get(gateway, ()):
        for name in _before(flow.source, before, gateway):
            reach.setdefault(name, set()).add(flow.id)
    return {name: frozenset(flows) for name, flows in reach.items() if flows}


def _before(start: str, backwards: Mapping[str, Collection[str]], barrier: str) -> set[str]:
    found, todo = set[str](), [start]
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += () if node == barrier else backwards.get(node, ())
    return found


def reached(drawn: Scope, roots: Collection[str]) -> set[str]:
    """Every node that some flow or link leads to, from these."""
    found, todo = set[str](), list(roots)
    while todo:
        node = todo.pop()
        if node not in found and node in drawn.nodes:
            found.add(node)
            todo += [flow.target for flow in drawn.leaving.get(node, ())] + links(drawn, drawn.nodes[node])
    return found
