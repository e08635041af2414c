"""The course as a board of numbered places. A position of the tokens is one whole number, with a bit for each place taken.

In a sound drawing no place is taken twice, so a bit is enough; a second token at a place is the flaw itself. Bits are
numbered in reading order: the lowest bit of a position is the token that comes first on the drawing.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from ..graph import EventDefinition, Node
from ..paths import Course, Stop, reading_order, starts

MAX_COPIES = 5
JOINS = ("parallelGateway", "inclusiveGateway", "complexGateway")
OUTSIDE = frozenset({"message", "signal", "timer", "conditional"})
"""Events that may come at any time while somebody waits for them."""


class Place(NamedTuple):
    """what: "at" a stop (more: the outcome that is still seen there), come by a "way" to a join, "open" inside, at "rest" in an
    end; "off": the scope's handlers listen no more; "late": a complex gateway has fired and takes the rest in; "next": the
    activity that an ad-hoc sub-process offers next. mark: of a token that an event sent which does not interrupt, its border.
    """

    what: str
    key: str
    more: str = ""
    mark: str = ""


TOKENS = ("at", "way", "open")


class Board:
    """The places of a course, and sets of them as whole numbers (masks).

    within: by scope everything inside it. active: of that the tokens that keep it alive. holds: by stop what stands on it.
    """

    def __init__(self, course: Course) -> None:
        self.course, self.stops = course, course.stops
        self.plural = self._plural()
        self.marks = self._marks()
        self.places: list[Place] = []
        self.bit: dict[Place, int] = {}
        self.within: dict[str, int] = {course.root: 0}
        self.active: dict[str, int] = {course.root: 0}
        self.holds: dict[str, int] = {}
        self.opens: dict[str, int] = {}
        self.ways_of: dict[str, list[int]] = {}
        reached = reading_order(course)
        sees = self._sees()
        for key in (*reached, *(course.stops.keys() - set(reached))):
            self._place(course.stops[key], sees[key])
        for key in (course.root, *(key for key, stop in course.stops.items() if stop.opens)):
            self._flags(key)
        self.tokens = self.mask(place for place in self.places if place.what in TOKENS)
        self.open = self.mask(place for place in self.places if place.what == "open")
        self.ways = self.mask(place for place in self.places if place.what == "way")
        self.rest = self.mask(place for place in self.places if place.what == "rest")

    # ---- laying out
    def _place(self, stop: Stop, sees: set[str]) -> None:
        key, marks = stop.key, ("", *self.marks.get(stop.key, ()))
        self.holds[key] = 0
        if is_join(stop):
            self.ways_of[key] = [
                sum(self._add(Place("way", key, way.key, mark)) for mark in marks) for way in stop.entering
            ]
            if stop.node.kind == "complexGateway":
                self._add(Place("late", key))
        else:
            for outcome in ("", *sorted(sees)):
                self.holds[key] |= sum(self._add(Place("at", key, outcome, mark)) for mark in marks)
        if stop.opens:
            self.within.setdefault(key, 0)
            self.active.setdefault(key, 0)
            self.opens[key] = sum(self._add(Place("open", key, "", mark)) for mark in marks)
            self.holds[key] |= self.opens[key]
        for mark in marks:
            self._add(Place("rest", key, "", mark))

    def _flags(self, key: str) -> None:
        if self.handlers(key):
            self._add(Place("off", key), key)
        if key != self.course.root and self.is_in_turn(key):
            for turn in range(1, len(self.stops[key].entrances[0]) + 1):
                self._add(Place("next", key, str(turn)), key)

    def _add(self, place: Place, scope: str | None = None) -> int:
        bit = self.bit[place] = 1 << len(self.places)
        self.places.append(place)
        around = scope or self.stops[place.key].inside
        while True:
            self.within[around] = self.within.get(around, 0) | bit
            if place.what in TOKENS:
                self.active[around] = self.active.get(around, 0) | bit
            if around == self.course.root:
                return bit
            around = self.stops[around].inside

    def _sees(self) -> dict[str, set[str]]:
        """The outcomes that a gateway may see: of the step before, carried through gateways that wait for nobody."""
        sees: dict[str, set[str]] = {key: set() for key in self.stops}
        todo = [(key, outcome.code) for key, s in self.stops.items() if s.node.work for outcome in s.node.work.outcomes]
        while todo:
            key, code = todo.pop()
            for way in self.stops[key].leaving:
                target = self.stops[way.target]
                if target.node.kind.endswith("Gateway") and not is_join(target) and code not in sees[way.target]:
                    sees[way.target].add(code)
                    todo.append((way.target, code))
        return sees

    def _marks(self) -> dict[str, list[str]]:
        """By stop the borders that do not interrupt and whose branch may come to it."""
        marks: dict[str, list[str]] = {}
        for border in self.branches:
            for key in self.branches[border]:
                marks.setdefault(key, []).append(border)
        for key, count in self.plural.items():
            marks[key] = [*marks.get(key, ()), *(f"#{number}" for number in range(2, count + 1))]
        return marks

    def _plural(self) -> dict[str, int]:
        """By stop how many tokens the drawing asks for there at once: behind one that gives several, and where several are
        needed. Each but the first bears its number as its mark."""
        counts = {key: stop.node.needs for key, stop in self.stops.items() if stop.node.needs > 1}
        for giver, stop in self.stops.items():
            for key in self._behind(giver) - {giver} if stop.node.gives > 1 else ():
                counts[key] = max(counts.get(key, 1), stop.node.gives)
        return counts

    def uncounted(self, key: str) -> bool:
        """Whether the tokens that this stop gives or needs are not told apart: too many, given again and again, or opening
        the same scope several times."""
        stop = self.stops[key]
        if not 1 <= stop.node.needs <= MAX_COPIES or not 1 <= stop.node.gives <= MAX_COPIES:
            return True
        behind = self._behind(key) if stop.node.gives > 1 else {key}
        givers = [other for other in self.stops.values() if other.node.gives > 1]
        again = any(key in self.stops[other].next for other in behind - {key}) or len(givers) > 1
        strange = (self.stops[other] for other in behind)
        again = again or any(s.opens or s.node.kind == "complexGateway" for s in strange)
        return again or bool(self.branches)

    @cached_property
    def branches(self) -> dict[str, frozenset[str]]:
        """By border that does not interrupt: the stops of its scope that its branch may come to."""
        return {
            key: self._behind(key)
            for key, stop in self.stops.items()
            if stop.node.attached_to and (not stop.node.interrupting or self._announced(stop)) and not undoes(stop.node)
        }

    def _behind(self, border: str) -> frozenset[str]:
        found, todo = {border}, [border]
        while todo:
            here = todo.pop()
            fresh = {
                key for key in self.stops[here].next if self.stops[key].inside == self.stops[border].inside
            } - found
            found |= fresh
            todo += fresh
        return frozenset(found)

    def _announced(self, border: Stop) -> bool:
        host = self.stops[f"{border.inside}/{border.node.attached_to}"].node
        return bool(host.loop and host.loop.announces)

    # ---- questions
    def mask(self, places: object) -> int:
        found = 0
        for place in places:  # type: ignore[attr-defined]
            found |= self.bit[place]
        return found

    def place(self, bit: int) -> Place:
        return self.places[bit.bit_length() - 1]

    def opened(self, state: int) -> list[str]:
        """The scopes that are open, the innermost last."""
        found = [self.course.root]
        rest = state & self.open
        while rest:
            low = rest & -rest
            rest ^= low
            found.append(self.place(low).key)
        return found

    def handlers(self, scope: str) -> tuple[str, ...]:
        return self.course.handlers if scope == self.course.root else self.stops[scope].handlers

    def is_in_turn(self, key: str) -> bool:
        """An ad-hoc sub-process that offers one activity after the other."""
        node = self.stops[key].node
        return node.kind == "adHocSubProcess" and node.ordering == "Sequential" and bool(self.stops[key].entrances)

    def running(self, border: str) -> int:
        """The tokens that show that such an event is not over: its own, and those of events on its branch alone."""
        behind = self.branches
        marks = {border, *(other for other in behind if other in behind[border] and border not in behind[other])}
        return self.mask(place for place in self.places if place.mark in marks and place.what in TOKENS)

    def rests(self, border: str) -> int:
        """What is left of such an event at its ends."""
        return self.mask(place for place in self.places if place.mark == border and place.what == "rest")


def is_join(stop: Stop) -> bool:
    return len(stop.entering) > 1 and stop.node.kind in JOINS


def undoes(node: Node) -> bool:
    return any(event.kind == "compensate" for event in node.events)


def awaited(node: Node) -> tuple[EventDefinition, ...]:
    """What a border waits for, or the start of an event sub-process."""
    return node.events if node.inner is None else tuple(event for start in starts(node) for event in start.events)


def interrupts(node: Node) -> bool:
    return node.interrupting if node.inner is None else any(start.interrupting for start in starts(node))
