"""A diagram plays itself to its end: what it does, what it invents and says so, and that it always stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bpmn
from engine.catalogue import Played, import_diagram, parts_beside, play_files, play_imported, play_through
from engine.diagrams import Diagram, Scope, read
from engine.runtime import compile
from tests import shapes
from tests.runtime.drawing import draw
from tests.token_checker import objections

SEED = Path(next(iter(bpmn.__path__)))


def played(drawing: str, **more: object) -> Played:
    diagram = draw(drawing)
    found = play_through(diagram, compile(diagram), **more)  # type: ignore[arg-type]
    assert objections(diagram, found) == ()
    assert play_through(diagram, compile(diagram), **more) == found, "two plays of one diagram differ"  # type: ignore[arg-type]
    return found


def scopes_of(diagram: Diagram) -> list[Scope]:
    found = list(diagram.processes.values())
    for scope in found:
        found += [node.inner for node in scope.nodes.values() if node.inner]
    return found


def done(found: Played) -> list[str]:
    return [line.element for line in found.trace if line.event == "completed"]


def by(found: Played) -> list[str]:
    return [f"{line.element} {line.event} {line.by}" for line in found.trace if line.by != "auto"]


def test_the_steps_are_done_one_after_another() -> None:
    found = played("s > a > b > e")
    assert (found.process, found.result, found.outcome, found.acts) == ("P", "completed", "ended", 3)
    assert [(line.n, line.element, line.event) for line in found.trace][:3] == [
        (1, "s", "entered"),
        (2, "s", "completed"),
        (3, "a", "entered"),
    ]
    assert done(found) == ["s", "a", "b", "e"]
    assert found.assumed == ()


def test_a_way_that_nobody_decides_is_chosen_and_the_next_time_the_other_one() -> None:
    found = played("xor g\ns > a > g > a\ng > e")
    assert done(found) == ["s", "a", "g", "a", "g", "e"]
    assert by(found) == ["g completed choice", "g completed choice"]
    assert found.assumed == ("g：没有写条件，假定走“a”（g>a）", "g：没有写条件，假定走“e”（g>e）")


def test_a_condition_over_what_nobody_set_is_a_choice_too() -> None:
    found = played("xor g\ns > a > g > a [not ok]\ng > e [ok and size > 3]")
    assert done(found) == ["s", "a", "g", "a", "g", "e"]
    assert found.assumed == (
        "g：条件用到的 ok、size 没有人填写，假定走“a”（g>a）",
        "g：条件用到的 ok、size 没有人填写，假定走“e”（g>e）",
    )


@pytest.mark.parametrize(
    ("ways", "taken"),
    [
        ("g > a [size > 3] > e\ng > b [other] > e", "a"),
        ("g > a [size > 9] > e\ng > b [size < 9] > e\ng > c [other] > e", "b"),
        ("g > a [size > 9] > e\ng > b [other] > e", "b"),
        ("g > a [size > 9] > e\ng > b * > e", "b"),
    ],
)
def test_what_is_known_decides_and_is_no_assumption(ways: str, taken: str) -> None:
    found = played(f"xor g\nscript x: size = 5\ns > x > g\n{ways}")
    assert done(found) == ["s", "x", "g", taken, "e"]
    assert bool(found.assumed) is ("other" in ways and taken == "b" and "size < 9" not in ways)


def test_an_inclusive_split_takes_what_is_known_to_hold_and_invents_else() -> None:
    drawing = "or g j\n{}s > {}g > a [{}] > j > e\ng > b [n == 2] > j"
    assert "a" not in done(played(drawing.format("script x: n = 2\n", "x > ", "m")))
    found = played(drawing.format("", "", "m"))
    assert done(found) == ["s", "g", "a", "j", "e"]
    assert found.assumed == ("g：条件用到的 m、n 没有人填写，假定走“a”（g>a）",)


@pytest.mark.parametrize(
    ("drawing", "turns", "assumed"),
    [
        ("user a loop=parallel over=people item=p", 2, "a：名单用到的没有人填写，假定 people = ['甲', '乙']"),
        ("user a loop=parallel over=order.lines", 2, "a：名单用到的没有人填写，假定 order = {'lines': ['甲', '乙']}"),
        ("user a loop=sequential count=n", 2, "a：份数用到的没有人填写，假定 n = 2"),
        ("user a loop=sequential count=n+1", 3, "a：份数用到的没有人填写，假定 n = 2"),
        ("user a loop=standard until='not ready'", 1, "a：循环条件用到的没有人填写，假定 ready = 是"),
        ("user a loop=parallel count=3 until='stop == 7'", 3, "a：完成条件用到的没有人填写，假定 stop = 否"),
    ],
)
def test_lists_and_numbers_are_invented(drawing: str, turns: int, assumed: str) -> None:
    found = played(f"{drawing}\ns > a > e")
    assert found.result == "completed"
    assert done(found).count("a") == turns
    assert found.assumed == (assumed,)


def test_scripts_and_timers_get_what_they_need() -> None:
    found = played("script x: n = n * 2 + len(list) ; m = n + 1\ncatch t timer ${until}\ns > x > t > e")
    assert found.result == "completed"
    assert found.assumed[-1] == "t：时间用到的没有人填写，假定 until = PT1H"
    assert by(found) == ["t completed timer"]


def test_items_that_conditions_read_are_such_that_they_hold() -> None:
    found = played(
        "sub q loop=sequential over=scores item=score\n    xor g\n    qs > g > a [score > 5] > qe\n    g > b [score <= 5] > qe\n"
        "s > q > e"
    )
    assert found.result == "completed"
    assert {"a", "b"} <= set(done(found))


@pytest.mark.parametrize(
    ("drawing", "wanted", "told"),
    [
        ("catch c message M\ns > c > e", ["s", "c", "e"], ["c completed message"]),
        ("receive c\ns > c > e", ["s", "c", "e"], ["c completed message"]),
        ("catch c signal S\ns > c > e", ["s", "c", "e"], ["c completed signal"]),
        ("catch c timer P9D\ns > c > e", ["s", "c", "e"], ["c completed timer"]),
        ("catch c condition ready\ns > c > e", ["s", "c", "e"], []),
        ("start st message M\nst > a > e", ["st", "a", "e"], ["st entered message", "st completed message"]),
        ("call m called=GH99\ns > m > e", ["s", "m", "e"], ["m completed choice"]),
        (
            "catch c message M\nborder b at q timer PT1H\nsub q\n    catch c message M\n    and j\n    qs > c > j > qe\n"
            "    qs > j\ns > q > e\nb > e1",
            ["s", "qs", "c", "j", "qe", "q", "e"],
            ["c completed message"],
        ),
    ],
)
def test_what_is_awaited_comes(drawing: str, wanted: list[str], told: list[str]) -> None:
    found = played(drawing.removeprefix("catch c message M\n") if "sub q" in drawing else drawing)
    assert (found.result, done(found), by(found)) == ("completed", wanted, told)


def test_who_waits_only_on_a_border_hears_when_nothing_else_moves() -> None:
    """Inside, a join waits for ever; the border is the only way on."""
    inside = "    xor g\n    and j\n    task x y\n    qs > g > x > j > qe\n    g > y > j"
    found = played(f"sub q\n{inside}\nborder b at q message M\ns > q > e\nb > n > e1")
    assert (found.result, done(found)[-3:]) == ("completed", ["b", "n", "e1"])
    assert [line.by for line in found.trace if line.event == "cancelled"] == ["message"]


def test_a_border_is_tried_where_a_play_gets_stuck_without_it() -> None:
    found = played("border b beside a timer PT1H\nand j\ns > a > j > e\nb > j")
    assert found.result == "completed"
    assert found.assumed[0].startswith("前 1 种走法走不到头，第一种：汇合“j”（j）一直等着 b>j")


def test_another_choice_is_tried_where_one_gets_stuck() -> None:
    found = played("xor g\ncatch never condition 1 == 2\ns > g > never > e\ng > a > e")
    assert (found.result, done(found)) == ("completed", ["s", "g", "a", "e"])
    assert found.assumed[0].startswith("前 1 种走法走不到头，第一种：“never”（never）等 条件")


@pytest.mark.parametrize(
    ("drawing", "outcome", "reason"),
    [
        ("end e error E1\ns > a > e", "error", "错误“E1”没有人接"),
        ("end e terminate\nand g\ns > g > a > e\ng > b > e1", "terminated", ""),
        ("sub q\n    end qe terminate\n    qs > x > qe\ns > q > e", "ended", ""),
        ("sub q\n    end qe error E1\n    qs > x > qe\nborder b at q error E1\ns > q > e\nb > e1", "ended", ""),
    ],
)
def test_how_it_ended_is_told(drawing: str, outcome: str, reason: str) -> None:
    found = played(drawing)
    assert (found.result, found.outcome, found.reason) == ("completed", outcome, reason)
    assert not [line for line in found.trace if line.event == "cancelled" and line.element in ("e", "qe")]


def test_a_real_deadlock_is_told_with_its_witness() -> None:
    found = played("xor g\nand j\ns > a > g > b > j > e\ng > c > j")
    assert (found.result, found.outcome) == ("waiting", "")
    assert found.reason == "汇合“j”（j）一直等着 c>j（从“c”），没有令牌能从那里来；令牌在：j"


def test_what_the_model_cannot_compute_is_told() -> None:
    found = played("xor g\nscript x: n = 5\ns > x > g > a [n > 9] > e\ng > b [n < 2] > e")
    assert found.result == "waiting"
    assert "所有条件都不成立" in found.reason


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        ("task t\nxor g\ns > t > g > t [1 == 1]\ng > e *", "绕圈"),
        ("task t u\nand g\nxor m\ns > m > g > t > m\ng > u > m", "绕圈"),
        ("user a\nxor m\ns > m > a > m", "绕圈"),
        ("catch t timer PT1S\nxor m\ns > m > t > m", "绕圈"),
        ("throw t message M\ncatch c message M\nand g\nxor m n\ns > g > m > c > m\ng > n > t > n", "绕圈"),
        ("and g\nxor m n\ncatch a b message M\ns > g > m > a > m\ng > n > b > n", "绕圈"),
        ("process P\n    call c called=P\n    s > c > e", "子流程嵌套超过 50 层"),
        ("process P\n    call c1 c2 called=P\n    and g\n    s > g > c1 > e\n    g > c2 > e", "太多路同时走"),
        (
            "sub q\n    xor g\n    and j\n    qs > g > x > j > qe\n    g > y > j\nborder b beside q timer R/PT1S\n"
            "s > q > e\nb > n",
            "汇合“j”",
        ),
        ("catch c condition x\nuser a\ns > a > a\na > c > a\nc > a", "绕圈"),
        (
            "sub q loop=parallel count=1000\n    user a loop=parallel count=1000\n    task t\n    t > a\ns > q > e",
            "太多路同时走",
        ),
        ("user a gives=60\ns > a > a", "太多路同时走：走了"),
    ],
    ids=[
        "self",
        "grows",
        "person",
        "timer",
        "ping-pong",
        "messages",
        "recursion",
        "wide recursion",
        "reminders",
        "branches act after act",
        "many",
        "many more act after act",
    ],
)
def test_it_always_stops(drawing: str, reason: str) -> None:
    diagram = draw(drawing)
    found = play_through(diagram, compile(diagram))
    assert found.result == "waiting"
    assert reason in found.reason
    assert found.acts <= 2_000 + 2 * sum(len(scope.nodes) for scope in scopes_of(diagram))
    assert objections(diagram, found) == ()


def test_four_hundred_turns_are_not_too_many() -> None:
    diagram = draw("user a loop=parallel count=400\ns > a > b > e")
    found = play_through(diagram, compile(diagram))
    assert (found.result, found.acts) == ("completed", 402)


def test_a_long_drawing_is_no_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.catalogue.autoplay.player.MOST_ACTS", 10)
    found = played(" > ".join(["s", *(f"t{i}" for i in range(40)), "e"]))
    assert (found.result, found.acts) == ("completed", 41)


def test_a_crowd_that_grows_is_stopped_sooner_than_a_circle() -> None:
    """Each act among many takes longer: what counts is the work, not the acts."""
    diagram = draw("and g\nuser a gives=2\nuser z needs=900\ns > g > a > a\ng > z > e")
    found = play_through(diagram, compile(diagram))
    assert (found.result, "绕圈" in found.reason) == ("waiting", True)
    assert found.acts < 1_000


def test_several_starts_are_a_choice() -> None:
    found = played("start s1 message A\nstart s2 message B\nxor m\ns1 > m > a > e\ns2 > m")
    assert found.assumed == ("s1：有 2 个开始事件，假定从“s1”开始",)
    assert by(found) == ["s1 entered message", "s1 completed message"]


def test_a_gateway_that_gathers_is_entered_when_it_has_enough() -> None:
    found = played("and g j\ns > g > a > j > e\ng > b > j")
    joins = [line.event for line in found.trace if line.element == "j"]
    assert joins == ["entered", "completed"]


def test_the_moment_may_be_told() -> None:
    drawing = "catch c timer 2031-05-06T09:00\nxor g\ns > c > e"
    found = played(drawing.replace("xor g\n", ""), now=datetime(2040, 1, 1, tzinfo=UTC))
    assert found.result == "completed"


def test_a_fault_of_ours_is_told_with_its_place() -> None:
    diagram = draw("s > a > e")
    found = play_through(diagram, compile(diagram), facts={"x": object()})
    assert found.result == "failed"
    assert found.reason.startswith("TypeError: facts.x")
    assert "(data.py:" in found.reason


def test_a_file_is_played_as_it_would_be_after_its_repairs() -> None:
    body = dict(shapes.files())["activiti/script.bpmn"]
    found = play_files({"script.bpmn": body})
    assert found.result == "completed"
    assert found.assumed[0].startswith("修复 script-by-hand count1：")


def test_a_file_may_call_what_lies_beside_it() -> None:
    body = dict(shapes.files())["bpmnio/calls.bpmn"].decode()
    head, _, rest = body.partition('  <bpmn:process id="bpmnio_called"')
    other = f'{body[: body.index("  <bpmn:collaboration")]}<bpmn:process id="bpmnio_called"{rest}'.encode()
    alone, caller = head.encode() + b"</bpmn:definitions>", ""
    for name, files in {"alone": {"a.bpmn": alone}, "with": {"a.bpmn": alone, "b.bpmn": other}}.items():
        caller = f"{caller} {name}={'x_0x1y2z' in [line.element for line in play_files(files).trace]}"
    assert caller == " alone=False with=True"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no diagram", "a.bpmn:1:1 definitions "),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"/>', "a.bpmn:1:1 d "),
    ],
)
def test_what_cannot_be_run_is_refused_by_element_and_line(body: bytes, reason: str) -> None:
    found = play_files({"a.bpmn": body})
    assert (found.result, found.trace) == ("refused", ())
    assert found.reason.startswith(reason)


def test_a_process_that_nothing_starts_is_refused() -> None:
    diagram = draw("handler h\n    start hs message M\n    hs > x > he")
    found = play_through(diagram, compile(diagram))
    assert (found.result, found.reason[:20]) == ("refused", "drawn.bpmn:1:1 P 流程“")


@pytest.mark.parametrize("path", sorted(SEED.rglob("matter.bpmn")), ids=lambda path: path.parent.name)
def test_our_own_matters_are_played_to_their_end_as_they_are(path: Path) -> None:
    files = {str(p): p.read_bytes() for p in (path, *sorted(parts_beside(path.parent).glob("*.bpmn")))}
    imported = import_diagram(files)
    assert imported.diagram is not None
    found = play_imported(imported)
    assert (found.result, found.outcome) == ("completed", "ended")
    assert not [words for words in found.assumed if words.startswith("修复")]
    assert objections(imported.diagram, found) == ()


def test_the_checker_objects_to_every_line_that_is_left_out() -> None:
    """Of a good trace each line is needed: entered, completed, cancelled."""
    for name in (
        "inclusive",
        "parallel",
        "sub_process",
        "handler",
        "stops",
        "transaction",
        "calls",
        "race",
        "reminder",
    ):
        file = f"camunda/{name}.bpmn"
        diagram = read({file: dict(shapes.files())[file]}).diagram
        assert diagram is not None
        whole = play_files({file: dict(shapes.files())[file]})
        assert objections(diagram, whole) == ()
        for left_out in range(len(whole.trace)):
            kept = [line for i, line in enumerate(whole.trace) if i != left_out]
            trace = tuple(replace(line, n=n) for n, line in enumerate(kept, 1))
            assert objections(diagram, replace(whole, trace=trace)), f"{name} without {whole.trace[left_out]}"


def test_the_checker_objects_to_a_join_that_does_not_wait() -> None:
    drawing = "and g j\ns > g > a > j > e\ng > b > j"
    found = played(drawing)
    late = [line for line in found.trace if line.element in ("b",)]
    order = [line for line in found.trace if line not in late[1:]] + late[1:]
    trace = tuple(replace(line, n=n) for n, line in enumerate(order, 1))
    said = objections(draw(drawing), replace(found, trace=trace))
    assert any("did not wait for b>j" in one for one in said)


def test_the_checker_objects_to_a_host_that_is_not_cancelled() -> None:
    drawing = "border b at c timer PT1H\nreceive c\ns > c > e\nb > n > e1"
    diagram = draw(drawing)
    rows = [
        "s entered",
        "s completed",
        "c entered",
        "b entered",
        "b completed",
        "n entered",
        "n completed",
        "e1 entered",
    ]
    found = played("s > a > e")
    lines = [replace(found.trace[0], n=n, element=r.split()[0], event=r.split()[1]) for n, r in enumerate(rows, 1)]
    said = objections(diagram, replace(found, result="waiting", trace=tuple(lines)))
    assert said == ("4: b interrupts c, which was not cancelled",)
