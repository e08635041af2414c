"""The main process in words, for guides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .findings import Way
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


@dataclass(frozen=True)
class Stop:
    """One stop of a way as a page plays it: the node, with the file that draws it, the flows that are taken from it, and what is
    told of it. A flow that nothing comes before stands alone, without a node. spoken: a person would say something of it."""

    file: str
    node: str
    flows: tuple[str, ...]
    told: str
    spoken: bool


def played(diagram: Diagram, way: Way, names: Mapping[tuple[str, str], str]) -> tuple[Stop, ...]:
    """A way node by node: each with what leaves it. What is told of a stop is what a person would say of it, else its name.

    names: as `drawn_names` gives them.
    """
    stops, drawn = list[Stop](), {scope.id: scope for scope in scopes(diagram)}
    for passed in way.passed:
        scope = drawn.get(passed.scope)
        file = scope.at.file if scope else ""
        name = names.get((file, passed.element), passed.element)
        if scope is None or passed.element in scope.nodes:
            stops.append(Stop(file, passed.element, (), passed.told or f"经过“{name}”", bool(passed.told)))
        elif stops and stops[-1].file == file:
            stops[-1] = replace(stops[-1], flows=(*stops[-1].flows, passed.element))
        else:
            stops.append(Stop(file, "", (passed.element,), passed.told or f"沿“{name}”", bool(passed.told)))
    return tuple(stops)
