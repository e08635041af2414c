"""A called process that is not here is carried out by a person."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Fault

from ..reader.sheet import Element, reference, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "call-by-hand",
    True,
    "调用改为人工步骤",
    "“{name}”调用的流程{called}不在这里或是空的，改为人工步骤：由经办人在别处办完后确认；有了那个流程再改回调用。",
    ("called-unknown", "nothing-drawn"),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if fault.code == "nothing-drawn":
        element = next(_calls(paper, element), element)
    if tag(element) != "callActivity":
        return None
    called = element.get("calledElement")
    was = paper.unset(element, "calledElement")
    paper.retag(element, "manualTask")
    return mended(element, was, "人工步骤", called=f"“{called}”" if called else "（没有写哪一个）")


def _calls(paper: Paper, process: Element) -> Iterator[Element]:
    """Where a process in which nothing is drawn is called."""
    for call in paper.root.iter(f"{{{paper.model}}}callActivity"):
        if tag(process) == "process" and reference(call.get("calledElement")) == process.get("id"):
            yield call
