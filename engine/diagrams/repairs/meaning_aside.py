"""What another engine would heed and we do not stays in the file without effect, and a person confirms that it may be so."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, our_children
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "meaning-aside",
    True,
    "不照办别家的写法",
    "“{name}”的“{what}”这里不照办，留在文件里：请确认没有它也对，或改成这里的画法。",
    ("meaning-not-carried",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if any(trace.get("kind") == CARD.kind for trace in our_children(element)):
        return None
    what = fault.sentence.partition("写着“")[2].rpartition("”")[0]
    return mended(element, what, "不照办", what=what)
