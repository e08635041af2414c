"""A repeating timer in the flow goes on after its first time."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, children, text
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "timer-once",
    True,
    "流程当中的定时只等一次",
    "“{name}”在流程当中，却画了重复的定时“{text}”：改为等一次（{once}）就往下走。",
    ("timer-repeats-in-flow",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    for definition in children(element, "timerEventDefinition"):
        for time in children(definition, "timeDate", "timeDuration", "timeCycle"):
            drawn = (text(time) or "").strip("\"' \n\t")
            once = drawn.rpartition("/")[2]
            was = paper.drop(time)
            paper.add(definition, "timeDuration", once)
            return mended(element, was, once, text=drawn, once=once)
    return None
