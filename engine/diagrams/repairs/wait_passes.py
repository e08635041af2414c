"""A catch event that waits for nothing is passed."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, reference, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "wait-passes",
    True,
    "什么也不等的事件直接通过",
    "“{name}”没有写等待什么，改为经过时不停留：如果要等，请写上消息、信号、定时或条件。",
    ("cannot-wait-for",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if tag(element) != "intermediateCatchEvent" or paper.definitions(element):
        return None
    before = [paper.by_id(reference(flow.get("sourceRef"))) for flow in paper.flows(element, "targetRef")]
    if any(one is not None and tag(one) == "eventBasedGateway" for one in before):
        return None
    paper.unset(element, "parallelMultiple")
    paper.retag(element, "intermediateThrowEvent")
    return mended(element, "intermediateCatchEvent", "intermediateThrowEvent")
