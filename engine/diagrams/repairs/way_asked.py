"""An exclusive gateway whose ways cannot be told apart by conditions asks a person which way to go."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, tag
from .card import Card, Mend, mended
from .paper import Paper, conditions, is_read

CARD = Card(
    "way-asked",
    True,
    "走哪条路由人来选",
    "“{name}”的条件{why}，去掉这个网关的条件和默认流向：走到这里由经办人选一条路。原来的条件保存在文件里。",
    ("ways-mixed", "expression-refused"),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    drawn = list(conditions(paper, element))
    unread = [one for one in drawn if not is_read(one)]
    if tag(element) != "exclusiveGateway" or not (unread or fault.code == "ways-mixed"):
        return None
    why = "看不懂" if unread else "有的写了、有的没写，说不清"
    was = "\n".join([f"{one.getparent().get('id') or ''}: {paper.drop(one)}" for one in drawn])
    was = "\n".join(filter(None, (was, paper.unset(element, "default"))))
    return mended(element, was, "由经办人选择", why=why)
