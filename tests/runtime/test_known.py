"""What is known of a plan is what another walk would come to, and nothing is known that could come otherwise.

That known acts come to the same as walked ones is compared after every act of every test of this room (`Twins`); here stands what is
kept, what is not, and for how long.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.diagrams import Outbound
from engine.errors import LianshenError
from engine.runtime import ChoiceNeeded, Plan, Process, StepNotOpen, compile, known
from engine.runtime.known import Known
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON

FORKED = "and g j\nxor x\ns > g > a > j > x > c > e *\ng > b > j\nx > d [k > 1] > e"


def plan_of(drawing: str) -> Plan:
    return compile(draw(drawing))


def start(plan: Plan, **facts: Any) -> Process:
    return Process.start(plan, facts, now=NOON)


def load(plan: Plan, saved: bytes, later: int = 0) -> Process:
    return Process.load(plan, saved, now=NOON + timedelta(days=later))


def do(process: Process, node: str, **facts: Any) -> None:
    process.complete(next(step.token for step in process.open_steps if step.node == node), facts)


def walked(process: Process) -> bool:
    """Whether its tokens were set up."""
    return process._walked is not None


def test_the_second_case_sets_up_no_token() -> None:
    plan, saved = plan_of(FORKED), list[list[bytes]]()
    for case in range(2):
        process = start(plan, channel="window")
        states = [process.dump()]
        assert walked(process) is (case == 0)
        for node, facts in (("a", {}), ("b", {"k": 2}), ("d", {"outcome": "pass"})):
            process = load(plan, states[-1], later=case)
            do(process, node, **facts)
            states.append(process.dump())
            assert walked(process) is (case == 0)
        assert process.ended
        assert [move.node for move in process.moves if move.what == "done"] == ["d", "e"]
        saved.append(states)
    assert saved[0] == saved[1]


def test_what_was_told_decides() -> None:
    """Facts that Python takes for equal are not equal as JSON; nor is their order the same state."""
    plan = plan_of(FORKED)
    process = start(plan)
    do(process, "a")
    before, seen = process.dump(), set[bytes]()
    told: list[dict[str, Any]] = [
        {"k": 1},
        {"k": True},
        {"k": 1.0},
        {"k": "1"},
        {"k": 2, "l": 1},
        {"l": 1, "k": 2},
        {},
        {"k": None},
    ]
    for _ in range(2):
        for facts in told:
            process = load(plan, before)
            do(process, "b", **facts)
            fresh = load(plan_of(FORKED), before)
            do(fresh, "b", **facts)
            assert process.dump() == fresh.dump()
            seen.add(process.dump())
    assert len(seen) == len(told)


def test_refusals_are_said_each_time() -> None:
    plan = plan_of("xor x\ns > a > x > b > e\nx > c > e1")
    before = start(plan).dump()
    for _ in range(2):
        process = load(plan, before)
        token = process.open_steps[0].token
        with pytest.raises(StepNotOpen):
            process.complete("no such token")
        with pytest.raises(TypeError):
            process.complete(token, {"when": NOON})
        with pytest.raises(TypeError):
            process.complete(token, {"k": float("nan")})
        process.complete(token)
        with pytest.raises(StepNotOpen):
            process.complete(token)
        with pytest.raises(ChoiceNeeded):
            process.complete(process.open_steps[0].token)


def test_an_act_that_fails_is_not_known_and_leaves_its_process_useless() -> None:
    plan = plan_of("xor x\ns > a > x > b [k > 1] > e\nx > c [k < 1] > e1")
    before = start(plan).dump()
    process = load(plan, before)
    do(process, "a", k=2)
    assert not walked(load(plan, before))
    for _ in range(2):
        process = load(plan, before)
        token = process.open_steps[0].token
        with pytest.raises(LianshenError):
            process.complete(token, {"k": 1})
        with pytest.raises(RuntimeError):
            process.dump()
        with pytest.raises(RuntimeError):
            process.complete(token, {"k": 2})


def test_what_looks_at_the_time_is_walked_each_time() -> None:
    plan = plan_of("catch t timer P1D\nborder w at b timer PT1H\ns > a > t > b > c > e\nw > e1")
    first = start(plan)
    begun = first.dump()
    states = list[bytes]()
    for later in (0, 1):
        process = load(plan, begun, later)
        do(process, "a")
        assert process.next_due() == NOON + timedelta(days=later + 1)
        states.append(process.dump())
    assert states[0] != states[1]
    process = load(plan, states[0], 2)
    assert process.run_timers() == 1
    do(process, "b")  # leaves no moment behind, but comes from a state that bears one
    assert [act.before for act in plan.known.acts] == [known.START]


def test_what_is_thrown_into_the_world_is_thrown_each_time() -> None:
    plan = plan_of("send th message=M1\ns > a > th > b > e")
    begun = start(plan).dump()
    for _ in range(2):
        process = load(plan, begun)
        do(process, "a")
        assert [sent.name for sent in process.sent] == ["M1"]


def test_what_a_reader_could_change_is_not_shared() -> None:
    plan = plan_of("user b loop=parallel over=people item=person\ns > a > b > e")
    begun = start(plan).dump()
    for people in (["张", "李"], [{"name": "张"}], [[]]):
        for again in (False, True):
            process = load(plan, begun)
            do(process, "a", people=people)
            assert [step.item for step in process.open_steps] == people
            assert walked(process) is not (again and people == ["张", "李"])


def test_a_step_that_another_system_answers_is_walked_each_time() -> None:
    diagram = draw("s > a > b > e")
    drawn = diagram.processes[diagram.main]
    asks = replace(drawn.nodes["b"], outbound=Outbound("credit", ("k",)))
    asking = replace(drawn, nodes={**drawn.nodes, "b": asks})
    plan = compile(replace(diagram, processes={diagram.main: asking}))
    begun = start(plan).dump()
    for _ in range(2):
        process = load(plan, begun)
        do(process, "a", k=[1])
        assert process.open_steps[0].sends == {"k": [1]}
        assert walked(process)


def test_a_player_who_invents_facts_or_counts_steps_walks_himself() -> None:
    plan = plan_of(FORKED)
    begun = start(plan).dump()
    assert walked(Process.load(plan, begun, now=NOON, invent=lambda question: {}))
    assert walked(Process.load(plan, begun, now=NOON, most_steps=10))
    assert not walked(load(plan, begun))


def test_more_is_asked_of_a_known_place() -> None:
    """What is not known of it is found by setting it up; and the walk goes on from there."""
    plan = plan_of(FORKED)
    for _ in range(2):
        process = start(plan)
        do(process, "a", k=0)
        assert process.facts == {"k": 0}
        assert [waits.kind for waits in process.waiting] == ["join"]
        assert [move.what for move in process.moves] == ["done", "arrived"]
        process.tell({"k": 3})
        do(process, "b")
        assert [step.node for step in process.open_steps] == ["d"]
        process.cancel()
        assert process.ended
        assert not process.success


def test_everything_is_forgotten_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [plan_of(FORKED), plan_of("s > a > b > c > e")]
    begun = [start(plan).dump() for plan in plans]
    assert all(plan.known.places for plan in plans)
    monkeypatch.setattr(known, "MOST", 0)
    do(load(plans[1], begun[1]), "a")
    assert not any(plan.known.places or plan.known.acts for plan in plans)
    do(load(plans[1], begun[1]), "a")  # and works on


def test_a_long_state_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of("s > a > e")
    begun = start(plan).dump()
    monkeypatch.setattr(known, "LONGEST", len(begun) - 1)
    other = plan_of("s > a > e")
    assert start(other).dump() == begun
    assert not other.known.places


def test_an_act_is_not_kept_where_it_was_done_in_a_long_state_or_with_many_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However short the state is that it came to: the one before is kept with it."""
    plan = plan_of("user b loop=parallel count=n until=true\ns > a > b > e")
    process = start(plan)
    do(process, "a", n=9)
    before = process.dump()
    kept = len(plan.known.acts)
    for longest, told in ((len(before) - 1, {}), (len(before), {"k": "字" * len(before)})):
        monkeypatch.setattr(known, "LONGEST", longest)
        process = load(plan, before)
        process.complete(process.open_steps[0].token, told)
        assert process.ended
        assert len(plan.known.acts) == kept
    do(load(plan, before), "b")
    assert len(plan.known.acts) == kept + 1


