"""Facts: private in a branch, united without loss where branches meet, and never the same object twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runtime import Process, compile
from engine.runtime.data import CONFLICTS, brought, changes, plain, same, united
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON, Twins, play

PARALLEL = """
and g j
s > g > a > j > z > e
g > b > j
"""


# ---- where branches meet
@pytest.mark.parametrize(
    ("base", "versions", "whole"),
    [
        ({}, [{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
        ({"x": 1}, [{"x": 2}, {"x": 1}], {"x": 2}),
        ({"x": 1}, [{"x": 1}, {"x": 2}], {"x": 2}),
        ({"x": 1}, [{"x": 2}, {"x": 2}], {"x": 2}),
        ({"l": ["s"]}, [{"l": ["s", "a"]}, {"l": ["s", "b"]}], {"l": ["s", "a", "b"]}),
        ({}, [{"l": ["a"]}, {"l": ["a"]}], {"l": ["a"]}),
        ({"l": []}, [{"l": ["yes"]}, {"l": ["yes"]}, {"l": ["no"]}], {"l": ["yes", "no"]}),
        ({"d": {"k": 1}}, [{"d": {"k": 1, "a": 2}}, {"d": {"k": 1, "b": 3}}], {"d": {"k": 1, "a": 2, "b": 3}}),
        ({"x": 1}, [{"x": True}, {"x": 1}], {"x": True}),
        ({}, [{"outcome": "pass"}, {"outcome": "return"}], {}),
    ],
)
def test_united(base: dict[str, Any], versions: list[dict[str, Any]], whole: dict[str, Any]) -> None:
    assert united(base, *versions) == whole


def test_what_clashes_is_kept_whole() -> None:
    found = united({"x": 0, "d": {"k": 0}}, {"x": 1, "d": {"k": 1}}, {"x": 2, "d": {"k": 2}}, {"x": 3, "d": {"k": 2}})
    assert found["x"] == 3
    assert found[CONFLICTS] == [{"name": "x", "values": [1, 2, 3]}, {"name": "d.k", "values": [1, 2]}]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2),
    max_leaves=6,
)
FACTS = st.dictionaries(st.sampled_from("klm"), VALUES, max_size=3)


@settings(deadline=None, max_examples=300)
@given(FACTS, FACTS, FACTS)
def test_nothing_changed_is_lost(base: dict[str, Any], one: dict[str, Any], other: dict[str, Any]) -> None:
    """Every name that a branch changed is there with its value, inside a list or mapping, or among the conflicts."""
    ours, theirs = {**base, **one}, {**base, **other}
    whole = united(base, ours, theirs)
    for version in (ours, theirs):
        for name, value in changes(version, base).items():
            conflicts = [c for c in whole.get(CONFLICTS, []) if c["name"].split(".")[0] == name]
            listed = any(same(value, v) for c in conflicts for v in c["values"])
            assert same(whole[name], value) or listed or isinstance(value, list | dict), (name, value, whole)
    assert same(united(base, ours), {**ours})
    assert same(united(base, ours, ours), {**ours}) or any(isinstance(v, list) for v in ours.values())


@settings(deadline=None, max_examples=200)
@given(FACTS, FACTS)
def test_who_changed_nothing_brings_nothing(base: dict[str, Any], one: dict[str, Any]) -> None:
    assert same(brought({**base, **one}, base, base), {**base, **one})
    assert same(brought(base, base, {**base, **one}), {**base, **one})


def test_the_join_loses_no_opinion() -> None:
    twins = Twins(PARALLEL, {"opinions": ["start"]})
    twins.do("a", opinions=["start", "A agrees"], verdict="yes")
    twins.do("b", opinions=["start", "B refuses"], verdict="no")
    data = twins.data("z")
    assert data["opinions"] == ["start", "A agrees", "B refuses"]
    assert data[CONFLICTS] == [{"name": "verdict", "values": ["yes", "no"]}]
    assert twins.facts[CONFLICTS] == data[CONFLICTS]


def test_a_fork_within_a_fork_is_united_step_by_step() -> None:
    """What the outer branch wrote before it parted again is in both inner ones, and counts once."""
    twins = Twins(
        """
        and g h j
        s > g > o > h > p > j > z > e
        h > q > j
        g > b > j
        """,
        {"l": ["s"]},
    )
    twins.do("o", l=["s", "o"])
    twins.do("p", l=["s", "o", "p"])
    twins.do("q", l=["s", "o", "q"])
    twins.do("b", l=["s", "b"])
    assert sorted(twins.data("z")["l"]) == ["b", "o", "p", "q", "s"]
    assert CONFLICTS not in twins.data("z")


def test_some_of_a_fork_meet_before_the_others() -> None:
    twins = Twins("and g i j\ns > g > a > i > n > j > z > e\ng > b > i\ng > c > j", {"l": []})
    twins.do("a", l=["a"], x=1)
    twins.do("b", l=["b"])
    twins.do("c", l=["c"])
    twins.do("n", l=["a", "b", "n"], x=2)
    assert twins.data("z")["l"] == ["c", "a", "b", "n"]
    assert twins.data("z")["x"] == 2
    assert CONFLICTS not in twins.data("z")


def test_branches_are_private() -> None:
    twins = Twins(
        "and g j\nscript sa: form = {'n': 1}\ns > g > a > sa > c > j > z > e\ng > b > d > j", {"form": {"n": 0}}
    )
    twins.do("a", verdict="yes")
    assert twins.data("c")["form"] == {"n": 1}
    assert twins.data("c")["verdict"] == "yes"
    twins.do("b")
    assert twins.data("d")["form"] == {"n": 0}
    assert "verdict" not in twins.data("d")
    assert twins.facts["form"] == {"n": 1}


def test_values_handed_in_and_out_are_copies() -> None:
    plan = compile(draw(PARALLEL))
    mine: dict[str, Any] = {"deep": {"n": 5}}
    process = Process.start(plan, mine, now=NOON)
    mine["deep"]["n"] = 99
    process.facts["deep"]["n"] = 98
    process.complete(process.open_steps[0].token, {"more": (given := {"k": [1]})})
    given["k"].append(2)
    assert process.facts == {"deep": {"n": 5}, "more": {"k": [1]}}


def test_branches_that_end_apart_are_united_in_the_end() -> None:
    twins = Twins("sub q\n  and g\n  s > g > a > e\n  g > b > e1\n  g > c > e2\ns > q > n > e", {"l": ["s"]})
    for name in "cab":
        twins.do(name, **{name: 1, "l": ["s", name]})
    assert twins.data("n") == {"l": ["s", "c", "a", "b"], "a": 1, "b": 1, "c": 1}


def test_the_last_of_a_fork_inherits_what_the_others_left() -> None:
    """No join is drawn, and none is needed: when the last one leaves its step, it has what the others wrote."""
    twins = Twins("and g\nxor k\ns > g > a > e\ng > b > k > c [ok] > e1\nk > d * > e1")
    twins.do("a", ok=True, outcome="pass")
    assert twins.data("b") == {}
    twins.do("b")
    assert twins.names == ["c"]
    assert twins.data("c") == {"ok": True, "a": "pass"}


def test_what_reminders_wrote_comes_home_once_and_takes_no_room() -> None:
    twins = Twins("border r beside a timer R/PT1H\ns > a > n > e\nr > w > e1", {"l": []})
    sizes = []
    for hour in range(1, 11):
        twins.after("PT1H")
        twins.do("w", l=[hour])
        sizes.append(len(twins.one.dump()))
    assert max(sizes[1:]) - sizes[1] < 60
    twins.do("a", l=["done"])
    assert twins.data("n")["l"] == [*range(1, 11), "done"]
    assert CONFLICTS not in twins.facts


def test_a_reminder_may_outlive_its_step() -> None:
    twins = Twins("border r beside a timer PT1H\ns > a > n > m > e\nr > w > e1", {"l": []})
    twins.after("PT1H")
    twins.do("a", l=["a"])
    twins.do("w", l=["w"])
    twins.do("n", l=["a", "n"])
    assert twins.data("m")["l"] == ["w", "a", "n"]


def test_what_an_event_sub_process_wrote_comes_home() -> None:
    twins = Twins("handler es\n  start ess beside message M\n  ess > h > e\ns > a > n > e", {"l": []})
    for paper in range(1, 4):
        twins.message("M", paper=paper)
        assert twins.data("h")["paper"] == paper
        twins.do("h", l=[*twins.facts["l"], paper])
    twins.do("a", l=["a"])
    assert twins.data("n") == {"paper": 3, "l": [1, 2, 3, "a"]}
    assert CONFLICTS not in twins.facts


def test_an_interrupting_event_sub_process_has_all_that_was_known() -> None:
    twins = Twins(
        "handler es\n  start ess message M\n  ess > h > e\nand g\ns > g > a > c > e\ng > b > d > e", {"l": []}
    )
    twins.do("a", l=["a"], x=1)
    twins.do("b", l=["b"])
    twins.message("M", why="withdrawn")
    assert twins.data("h") == {"l": ["a", "b"], "x": 1, "why": "withdrawn"}


# ---- outcomes
def test_an_outcome_holds_behind_its_step_and_under_its_name() -> None:
    twins = play(
        """
        xor g
        s > review > g > fix [outcome == 'return'] > review
        g > n * > e
        """,
        ": review\n review outcome=return : fix\n fix : review\n review outcome=pass : n",
    )
    assert twins.data("n") == {"outcome": "pass", "review": "pass"}
    assert twins.facts == {"review": "pass"}


def test_an_old_outcome_does_not_decide() -> None:
    """The step just done gave none: the one before does not count."""
    play("xor g\ns > a > b > g > c [outcome == 'pass'] > e\ng > d * > e", ": a\n a outcome=pass : b\n b : d")


def test_outcomes_are_dropped_where_branches_join_and_never_clash() -> None:
    twins = Twins(PARALLEL)
    twins.do("a", outcome="agree")
    twins.do("b", outcome="object")
    assert twins.data("z") == {"a": "agree", "b": "object"}


def test_the_outcome_inside_a_sub_process_holds_behind_it() -> None:
    drawing = "xor g\nsub q\n  s > a > e\ns > m > q > g > n [outcome == 'pass'] > e\ng > o * > e"
    assert play(drawing, ": m\n m outcome=return : a\n a outcome=pass : n").facts == {"m": "return", "a": "pass"}
    play(drawing, ": m\n m outcome=pass : a\n a : o")


# ---- what may enter
@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: 2}, object(), {1}, b"x", NOON, "\ud800"])
def test_only_json_enters(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        plain({"deep": [value]})


def test_a_refused_fact_leaves_the_process_as_it_was() -> None:
    process = Process.start(compile(draw(PARALLEL)), {}, now=NOON)
    before = process.dump()
    with pytest.raises(TypeError, match=r"facts\.x\[0\]"):
        process.complete(process.open_steps[0].token, {"x": [NOON]})
    assert process.dump() == before


@settings(deadline=None, max_examples=200)
@given(VALUES)
def test_what_enters_is_what_is_stored(value: Any) -> None:
    assert same(plain(value), json.loads(json.dumps(plain(value))))
    assert same(plain(value), value)


def test_endless_nesting_does_not_enter() -> None:
    deep: list[Any] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(TypeError, match="nested"):
        plain(deep)
