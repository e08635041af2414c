"""How numbers and dates are written for people: one function each, never formatted in a template. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from engine.clock import Lamp

WEEKDAYS = "一二三四五六日"
LAMP_MARKS = {
    Lamp.GREEN: ("g", "正常"),
    Lamp.YELLOW: ("y", "临期"),
    Lamp.RED: ("r", "超承诺"),
    Lamp.DARK_RED: ("d", "超法定"),
    Lamp.GREY: ("p", "暂停"),
}


def day(on: date | None, today: date | None = None) -> str:
    """`11月23日 周一`; the year in front when it is another one than today's."""
    if on is None:
        return "未定"
    year = f"{on.year}年" if today is not None and on.year != today.year else ""
    return f"{year}{on.month}月{on.day}日 周{WEEKDAYS[on.weekday()]}"


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """`11月20日 10:21` in the office's zone, 24 hours."""
    if at is None:
        return ""
    local = at.astimezone(zone)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def whole_day(on: date) -> str:
    """`2026年1月5日`, where a date must be whole whenever it is read: an edition, a paper."""
    return f"{on.year}年{on.month}月{on.day}日"


def tight(on: date) -> str:
    """`11/23`, for cells and rulers only."""
    return f"{on.month}/{on.day}"


def stress(sentence: str, part: str) -> Markup:
    """A sentence with one part of it in bold: of a clock sentence its due day, and nothing else."""
    before, found, after = sentence.partition(part) if part else (sentence, "", "")
    return escape(before) + (Markup("<b>{}</b>").format(found) if found else Markup()) + escape(after)


def number(value: Any) -> str:
    """`48,216.5`: thousands apart, no needless zeros."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")


def money(ten_thousands: int) -> str:
    """`12 亿元`, `9.6 亿元`, `8,600 万元`; what is told is 万元."""
    if ten_thousands >= 10_000:
        return f"{number(round(ten_thousands / 10_000, 2))} 亿元"
    return f"{number(ten_thousands)} 万元"


def size(count: int) -> str:
    """A file's size: `2.4 MB`, `18 KB`."""
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(1, round(count / 1024))} KB"
