"""One process run three times: in one piece; saved, compiled anew and loaded after every act; and on the plan of the first, to
which its acts are known. The three must never differ.

`play` runs a trace against a drawing:

    : a b                 what is open at the start
    a verdict="yes" : b   complete a with facts; then b is open
    g => b : b            choose the way to b
    message M1 k=1 : w    signal SG, after PT1H, back b a, fail a E1, cancel
    b : !no-way-out       the act fails with this code, and nothing has happened
    z : end               the process has ended;  - : nothing open, but something is waited for
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.diagrams import Diagram
from engine.errors import LianshenError
from engine.runtime import OfficeTime, OpenStep, Plan, Process, compile
from engine.runtime.moments import Duration
from engine.runtime.token import Token
from tests.runtime.drawing import draw

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


class Twins:
    """The processes, and the clock that the test turns."""

    def __init__(
        self,
        drawing: str | Diagram,
        facts: dict[str, Any] | None = None,
        *,
        now: datetime = NOON,
        office_time: OfficeTime | None = None,
        process: str | None = None,
        at: str | None = None,
    ) -> None:
        self.drawing, self.process, self.office_time, self.now = drawing, process, office_time, now
        self.plan = self.compiled()
        self.print = fingerprint(self.plan)
        self.trace = list[tuple[str, str]]()
        plans = (self.plan, self.compiled(), self.plan)
        self.one, self.other, self.again = (self._start(plan, facts or {}, at) for plan in plans)
        self._compare()

    def compiled(self) -> Plan:
        drawn = draw(self.drawing) if isinstance(self.drawing, str) else self.drawing
        return compile(drawn, self.process)

    def _start(self, plan: Plan, facts: dict[str, Any], at: str | None) -> Process:
        return Process.start(plan, facts, now=self.now, office_time=self.office_time, at=at)

    # ---- what is to see
    @property
    def names(self) -> list[str]:
        return sorted(step.node for step in self.one.open_steps)

    @property
    def ended(self) -> bool:
        return self.one.ended

    @property
    def facts(self) -> dict[str, Any]:
        return self.one.facts

    @property
    def done(self) -> list[str]:
        """Nodes that were done, in order."""
        return [node for what, node in self.trace if what == "done"]

    def step(self, name: str, nth: int = 0) -> OpenStep:
        found = [step for step in self.one.open_steps if step.node == name]
        assert len(found) > nth, f"{name} is not open, but {self.names}"
        return found[nth]

    def data(self, name: str) -> dict[str, Any]:
        """What the branch of an open step holds."""
        return dict(next(t for t in board(self.one) if t.id == self.step(name).token).data)

    # ---- acts
    def act(self, deed: Callable[[Process], Any]) -> Any:
        """On all; when it fails it fails alike, and all are as before."""
        before = self.one.dump()
        try:
            result = deed(self.one)
        except LianshenError as error:
            for same in (self.other, self.again):
                with pytest.raises(type(error), match=f"^{re.escape(str(error))}$"):
                    deed(same)
            self._load_all(before)
            raise
        assert deed(self.other) == result
        assert deed(self.again) == result
        self._compare()
        return result

    def do(self, name: str, nth: int = 0, **facts: Any) -> None:
        token = self.step(name, nth).token
        self.act(lambda process: process.complete(token, facts))

    def choose(self, name: str, target: str) -> None:
        step = self.step(name)
        ways = [way.flow for way in step.ways if way.flow.split(">")[-1] == target]
        self.act(lambda process: process.choose(step.token, ways[0] if ways else target))

    def send_back(self, name: str, target: str, nth: int = 0, **facts: Any) -> None:
        token = self.step(name, nth).token
        self.act(lambda process: process.send_back(token, target, facts))

    def fail(self, name: str, code: str) -> bool:
        token = self.step(name).token
        caught: bool = self.act(lambda process: process.fail(token, code))
        return caught

    def message(self, name: str, keys: dict[str, Any] | None = None, **payload: Any) -> int:
        caught: int = self.act(lambda process: process.message(name, payload, keys))
        return caught

    def after(self, length: str) -> int:
        """Time passes, and the sweep comes by."""
        duration = Duration.read(length)
        assert duration
        self.now = duration.after(self.now)
        self._load_all(self.one.dump())
        fired: int = self.act(lambda process: process.run_timers())
        return fired

    def finish(self, **facts: Any) -> None:
        """Everything that is open is done, again and again, until the end."""
        while self.names:
            self.do(self.names[0], **facts)

    # ---- the comparison
    def load(self, plan: Plan, state: bytes) -> Process:
        return Process.load(plan, state, now=self.now, office_time=self.office_time)

    def _load_all(self, state: bytes) -> None:
        self.one, self.other, self.again = (self.load(plan, state) for plan in (self.plan, self.compiled(), self.plan))

    def _compare(self) -> None:
        one = self.one
        saved = one.dump()
        for same in (self.other, self.again):
            assert same.dump() == saved
            assert same.moves == one.moves
            assert same.sent == one.sent
        self._compare_views(self.again)
        self.trace += [(move.what, move.node) for move in one.moves]
        self.other = self.load(self.compiled(), saved)
        assert self.other.dump() == saved
        self._compare_views(self.other)
        assert fingerprint(self.plan) == self.print, "the plan was changed by running"
        check_board(one)

    def _compare_views(self, same: Process) -> None:
        one = self.one
        assert same.open_steps == one.open_steps
        assert same.open_tokens == {step.token for step in one.open_steps}
        assert [same.work_of(step.token) for step in one.open_steps] == [step.work for step in one.open_steps]
        assert same.open_calls == one.open_calls
        assert same.waiting == one.waiting
        assert same.facts == one.facts
        assert same.next_due() == one.next_due()
        assert (same.ended, same.success, same.errors) == (one.ended, one.success, one.errors)


def board(process: Process) -> list[Token]:
    return [token for scope in process._top.scopes() for token in scope.tokens()]


def check_board(process: Process) -> None:
    """What must hold between acts: paths of forks tell the branches apart, and nothing is kept that nobody needs."""
    for scope in process._top.scopes():
        living = scope.living()
        paths = [token.mark.forks for token in living]
        for i, path in enumerate(paths):
            for j, longer in enumerate(paths):
                assert i == j or longer[: len(path)] != path, f"{path} is the beginning of {longer}"
        inside = {fork for path in paths for fork, _ in path}
        assert set(scope.branches.partings) <= inside, "a fork that nobody is inside of"
        assert set(scope.branches.left) <= inside | {0}, "left by a branch of a fork that is over"
        for token in scope.tokens():
            assert token.mark.host is None or token.mark.host in scope.tasks
            assert token.mark.owner is None or token.mark.owner in scope.tasks
    if process.ended:
        assert not board(process)
        assert not process._top.subprocesses


def fingerprint(plan: Plan) -> str:
    """Everything that a plan holds, as text."""
    rows = [(path, spec.layout, spec.letters, spec.drawn.id) for path, spec in plan.scopes.items()]
    steps = [
        (path, name, step._inputs, step._outputs, step.data, step.defines, step.exits, step.borders, step.manual)
        for path, spec in plan.scopes.items()
        for name, step in spec.task_specs.items()
    ]
    return repr((plan.main.name, plan.conditional, rows, steps))


def play(drawing: str, trace: str, facts: dict[str, Any] | None = None) -> Twins:
    """Runs a trace; see above."""
    twins: Twins | None = None
    for line in filter(None, map(str.strip, trace.splitlines())):
        deed, _, wanted = line.rpartition(":")
        if twins is None:
            assert not deed.strip()
            twins = Twins(drawing, facts)
            found = _seen(twins)
        else:
            found = _played(twins, deed)
        assert found == wanted.split(), f"{line}\nfound {found}"
    assert twins
    return twins


def _played(twins: Twins, deed: str) -> list[str]:
    word, *rest = shlex.split(deed)
    told = dict(_told(part) for part in rest if "=" in part and part != "=>")
    try:
        match [word, *rest]:
            case ["message", name, *_]:
                twins.message(name, **told)
            case ["signal", name]:
                twins.act(lambda process: process.signal(name))
            case ["after", length]:
                twins.after(length)
            case ["back", name, target, *_]:
                twins.send_back(name, target, **told)
            case ["fail", name, code]:
                twins.fail(name, code)
            case ["cancel"]:
                twins.act(lambda process: process.cancel())
            case [name, "=>", target]:
                twins.choose(name, target)
            case _:
                name, _, nth = word.partition("#")
                twins.do(name, int(nth or 1) - 1, **told)
    except LianshenError as error:
        return [f"!{error.code}"]
    return _seen(twins)


def _seen(twins: Twins) -> list[str]:
    if twins.ended:
        assert not twins.names
        return ["end"]
    return twins.names or ["-"]


def _told(part: str) -> tuple[str, Any]:
    name, value = part.split("=", 1)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
