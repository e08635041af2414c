"""Gateways, implicit splits and ends: which way, and who waits for whom."""

from __future__ import annotations

import pytest

from engine.runtime.gateways import Inclusive
from tests.runtime.twins import Twins, play

INCLUSIVE = """
    or g j
    s > g
    g > a [x in (1, 3)] > j
    g > b [x in (2, 3)] > j
    g > c [x == 9] > j
    j > z > e
"""
PARALLEL = """
    and g j
    s > g > a > j > z > e
    g > b > j
"""
ROWS = [
    ("inclusive: two of three branches, joined", INCLUSIVE, {"x": 3}, ": a b\n a : b\n b : z\n z : end"),
    ("inclusive: one branch", INCLUSIVE, {"x": 1}, ": a\n a : z\n z : end"),
    (
        "inclusive: no branch and no default",
        INCLUSIVE.replace("s > g", "s > m > g"),
        {},
        ": m\n m x=5 : !no-way-out\n m x=2 : b",
    ),
    (
        "inclusive: the other branch dies at an end of its own",
        """
        or g j
        xor k
        s > g > a [True] > j > z > e
        g > b [True] > k > e1 [quit]
        k > j *
        """,
        {"quit": True},
        ": a b\n a : b\n b : z\n z : end",
    ),
    (
        "inclusive: inside a loop, another subset each round",
        """
        xor m k
        or g j
        s > m > g > a [True] > j > z > k > m [n == 2]
        g > b [n == 2] > j
        k > e *
        """,
        {"n": 1},
        ": a\n a : z\n z n=2 : a b\n a : b\n b : z\n z n=3 : end",
    ),
    (
        "inclusive: one branch has two ways into the join, its token is still upstream",
        """
        and g
        or j
        xor k
        s > g > a > j > z > e
        g > b > k > j [direct]
        k > c * > j
        """,
        {"direct": False},
        ": a b\n a : b\n b : c\n c : z",
    ),
    (
        "inclusive: straight from the split into the join beside a longer branch",
        """
        or g j
        s > g > j [True] > z > e
        g > a [True] > j
        """,
        {},
        ": a\n a : z\n z : end",
    ),
    (
        "inclusive: who can come by a filled flow as well is not waited for",
        """
        and g
        or j
        xor m k
        s > g > a > m > j > z > e
        g > b > k > m [n == 1]
        k > j *
        """,
        {},
        ": a b\n a : b z\n b : z z\n z : z\n z : end",
    ),
    (
        "inclusive: waits across a link",
        """
        or g j
        throw lt link L
        catch lc link L
        s > g > a [True] > j > z > e
        g > b [True] > lt
        lc > c > j
        """,
        {},
        ": a b\n a : b\n b : c\n c : z",
    ),
    (
        "inclusive: default only when nothing else holds",
        "or g\n s > g > a [x == 1] > e\n g > b * > e1",
        {"x": 1},
        ": a\n a : end",
    ),
    ("inclusive: the default", "or g\n s > g > a [x == 1] > e\n g > b * > e1", {"x": 2}, ": b\n b : end"),
    ("parallel: the join waits for all", PARALLEL, {}, ": a b\n b : a\n a : z\n z : end"),
    (
        "parallel: in a loop, the second round in another order",
        """
        xor m k
        and g j
        s > m > g > a > j > z > k > m [again]
        g > b > j
        k > e *
        """,
        {},
        ": a b\n a : b\n b : z\n z again=true : a b\n b : a\n a : z\n z again=false : end",
    ),
    (
        "parallel: a surplus token of one flow waits on",
        """
        and g j
        xor x
        s > g > a > x > j > z > e
        g > b > x
        g > c > j
        """,
        {},
        ": a b c\n a : b c\n b : c\n c : z\n z : -",
    ),
    (
        "parallel: the first that came by a flow is the first to go on",
        """
        and g j
        xor x k
        s > g > a > x > j > k > y [n == 1] > e1
        k > z * > e
        g > b > x
        g > c > j
        """,
        {},
        ": a b c\n a n=1 : b c\n b n=2 : c\n c : y\n y : -",
    ),
    (
        "exclusive: no condition holds; mended facts go on",
        "xor g\n s > m > g > a [x == 1] > e\n g > b [x == 2] > e",
        {},
        ": m\n m x=5 : !no-way-out\n m x=1 : a",
    ),
    ("exclusive: an unset name is not true", "xor g\n s > g > a [approved] > e\n g > b * > e", {}, ": b"),
    ("exclusive: an unset number is not more", "xor g\n s > g > a [area > 100] > e\n g > b * > e", {}, ": b"),
    ("exclusive: the first that holds", "xor g\n s > g > a [x > 1] > e\n g > b [x > 0] > e", {"x": 2}, ": a"),
    (
        "exclusive: the one without a condition comes last",
        "xor g\n s > g > a > e\n g > b [x == 1] > e",
        {"x": 1},
        ": b",
    ),
    ("exclusive: the one without a condition", "xor g\n s > g > a > e\n g > b [x == 1] > e", {"x": 2}, ": a"),
    ("exclusive: JUEL", "xor g\n s > g > a [${approved && !late}] > e\n g > b * > e", {"approved": True}, ": a"),
    (
        "exclusive: no conditions drawn, a person chooses",
        "xor g\n s > g > a > e\n g > b > e",
        {},
        ": g\n g => b : b\n b : end",
    ),
    (
        "exclusive: a choice is no completion",
        "xor g\n s > g > a > e\n g > b > e",
        {},
        ": g\n g : !choice-needed\n g => a : a",
    ),
    ("exclusive: no such way", "xor g\n s > g > a > e\n g > b > e", {}, ": g\n g => c : !choice-needed"),
    (
        "complex: two of three, the third comes late",
        """
        and g
        complex j enough="nrOfToken >= 2"
        s > g > a > j > z > e
        g > b > j
        g > c > j
        """,
        {},
        ": a b c\n a : b c\n b : c z\n c : z\n z : end",
    ),
    (
        "complex: the late one of an earlier round does not count in the next",
        """
        and g
        xor m k
        complex j enough="nrOfToken >= 2"
        s > m > g > a > j > z > k > m [again]
        g > b > j
        g > c > j
        k > e *
        """,
        {},
        ": a b c\n a : b c\n b : c z\n z again=true : a b c c\n c : a b c\n c : a b\n a : b z\n b : z\n z again=false : end",
    ),
    ("implicit split: a task with two ways out", "s > a > b > e\n a > c > e", {}, ": a\n a : b c\n b : c\n c : end"),
    (
        "implicit split: conditions and a default",
        "s > a > b [x == 1] > e\n a > c [x == 1] > e\n a > d * > e",
        {},
        ": a\n a x=1 : b c\n b : c\n c : end",
    ),
    ("a conditional flow leaves a task", "s > a > b [False] > e", {}, ": a\n a : !no-way-out"),
    ("implicit end", "s > a", {}, ": a\n a : end"),
    ("implicit end of one branch", "and g\n s > g > a\n g > b > e", {}, ": a b\n b : a\n a : end"),
    ("an untyped task passes by itself", "task t\n s > t > a > e", {}, ": a"),
    ("an untyped task with work waits for a person", "task t kind=manual\n s > t > e", {}, ": t\n t : end"),
    ("service and rule tasks wait to be confirmed", "service x\n rule y\n s > x > y > e", {}, ": x\n x : y\n y : end"),
]


