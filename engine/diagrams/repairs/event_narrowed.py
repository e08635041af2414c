"""Of several triggers or results, those that mean nothing here are taken off."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "event-narrowed",
    True,
    "只留下说得清的事件",
    "“{name}”同时画了 {kinds}，只留下 {kept}，其余在这里没有意义。",
    ("events-mixed", "cannot-wait-for", "cannot-throw", "cancel-misplaced"),
)
_AWAITED = frozenset({"message", "signal", "timer", "conditional"})
_THROWN = frozenset({"message", "signal", "escalation"})


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    drawn = paper.definitions(element)
    if len(drawn) < 2:
        return None
    throws = tag(element) in ("intermediateThrowEvent", "endEvent")
    may = _THROWN if throws else _AWAITED
    odd = [inner for inner in drawn if paper.kind_of(inner) not in may]
    kept = [paper.kind_of(inner) for inner in drawn if inner not in odd]
    if not kept or not odd:
        return None
    kinds = "、".join(paper.kind_of(inner) or "没有声明的事件" for inner in drawn)
    return mended(element, paper.drop_all(odd), "、".join(kept), kinds=kinds, kept="、".join(kept))
