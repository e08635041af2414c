"""The time proof: whether the promise and the statute hold by the step limits, on every start day of the known calendar."""

from .called import CalledMatter, Prerequisite
from .limits import latest_behind
from .proof import RETURNS, Against, Leg, Proofs, Slack, TimeProof, prove_time
from .told import Apart, ApartKind, Unlimited
from .words import (
    against_words,
    apart_words,
    days_words,
    late_words,
    often_words,
    path_words,
    range_words,
    slack_words,
    where_late,
)

__all__ = [
    "RETURNS",
    "Against",
    "Apart",
    "ApartKind",
    "CalledMatter",
    "Leg",
    "Prerequisite",
    "Proofs",
    "Slack",
    "TimeProof",
    "Unlimited",
    "against_words",
    "apart_words",
    "days_words",
    "late_words",
    "latest_behind",
    "often_words",
    "path_words",
    "prove_time",
    "range_words",
    "slack_words",
    "where_late",
]
