"""A diagram plays itself to its end: the player, the facts that it invents, and the trace that it leaves."""

from .player import Played, play_files, play_imported, play_through
from .trace import Traced
from .waking import later

__all__ = ["Played", "Traced", "later", "play_files", "play_imported", "play_through"]
