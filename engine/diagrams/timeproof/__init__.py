"""The time proof: whether the promise and the statute hold by the step limits, on every start day of the known calendar."""

from .called import Awaited, CalledMatter
from .proof import RETURNS, Against, Leg, Proofs, Slack, TimeProof, prove_time
from .told import Apart, ApartKind, Open

__all__ = [
    "RETURNS",
    "Against",
    "Apart",
    "ApartKind",
    "Awaited",
    "CalledMatter",
    "Leg",
    "Open",
    "Proofs",
    "Slack",
    "TimeProof",
    "prove_time",
]
