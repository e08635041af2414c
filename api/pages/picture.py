"""The main process of a matter as a picture that needs no script: where each element was drawn, in words and lines.

Only positions are computed here; the words are the drawing's own, and the list of steps says the same to whoever hears it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from engine.diagrams import Diagram, Node, Scope, Shape

CHARACTER, LINE, MARGIN = 13.0, 17.0, 24.0  # of the type in the picture, in its own units


@dataclass(frozen=True)
class Words:
    """A line of text with the middle of its base line."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Figure:
    """One drawn element. form: `step`, `event`, `gate`; end: an end has a thick edge. points: of a gate's diamond."""

    id: str
    form: str
    end: bool
    shape: Shape
    points: str
    words: tuple[Words, ...]

    @property
    def middle(self) -> tuple[float, float]:
        return self.shape.x + self.shape.width / 2, self.shape.y + self.shape.height / 2


@dataclass(frozen=True)
class Way:
    """A flow as a line, its name where it has one."""

    points: str
    words: Words | None


@dataclass(frozen=True)
class Picture:
    """box: of the view, `x y width height`; width: of the picture in pixels, as it was drawn."""

    box: str
    width: int
    height: int
    figures: tuple[Figure, ...]
    ways: tuple[Way, ...]


def picture(diagram: Diagram) -> Picture | None:
    """The picture of the main process; None where something of it is not drawn, because a part of a way misleads."""
    main = diagram.processes[diagram.main]
    nodes = list(_nodes(main))
    if not nodes or any(node.id not in diagram.shapes for node in nodes):
        return None
    figures = tuple(_figure(node, diagram.shapes[node.id]) for node in nodes)
    ways = tuple(_ways(main, diagram.edges))
    xs = [x for f in figures for x in (f.shape.x, f.shape.x + f.shape.width)]
    ys = [y for f in figures for y in (f.shape.y, f.shape.y + f.shape.height, *(w.y for w in f.words))]
    corners = [tuple(map(float, p.split(","))) for way in ways for p in way.points.split()]
    left, top = min([*xs, *(x for x, _ in corners)]) - MARGIN, min([*ys, *(y for _, y in corners)]) - MARGIN
    width, height = (
        max([*xs, *(x for x, _ in corners)]) + MARGIN - left,
        max([*ys, *(y for _, y in corners)]) + MARGIN - top,
    )
    return Picture(f"{left:g} {top:g} {width:g} {height:g}", round(width), round(height), figures, ways)


def _nodes(scope: Scope) -> Iterator[Node]:
    for node in scope.nodes.values():
        yield node
        if node.inner is not None:
            yield from _nodes(node.inner)


def _figure(node: Node, shape: Shape) -> Figure:
    form = "event" if node.kind.endswith("Event") else "gate" if node.kind.endswith("Gateway") else "step"
    x, y, right, bottom = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    middle_x, middle_y = (x + right) / 2, (y + bottom) / 2
    diamond = f"{middle_x:g},{y:g} {right:g},{middle_y:g} {middle_x:g},{bottom:g} {x:g},{middle_y:g}"
    # a gate says by its flows what it asks; its own name would stand in their way
    name = "" if form == "gate" else node.name or ""
    words = _inside(name, shape) if form == "step" else _below(name, shape)
    return Figure(node.id, form, node.kind == "endEvent", shape, diamond if form == "gate" else "", tuple(words))


def _inside(name: str, shape: Shape) -> Iterator[Words]:
    room = max(1, int((shape.width - 12) / CHARACTER))
    lines = [name[i : i + room] for i in range(0, len(name), room)]
    first = shape.y + shape.height / 2 - (len(lines) - 1) * LINE / 2 + CHARACTER * 0.36
    for n, line in enumerate(lines):
        yield Words(line, shape.x + shape.width / 2, first + n * LINE)


def _below(name: str, shape: Shape) -> Iterator[Words]:
    if name:
        yield Words(name, shape.x + shape.width / 2, shape.y + shape.height + LINE)


def _ways(scope: Scope, edges: Mapping[str, tuple[tuple[float, float], ...]]) -> Iterator[Way]:
    for flow in scope.flows:
        points = edges.get(flow.id, ())
        if len(points) >= 2:
            yield Way(" ".join(f"{x:g},{y:g}" for x, y in points), _named(flow.name, points))
    for node in scope.nodes.values():
        if node.inner is not None:
            yield from _ways(node.inner, edges)


def _named(name: str | None, points: tuple[tuple[float, float], ...]) -> Words | None:
    """A flow's name beside its longest stretch."""
    if not name:
        return None
    (x1, y1), (x2, y2) = max(pairwise(points), key=lambda p: abs(p[1][0] - p[0][0]) + abs(p[1][1] - p[0][1]))
    return Words(name, (x1 + x2) / 2, (y1 + y2) / 2 - 5)
