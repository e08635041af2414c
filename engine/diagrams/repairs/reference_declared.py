"""A message, signal, error or escalation that is referred to and nowhere declared is declared under that name."""

from __future__ import annotations

import re

from engine.errors import Fault

from ..reader.sheet import Element, reference, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "reference-declared",
    False,
    "声明引用的事件",
    "“{name}”引用的{what}“{ref}”没有声明，按编号就是名称补上声明。",
    ("reference-undeclared",),
)
NAMES = {"message": "消息", "signal": "信号", "error": "错误", "escalation": "升级"}
_CODES = {"error": "errorCode", "escalation": "escalationCode"}
_ID = re.compile(r"[^\W\d][\w.-]*")


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    for holder in (element, *paper.definitions(element)):
        for kind, words in NAMES.items():
            ref = reference(holder.get(f"{kind}Ref"))
            if ref and _ID.fullmatch(ref) and paper.by_id(ref) is None and tag(element):
                made = paper.declare(kind, ref, ref)
                if kind in _CODES:
                    paper.set(made, _CODES[kind], ref)
                return mended(made, "", f"{kind} {ref}", what=words, ref=ref)
    return None
