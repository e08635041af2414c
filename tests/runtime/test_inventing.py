"""What a player invents is asked for when it is read, holds from then on, and never without a player."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.runtime import NotComputable, Process, Question, compile
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON


class Player:
    """Answers by what is asked, and keeps the questions."""

    def __init__(self, **answers: Mapping[str, Any] | str | None) -> None:
        self.answers, self.asked = answers, list[Question]()

    def __call__(self, question: Question) -> Mapping[str, Any] | str | None:
        self.asked.append(question)
        return self.answers.get(question.what)


def start(drawing: str, player: Player, facts: Mapping[str, Any] | None = None) -> Process:
    return Process.start(compile(draw(drawing)), facts or {}, now=NOON, invent=player)


GATE = "xor g\ns > g > a [land > 1 and kind == 'x'] > e\ng > b [kind == 'y'] > e\ng > c *\nc > e"


@pytest.mark.parametrize(
    ("answer", "opens"),
    [({"land": 2, "kind": "x"}, "a"), ({"kind": "y"}, "b"), ("g>b", "b"), ("g>c", "c"), (None, "c")],
    ids=["facts", "some facts", "a flow", "the default flow", "nothing"],
)
def test_a_gateway_asks_once_for_all_its_ways(answer: Mapping[str, Any] | str | None, opens: str) -> None:
    player = Player(ways=answer)
    process = start(GATE, player)
    (question,) = player.asked
    assert (question.node, question.scope, question.unset) == ("g", "P", ("kind", "land"))
    assert [(part.flow, part.expression and part.expression.text) for part in question.asked] == [
        ("g>a", "land > 1 and kind == 'x'"),
        ("g>b", "kind == 'y'"),
        ("g>c", None),
    ]
    assert [step.node for step in process.open_steps] == [opens]
    assert process.facts == (dict(answer) if isinstance(answer, Mapping) else {})


def test_what_is_set_is_not_asked_for_and_what_was_invented_is_not_asked_again() -> None:
    player = Player(ways={"x": 1})
    drawing = "xor g h\ns > g > h [x == 1]\nh > a [x == 1]\ng > e *\nh > e *\na > e"
    assert [step.node for step in start(drawing, player).open_steps] == ["a"]
    assert len(player.asked) == 1
    assert start(drawing, player, {"x": None}).ended
    assert len(player.asked) == 1


@pytest.mark.parametrize(
    ("drawing", "what", "answer", "opened"),
    [
        ("user a loop=parallel over=people\ns > a > e", "collection", {"people": [1, 2]}, 2),
        ("user a loop=parallel count=n\ns > a > e", "cardinality", {"n": 3}, 3),
        ("user a loop=standard before=true until='more > 0'\ns > a > e", "loop", {"more": 1}, 1),
        ("catch c timer ${wait}\ns > c > e", "timer", {"wait": "PT1H"}, 0),
        ("border b at a timer ${wait}\ns > a > e\nb > e", "timer", {"wait": "PT1H"}, 1),
        ("handler h\n    start hs timer ${wait}\n    hs > x\ns > a > e", "timer", {"wait": "PT1H"}, 1),
        ("script x: n = m + 1 ; k = n + m\ns > x > a > e", "script", {"m": 1}, 1),
        ("adhoc h sequential enough='ready'\n    user b c\ns > h > e", "completion", {"ready": False}, 1),
    ],
    ids=["collection", "cardinality", "loop", "timer", "border timer", "timer of a handler", "script", "ad-hoc"],
)
def test_everything_that_reads_unset_names_asks(drawing: str, what: str, answer: dict[str, Any], opened: int) -> None:
    player = Player(**{what: answer})
    process = start(drawing, player)
    if what == "completion":
        process.complete(process.open_steps[0].token)
    assert [(question.what, question.unset) for question in player.asked] == [(what, tuple(answer))]
    assert len(process.open_steps) == opened
    assert answer.items() <= process.facts.items()


def test_a_completion_condition_asks_for_what_nobody_lends_it() -> None:
    player = Player(completion={"quorum": 1})
    process = start("user a loop=parallel count=2 until='nrOfCompletedInstances >= quorum'\ns > a > e", player)
    process.complete(process.open_steps[0].token)
    assert process.ended
    assert [question.unset for question in player.asked] == [("quorum",)]


def test_a_loaded_process_asks_its_own_player_and_none_asks_nobody() -> None:
    plan = compile(draw("user a loop=parallel over=people\ns > b > a > e"))
    saved = Process.start(plan, {}, now=NOON).dump()
    player = Player(collection={"people": [1]})
    process = Process.load(plan, saved, now=NOON, invent=player)
    process.complete(process.open_steps[0].token)
    assert len(player.asked) == 1
    process = Process.load(plan, saved, now=NOON)
    with pytest.raises(NotComputable):
        process.complete(process.open_steps[0].token)


def test_a_flow_from_elsewhere_is_no_answer() -> None:
    with pytest.raises(ValueError, match="does not leave g"):
        start(GATE, Player(ways="a>e"))


def test_a_condition_that_is_waited_for_is_asked_again_whenever_it_is_looked_at() -> None:
    player = Player()
    process = start("catch c condition ready\ns > c > e", player)
    assert [step.what for step in player.asked] == ["condition"] * len(player.asked)
    assert not process.ended
    player.answers["condition"] = {"ready": True}
    process.run_timers()
    assert process.ended


def test_what_an_expression_is_worth_can_be_tried() -> None:
    player = Player()
    start("xor g\ns > g > a [size > 3] > e\ng > b * > e", player)
    way, default = player.asked[0].asked
    assert [way.worth({"size": size}) for size in (5, 1, None)] == [True, False, False]
    assert default.worth({}) is True
