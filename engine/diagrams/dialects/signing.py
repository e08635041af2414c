"""When a multi-instance user task of another tool is our countersign (会签): only where both let the case go on at the same moment
and ask the same departments at each moment, which a test plays.

That is so for a parallel one that waits for all, for a parallel one that the first answer ends, and for a sequential one that an
objection ends. A sequential one that asks everybody whatever was said is none: our countersign in turn ends with an objection.
What each instance writes (a form, a result) the countersign would not write, so such a task stays a repetition of the engine.
"""

from __future__ import annotations

import ast
import re

from ..expressions import Expression, ExpressionNotUnderstood, expression
from ..graph import Node, Signer, Signing

_DEPARTMENT = re.compile(r"[a-z_][a-z0-9_]*")
_FIRST = (
    "nrOfCompletedInstances >= 1",
    "nrOfCompletedInstances == 1",
    "nrOfCompletedInstances > 0",
    "1 <= nrOfCompletedInstances",
)
_OBJECTED = ("outcome == 'object'",)


def countersign(node: Node) -> Signing | None:
    """How the countersign would be done that is this task; None where there is none equal to it."""
    loop = node.loop
    if node.kind != "userTask" or node.work is not None or loop is None or loop.kind == "standard":
        return None
    signers, rule = _signers(loop.collection), _rule(loop.kind, loop.condition)
    drawn = node.assigned
    tells = loop.output or loop.output_item or (drawn and (drawn.form or drawn.fields or drawn.users)) or node.passage
    if rule is None or len(signers) < 2 or tells or not _is_for_item(node):
        return None
    return Signing(rule, signers)


def _is_for_item(node: Node) -> bool:
    """Each instance is done by the department that it is for."""
    drawn, item = node.assigned, node.loop.item if node.loop else None
    named = [*(drawn.groups or ()), *([drawn.assignee] if drawn.assignee else [])] if drawn else []
    return bool(item) and len(named) == 1 and _read(named[0]) is not None and _is_name(_read(named[0]), item or "")


def _is_name(read: Expression | None, name: str) -> bool:
    return read is not None and isinstance(read.tree.body, ast.Name) and read.tree.body.id == name


def _signers(collection: str | None) -> tuple[Signer, ...]:
    """Departments that stand fixed in the drawing, each once."""
    read = _read(collection)
    match read.tree.body if read else None:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            names = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            fixed = (
                len(names) == len(parts) and all(map(_DEPARTMENT.fullmatch, names)) and len(set(names)) == len(names)
            )
            return tuple(map(Signer, names)) if fixed else ()
    return ()


def _rule(kind: str, condition: str | None) -> str | None:
    if kind == "parallel" and condition is None:
        return "all"
    read = _read(condition)
    if read is None:
        return None
    form = ast.dump(read.tree.body)
    if kind == "parallel" and any(form == ast.dump(ast.parse(text, mode="eval").body) for text in _FIRST):
        return "any"
    if kind == "sequential" and any(form == ast.dump(ast.parse(text, mode="eval").body) for text in _OBJECTED):
        return "in_turn"
    return None


def _read(text: str | None) -> Expression | None:
    try:
        return expression(text) if text else None
    except ExpressionNotUnderstood:
        return None
