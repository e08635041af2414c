"""Sending back (退回): exactly what descends from the last visit is withdrawn, and nothing is left waiting for ever."""

from __future__ import annotations

import random

import pytest

from engine.runtime import SendBackNotNow
from engine.runtime.data import CONFLICTS
from tests.runtime.twins import Twins, board, play

TWO = """
and p j
s > apply > p > a > j > n > m > e
p > b > j
"""
LARGE = """
and P1 J1 p j
sub sp
    s > x > y > e
border rem beside a timer PT1H
s > file > P1 > apply > p > a > j > n > J1 > z > e
P1 > c > J1
p > b > j
p > sp > j
rem > nudge > e2
"""
ROWS = [
    ("one step back", "s > a > b > c > e", ": a\n a : b\n b : c\n back c b : b\n b : c\n back c a : a\n a : b"),
    (
        "before a split: the sibling is withdrawn",
        TWO,
        ": apply\n apply : a b\n back a apply : apply\n apply : a b\n a : b\n b : n",
    ),
    (
        "before a split: a sibling that waits at the join is withdrawn",
        TWO,
        ": apply\n apply : a b\n b : a\n back a apply : apply\n apply : a b\n b : a\n a : n",
    ),
    (
        "from behind the join to before the split",
        TWO,
        ": apply\n apply : a b\n a : b\n b : n\n n : m\n back m apply : apply\n apply : a b\n back a apply : apply",
    ),
    ("into a branch that has joined", TWO, ": apply\n apply : a b\n a : b\n b : n\n back n a : !send-back-not-now"),
    ("to the step itself", TWO, ": apply\n back apply apply : !send-back-not-now"),
    ("to a step never visited", TWO, ": apply\n back apply n : !send-back-not-now"),
    ("to what is not drawn", TWO, ": apply\n back apply nowhere : !send-back-not-now"),
    ("to a gateway", TWO, ": apply\n apply : a b\n back a p : !send-back-not-now"),
    (
        "inside one branch",
        "and p j\ns > p > a > b > j > n > e\np > c > j",
        ": a c\n a : b c\n back b a : a c\n a : b c\n c : b\n b : n",
    ),
    (
        "inside one branch, after the other has come to the join",
        "and p j\ns > p > a > b > j > n > e\np > c > j",
        ": a c\n c : a\n a : b\n back b a : a\n a : b\n b : n",
    ),
    (
        "when the sibling has ended apart",
        "and p\ns > m > p > a > b > e\np > c > e1",
        ": m\n m : a c\n c : a\n a : b\n back b a : a\n a : b\n back b m : m\n m : a c",
    ),
    (
        "some of the branches have already met others",
        """
        and F G j k
        s > m > F > t > G > g1 > j > o > k > e
        G > g2 > k
        F > f2 > j
        """,
        ": m\n m : f2 t\n t : f2 g1 g2\n g1 : f2 g2\n f2 : g2 o\n back g2 t : !send-back-not-now\n back g2 m : m",
    ),
    (
        "out of a countersign",
        "user a loop=parallel count=3\ns > m > a > n > e",
        ": m\n m : a a a\n a : a a\n back a m : m\n m : a a a",
    ),
    (
        "to a countersign",
        "user a loop=parallel count=2\ns > a > n > e",
        ": a a\n a : a\n a : n\n back n a : a a\n a : a\n a : n",
    ),
    (
        "out of a sub-process",
        "sub q\n  s > x > y > e\ns > m > q > n > e",
        ": m\n m : x\n x : y\n back y x : x\n back x m : m\n m : x",
    ),
    (
        "to a sub-process as a whole",
        "sub q\n  s > x > y > e\ns > q > n > e",
        ": x\n x : y\n y : n\n back n q : x\n x : y",
    ),
    (
        "into a sub-process that has ended",
        "sub q\n  s > x > y > e\ns > q > n > e",
        ": x\n x : y\n y : n\n back n x : !send-back-not-now",
    ),
    ("to a choice", "xor g\ns > g > a > e\ng > b > e", ": g\n g => a : a\n back a g : g\n g => b : b"),
    (
        "from an event sub-process",
        "handler h\n  start hs message M\n  hs > x > y > e\ns > m > n > e",
        ": m\n m : n\n message M : x\n x : y\n back y m : !send-back-not-now\n back y x : x",
    ),
    (
        "a timer on the border starts anew",
        "border t at b timer PT2H\ns > a > b > e\nt > late > e1",
        ": a\n a : b\n after PT1H : b\n back b a : a\n a : b\n after PT1H : b\n after PT1H : late",
    ),
    (
        "an inclusive join waits again",
        "or g j\ns > m > g > a [True] > j > z > e\ng > b [True] > j",
        ": m\n m : a b\n a : b\n back b m : m\n m : a b\n b : a\n a : z",
    ),
    (
        "a complex gateway forgets its late ones",
        "and g\ncomplex j enough='nrOfToken >= 2'\ns > m > g > a > j > z > e\ng > b > j\ng > c > j",
        ": m\n m : a b c\n a : b c\n b : c z\n back z m : m\n m : a b c\n c : a b\n a : b z\n b : z\n z : end",
    ),
    (
        "while something is being undone",
        "undoer ua\nborder ba at a compensate undo=ua\nthrow t compensate\ns > a > t > n > e",
        ": a\n a : ua\n back ua a : !send-back-not-now\n ua : n",
    ),
]


