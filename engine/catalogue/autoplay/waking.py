"""What is let happen in a process in which nobody has anything to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...clock import OfficeTime
from ...runtime import Plan, Process, Waiting

GATHERED = ("join", "tokens")
"""Kinds of waiting that are for other tokens, and not for an event."""


def later(process: Process, plan: Plan, moment: datetime, office_time: OfficeTime, **more: Any) -> Process:
    """The process at a later moment, with all that was due until then."""
    process = Process.load(plan, process.dump(), now=moment, office_time=office_time, **more)
    process.run_timers()
    return process


def holding(process: Process) -> list[Waiting]:
    """The events that the flow itself waits for, the oldest first; not what listens on a border or beside."""
    return [one for one in process.waiting if one.kind not in GATHERED and not one.beside and one.host is None]


def listening(process: Process) -> list[Waiting]:
    """The events on borders and of event sub-processes."""
    return [one for one in process.waiting if one.kind not in GATHERED and (one.beside or one.host is not None)]
