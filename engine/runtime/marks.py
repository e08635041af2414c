"""What a token carries besides its data: where it stands in the forks, where it has been, whom it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

Facts: TypeAlias = Mapping[str, Any]
"""Names and JSON values. Nobody ever changes one in place: a change makes a new mapping, so values may be shared."""

Forks: TypeAlias = tuple[tuple[int, int], ...]
"""The parallel splits that a token is inside of, from the outermost in: (fork, branch). Two branches never share a path."""


class Visit(NamedTuple):
    """The last time that a token came to a node: the how-manyeth time, by which token, and how deep inside forks."""

    number: int
    token: int
    forks: Forks


class Mark(NamedTuple):
    """Where a token comes from and whom it belongs to.

    flow: the flow that it came by. host: the step on whose border it listens. owner: the repeated or compensating step
    that it is a part of, with its index. race: common to the rivals behind an event gateway. began: the data at its
    start, for a token that came by no flow and brings its changes home when it ends.
    """

    forks: Forks = ()
    visits: Mapping[str, Visit] = {}  # nobody changes it: a visit more makes a new mapping
    flow: str | None = None
    host: str | None = None
    owner: str | None = None
    index: int | None = None  # type: ignore[assignment]  # nobody asks a mark for the place of a value
    race: int | None = None
    began: Facts | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When a timer is due, and from which moment and which words that was reckoned.

    left: further repetitions of a cycle, None without an end; 0 for a timer that goes off once.
    provisional: the calendar was not yet known as far as this date.
    """

    at: datetime
    start: datetime
    text: str
    left: int | None = 0
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Listening:
    """A token that waits for events: its timers by number of the event, which of them came, which conditions held."""

    due: Mapping[int, Due] = field(default_factory=dict)
    seen: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Turns:
    """A repeated step: what it goes over (None for a standard loop), the next index, what each finished turn changed."""

    items: tuple[Any, ...] | None
    next: int = 0
    done: Mapping[int, Facts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Undoable:
    """A finished activity that could be undone, with the facts it was finished with.

    step, inside: of a sub-process that nothing on its border undoes: the step to open again, and what could be undone in it.
    """

    activity: str
    data: Facts
    step: str | None = None
    inside: tuple[Undoable, ...] = ()


@dataclass(frozen=True, slots=True)
class Undoing:
    """A compensation under way: activities still to be undone, oldest first.

    wakes: the token of another scope that threw the event and waits until all is undone.
    """

    todo: tuple[Undoable, ...]
    wakes: str | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """A token that waits on an activity for others to begin it with."""


Standing: TypeAlias = Listening | Turns | Undoing | Gathering | None
"""What a step keeps for as long as a token stands on it."""
