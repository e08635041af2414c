"""What cannot be waited for, or says not what it waits for, waits for a message that bears its name."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "wait-for-message",
    True,
    "改为等待同名的消息",
    "“{name}”{why}，改为等待消息“{message}”：发生以后由人或别的系统发来。",
    ("condition-missing", "cannot-wait-for", "handler-start"),
)
_WAITS = ("intermediateCatchEvent", "startEvent", "boundaryEvent")


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    event, why = element, "等待条件，却没有写条件"
    if fault.code == "handler-start":
        starts = [node for node in paper.nodes(element) if tag(node) == "startEvent"]
        if len(starts) != 1 or paper.definitions(starts[0]):
            return None
        event, why = starts[0], "是事件子流程的开始，却没有写等待什么"
    elif fault.code == "cannot-wait-for":
        why = "等待的事件在这里等不到" if paper.definitions(event) else "没有写等待什么"
    if tag(event) not in _WAITS or not _may(paper, event, fault):
        return None
    drawn = paper.definitions(event)
    # of several, only the condition that is not there
    drawn = [d for d in drawn if paper.kind_of(d) == "conditional"] if fault.code == "condition-missing" else drawn
    was, message = paper.drop_all(drawn), paper.name(event)
    paper.waits_for_message(event, message)
    return mended(event, was, f"消息 {message}", why=why, message=message)


def _may(paper: Paper, event: Element, fault: Fault) -> bool:
    """A border or start that can never happen is not made into one that can."""
    if fault.code != "cannot-wait-for":
        return True
    return tag(event) == "intermediateCatchEvent"