def test_the_state_of_an_act_is_kept_once_and_weighed_where_no_place_keeps_it() -> None:
    plan = plan_of("s > a > b > e")
    process = start(plan)
    begun = process.dump()
    do(load(plan, bytes(bytearray(begun))), "a")
    assert any(act.before is plan.known.places[begun].saved for act in plan.known.acts)
    process.tell({"k": "x" * 5_000})
    apart, weight = process.dump(), plan.known.weight
    do(load(plan, apart), "a")
    assert apart not in plan.known.places
    assert plan.known.weight - weight > 3 * len(apart), "once before the act, twice after it"


def test_what_is_known_goes_with_its_plan() -> None:
    plan = plan_of(FORKED)
    do(start(plan), "a")
    gone = weakref.ref(plan.known)
    assert isinstance(gone(), Known)
    del plan
    gc.collect()
    assert gone() is None


def test_a_forked_process_goes_on() -> None:
    """Also where a thread of its parent was adding at that moment."""
    plan, stop = plan_of("s > a > b > a"), threading.Event()
    begun = start(plan).dump()

    def add() -> None:
        process = load(plan, begun)
        while not stop.is_set():  # each round is a state of its own
            process.complete(process.open_steps[0].token)

    adding = threading.Thread(target=add)
    adding.start()
    ended = list[int]()
    for n in range(40):
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            try:
                do(load(plan, begun), "a", n=n)
                os._exit(0)
            finally:
                os._exit(1)
        ended.append(os.waitpid(child, 0)[1])
    stop.set()
    adding.join()
    assert ended == [0] * 40


def test_many_threads_come_to_the_same() -> None:
    plan, apart = plan_of(FORKED), plan_of(FORKED)
    begun = start(apart).dump()
    wanted = dict[str, bytes]()
    for node in "ab":
        process = load(apart, begun)
        do(process, node, k=2)
        wanted[node] = process.dump()
    found, gate = list[tuple[str, bytes]](), threading.Barrier(8)

    def work(node: str) -> None:
        gate.wait()
        for _ in range(50):
            process = load(plan, begun)
            do(process, node, k=2)
            found.append((node, process.dump()))

    threads = [threading.Thread(target=work, args=(node,)) for node in "abababab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 400
    assert set(found) == set(wanted.items())
