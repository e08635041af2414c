"""What a designer lets pass: `<ls:waiver rule="…" reason="…" until="2026-12-31"/>` in the extensionElements of a node, a flow or
a process. One that does not say all three, or stands where it has no effect, is a finding: it would be believed otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ..graph import Waiver
from ..vocabulary import NAMESPACE
from .scopes import GLOBAL_TASKS, NODES
from .sheet import Element, Sheet, tag

_PROCESSES = ("process", *GLOBAL_TASKS)
_HOLDERS = frozenset((*_PROCESSES, *NODES, "sequenceFlow"))
_NAMES = {"rule": "规则（rule）", "reason": "理由（reason）", "until": "到哪一天（until）"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def waivers(sheet: Sheet) -> Iterator[Waiver]:
    """Those of a file that say what they must; of any other one there is a finding."""
    for written in sheet.root.iter(f"{{{NAMESPACE}}}waiver"):
        holder = _holder(written)
        if holder is None:
            near = next((e.get("id") for e in written.iterancestors() if e.get("id")), "")
            sheet.complain("waiver-misplaced", written, near)
        elif (found := _read(written, holder, sheet)) is not None:
            yield found


def _read(written: Element, holder: Element, sheet: Sheet) -> Waiver | None:
    said = {name: " ".join(written.get(name, "").split()) for name in _NAMES}
    missing = [words for name, words in _NAMES.items() if not said[name]]
    until = _day(said["until"])
    if missing:
        sheet.complain("waiver-incomplete", written, holder.get("id"), what="、".join(missing))
        return None
    if until is None:
        sheet.complain("waiver-day-unreadable", written, holder.get("id"), value=said["until"])
        return None
    whole = tag(holder) in _PROCESSES
    return Waiver(holder.get("id"), said["rule"], said["reason"], until, whole, sheet.at(written))


def _holder(written: Element) -> Element | None:
    """What it is written at: something drawn that has an id, with the box of extensions between them."""
    box = written.getparent()
    holder = box.getparent() if box is not None and tag(box) == "extensionElements" else None
    return holder if holder is not None and tag(holder) in _HOLDERS and holder.get("id") else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
