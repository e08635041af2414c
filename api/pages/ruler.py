"""The ruler of a clock (时限尺): one cell is one working day. Made from the clock's own story, so both say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine.clock import Clock, ClockKind, DayPart, OfficeTime, Story

from .words import WEEKDAYS, tight

MOST = 80
NARROW = 6
_BEGINS = {ClockKind.PROMISED: "受理", ClockKind.STATUTORY: "受理", ClockKind.NOTICE: "收件"}


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
    ticks = {n: tick for n, (on, _, _) in enumerate(days) if (tick := _tick(on, story, statutory, time, today))}
    since = tight(shown.started_on)
    begun = {0: f"{_BEGINS[shown.kind]} {since}" if shown.kind in _BEGINS else f"{since} 起"}
    placed = _placed({**begun, **ticks}, len(days)) if len(days) >= NARROW and 0 not in ticks else None
    if placed is None:  # the beginning is what one can do without
        begun, placed = {}, _placed(ticks, len(days)) or dict.fromkeys(sorted(ticks)[1:], True)
    cells: list[Cell] = []
    before = None
    for n, (on, marks, why) in enumerate(days):
        gap = before is not None and (on - before).days > 1
        title = f"{on.month}月{on.day}日 周{WEEKDAYS[on.weekday()]} {why}"
        cells.append(Cell(title, marks, gap, {**begun, **ticks}.get(n, ""), placed.get(n, False)))
        before = on
    return Ruler(tuple(cells), label)


def _placed(ticks: Mapping[int, str], total: int) -> dict[int, bool] | None:
    """Which ticks stand a line below, so that no two dates overlap: six cells are as wide as a date, and in a long ruler,
    whose cells are narrow, a good quarter of it. None where two lines are not enough."""
    apart, last, low = max(NARROW, total * 0.28), {False: -total, True: -total}, {}
    for n in sorted(ticks):
        line = next((one for one in (False, True) if n - last[one] >= apart), None)
        if line is None:
            return None
        last[line], low[n] = n, line
    return low


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
