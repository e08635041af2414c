"""A listener that is a program of another engine is not run: it stays in the file, and a person confirms that it may be missing."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, our_children
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "listener-aside",
    True,
    "不运行监听程序",
    "“{name}”的监听程序（{what}）这里不运行，留在文件里：请确认没有它也对，它写下的数据由表单或脚本来写。",
    ("listener-not-carried",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if any(trace.get("kind") == CARD.kind for trace in our_children(element)):
        return None
    what = fault.sentence.partition("（")[2].rpartition("）")[0]
    return mended(element, what, "不运行", what=what)
