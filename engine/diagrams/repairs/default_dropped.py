"""A default that does not leave from here is none."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "default-dropped",
    True,
    "去掉指错的默认流向",
    "“{name}”的默认流向 {flow} 不是从这里流出的，去掉了：条件都不成立时没有路可走，请重新指定。",
    ("default-elsewhere",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    flow = element.get("default")
    was = paper.unset(element, "default")
    return mended(element, was, "", flow=flow) if was and tag(element) else None
