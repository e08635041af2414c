"""Questions to the drawing of one scope: what leads where."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

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


class Paths:
    """Which entering flows of one gateway a token can reach from where it stands, without passing the gateway.

    Worked out when first asked: of thousands of gateways few are ever waited at. Kept as a number for each flow, with a bit
    for each node, so that a large drawing stays small. before: what leads to each node of the scope; places: the bit of each.
    """

    def __init__(
        self, drawn: Scope, gateway: str, before: Mapping[str, Collection[str]], places: Mapping[str, int]
    ) -> None:
        self.flows, self.gateway = tuple(drawn.entering.get(gateway, ())), gateway
        self.before, self.places = before, places
        self.known = dict[str, frozenset[str]]()

    @cached_property
    def sources(self) -> Sequence[int]:
        """For each flow the nodes that lead to it."""
        return [self.among(_before(flow.source, self.before, self.gateway)) for flow in self.flows]

    def among(self, nodes: Collection[str]) -> int:
        bits = bytearray(len(self.places) // 8 + 1)
        for place in (self.places[node] for node in nodes if node in self.places):
            bits[place // 8] |= 1 << place % 8
        return int.from_bytes(bits, "little")

    def of(self, node: str) -> frozenset[str]:
        """The flows that a token at this node can reach."""
        if node not in self.known:
            place = self.places.get(node)
            pairs = zip(self.flows, self.sources, strict=True) if place is not None else ()
            self.known[node] = frozenset(flow.id for flow, nodes in pairs if nodes >> (place or 0) & 1)
        return self.known[node]


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
