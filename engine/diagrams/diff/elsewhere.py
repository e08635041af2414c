"""What is only drawn elsewhere: which elements, and in which direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..graph import Diagram, Shape
from .changes import Change, ChangeKind

NAMED = 3
"""So many are called by name, the others are counted."""
_ONLY_DRAWN = "，不影响办理"


@dataclass(frozen=True)
class Placed:
    """An element of both drawings: what people call it, its file and id in the new one, its keys in the two layouts.

    ends: of a flow, the keys in the new layout of what it joins.
    """

    name: str
    file: str
    element: str
    was: str
    now: str
    ends: tuple[str, ...] = ()


def elsewhere(old: Diagram, new: Diagram, placed: list[Placed]) -> Iterator[Change]:
    """One change for all that went the same way; a line or a word only where what it belongs to has stayed."""
    nodes = [one for one in placed if one.was in old.shapes and one.now in new.shapes]
    ways = dict[tuple[float, float], list[Placed]]()
    resized, gone = list[Placed](), dict[str, tuple[float, float]]()
    for one in nodes:
        before, after = old.shapes[one.was], new.shapes[one.now]
        gone[one.now] = _middle(after)[0] - _middle(before)[0], _middle(after)[1] - _middle(before)[1]
        if (before.width, before.height) != (after.width, after.height):
            resized.append(one)
        elif before != after:
            ways.setdefault(gone[one.now], []).append(one)
    for (right, down), moved in ways.items():
        whole = len(moved) == len(nodes) > NAMED
        yield _told(moved, "整张图" if whole else _names(moved), f"{_direction(right, down)}")
    if resized:
        yield _told(resized, _names(resized), "改了大小")
    still = [one for one in placed if all(gone.get(end, (0, 0)) == (0, 0) for end in (one.now, *one.ends))]
    lines = [one for one in still if one.was in old.edges and old.edges[one.was] != new.edges.get(one.now, ())]
    lines = [one for one in lines if one.now in new.edges]
    if lines:
        yield _told(lines, f"连线{_names(lines)}", "改了走线")
    words = [one for one in still if one.was in old.labels and one.now in new.labels]
    words = [one for one in words if old.labels[one.was] != new.labels[one.now] and one not in lines]
    if words:
        yield _told(words, _names(words), "的文字换了位置")


def _told(moved: list[Placed], who: str, how: str) -> Change:
    first, *others = moved
    also = tuple(one.element for one in others)
    return Change(ChangeKind.MOVED, first.file, first.element, f"{who}{how}{_ONLY_DRAWN}", also)


def _names(moved: list[Placed]) -> str:
    names = "".join(f"“{one.name}”" for one in moved[:NAMED])
    return names if len(moved) <= NAMED else f"{names}等 {len(moved)} 个"


def _direction(right: float, down: float) -> str:
    across = f"右移 {right:g}" if right > 0 else f"左移 {-right:g}" if right < 0 else ""
    upright = f"下移 {down:g}" if down > 0 else f"上移 {-down:g}" if down < 0 else ""
    return "、".join(told for told in (across, upright) if told)


def _middle(shape: Shape) -> tuple[float, float]:
    return shape.x + shape.width / 2, shape.y + shape.height / 2
