"""What people look at: worklists, and why a case waits and for whom. Reads only. See README.md."""

from .cases import CaseLine, CasesAsked, CasesPage, case_list, case_list_part, cases_page, project_of
from .clocks import ClockLine, Clocks, clocks_at
from .course import Course, State, Stop, course
from .desks import MOST, Asked, Box, Count
from .glance import Glance, Materials, glance
from .holding import Holding, holdings
from .levels import LevelLine, other_levels
from .lines import Line
from .record import Note, record
from .stage import MatterLine, StageOf, refusal_would_stop, stage_matters, stage_of_case
from .times import time_of_case
from .versions import cases_by_version
from .waiting import Waiting, waiting
from .worklist import (
    Boxes,
    Choices,
    Group,
    Page,
    Standing,
    boxes,
    choices,
    lamp_counts,
    standing,
    task_line,
    worklist,
    worklist_page,
    worklist_part,
)

__all__ = [
    "MOST",
    "Asked",
    "Box",
    "Boxes",
    "CaseLine",
    "CasesAsked",
    "CasesPage",
    "Choices",
    "ClockLine",
    "Clocks",
    "Count",
    "Course",
    "Glance",
    "Group",
    "Holding",
    "LevelLine",
    "Line",
    "Materials",
    "MatterLine",
    "Note",
    "Page",
    "StageOf",
    "Standing",
    "State",
    "Stop",
    "Waiting",
    "boxes",
    "case_list",
    "case_list_part",
    "cases_by_version",
    "cases_page",
    "choices",
    "clocks_at",
    "course",
    "glance",
    "holdings",
    "lamp_counts",
    "other_levels",
    "project_of",
    "record",
    "refusal_would_stop",
    "stage_matters",
    "stage_of_case",
    "standing",
    "task_line",
    "time_of_case",
    "waiting",
    "worklist",
    "worklist_page",
    "worklist_part",
]
