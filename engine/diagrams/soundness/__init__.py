"""Soundness: whether every case can end, nothing is done twice that is drawn once, and every step can come."""

from .proof import MAX_EFFORT, prove
from .rules import goes_off_again
from .verdict import Flaw, FlawKind, Verdict

__all__ = ["MAX_EFFORT", "Flaw", "FlawKind", "Verdict", "goes_off_again", "prove"]
