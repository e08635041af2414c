"""A condition or a script asks only for facts that something fills: a form, a step, a script, the application.

A name that no form has is never there, and the case stops at the gateway with an error that no officer can mend.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..expressions import ExpressionNotUnderstood, expression
from ..facts import MatterFacts
from ..filled import filled
from ..findings import Severity
from ..graph import Diagram, Flow, Node
from ..paths import OUTCOME
from ..reads import conditions_in, own_script
from ..report import Report
from ..rulebook import Rule
from ..tour import nodes, scopes

RULE = Rule("condition-asks-unknown", Severity.ERROR, "条件用了没有人填写的内容")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    known = filled(diagram, facts)
    if known is None:
        return
    for drawn, names in _asked(diagram):
        for name in sorted(names - known - {OUTCOME}):
            report(
                drawn,
                f"条件用了“{name}”，可是没有哪个步骤、表单或脚本填写它。",
                "请核对拼写：可以用步骤编号、表单字段和立案时已有的数据。",
            )


def _asked(diagram: Diagram) -> Iterator[tuple[Node | Flow, frozenset[str]]]:
    """What asks, and for which names; what cannot be read is told by another rule."""
    for scope in scopes(diagram):
        for drawn, text, _ in conditions_in(scope):
            try:
                yield drawn, expression(text).names
            except ExpressionNotUnderstood:
                continue
    for node in nodes(diagram):
        if (script := own_script(node)) is not None:
            yield node, script.reads
