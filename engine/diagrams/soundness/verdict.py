"""What the proof says of a drawing. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..findings import Way
from ..graph import Node


class FlawKind(Enum):
    """Which of the three demands a drawing does not keep."""

    STUCK = "option to complete"
    TWICE = "proper completion"
    DEAD = "no dead step"


@dataclass(frozen=True)
class Flaw:
    """kind; the node where it shows; scope: `Scope.id` of where that is drawn; way: how it comes about, empty for DEAD.

    lasting: of STUCK: nothing moves any more (else it only goes round and never ends).
    """

    kind: FlawKind
    node: Node
    scope: str
    way: Way
    lasting: bool = True


@dataclass(frozen=True)
class Verdict:
    """decided: every run was tried, as far as the docs say; `flaws` are certain in either case, and none where decided is sound.

    states: positions that were looked at. bound: why it is not decided, in words for people; empty where it is. at: the node
    that is not counted out, where it is one.
    """

    decided: bool
    flaws: tuple[Flaw, ...]
    states: int
    bound: str = ""
    at: Node | None = None

    @property
    def sound(self) -> bool:
        """Whether it is known that every case can end, ends properly, and that every step can be reached."""
        return self.decided and not self.flaws

    def of(self, kind: FlawKind) -> tuple[Flaw, ...]:
        return tuple(flaw for flaw in self.flaws if flaw.kind is kind)
