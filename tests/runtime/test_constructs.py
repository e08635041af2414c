"""What few diagrams draw, and fewer engines carry out: quantities of tokens, events of a multi-instance, repeating timers in
the flow, global tasks, compensation across scopes, starts that wait for an event.
"""

from __future__ import annotations

import pytest

from engine.diagrams import read
from engine.runtime import Process, compile
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON, Twins, play

ROWS = [
    # ---- quantities
    ("two tokens leave a task", "user a gives=2\ns > a > b > e", ": a\n a : b b\n b : b\n b : end"),
    (
        "and begin another together",
        "user a gives=2\nuser z needs=2\ns > a > b > z > e",
        ": a\n a : b b\n b : b\n b : z\n z : end",
    ),
    ("one is missing for ever", "user z needs=2\ns > a > z > e", ": a\n a : -"),
    (
        "two of different branches",
        "user z needs=2\nand g\ns > g > a > z > e\ng > b > z",
        ": a b\n b : a\n a : z\n z : end",
    ),
    (
        "round after round",
        "user z needs=2\nand g\nxor m k\ns > m > g > a > z > k > m [again]\ng > b > z\nk > e *",
        ": a b\n a : b\n b : z\n z again=true : a b\n b : a\n a : z\n z again=false : end",
    ),
    ("a surplus waits", "user a gives=3\nuser z needs=2\ns > a > z > e", ": a\n a : z\n z : -"),
    (
        "a sub-process of two tokens",
        "sub q needs=2\n  s > x > e\nuser a gives=2\ns > a > q > n > e",
        ": a\n a : x\n x : n",
    ),
    (
        "a message task of two tokens",
        "receive r needs=2 message=M\nuser a gives=2\ns > a > r > n > e",
        ": a\n a : -\n message M : n",
    ),
    ("several flows, several tokens each", "user a gives=2\ns > a > b > e\na > c > e1", ": a\n a : b b c c"),
    # ---- repeating timers in the flow
    (
        "a timer that goes off three times sends a branch on each time",
        "catch c timer R3/PT1H\ns > c > w > e",
        ": -\n after PT1H : w\n after PT1H : w w\n w : w\n after PT1H : w w\n w : w\n w : end",
    ),
    ("made up after a silence", "catch c timer R3/PT1H\ns > c > w > e", ": -\n after PT9H : w w w"),
    (
        "a repeating timer in a branch",
        "and g j\ncatch c timer R2/PT1H\ns > g > a > j > z > e\ng > c > w > j",
        ": a\n after PT1H : a w\n w : a\n a : z\n after PT1H : w z",
    ),
    # ---- compensation
    (
        "what a finished sub-process did is undone, last first",
        """
        sub q
            border b1 at x compensate undo=ux
            border b2 at y compensate undo=uy
            undoer ux uy
            s > x > y > e
        throw t compensate
        s > q > n > t > z > e
        """,
        ": x\n x : y\n y : n\n n : uy\n uy : ux\n ux : z\n z : end",
    ),
    (
        "two levels down, and only what is meant",
        """
        sub q
            sub r
                border b1 at x compensate undo=ux
                undoer ux
                s > x > e
            s > r > e
        border b2 at a compensate undo=ua
        undoer ua
        throw t compensate of=q
        s > a > q > n > t > z > e
        """,
        ": a\n a : x\n x : n\n n : ux\n ux : z\n z : end",
    ),
    (
        "what is drawn on its border goes before what is inside",
        """
        sub q
            border b1 at x compensate undo=ux
            undoer ux
            s > x > e
        border b2 at q compensate undo=uq
        undoer uq
        throw t compensate
        s > q > t > z > e
        """,
        ": x\n x : uq\n uq : z",
    ),
    (
        "an event sub-process undoes the scope that it is drawn in, and says what of it",
        """
        sub q
            border b1 at x compensate undo=ux
            undoer ux
            handler h
                start hs compensate
                throw ht compensate
                hs > w > ht > v > he
                end he
            s > x > e
        throw t compensate
        s > q > n > t > z > e
        """,
        ": x\n x : n\n n : w\n w : ux\n ux : v\n v : z\n z : end",
    ),
    (
        "an event sub-process that undoes nothing inside",
        "sub q\n  handler h\n    start hs compensate\n    hs > w > he\n    end he\n  border b1 at x compensate undo=ux\n"
        "  undoer ux\n  s > x > e\nthrow t compensate\ns > q > t > z > e",
        ": x\n x : w\n w : z",
    ),
    (
        "what an interrupting event sub-process finds done is undone from inside it",
        """
        border b1 at x compensate undo=ux
        undoer ux
        handler h
            start hs message M
            throw ht compensate
            hs > ht > v > he
            end he
        s > x > y > e
        """,
        ": x\n x : y\n message M : ux\n ux : v\n v : end",
    ),
    (
        "beside the flow, which goes on",
        """
        border b1 at x compensate undo=ux
        undoer ux
        handler h
            start hs beside message M
            throw ht compensate
            hs > ht > v > he
            end he
        s > x > y > e
        """,
        ": x\n x : y\n message M : ux y\n y : ux\n ux : v\n v : end",
    ),
    (
        "nothing is undone twice, and what was interrupted is not undone",
        """
        sub q
            border b1 at x compensate undo=ux
            undoer ux
            s > x > y > e
        border m at q message M
        throw t t2 compensate
        s > q > n > t > t2 > z > e
        m > t
        """,
        ": x\n x : y\n message M : z",
    ),
    (
        "every instance of a repeated sub-process is undone",
        """
        sub q loop=sequential count=2
            border b1 at x compensate undo=ux
            undoer ux
            s > x > e
        throw t compensate
        s > q > t > z > e
        """,
        ": x\n x : x\n x : ux\n ux : ux\n ux : z",
    ),
    (
        "an ad-hoc sub-process that had enough is undone whole, and offers nothing again",
        """
        adhoc q sequential enough=done
            border b1 at x compensate undo=ux
            border b2 at y compensate undo=uy
            undoer ux uy
            user x y z
        throw t compensate
        s > q > n > t > m > e
        """,
        ": x\n x : y\n y done=true : n\n n : uy\n uy : ux\n ux : m\n m : end",
    ),
    (
        "a called process is undone",
        """
        process Q
            border b1 at x compensate undo=ux
            undoer ux
            s > x > e
        call c called=Q
        throw t compensate
        s > c > n > t > z > e
        """,
        ": x\n x : n\n n : ux\n ux : z",
    ),
    (
        "the thrower need not wait",
        "border b1 at x compensate undo=ux\nundoer ux\nthrow t compensate waits=false\ns > x > t > z > e",
        ": x\n x : ux z\n z : ux\n ux : end",
    ),
    (
        "a cancelled transaction undoes what its sub-processes did",
        """
        transaction q
            sub r
                border b1 at x compensate undo=ux
                undoer ux
                s > x > e
            end qe cancel
            s > r > y > qe
        border c at q cancel
        s > q > e
        c > z > e1
        """,
        ": x\n x : y\n y : ux\n ux : z",
    ),
    # ---- complex gateways
    (
        "complex: the first of two, the second comes late",
        'and g\ncomplex j enough="nrOfToken >= 1"\ns > g > a > j > z > e\ng > b > j',
        ": a b\n b : a z\n a : z\n z : end",
    ),
    (
        "complex: the first of three in nested forks",
        'and g h\ncomplex j enough="nrOfToken >= 1"\ns > g > h > a > j > z > e\nh > b > j\ng > c > j',
        ": a b c\n a : b c z\n c : b z\n b : z\n z : end",
    ),
    ("complex: only splits", "complex g\ns > g > a [x > 0] > e\ng > b [x > 1] > e1\ng > c * > e2", ": c"),
    # ---- conditions that BPMN does not look at
    ("a parallel gateway takes every flow", "and g\ns > g > a [False] > e\ng > b [x > 1] > e1", ": a b"),
]


