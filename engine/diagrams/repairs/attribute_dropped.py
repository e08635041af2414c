"""A BPMN attribute whose meaning we do not carry out is taken off, and a person looks whether that may be."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, child
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "attribute-dropped",
    True,
    "去掉不执行的属性",
    "“{name}”用了 {attribute}，这里不执行它的含义，去掉了这个属性：请核对办理的份数和次数是否还对。",
    ("attribute-not-carried-out",),
)
_OF_NODES = ("startQuantity", "completionQuantity")


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    was = paper.unset(element, *_OF_NODES)
    many = child(element, "multiInstanceLoopCharacteristics")
    if many is not None:
        was = " ".join(filter(None, (was, paper.unset(many, "behavior"))))
    return mended(element, was, "", attribute=was) if was else None
