"""Conditions and scripts can be read, and ask only for facts that something fills.

Anything else would fail while the case runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..expressions import ExpressionNotUnderstood, expression
from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Flow, Node, Scope
from ..paths import OUTCOME, steps_before
from ..reads import conditions_of, scripts_of
from ..report import Report
from ..rulebook import Rule, title
from ..scripts import Script, ScriptLanguageNotRun, script
from ..tour import nodes, scopes, steps

RULE = Rule("condition-not-understood", Severity.ERROR, "看不懂的条件或脚本")

COUNTERS = frozenset(("nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter"))


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    known = filled(diagram, facts)
    for scope in scopes(diagram):
        before = steps_before(scope)
        for drawn, text, node in _conditions(scope):
            names = _names(drawn, text, report)
            if OUTCOME in names and isinstance(drawn, Flow) and before[node.id] == frozenset():
                report(
                    drawn,
                    f"条件“{text}”用了 outcome，可是“{title(node)}”前面没有人工步骤。",
                    "outcome 只在步骤后面紧接的连线上有效；别处请用步骤编号，例如 ${review == 'pass'}。",
                )
            _report_unfilled(drawn, names - {OUTCOME}, known, report)
    for node in nodes(diagram):
        if node.script is not None:
            _report_unfilled(node, _script_names(node, report), known, report)


def _conditions(scope: Scope) -> Iterator[tuple[Node | Flow, str, Node]]:
    """Every condition: where it is drawn, its text, and the node that asks."""
    for flow in scope.flows:
        if flow.condition is not None:
            yield flow, flow.condition, scope.nodes[flow.source]
    for node in scope.nodes.values():
        for text in conditions_of(node):
            yield node, text, node


def _names(drawn: Node | Flow, text: str, report: Report) -> frozenset[str]:
    try:
        return expression(text).names
    except ExpressionNotUnderstood as error:
        report(drawn, str(error), error.advice)
        return frozenset()


def _script_names(node: Node, report: Report) -> frozenset[str]:
    try:
        return _script(node).reads
    except ScriptLanguageNotRun as error:
        report(
            node,
            f"“{title(node)}”的脚本语言 {node.script_language} 不支持：{error.facts['why']}。",
            "请改成“名称 = 表达式”的写法，或改为人工步骤。",
        )
        return frozenset()
    except ExpressionNotUnderstood as error:
        report(node, str(error), "脚本里每行写一个“名称 = 表达式”。")
        return frozenset()


def _report_unfilled(drawn: Node | Flow, names: frozenset[str], filled: frozenset[str] | None, report: Report) -> None:
    for name in sorted(names - filled) if filled is not None else ():
        report(
            drawn,
            f"条件用了“{name}”，可是没有哪个步骤、表单或脚本填写它。",
            "请核对拼写：可以用步骤编号、表单字段和立案时已有的数据。",
        )


def filled(diagram: Diagram, facts: MatterFacts | None) -> frozenset[str] | None:
    """All names that something fills; None where the forms or the initial data are not known."""
    if facts is None or facts.forms is None or facts.initial is None:
        return None
    names = {node.id for _, node, _ in steps(diagram)} | COUNTERS | facts.initial
    for _, _, work in steps(diagram):
        names |= facts.forms.get(work.form or "", frozenset())
    for node in nodes(diagram):
        loop = node.loop
        names |= {name for name in (loop.item, loop.output, loop.output_item) if name} if loop else set()
        names |= _written(node) | _passed(node)
        names |= set(node.outbound.returns) if node.outbound else set()
        names |= {"error_code"} if any(event.kind == "error" for event in node.events) else set()
    for scope in scopes(diagram):
        names |= frozenset[str]().union(*(_written(flow) for flow in scope.flows if flow.taken))
    for decision in diagram.decisions.values():
        names |= {decision.name, *(out.name for out in (decision.table.outputs if decision.table else ()))}
    return frozenset(names | {message.variable for message in diagram.messages.values() if message.variable})


def _passed(node: Node) -> set[str]:
    """Names that something passed, a decision or the start fills."""
    passage = node.passage
    values = (*(passage.into or ()), *(passage.out or ())) if passage else ()
    told = (node.initiator, node.decision.result if node.decision else None)
    return {value.target for value in values if value.target} | {name for name in told if name}


def _script(node: Node) -> Script:
    return script(node.script or "", node.script_language, stores=node.script_stores, result=node.script_result)


def _written(drawn: Node | Flow) -> frozenset[str]:
    return frozenset[str]().union(*(one.writes for one in scripts_of(drawn)))
