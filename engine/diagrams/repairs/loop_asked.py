"""A loop without a condition or a number asks after each turn whether there is another one."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, child
from .card import Card, Mend, mended
from .paper import Paper, safe

CARD = Card(
    "loop-asked",
    True,
    "循环写上条件",
    "“{name}”要循环，却没有条件也没有次数，改为看字段 {field}：为真就再办一次。请在这一步的表单里加上这个字段。",
    ("loop-endless",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    loop = child(element, "standardLoopCharacteristics")
    if loop is None:
        return None
    field = f"again_{safe(element.get('id') or 'x')}"
    paper.add(loop, "loopCondition", "${" + field + "}")
    return mended(element, "", field, field=field)
