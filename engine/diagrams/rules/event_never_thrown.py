"""What a case waits for comes from somewhere: the office tells it, or the drawing itself throws it.

A message or signal that nobody sends never comes, and the case stands there until somebody moves it by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Scope
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes, scopes

RULE = Rule("event-never-thrown", Severity.ERROR, "等的消息没有人发")

THROWING = ("intermediateThrowEvent", "endEvent")
WORDS = {"message": "消息", "signal": "信号"}


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.messages is None:
        return
    thrown = set(_thrown(diagram)) | {("message", name) for name in facts.messages}
    for scope in scopes(diagram):
        for node in scope.nodes.values():
            for kind, name in _awaited(node, scope):
                if (kind, name) not in thrown:
                    known = "、".join(sorted(facts.messages)) or "没有"
                    report(
                        node,
                        f"“{title(node)}”等的{WORDS[kind]}“{name}”没有人发：系统不发，图里也没有发出它的事件。",
                        f"请改成系统会发的消息（{known}），或画出发出它的事件；要由人登记的，请改成人工步骤。",
                        Severity.ERROR if _stands_still(node, scope) else Severity.WARNING,
                    )


def _thrown(diagram: Diagram) -> Iterator[tuple[str, str | None]]:
    for node in nodes(diagram):
        if node.kind in THROWING:
            yield from ((event.kind, event.name) for event in node.events)
        if node.kind == "sendTask":
            yield "message", node.message


def _awaited(node: Node, scope: Scope) -> Iterator[tuple[str, str]]:
    """The messages and signals that a node waits for. The start of a matter is its filing, which other rules look at."""
    begins = node.kind == "startEvent" and scope.kind == "process"
    if node.kind == "receiveTask" and node.message:
        yield "message", node.message
    if node.kind in ("intermediateCatchEvent", "boundaryEvent", "startEvent") and not begins:
        yield from ((event.kind, event.name) for event in node.events if event.kind in WORDS and event.name)


def _stands_still(node: Node, scope: Scope) -> bool:
    """Whether nothing else can go on in its place: no other event of a gateway, no border."""
    if node.kind not in ("intermediateCatchEvent", "receiveTask") or len(node.events) > 1:
        return False
    raced = any(scope.nodes[flow.source].kind == "eventBasedGateway" for flow in scope.entering[node.id])
    return not raced and not any(other.attached_to == node.id for other in scope.nodes.values())
