"""Which facts something fills before anybody can ask for them: steps, forms, scripts, decisions, other systems."""

from __future__ import annotations

from .facts import MatterFacts
from .graph import Diagram, Flow, Node
from .reads import scripts_of
from .tour import nodes, scopes, steps

COUNTERS = frozenset(("nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter"))


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


def _written(drawn: Node | Flow) -> frozenset[str]:
    return frozenset[str]().union(*(one.writes for one in scripts_of(drawn)))
