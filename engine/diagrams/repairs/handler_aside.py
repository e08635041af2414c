"""An event sub-process that nothing can open is kept in the file and not run."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, is_true, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "handler-aside",
    True,
    "搁置打不开的事件子流程",
    "事件子流程“{name}”没有一个说得清的开始，什么也打不开它，搁置了：留在文件里，不执行。",
    ("handler-start", "nothing-drawn", "cannot-wait-for"),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if fault.code == "cannot-wait-for" and tag(element) == "startEvent":
        element = element.getparent()
    if not is_true(element, "triggeredByEvent") or paper.is_aside(element):
        return None
    paper.aside_with_flows(element)
    return mended(element, "", "搁置")
