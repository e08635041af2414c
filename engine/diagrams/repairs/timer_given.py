"""A timer without a time that can be read waits a day, until somebody says how long."""

from __future__ import annotations

from engine.errors import Fault

from ..reader.sheet import Element, child, children, tag, text
from .card import Card, Mend, mended
from .paper import Paper, understood

CARD = Card(
    "timer-given",
    True,
    "定时先按一天",
    "“{name}”的定时{why}，先写成一天（P1D）：请改成真正的时间再确认。",
    ("timer-empty", "timer-unreadable", "expression-refused"),
)
GIVEN = "P1D"


def mend(paper: Paper, fault: Fault, element: Element) -> Mend | None:
    drawn = [inner for inner in paper.definitions(element) if paper.kind_of(inner) == "timer"]
    for definition in drawn:
        # a shared definition is left to its other events: this one gets its own
        shared = paper.kind_of(definition) == "timer" and tag(definition) == "eventDefinitionRef"
        source = paper.by_id((text(definition) or "").rpartition(":")[2]) if shared else definition
        times = [] if source is None else list(children(source, "timeDate", "timeDuration", "timeCycle"))
        if fault.code == "expression-refused" and all(understood(text(time)) for time in times):
            continue
        written = " ".join(text(time) or "" for time in times).strip()
        if shared:
            was = paper.drop(definition)
            definition = paper.add(element, "timerEventDefinition")
        else:
            was = paper.drop_all(times)
        paper.add(definition, "timeDuration", GIVEN)
        why = f"“{written}”看不懂" if written else "没有写时间"
        return mended(element, was, GIVEN, why=why)
    if fault.code == "timer-empty" and child(element, "timerEventDefinition") is None and drawn == []:
        return None
    return None
