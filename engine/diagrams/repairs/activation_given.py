"""A complex gateway that does not say when it goes on waits for all."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "activation-given",
    True,
    "复杂网关写上激活条件",
    "复杂网关“{name}”没有写什么时候往下走，先写成 {count} 条流入都到齐：请改成真正的条件再确认。",
    ("complex-unclear",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if tag(element) != "complexGateway":
        return None
    count = len(paper.flows(element, "targetRef"))
    now = "${nrOfToken >= " + str(count) + "}"
    paper.add(element, "activationCondition", now)
    return mended(element, "", now, count=count)
