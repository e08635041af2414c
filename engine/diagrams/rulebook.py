"""What a rule is made of: its card, and the report that it writes into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .findings import Level, Severity
from .graph import Flow, Mark, Node, Scope


@dataclass(frozen=True)
class Rule:
    """code: the complaint or the demand, kebab, stable.

    severity: of its findings unless one says otherwise. title: Chinese. mildest: how far down a hall may take it. An error guards
    the law, safety or that a case can run at all: unless its card says otherwise it stays one, and nobody lets it pass.
    """

    code: str
    severity: Severity
    title: str
    mildest: Level | None = None

    @property
    def floor(self) -> Level:
        """No hall takes it more mildly than that."""
        return self.mildest or (Level.ERROR if self.severity is Severity.ERROR else Level.OFF)

    @property
    def is_fixed(self) -> bool:
        """Whether it is an error everywhere and always."""
        return self.floor is Level.ERROR


class Drawn(Protocol):
    """Anything drawn that a finding can point at."""

    @property
    def id(self) -> str: ...
    @property
    def at(self) -> Mark: ...


def title(drawn: Node | Flow | Scope) -> str:
    """How people know it: the name on the drawing, else the id."""
    return drawn.name or drawn.id