@pytest.mark.parametrize(("drawing", "trace"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_send_back(drawing: str, trace: str) -> None:
    play(drawing, trace)


def test_the_preview_lists_what_is_withdrawn_and_changes_nothing() -> None:
    twins = play(
        LARGE, ": file\n file : apply c\n apply : a b c x\n b : a c x\n after PT2H : a c nudge x\n x : a c nudge y"
    )
    before, token = twins.one.dump(), twins.step("a").token
    found = twins.one.preview_send_back(token, "apply")
    assert found.allowed
    assert found.reason == ""
    assert [step.node for step in found.withdrawn] == ["nudge", "y"]
    assert found.again == ("b",)
    assert (found.target, found.scope, found.name) == ("apply", "P", "apply")
    everything = twins.one.preview_send_back(token, "file")
    assert [step.node for step in everything.withdrawn] == ["c", "nudge", "y"]
    assert twins.one.dump() == before


def test_what_was_written_is_kept_and_the_other_branch_stays() -> None:
    twins = play(
        LARGE, ": file\n file : apply c\n apply : a b c x\n b opinion=agrees : a c x\n after PT2H : a c nudge x"
    )
    twins.send_back("a", "apply", reason="seal missing")
    assert twins.names == ["apply", "c"]
    assert twins.data("apply") == {"opinion": "agrees", "reason": "seal missing"}
    assert twins.one.next_due() is None
    twins.do("apply")
    assert twins.names == ["a", "b", "c", "x"]
    twins.do("a")
    twins.do("b", opinion="agrees again")
    twins.do("x")
    twins.send_back("y", "x")
    assert twins.names == ["c", "x"]
    twins.do("x")
    twins.send_back("y", "apply")
    assert twins.names == ["apply", "c"]
    for name in ("apply", "a", "b", "x", "y", "n", "c"):
        twins.do(name)
    assert twins.data("z")["opinion"] == "agrees again"
    assert CONFLICTS not in twins.facts
    twins.do("z")
    assert twins.ended


def test_the_outcome_that_led_there_does_not_count_any_more() -> None:
    twins = Twins("s > a > b > c > e")
    twins.do("a", outcome="pass")
    twins.do("b", outcome="pass")
    twins.send_back("c", "b")
    assert twins.data("b") == {"a": "pass", "b": "pass"}
    assert twins.step("b").visit == 2


def test_targets_are_the_earlier_steps_that_are_possible_now() -> None:
    twins = play(TWO, ": apply\n apply : a b\n a : b\n b : n\n n : m")
    token = twins.step("m").token
    assert [found.target for found in twins.one.withdrawable_targets(token)] == ["n", "apply"]
    reasons = {name: twins.one.preview_send_back(token, name).reason for name in ("a", "b", "m", "nowhere")}
    assert all(reasons.values())
    assert len(set(reasons.values())) == 3
    twins.send_back("m", "n")
    assert [found.target for found in twins.one.withdrawable_targets(twins.step("n").token)] == ["apply"]


def test_steps_that_were_sent_back_over_are_no_targets() -> None:
    twins = play("s > a > b > c > e", ": a\n a : b\n b : c\n back c a : a")
    assert twins.one.withdrawable_targets(twins.step("a").token) == ()


def test_targets_reach_out_of_a_sub_process() -> None:
    twins = play("sub q\n  s > x > y > e\ns > m > q > n > e", ": m\n m : x\n x : y")
    found = twins.one.withdrawable_targets(twins.step("y").token)
    assert [(target.target, target.scope) for target in found] == [("x", "P/q"), ("m", "P")]


def test_a_refused_return_tells_why() -> None:
    twins = play(TWO, ": apply\n apply : a b\n a : b\n b : n")
    with pytest.raises(SendBackNotNow, match="并行分支已经汇合") as stopped:
        twins.send_back("n", "a")
    assert stopped.value.code == "send-back-not-now"


def test_behind_a_join_the_latest_visit_counts_whichever_branch_came_first() -> None:
    """One branch went round by m again and the other did not: what descends from the later m is not all here."""
    drawing = """
    and g j
    xor r k
    s > r > m > g > a > k > r [again]
    k > j *
    g > b > j
    j > n > e
    """
    twins = play(drawing, ": m\n m : a b\n b : a\n a again=true : m\n m again=false : a b\n a : b n")
    token = twins.step("n").token
    latest = next(t for t in board(twins.one) if t.id == token).mark.visits["m"]
    assert latest.number == 2
    assert not twins.one.preview_send_back(token, "m").allowed


def test_three_hundred_rounds_of_returns_of_both_kinds() -> None:
    twins = Twins("and p j\nxor g\ns > m > p > a > j > n > g > m [back]\np > b > j\ng > e *")
    sizes, rounds = [], 60
    for turn in range(rounds):
        twins.do("m")
        twins.do("b", by=turn)
        twins.send_back("a", "m")
        assert twins.names == ["m"]
        twins.do("m")
        twins.do("a")
        twins.do("b")
        twins.do("n", back=turn < rounds - 1)
        sizes.append(len(twins.one.dump()))
    assert twins.ended
    assert max(sizes[10:-1]) - min(sizes[10:-1]) < 40


@pytest.mark.parametrize("seed", range(8))
def test_random_returns_never_leave_a_branch_waiting_for_ever(seed: int) -> None:
    """Whatever is offered may be taken, and the case can still be finished by doing what is open."""
    dice = random.Random(seed)
    twins = Twins(LARGE)
    for _ in range(40):
        if not twins.names:
            break
        step = dice.choice(twins.one.open_steps)
        targets = twins.one.withdrawable_targets(step.token)
        nth = [other.token for other in twins.one.open_steps if other.node == step.node].index(step.token)
        if targets and dice.random() < 0.3:
            chosen = dice.choice(targets)
            withdrawn = {other.token for other in chosen.withdrawn}
            stay = {other.token for other in twins.one.open_steps} - withdrawn - {step.token}
            twins.send_back(step.node, chosen.target, nth)
            assert stay <= {other.token for other in twins.one.open_steps}
            assert not withdrawn & {other.token for other in twins.one.open_steps}
        else:
            twins.do(step.node, nth)
        if dice.random() < 0.1:
            twins.after("PT1H")
    for _ in range(60):
        if twins.names:
            twins.do(twins.names[0])
    assert twins.ended, [wait.node for wait in twins.one.waiting]
