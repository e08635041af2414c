"""What a rule is made of: its card, and the report that it writes into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .findings import Level, Severity
from .graph import Flow, Mark, Node, Scope


@dataclass(frozen=True)
class Rule:
    """code: the complaint or the demand, kebab, stable.

    severity: of its findings unless one says otherwise. title: Chinese. floor: a hall cannot take it more mildly than that;
    what guards the law, safety or that a case can run at all stays an error, and nobody lets it pass.
    """

    code: str
    severity: Severity
    title: str
    floor: Level = Level.OFF

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
