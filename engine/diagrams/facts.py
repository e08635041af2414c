"""What the catalogue knows of a matter and a rule may need. The rules ask nobody: they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..clock import Limit, OfficeTime
from .timeproof import CalledMatter


@dataclass(frozen=True)
class MatterFacts:
    """The matter that the diagram belongs to. None is unknown: a rule that needs it stays silent then.

    departments, windows: codes that exist. forms: form key -> names of its routing fields. initial: names that are in
    the process data from the start. grounds: lawful grounds of a special procedure for the matter's limits.
    limits: lengths of the matter's legal limits (`20wd`, `60cd`). instant: decided the same day (即办件).
    two_person: reviewer and decider must differ (一审一核). callable: process ids of published parts.
    matters: codes of matters that a call activity may open as a child case. connections: codes of the other systems that the
    office may call. department: the matter's own. promised, statutory: its limits, with what they are counted from; time: the
    calendar by which the office counts them. called: what time takes with the matters that a call activity may open, by code.
    refusals: form key -> its fields of which some answer says no. reasons: form key -> its fields in which a sentence must be
    written. doers: id of a step that looks at the file or decides -> log-ins of those who can do it, one for each natural
    person. messages: names of what the office tells a case. free: nothing is paid (不收费). result: what a granted case brings,
    empty for nothing.
    """

    departments: frozenset[str] | None = None
    windows: frozenset[str] | None = None
    forms: Mapping[str, frozenset[str]] | None = None
    initial: frozenset[str] | None = None
    grounds: frozenset[str] | None = None
    limits: frozenset[str] | None = None
    instant: bool = False
    two_person: bool = False
    callable: frozenset[str] | None = None
    matters: frozenset[str] | None = None
    connections: frozenset[str] | None = None
    department: str | None = None
    promised: Limit | None = None
    statutory: Limit | None = None
    time: OfficeTime | None = None
    called: Mapping[str, CalledMatter] | None = None
    refusals: Mapping[str, frozenset[str]] | None = None
    reasons: Mapping[str, frozenset[str]] | None = None
    doers: Mapping[str, frozenset[str]] | None = None
    messages: frozenset[str] | None = None
    free: bool = False
    result: str | None = None
