"""What of SpiffWorkflow this product stands on, frozen by the hash of its source: an upgrade is a decision.

A hash that differs: read the new source, see that engine/runtime still means what it meant, then write the new hash here.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import reduce
from importlib import metadata
from types import FrameType, FunctionType
from typing import Any

import pytest

from engine.runtime import NotComputable, Process, compile
from engine.runtime.scope import Scope
from engine.runtime.step import ScopeSpec, Step
from engine.runtime.token import FUTURE, READY, STARTED, WAITING, Token
from tests.runtime.drawing import draw

VERSION = "3.2.0"
# runs while a process lives: called by engine/runtime, or by what it calls
RUNS: dict[str, str] = {
    "bpmn.specs.bpmn_process_spec:BpmnProcessSpec.__init__": "4c0511ce1def",
    "bpmn.specs.bpmn_process_spec:BpmnProcessSpec._add_notify": "749fc73fcef6",
    "bpmn.specs.bpmn_task_spec:BpmnTaskSpec.__init__": "1345082eb723",
    "bpmn.specs.control:BpmnStartTask.__init__": "973bf9e0a65d",
    "bpmn.util.event:EventManager.__init__": "d67f673a9d41",
    "bpmn.util.subworkflow:BpmnBaseWorkflow.__init__": "0ab21b97ab24",
    "bpmn.util.subworkflow:BpmnSubWorkflow.__init__": "db2b701bf21b",
    "bpmn.workflow:BpmnWorkflow.__init__": "3a81d03cfd84",
    "bpmn.workflow:BpmnWorkflow.depth": "bc3d2710ed17",
    "specs.Join:Join.__init__": "29a9eb19d2f9",
    "specs.StartTask:StartTask.__init__": "473a4ae1d4f9",
    "specs.WorkflowSpec:WorkflowSpec.__init__": "fdb80d81cf1d",
    "specs.WorkflowSpec:WorkflowSpec._add_notify": "2522e219845e",
    "specs.base:TaskSpec.__init__": "df987d5843e7",
    "specs.base:TaskSpec._connect_notify": "5495e0157b49",
    "specs.base:TaskSpec._on_error": "2b895f26cae5",
    "specs.base:TaskSpec._on_error_hook": "36e721655ce5",
    "specs.base:TaskSpec._on_ready": "c0c43ec078d3",
    "specs.base:TaskSpec._run": "dac36fd70134",
    "specs.base:TaskSpec._update": "6b138d31ca68",
    "specs.base:TaskSpec.connect": "80f6471ca883",
    "task:Task.__init__": "5d98d6df6c60",
    "task:Task._drop_children": "eca5081a4b52",
    "task:Task._ready": "4c051bb2c2a3",
    "task:Task.cancel": "16a6cc6f7ea4",
    "task:Task.children": "ab66856eadb4",
    "task:Task.complete": "3ad34f7ae962",
    "task:Task.error": "2a089827d0ed",
    "task:Task.has_state": "51bfc706797e",
    "task:Task.run": "976c46e260fe",
    "util.event:Event.__init__": "55fbad35cc7d",
    "util.event:Event.emit": "2cb37e3bfe59",
    "workflow:Workflow.__init__": "a179a7573948",
}
# engine/runtime has its own in this place: what the engine asks of it, and when, must stay
REPLACED: dict[str, str] = {
    "bpmn.specs.bpmn_task_spec:BpmnTaskSpec._update_hook": "facd2e4174bc",
    "bpmn.util.subworkflow:BpmnSubWorkflow._calculate_depth": "e67055a362ab",
    "bpmn.util.subworkflow:BpmnSubWorkflow.parent_workflow": "873507ab7597",
    "bpmn.workflow:BpmnWorkflow.create_subprocess": "d29d0ee4716c",
    "bpmn.workflow:BpmnWorkflow.do_engine_steps": "0dddd74053a5",
    "specs.base:TaskSpec._on_cancel": "c05a2f4bc3de",
    "specs.base:TaskSpec._on_complete": "95d4b21bfa42",
    "specs.base:TaskSpec._on_ready_hook": "e58b27eadbe7",
    "specs.base:TaskSpec._predict": "e205cac4587d",
    "specs.base:TaskSpec._run_hook": "90902266396a",
    "specs.base:TaskSpec._update_hook": "8e93b378bc2b",
    "specs.base:TaskSpec.test": "8a2ce71e2a56",
    "task:Task._set_state": "86c4c1d22dc9",
    "task:Task.parent": "70a7622fce2f",
    "task:Task.state": "87299379ec4e",
    "workflow:Workflow._task_completed_notify": "a87c9bea38b2",
}
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def source(name: str) -> str:
    """The hash of a function, named `module:Class.function` without the package's name."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(f"SpiffWorkflow.{module}")
    *outer, last = path.split(".")
    found = inspect.getattr_static(reduce(getattr, outer, found), last)
    found = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
    return hashlib.sha256(inspect.getsource(found).encode()).hexdigest()[:12]


def named(module: str, path: str) -> str:
    return f"{module.removeprefix('SpiffWorkflow.')}:{path.partition('.<locals>')[0]}"


def run_by(act: Callable[[], object]) -> set[str]:
    """The functions of SpiffWorkflow that run while `act` does."""
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("SpiffWorkflow."):
            seen.add(named(module, frame.f_code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return seen


def below(*classes: type) -> set[type]:
    return {c for one in classes for c in (one, *below(*one.__subclasses__()))}


def lives() -> None:
    """Tokens in and out of everything that a scope can be: a fork, a border, a sub-process, a loop, a failure, a cancel."""
    drawn = draw(
        """
        sub q
            border b at a message M
            qs > a > qe
            b > qe
            start qs
            end qe
        and g j
        user m loop=parallel over=people
        s > g > q > j > m > e
        g > c > j
        """
    )
    plan = compile(drawn)
    process = Process.start(plan, {"people": [1, 2]}, now=NOON)
    assert process.message("M") == 1
    process = Process.load(plan, process.dump(), now=NOON)
    while process.open_steps:
        process.complete(process.open_steps[0].token)
    assert process.ended
    Process.start(plan, {}, now=NOON).cancel()
    with pytest.raises(NotComputable):
        Process.start(compile(draw("script x: n = n + 1\ns > x > e")), {}, now=NOON)


def test_the_version_is_the_one_that_was_read() -> None:
    assert metadata.version("SpiffWorkflow") == VERSION


@pytest.mark.parametrize("table", [RUNS, REPLACED], ids=["runs", "replaced"])
def test_every_function_that_we_stand_on_is_as_it_was_read(table: dict[str, str]) -> None:
    assert {name: source(name) for name in table} == table


def test_everything_that_runs_is_frozen() -> None:
    assert run_by(lives) == set(RUNS)


def test_everything_that_we_replace_is_frozen() -> None:
    """Also a function that we should replace by accident, because a new version brings one of this name."""
    replaced = set()
    for ours in below(Token, Step, ScopeSpec, Scope):
        mine = {
            n for c in ours.__mro__ if c.__module__.startswith("engine.") for n in vars(c) if not n.startswith("__")
        }
        for base in ours.__mro__:
            if base.__module__.startswith("SpiffWorkflow."):
                theirs = {n for n in mine & set(vars(base)) if isinstance(vars(base)[n], FunctionType | property)}
                replaced |= {named(base.__module__, f"{base.__qualname__}.{name}") for name in theirs}
    assert replaced == set(REPLACED)


def test_the_states_have_their_numbers() -> None:
    """They stand in stored processes."""
    assert (FUTURE, WAITING, READY, STARTED) == (4, 8, 16, 32)
