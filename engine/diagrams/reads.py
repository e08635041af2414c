"""Which facts a drawing reads beside its conditions: what passes into and out of activities, scripts, decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .decisions import Decision
from .expressions import Expression, ExpressionNotUnderstood, cell, expression, expression_of_decision
from .graph import Diagram, Flow, Node
from .scripts import Script, script
from .tour import nodes, scopes

INPUT = "?"


def names_read(diagram: Diagram) -> frozenset[str]:
    """The facts that must be there for them; what cannot be read asks for none."""
    asked = {node.decision.ref for node in nodes(diagram) if node.decision}
    read = [name for node in nodes(diagram) for name in _of_node(node)]
    flows = [flow for scope in scopes(diagram) for flow in scope.flows if flow.taken]
    read += [name for flow in flows for one in scripts_of(flow) for name in one.reads]
    return frozenset(read) | frozenset(name for decision in _needed(diagram, asked) for name in _of_decision(decision))


def _of_node(node: Node) -> Iterator[str]:
    passed = (*(node.passage.into or ()), *(node.passage.out or ())) if node.passage else ()
    for one in passed:
        yield from _names(expression, one.text)
    for found in scripts_of(node):
        yield from found.reads


def scripts_of(drawn: Node | Flow) -> list[Script]:
    """The scripts of a node or flow that can be read: its own, and what listeners assign."""
    beside = (*drawn.before, *drawn.after) if isinstance(drawn, Node) else drawn.taken
    read = [_script(one.text, one.language) for one in beside]
    if isinstance(drawn, Node) and drawn.script:
        read.append(_script(drawn.script, drawn.script_language, drawn.script_stores, drawn.script_result))
    return [one for one in read if one is not None]


def _script(text: str, language: str | None, stores: bool = False, result: str | None = None) -> Script | None:
    try:
        return script(text, language, stores=stores, result=result)
    except ExpressionNotUnderstood:
        return None


def _needed(diagram: Diagram, asked: set[str]) -> list[Decision]:
    """The decisions that are asked, and those that they ask."""
    found = dict[str, Decision]()
    todo = list(asked)
    while todo:
        decision = diagram.decisions.get(todo.pop())
        if decision is not None and decision.id not in found:
            found[decision.id] = decision
            todo += decision.requires
    return list(found.values())


def _of_decision(decision: Decision) -> Iterator[str]:
    if decision.text:
        yield from _names(expression_of_decision, decision.text)
    if decision.table is None:
        return
    for column in decision.table.inputs:
        yield from _names(expression_of_decision, column.text)
    for rule in decision.table.rules:
        for test in rule.tests:
            yield from _names(cell, test)
        for result in rule.results:
            yield from _names(expression_of_decision, result)


def _names(read: Callable[[str], Expression], text: str | None) -> frozenset[str]:
    try:
        return read(text).names - {INPUT} if text else frozenset()
    except ExpressionNotUnderstood:
        return frozenset()
