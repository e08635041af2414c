"""A condition or value that cannot be translated becomes a question of its own: a field that somebody fills."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, child, children, foreign, tag, text
from .card import Card, Mend, mended
from .paper import Paper, conditions, is_read, safe

CARD = Card(
    "condition-as-fact",
    True,
    "条件改为读取一个字段",
    "“{name}”的{what}看不懂，改为读取字段 {fields}：请在前面的表单里加上，或改写条件。原来的写法保存在文件里。",
    ("expression-refused",),
)
_OF_LOOPS = {"loopCondition": "again", "completionCondition": "done", "loopCardinality": "count"}
_OF_NODES = {"completionCondition": "done", "activationCondition": "go"}


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    places = (
        []
        if tag(element) == "exclusiveGateway"
        else [(one, "go", one.getparent()) for one in conditions(paper, element)]
    )
    places += [(one, field, element) for name, field in _OF_NODES.items() for one in children(element, name)]
    for loop in children(element, "multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
        places += [(one, field, element) for name, field in _OF_LOOPS.items() for one in children(loop, name)]
    for definition in children(element, "conditionalEventDefinition"):
        places += [(one, "when", element) for one in children(definition, "condition")]
    unread = [place for place in places if _is_written(place[0]) and not is_read(place[0])]
    if not unread:
        return None
    fields = [f"{field}_{safe(owner.get('id') or 'x')}" for _, field, owner in unread]
    was = "\n".join(
        f"{field}: {paper.write(one, '${' + field + '}')}" for (one, _, _), field in zip(unread, fields, strict=True)
    )
    for one, _, _ in unread:
        paper.unset(one, "language")
    what = "条件" if child(element, "multiInstanceLoopCharacteristics") is None else "循环写法"
    return mended(element, was, "、".join(fields), what=what, fields="、".join(dict.fromkeys(fields)))


def _is_written(element: Element) -> bool:
    """Here, or in another file."""
    return bool(text(element) or foreign(element, "resource"))
