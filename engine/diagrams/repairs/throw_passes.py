"""A throw of what cannot be thrown here is passed."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "throw-passes",
    True,
    "发不出的事件直接通过",
    "“{name}”{why}，改为{now}：该告诉谁、撤销什么，请改由人办或另画。",
    ("cannot-throw", "cancel-misplaced", "undo-missing", "undo-from-handler", "undo-finished-scope", "link-unclear"),
)
_WHY = {
    "cannot-throw": "发出的事件在这里发不出",
    "cancel-misplaced": "要取消事务，却不在带取消边界的事务里",
    "undo-missing": "没有指明由哪个步骤来撤销",
    "undo-from-handler": "在事件子流程里撤销外面的步骤",
    "undo-finished-scope": "要撤销已经结束的子流程里面的步骤",
    "link-unclear": "是没有目标的链接",
}


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    drawn = paper.definitions(element)
    if tag(element) not in ("intermediateThrowEvent", "endEvent") or not drawn:
        return None
    if fault.code == "link-unclear" and paper.targets(element):
        return None
    if fault.code.startswith("undo") or fault.code == "cancel-misplaced":
        drawn = [one for one in drawn if paper.kind_of(one) in ("compensate", "cancel")]
    now = "普通的结束" if tag(element) == "endEvent" else "经过时不停留"
    return mended(element, paper.drop_all(drawn), now, why=_WHY[fault.code], now=now)
