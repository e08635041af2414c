"""The two ways to find out what a drawing may do, held against each other: the rules of BPMN played out, and the runtime.

Both know nothing of the prover. What they agree on, and the labels that people gave, are what it is tried by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.diagrams.explorer import Explorer, NotExplored
from tests.diagrams.labelled import drawn, labelled
from tests.diagrams.runs import Runs, TooLong
from tests.diagrams.trial import Tried, tried


def try_nets(seeds: Iterable[int], most: int) -> Counter[str]:
    told = Counter[str]()
    for seed in seeds:
        # steps are done by people and events are messages: anything may come first
        net = tried(seed, slow=True, size=6, most=most)
        try:
            told.update(["too large"] if net is None else try_net(net))
        except TooLong:
            told["too large"] += 1
    return told


def try_net(net: Tried) -> list[str]:
    """What is counted of it."""
    found, ran = net.found, Runs(net.diagram).run()
    assert net.changed or not found.kinds, f"drawn to be sound: {found} {net}"
    assert ran.stuck == bool(found.stuck), f"the runtime is stuck: {ran.stuck}, {set(found.stuck)} {net}"
    assert bool(ran.twice) <= bool(found.twice), f"the runtime has two tokens at {ran.twice} {net}"
    nodes = {name for sheet in net.explorer.sheets.values() for name in sheet.drawn.nodes}
    entered = nodes - found.dead
    assert ran.entered <= entered, f"dead, and the runtime enters {ran.entered - entered} {net}"
    # an end of all that stands beside what goes by itself: the runtime does one before the other, always
    ends_all = any(part.event == "terminate" for part in net.net.parts.values())
    assert ends_all or ran.entered == entered, f"the runtime never enters {entered - ran.entered} {net}"
    return ["unsound" if found.kinds else "sound", *found.kinds, *(["TWICE in the runtime"] if ran.twice else [])]


def test_the_rules_played_out_and_the_runtime_say_the_same() -> None:
    told = try_nets(range(40), 500)
    assert told["unsound"] >= 12, told
    assert min(told["STUCK"], told["DEAD"], told["TWICE in the runtime"]) >= 2, told


@pytest.mark.soak
def test_the_same_of_many() -> None:
    told = try_nets(range(20_000, 22_000), 8_000)
    print(told)
    assert told["unsound"] >= 850, told


def test_the_rules_played_out_say_what_people_saw(foreign_folder: str | None) -> None:
    """Of the files that people drew, where they are; a few things that they draw are not explored."""
    if not foreign_folder:
        return
    explored = 0
    for one in labelled():
        diagram = drawn(Path(foreign_folder), one.path)
        assert diagram is not None, one.path
        try:
            found = Explorer(diagram).explored()
        except NotExplored:
            continue
        explored += 1
        assert found.kinds == one.flaws.keys(), f"{one.path}: {found}"
        assert found.stuck >= one.flaws.get("STUCK", frozenset()), one.path
        assert found.dead == one.flaws.get("DEAD", frozenset()), one.path
        assert "TWICE" not in one.flaws or found.twice & one.flaws["TWICE"], one.path
    assert explored >= 60
