"""A link goes to one place: of several targets of one name the first."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "link-first",
    True,
    "链接只通到第一个目标",
    "链接“{name}”有 {count} 个同名的目标，只通到第一个（{first}），其余搁置：请给它们不同的名称。",
    ("link-unclear",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    targets = paper.targets(element)
    if len(targets) < 2:
        return None
    for other in targets[1:]:
        paper.aside_with_flows(other)
    was = "、".join(node.get("id") or "" for node in targets)
    return mended(element, was, targets[0].get("id") or "", count=len(targets), first=targets[0].get("id") or "")
