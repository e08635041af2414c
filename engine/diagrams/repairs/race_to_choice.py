"""Where something behind an event gateway waits for nothing there is no race: a person says which way."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "race-to-choice",
    True,
    "事件网关改为由人选择",
    "事件网关“{name}”后面有的步骤不等待事件，分不出先后，改为排他网关：走到这里由经办人选一条路。",
    ("nothing-waits",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if tag(element) != "eventBasedGateway":
        return None
    was = " ".join(filter(None, ("eventBasedGateway", paper.unset(element, "eventGatewayType", "instantiate"))))
    paper.retag(element, "exclusiveGateway")
    return mended(element, was, "exclusiveGateway")
