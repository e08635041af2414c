"""What is remembered of the facts: a few bits of the position for each name whose value a later condition asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..paths import Course, Stop, names_of

MAX_NAMES = 40


class Field(NamedTuple):
    """The bits of a name: `shift` is its lowest, value n stands for values[n - 1], 0 for not known."""

    shift: int
    mask: int
    values: tuple[object, ...]

    def of(self, number: int) -> int:
        return number << self.shift

    def bits(self, value: object) -> int:
        return self.of(self.values.index(value) + 1)


class Memory:
    """The fields behind the places. whole: nothing that is asked for had to be left out."""

    def __init__(self, course: Course, first: int) -> None:
        asked = frozenset[str]().union(*(asks(stop) for stop in course.stops.values()))
        codes: dict[str, set[str]] = {}
        for stop in course.stops.values():
            if stop.node.work and stop.node.id in asked:
                codes.setdefault(stop.node.id, set()).update(o.code for o in stop.node.work.outcomes)
        self.whole = len(codes) <= MAX_NAMES
        self.fields: dict[str, Field] = {}
        self.mask = 0
        for name in sorted(codes) if self.whole else ():
            values = tuple(sorted(codes[name]))
            width = len(values).bit_length()
            self.fields[name] = Field(first, ((1 << width) - 1) << first, values)
            self.mask |= self.fields[name].mask
            first += width

    def known(self, state: int, names: frozenset[str]) -> dict[str, object]:
        """The values of these names, as far as they are known."""
        found = dict[str, object]()
        for name in names & self.fields.keys():
            field = self.fields[name]
            if number := (state & field.mask) >> field.shift:
                found[name] = field.values[number - 1]
        return found

    def sense(self, names: frozenset[str]) -> int:
        """The bits that hold these names."""
        found = 0
        for name in names & self.fields.keys():
            found |= self.fields[name].mask
        return found

    def written(self, name: str, value: object) -> tuple[int, int]:
        """What to clear and what to set so that the name is known to have this value."""
        field: Mapping[str, Field] = self.fields
        return (field[name].mask, field[name].bits(value)) if name in field else (0, 0)


def asks(stop: Stop) -> frozenset[str]:
    return frozenset[str]().union(*(names_of(way.flow.condition) for way in stop.leaving))
