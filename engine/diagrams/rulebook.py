"""What a rule is made of: its card, and the report that it writes into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .findings import Severity
from .graph import Flow, Mark, Node, Scope


@dataclass(frozen=True)
class Rule:
    """code: the complaint or the demand, kebab, stable.

    severity: of its findings unless one says otherwise. title: Chinese.
    """

    code: str
    severity: Severity
    title: str


class Drawn(Protocol):
    """Anything drawn that a finding can point at."""

    @property
    def id(self) -> str: ...
    @property
    def at(self) -> Mark: ...


def title(drawn: Node | Flow | Scope) -> str:
    """How people know it: the name on the drawing, else the id."""
    return drawn.name or drawn.id
