"""The diagram interchange: where each element is drawn. The file that holds the main process speaks with plain ids."""

from __future__ import annotations

import math

from ..graph import Shape
from .sheet import Element, Sheet, local, reference

Layout = tuple[dict[str, Shape], dict[str, tuple[tuple[float, float], ...]]]


def drawn_key(element: str, file: str, home: str) -> str:
    """Key of an element in Diagram.shapes and edges: its id, and for files other than the main process' `file#id`.

    Tools give the same ids (StartEvent_1) to elements of different files.
    """
    return element if file == home else f"{file}#{element}"


def layout(sheet: Sheet) -> Layout:
    """Bounds by element id and way points by element id, as far as they can be read; the first drawing counts."""
    shapes: dict[str, Shape] = {}
    edges: dict[str, tuple[tuple[float, float], ...]] = {}
    for drawing in sheet.root.iter("{*}BPMNShape", "{*}BPMNEdge"):
        element = reference(drawing.get("bpmnElement"))
        if element is None:
            continue
        try:
            if local(drawing) == "BPMNShape":
                shapes.setdefault(element, _shape(drawing))
            else:
                edges.setdefault(element, _points(drawing))
        except ValueError:
            sheet.complain("layout-unreadable", drawing, element)
    return shapes, edges


def _shape(drawing: Element) -> Shape:
    bounds = next((inner for inner in drawing if local(inner) == "Bounds"), None)
    if bounds is None:
        raise ValueError("a shape without bounds")
    return Shape(*(_number(bounds.get(name)) for name in ("x", "y", "width", "height")))


def _points(drawing: Element) -> tuple[tuple[float, float], ...]:
    points = [inner for inner in drawing if local(inner) == "waypoint"]
    if len(points) < 2:
        raise ValueError("an edge without way points")
    return tuple((_number(point.get("x")), _number(point.get("y"))) for point in points)


def _number(value: str | None) -> float:
    number = float(value or "")
    if not math.isfinite(number):
        raise ValueError("not a coordinate")
    return number
