"""Multi-instance and loops: countersigning as imported files draw it, in every order, round after round."""

from __future__ import annotations

import pytest

from engine.runtime.data import CONFLICTS
from engine.runtime.repeating import MAX_TURNS
from tests.runtime.twins import Twins, play

COLLECT = "over=people item=person output=votes each=vote"
THREE = {"people": ["x", "y", "z"]}


def many(options: str, kind: str = "parallel") -> str:
    return f"user a loop={kind} {options}\ns > a > n > e"


def test_all_must_finish() -> None:
    twins = Twins(many(COLLECT), THREE)
    assert [(step.index, step.item, step.visit) for step in twins.one.open_steps] == [
        (0, "x", 1),
        (1, "y", 1),
        (2, "z", 1),
    ]
    for vote in ("yes", "no", "yes"):
        twins.do("a", vote=vote)
    assert twins.names == ["n"]
    assert twins.data("n") == {**THREE, "votes": ["yes", "no", "yes"]}


def test_results_are_in_the_order_of_the_people() -> None:
    twins = Twins(many(COLLECT), THREE)
    for who in ("z", "x", "y"):
        nth = [step.item for step in twins.one.open_steps].index(who)
        twins.do("a", nth, vote=f"{who}!")
    assert twins.data("n")["votes"] == ["x!", "y!", "z!"]


def test_outcomes_of_the_instances_are_a_list_under_the_step() -> None:
    twins = Twins(many("over=people item=person"), THREE)
    for nth, outcome in ((2, "object"), (0, "agree"), (0, "agree")):
        twins.do("a", nth, outcome=outcome)
    assert twins.data("n") == {**THREE, "a": ["agree", "agree", "object"]}
    assert CONFLICTS not in twins.facts


ROWS = [
    ("counters", f"{COLLECT} until='${{nrOfCompletedInstances/nrOfInstances >= 0.5}}'", ": a a a\n a : a a\n a : n"),
    ("active ones", f"{COLLECT} until='nrOfActiveInstances == 1'", ": a a a\n a : a a\n a : n"),
    (
        "two yes",
        f"{COLLECT} until='len([v for v in votes if v == \"yes\"]) >= 2'",
        ": a a a\n a vote=no : a a\n a vote=yes : a\n a vote=yes : n",
    ),
    ("any refusal", f"{COLLECT} until='vote == \"no\"'", ": a a a\n a vote=yes : a a\n a vote=no : n"),
    (
        "any objection",
        "over=people until='outcome == \"object\"'",
        ": a a a\n a outcome=agree : a a\n a outcome=object : n",
    ),
    ("a number", "count=2", ": a a\n a : a\n a : n"),
    ("a number from the facts", "count='${len(people)}'", ": a a a\n a : a a"),
    ("the values of a mapping", "over=byName item=person", ": a a\n a : a"),
    ("a path", "over='case.people' item=person", ": a a\n a : a"),
    ("an empty list", "over=nobody", ": n"),
    ("no turn asked for", "count=0", ": n"),
]
FACTS = {**THREE, "byName": {"k": 1, "l": 2}, "case": {"people": ["x", "y"]}, "nobody": []}


@pytest.mark.parametrize(("options", "trace"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_parallel(options: str, trace: str) -> None:
    play(many(options), trace, FACTS)


def test_when_enough_are_done_the_others_do_nothing_any_more() -> None:
    """They were as ready as the first one: automatic steps wait for nobody."""
    twins = Twins("send t loop=parallel count=3 message=M until='nrOfCompletedInstances >= 1'\ns > t > n > e")
    assert twins.names == ["n"]
    assert [sent.name for sent in twins.one.sent] == ["M"]
    assert [m.what for m in twins.one.moves if m.part] == [*["arrived"] * 3, "done", "cancelled", "cancelled"]


@pytest.mark.parametrize("kind", ["parallel", "sequential"])
def test_an_empty_list_gives_an_empty_result(kind: str) -> None:
    assert Twins(many(COLLECT, kind), {"people": []}).data("n") == {"people": [], "votes": []}


def test_one_after_another() -> None:
    twins = Twins(many(COLLECT, "sequential"), THREE)
    seen = []
    while twins.names == ["a"]:
        step = twins.step("a")
        seen.append((step.index, step.item))
        twins.do("a", vote=f"v{step.item}")
    assert seen == [(0, "x"), (1, "y"), (2, "z")]
    assert twins.data("n")["votes"] == ["vx", "vy", "vz"]


def test_one_after_another_with_a_gap_in_the_list() -> None:
    play(many("over=people item=person", "sequential"), ": a\n a : a\n a : a\n a : n", {"people": ["x", None, "z"]})


def test_one_after_another_until_a_refusal() -> None:
    play(many(f"{COLLECT} until='vote == \"no\"'", "sequential"), ": a\n a vote=yes : a\n a vote=no : n", THREE)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, "名单"),
        ({"people": 3}, "名单"),
        ({"people": "x,y"}, "名单"),
        ({"people": [1] * (MAX_TURNS + 1)}, str(MAX_TURNS)),
    ],
)
def test_a_list_that_is_none_is_not_taken_for_an_empty_one(facts: dict[str, object], why: str) -> None:
    with pytest.raises(Exception, match=why):
        Twins(many(COLLECT), facts)