@pytest.mark.parametrize(("drawing", "facts", "trace"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_which_way(drawing: str, facts: dict[str, object], trace: str) -> None:
    play(drawing, trace, facts)


def test_a_join_tells_which_branch_is_missing() -> None:
    twins = play(PARALLEL, ": a b\n b : a")
    (join,) = twins.one.waiting
    (missing,) = join.missing
    assert (join.kind, join.node, join.beside) == ("join", "j", False)
    assert (missing.flow, missing.source, missing.tokens) == ("a>j", "a", (twins.step("a").token,))


def test_a_choice_shows_its_ways() -> None:
    twins = play("xor g\n s > g > a > e\n g > b > e", ": g")
    assert [(way.flow, way.label) for way in twins.step("g").ways] == [("g>a", "a"), ("g>b", "b")]


def test_what_leads_to_a_join_is_worked_out_when_it_is_first_waited_at() -> None:
    """A drawing of thousands of joins would take a minute to compile otherwise, and a gigabyte."""
    twins = Twins("or g j h k\ns > g > a > j > h > c > k > e\ng > b > j\nh > d > k")
    j, k = (twins.plan.main.task_specs[name] for name in "jk")
    assert isinstance(j, Inclusive)
    assert isinstance(k, Inclusive)
    assert (vars(j.paths).get("sources"), vars(k.paths).get("sources")) == (None, None)
    twins.do("a")
    assert vars(j.paths).get("sources")
    assert vars(k.paths).get("sources") is None
    assert [sorted(j.paths.of(name)) for name in ("s", "b", "j", "c")] == [["a>j", "b>j"], ["b>j"], [], []]
