"""All runs of a course: joins, sub-processes, borders, handlers, ends; and the shortcut against every order tried."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from engine.diagrams import Diagram, drawn_names, lint_files, played, read
from engine.diagrams.paths import Breach, Course, alternatives, holds, lay_out, reading_order, steps_before, walk
from engine.diagrams.paths.game import Facts, Game, Tokens, born
from engine.diagrams.paths.phase import Phase, after
from engine.diagrams.tour import scopes

Draw = Callable[..., Diagram]


def step(key: str, kind: str, *outcomes: str, ground: str = "", department: str = "") -> str:
    more = (f' ls:ground="{ground}"' if ground else "") + (f' ls:department="{department}"' if department else "")
    drawn = "".join(f'<ls:outcome code="{code}"/>' for code in outcomes)
    return f'<userTask id="{key}" ls:kind="{kind}"{more}><extensionElements>{drawn}</extensionElements></userTask>'


def flows(*ways: str) -> str:
    """`a>b` or `a>b outcome` or `a>b ${condition}`."""
    drawn = []
    for number, way in enumerate(ways):
        ends, _, condition = way.partition(" ")
        source, target = ends.split(">")
        text = condition if condition.startswith("$") else f"${{outcome == '{condition}'}}"
        inner = f"<conditionExpression>{text}</conditionExpression>" if condition else ""
        drawn.append(
            f'<sequenceFlow id="{source}_{target}_{number}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
    return "".join(drawn)


def gates(kind: str, *keys: str) -> str:
    return "".join(f'<{kind}Gateway id="{key}"/>' for key in keys)


START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'
ACCEPT, DECIDE = step("i", "intake", "accept"), step("d", "decide", "grant")


def breaches(diagram: Diagram) -> set[tuple[str, str]]:
    walked = walk(lay_out(diagram))
    assert walked.whole
    return {(witness.breach.name, witness.node.id) for witness in walked.witnesses}


def test_a_straight_matter_breaks_nothing(draw: Draw) -> None:
    assert breaches(draw(START + ACCEPT + DECIDE + END + flows("s>i", "i>d", "d>e"))) == set()


def test_a_witness_is_the_way_as_people_tell_it(matter: bytes) -> None:
    wrong = matter.replace(
        b'id="passed" name="\xe9\x80\x9a\xe8\xbf\x87" sourceRef="after_review" targetRef="decide"',
        b'id="passed" sourceRef="after_review" targetRef="done"',
    )
    (witness,) = walk(lay_out(read({"a.bpmn": wrong}).usable())).of(Breach.ENDED_UNDECIDED)
    assert str(witness) == "受理（受理） → 审查（通过） → 办结"
    assert witness.node.id == "done"
    assert [station.element for station in witness.way.passed] == [
        *("filed", "to_intake", "intake", "from_intake", "after_intake", "accepted"),
        *("review", "from_review", "after_review", "passed", "done"),
    ]
    assert {station.scope for station in witness.way.passed} == {"matter"}
    assert witness.way.standing == ("done",)


RULES = Path(__file__).parent / "rules"


@pytest.mark.parametrize("rule", ["decides-twice", "ends-without-decision", "done-twice", "case-stuck"])
def test_a_way_goes_from_node_to_node_along_flows(rule: str) -> None:
    """What a page plays: whoever stands at a node has come there by a flow that was passed, or begun there."""
    reading = lint_files({"bad.bpmn": (RULES / rule / "bad.bpmn").read_bytes()})
    assert reading.diagram is not None
    drawn = {scope.id: scope for scope in scopes(reading.diagram)}
    ways = [found.way for found in reading.findings if found.rule == rule and found.way]
    assert ways
    for way in ways:
        reached = set[tuple[str, str]]()
        for passed in way.passed:
            scope = drawn[passed.scope]
            flow = next((flow for flow in scope.flows if flow.id == passed.element), None)
            if flow is not None:
                assert (passed.scope, flow.source) in reached
                reached.add((passed.scope, flow.target))
            else:
                begins = not scope.entering.get(passed.element)
                assert begins or (passed.scope, passed.element) in reached
                reached.add((passed.scope, passed.element))
        stops = played(reading.diagram, way, drawn_names(reading.diagram))
        assert [stop.node for stop in stops] == [p.element for p in way.passed if p.element in drawn[p.scope].nodes]
        assert sum(len(stop.flows) for stop in stops) + len(stops) == len(way.passed)
        assert all(stop.told and stop.file == "bad.bpmn" for stop in stops)


def test_the_outcome_chooses_the_way(draw: Draw) -> None:
    drawing = START + step("i", "intake") + gates("exclusive", "g") + DECIDE + END
    ways = ("s>i", "i>g", "g>d accept", "g>d accept_tolerant", "g>i request_correction", "g>e refuse_acceptance", "d>e")
    assert breaches(draw(drawing + flows(*ways))) == set()
    assert breaches(draw(drawing + flows(*ways[:4], "g>e request_correction", *ways[5:]))) == {("ENDED_UNDECIDED", "e")}


def test_a_kept_outcome_is_remembered_behind_other_steps(draw: Draw) -> None:
    """The second gateway asks for an outcome of long ago: the way that it closes is not walked."""
    drawing = (
        START + ACCEPT + step("r", "review", "pass", "return") + step("n", "notify") + gates("exclusive", "g", "h")
    )
    ways = (
        "s>i",
        "i>r",
        "r>n",
        "n>g",
        "g>d ${r == 'pass'}",
        "g>r ${r == 'return'}",
        "d>h",
        "h>e ${r == 'pass'}",
        "h>d ${r != 'pass'}",
    )
    assert breaches(draw(drawing + DECIDE + END + flows(*ways))) == set()
    unread = [way.replace("${r == 'pass'}", "${bean.asks(r)}").replace("${r != 'pass'}", "${x}") for way in ways]
    assert breaches(draw(drawing + DECIDE + END + flows(*unread))) == {("DECIDED_TWICE", "d")}


def test_a_parallel_join_waits_for_all(draw: Draw) -> None:
    drawing = START + gates("parallel", "g", "j") + ACCEPT + step("n", "notify") + DECIDE + END
    assert breaches(draw(drawing + flows("s>g", "g>i", "g>n", "i>j", "n>j", "j>d", "d>e"))) == set()


def test_branches_side_by_side_come_in_any_order(draw: Draw) -> None:
    drawing = START + gates("parallel", "g", "j") + ACCEPT + DECIDE + END
    assert breaches(draw(drawing + flows("s>g", "g>i", "g>d", "i>j", "d>j", "j>e"))) == {
        ("DECIDED_UNACCEPTED", "d"),
        ("DECIDED_ALONE", "d"),
    }


def test_an_inclusive_join_waits_for_those_who_come(draw: Draw) -> None:
    drawing = START + gates("inclusive", "g", "j") + ACCEPT + step("n", "notify") + DECIDE + END
    ways = flows("s>g", "g>i", "g>n ${x}", "i>j", "n>j", "j>d", "d>e")
    assert breaches(draw(drawing + ways)) == set()


def test_two_tokens_into_a_plain_merge_decide_twice(draw: Draw) -> None:
    drawing = START + ACCEPT + gates("parallel", "g") + gates("exclusive", "m") + step("n", "notify") + DECIDE + END
    assert breaches(draw(drawing + flows("s>i", "i>g", "g>n", "g>m", "n>m", "m>d", "d>e"))) == {("DECIDED_TWICE", "d")}


def test_a_step_with_several_ways_out_splits(draw: Draw) -> None:
    drawing = START + ACCEPT + gates("parallel", "j") + step("n", "notify") + step("m", "notify") + DECIDE + END
    assert breaches(draw(drawing + flows("s>i", "i>n", "i>m", "n>j", "m>j", "j>d", "d>e"))) == set()


def test_sub_processes_and_calls_stand_in_the_course(draw: Draw) -> None:
    sub = f'<subProcess id="sub"><startEvent id="ss"/>{ACCEPT}<endEvent id="se"/>{flows("ss>i", "i>se")}</subProcess>'
    part = f'<process id="Q"><startEvent id="qs"/>{DECIDE}{flows("qs>d")}</process>'
    call = '<callActivity id="c" calledElement="Q"/>'
    assert breaches(draw(START + sub + call + END + flows("s>sub", "sub>c", "c>e"), part)) == set()
    assert breaches(draw(START + sub + call + END + flows("s>c", "c>sub", "sub>e"), part)) == {
        ("DECIDED_UNACCEPTED", "d"),
        ("DECIDED_ALONE", "d"),
    }


def test_a_call_of_oneself_stays_closed(draw: Draw) -> None:
    drawing = START + ACCEPT + DECIDE + '<callActivity id="c" calledElement="P"/>' + END
    assert breaches(draw(drawing + flows("s>i", "i>c", "c>d", "d>e"))) == set()


TIMER = "<timerEventDefinition><timeDuration>P9D</timeDuration></timerEventDefinition>"


@pytest.mark.parametrize(("cancel", "found"), [("true", {("ENDED_UNDECIDED", "x")}), ("false", set())])
def test_borders_of_steps(cancel: str, found: set[tuple[str, str]], draw: Draw) -> None:
    border = (
        f'<boundaryEvent id="b" attachedToRef="d" cancelActivity="{cancel}">{TIMER}</boundaryEvent><endEvent id="x"/>'
    )
    assert breaches(draw(START + ACCEPT + DECIDE + END + border + flows("s>i", "i>d", "d>e", "b>x"))) == found


def test_a_border_of_a_sub_process_ends_what_is_inside(draw: Draw) -> None:
    sub = f'<subProcess id="sub"><startEvent id="ss"/>{DECIDE}{flows("ss>d")}</subProcess>'
    border = f'<boundaryEvent id="b" attachedToRef="sub">{TIMER}</boundaryEvent>'
    drawing = START + ACCEPT + sub + border + step("d2", "decide", "refuse") + END
    assert breaches(draw(drawing + flows("s>i", "i>sub", "sub>e", "b>d2", "d2>e"))) == set()


@pytest.mark.parametrize(("interrupting", "found"), [("true", {("ENDED_UNDECIDED", "he")}), ("false", set())])
def test_event_sub_processes(interrupting: str, found: set[tuple[str, str]], draw: Draw) -> None:
    handler = (
        '<subProcess id="h" triggeredByEvent="true">'
        f'<startEvent id="hs" isInterrupting="{interrupting}"><messageEventDefinition/></startEvent><endEvent id="he"/>'
        f"{flows('hs>he')}</subProcess>"
    )
    assert breaches(draw(START + ACCEPT + DECIDE + END + handler + flows("s>i", "i>d", "d>e"))) == found


def test_a_terminating_end_takes_the_other_branches_along(draw: Draw) -> None:
    stop = '<endEvent id="x"><terminateEventDefinition/></endEvent>'
    drawing = START + ACCEPT + gates("parallel", "g") + step("n", "notify") + DECIDE + END + stop
    assert breaches(draw(drawing + flows("s>i", "i>g", "g>n", "g>d", "n>x", "d>e"))) == {("ENDED_UNDECIDED", "x")}
    assert breaches(draw(drawing + flows("s>i", "i>g", "g>n", "g>d", "n>e", "d>x"))) == set()


def test_errors_climb_to_the_border_that_takes_them(draw: Draw) -> None:
    thrown = '<endEvent id="x"><errorEventDefinition errorRef="E"/></endEvent>'
    inner = f'<subProcess id="in"><startEvent id="n"/>{thrown}{flows("n>x")}</subProcess>'
    sub = f'<subProcess id="sub"><startEvent id="ss"/>{inner}{flows("ss>in")}</subProcess>'
    for taken, found in (("E", set()), ("F", {("ENDED_UNDECIDED", "x")})):
        border = f'<boundaryEvent id="b" attachedToRef="sub"><errorEventDefinition errorRef="{taken}"/></boundaryEvent>'
        drawing = START + ACCEPT + sub + border + DECIDE + END + flows("s>i", "i>sub", "b>d", "d>e")
        assert breaches(draw(drawing)) == found


def test_errors_are_taken_by_the_handler_of_their_scope(draw: Draw) -> None:
    handler = (
        '<subProcess id="h" triggeredByEvent="true"><startEvent id="hs"><errorEventDefinition/></startEvent>'
        f"{DECIDE}{flows('hs>d')}</subProcess>"
    )
    drawing = START + ACCEPT + '<endEvent id="x"><errorEventDefinition errorRef="E"/></endEvent>' + handler
    assert ("ENDED_UNDECIDED", "x") not in breaches(draw(drawing + flows("s>i", "i>x")))


def test_links_are_ways(draw: Draw) -> None:
    link = '<intermediate{}Event id="{}"><linkEventDefinition name="L"/></intermediate{}Event>'
    links = link.format("Throw", "t", "Throw") + link.format("Catch", "c", "Catch")
    assert breaches(draw(START + ACCEPT + links + DECIDE + END + flows("s>i", "i>t", "c>d", "d>e"))) == set()


def test_every_start_is_walked(draw: Draw) -> None:
    other = '<startEvent id="m"><messageEventDefinition/></startEvent>'
    found = breaches(draw(START + other + ACCEPT + DECIDE + END + flows("s>i", "i>d", "m>d", "d>e")))
    assert found == {("DECIDED_UNACCEPTED", "d"), ("DECIDED_ALONE", "d")}


def test_a_wait_after_correction_leads_back_before_acceptance(matter: bytes) -> None:
    assert breaches(read({"a.bpmn": matter}).usable()) == set()


def special(key: str, *outcomes: str, ground: str = "hearing", department: str = "") -> str:
    return step(key, "special", *outcomes, ground=ground, department=department)


SPECIALS = {
    "begun and ended": (special("a", "start") + special("b", "end"), set()),
    "without need": (special("a", "skip") + special("b", "skip"), set()),
    "never begun": (special("a", "skip") + special("b", "end"), {("SPECIAL_NOT_STARTED", "b")}),
    "never ended": (special("a", "start") + special("b", "skip"), {("DECIDED_IN_SPECIAL", "d")}),
    "of another ground": (
        special("a", "start") + special("b", "end", ground="testing"),
        {("SPECIAL_NOT_STARTED", "b"), ("DECIDED_IN_SPECIAL", "d")},
    ),
    "of another department": (
        special("a", "start", department="nr") + special("b", "end", department="ee"),
        {("SPECIAL_NOT_STARTED", "b"), ("DECIDED_IN_SPECIAL", "d")},
    ),
    "one names no department": (special("a", "start", department="nr") + special("b", "end"), set()),
    "one names no ground": (special("a", "start", ground="") + special("b", "end"), set()),
}


@pytest.mark.parametrize(("steps", "found"), SPECIALS.values(), ids=SPECIALS.keys())
def test_special_procedures_begin_and_end(steps: str, found: set[tuple[str, str]], draw: Draw) -> None:
    assert breaches(draw(START + ACCEPT + steps + DECIDE + END + flows("s>i", "i>a", "a>b", "b>d", "d>e"))) == found


def test_departments_side_by_side_are_walked_in_few_states(draw: Draw) -> None:
    """Twelve departments, each with an expert review of its own: 3 ** 12 orders, and an answer."""
    drawing, ways = START + ACCEPT + gates("parallel", "g", "j") + DECIDE + END, ["s>i", "i>g", "j>d", "d>e"]
    for n in range(12):
        drawing += special(f"a{n}", "start", "skip", department=f"d{n}") + special(f"b{n}", "end", department=f"d{n}")
        drawing += gates("exclusive", f"x{n}", f"m{n}")
        ways += [f"g>a{n}", f"a{n}>x{n}", f"x{n}>b{n} start", f"x{n}>m{n} skip", f"b{n}>m{n}", f"m{n}>j"]
    assert breaches(draw(drawing + flows(*ways))) == set()


def test_more_than_can_be_walked_is_said(draw: Draw) -> None:
    drawing = START + gates("parallel", "g") + "".join(special(f"a{n}") for n in range(30)) + DECIDE
    ways = ["s>g", *(f"g>a{n}" for n in range(30)), *(f"a{n}>d" for n in range(30))]
    assert not walk(lay_out(draw(drawing + flows(*ways)))).whole


def test_calls_beyond_measure_are_said(draw: Draw) -> None:
    parts = "".join(
        f'<process id="Q{n}">{START}<callActivity id="c" calledElement="Q{n + 1}"/><callActivity id="k" calledElement="Q{n + 1}"/>'
        f"{flows('s>c', 'c>k')}</process>"
        for n in range(25)
    )
    course = lay_out(draw(START + '<callActivity id="c" calledElement="Q0"/>' + flows("s>c"), parts))
    assert not course.whole
    assert not walk(course).whole


# ---- conditions
KNOWN = {"outcome": "pass", "r": "return"}
HOLDS = {
    "${outcome == 'pass'}": True,
    "${outcome != 'pass'}": False,
    "${'pass' == outcome}": True,
    "outcome in ('pass', 'x')": True,
    "outcome not in ['pass', 'x']": False,
    "outcome in (x, 'pass')": None,
    "${r == 'return' && outcome == 'pass'}": True,
    "${r == 'x' && unknown}": False,
    "${r == 'return' && unknown}": None,
    "${r == 'return' || unknown}": True,
    "${r == 'x' || unknown}": None,
    "${!(r == 'x')}": True,
    "${!unknown}": None,
    "${unknown == 'x'}": None,
    "${true}": True,
    "${outcome}": True,
    "${outcome > 3}": None,
    "${outcome.x == 1}": None,
    "${not readable": None,
    "1 < 2 < 3": None,
}


@pytest.mark.parametrize(("condition", "answer"), HOLDS.items(), ids=HOLDS.keys())
def test_a_condition_holds_or_not_or_may(condition: str, answer: bool | None) -> None:
    assert holds(condition, KNOWN) is answer


WAYS = {
    "first that holds": ("exclusive", "", ["g>a ${r == 'x'}", "g>b pass", "g>c ${z}"], {"b"}),
    "may and then surely": ("exclusive", "", ["g>a ${z}", "g>b pass", "g>c"], {"a", "b"}),
    "default last": ("exclusive", 'default="g_a_0"', ["g>a", "g>b ${z}", "g>c return"], {"b", "a"}),
    "default not needed": ("exclusive", 'default="g_a_0"', ["g>a", "g>b pass"], {"b"}),
    "a person chooses": ("exclusive", "", ["g>a", "g>b"], {"a", "b"}),
    "no door": ("exclusive", "", ["g>a return", "g>b x"], set()),
    "all": ("parallel", "", ["g>a return", "g>b"], {"ab"}),
    "one event": ("eventBased", "", ["g>a", "g>b"], {"a", "b"}),
    "those that hold": ("inclusive", "", ["g>a pass", "g>b return", "g>c ${z}"], {"a", "ac"}),
    "inclusive default": ("inclusive", 'default="g_a_0"', ["g>a", "g>b ${z}"], {"a", "b"}),
    "unconditioned always": ("inclusive", 'default="g_a_0"', ["g>a", "g>b", "g>c ${z}"], {"ba", "bc"}),
}


@pytest.mark.parametrize(("kind", "attributes", "ways", "sets"), WAYS.values(), ids=WAYS.keys())
def test_which_flows_are_taken_together(
    kind: str, attributes: str, ways: list[str], sets: set[str], draw: Draw
) -> None:
    drawing = f'<{kind}Gateway id="g" {attributes}/><task id="a"/><task id="b"/><task id="c"/>' + flows(*ways)
    process = draw(drawing).processes["P"]
    found = alternatives(process.nodes["g"], process.leaving["g"], KNOWN)
    assert {"".join(flow.target for flow in some) for some in found} == sets


def test_steps_before_a_gateway_are_those_behind_nothing_but_gateways(draw: Draw) -> None:
    drawing = ACCEPT + DECIDE + '<userTask id="u"/><scriptTask id="k"/>' + gates("exclusive", "g", "h", "l", "m")
    process = draw(drawing + flows("i>g", "g>h", "h>g", "d>h", "u>l", "h>k", "k>m")).processes["P"]
    before = steps_before(process)
    assert [before[key] for key in "ghlmik"] == [
        {"i", "d"},
        {"i", "d"},
        {"u"},
        frozenset(),
        {"i"},
        frozenset(),
    ]
    many = "".join(step(f"a{n}", "review") for n in range(51)) + gates("exclusive", "g")
    assert steps_before(draw(many + flows(*(f"a{n}>g" for n in range(51)))).processes["P"])["g"] is None


def test_reading_order_keeps_branches_together_and_joins_behind(draw: Draw) -> None:
    tasks = "".join(f'<task id="{key}"/>' for key in "abcd")
    drawing = START + gates("parallel", "g", "j") + tasks + END
    course = lay_out(draw(drawing + flows("s>g", "g>a", "g>c", "a>b", "b>j", "c>d", "d>j", "j>e")))
    assert [key.removeprefix("P/") for key in reading_order(course)] == ["s", "g", "a", "b", "c", "d", "j", "e"]


# ---- the shortcut, against all orders
blocks = st.recursive(
    st.sampled_from(["i", "r", "d", "n", "a", "b"]),
    lambda inner: st.tuples(
        st.sampled_from(["then", "xor", "and", "or", "mix", "stuck", "loop", "sub", "stop", "trap"]), inner, inner
    ),
    max_leaves=5,
)
STEPS = {
    "i": ("intake", ("accept", "refuse_acceptance"), ""),
    "r": ("review", ("pass", "return"), ""),
    "d": ("decide", ("grant", "return"), ""),
    "n": ("notify", ("sent",), ""),
    "a": ("special", ("start", "end"), "hearing"),
    "b": ("special", ("start", "skip"), "testing"),
}


class Drawing:
    """A structured block drawn as nodes and flows, between the two ends that it is given."""

    def __init__(self) -> None:
        self.count = 0

    def key(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def block(self, shape: object) -> tuple[str, str, str]:
        """XML, first node, last node."""
        if isinstance(shape, str):
            kind, outcomes, ground = STEPS[shape]
            key = self.key(shape)
            return step(key, kind, *outcomes, ground=ground), key, key
        assert isinstance(shape, tuple)
        how, one, other = shape
        first, second = self.block(one), self.block(other)
        both = first[0] + second[0]
        if how == "then":
            return both + flows(f"{first[2]}>{second[1]}"), first[1], second[2]
        if how == "sub":
            key, start = self.key("sub"), self.key("ss")
            inner = f'<startEvent id="{start}"/>{first[0]}{flows(f"{start}>{first[1]}")}'
            return (
                f'<subProcess id="{key}">{inner}</subProcess>{second[0]}{flows(f"{key}>{second[1]}")}',
                key,
                second[2],
            )
        g, j = self.key("g"), self.key("j")
        if how == "loop":
            ways = flows(f"{g}>{first[1]}", f"{first[2]}>{j}", f"{j}>{second[1]} ${{x}}", f"{second[2]}>{g}")
            end = self.key("m")
            return both + gates("exclusive", g, j, end) + ways + flows(f"{j}>{end} ${{y}}"), g, end
        if how == "trap":
            ways = flows(f"{g}>{first[1]}", f"{g}>{second[1]}", f"{first[2]}>{first[1]}")
            return both + gates("parallel", g) + ways, g, second[2]
        if how == "stop":
            end = f'<endEvent id="{j}"><terminateEventDefinition/></endEvent>'
            drawn = flows(f"{g}>{first[1]}", f"{g}>{second[1]}", f"{first[2]}>{j}")
            return both + gates("parallel", g) + end + drawn, g, second[2]
        split, merge = SPLITS[how]
        asked = f"${{{first[1]} == 'pass'}}" if first[1].startswith("r") else "${x}"
        conditions = ("", "") if split == "parallel" else (" ${x}", f" {asked}")
        ways = [f"{g}>{first[1]}{conditions[0]}", f"{g}>{second[1]}{conditions[1]}"]
        return both + gates(split, g) + gates(merge, j) + flows(*ways, f"{first[2]}>{j}", f"{second[2]}>{j}"), g, j


SPLITS = {
    "xor": ("exclusive", "exclusive"),
    "and": ("parallel", "parallel"),
    "or": ("inclusive", "inclusive"),
    "mix": ("parallel", "exclusive"),
    "stuck": ("exclusive", "parallel"),
}


def every_order(course: Course) -> set[tuple[Breach, str]]:
    """Walk without any shortcut and without forgetting: all tokens move in all orders."""
    game, found = Game(course), set[tuple[Breach, str]]()
    todo: list[tuple[Tokens, Phase, Facts]] = [(born(keys), Phase(), frozenset()) for keys in course.entrances]
    seen = set(todo)
    while todo:
        tokens, phase, facts = todo.pop()
        assume(len(seen) < 5_000)
        for token in tokens:
            for move in game.moves_of(token, tokens, facts):
                then, now = phase, facts
                if move.work is not None:
                    then, wrong = after(phase, move.work, move.outcome)
                    found |= {(breach, move.node.id) for breach in wrong}
                    if move.node.id.startswith("r"):  # conditions ask for no other step
                        now = frozenset(
                            {(k, v) for k, v in facts if k != move.node.id} | {(move.node.id, move.outcome)}
                        )
                for left in game.closed(move.tokens, now):
                    if not left and not then.may_end:
                        found.add((Breach.ENDED_UNDECIDED, ""))
                    state = (left, then, now)
                    if state not in seen:
                        seen.add(state)
                        todo.append(state)
    return found


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck), derandomize=True)
@given(blocks)
@example(("trap", "n", ("then", "i", "i")))
@example(("trap", ("then", "a", "n"), ("and", ("then", "i", "i"), "d")))
@example(("mix", ("mix", "i", "i"), ("mix", "i", ("stop", "i", "i"))))
def test_the_shortcut_finds_what_all_orders_find(shape: object) -> None:
    inside, first, last = Drawing().block(shape)
    head = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ls="urn:lianshen:bpmn:1">'
    text = f'{head}<process id="P">{START}{inside}{END}{flows(f"s>{first}", f"{last}>e")}</process></definitions>'
    course = lay_out(read({"a.bpmn": text.encode()}).usable())
    every = every_order(course)
    walked = walk(course, effort=20_000_000)
    assert walked.whole
    found = {(w.breach, "" if w.breach is Breach.ENDED_UNDECIDED else w.node.id) for w in walked.witnesses}
    assert found == every
