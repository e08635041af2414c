"""Which nets the trial of the soundness proof takes: every second one sound by birth, the others with one change that spoils them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from engine.diagrams import Diagram
from tests.diagrams.explorer import Explored, Explorer, TooLarge
from tests.diagrams.nets import Net, net_of, refused, spoilt

MOST_CHANGES = 8


@dataclass(frozen=True)
class Tried:
    """changed: in words, empty for a net as it grew."""

    seed: int
    net: Net
    diagram: Diagram
    explorer: Explorer
    found: Explored
    changed: str

    def __str__(self) -> str:
        return f"{self.seed} {self.changed}: {sorted(self.found.kinds)}\n{self.net.text}"


def tried(seed: int, *, slow: bool = False, beside: bool = False, size: int = 8, most: int = 20_000) -> Tried | None:
    """The net of a seed with what the explorer says of it. None where it is too large to explore. slow: such that the runtime
    carries it out, where anything may come before anything else, and once in a run what does not interrupt. beside: with an event
    sub-process in the process itself.

    Of an odd seed the first of some changes that makes it unsound, each made alone; where none does, the last.
    """
    net, last = net_of(seed, slow=slow, beside=beside, size=size), None
    for number in range(MOST_CHANGES if seed % 2 else 1):
        luck = random.Random(seed * 100 + number)
        changed, diagram, told = spoilt(net, luck) if seed % 2 else (net, net.diagram, "")
        assert diagram is not None, changed.text
        if slow and refused(diagram):
            continue
        explorer = Explorer(diagram, most, once=slow)
        try:
            last = Tried(seed, changed, diagram, explorer, explorer.explored(), told)
        except TooLarge:
            continue
        if last.found.kinds:
            return last
    return last
