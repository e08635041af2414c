"""Random sound process trees: the compiled diagram may do exactly what a small interpreter of the tree may do.

Both are deterministic: the same word of acts leads to one state. So the sets of their traces are equal where, after every
word, the same acts are possible, the same moment is next, and both are over or neither is. Of small trees every word is
tried, up to a length that loops do not end; of others as many as the budget allows, and some long walks at random. Every
state is saved and loaded before it goes on, and one process that never was goes beside on the walks.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from engine.catalogue import play_through
from engine.runtime import Plan, Process, compile
from tests.runtime.drawing import draw
from tests.runtime.tree_game import Action, Game, Grower, Tree, drawn
from tests.runtime.twins import check_board
from tests.token_checker import objections

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
LONGEST = 9
WALK = 30


class Table:
    """One tree, its plan twice, and how many acts may still be tried."""

    def __init__(self, tree: Tree, budget: int) -> None:
        self.tree, self.text, self.left = tree, drawn(tree), budget
        self.diagram = draw(self.text)
        self.plan, self.other = compile(self.diagram), compile(self.diagram)

    def started(self) -> Process:
        return Process.start(self.plan, {}, now=NOON)

    def loaded(self, state: bytes, game: Game) -> Process:
        """As it was saved, on a plan compiled anew."""
        process = Process.load(self.other, state, now=NOON + timedelta(seconds=game.now))
        assert process.dump() == state, "saving and loading changed something"
        return process

    def every_word(self, state: bytes, game: Game, word: tuple[Action, ...]) -> None:
        """Every word of acts from here, as far as length and budget go."""
        process = self.loaded(state, game)
        self.compare(process, game, word)
        for action in game.acts() if len(word) < LONGEST else ():
            self.left -= 1
            if self.left < 0:
                return
            process = acted(self.loaded(state, game), self.other, game, action)
            self.every_word(process.dump(), game.after(action), (*word, action))

    def walk(self, luck: random.Random) -> None:
        """One long word, with a process beside that is never saved but for the sake of time."""
        live, game, word = self.started(), Game(self.tree), list[Action]()
        state = live.dump()
        while (acts := list(game.acts())) and len(word) < WALK:
            action = luck.choice(acts)
            word.append(action)
            state = acted(self.loaded(state, game), self.other, game, action).dump()
            live = acted(live, self.plan, game, action)
            game = game.after(action)
            assert live.dump() == state, f"{word}: saved and loaded it went another way\n{self.text}"
            self.compare(live, game, tuple(word))
            check_board(live)

    def compare(self, process: Process, game: Game, word: tuple[Action, ...]) -> None:
        found = possible(process)
        assert found == game.acts(), f"{word}\nengine {sorted(found)}\ntree   {sorted(game.acts())}\n{self.text}"
        assert process.ended == game.over, f"{word}: over {process.ended}, {game.over}\n{self.text}"


def possible(process: Process) -> dict[Action, int]:
    """What may be done, as the interpreter writes it."""
    found = dict[Action, int]()
    for step in process.open_steps:
        if step.ways:
            found |= {("way", step.node, way.flow.split(">")[1]): 0 for way in step.ways}
        else:
            found["do", step.node, _turn(step.index)] = 0
    for one in process.waiting:
        if one.kind == "message":
            found["message", one.what or ""] = 0
    due = process.next_due()
    return {**found, ("time",): round((due - NOON).total_seconds())} if due else found


def acted(process: Process, plan: Plan, game: Game, action: Action) -> Process:
    match action:
        case ("do", name, turn):
            steps = [s for s in process.open_steps if s.node == name and _turn(s.index) == turn]
            process.complete(steps[0].token)
        case ("way", name, target):
            step = next(s for s in process.open_steps if s.node == name)
            process.choose(step.token, next(w.flow for w in step.ways if w.flow.split(">")[1] == target))
        case ("message", name):
            assert process.message(name) == 1
        case _:
            later = NOON + timedelta(seconds=game.acts()["time",])
            process = Process.load(plan, process.dump(), now=later)
            process.run_timers()
    return process


def _turn(index: int | None) -> str:
    return "" if index is None else str(index)


def try_tree(seed: int, size: int, budget: int, walks: int) -> bool:
    """Whether every word of it was tried."""
    tree = Grower(random.Random(seed)).tree(size)
    table = Table(tree, budget)
    table.every_word(table.started().dump(), Game(tree), ())
    luck = random.Random(seed)
    for _ in range(walks):
        table.walk(luck)
    played = play_through(table.diagram, table.plan)
    assert played.result == "completed", f"{played.reason}\n{table.text}"
    assert objections(table.diagram, played) == (), table.text
    return table.left >= 0


@pytest.mark.parametrize("part", range(4))
def test_small_trees_in_every_order(part: int) -> None:
    whole = sum(try_tree(seed, 1 + seed % 4, 60, 1) for seed in range(part * 60, part * 60 + 60))
    assert whole > 25, f"only {whole} of 60 trees were tried in every order"


def test_larger_trees_on_long_walks() -> None:
    for seed in range(1000, 1060):
        try_tree(seed, 5 + seed % 5, 10, 2)


@pytest.mark.soak
def test_many_trees_in_every_order() -> None:
    for seed in range(10_000, 14_000):
        try_tree(seed, 1 + seed % 7, 600, 4)
