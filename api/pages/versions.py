"""Two versions of a matter beside each other: both drawings with what differs marked on them, and the list of it in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from engine.catalogue import DIAGRAM, Comparison, VersionRow
from engine.diagrams import Change, ChangeKind, Diagram, limit_words, nodes_of

from . import diagram

WEIGHT = (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED, ChangeKind.MOVED, ChangeKind.RENAMED)
"""What an element is marked with, where several things are told of it."""


@dataclass(frozen=True)
class Side:
    """One of the two. picture: empty where nothing is laid out. where: what is marked on it: the id in the new drawing (or in the
    old one, of what was taken out) and the place in the picture that can be linked to."""

    number: int
    key: str
    picture: Markup
    where: Mapping[str, str]


@dataclass(frozen=True)
class Compared:
    changes: Comparison
    old: Side
    new: Side

    @property
    def tally(self) -> str:
        counts = Counter(one.kind for one in self.changes.changes)
        return "、".join(f"{kind.words} {counts[kind]} 处" for kind in ChangeKind if counts[kind])

    @property
    def kinds(self) -> list[ChangeKind]:
        """What the pictures show, for their legend."""
        return [kind for kind in ChangeKind if any(one.kind is kind and one.elements for one in self.changes.drawing)]

    def places(self, change: Change) -> list[tuple[str, str]]:
        """Where a change can be looked at: the words of the link and its target."""
        found = [
            (side, side.where[key]) for side in (self.new, self.old) for key in change.elements[:1] if key in side.where
        ]
        return [(f"第 {side.number} 版的图", place) for side, place in found]


def chosen(rows: Sequence[VersionRow], old: int | None, new: int | None) -> tuple[int, int] | None:
    """The numbers to be compared: the newest and the one before it where none is told; None where there is only one."""
    numbers = sorted(row.number for row in rows)
    new = new or numbers[-1]
    before = [number for number in numbers if number < new]
    old = old or (before[-1] if before else None)
    return None if old is None or old == new else (old, new)


def compared(changes: Comparison, numbers: tuple[int, int]) -> Compared:
    """Everything that the page shows of two versions."""
    home = [one for one in changes.drawing if one.file == DIAGRAM]
    was = {new: old for one in home for old, new in zip(one.before, one.elements, strict=False)}
    told = dict[str, list[Change]]()
    for one in home:
        for key in one.elements:
            told.setdefault(key, []).append(one)
    old = {key: ones for key, ones in told.items() if all(one.kind is not ChangeKind.ADDED for one in ones)}
    new = {key: ones for key, ones in told.items() if all(one.kind is not ChangeKind.REMOVED for one in ones)}
    return Compared(
        changes,
        _side("old", numbers[0], changes.drawn[0], old, was),
        _side("new", numbers[1], changes.drawn[1], new, {}),
    )


def _side(
    key: str, number: int, drawn: Diagram | None, told: Mapping[str, list[Change]], was: Mapping[str, str]
) -> Side:
    """told: what is said of each element; was: the ids here of those that bear another one in the new drawing."""
    at = {element: was.get(element, element) for element in told}
    shown = {
        at[element]: diagram.Changed(min((c.kind for c in ones), key=WEIGHT.index), tuple(c.sentence for c in ones))
        for element, ones in told.items()
    }
    if drawn is None:
        return Side(number, key, Markup(""), {})
    told_of = "。".join(dict.fromkeys(sentence for one in shown.values() for sentence in one.told)) or "没有不同"
    limits = {
        node.id: diagram.Mark("todo", (limit_words(node.work.limit),))
        for node in nodes_of(drawn)
        if node.work is not None and node.work.limit
    }
    picture = diagram.draw(drawn, limits, title=f"第 {number} 版的流程图", told=told_of, key=key, changed=shown)
    seen = {*drawn.shapes, *drawn.edges}
    return Side(number, key, picture, {one: f"{key}-{here}" for one, here in at.items() if here in seen})
