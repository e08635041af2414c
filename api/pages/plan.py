"""Which matter of a project waits for which: its matters as boxes from left to right over their prerequisites.

The server draws it with the shapes of the diagrams; the list beside it says the same in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from markupsafe import Markup

from engine.clock import Lamp
from engine.diagrams import Shape
from engine.projects import Line, State

from .diagram import LINE, Canvas, badge, finished, path_of, wrapped

WIDTH, HEIGHT, APART, BELOW = 180.0, 72.0, 44.0, 20.0
LATE = (Lamp.RED, Lamp.DARK_RED)


def graph(lines: Sequence[Line], *, title: str) -> Markup:
    """The matters of a plan as one `<svg>`. Empty where none waits for another, and where they wait in a circle."""
    needs = {line.code: {code for need in line.needs for code in need} for line in lines}
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError:
        return Markup("")
    if not any(needs.values()):
        return Markup("")
    ranks: dict[str, int] = {}
    for code in order:
        ranks[code] = max((ranks[before] + 1 for before in needs[code]), default=0)
    places = _places(lines, needs, ranks)
    sheet = Canvas()
    behind = _behind(order, needs)
    for went in (False, True):  # the ways that are open lie on top
        for line in lines:
            for need in line.needs:
                for before in need:
                    if any(before in behind[other[0]] for other in line.needs if len(other) == 1):
                        continue  # the other one needs it too: the way over it says so
                    if (_of(lines, before).state is State.GRANTED) is went:
                        _way(sheet, places[before], places[line.code], went, len(need) > 1)
    for line in lines:
        _box(sheet, line, places[line.code])
    return finished(sheet, title, "；".join(told(line, lines) for line in lines) + "。", "pl")


def told(line: Line, lines: Sequence[Line]) -> str:
    """One matter in words: how it stands and what it needs first."""
    first = "、".join(" 或 ".join(_of(lines, code).name for code in need) for need in line.needs)
    return f"{line.name}：{line.words}{f'，先要 {first}' if first else ''}"


def _behind(order: Sequence[str], needs: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """All that lies before each matter, near and far."""
    found: dict[str, set[str]] = {}
    for code in order:
        found[code] = needs[code].union(*(found[before] for before in needs[code]))
    return found


def _of(lines: Sequence[Line], code: str) -> Line:
    return next(line for line in lines if line.code == code)


def _places(lines: Sequence[Line], needs: Mapping[str, set[str]], ranks: Mapping[str, int]) -> dict[str, Shape]:
    """Column after column; in each those come first whose prerequisites stand higher."""
    found: dict[str, Shape] = {}
    columns = [[line.code for line in lines if ranks[line.code] == n] for n in range(max(ranks.values()) + 1)]
    tallest = max(len(column) for column in columns)
    for n, column in enumerate(columns):
        heights = {code: [found[before].y for before in needs[code]] for code in column}
        column.sort(key=lambda code: sum(heights[code]) / len(heights[code]) if heights[code] else 0.0)
        top = (tallest - len(column)) * (HEIGHT + BELOW) / 2
        for row, code in enumerate(column):
            found[code] = Shape(n * (WIDTH + APART), top + row * (HEIGHT + BELOW), WIDTH, HEIGHT)
    return found


def _way(sheet: Canvas, before: Shape, after: Shape, went: bool, any_of: bool) -> None:
    x, y, to_x, to_y = before.x + WIDTH, before.y + HEIGHT / 2, after.x, after.y + HEIGHT / 2
    bend = APART / 2
    way = path_of("M", x, y, "C", x + bend, y, to_x - bend, to_y, to_x, to_y)
    look = f"f{' went' if went else ''}{' dash' if any_of else ''}"
    sheet.add("path", class_=look, d=way, marker_end=f"url(#pl-{'went' if went else 'way'})")


def _box(sheet: Canvas, line: Line, at: Shape) -> None:
    sheet.reach(at.x, at.y, at.width, at.height)
    critical = " crit" if line.dates is not None and line.dates.critical else ""
    sheet.add("rect", class_=f"n {_state(line)}{critical}", x=at.x, y=at.y, width=at.width, height=at.height, rx=6)
    words = [(row, "st") for row in wrapped(line.name, at.width - 16, 13, 2)]
    words.append((line.words, "sm hot" if line.lamp in LATE else "sm"))
    top = at.y + at.height / 2 - (len(words) - 1) * LINE / 2 + 5
    for n, (row, kind) in enumerate(words):
        sheet.text(row, at.x + at.width / 2, top + n * LINE, kind)
    badge(sheet, at, line.lamp)


def _state(line: Line) -> str:
    if line.state is State.GRANTED:
        return "done"
    if line.case is None or line.state is State.ENDED:
        return "todo"
    return "now late" if line.lamp in LATE else "now"
