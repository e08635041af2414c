"""A sub-process with nothing in it is a step: what it stands for is drawn elsewhere or nowhere."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, children, is_true, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "sub-process-plain",
    True,
    "空的子流程改为步骤",
    "子流程“{name}”里面什么都没有画，改为一个步骤：经过时不停留。要办的事请补画，或改为人工步骤。",
    ("nothing-drawn",),
)
_KINDS = ("subProcess", "transaction", "adHocSubProcess")
_OF_SUB_PROCESSES = ("triggeredByEvent", "method", "ordering", "cancelRemainingInstances")


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if tag(element) not in _KINDS or is_true(element, "triggeredByEvent"):
        return None
    kind = tag(element)
    was = [kind, paper.unset(element, *_OF_SUB_PROCESSES)]
    inner = ("completionCondition", "laneSet", "sequenceFlow", "dataObject", "dataObjectReference", "association")
    was.append(paper.drop_all(list(children(element, *inner, "artifact", "textAnnotation", "group"))))
    paper.retag(element, "task")
    return mended(element, "\n".join(filter(None, was)), "task")
