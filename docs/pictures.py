"""Draws the twins of the rules for their pages: what is around the fault, wrong and mended, by the drawer of the product.

`docs/generate.py` writes them to images/rules/; a test holds them fresh. The fault bears a sign, so that no colour is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from api.pages.diagram import Mark, draw
from engine.diagrams import Diagram, Shape, nodes_of, read, rules

TWINS = Path(__file__).parents[1] / "tests/diagrams/rules"
AROUND, MOST = 150.0, 760.0
"""How much is shown on each side of the fault, and at most altogether, in pixels of the drawing."""
STYLE = (
    "<style>.dg{background:#fff}text{font:13px sans-serif;fill:#222}.sm{font-size:12px;fill:#555}.st{font-weight:600}"
    ".n{fill:#fff;stroke:#666;stroke-width:1.25}.n.end{stroke-width:3}.n.late{fill:#fdecea;stroke:#b3261e;stroke-width:2.5}"
    ".f{fill:none;stroke:#666;stroke-width:1.25}.ah{fill:#666}.mk{fill:none;stroke:#666;stroke-width:1.75}.mk.full{fill:#666}"
    ".mk.thin{stroke-width:1.1}.dash{stroke-dasharray:4 3}.lb{paint-order:stroke;stroke:#fff;stroke-width:3px}"
    ".x{fill:#b3261e}.xt{fill:#fff;font-weight:700}</style>"
)

Point = tuple[float, float]
Box = tuple[float, float, float, float]


def pictures() -> dict[str, str]:
    """Every picture by its name: `layout-missing-bad.svg`, `layout-missing-good.svg`."""
    return {f"{card.code}-{twin}.svg": picture(card.code, twin) for card in rules() for twin in ("bad", "good")}


def picture(code: str, twin: str) -> str:
    """What is around the fault of a rule, in its bad or its good twin."""
    at: list[str] = json.loads((TWINS / code / "case.json").read_text("utf-8"))["at"]
    bad, drawn = (_laid_out(_read(code, name)) for name in ("bad", twin))
    view = _view([place for key in at if (place := _place(bad, key))] or [_first(bad)])
    shown = replace(
        drawn,
        shapes={
            key: box for key, box in drawn.shapes.items() if _meets(_box([(box.x, box.y)], box.width, box.height), view)
        },
        edges={key: points for key, points in drawn.edges.items() if _meets(_box(points), view)},
    )
    marks = {key: Mark("late") for key in at} if twin == "bad" else {}
    svg = str(draw(shown, marks, title=f"{code}：{'错误' if twin == 'bad' else '改好以后'}", key=twin[0]))
    signs = "".join(_sign(*place) for key in marks if (place := _place(shown, key)))
    framed = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return framed.replace("<defs>", f"{STYLE}<defs>", 1).replace("</svg>", f"{signs}</svg>\n")


@cache
def _read(code: str, twin: str) -> Diagram:
    found = read({"matter.bpmn": (TWINS / code / f"{twin}.bpmn").read_bytes()}).diagram
    if found is None:
        raise ValueError(f"the {twin} twin of {code} cannot be read")
    return found


def _laid_out(diagram: Diagram) -> Diagram:
    """The twins draw their flows from centre to centre; a picture shows them from border to border."""
    ends = {flow.id: (flow.source, flow.target) for process in diagram.processes.values() for flow in process.flows}
    edges = {}
    for key, points in diagram.edges.items():
        source, target = (diagram.shapes.get(end) for end in ends.get(key, ("", "")))
        backwards = _cut(_cut(points, target)[::-1], source) if len(points) > 1 else points
        edges[key] = backwards[::-1] if len(points) > 1 else points
    return replace(diagram, edges=edges)


def _cut(points: tuple[Point, ...], shape: Shape | None) -> tuple[Point, ...]:
    """The way without what lies in the shape at its end."""
    if shape is None:
        return points
    kept = list(points)
    while len(kept) > 2 and _inside(kept[-2], shape):
        kept.pop()
    (x0, y0), (x1, y1) = kept[-2:]
    if not _inside((x1, y1), shape):
        return tuple(kept)
    parts = [1.0]
    if x1 != x0:
        parts += [(edge - x0) / (x1 - x0) for edge in (shape.x, shape.x + shape.width)]
    if y1 != y0:
        parts += [(edge - y0) / (y1 - y0) for edge in (shape.y, shape.y + shape.height)]
    for part in sorted(part for part in parts if 0 <= part <= 1):
        point = (x0 + part * (x1 - x0), y0 + part * (y1 - y0))
        if _inside(point, shape, 0.5):
            return (*kept[:-1], point)
    return tuple(kept)


def _inside(point: Point, shape: Shape, more: float = 0.0) -> bool:
    (x, y), right, bottom = point, shape.x + shape.width, shape.y + shape.height
    return shape.x - more <= x <= right + more and shape.y - more <= y <= bottom + more


def _place(diagram: Diagram, key: str) -> Point | None:
    """Where the sign of a fault stands: at the corner of a node, on the longest stretch of a flow."""
    if (box := diagram.shapes.get(key)) is not None:
        return box.x, box.y
    points = diagram.edges.get(key, ())
    if len(points) < 2:
        return None
    (x0, y0), (x1, y1) = max(pairwise(points), key=lambda two: abs(two[0][0] - two[1][0]) + abs(two[0][1] - two[1][1]))
    return (2 * x0 + x1) / 3, (2 * y0 + y1) / 3  # its label stands in the middle


def _first(diagram: Diagram) -> Point:
    """Where the drawing begins, for a fault that has no place on it."""
    boxes = [diagram.shapes[node.id] for node in nodes_of(diagram) if node.id in diagram.shapes]
    return min(((box.x, box.y) for box in boxes), default=(0.0, 0.0))


def _view(places: list[Point]) -> Box:
    left, top = (min(place[n] for place in places) - AROUND for n in (0, 1))
    right, bottom = (max(place[n] for place in places) + AROUND for n in (0, 1))
    return left, top, min(right + 100, left + MOST), bottom


def _box(points: Iterable[Point], width: float = 0.0, height: float = 0.0) -> Box:
    some = list(points)
    xs, ys = [x for x, _ in some], [y for _, y in some]
    return (min(xs), min(ys), max(xs) + width, max(ys) + height) if some else (1e9, 1e9, 1e9, 1e9)


def _meets(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _sign(x: float, y: float) -> str:
    return f'<circle class="x" cx="{x:g}" cy="{y:g}" r="9"/><text class="xt" x="{x:g}" y="{y + 4.5:g}" text-anchor="middle">!</text>'
