"""Event definitions of a drawing, understood or refused."""

from __future__ import annotations

import re
from collections.abc import Collection

from engine.diagrams import EventDefinition, Node

from .events import Trigger
from .expressions import Uncomputable, value
from .judge import Judge
from .moments import Timing

IN_FLOW = frozenset({"message", "signal", "timer", "conditional"})
ON_BORDER = IN_FLOW | {"error", "escalation", "cancel"}
OF_HANDLER = IN_FLOW | {"error", "escalation"}
FROM_FLOW = frozenset({"message", "signal", "escalation", "compensate"})
FROM_END = FROM_FLOW | {"error", "terminate", "cancel"}

_ALONE = frozenset({"compensate", "cancel", "link", "terminate"})
_QUOTED = re.compile(r"""(['"])([^'"]*)\1""")
_MISSPELT = re.compile(r"[PR]T?\d\w*", re.IGNORECASE)


def kinds(node: Node) -> str:
    return "、".join(dict.fromkeys(event.kind for event in node.events)) or "无"


def awaited(node: Node, allowed: Collection[str], judge: Judge) -> tuple[Trigger, ...]:
    """What this event waits for."""
    if not node.events or any(event.kind not in allowed for event in node.events):
        judge.refuse("cannot-wait-for", node, kinds=kinds(node))
        return ()
    if any(event.kind in ("error", "cancel") for event in node.events) and not node.interrupting:
        judge.refuse("must-interrupt", node)
    return _triggers(node, _ALONE, judge)


def judge_start(node: Node, judge: Judge) -> None:
    """The event that begins a process has come when the process begins: when and on what is its host's affair."""
    if any(event.kind not in IN_FLOW for event in node.events):
        judge.refuse("cannot-wait-for", node, kinds=kinds(node))


def thrown(node: Node, judge: Judge) -> tuple[Trigger, ...]:
    """What this event throws; nothing for a plain one."""
    if any(event.kind not in (FROM_END if node.kind == "endEvent" else FROM_FLOW) for event in node.events):
        judge.refuse("cannot-throw", node, kinds=kinds(node))
        return ()
    return _triggers(node, _ALONE | {"error"}, judge)


def of_message(node: Node) -> tuple[Trigger, ...]:
    """The message of a send or receive task; one without a name is its own."""
    return (Trigger("message", node.message or node.id),)


def _triggers(node: Node, alone: Collection[str], judge: Judge) -> tuple[Trigger, ...]:
    if len(node.events) > 1 and any(event.kind in alone for event in node.events):
        judge.refuse("events-mixed", node, kinds=kinds(node))
    return tuple(_trigger(node, event, judge) for event in node.events)


def _trigger(node: Node, event: EventDefinition, judge: Judge) -> Trigger:
    match event.kind:
        case "timer":
            text = (event.text or "").strip()
            quoted = _QUOTED.fullmatch(text)  # files of SpiffWorkflow quote the text, because there it is Python
            return _timer(node, quoted[2] if quoted else text, judge)
        case "conditional" if not event.text:
            judge.refuse("condition-missing", node)
            return Trigger("conditional")
        case "conditional":
            return Trigger("conditional", condition=judge.expression(node, event.text, "条件"))
        case "message" | "signal":
            return Trigger(event.kind, event.name or node.id)
        case _:
            return Trigger(event.kind, event.name, activity=event.activity, waits=event.waits)


def _timer(node: Node, text: str, judge: Judge) -> Trigger:
    """A fixed text, or an expression that gives one when the timer begins to wait."""
    timing = Timing.read(text)
    wrapped = text.startswith(("${", "#{"))
    in_flow = node.kind == "intermediateCatchEvent"
    if timing and timing.every and in_flow and (timing.times is None or len(node.events) > 1):
        judge.refuse("timer-repeats-in-flow", node, text=text)
    elif not text:
        judge.refuse("timer-empty", node)
    elif timing is None and not wrapped and ("*" in text or "?" in text):
        judge.refuse("timer-cron", node, text=text)
    elif timing is None and _MISSPELT.fullmatch(text):
        judge.refuse("timer-unreadable", node, text=text)
    elif timing is None:
        return _told_timer(node, text, judge)
    return Trigger("timer", timing=timing)


def _told_timer(node: Node, text: str, judge: Judge) -> Trigger:
    wait = judge.expression(node, text, "定时")
    if wait and not wait.names:
        try:
            timing = Timing.read(str(value(wait, {})))
        except Uncomputable:
            timing = None
        if timing is None:
            judge.refuse("timer-unreadable", node, text=text)
        return Trigger("timer", timing=timing)
    return Trigger("timer", wait=wait)
