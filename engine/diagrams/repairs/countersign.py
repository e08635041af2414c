"""A multi-instance task that is step by step the same as a countersign becomes one. A designer asks for it; no import does."""

from __future__ import annotations

from engine.errors import Fault

from ..dialects import countersign
from ..reader import read
from ..reader.sheet import Element, child, ours
from ..tour import nodes
from ..vocabulary import SIGNING_RULES
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "countersign",
    True,
    "多实例任务改为会签",
    "“{name}”改为会签（{rule}：{signers}）：每一时刻等谁、何时往下走都与原来相同，此后可以加签、减签。请写上牵头部门再确认。",
    ("loop-is-countersign",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    many = child(element, "multiInstanceLoopCharacteristics")
    if many is None or ours(element).get("signers"):
        return None
    drawn = read({paper.file: paper.bytes()}).diagram
    node = next((node for node in nodes(drawn) if node.id == fault.place), None) if drawn else None
    signing = countersign(node) if node else None
    if signing is None:
        return None
    signers = " ".join(signer.department for signer in signing.signers)
    was = paper.drop(many)
    for name, value in (("kind", "countersign"), ("signers", signers), ("rule", signing.rule)):
        paper.ours(element, name, value)
    return mended(element, was, f"会签 {signers}", rule=SIGNING_RULES[signing.rule], signers=signers.replace(" ", "、"))
