"""A sub-process whose whole content has been set aside begins and ends."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.scopes import NODES
from ..reader.sheet import Element, children, is_true, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "sub-process-passed",
    True,
    "内容都搁置了的子流程直接通过",
    "子流程“{name}”里的步骤都走不到、搁置了，补画了一个开始，经过时不停留：请重画里面的步骤，或确认不要它们。",
    ("nothing-drawn",),
)
_KINDS = ("subProcess", "transaction", "adHocSubProcess")


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    inside = list(children(element, *NODES))
    if tag(element) not in _KINDS or is_true(element, "triggeredByEvent") or not inside or paper.nodes(element):
        return None
    start = paper.add_node(element, "startEvent", inside[0])
    return mended(element, "", start.get("id"))
