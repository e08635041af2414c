"""Who does a step, with which form and until when, as another tool wrote it, is written in our words beside it."""

from __future__ import annotations

from engine.errors import Fault

from ..dialects import proposal
from ..graph import Mark, Node
from ..reader.other_tools import assigned
from ..reader.sheet import Element, children, ours, text
from ..reader.steps import node_kind
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "assignment",
    False,
    "办理人、表单、期限写成这里的属性",
    "“{name}”的承办部门、表单、期限照原来的写法写成 {now}；原来的写法留着，请把步骤类型和窗口写准。",
    ("assignment-foreign",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if ours(element).get("kind"):
        return None
    at = Mark(paper.file, fault.line, fault.column)
    who, lane = assigned(element, paper.root), _lane(paper, fault.place)
    node = Node(fault.place, node_kind(element), at, paper.name(element), lane, assigned=who)
    attributes = {name: value for name, value in proposal(node).attributes.items() if name not in ours(element)}
    for name, value in attributes.items():
        paper.ours(element, name, value)
    now = " ".join(f'ls:{name}="{value}"' for name, value in attributes.items())
    return mended(element, "", now, now=now) if attributes else None


def _lane(paper: Paper, key: str) -> str | None:
    """The innermost lane that the step is drawn in: an inner one follows its outer one."""
    named = [
        lane.get("name")
        for lane in paper.root.iter("{*}lane")
        if any(text(ref) == key for ref in children(lane, "flowNodeRef"))
    ]
    return named[-1] if named else None
