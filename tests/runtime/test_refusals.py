"""Whatever is not carried out as drawn is refused before a case runs: by name, with the place and the remedy, all at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.diagrams import Diagram
from engine.runtime import REFUSALS, Process, Refused, compile
from engine.runtime.top import MAX_DEPTH
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON

OF_DECISIONS = {"decision-unknown", "decision-not-carried-out", "decision-text-refused"}
"""Those that test_decisions.py has."""


def nested(levels: int) -> str:
    """Sub-processes in one another, q0 the outermost."""
    inside = [f"{' ' * level}sub q{level}" for level in range(levels)]
    return "\n".join([*inside, f"{' ' * levels}user x"])


# code, element, line, drawing
ROWS = [
    ("expression-refused", "g", 1, "xor g\ns > g > a [__import__('os')] > e\ng > b * > e1"),
    ("expression-refused", "x", 1, "script x: import os\ns > x > e"),
    ("expression-refused", "a", 1, "user a loop=parallel count=2 until='open(1)'\ns > a > e"),
    ("script-language", "x", 1, "script x language=groovy: println n\ns > x > e"),
    ("timer-empty", "c", 1, "catch c timer\ns > c > e"),
    ("timer-cron", "c", 1, "catch c timer '0 0 9 * * ?'\ns > c > e"),
    ("timer-unreadable", "b", 1, "border b at a timer PT5X\ns > a > e\nb > e1"),
    ("timer-repeats-in-flow", "c", 1, "catch c timer R/PT1H\ns > c > e"),
    ("timer-repeats-in-flow", "c", 1, "catch c timer R3/PT1H or message M\ns > c > e"),
    ("timer-repeats-in-flow", "c", 1, "catch c timer R3/PT1H\ncatch d message M\nevents g\ns > g > c > e\ng > d > e1"),
    ("loop-endless", "a", 1, "user a loop=standard\ns > a > e"),
    ("loop-no-turn", "a", 1, "user a loop=standard max=0\ns > a > e"),
    ("loop-no-turn", "a", 1, "user a loop=parallel count=-1\ns > a > e"),
    ("loop-over-nothing", "a", 1, "user a loop=parallel\ns > a > e"),
    ("loop-result-unnamed", "a", 1, "user a loop=parallel over=people output=votes\ns > a > e"),
    ("attribute-not-carried-out", "a", 1, "user a odd=startQuantity\ns > a > e"),
    ("announces-nothing", "a", 1, "user a loop=parallel count=2 behavior=One\ns > a > e"),
    ("announces-nothing", "a", 1, "user a loop=parallel count=2 behavior=None when=True\ns > a > e"),
    ("cannot-throw", "a", 1, 'user a loop=parallel count=2 behavior=One throws="error E"\ns > a > e'),
    ("ways-mixed", "g", 1, "xor g\ns > g > a > e\ng > b > e1\ng > c [x] > e2"),
    ("default-elsewhere", "a", 1, "user a default=s>a\ns > a > e"),
    ("flow-to-nowhere", "a>?no", 1, "s > a > ?no"),
    ("link-unclear", "t", 1, "throw t link L\ns > t"),
    ("unreachable", "orphan", 2, "s > a > e\nuser orphan\norphan > orphan"),
    ("nothing-drawn", "q", 1, "sub q\ns > q > e"),
    ("starts-unclear", "q", 1, "sub q\n  start s1 s2\n  s1 > a > e\n  s2 > b > e1\ns > q > e"),
    (
        "starts-unclear",
        "c",
        5,
        "process Q\n  start s1 message M\n  start s2 message N\n  s1 > s2\ncall c called=Q\ns > c > e",
    ),
    ("start-waits-inside", "qs", 2, "sub q\n  start qs timer PT1H\n  qs > a > qe\n  end qe\ns > q > e"),
    ("scopes-too-deep", "q50", 51, nested(51)),
    ("complex-unclear", "j", 1, "complex j\nand g\ns > g > a > j > e\ng > b > j"),
    ("cannot-wait-for", "c", 1, "catch c cancel\ns > c > e"),
    ("cannot-wait-for", "c", 1, "catch c terminate\ns > c > e"),
    ("cannot-throw", "t", 1, "throw t error E\ns > t > e"),
    ("must-interrupt", "b", 1, "border b beside a error E\ns > a > e\nb > e1"),
    ("events-mixed", "x", 1, "end x error E or terminate\ns > x"),
    ("condition-missing", "c", 1, "catch c condition\ns > c > e"),
    ("nothing-waits", "g", 1, "events g\ns > g > a > e\ng > b > e1"),
    ("border-misplaced", "b", 1, "border b at a message M\ns > a > b > e"),
    ("handler-start", "h", 1, "handler h\n  start hs\n  hs > x > e\ns > a > e"),
    ("handler-in-flow", "h", 1, "handler h\n  start hs message M\n  hs > x > e\ns > a > h > e"),
    ("handler-in-flow", "h", 1, "handler h\n  start hs compensate\n  hs > x > e\ns > a > h > e"),
    ("cancel-misplaced", "x", 1, "end x cancel\ns > x"),
    ("undo-missing", "b", 1, "border b at a compensate\ns > a > e"),
    ("undo-missing", "t", 1, "throw t compensate of=a\ns > a > t > e"),
    ("undo-in-flow", "ua", 2, "border b at a compensate undo=ua\nundoer ua\ns > a > e\nua > e1"),
    (
        "undo-twice",
        "h2",
        4,
        "handler h\n  start hs compensate\n  hs > x > e\nhandler h2\n  start is compensate\n  is > y > e\ns > a > e",
    ),
    ("called-unknown", "c", 1, "call c called=nobody\ns > c > e"),
    ("kind-unknown", "o", 1, "odd o\ns > o > e"),
]


@pytest.mark.parametrize(("code", "element", "line", "drawing"), ROWS)
def test_refused_by_name(code: str, element: str, line: int, drawing: str) -> None:
    with pytest.raises(Refused) as refused:
        compile(draw(drawing))
    assert (code, element, line) in {(fault.code, fault.place, fault.line) for fault in refused.value.faults}
    assert all(fault.sentence and fault.remedy and fault.file for fault in refused.value.faults)


def test_a_process_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        compile(draw("s > a > e"), "Q")
    assert [fault.code for fault in refused.value.faults] == ["process-unknown"]


def test_as_deep_as_a_case_carries_is_not_too_deep() -> None:
    plan = compile(draw(nested(MAX_DEPTH)))
    assert [step.node for step in Process.start(plan, {}, now=NOON).open_steps] == ["x"]


def test_of_what_lies_too_deep_only_the_outermost_is_told() -> None:
    with pytest.raises(Refused) as refused:
        compile(draw(nested(MAX_DEPTH + 9)))
    assert [(fault.code, fault.place) for fault in refused.value.faults] == [("scopes-too-deep", "q50")]


def test_every_refusal_is_in_the_table() -> None:
    assert {row[0] for row in ROWS} | {"process-unknown"} | OF_DECISIONS == set(REFUSALS)


def test_everything_is_refused_at_once() -> None:
    with pytest.raises(Refused) as refused:
        compile(draw("catch c timer\nuser a loop=standard\nscript x: import os\ns > c > a > x > e"))
    assert [fault.code for fault in refused.value.faults] == ["timer-empty", "loop-endless", "expression-refused"]


def test_a_quantity_is_read_as_far_as_it_means_something() -> None:
    drawn: Diagram = draw("user a needs=2 gives=3\ns > a > e")
    assert compile(drawn).main.drawn.nodes["a"].needs == 2
    odd = replace(drawn.processes["P"].nodes["a"], odd="completionQuantity")
    with pytest.raises(Refused):
        compile(
            replace(
                drawn, processes={"P": replace(drawn.processes["P"], nodes={**drawn.processes["P"].nodes, "a": odd})}
            )
        )
