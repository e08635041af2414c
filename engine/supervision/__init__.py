"""Watching while nobody asks: lamps, deemed acceptance, recounts. See README.md."""

from .duties import HANDLERS, last_round, round_of_calls, round_of_duties
from .recount import bring_shipped_notices, publish_notice
from .sweep import sweep
from .watch import Watch

__all__ = [
    "HANDLERS",
    "Watch",
    "bring_shipped_notices",
    "last_round",
    "publish_notice",
    "round_of_calls",
    "round_of_duties",
    "sweep",
]
