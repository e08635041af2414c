"""Where a case can go: the course of the main process, conditions judged by outcome, and all runs through it."""

from .before import steps_before
from .conditions import OUTCOME, alternatives, holds, names_of, ways_behind
from .course import Course, begins, borders, lay_out, link_targets, reading_order
from .phase import Breach
from .walk import Walk, Witness, walk

__all__ = [
    "OUTCOME",
    "Breach",
    "Course",
    "Walk",
    "Witness",
    "alternatives",
    "begins",
    "borders",
    "holds",
    "lay_out",
    "link_targets",
    "names_of",
    "reading_order",
    "steps_before",
    "walk",
    "ways_behind",
]
