"""A start inside a sub-process waits for nothing, and neither does one that nothing can trigger."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "start-plain",
    True,
    "改为普通开始",
    "“{name}”是开始事件，等的事件在这里等不到，改为普通开始：如果要等，请在后面接一个等待事件。",
    ("start-waits-inside", "cannot-wait-for", "cancel-misplaced"),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    drawn = paper.definitions(element)
    if tag(element) != "startEvent" or not drawn or element.getparent().get("triggeredByEvent") in ("true", "1"):
        return None
    was = paper.drop_all(drawn)
    paper.unset(element, "parallelMultiple")
    return mended(element, was, "普通开始")
