"""The main process in words, for guides."""

from __future__ import annotations

from dataclasses import dataclass

from .graph import Diagram
from .paths import lay_out, reading_order
from .rulebook import title
from .tour import scopes
from .vocabulary import StepKind


@dataclass(frozen=True)
class GuideStep:
    """One step as a guide lists it.

    limit: `3wd`, `5cd` or None; department: a code, or None where only a window is drawn.
    """

    id: str
    name: str
    kind: StepKind
    department: str | None
    limit: str | None


def drawn_names(diagram: Diagram) -> dict[tuple[str, str], str]:
    """What people call everything drawn, by file and id: its name, for a flow without one the two ends, else the id."""
    names: dict[tuple[str, str], str] = {}
    for scope in scopes(diagram):
        names[scope.at.file, scope.id.rpartition("/")[2]] = scope.name
        for node in scope.nodes.values():
            names[node.at.file, node.id] = title(node)
        for flow in scope.flows:
            ends = (title(scope.nodes[key]) if key in scope.nodes else key for key in (flow.source, flow.target))
            names[flow.at.file, flow.id] = flow.name or " → ".join(ends)
    return names


def describe(diagram: Diagram) -> tuple[GuideStep, ...]:
    """The steps of the main process in reading order: none before one that leads to it, except where a way leads back.

    Steps of sub-processes and of parts in the same files stand where these are drawn; a step is listed once.
    """
    listed: dict[tuple[str, str], GuideStep] = {}
    course = lay_out(diagram)
    for node in (course.stops[key].node for key in reading_order(course)):
        if node.work is not None:
            step = GuideStep(node.id, node.name or node.id, node.work.kind, node.work.department, node.work.limit)
            listed.setdefault((node.at.file, node.id), step)
    return tuple(listed.values())
