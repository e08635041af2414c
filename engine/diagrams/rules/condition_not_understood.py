"""Conditions and scripts can be read, and ask for an outcome only where a step has just been done.

Anything else would fail while the case runs.
"""

from __future__ import annotations

from ..expressions import ExpressionNotUnderstood, expression
from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Flow, Node
from ..paths import OUTCOME, steps_before
from ..reads import conditions_in
from ..report import Report
from ..rulebook import Rule, title
from ..scripts import ScriptLanguageNotRun, script
from ..tour import nodes, scopes

RULE = Rule("condition-not-understood", Severity.ERROR, "看不懂的条件或脚本")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for scope in scopes(diagram):
        before = steps_before(scope)
        for drawn, text, node in conditions_in(scope):
            names = _names(drawn, text, report)
            if OUTCOME in names and isinstance(drawn, Flow) and before[node.id] == frozenset():
                report(
                    drawn,
                    f"条件“{text}”用了 outcome，可是“{title(node)}”前面没有人工步骤。",
                    "outcome 只在步骤后面紧接的连线上有效；别处请用步骤编号，例如 ${review == 'pass'}。",
                )
    for node in nodes(diagram):
        if node.script is not None:
            _check_script(node, report)


def _names(drawn: Node | Flow, text: str, report: Report) -> frozenset[str]:
    try:
        return expression(text).names
    except ExpressionNotUnderstood as error:
        report(drawn, str(error), error.advice)
        return frozenset()


def _check_script(node: Node, report: Report) -> None:
    try:
        script(node.script or "", node.script_language, stores=node.script_stores, result=node.script_result)
    except ScriptLanguageNotRun as error:
        report(
            node,
            f"“{title(node)}”的脚本语言 {node.script_language} 不支持：{error.facts['why']}。",
            "请改成“名称 = 表达式”的写法，或改为人工步骤。",
        )
    except ExpressionNotUnderstood as error:
        report(node, str(error), "脚本里每行写一个“名称 = 表达式”。")
