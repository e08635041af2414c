"""A cron text becomes the repetition that comes nearest to it; when it first happens is another matter."""

from __future__ import annotations

import re

from engine.errors import Fault

from ..reader.sheet import Element, children, text
from .card import Card, Mend, mended
from .paper import Paper

CARD = Card(
    "cron-translated",
    True,
    "cron 改为周期",
    "“{name}”的定时“{cron}”是 cron 写法，改为每隔 {every} 一次，从开始等待时算起：请核对是否够用。",
    ("timer-cron",),
)
_STEP = re.compile(r"(?:\*|\d+)/(\d{1,4})")
_UNITS = ("PT{}S", "PT{}M", "PT{}H")


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    for definition in children(element, "timerEventDefinition"):
        for time in children(definition, "timeDate", "timeDuration", "timeCycle"):
            cron = text(time) or ""
            every = _every(cron.split())
            in_flow = element.tag.endswith("intermediateCatchEvent")
            was = paper.drop(time)
            now = every if in_flow else f"R/{every}"
            paper.add(definition, "timeDuration" if in_flow else "timeCycle", now)
            return mended(element, was, now, cron=cron, every=every)
    return None


def _every(fields: list[str]) -> str:
    """How long from one time to the next, of seconds, minutes, hours, day, month, weekday; a cron of five has no seconds."""
    fields = ["0", *fields] if len(fields) == 5 else fields
    if len(fields) < 6:
        return "P1D"
    for field, unit in zip(fields, _UNITS, strict=False):
        if step := _STEP.fullmatch(field):
            return unit.format(int(step[1]) or 1)
        if field == "*":
            return unit.format(1)
    if fields[5] not in ("?", "*") and "-" not in fields[5] and "," not in fields[5]:
        return "P7D"
    if fields[4] not in ("?", "*"):
        return "P1Y"
    return "P1D" if fields[3] in ("?", "*") or "/" in fields[3] else "P1M"
