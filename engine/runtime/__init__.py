"""Runtime: a diagram is compiled once and carried out case by case. The only room with SpiffWorkflow.

Pure: the moment of an act is an argument, and the state is bytes that the caller keeps.
"""

from .compile import compile
from .errors import (
    ChoiceNeeded,
    DiagramCrowded,
    DiagramSpins,
    NestedTooDeep,
    NotComputable,
    NoWayOut,
    SendBackNotNow,
    StateNotReadable,
    StepNotOpen,
)
from .inventing import Asked, Invent, Question
from .moments import OfficeTime
from .plan import Plan
from .process import Process
from .refusals import REFUSALS, Refused
from .returning import Return
from .top import Move, Sent
from .views import Missing, OpenCall, OpenStep, Waiting, Way

__all__ = [
    "REFUSALS",
    "Asked",
    "ChoiceNeeded",
    "DiagramCrowded",
    "DiagramSpins",
    "Invent",
    "Missing",
    "Move",
    "NestedTooDeep",
    "NoWayOut",
    "NotComputable",
    "OfficeTime",
    "OpenCall",
    "OpenStep",
    "Plan",
    "Process",
    "Question",
    "Refused",
    "Return",
    "SendBackNotNow",
    "Sent",
    "StateNotReadable",
    "StepNotOpen",
    "Waiting",
    "Way",
    "compile",
]
