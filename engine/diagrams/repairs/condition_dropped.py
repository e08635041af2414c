"""All ways out of a parallel or event gateway are taken: what is written on them has no effect and is taken off."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper, conditions

CARD = Card(
    "condition-dropped",
    True,
    "去掉不起作用的条件",
    "“{name}”的流出一定都走，去掉了不起作用的条件和默认流向：如果要按条件走，请改用别的网关。",
    ("condition-without-effect",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if not tag(element).endswith("Gateway"):
        return None
    drawn = list(conditions(paper, element))
    was = "\n".join([f"{one.getparent().get('id') or ''}: {paper.drop(one)}" for one in drawn])
    was = "\n".join(filter(None, (was, paper.unset(element, "default"))))
    return mended(element, was, "")
