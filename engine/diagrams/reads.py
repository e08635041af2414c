"""Which facts a drawing reads: its conditions and counts, what passes into and out of activities, scripts, decisions, and what
goes out to other systems."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .decisions import Decision
from .expressions import Expression, ExpressionNotUnderstood, cell, expression, expression_of_decision
from .graph import Diagram, Flow, Node, Scope
from .scripts import Script, script
from .tour import nodes, scopes

INPUT = "?"
_AS_IT_STANDS = re.compile(r"P[0-9T]|R[0-9]*/|[0-9]")


def names_read(diagram: Diagram) -> frozenset[str]:
    """The facts that something drawn asks for; what cannot be read asks for none."""
    asked = {node.decision.ref for node in nodes(diagram) if node.decision}
    read = [name for node in nodes(diagram) for name in _of_node(node)]
    flows = [flow for scope in scopes(diagram) for flow in scope.flows]
    read += [name for flow in flows for one in scripts_of(flow) for name in one.reads]
    read += [name for flow in flows for name in _names(expression, flow.condition)]
    told = [text for message in diagram.messages.values() for text in (message.payload, *message.keys.values())]
    read += [name for text in told for name in _names(expression, text)]
    return frozenset(read) | frozenset(name for decision in _needed(diagram, asked) for name in _of_decision(decision))


def _of_node(node: Node) -> Iterator[str]:
    passed = (*(node.passage.into or ()), *(node.passage.out or ())) if node.passage else ()
    timed = (event.text for event in node.events if event.kind == "timer" and _is_worked_out(event.text))
    listed = (node.loop.collection,) if node.loop else ()
    for text in (*(one.text for one in passed), *conditions_of(node), *timed, *listed):
        yield from _names(expression, text)
    for found in scripts_of(node):
        yield from found.reads
    yield from node.outbound.sends if node.outbound else ()


def _is_worked_out(timer: str | None) -> bool:
    """Whether a time is an expression, and not a time as it stands: `${visit_on}`, not `P2D`, `R3/P1D` or `4wd`."""
    return _AS_IT_STANDS.match((timer or "").strip()) is None


def conditions_in(scope: Scope) -> Iterator[tuple[Node | Flow, str, Node]]:
    """Every condition: where it is drawn, its text, and the node that asks."""
    for flow in scope.flows:
        if flow.condition is not None:
            yield flow, flow.condition, scope.nodes[flow.source]
    for node in scope.nodes.values():
        for text in conditions_of(node):
            yield node, text, node


def conditions_of(node: Node) -> Iterator[str]:
    """What a node itself asks, as drawn: the conditions it waits for, how often it is done, when it is complete."""
    loop = node.loop
    yield from (event.text for event in node.events if event.kind == "conditional" and event.text)
    yield from (text for text in ((loop.cardinality, loop.condition) if loop else ()) if text)
    yield from (one.condition for one in (loop.announces if loop else ()) if one.condition)
    if node.completion:
        yield node.completion


def scripts_of(drawn: Node | Flow) -> list[Script]:
    """The scripts of a node or flow that can be read: its own, and what listeners assign."""
    beside = (*drawn.before, *drawn.after) if isinstance(drawn, Node) else drawn.taken
    read = [_script(one.text, one.language) for one in beside]
    if isinstance(drawn, Node):
        read.append(own_script(drawn))
    return [one for one in read if one is not None]


def own_script(node: Node) -> Script | None:
    """The script of a node, if it has one that can be read."""
    if not node.script:
        return None
    return _script(node.script, node.script_language, node.script_stores, node.script_result)


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
