"""What runs can be seen: every node and flow has its place on the drawing. And no node hides another."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram, Node, Scope, Shape
from ..reader.layout import drawn_key
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes, scopes_in

RULE = Rule("layout-missing", Severity.ERROR, "图上看不见或互相遮挡", Level.WARNING)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    home = diagram.processes[diagram.main].at.file
    for process in (process for process in diagram.processes.values() if not process.is_global_task):
        drawn = [
            drawn_key(node.id, process.at.file, home) for scope in scopes_in(process) for node in scope.nodes.values()
        ]
        if drawn and not any(key in diagram.shapes for key in drawn):
            report(
                process,
                f"流程“{title(process)}”没有布局，图上什么也看不见。",
                "请在设计工具里打开并保存，或使用自动布局。",
                Severity.WARNING,
            )
        else:
            _report_hidden(process, diagram, home, report)
    for scope in scopes(diagram):
        for node, other in _overlaps(scope, diagram, home):
            report(node, f"“{title(node)}”和“{title(other)}”在图上互相遮挡。", "请把它们移开。", Severity.WARNING)


def _report_hidden(process: Scope, diagram: Diagram, home: str, report: Report) -> None:
    for scope in scopes_in(process):
        for node in scope.nodes.values():
            if drawn_key(node.id, node.at.file, home) not in diagram.shapes:
                report(node, f"“{title(node)}”会执行，可是图上没有它。", "请在设计工具里补画，或删去它。")
        for flow in scope.flows:
            if drawn_key(flow.id, flow.at.file, home) not in diagram.edges:
                way = f"“{title(scope.nodes[flow.source])}”到“{title(scope.nodes[flow.target])}”"
                report(flow, f"{way}的连线会起作用，可是图上没有它。", "请在设计工具里补画，或删去它。")


def _overlaps(scope: Scope, diagram: Diagram, home: str) -> Iterator[tuple[Node, Node]]:
    """Pairs that share more than an edge, from left to right; a boundary event lies on its host by nature."""
    placed = [(diagram.shapes.get(drawn_key(node.id, node.at.file, home)), node) for node in scope.nodes.values()]
    shapes = [(shape, node) for shape, node in placed if shape is not None and node.kind != "boundaryEvent"]
    shapes.sort(key=lambda pair: pair[0].x)
    near: list[tuple[Shape, Node]] = []
    for shape, node in shapes:
        near = [pair for pair in near if pair[0].x + pair[0].width > shape.x]
        for other_shape, other in near:
            if _meet(other_shape, shape):
                first, second = sorted((other, node), key=lambda drawn: (drawn.at.line, drawn.at.column))
                yield second, first
        near.append((shape, node))


def _meet(one: Shape, other: Shape) -> bool:
    return one.y < other.y + other.height and other.y < one.y + one.height and other.width > 0
