"""What nothing leads to never happens: it is kept in the file and on the drawing, and not run."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, reference
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "part-aside",
    True,
    "搁置走不到的部分",
    "没有任何流向通到“{name}”{others}，搁置了：留在文件里，不执行。请连上，或确认不要它。",
    ("unreachable",),
)


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    if paper.is_aside(element) or element.getparent() in paper.begun:
        return None
    island = _island(paper, element)
    for node in island:
        paper.aside_with_flows(node)
    names = [paper.name(node) for node in island]
    others = f"（连同共 {len(island)} 个节点）" if len(island) > 1 else ""
    return mended(element, "、".join(names), "搁置", others=others)


def _island(paper: Paper, first: Element) -> list[Element]:
    """What hangs together with it and is as little reached."""
    lost = paper.faulty("unreachable")
    found, todo = {first: None}, [first]
    while todo:
        node = todo.pop()
        beside = [paper.by_id(reference(flow.get("targetRef"))) for flow in paper.flows(node, "sourceRef")]
        beside += [paper.by_id(reference(flow.get("sourceRef"))) for flow in paper.flows(node, "targetRef")]
        beside += [*paper.borders(node), paper.by_id(reference(node.get("attachedToRef")))]
        for one in beside:
            if one is not None and one not in found and one.get("id") in lost and one.getparent() is first.getparent():
                found[one] = None
                todo.append(one)
    return list(found)
