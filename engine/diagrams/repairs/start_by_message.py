"""Of several plain starts one is the start; the others begin with a message of their name."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "start-by-message",
    True,
    "其余的开始改为由消息启动",
    "“{name}”有 {count} 个没有条件的开始：“{first}”照常开始，其余（{others}）改为由同名的消息启动{aside}。",
    ("starts-unclear",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    starts = [node for node in paper.nodes(element) if tag(node) == "startEvent" and not paper.definitions(node)]
    if len(starts) < 2:
        return None
    is_process = tag(element) == "process"
    for other in starts[1:]:
        if is_process:
            paper.waits_for_message(other, paper.name(other))
        else:  # nothing starts a sub-process from outside
            paper.aside_with_flows(other)
    names = [paper.name(node) for node in starts]
    others, aside = "、".join(names[1:]), "" if is_process else "；在子流程里没有谁能启动它们，所以搁置"
    return mended(element, "、".join(names), names[0], count=len(starts), first=names[0], others=others, aside=aside)
