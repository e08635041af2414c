"""Soundness: each construct as the runtime carries it out, with the place and the way; the reduction against every order tried."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from engine.diagrams import Diagram, Flaw, FlawKind, Verdict, prove, read
from engine.diagrams.paths import lay_out
from engine.diagrams.soundness.exploration import Exploration
from engine.diagrams.soundness.proof import judged
from tests.diagrams.drawn_at_random import drawing

Draw = Callable[..., Diagram]
STUCK, TWICE, DEAD = FlawKind.STUCK, FlawKind.TWICE, FlawKind.DEAD
GATES = {"X": "exclusiveGateway", "P": "parallelGateway", "O": "inclusiveGateway", "V": "eventBasedGateway"}
WAITS = '<intermediateCatchEvent id="{}"><{}EventDefinition/></intermediateCatchEvent>'


def drawn(ways: str, *more: str, **conditions: str) -> str:
    """`s>P1 P1>a P1>b`: s starts, e… end, a capital is a gateway (X P O V), else a step that a person does.

    more: elements written out, which are then not drawn by their letter. conditions: by `source_target`.
    """
    beside = "".join(more)
    pairs = [way.split(">") for way in ways.split()]
    keys = dict.fromkeys(key for pair in pairs for key in pair)
    parts = [f'<{_tag(key)} id="{key}"/>' for key in keys if f'id="{key}"' not in beside]
    for source, target in pairs:
        text = conditions.get(f"{source}_{target}")
        inner = f"<conditionExpression>${{{text}}}</conditionExpression>" if text else ""
        parts.append(
            f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
    return beside + "".join(parts)


def _tag(key: str) -> str:
    return GATES.get(key[0]) or {"s": "startEvent", "e": "endEvent"}.get(key[0], "userTask")


def border(key: str, host: str, event: str, *, goes_on: bool = False) -> str:
    cancel = "false" if goes_on else "true"
    return f'<boundaryEvent id="{key}" attachedToRef="{host}" cancelActivity="{cancel}"><{event}EventDefinition/></boundaryEvent>'


def inner(key: str, ways: str, *more: str, tag: str = "subProcess", **conditions: str) -> str:
    return f'<{tag} id="{key}">{drawn(ways, *more, **conditions)}</{tag}>'


def end(key: str, event: str) -> str:
    return f'<endEvent id="{key}"><{event}EventDefinition/></endEvent>'


def told(verdict: Verdict) -> set[tuple[str, str]]:
    return {(flaw.kind.name, flaw.node.id) for flaw in verdict.flaws}


def passed(flaw: Flaw) -> list[str]:
    return [station.element for station in flaw.way.passed]


# ---- sound as it is drawn
@pytest.mark.parametrize(
    "process",
    [
        drawn("s>a a>e"),
        drawn("s>P1 P1>a P1>b a>P2 b>P2 P2>e"),
        drawn("s>X1 X1>a X1>b a>X2 b>X2 X2>e"),
        drawn("s>O1 O1>a O1>b a>O2 b>O2 O2>e", O1_a="n > 1", O1_b="n > 2"),
        drawn("s>X1 X1>a a>X2 X2>X1 X2>e", X2_X1="again", X2_e="not again"),
        drawn("s>P1 P1>a P1>b a>e1 b>e2"),
        drawn("s>V1 V1>c V1>d c>X1 d>X1 X1>e", WAITS.format("c", "message"), WAITS.format("d", "signal")),
        drawn("s>p p>e b>a a>e2", inner("p", "s1>x x>e1"), border("b", "p", "message")),
        drawn("s>p p>e b>a a>e2", inner("p", "s1>x x>e1"), border("b", "p", "signal", goes_on=True)),
        drawn("s>p p>e b>a a>e2", inner("p", "s1>X1 X1>e1 X1>e3", end("e3", "error")), border("b", "p", "error")),
        drawn("s>a a>e b>e", border("b", "a", "timer")),
        drawn("s>a a>O1 b>x x>O1 O1>e", border("b", "a", "message")),
        drawn("s>P1 P1>a P1>b a>e1 b>e2", end("e2", "terminate")),
        drawn("s>P1 P1>a P1>b a>X1 b>X1 X1>e", end("e", "terminate")),
    ],
    ids=lambda drawing: drawing[:60],
)
def test_what_is_sound(process: str, draw: Draw) -> None:
    verdict = prove(draw(process))
    assert (verdict.decided, verdict.flaws, verdict.bound) == (True, (), "")
    assert verdict.sound


# ---- option to complete
def test_a_parallel_join_behind_a_choice_waits_for_ever(draw: Draw) -> None:
    verdict = prove(draw(drawn("s>X1 X1>a X1>b a>P1 b>P1 P1>e")))
    assert told(verdict) == {("STUCK", "P1"), ("DEAD", "P1"), ("DEAD", "e")}
    (stuck,) = verdict.of(STUCK)
    assert passed(stuck) in (["s", "s_X1", "X1", f"X1_{step}", step, f"{step}_P1"] for step in ("a", "b"))
    assert stuck.way.standing == ("P1",)
    assert {station.scope for station in stuck.way.passed} == {"P"} == {stuck.scope}


def test_what_only_goes_round_never_ends(draw: Draw) -> None:
    verdict = prove(draw(drawn("s>X1 X1>a a>X2 X2>e X2>b b>c c>b")))
    (stuck,) = verdict.of(STUCK)
    assert not stuck.lasting
    assert stuck.node.id in ("b", "c")
    assert not verdict.of(TWICE)


def test_an_inclusive_split_may_starve_a_parallel_join(draw: Draw) -> None:
    assert told(prove(draw(drawn("s>O1 O1>a O1>b a>P1 b>P1 P1>e", O1_a="n > 1", O1_b="n > 2")))) == {("STUCK", "P1")}


def test_an_outcome_that_no_way_takes(draw: Draw) -> None:
    step = '<userTask id="a" ls:kind="review" ls:department="nr"/>'
    verdict = prove(draw(drawn("s>a a>X1 X1>b X1>e b>e", step, X1_b="outcome == 'pass'", X1_e="outcome == 'wrong'")))
    assert ("STUCK", "X1") in told(verdict)
    assert str(verdict.of(STUCK)[0].way) == "a（退回）"


def test_stuck_inside_unless_something_comes_from_outside(draw: Draw) -> None:
    choice = "s1>X1 X1>a X1>b a>P1 b>P1 P1>e1"
    assert ("STUCK", "P1") in told(prove(draw(drawn("s>p p>e", inner("p", choice)))))
    saved = prove(draw(drawn("s>p p>e t>e", inner("p", choice), border("t", "p", "timer"))))
    assert not saved.of(STUCK)


# ---- proper completion
def test_branches_that_meet_in_a_choice_do_the_rest_twice(draw: Draw) -> None:
    verdict = prove(draw(drawn("s>P1 P1>a P1>b a>X1 b>X1 X1>c c>e")))
    assert told(verdict) == {("TWICE", "c"), ("TWICE", "e")} or told(verdict) == {("TWICE", "c")}
    twice = verdict.of(TWICE)[0]
    assert passed(twice)[:2] == ["s", "s_P1"]
    assert passed(twice).count("X1") == 2
    assert twice.way.standing == (twice.node.id,)


@pytest.mark.parametrize(
    ("process", "at"),
    [
        (drawn("s>P1 P1>a P1>b a>e b>e"), "e"),
        (drawn("s>P1 P1>a P1>b a>X1 b>X1 X1>p p>e", inner("p", "s1>x x>e1")), "p"),
        (drawn("s>a a>X1 b>X1 X1>c c>e", border("b", "a", "message", goes_on=True)), "c"),
        (drawn("s>X1 X1>P1 P1>a P1>b a>e1 b>X2 X2>X1 X2>e2"), "a"),
    ],
)
def test_where_the_second_token_comes(process: str, at: str, draw: Draw) -> None:
    assert ("TWICE", at) in told(prove(draw(process)))


def test_the_end_of_an_event_that_does_not_interrupt_is_no_second_end(draw: Draw) -> None:
    assert prove(draw(drawn("s>a a>e b>e", border("b", "a", "message", goes_on=True)))).sound


# ---- no dead step
@pytest.mark.parametrize(
    ("process", "dead"),
    [
        (
            drawn(
                "s>p p>e b>a a>e2", inner("p", "s1>X1 X1>e1 X1>e3", end("e3", "escalation")), border("b", "p", "error")
            ),
            {"b", "a", "e2"},
        ),
        (drawn("s>a a>e b>c c>e2", border("b", "a", "escalation")), {"b", "c", "e2"}),
        (drawn("s>P1 P1>x P1>e2 x>c c>e1", '<task id="x"/>', end("e2", "terminate")), {"e1"}),
    ],
)
def test_what_never_comes(process: str, dead: set[str], draw: Draw) -> None:
    verdict = prove(draw(process))
    assert {flaw.node.id for flaw in verdict.flaws if flaw.kind is DEAD} == dead
    assert all(flaw.way.passed == () for flaw in verdict.of(DEAD))


def test_a_step_by_hand_may_report_an_error_to_whoever_is_around_it(draw: Draw) -> None:
    assert prove(draw(drawn("s>p p>e b>a a>e2", inner("p", "s1>x x>e1"), border("b", "p", "error")))).sound


def test_an_error_comes_from_a_step_that_somebody_stands_on(draw: Draw) -> None:
    """Once both have come to the join nobody is left who might report one."""
    choice = "s1>X1 X1>a X1>b a>P1 b>P1 P1>e1"
    verdict = prove(draw(drawn("s>p p>e t>e2", inner("p", choice), border("t", "p", "error"))))
    assert told(verdict) == {("STUCK", "P1"), ("DEAD", "P1"), ("DEAD", "e1"), ("DEAD", "e")}


def test_an_error_goes_to_the_nearest_who_takes_its_code(draw: Draw) -> None:
    thrown = '<endEvent id="e1"><errorEventDefinition errorRef="E"/></endEvent>'
    caught = '<boundaryEvent id="{}" attachedToRef="{}"><errorEventDefinition {}/></boundaryEvent>'
    deep = f'<subProcess id="q">{drawn("s2>e1", thrown)}</subProcess>' + caught.format("b2", "q", 'errorRef="E"')
    process = drawn(
        "s>p p>e b1>e4",
        f'<subProcess id="p">{drawn("s1>q q>e5 b2>e6", deep)}</subProcess>',
        caught.format("b1", "p", ""),
    )
    verdict = prove(draw(process, '<error id="E" errorCode="E"/>'))
    assert {flaw.node.id for flaw in verdict.of(DEAD)} == {"e5", "b1", "e4"}


# ---- facts
def test_a_remembered_outcome_shuts_a_way(draw: Draw) -> None:
    step = '<userTask id="a" ls:kind="review" ls:department="nr"/>'
    ways = "s>a a>X1 X1>b X1>e1 b>X2 X2>c X2>e2 c>e2"
    verdict = prove(
        draw(
            drawn(
                ways,
                step,
                X1_b="outcome == 'pass'",
                X1_e1="outcome == 'return'",
                X2_c="a == 'return'",
                X2_e2="a == 'pass'",
            )
        )
    )
    assert told(verdict) == {("DEAD", "c")}


SAME = "s>P1 P1>X1 P1>X2 X1>a X1>e1 X2>b X2>e2 a>P2 b>P2 P2>e3"


def test_two_answers_to_one_question_are_no_flaw(draw: Draw) -> None:
    one = prove(draw(drawn(SAME, X1_a="n > 5", X1_e1="not n > 5", X2_b="n > 5", X2_e2="not n > 5")))
    assert one.sound
    other = prove(draw(drawn(SAME, X1_a="n > 5", X1_e1="not n > 5", X2_b="m > 5", X2_e2="not m > 5")))
    assert told(other) == {("STUCK", "P2")}


def test_a_value_is_one_of_the_named_or_another(draw: Draw) -> None:
    kinds = {
        "X1_a": "kind == 'A'",
        "X1_e1": "kind != 'A'",
        "X2_b": "kind == 'A'",
        "X2_e2": "kind == 'B' or kind != 'A'",
    }
    assert prove(draw(drawn(SAME, **kinds))).sound


def test_what_is_assigned_between_is_asked_anew(draw: Draw) -> None:
    script = '<scriptTask id="t"><script>n = m</script></scriptTask>'
    ways = SAME.replace("P1>X2", "P1>t t>X2")
    verdict = prove(draw(drawn(ways, script, X1_a="n > 5", X1_e1="not n > 5", X2_b="n > 5", X2_e2="not n > 5")))
    assert told(verdict) == {("STUCK", "P2")}


def test_a_loop_until_somebody_answers_otherwise_ends(draw: Draw) -> None:
    ways = "s>X0 X0>a a>X1 X1>X0 X1>X2 X2>b X2>e1 b>e2"
    assert prove(draw(drawn(ways, X1_X0="not ok", X1_X2="ok", X2_b="ok", X2_e1="not ok"))).decided


# ---- several tokens that the drawing asks for
@pytest.mark.parametrize(
    ("ways", "parts", "flaws"),
    [
        ("s>a a>b b>e", ('<userTask id="a" completionQuantity="2"/>',), set()),
        ("s>a a>b b>e", ('<userTask id="a" completionQuantity="2"/>', '<userTask id="b" startQuantity="2"/>'), set()),
        (
            "s>a a>b b>e",
            ('<userTask id="a" completionQuantity="3"/>', '<userTask id="b" startQuantity="2"/>'),
            {("STUCK", "b")},
        ),
        ("s>a a>e", ('<userTask id="a" startQuantity="2"/>',), {("STUCK", "a"), ("DEAD", "a"), ("DEAD", "e")}),
        ("s>P1 P1>a P1>b a>c b>c c>e", ('<userTask id="c" startQuantity="2"/>',), set()),
        ("s>a a>P1 P1>b P1>c b>P2 c>P2 P2>e", ('<userTask id="a" completionQuantity="2"/>',), set()),
    ],
)
def test_quantities_are_counted(ways: str, parts: tuple[str, ...], flaws: set[tuple[str, str]], draw: Draw) -> None:
    verdict = prove(draw(drawn(ways, *parts)))
    assert verdict.decided
    assert told(verdict) == flaws


# ---- what is not claimed
def test_what_is_not_counted_out_is_said(draw: Draw) -> None:
    for part, words in (
        ('<userTask id="a" startQuantity="9"/>', "令牌"),
        ('<callActivity id="a" calledElement="P"/>', "调用自己"),
        (
            '<intermediateCatchEvent id="a"><timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>'
            "</intermediateCatchEvent>",
            "重复",
        ),
    ):
        verdict = prove(draw(drawn("s>a a>e", part)))
        assert not verdict.decided
        assert words in verdict.bound
        assert verdict.at is not None
        assert verdict.at.id == "a"
        assert not verdict.sound


def test_effort_is_counted_and_its_bound_is_told(draw: Draw) -> None:
    many = " ".join(f"O1>a{n} a{n}>O2" for n in range(5))
    process = drawn(f"s>O1 {many} O2>e", **{f"O1_a{n}": f"n > {n}" for n in range(5)})
    few = prove(draw(process), effort=20)
    assert (few.decided, few.flaws) == (False, ())
    assert few.bound == f"探索到 {few.states:,} 个状态"
    assert prove(draw(process)).sound


def test_departments_side_by_side_are_few_positions(draw: Draw) -> None:
    ways = " ".join(f"P1>a{n} a{n}>b{n} b{n}>X{n} X{n}>P2 X{n}>a{n}" for n in range(20))
    verdict = prove(draw(drawn(f"s>P1 {ways} P2>e")))
    assert verdict.sound
    assert verdict.states < 500


# ---- the reduction
def both(seed: int) -> tuple[Verdict, Verdict] | None:
    diagram = read({"a.bpmn": drawing(Random(seed))}).diagram
    if diagram is None:
        return None
    found = [Exploration(lay_out(diagram), 30_000, plain=plain) for plain in (False, True)]
    for one in found:
        one.explore()
    if found[0].hints.is_tangled:  # there the proof itself tries every order
        return None
    reduced, plain = (judged(one, diagram) for one in found)
    return (reduced, plain) if plain.decided else None


def compared(seeds: range) -> dict[str, int]:
    """Whether something is done twice; else whether it can be stuck, and every dead step. How many drawings show which flaw."""
    kinds = dict.fromkeys(("sound", "STUCK", "TWICE", "DEAD"), 0)
    for seed in seeds:
        if (pair := both(seed)) is None:
            continue
        reduced, plain = pair
        assert reduced.decided, seed
        assert bool(reduced.flaws) == bool(plain.flaws), seed
        if not plain.of(TWICE):
            assert bool(reduced.of(STUCK)) == bool(plain.of(STUCK)), seed
            assert {f.node.id for f in reduced.of(DEAD)} == {f.node.id for f in plain.of(DEAD)}, seed
        for kind in {flaw.kind.name for flaw in plain.flaws} or {"sound"}:
            kinds[kind] += 1
    return kinds


def test_the_reduction_finds_what_trying_everything_finds() -> None:
    assert min(compared(range(60)).values()) > 3


@pytest.mark.soak
def test_the_reduction_finds_it_in_thousands() -> None:
    assert min(compared(range(1_000, 6_000)).values()) > 300
