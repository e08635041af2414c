"""A list that must ask each row whether it belongs to it is gone through in rounds, each of them so many entries of an index:
so a page costs no more than its rounds, whatever is looked for. Where they are over before the page is full, the page says so,
and its cursor tells the place that was looked at last: what comes behind is left to the next page, and nothing is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

ROUND = 500
ROUNDS = 3


class Spot(Protocol):
    """A place in the order of a list."""

    @property
    def cursor(self) -> str: ...


P = TypeVar("P", bound=Spot)


class Looked(NamedTuple, Generic[P]):
    """What was found, in order. stopped: the place up to which was looked, where that was neither the end nor all that was wanted."""

    found: list[P]
    stopped: P | None = None

    def next(self, limit: int) -> str:
        """The cursor behind the first so many; empty where there are no further ones."""
        if len(self.found) > limit:
            return self.found[limit - 1].cursor
        return self.stopped.cursor if self.stopped is not None else ""


class Round(NamedTuple, Generic[P]):
    """What one round has found. stopped: the place of its last entry, None where it came to the end of its stretch; then: where the
    next stretch begins, None behind the last one."""

    found: list[P]
    stopped: P | None
    then: P | None = None


def in_rounds(begin: P, limit: int, look: Callable[[P], Round[P]]) -> Looked[P]:
    """The first `limit` behind a place."""
    found: list[P] = []
    at, left = begin, ROUNDS
    while left:
        one = look(at)
        found += one.found
        further = one.then if one.stopped is None else one.stopped
        if further is None or len(found) >= limit:
            return Looked(found[:limit])
        at = further
        left -= one.stopped is not None
    return Looked(found, at)
