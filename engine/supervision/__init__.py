"""Watching while nobody asks: lamps, deemed acceptance, recounts. See README.md."""

from .duties import handlers, last_round, round_of_calls, round_of_duties
from .recount import bring_shipped_notices, publish_notice
from .sweep import sweep
from .watch import Watch

__all__ = [
    "Watch",
    "bring_shipped_notices",
    "handlers",
    "last_round",
    "publish_notice",
    "round_of_calls",
    "round_of_duties",
    "sweep",
]
