"""What another system brings and a condition reads can also be filled in by hand, in the form of that step.

When the system does not answer, a person confirms the step; without the form the case could not go on behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..expressions import ExpressionNotUnderstood, expression
from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram
from ..reads import names_read
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes, scopes

RULE = Rule("call-not-by-hand", Severity.ERROR, "对外调用带回的内容不能由人填写", Level.ERROR)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.forms is None:
        return
    read = frozenset(_read(diagram)) | names_read(diagram)
    for node in nodes(diagram):
        form = facts.forms.get((node.work.form if node.work else None) or "", frozenset())
        lacking = [n for n in (node.outbound.returns if node.outbound else ()) if n in read and n not in form]
        if lacking:
            report(
                node,
                f"“{title(node)}”带回的“{'、'.join(lacking)}”后面要用，步骤的表单里却没有；对方不答复时没有人能填写。",
                "请在 ls:form 写一个含有这些字段（同样的 key）的表单。",
            )


def _read(diagram: Diagram) -> Iterator[str]:
    """The names that some condition reads, or that go out with another call."""
    for scope in scopes(diagram):
        texts = [flow.condition for flow in scope.flows]
        for node in scope.nodes.values():
            loop = node.loop
            texts += [event.text for event in node.events if event.kind == "conditional"]
            texts += [loop.collection, loop.cardinality, loop.condition] if loop else []
            texts.append(node.completion)
            yield from node.outbound.sends if node.outbound else ()
        for text in texts:
            yield from _names(text)


def _names(text: str | None) -> frozenset[str]:
    try:
        return expression(text).names if text else frozenset()
    except ExpressionNotUnderstood:  # told by another rule
        return frozenset()
