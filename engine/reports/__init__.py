"""What people look at: worklists, and why a case waits and for whom. Reads only. See README.md."""

from .cases import CaseLine, CasesAsked, CasesPage, case_list, cases_page
from .desks import Asked, Box, Count
from .glance import Glance, Materials, glance
from .holding import Holding, holdings
from .lines import Line
from .record import Note, record
from .times import time_of_case
from .versions import cases_by_version
from .waiting import Waiting, waiting
from .worklist import Boxes, Choices, Group, Page, boxes, choices, task_line, worklist, worklist_page

__all__ = [
    "Asked",
    "Box",
    "Boxes",
    "CaseLine",
    "CasesAsked",
    "CasesPage",
    "Choices",
    "Count",
    "Glance",
    "Group",
    "Holding",
    "Line",
    "Materials",
    "Note",
    "Page",
    "Waiting",
    "boxes",
    "case_list",
    "cases_by_version",
    "cases_page",
    "choices",
    "glance",
    "holdings",
    "record",
    "task_line",
    "time_of_case",
    "waiting",
    "worklist",
    "worklist_page",
]
