"""What the catalogue says of a matter that a stage calls, as far as time goes."""

from __future__ import annotations

from dataclasses import dataclass

from ...clock import Span


@dataclass(frozen=True)
class Prerequisite:
    """A prerequisite: the grant of any one of these matters; when: only where this answer of the application says so."""

    codes: tuple[str, ...]
    when: tuple[str, str] | None = None

    def holds(self, route: dict[str, str]) -> bool:
        return self.when is None or self.when[0] not in route or route[self.when[0]] == self.when[1]


@dataclass(frozen=True)
class CalledMatter:
    """A matter as the office runs it: it counts with its published promise, from the day on which it may open."""

    code: str
    name: str
    department: str
    promised: Span
    awaits: tuple[Prerequisite, ...] = ()
