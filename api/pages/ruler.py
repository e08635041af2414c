"""The ruler of a clock (时限尺): one cell is one working day. Made from the clock's own story, so both say the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.clock import Clock, DayPart, OfficeTime, Story

from .words import WEEKDAYS, tight

MOST = 80


@dataclass(frozen=True)
class Cell:
    """One day. marks: classes for the style (u used, p paused, o over, s statutory margin, t today, e due); gap: rest days
    lie before it; low: its tick has no room beside the one before and stands a line below."""

    title: str
    marks: str
    gap: bool
    tick: str
    low: bool = False


@dataclass(frozen=True)
class Ruler:
    """cells: from the day after the start to the later of due day and today; label: the same in words, for who hears it."""

    cells: tuple[Cell, ...]
    label: str


def ruler(shown: Clock, time: OfficeTime, today: date, label: str, statutory: Clock | None = None) -> Ruler | None:
    """The ruler of the shown clock; with the statutory one the days between both due days follow as margin. None for a
    clock of the same day, one counted in months, and one too long to draw."""
    story = shown.explain(time, today)
    days = list(_days(story, today))
    if statutory is not None and story.due is not None:
        end = max([story.due.on, *(on for on, _, _ in days)])  # a broken promise has its own days behind it already
        days += [
            (on, f"{marks} s".strip() if "t" not in marks else marks, why)
            for on, marks, why in _days(statutory.explain(time, today), today)
            if on > end
        ]
    if not 1 <= len(days) <= MOST:
        return None
    cells: list[Cell] = []
    before = None
    for on, marks, why in days:
        gap = before is not None and (on - before).days > 1
        title = f"{on.month}月{on.day}日 周{WEEKDAYS[on.weekday()]} {why}"
        tick = _tick(on, story, statutory, time, today)
        cells.append(Cell(title, marks, gap, tick, bool(tick) and _crowded(cells, len(days))))
        before = on
    return Ruler(tuple(cells), label)


def _crowded(cells: list[Cell], total: int) -> bool:
    """Whether the tick before lies so near that two dates would overlap: six cells are as wide as a date, and in a long
    ruler, whose cells are narrow, a good quarter of it."""
    nearest = next((back for back, cell in enumerate(reversed(cells), 1) if cell.tick), None)
    return nearest is not None and nearest < max(6, total * 0.28)


def _days(story: Story, today: date) -> list[tuple[date, str, str]]:
    """The days that count, are paused or over; rest days are left out."""
    found = []
    for d in story.days:
        if d.part in (DayPart.START, DayPart.REST, DayPart.ROLLED):
            continue
        marks = {DayPart.PAUSED: "p", DayPart.OVERDUE: "o"}.get(d.part, "u" if d.on <= today else "")
        found.append((d.on, f"{marks} t".strip() if d.on == today else marks, d.words))
    return found


def _tick(on: date, story: Story, statutory: Clock | None, time: OfficeTime, today: date) -> str:
    if story.due is not None and on == story.due.on:
        return f"承诺 {tight(on)}" if statutory is not None else f"到期 {tight(on)}"
    due = statutory.due(time, today) if statutory is not None else None
    return f"法定 {tight(on)}" if due is not None and on == due.on else ""
