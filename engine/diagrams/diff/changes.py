"""What a comparison tells. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """moved: it stands elsewhere, on the paper or in another sub-process or lane. renamed: the same under another id."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    RENAMED = "renamed"

    @property
    def words(self) -> str:
        return {"added": "新增", "removed": "删去", "changed": "修改", "moved": "移动", "renamed": "换编号"}[self]

    @property
    def sign(self) -> str:
        """One character that tells it without a colour."""
        return {"added": "+", "removed": "−", "changed": "~", "moved": "↔", "renamed": "#"}[self]


@dataclass(frozen=True)
class Change:
    """One difference. file and element: where it is drawn, in the old drawing for what was taken out; element is empty for what
    is drawn nowhere. also: the other elements of which the same is told. before: of what is renamed, the ids in the old
    drawing, in the same order.

    A sentence that ends in “不影响办理” is of the picture alone: nothing runs differently.
    """

    kind: ChangeKind
    file: str
    element: str
    sentence: str
    also: tuple[str, ...] = ()
    before: tuple[str, ...] = ()

    @property
    def elements(self) -> tuple[str, ...]:
        """Everything drawn that it is told of."""
        return (self.element, *self.also) if self.element else self.also
