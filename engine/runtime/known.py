"""Moves that are known: the same act in the same state of the same diagram comes to the same, whichever case it is in.

A state bears nothing of a case but the facts that its drawing reads, so most cases of a matter walk through the same states.
What an act came to is kept with the plan, in the memory of the process that saw it, and what is known needs no second walk. It
cannot grow wrong: it follows from plan, state and act alone. An act that looked at the time, that threw something into the world
or left what its readers could change is not kept; nor is one in a state with moments, which comes but once.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakSet

if TYPE_CHECKING:
    from .top import Move
    from .views import OpenCall, OpenStep

MOST = 32_000_000
"""Bytes that all that is known may weigh, roughly. Beyond it everything is forgotten, and the next acts walk again."""

LONGEST = 20_000
"""Bytes of a state that is kept: one of some hundred open branches is longer, and hardly comes twice."""

START = b""
"""The state before there is one."""


class Act(NamedTuple):
    """What a person did: the state in which, the token (of a start: the event), and what was told with it, as JSON."""

    before: bytes
    token: str
    told: str


class Place(NamedTuple):
    """A state between two acts, and what is asked of it. Shared: nothing in it can be changed."""

    saved: bytes
    open_steps: tuple[OpenStep, ...]
    open_tokens: frozenset[str]
    open_calls: tuple[OpenCall, ...]
    ended: bool


class Came(NamedTuple):
    """What an act came to."""

    place: Place
    moves: tuple[Move, ...]


class Known:
    """What is known of one plan. Threads may ask and add at once: what two of them work out is the same."""

    def __init__(self) -> None:
        self.places: dict[bytes, Place] = {}
        self.acts: dict[Act, Came] = {}
        self.weight = 0
        with _lock:
            _all.add(self)

    def add(self, act: Act, came: Came) -> None:
        with _lock:
            place = self.places.setdefault(came.place.saved, came.place)
            self.acts[act] = Came(place, came.moves)
            self.weight += (
                1000 + 2 * len(place.saved) + 400 * len(place.open_steps) + 200 * len(came.moves) + len(act.told)
            )
            if act.before not in self.places:
                self.weight += len(act.before)  # only the act keeps it
            if sum(known.weight for known in _all) > MOST:
                for known in _all:
                    known.forget()

    def forget(self) -> None:
        self.places.clear()
        self.acts.clear()
        self.weight = 0


_lock = Lock()
"""Held by who adds; who asks waits for nobody."""
# a process that is forked while a thread adds would find it held for ever
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)

_all = WeakSet[Known]()
"""Of all plans in use; what is known of a plan goes with it."""
