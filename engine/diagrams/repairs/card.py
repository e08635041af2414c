"""What a repair is made of: its card, and what is told of it when it has been made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Card:
    """kind: kebab, stable. confirm: what the drawing means is decided by us, so a person must confirm it before publishing.

    title: for lists. sentence: what was changed and why; {name} is what people call the element. codes: the faults that it
    mends, of the reader and of the runtime's refusals.
    """

    kind: str
    confirm: bool
    title: str
    sentence: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Repair:
    """A repair that was made. element: its id, or empty for the file as a whole; line: where it stood before, from 1.
    before, after: what was written there and is now. file: whose repair it is, where several are imported together."""

    kind: str
    element: str
    confirm: bool
    sentence: str
    line: int
    before: str = field(default="", compare=False)
    after: str = field(default="", compare=False)
    file: str = field(default="", compare=False)


@dataclass(frozen=True)
class Repaired:
    """The file with its repairs; the very bytes that were given where there are none."""

    body: bytes
    repairs: tuple[Repair, ...]


@dataclass(frozen=True)
class Mend:
    """What a repair did. at: the element that bears the trace; was, now: what stood there and what stands there;
    facts: what its sentence tells beside the name."""

    at: Any
    was: str
    now: str
    facts: Mapping[str, object]


def mended(at: Any, was: str, now: str, /, **facts: object) -> Mend:
    return Mend(at, was, now, facts)
