"""The diagram interchange: where each element is drawn. The file that holds the main process speaks with plain ids."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ..graph import Shape
from .sheet import Element, Sheet, local, reference


@dataclass(frozen=True)
class Layout:
    """What one file, or several, draw: bounds of elements, way points of edges, bounds of labels that stand apart, and the
    names of lanes and pools. All by element id."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    edges: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    labels: dict[str, Shape] = field(default_factory=dict)
    bands: dict[str, str] = field(default_factory=dict)

    def take(self, other: Layout, file: str, home: str) -> None:
        """Add what another file draws, with keys that tell the files apart."""
        for mine, theirs in zip(self._parts(), other._parts(), strict=True):
            mine.update({drawn_key(key, file, home): drawn for key, drawn in theirs.items()})

    def _parts(self) -> tuple[dict[str, Any], ...]:
        return self.shapes, self.edges, self.labels, self.bands


def drawn_key(element: str, file: str, home: str) -> str:
    """Key of an element in Diagram.shapes and edges: its id, and for files other than the main process' `file#id`.

    Tools give the same ids (StartEvent_1) to elements of different files.
    """
    return element if file == home else f"{file}#{element}"


def layout(sheet: Sheet) -> Layout:
    """What a file draws, as far as it can be read; the first drawing of an element counts."""
    found = Layout()
    for drawing in sheet.root.iter("{*}BPMNShape", "{*}BPMNEdge"):
        element = reference(drawing.get("bpmnElement"))
        if element is None:
            continue
        try:
            if local(drawing) == "BPMNShape":
                found.shapes.setdefault(element, _shape(drawing))
            else:
                found.edges.setdefault(element, _points(drawing))
            label = next((inner for inner in drawing if local(inner) == "BPMNLabel" and len(inner)), None)
            if label is not None:
                found.labels.setdefault(element, _shape(label))
        except ValueError:
            sheet.complain("layout-unreadable", drawing, element)
    for band in sheet.root.iter("{*}lane", "{*}participant"):
        if (key := band.get("id")) in found.shapes:
            found.bands[key] = band.get("name") or ""
    return found


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