@pytest.mark.parametrize(("drawing", "trace"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_constructs(drawing: str, trace: str) -> None:
    play(drawing, trace)


# ---- events of a multi-instance
MANY = """
user a loop={kind} count=3 {options}
border b {where} a signal S
s > a > n > e
b > w > e1
"""


@pytest.mark.parametrize("where", ["at", "beside"])
@pytest.mark.parametrize(
    ("kind", "options", "trace"),
    [
        ("parallel", 'behavior=None throws="signal S"', ": a a a\n a : a a w\n a : a w w\n a : n w w w"),
        ("sequential", 'behavior=None throws="signal S"', ": a\n a : a w\n a : a w w\n a : n w w w"),
        ("parallel", 'behavior=One throws="signal S"', ": a a a\n a : a a w\n a : a w\n a : n w"),
        ("parallel", 'behavior=All throws="signal S"', ": a a a\n a : a a\n a : a\n a : n"),
        ("parallel", 'behavior=One throws="signal other"', ": a a a\n a : a a\n a : a\n a : n"),
        (
            "parallel",
            'behavior=Complex throws="signal S" when="nrOfCompletedInstances == 2"',
            ": a a a\n a : a a\n a : n w",
        ),
        ("parallel", 'behavior=Complex when="nrOfCompletedInstances == 2"', ": a a a\n a : a a\n a : n"),
        ("sequential", 'behavior=Complex throws="signal S" when="False"', ": a\n a : a\n a : a\n a : n"),
    ],
)
def test_events_of_a_multi_instance(kind: str, options: str, trace: str, where: str) -> None:
    """An instance throws them, so that no other instance is taken off, whatever the border says (decision 20)."""
    play(MANY.format(kind=kind, options=options.replace('behavior=All throws="signal S"', ""), where=where), trace)


def test_what_the_branches_of_a_multi_instance_wrote_is_kept() -> None:
    twins = Twins(
        MANY.format(kind="parallel", options='output=votes each=v behavior=None throws="signal S"', where="at")
    )
    for vote in (1, 2, 3):
        twins.do("a", v=vote)
        twins.do("w", seen=vote)
    assert twins.data("n")["votes"] == [1, 2, 3]
    twins.do("n")
    assert twins.ended


# ---- what undoes a step
def test_what_was_undone_is_known_to_who_asked_for_it() -> None:
    drawing = """
    border b1 at x compensate undo=ux
    undoer ux
    handler h
        start hs message M
        throw ht compensate
        xor g
        hs > ht > g > v [refunded] > he
        g > w * > he2
        end he he2
    s > x > y > e
    """
    twins = Twins(drawing)
    twins.do("x", paid=3)
    twins.message("M")
    assert twins.data("ux")["paid"] == 3
    twins.do("ux", refunded=True)
    assert twins.names == ["v"]
    twins.do("v")
    assert twins.ended
    assert twins.facts == {"paid": 3, "refunded": True}


def test_a_finished_sub_process_is_undone_with_the_facts_of_its_end() -> None:
    drawing = """
    sub q
        border b1 at x compensate undo=ux
        undoer ux
        s > x > y > e
    throw t compensate
    s > q > n > t > z > e
    """
    twins = Twins(drawing, {"k": 0})
    twins.do("x", k=1)
    twins.do("y", k=2)
    twins.do("n", k=3)
    assert twins.data("ux")["k"] == 1
    twins.do("ux", undone=True)
    assert twins.data("z") == {"k": 3, "undone": True}


def test_a_long_row_of_finished_sub_processes_is_kept_small_and_undone_whole() -> None:
    drawing = """
    sub q loop=standard until="n < 50"
        border b1 at x compensate undo=ux
        script x: n = n + 1
        script ux compensates=true: m = m + 1
        s > x > e
    throw t compensate
    s > a > q > b > t > e
    """
    twins = Twins(drawing, {"n": 0, "m": 0})
    twins.do("a")
    assert twins.facts["n"] == 50
    assert len(twins.one.dump()) < 8_000
    twins.do("b")
    assert twins.ended
    assert twins.done.count("ux") == 50


# ---- starts
STARTS = """
start s1
start s2 message M
start s3
s1 > a > e
s2 > b > e1
s3 > c > e2
"""


@pytest.mark.parametrize(("at", "opens"), [("s1", "a"), ("s2", "b"), ("s3", "c")])
def test_one_of_several_starts_begins(at: str, opens: str) -> None:
    assert Twins(STARTS, at=at).names == [opens]


def test_with_several_starts_somebody_says_which() -> None:
    plan = compile(draw(STARTS))
    assert plan.starts == ("s1", "s2", "s3")
    with pytest.raises(ValueError, match="say which"):
        Process.start(plan, {}, now=NOON)


def test_a_receive_task_starts_the_process() -> None:
    drawing = "receive r message=M starts=true\nr > a > e"
    assert compile(draw(drawing)).starts == ("r",)
    assert Twins(drawing, at="r").names == ["a"]
    waits = Twins(drawing)
    assert waits.names == []
    waits.message("M")
    assert waits.names == ["a"]


BEGINS = "events g starts={which}\ncatch m message M\ncatch n signal N\ng > m > a > e\ng > n > b > e1"


def test_the_first_event_behind_a_gateway_starts_the_process() -> None:
    drawing = BEGINS.format(which="true")
    assert compile(draw(drawing)).starts == ("m", "n")
    assert Twins(drawing, at="n").names == ["b"]
    twins = Twins(drawing, at="m")
    assert (twins.names, twins.one.waiting) == (["a"], ())


def test_all_events_behind_a_gateway_start_the_process_together() -> None:
    twins = Twins(BEGINS.format(which="all"), at="n")
    assert twins.names == ["b"]
    twins.do("b")
    assert not twins.ended
    twins.message("M")
    assert twins.names == ["a"]
    twins.do("a")
    assert twins.ended


# ---- what is read from a file
FILE = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">{}'
    '<process id="P"><startEvent id="s"/>{}<endEvent id="e"/></process></definitions>'
)
FLOWS = '<sequenceFlow id="f1" sourceRef="s" targetRef="c"/><sequenceFlow id="f2" sourceRef="c" targetRef="e"/>'


@pytest.mark.parametrize(
    ("task", "opens"),
    [
        ('<globalUserTask id="T" name="复核"/>', ["T"]),
        ('<globalManualTask id="T"/>', ["T"]),
        ('<globalBusinessRuleTask id="T"/>', ["T"]),
        ('<globalTask id="T"/>', []),
        ('<globalScriptTask id="T" scriptLanguage="text/python"><script>n = 2</script></globalScriptTask>', []),
    ],
)
def test_a_global_task_is_called(task: str, opens: list[str]) -> None:
    body = FILE.format(task, f'<callActivity id="c" calledElement="T"/>{FLOWS}')
    found = read({"a.bpmn": body.encode()})
    assert found.findings == ()
    assert found.diagram
    assert found.diagram.main == "P"
    twins = Twins(found.diagram)
    assert twins.names == opens
    twins.finish()
    assert twins.ended
    assert twins.facts == ({"n": 2} if "Script" in task else {})


def test_the_events_of_a_multi_instance_are_read() -> None:
    shared = '<signal id="S" name="done"/><signalEventDefinition id="D" signalRef="S"/>'
    loop = (
        '<multiInstanceLoopCharacteristics behavior="{}"{}><loopCardinality>2</loopCardinality>{}'
        "</multiInstanceLoopCharacteristics>"
    )
    border = '<boundaryEvent id="b" attachedToRef="c"><signalEventDefinition signalRef="S"/></boundaryEvent><userTask id="w"/>'
    border += '<sequenceFlow id="f3" sourceRef="b" targetRef="w"/>'
    inside = (
        "<complexBehaviorDefinition><condition>${nrOfCompletedInstances == 1}</condition>"
        '<event><signalEventDefinition signalRef="S"/></event></complexBehaviorDefinition>'
    )
    opened = {}
    for behavior, ref, drawn in (
        ("None", ' noneBehaviorEventRef="D"', ""),
        ("One", ' oneBehaviorEventRef="D"', ""),
        ("Complex", "", inside),
    ):
        task = f'<userTask id="c">{loop.format(behavior, ref, drawn)}</userTask>'
        twins = Twins(read({"a.bpmn": FILE.format(shared, task + border + FLOWS).encode()}).usable())
        twins.do("c")
        opened[behavior] = twins.names
    assert opened == {"None": ["c", "w"], "One": ["c", "w"], "Complex": ["w"]}


def test_facts_told_from_elsewhere_are_known_to_every_branch() -> None:
    twins = Twins("and g j\ncatch c condition 'urgent'\ns > g > a > j > z > e\ng > c > b > j")
    twins.act(lambda process: process.tell({"urgent": True, "outcome": "pass"}))
    assert twins.names == ["a", "b"]
    assert twins.data("a") == {"urgent": True, "outcome": "pass"}
    twins.finish()
    assert twins.ended
    assert twins.facts == {"urgent": True}


def test_an_ad_hoc_sub_process_of_a_file_with_a_data_object() -> None:
    inside = '<dataObject id="D"/><userTask id="x"/><userTask id="y"/>'
    task = (
        '<adHocSubProcess id="c" ordering="{}" cancelRemainingInstances="{}">{}'
        "<completionCondition>${{done}}</completionCondition></adHocSubProcess>"
    )
    opened = {}
    for ordering, cancels in (("Sequential", "true"), ("Parallel", "true"), ("Parallel", "false")):
        twins = Twins(
            read({"a.bpmn": FILE.format("", task.format(ordering, cancels, inside) + FLOWS).encode()}).usable()
        )
        before = twins.names
        twins.do("x", done=True)
        opened[ordering, cancels] = (before, twins.names, twins.ended)
    assert opened == {
        ("Sequential", "true"): (["x"], [], True),
        ("Parallel", "true"): (["x", "y"], [], True),
        ("Parallel", "false"): (["x", "y"], ["y"], False),
    }


def test_activities_one_after_another_at_will_hand_on_what_they_wrote() -> None:
    twins = Twins("adhoc q sequential\n  user x y z\ns > q > n > e", {"k": 0})
    twins.do("x", k=1, x=True)
    assert twins.data("y") == {"k": 1, "x": True}
    twins.do("y", k=2)
    assert twins.data("z") == {"k": 2, "x": True}
    twins.do("z", z=True)
    assert twins.data("n") == {"k": 2, "x": True, "z": True}


def test_two_processes_of_one_id_are_refused() -> None:
    body = FILE.format("", f'<task id="c"/>{FLOWS}').encode()
    found = read({"a.bpmn": body, "b.bpmn": body})
    assert found.diagram is None
    assert {finding.rule for finding in found.findings} == {"process-id-duplicate"}


def test_a_link_may_point_at_its_target() -> None:
    drawn = (
        '<intermediateThrowEvent id="c" name="over"><linkEventDefinition id="L1"><target>L2</target></linkEventDefinition>'
        '</intermediateThrowEvent><intermediateCatchEvent id="k" name="here"><linkEventDefinition id="L2"/>'
        '</intermediateCatchEvent><userTask id="w"/><sequenceFlow id="f1" sourceRef="s" targetRef="c"/>'
        '<sequenceFlow id="f2" sourceRef="k" targetRef="w"/><sequenceFlow id="f3" sourceRef="w" targetRef="e"/>'
    )
    assert Twins(read({"a.bpmn": FILE.format("", drawn).encode()}).usable()).names == ["w"]


@pytest.mark.parametrize(
    "trigger", ["timer '0 0 9 * * ?'", "timer", "condition", "timer R/P1D", "message M", "signal S"]
)
def test_what_begins_a_process_has_come_when_it_begins(trigger: str) -> None:
    twins = Twins(f"start s {trigger}\ns > a > e")
    assert (twins.names, twins.one.waiting) == (["a"], ())


@pytest.mark.parametrize("where", ["at", "beside"])
def test_a_border_may_wait_for_all_of_its_events_and_keeps_what_each_brought(where: str) -> None:
    twins = Twins(f"border b {where} a message M with message N\ns > a > e\nb > w > e1")
    twins.message("M", k=1)
    assert twins.names == ["a"]
    twins.message("M", k=2)
    assert twins.names == ["a"]
    twins.message("N", j=3)
    assert twins.names == (["w"] if where == "at" else ["a", "w"])
    assert twins.data("w") == {"k": 1, "j": 3}


def test_an_event_sub_process_may_wait_for_all_of_its_events() -> None:
    twins = Twins("handler h\n  start hs message M with signal S\n  hs > w > he\n  end he\ns > a > e")
    twins.message("M", k=1)
    twins.act(lambda process: process.signal("S"))
    assert twins.names == ["w"]
    assert twins.data("w") == {"k": 1}
