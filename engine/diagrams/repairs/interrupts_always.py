"""An error or a cancellation always interrupts (BPMN 2.0.2, 10.5.6): what is drawn otherwise is a slip."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "interrupts-always",
    False,
    "错误和取消一定中断",
    "“{name}”等待错误或取消，却画成了不中断：按 BPMN 的规定改为中断。",
    ("must-interrupt",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if tag(element) not in ("boundaryEvent", "startEvent"):
        return None
    was = paper.unset(element, "cancelActivity", "isInterrupting")
    return mended(element, was, "中断") if was else None
