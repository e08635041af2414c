"""The main process in words, for guides."""

from __future__ import annotations

from dataclasses import dataclass

from .graph import Diagram
from .paths import lay_out, reading_order
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
