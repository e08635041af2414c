"""A script that we do not run is done by a person, who reads what it was meant to do."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, children, tag
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "script-by-hand",
    True,
    "脚本改为人工步骤",
    "“{name}”的脚本（{language}）这里不执行，改为人工步骤：由经办人按脚本的意思办完后确认。",
    ("script-language", "expression-refused"),
)
_BY_HAND = {"scriptTask": "manualTask", "globalScriptTask": "globalManualTask"}


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if tag(element) not in _BY_HAND:
        return None
    language = element.get("scriptFormat") or element.get("scriptLanguage") or "没有写语言"
    was = "\n".join(
        filter(
            None,
            (paper.unset(element, "scriptFormat", "scriptLanguage"), paper.drop_all(list(children(element, "script")))),
        )
    )
    paper.retag(element, _BY_HAND[tag(element)])
    return mended(element, was, "人工步骤", language=language)
