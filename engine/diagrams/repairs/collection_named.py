"""A multi-instance that does not say for whom is done for a named list, which somebody fills."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, child, extensions, foreign, ours, text
from .card import Card, Mend, mended
from .paper import Paper, safe, understood

CARD = Card(
    "collection-named",
    True,
    "多实例写上名单",
    "“{name}”要办几份{why}，改为按名单 {field} 每人一份：请在前面的步骤里填好这个名单。",
    ("loop-over-nothing", "expression-refused"),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    many = child(element, "multiInstanceLoopCharacteristics")
    if many is None:
        return None
    drawn = child(many, "loopDataInputRef")
    written = (text(drawn) if drawn is not None else None) or foreign(many, "collection")
    written = written or next((e.get("inputCollection") for e in extensions(many, "loopCharacteristics")), None)
    if fault.code == "expression-refused" and (not written or ours(many).get("collection") or understood(written)):
        return None
    field = f"list_{safe(element.get('id') or 'x')}"
    paper.ours(many, "collection", field)
    return mended(element, written or "", field, field=field, why=f"（{written}）看不懂" if written else "没有写")
