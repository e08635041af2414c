"""Which elements of the new drawing are elements of the old one under another id.

Tools give ids anew when something is copied, or when a whole file is exported again; told as taken out and added, that would
bury what has really changed. The same is: what is called and done alike and is the only one of its kind on both sides, in the
same company; or what stands between the same neighbours, or as the only one of its kind beside one of them. Where no id at all has
stayed, the file was numbered anew as a whole: then the only one of its kind is the same too. What is in doubt is not the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from ..graph import Flow, Mark, Node, Scope
from ..tour import nodes_in, scopes_in

NOWHERE = Mark("", 1, 1)
_Drawn = TypeVar("_Drawn", Node, Flow)


@dataclass(frozen=True)
class Renamed:
    """New ids by old ids, of nodes and of flows; empty where every id has stayed."""

    nodes: Mapping[str, str]
    flows: Mapping[str, str]

    def applied(self, scope: Scope) -> Scope:
        """The old process as it would be with the new ids."""
        return self._scope(scope, scope.id) if self.nodes or self.flows else scope

    def _scope(self, scope: Scope, key: str) -> Scope:
        nodes = {node.id: node for node in (self._node(node, key) for node in scope.nodes.values())}
        flows = tuple(
            replace(flow, id=self.flow(flow.id), source=self.node(flow.source), target=self.node(flow.target))
            for flow in scope.flows
        )
        leaving, entering = (
            {self.node(at): tuple(one for one in flows if getattr(one, end) == self.node(at)) for at in drawn}
            for drawn, end in ((scope.leaving, "source"), (scope.entering, "target"))
        )
        return replace(scope, id=key, nodes=nodes, flows=flows, leaving=leaving, entering=entering)

    def _node(self, node: Node, inside: str) -> Node:
        key = self.node(node.id)
        return replace(
            node,
            id=key,
            default=self.flow(node.default) if node.default else None,
            attached_to=self.node(node.attached_to) if node.attached_to else None,
            handler=self.node(node.handler) if node.handler else None,
            events=tuple(
                replace(event, activity=self.node(event.activity)) if event.activity else event for event in node.events
            ),
            inner=self._scope(node.inner, f"{inside}/{key}") if node.inner else None,
        )

    def node(self, key: str) -> str:
        return self.nodes.get(key, key)

    def flow(self, key: str) -> str:
        return self.flows.get(key, key)


def renamed(old: Scope, new: Scope) -> Renamed:
    """What of one process has another id in the other drawing of it."""
    before, after = ({node.id: node for node in nodes_in(process)} for process in (old, new))
    same = {key: key for key in before.keys() & after.keys()}
    near = _neighbours(old), _neighbours(new)
    while True:
        lost = [before[key] for key in before if key not in same]
        come = [after[key] for key in after if key not in same.values()]
        found = _by_name(lost, come, near, same) or _by_place(lost, come, near, same) or _beside(lost, come, near, same)
        if not found and not before.keys() & after.keys():
            found = {one.id: other.id for one, other in _pairs(lost, come, _settings, _settings)}
        if not found:
            break
        same |= found
    return Renamed({key: other for key, other in same.items() if key != other}, _flows(old, new, same))


def _by_name(
    lost: Iterable[Node], come: Iterable[Node], near: tuple[_Near, _Near], same: Mapping[str, str]
) -> dict[str, str]:
    """What bears the same name and is of the same kind, once on each side, and is set alike or stands in the same company."""

    def known(node: Node) -> Hashable:
        return (node.kind, node.name, node.work.kind if node.work else None) if node.name else None

    return {
        one.id: other.id
        for one, other in _pairs(lost, come, known, known)
        if _settings(one) == _settings(other)
        or {(side, same.get(key, key)) for side, key in near[0].get(one.id, ())} & near[1].get(other.id, set())
    }


def _by_place(
    lost: Iterable[Node], come: Iterable[Node], near: tuple[_Near, _Near], same: Mapping[str, str]
) -> dict[str, str]:
    """What is set alike and stands between the same neighbours, all of which are known."""

    def was(node: Node) -> Hashable:
        beside = near[0].get(node.id, set())
        known = frozenset((side, same[key]) for side, key in beside if key in same)
        return (node.kind, node.name, known) if known and len(known) == len(beside) else None

    def now(node: Node) -> Hashable:
        return node.kind, node.name, frozenset(near[1].get(node.id, ()))

    pairs = _pairs(lost, come, was, now)
    return {one.id: other.id for one, other in pairs if _settings(one) == _settings(other)}


def _beside(
    lost: Iterable[Node], come: Iterable[Node], near: tuple[_Near, _Near], same: Mapping[str, str]
) -> dict[str, str]:
    """What is set alike and is, on both sides, the only one like it before or behind one that is known."""
    sides = [
        [(node, (side, key)) for node in nodes for side, key in sorted(beside.get(node.id, ()))]
        for nodes, beside in ((lost, near[0]), (come, near[1]))
    ]
    places = [(one, (side, same[key])) for one, (side, key) in sides[0] if key in same], sides[1]
    found: list[dict[Hashable, list[Node]]] = [{}, {}]
    for told, at in zip(found, places, strict=True):
        for node, place in at:
            told.setdefault((place, _settings(node)), []).append(node)
    likely = (
        (ones[0].id, found[1][key][0].id)
        for key, ones in found[0].items()
        if len(ones) == 1 and len(found[1].get(key, ())) == 1
    )
    pairs = list(dict.fromkeys(likely))
    return {one: other for one, other in pairs if sum(one == a or other == b for a, b in pairs) == 1}


_Near = Mapping[str, set[tuple[str, str]]]
"""The neighbours of each node: (before, behind or host, id)."""


def _neighbours(process: Scope) -> _Near:
    near = dict[str, set[tuple[str, str]]]()
    for scope in scopes_in(process):
        for flow in scope.flows:
            near.setdefault(flow.target, set()).add(("before", flow.source))
            near.setdefault(flow.source, set()).add(("behind", flow.target))
        for node in scope.nodes.values():
            if node.attached_to:
                near.setdefault(node.id, set()).add(("host", node.attached_to))
    return near


def _settings(node: Node) -> Node:
    """All that is set of a node, without ids and place."""
    events = tuple(replace(event, activity=None) for event in node.events)
    return replace(
        node, id="", at=NOWHERE, lane=None, default=None, attached_to=None, handler=None, inner=None, events=events
    )


def _flows(old: Scope, new: Scope, same: Mapping[str, str]) -> dict[str, str]:
    """Flows between the same two, by name and condition, then whatever is the only one left between them."""
    before, after = ([flow for scope in scopes_in(process) for flow in scope.flows] for process in (old, new))
    kept = {flow.id for flow in before} & {flow.id for flow in after}
    found = dict[str, str]()
    for exactly in (True, False):

        def was(flow: Flow, exactly: bool = exactly) -> Hashable:
            return same.get(flow.source), same.get(flow.target), exactly and (flow.name, flow.condition)

        def now(flow: Flow, exactly: bool = exactly) -> Hashable:
            return flow.source, flow.target, exactly and (flow.name, flow.condition)

        lost = [flow for flow in before if flow.id not in kept and flow.id not in found]
        come = [flow for flow in after if flow.id not in kept and flow.id not in found.values()]
        found |= {one.id: other.id for one, other in _pairs(lost, come, was, now)}
    return found


def _pairs(
    lost: Iterable[_Drawn],
    come: Iterable[_Drawn],
    was: Callable[[_Drawn], Hashable],
    now: Callable[[_Drawn], Hashable],
) -> list[tuple[_Drawn, _Drawn]]:
    """Those of both sides that are told alike and have no equal on their own side."""
    sides = []
    for drawn, told in ((lost, was), (come, now)):
        side = dict[Hashable, list[_Drawn]]()
        for one in drawn:
            side.setdefault(told(one), []).append(one)
        sides.append({key: ones[0] for key, ones in side.items() if key is not None and len(ones) == 1})
    return [(one, sides[1][key]) for key, one in sides[0].items() if key in sides[1]]
