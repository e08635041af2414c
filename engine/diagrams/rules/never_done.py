"""Every node comes about in some run of the case.

A border that waits for an error which nothing inside throws promises a way out that is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram, Node, Scope
from ..paths import link_targets
from ..report import Report
from ..rulebook import Rule, title
from ..soundness import FlawKind
from ..tour import nodes, scopes
from .unreachable import reached_nodes

RULE = Rule("never-done", Severity.ERROR, "永远轮不到的节点", Level.WARNING)
_THROWN = {"error": "错误", "escalation": "升级", "cancel": "取消"}


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    proof = report.survey.soundness
    dead = {id(flaw.node) for flaw in proof.of(FlawKind.DEAD)}
    sticks = {id(flaw.node) for flaw in proof.of(FlawKind.STUCK)}
    severity = Severity.ERROR if report.survey.is_matter else Severity.WARNING
    for scope in scopes(diagram) if dead else ():
        drawn, holders = reached_nodes(scope), {id(holder) for holder in _holders(scope, diagram)}
        for node in scope.nodes.values():
            if id(node) not in dead - sticks or node.id not in drawn:
                continue
            before = {id(other) for other in _before(node, scope)} or holders
            if not before or before - dead - sticks:
                report(node, _sentence(node), _remedy(node), severity)


def _holders(scope: Scope, diagram: Diagram) -> Iterator[Node]:
    """The sub-process whose inside this is, or the calls of it: a part begins where they come."""
    for node in nodes(diagram):
        if node.inner is scope or (node.called == scope.id and scope.id != diagram.main):
            yield node


def _before(node: Node, scope: Scope) -> Iterator[Node]:
    """Whatever leads to it: where all that never comes either, or is stuck, that is the cause and is told."""
    yield from (scope.nodes[flow.source] for flow in scope.entering[node.id])
    yield from (scope.nodes[key] for key, target in link_targets(scope).items() if target is node)
    if node.attached_to is not None and node.attached_to in scope.nodes:
        yield scope.nodes[node.attached_to]


def _sentence(node: Node) -> str:
    waits = "、".join(_THROWN[kind] for kind in dict.fromkeys(e.kind for e in node.events) if kind in _THROWN)
    if node.kind == "boundaryEvent" and waits:
        return f"“{title(node)}”等的{waits}不会发生：它所在的步骤里没有哪一步能发出来。"
    return f"“{title(node)}”画在图上，可是怎么走都轮不到它。"


def _remedy(node: Node) -> str:
    if node.kind == "boundaryEvent":
        return "请在里面画出发出它的结束事件，代码写得一样；用不着的删去。"
    return "请检查通到它的连线的条件和前面的汇合；用不着的删去。"