@pytest.mark.parametrize("count", ["-1 + 0", "'x'", "1.5", "True", "1000000000"])
def test_a_number_that_is_none(count: str) -> None:
    play(f'user a loop=parallel count="({count})"\ns > m > a > n > e', ": m\n m : !not-computable")


# ---- round after round
ROUND = """
user a loop={kind} {options}
xor g
s > apply > a > chk > g > apply [back]
g > e *
"""


@pytest.mark.parametrize("kind", ["parallel", "sequential"])
@pytest.mark.parametrize("options", [COLLECT, "over=people item=person", "count=3 output=votes each=vote"])
def test_returned_and_signed_again(options: str, kind: str) -> None:
    twins = Twins(ROUND.format(kind=kind, options=options), {**THREE, "back": False})
    sizes = []
    for number in range(1, 13):
        twins.do("apply")
        assert all(step.visit == number for step in twins.one.open_steps)
        while "a" in twins.names:
            twins.do("a", vote=f"r{number}")
        twins.do("chk", back=number < 12)
        sizes.append(len(twins.one.dump()))
    assert twins.ended
    assert twins.facts.get("votes", ["r12"] * 3) == ["r12"] * 3
    assert CONFLICTS not in twins.facts
    assert max(sizes[:-1]) - min(sizes[:-1]) < 40


def test_the_rule_stays_readable() -> None:
    twins = play(ROUND.format(kind="parallel", options=COLLECT), ": apply", THREE)
    node = twins.plan.main.drawn.nodes["a"]
    assert node.loop
    assert (node.loop.kind, node.loop.collection) == ("parallel", "people")


# ---- what is drawn around and inside
def test_a_timer_on_the_border_interrupts_them_all() -> None:
    play(
        f"user a loop=parallel {COLLECT}\nborder b at a timer PT1H\ns > a > n > e\nb > h > e1",
        ": a a a\n a vote=y : a a\n after PT2H : h",
        THREE,
    )


def test_a_reminder_beside_them_all_loses_nothing() -> None:
    twins = Twins(f"user a loop=parallel {COLLECT}\nborder b beside a timer PT1H\ns > a > n > e\nb > h > e1", THREE)
    twins.do("a", vote="1")
    twins.after("PT1H")
    twins.do("h", reminded=True)
    twins.do("a", vote="2")
    twins.do("a", vote="3")
    assert twins.data("n") == {**THREE, "votes": ["1", "2", "3"], "reminded": True}


def test_a_sub_process_for_each() -> None:
    twins = Twins(
        f"sub a loop=parallel {COLLECT}\n  xor g\n  s > r > g > q [vote=='ask'] > e\n  g > e1 *\ns > a > n > e",
        {"people": ["x", "y"]},
    )
    assert [(step.node, step.index, step.item) for step in twins.one.open_steps] == [("r", 0, "x"), ("r", 1, "y")]
    twins.do("r", vote="yes")
    twins.do("r", vote="ask")
    assert [(step.node, step.index, step.item) for step in twins.one.open_steps] == [("q", 1, "y")]
    twins.do("q", vote="ok")
    assert twins.data("n")["votes"] == ["yes", "ok"]


def test_scripts_and_messages_for_each() -> None:
    twins = Twins(
        """
        script x loop=sequential over=people item=p output=out each=o: o = p + '!'
        receive r loop=parallel count=2 message=M
        s > x > r > n > e
        """,
        THREE,
    )
    assert twins.facts["out"] == ["x!", "y!", "z!"]
    assert twins.message("M") == 1
    assert twins.names == []
    assert twins.message("M") == 1
    assert twins.names == ["n"]


def test_nothing_lent_is_left_behind() -> None:
    twins = Twins(many(COLLECT), THREE)
    assert twins.data("a")["loopCounter"] == 0
    for _ in range(3):
        twins.do("a", vote=1, note="same")
    assert twins.data("n") == {**THREE, "votes": [1, 1, 1], "note": "same"}
    assert set(twins.facts) == {"people", "votes", "vote", "note"}


# ---- standard loops
LOOPS = [
    ("a condition after each turn", "until='n < 3'", ": a\n a n=1 : a\n a n=2 : a\n a n=3 : n"),
    ("at most so often", "max=2", ": a\n a : a\n a : n"),
    ("both", "until=True max=2", ": a\n a : a\n a : n"),
    ("tested before the first turn", "until='n < 3' before=true", ": n"),
]


@pytest.mark.parametrize(("options", "trace"), [row[1:] for row in LOOPS], ids=[row[0] for row in LOOPS])
def test_standard_loops(options: str, trace: str) -> None:
    play(many(options, "standard"), trace)


def test_a_loop_keeps_what_the_last_turn_wrote() -> None:
    twins = Twins("user a loop=standard until=\"outcome == 'return'\"\ns > a > n > e")
    twins.do("a", outcome="return", x=1)
    twins.do("a", outcome="pass", x=2)
    assert twins.data("n") == {"a": "pass", "outcome": "pass", "x": 2}
