"""A flow that leads nowhere, or to what must not be reached by one, is kept in the file and not run."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "flow-aside",
    True,
    "搁置接不上的连线",
    "{what}，搁置了这条连线：它留在文件里，不执行。请重新接好，或确认不要它。",
    ("flow-dangling", "flow-to-nowhere", "flow-after-end", "border-misplaced", "handler-in-flow", "undo-in-flow"),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if tag(element) == "sequenceFlow":
        if paper.is_aside(element):
            return None
        paper.aside(element)
        return mended(element, "", "搁置", what=fault.sentence.rstrip("。"))
    entering = paper.flows(element, "targetRef")
    leaving = [] if fault.code == "border-misplaced" else paper.flows(element, "sourceRef")
    if fault.code == "border-misplaced" and not _is_hosted(paper, element):
        return None
    for flow in (*entering, *leaving):
        paper.aside(flow)
    if not entering and not leaving:
        return None
    was = "、".join(flow.get("id") or "没有编号" for flow in (*entering, *leaving))
    return mended(element, was, "搁置", what=f"{fault.sentence.rstrip('。')}（连线 {was}）")


def _is_hosted(paper: Paper, element: Element) -> bool:
    host = paper.by_id((element.get("attachedToRef") or "").rpartition(":")[2])
    return host is not None and host.getparent() is element.getparent()
