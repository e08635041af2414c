"""Each thing has its own place on the drawing: no node lies on another, and no flow runs through a node that it does not touch.

Whoever reads it otherwise takes one step for another, or sees a way that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Flow, Node, Scope, Shape
from ..reader.layout import drawn_key
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("shapes-overlap", Severity.WARNING, "图形互相遮挡")

MANY = 20_000  # pairs of a flow and a node: beyond that a drawing is no picture any more

Point = tuple[float, float]


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    home = diagram.processes[diagram.main].at.file
    for scope in scopes(diagram):
        placed = [
            (shape, node)
            for node in scope.nodes.values()
            if (shape := diagram.shapes.get(drawn_key(node.id, node.at.file, home))) is not None
            and node.kind != "boundaryEvent"
        ]
        for node, other in _overlaps(placed):
            report(node, f"“{title(node)}”和“{title(other)}”在图上互相遮挡。", "请把它们移开。")
        for flow, node in _crossings(scope, placed, diagram, home):
            way = f"“{title(scope.nodes[flow.source])}”到“{title(scope.nodes[flow.target])}”"
            report(flow, f"{way}的连线从“{title(node)}”上穿过，像是和它相连。", "请把连线绕开，或移动步骤。")


def _overlaps(placed: list[tuple[Shape, Node]]) -> Iterator[tuple[Node, Node]]:
    """Pairs that share more than an edge, from left to right; a boundary event lies on its host by nature."""
    near: list[tuple[Shape, Node]] = []
    for shape, node in sorted(placed, key=lambda pair: pair[0].x):
        near = [pair for pair in near if pair[0].x + pair[0].width > shape.x]
        for other_shape, other in near:
            if _meet(other_shape, shape):
                first, second = sorted((other, node), key=lambda drawn: (drawn.at.line, drawn.at.column))
                yield second, first
        near.append((shape, node))


def _meet(one: Shape, other: Shape) -> bool:
    return one.y < other.y + other.height and other.y < one.y + one.height and other.width > 0


def _crossings(
    scope: Scope, placed: list[tuple[Shape, Node]], diagram: Diagram, home: str
) -> Iterator[tuple[Flow, Node]]:
    """Flows that run through a node which is neither their source nor their target."""
    if len(placed) * len(scope.flows) > MANY:
        return
    for flow in scope.flows:
        points = diagram.edges.get(drawn_key(flow.id, flow.at.file, home), ())
        ends = {flow.source, flow.target, *(scope.nodes[key].attached_to for key in (flow.source, flow.target))}
        for shape, node in _near(points, placed):
            if node.id not in ends and any(_runs_through(one, other, shape) for one, other in pairwise(points)):
                yield flow, node
                break


def _near(points: tuple[Point, ...], placed: list[tuple[Shape, Node]]) -> list[tuple[Shape, Node]]:
    """What lies in the rectangle around a line: nothing else can be crossed."""
    if len(points) < 2:
        return []
    (left, *_, right), (top, *_, low) = (sorted(values) for values in zip(*points, strict=True))
    return [
        (shape, node)
        for shape, node in placed
        if shape.x < right and left < shape.x + shape.width and shape.y < low and top < shape.y + shape.height
    ]


def _runs_through(one: Point, other: Point, shape: Shape) -> bool:
    """Whether a straight piece has a part inside the shape; along its edge is not inside (clipping by Liang and Barsky)."""
    enters, leaves = 0.0, 1.0
    (x, y), (dx, dy) = one, (other[0] - one[0], other[1] - one[1])
    for step, room in (
        (-dx, x - shape.x),
        (dx, shape.x + shape.width - x),
        (-dy, y - shape.y),
        (dy, shape.y + shape.height - y),
    ):
        if step == 0 and room <= 0:
            return False
        if step < 0:
            enters = max(enters, room / step)
        elif step > 0:
            leaves = min(leaves, room / step)
    return enters < leaves
