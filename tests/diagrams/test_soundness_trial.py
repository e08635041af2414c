"""The proof of soundness against the other opinions: the rules played out on random nets, and what people saw in drawings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from engine.diagrams import Flaw, FlawKind, Verdict, prove
from tests.diagrams.explorer import Explorer, NotExplored, TooLarge
from tests.diagrams.labelled import ENDINGS, drawn, labelled
from tests.diagrams.nets import refused
from tests.diagrams.runs import Runs, TooLong
from tests.diagrams.trial import Tried, tried

ENDS_ALL = re.compile("<terminate")
"""Beside what goes by itself the runtime does one before the other, always, and the proof both."""


def try_nets(seeds: Iterable[int], most: int, *, beside: bool = False) -> Counter[str]:
    told = Counter[str]()
    for seed in seeds:
        net = tried(seed, most=most, beside=beside)
        told.update(["too large"] if net is None else try_net(net))
    return told


def try_net(net: Tried) -> list[str]:
    """What is counted of it."""
    verdict = prove(net.diagram)
    said = f"the proof says {[(flaw.kind.name, flaw.node.id) for flaw in verdict.flaws]}, {net.found} of {net}"
    assert verdict.decided, said
    kinds, dead = {flaw.kind.name for flaw in verdict.flaws}, {flaw.node.id for flaw in verdict.of(FlawKind.DEAD)}
    if net.found.twice:  # the proof does not go on where two tokens have met: it may say less of the rest
        assert "TWICE" in kinds <= {"TWICE", *net.found.kinds}, said
        assert dead <= net.found.dead, said
    else:
        assert (kinds, dead) == (net.found.kinds, net.found.dead), said
    for flaw in verdict.flaws:
        check_witness(net.explorer, flaw, str(net))
    return ["unsound" if net.found.kinds else "sound", *net.found.kinds]


def check_witness(explorer: Explorer, flaw: Flaw, where: str) -> None:
    """The way of a flaw is a possible run that ends in it."""
    if flaw.kind is FlawKind.DEAD:
        return
    way = [station.element for station in flaw.way.passed]
    assert flaw.node.id in flaw.way.standing, f"{flaw.kind.name} {flaw.node.id}: {flaw.way.standing} in {where}"
    states = explorer.replayed(flaw.way.passed)
    assert states, f"{flaw.kind.name} {flaw.node.id}: no run goes {way} in {where}"
    if flaw.kind is FlawKind.STUCK:
        shown = not all(explorer.ends_from([state]) for state, _ in states)
    else:
        shown = any(again == flaw.node.id or explorer.doubled(state, flaw.node.id) for state, again in states)
    assert shown, f"{flaw.kind.name} {flaw.node.id}: not shown by {way} in {where}"


def test_the_proof_equals_the_rules_played_out_on_random_nets() -> None:
    told = try_nets(range(150), 500)
    assert told["unsound"] >= 60, told
    assert min(told["STUCK"], told["TWICE"], told["DEAD"]) >= 15, told


@pytest.mark.soak
def test_the_same_on_two_thousand() -> None:
    told = try_nets(range(2_000), 20_000)
    print(told)
    assert told["unsound"] >= 950, told


@pytest.mark.soak
def test_the_same_with_an_event_beside_the_process() -> None:
    told = try_nets(range(7_000, 7_600), 20_000, beside=True)
    print(told)
    assert told["unsound"] >= 280, told


def try_runs(seeds: Iterable[int], most: int) -> Counter[str]:
    """The proof against the runtime itself, without an opinion between."""
    told = Counter[str]()
    for seed in seeds:
        net = tried(seed, slow=True, size=6, most=most)
        try:
            told.update(["too large"] if net is None else try_run(net))
        except TooLong:
            told["too large"] += 1
    return told


def try_run(net: Tried) -> list[str]:
    verdict, ran = prove(net.diagram), Runs(net.diagram).run()
    stuck, dead = bool(verdict.of(FlawKind.STUCK)), {flaw.node.id for flaw in verdict.of(FlawKind.DEAD)}
    twice = bool(verdict.of(FlawKind.TWICE))
    nodes = {name for sheet in net.explorer.sheets.values() for name in sheet.drawn.nodes}
    assert bool(ran.twice) <= twice, f"the runtime has two tokens at {ran.twice} {net}"
    assert not dead & ran.entered, f"dead, and the runtime enters {dead & ran.entered} {net}"
    if not twice:  # else the proof may say less
        assert stuck == ran.stuck, f"the runtime is stuck: {ran.stuck} {net}"
        assert ENDS_ALL.search(net.net.text) or dead == nodes - ran.entered, (
            f"never entered: {nodes - ran.entered} {net}"
        )
    return ["sound" if verdict.sound else "unsound"]


def test_the_proof_equals_what_the_runtime_does() -> None:
    told = try_runs(range(100, 140), 500)
    assert told["unsound"] >= 12, told


@pytest.mark.soak
def test_the_same_of_many_runs() -> None:
    told = try_runs(range(30_000, 31_000), 8_000)
    print(told)
    assert told["unsound"] >= 400, told
    for seed in range(31_000, 32_000):
        net = tried(seed, size=6, most=8_000)
        if net is not None and not refused(net.diagram):
            try_timed(net)


def try_timed(net: Tried) -> None:
    """Where steps go by themselves and moments come in their order, the runtime does a part of what the proof tries."""
    verdict = prove(net.diagram)
    try:
        ran = Runs(net.diagram).run()
    except TooLong:
        return
    dead = {flaw.node.id for flaw in verdict.of(FlawKind.DEAD)}
    said = f"the proof says {[(flaw.kind.name, flaw.node.id) for flaw in verdict.flaws]}, the runtime {ran} {net}"
    assert not dead & ran.entered, said
    assert ran.stuck <= bool(verdict.of(FlawKind.STUCK) or verdict.of(FlawKind.TWICE)), said
    assert bool(ran.twice) <= bool(verdict.of(FlawKind.TWICE)), said


def test_the_proof_says_what_people_saw(foreign_folder: str | None) -> None:
    """Of the files that people drew, where they are."""
    if not foreign_folder:
        return
    undecided = []
    for one in labelled():
        diagram = drawn(Path(foreign_folder), one.path)
        assert diagram is not None, one.path
        verdict = prove(diagram)
        if not verdict.decided:
            undecided.append(one.path)
            continue
        assert_as_labelled(verdict, one.path, one.flaws)
        explorer = Explorer(diagram)
        for flaw in verdict.flaws:
            try:
                check_witness(explorer, flaw, one.path)
            except (NotExplored, TooLarge):
                continue
    assert len(undecided) <= 1, undecided


@pytest.mark.soak
def test_the_proof_and_the_rules_over_a_whole_corpus(foreign_folder: str | None) -> None:
    """Whatever people drew, where it is. The few that differ are drawn against BPMN."""
    if not foreign_folder:
        return
    told = Counter[str]()
    folder = Path(foreign_folder)
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name.lower().endswith(ENDINGS)):
        told[over(folder, str(file.relative_to(folder)))] += 1
    print(told)
    assert told["same"] >= 1_000, told
    assert told["different"] <= 0.01 * told["same"], told


def over(folder: Path, path: str) -> str:
    diagram = drawn(folder, path)
    if diagram is None:
        return "not drawn"
    verdict = prove(diagram)
    try:
        found = Explorer(diagram, 8_000).explored()
    except NotExplored:
        return "not explored"
    except TooLarge:
        return "too large"
    kinds, dead = {flaw.kind.name for flaw in verdict.flaws}, {flaw.node.id for flaw in verdict.of(FlawKind.DEAD)}
    if not verdict.decided:
        return "undecided"
    same = "TWICE" in kinds if found.twice else (kinds, dead) == (found.kinds, found.dead)
    return "same" if same else "different"


def assert_as_labelled(verdict: Verdict, path: str, flaws: Mapping[str, frozenset[str]]) -> None:
    found = dict[str, set[str]]()
    for flaw in verdict.flaws:
        found.setdefault(flaw.kind.name, set()).add(flaw.node.id)
    assert found.keys() == flaws.keys(), f"{path}: {found}"
    assert found.get("DEAD", set()) == flaws.get("DEAD", frozenset()), f"{path}: {found}"
    assert all(nodes & flaws[kind] for kind, nodes in found.items()), f"{path}: {found}"
