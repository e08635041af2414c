"""A border event that hangs on nothing or can never happen is kept in the file and not run."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "border-aside",
    True,
    "搁置发生不了的边界事件",
    "边界事件“{name}”{why}，搁置了：留在文件里，不执行。请改画，或确认不要它。",
    (
        "boundary-without-host",
        "border-misplaced",
        "cannot-wait-for",
        "undo-missing",
        "cancel-misplaced",
        "handler-in-flow",
    ),
)
_WHY = {
    "boundary-without-host": "没有挂在同一层的步骤上",
    "border-misplaced": "没有挂在能挂它的步骤上",
    "cannot-wait-for": "等的事件在这里不会发生",
    "undo-missing": "没有指明由哪个步骤来撤销",
    "cancel-misplaced": "等待取消，却不在事务的边上",
    "handler-in-flow": "挂在事件子流程上，不会发生",
}


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if fault.code == "handler-in-flow" and tag(element) != "boundaryEvent":
        element = next(iter(paper.borders(element)), element)
    if tag(element) != "boundaryEvent" or paper.is_aside(element):
        return None
    paper.aside_with_flows(element)
    return mended(element, "", "搁置", why=_WHY[fault.code])
