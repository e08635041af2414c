"""Where a case can go: the course of the main process, conditions judged by outcome, and all runs through it."""

from .before import steps_before
from .conditions import OUTCOME, alternatives, holds, names_of, outcome_asked, question, ways_behind
from .course import Course, Stop, begins, borders, lay_out, link_targets, only_behind, reading_order, starts
from .course import Way as CourseWay
from .phase import Breach
from .walk import Walk, Witness, walk

__all__ = [
    "OUTCOME",
    "Breach",
    "Course",
    "CourseWay",
    "Stop",
    "Walk",
    "Witness",
    "alternatives",
    "begins",
    "borders",
    "holds",
    "lay_out",
    "link_targets",
    "names_of",
    "only_behind",
    "outcome_asked",
    "question",
    "reading_order",
    "starts",
    "steps_before",
    "walk",
    "ways_behind",
]
