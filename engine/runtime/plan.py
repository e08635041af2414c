"""A compiled diagram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .known import Known
from .step import ScopeSpec


@dataclass(frozen=True)
class Plan:
    """What `compile` makes of a diagram: shared by all cases and threads, never changed; what is known of it grows.

    main: the process that a case runs. scopes: path -> every sub-process and called process.
    conditional: some event waits for a condition. starts: start events that a caller may name.
    """

    main: ScopeSpec
    scopes: Mapping[str, ScopeSpec]
    conditional: bool
    known: Known = field(default_factory=Known, compare=False, repr=False)

    @property
    def starts(self) -> tuple[str, ...]:
        return self.main.layout.choosable
