"""What a program outside would do is confirmed by a person: nothing outside is called."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "service-by-hand",
    True,
    "服务任务改为人工确认",
    "“{name}”原来由外部程序（{what}）自动完成，这里不会调用它：走到这里由经办人确认已经办好。",
    ("service-implementation",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    what, kind = fault.sentence.partition("（")[2].rpartition("）自动完成")[0], tag(element)
    if kind not in ("serviceTask", "sendTask"):
        return None
    if kind == "sendTask":
        paper.retag(element, "serviceTask")
    return mended(element, f"{kind} {what}", "人工确认", what=what)
