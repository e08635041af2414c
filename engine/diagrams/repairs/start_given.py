"""Where everything waits for something before it, nothing ever begins: the first node drawn gets a start."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "start-given",
    True,
    "补画开始事件",
    "“{name}”里没有开始，每一步前面都还有别的步骤：补画了一个开始，从“{first}”开始。请核对是不是从这里开始。",
    ("unreachable",),
)
_BESIDE = ("boundaryEvent", "startEvent")


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    scope = element.getparent()
    nodes = paper.nodes(scope)
    if paper.is_aside(element) or any(tag(node) == "startEvent" for node in nodes):
        return None
    if not {node.get("id") for node in nodes} <= paper.faulty("unreachable"):
        return None
    first = next((node for node in nodes if tag(node) not in _BESIDE and paper.flows(node, "targetRef")), None)
    if first is None:
        return None
    start = paper.add_node(scope, "startEvent", first)
    paper.connect(scope, start, first)
    paper.begun.add(scope)
    return mended(scope, "", start.get("id"), first=paper.name(first))
