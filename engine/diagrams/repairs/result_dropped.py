"""Results that nobody names are not collected."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, child, children, extensions, foreign, text
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "result-dropped",
    True,
    "不再收集多实例的结果",
    "“{name}”要收集每一份的结果到“{output}”，却没有写结果是哪个字段，改为不收集。",
    ("loop-result-unnamed",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    many = child(element, "multiInstanceLoopCharacteristics")
    if many is None:
        return None
    drawn = list(children(many, "loopDataOutputRef"))
    output = " ".join(text(one) or "" for one in drawn) or foreign(many, "outputCollection") or ""
    was = paper.drop_all(drawn)
    for key in [key for key in many.attrib if key.endswith("}outputCollection")]:
        was += f' {key.rpartition("}")[2]}="{paper.unset(many, key)}"'
    for inner in extensions(many, "loopCharacteristics"):  # of Camunda 8
        output = output or inner.get("outputCollection") or ""
        was += paper.unset(inner, "outputCollection", "outputElement")
    return mended(element, was, "", output=output) if was else None
