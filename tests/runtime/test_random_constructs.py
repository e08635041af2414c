"""Rare constructs in random company: blocks within blocks, played at random, saved and loaded after every act.

Nothing is expected of the trace but that no act fails for another reason than one that the product names, that the twins
never differ, and that nothing is kept of what is over (tests/runtime/twins.py). Quantities, compensation, events of
instances, repeating timers, joins of three kinds, loops, ad-hoc and event sub-processes meet here as no hand would draw them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from engine.errors import LianshenError
from engine.runtime import OpenStep
from tests.runtime.twins import Twins

STRANGE = (161, 258, 517, 533, 746, 943)
"""Drawings that once broke the books: forks within forks that end in an unusual order."""


@dataclass(frozen=True)
class Block:
    """Lines of a drawing with one way in and one way out. leaves: how the flow out of `last` is written."""

    lines: list[str]
    first: str
    last: str
    leaves: str = ""

    def to(self, target: str) -> str:
        return f"{self.last} > {target}{self.leaves}"


class Artist:
    """Draws at random."""

    def __init__(self, seed: int) -> None:
        self.chance, self.count = random.Random(seed), 0

    def new(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def drawing(self, depth: int) -> str:
        inner = self.block(depth)
        return "\n".join([*inner.lines, f"s > {inner.first}", inner.to("e")])

    def block(self, depth: int) -> Block:
        small: list[Callable[[], Block]] = [self.step, self.throw, self.timer]
        if depth == 0:
            return self.chance.choice(small)()
        large: list[Callable[[int], Block]] = [self.row, self.row, self.scope, self.loop, self.quantities]
        gates = [
            lambda: self.split("and {0} {1}", depth - 1),
            lambda: self.split("xor {0} {1}", depth - 1),
            lambda: self.split("or {0} {1}", depth - 1, " [x{0} != 1]"),
            lambda: self.split(f"and {{0}}\ncomplex {{1}} enough='nrOfToken >= {self.chance.choice('12')}'", depth - 1),
        ]
        one = self.chance.choice([*small, self.many, self.adhoc, *large, *gates])
        return one(depth - 1) if one in large else one()  # type: ignore[call-arg, operator]

    # ---- small ones
    def step(self) -> Block:
        name, lines = self.new("a"), list[str]()
        if self.chance.random() < 0.4:
            undo = self.new("u")
            lines += [f"border {self.new('b')} at {name} compensate undo={undo}", f"undoer {undo}"]
        if self.chance.random() < 0.15:
            border = self.new("b")
            lines += [
                f"border {border} {self.chance.choice(['at', 'beside'])} {name} message M",
                f"{border} > {self.new('w')}",
            ]
        return Block([*lines, f"user {name}"], name, name)

    def throw(self) -> Block:
        name = self.new("t")
        return Block([f"throw {name} compensate" + self.chance.choice(["", "", " waits=false"])], name, name)

    def timer(self) -> Block:
        name = self.new("c")
        return Block([f"catch {name} timer {self.chance.choice(['PT1H', 'R2/PT1H', 'R3/PT1H'])}"], name, name)

    def many(self) -> Block:
        name, border = self.new("m"), self.new("b")
        behavior = self.chance.choice(
            [
                "",
                'behavior=None throws="signal Z"',
                'behavior=One throws="signal Z"',
                'behavior=Complex throws="signal Z" when="nrOfCompletedInstances == 2"',
            ]
        )
        kind = self.chance.choice(["parallel", "sequential"])
        lines = [
            f"user {name} loop={kind} count=3 {behavior}",
            f"border {border} at {name} signal Z",
            f"{border} > {self.new('w')}",
        ]
        return Block(lines, name, name)

    def adhoc(self) -> Block:
        name, inner = self.new("q"), [*self.step().lines, *self.step().lines]
        order = self.chance.choice(["", " sequential"])
        return Block([f"adhoc {name}{order} enough=done", *(f"    {line}" for line in inner)], name, name)

    # ---- large ones
    def row(self, depth: int) -> Block:
        one, other = self.block(depth), self.block(depth)
        return Block([*one.lines, *other.lines, one.to(other.first)], one.first, other.last, other.leaves)

    def split(self, gates: str, depth: int, condition: str = "") -> Block:
        first, last = self.new("g"), self.new("j")
        lines = gates.format(first, last).splitlines()
        for number in range(self.chance.choice([2, 3])):
            inner = self.block(depth)
            lines += [*inner.lines, f"{first} > {inner.first}{condition.format(number)}", inner.to(last)]
        return Block(lines, first, last)

    def loop(self, depth: int) -> Block:
        inner, first, last = self.block(depth), self.new("x"), self.new("k")
        lines = [f"xor {first} {last}", *inner.lines, f"{first} > {inner.first}", inner.to(last)]
        return Block([*lines, f"{last} > {first} [again]"], first, last, " *")

    def quantities(self, depth: int) -> Block:
        inner, first, last = self.block(0), self.new("a"), self.new("z")
        lines = [*inner.lines, f"user {first} gives=2", f"user {last} needs=2", f"{first} > {inner.first}"]
        return Block([*lines, inner.to(last)], first, last)

    def scope(self, depth: int) -> Block:
        name, inner = self.new("q"), self.block(depth)
        lines = [*inner.lines, f"start {name}s", f"{name}s > {inner.first}", inner.to(f"{name}e"), f"end {name}e"]
        if self.chance.random() < 0.5:
            lines += self.handler()
        repeated = self.chance.choice(["", "", "", " loop=parallel count=2", " loop=sequential count=2"])
        return Block([f"sub {name}{repeated}", *(f"    {line}" for line in lines)], name, name)

    def handler(self) -> list[str]:
        name, inner, throw = self.new("h"), self.block(0), self.new("t")
        trigger = self.chance.choice(["compensate", "message M", "beside message M", "beside signal S"])
        lines = [*inner.lines, f"start {name}s {trigger}", f"throw {throw} compensate", f"end {name}e"]
        lines += [f"{name}s > {throw} > {inner.first}", inner.to(f"{name}e")]
        return [f"handler {name}", *(f"    {line}" for line in lines)]


@pytest.mark.parametrize("seed", [*range(14), *STRANGE])
def test_rare_constructs_keep_the_books(seed: int) -> None:
    chance = random.Random(7 * seed + 1)
    twins = Twins(Artist(seed).drawing(3))
    for number in range(40):
        if twins.ended or not act(twins, chance, number):
            break
    assert twins.ended or not twins.names or number == 39


def act(twins: Twins, chance: random.Random, number: int) -> bool:
    """One act at random; False when nothing can move it any more."""
    what, steps = chance.random(), twins.one.open_steps
    try:
        if what < 0.08:
            twins.message("M")
        elif what < 0.12:
            twins.act(lambda process: process.signal("S"))
        elif what < 0.3 or not steps:
            return twins.after("PT1H") > 0 or bool(steps)
        else:
            do(twins, chance.choice(steps), chance, number)
    except LianshenError:  # by name, and nothing has happened
        return bool(steps)
    return True


def do(twins: Twins, step: OpenStep, chance: random.Random, number: int) -> None:
    targets = twins.one.withdrawable_targets(step.token) if not step.ways and chance.random() < 0.1 else ()
    if step.ways:
        way = chance.choice(step.ways).flow
        twins.act(lambda process: process.choose(step.token, way))
    elif targets:
        twins.act(lambda process: process.send_back(step.token, targets[0].target))
    else:
        facts = {"again": number % 5 == 0, "done": number % 3 == 0, "k": number}
        twins.act(lambda process: process.complete(step.token, facts))
