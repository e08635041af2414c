"""How dates and counts are written for people: 11月23日 周一; a number has a space on either side."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

_WEEKDAYS = "一二三四五六日"
_DIGIT_END = re.compile(r"[0-9]$")


def weekday(day: date) -> str:
    return f"周{_WEEKDAYS[day.weekday()]}"


def short_date(day: date, today: date) -> str:
    """`11月23日`; `2027年1月8日` in another year than today's."""
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def long_date(day: date, today: date) -> str:
    """`11月23日 周一`."""
    return f"{short_date(day, today)} {weekday(day)}"


def short_moment(local: datetime, today: date) -> str:
    """`11月20日 10:21`, a moment in the office's zone; `今日 10:21` on the day itself."""
    return f"{'今日' if local.date() == today else short_date(local.date(), today)} {local:%H:%M}"


def due_date(day: date, today: date, closes: str) -> str:
    """`今日 17:00`, `明天（11月24日 周二）17:00`, `12月9日 周三`."""
    if day == today:
        return f"今日 {closes}"
    if day == today + timedelta(1):
        return f"明天（{long_date(day, today)}）{closes}"
    return long_date(day, today)


def joined(first: str, second: str) -> str:
    """Two pieces of a sentence: a space between a figure and the word behind it, none between words."""
    return f"{first} {second}" if _DIGIT_END.search(first) else f"{first}{second}"
