"""A diagram played to its end by itself, in memory: nobody is asked, nothing is kept, and two plays of one diagram are equal.

The player stands in for everybody: it does the open steps, says how called matters ended, sends what is awaited, lets time
pass, and invents the facts that nobody has set. What it invented is listed, so that nobody takes a play for a proof. A way
that gets stuck is taken back, the latest choice first: only what gets stuck every way is told as waiting.
"""

from __future__ import annotations

import re
import traceback
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ...clock import OfficeTime, WorkCalendar, shipped_notices
from ...diagrams import ENDINGS, Diagram, ExpressionNotUnderstood, Scope, Severity, expression
from ...errors import Fault, LianshenError
from ...runtime import Asked, DiagramSpins, OpenStep, Plan, Process, Question, Waiting
from ..importing import Imported, import_diagram
from .facts import PERSONS, open_ways, solved
from .trace import TOLD, Book, Traced
from .waking import holding, later, listening

BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)
"""Monday morning at nine in China: a play that is told no moment is the same on every day."""

MOST_ACTS = 2_000
"""Acts of one attempt, beside two for each thing that is drawn."""

MOST_STEPS = 10_000
"""Automatic steps of one act: fewer than a case may take, because nobody waits for a play that spins."""

MOST_WORK = 60_000
"""Moves of tokens in all attempts of a play together: what is longer goes round and round."""

CROWD, JUMP = 10, 10
"""Tokens that grow ever more are work by themselves: a few more than ever before of them cost their square over this. Many more
at once are a repeated step that begins."""

MANY = 500
"""Tokens at once that are named as the reason when a play is stopped: with fewer of them it goes round."""

MOST_ATTEMPTS = 24
MOST_RESCUES = 3
"""How often an event on a border or beside the flow is sent for the sake of a play in which nothing else moves."""


@dataclass(frozen=True)
class Played:
    """How a play went.

    result: completed; waiting (stuck as drawn, `reason` is the witness); refused (cannot be run as drawn); failed (a fault of
    ours). outcome: of a completed play, ended, error (one that nobody caught), terminated or cancelled. acts: what the player
    did. assumed: in words, what it invented, and where it had to try another way.
    """

    process: str
    result: str
    outcome: str = ""
    acts: int = 0
    trace: tuple[Traced, ...] = ()
    assumed: tuple[str, ...] = ()
    reason: str = ""

    def told(self, file: str) -> dict[str, Any]:
        """For machines, with the name of the file that was played."""
        keys = ("n", "element", "event", "by")
        return {
            "file": file,
            "process": self.process,
            "result": self.result,
            "outcome": self.outcome,
            "acts": self.acts,
            "trace": [{key: getattr(line, key) for key in keys} for line in self.trace],
            "assumed": list(self.assumed),
            "reason": self.reason,
        }


def play_through(
    diagram: Diagram,
    plan: Plan,
    *,
    now: datetime = BEGIN,
    office_time: OfficeTime | None = None,
    facts: Mapping[str, Any] | None = None,
    assumed: Sequence[str] = (),
) -> Played:
    """Play the main process to its end. Bounded in acts and in work; raises nothing.

    assumed: what was assumed of the diagram before, told first.
    """
    if not plan.starts and not plan.main.layout.starts:
        drawn = diagram.processes[diagram.main]
        nowhere = Fault(drawn.id, f"流程“{drawn.name or drawn.id}”没有可以开始的地方。", file=drawn.at.file)
        return refused(drawn.id, [replace(nowhere, line=drawn.at.line, column=drawn.at.column)])
    time = office_time or _shipped_time()
    first: Played | None = None
    choices, work = _Choices(), 0
    for attempt in range(1, MOST_ATTEMPTS + 1):
        player = _Player(diagram, plan, now, time, choices, MOST_WORK - work)
        played = player.play(dict(facts or {}))
        work += player.work
        first = first or played
        if played.result != "waiting":
            tried = (f"前 {attempt - 1} 种走法走不到头，第一种：{first.reason}",) if attempt > 1 else ()
            return replace(played, assumed=(*assumed, *tried, *played.assumed))
        if work >= MOST_WORK or not choices.take_back():
            break
    assert first is not None
    return replace(first, assumed=(*assumed, *first.assumed))


@cache
def _shipped_time() -> OfficeTime:
    return OfficeTime(WorkCalendar.of(shipped_notices()))


def play_files(files: Mapping[str, bytes], main: str | None = None) -> Played:
    """The same for files as they lie there: the first of them is played, the others are there to be called.

    What needs repairs is played as it would be after them, and each of them is assumed. What cannot be run is told as refused,
    with the element and the line.
    """
    return play_imported(import_diagram(files, main))


def play_imported(imported: Imported) -> Played:
    """The same for a file that was imported."""
    if imported.diagram is None or imported.plan is None:
        return refused("", [f.fault() for f in imported.findings if f.severity is Severity.ERROR])
    assumed = [f"修复 {made.kind} {made.element}：{made.sentence}" for made in imported.repairs]
    return play_through(imported.diagram, imported.plan, assumed=assumed)


def refused(process: str, faults: Sequence[Fault]) -> Played:
    """What cannot be run as it is drawn."""
    more = f"（共 {len(faults)} 处）" if len(faults) > 1 else ""
    first = faults[0]
    where = f"{Path(first.file).name}:{first.line}:{first.column} {first.place} " if first.line else ""
    return Played(process, "refused", reason=f"{where}{first.sentence}{more}")


# ---- choices
class _Choices:
    """Which way is taken at the first visit of each place where there are several; each further visit takes the next one.

    An attempt that got stuck is taken back at its latest choice, so that in the end every order has been tried.
    """

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], list[int]] = {}
        """place -> [first choice, how many there are]"""

    def first(self, place: tuple[str, str], count: int) -> int:
        return self.made.setdefault(place, [0, count])[0]

    def take_back(self) -> bool:
        while self.made:
            place, (taken, count) = next(reversed(self.made.items()))
            if taken + 1 < count:
                self.made[place] = [taken + 1, count]
                return True
            del self.made[place]
        return False


class _Stuck(Exception):
    """Why the play ends before its end, in Chinese."""


class _Player:
    """One attempt."""

    def __init__(
        self, diagram: Diagram, plan: Plan, now: datetime, time: OfficeTime, choices: _Choices, most_work: int
    ) -> None:
        self.diagram, self.plan, self.now, self.time, self.choices = diagram, plan, now, time, choices
        self.most_work, self.work, self.acts = most_work, 0, 0
        self.scopes = dict(_scopes(diagram))
        self.most_acts = MOST_ACTS + 2 * sum(len(scope.nodes) for scope in self.scopes.values())
        self.book = Book(self.scopes)
        self.assumed: dict[str, None] = {}
        self.visits: dict[tuple[str, str], int] = {}
        self.sent: dict[tuple[str, str, str], int] = {}
        self.crowd = 0
        self.todo = deque[OpenStep]()
        self.more: dict[str, Any] = {"invent": self.invent, "most_steps": MOST_STEPS}
        self.process: Process | None = None

    def play(self, facts: dict[str, Any]) -> Played:
        try:
            self.start(facts)
            while not self.running.ended:
                self.move()
            return self.told("completed", self.outcome(), self.why_failed())
        except _Stuck as stuck:
            return self.told("waiting", reason=str(stuck))
        except LianshenError as error:
            self.work += self.most_work if isinstance(error, DiagramSpins) else 0
            return self.told("waiting", reason=str(error))
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno} {place.name})"
            return self.told("failed", reason=reason)

    def told(self, result: str, outcome: str = "", reason: str = "") -> Played:
        trace, process = tuple(self.book.lines()), self.diagram.main
        return Played(process, result, outcome, self.acts, trace, tuple(self.assumed), reason)

    @property
    def running(self) -> Process:
        assert self.process is not None
        return self.process

    def outcome(self) -> str:
        if self.running.errors:
            return "error"
        if not self.running.success:
            return "cancelled"
        return "terminated" if self.book.terminated(self.diagram.main) else "ended"

    def why_failed(self) -> str:
        return "".join(f"错误“{code}”没有人接" for code in self.running.errors)

    # ---- one act after another
    def start(self, facts: dict[str, Any]) -> None:
        at, starts = None, self.plan.starts
        if len(starts) > 1 or not self.plan.main.layout.starts:
            at = starts[self.choices.first((self.diagram.main, ""), len(starts))]
            name = self.named(self.diagram.main, at)
            self.assumed[f"{at}：有 {len(starts)} 个开始事件，假定从“{name}”开始"] = None
        self.process = Process.start(self.plan, facts, now=self.now, office_time=self.time, at=at, **self.more)
        self.made("auto")

    def move(self) -> None:
        """The next act. Raises _Stuck when there is none."""
        if self.acts >= self.most_acts or self.work > self.most_work:
            where = "、".join(dict.fromkeys(f"“{name}”" for name in self.book.lately()))
            if len(self.book.open) > MANY:
                raise _Stuck(f"太多路同时走：走了 {self.acts} 步，还有 {len(self.book.open)} 路没有走完：{where}")
            raise _Stuck(f"走了 {self.acts} 步还没有到头，一直在绕圈：{where}")
        process = self.running
        if step := self.next_step():
            self.do(step)
        elif process.open_calls:
            call = process.open_calls[0]
            endings = ["open"] if call.optional else list(ENDINGS)
            ending = endings[self.turn(self.diagram.main, call.node, len(endings))]
            process.answer_call(call.token, {"outcome": ending})
            self.made("choice", call.node)
        elif not any(map(self.send, self.in_turn(holding(process)))) and not self.rescued():
            raise _Stuck(self.witness())

    def next_step(self) -> OpenStep | None:
        """The oldest open step. Those that were open are gone through before it is looked anew: what came since is younger."""
        self.todo = self.todo or deque(self.running.open_steps)
        while self.todo:
            step = self.todo.popleft()
            if step.token in self.book.open:
                return step
            self.todo = self.todo or deque(self.running.open_steps)
        return None

    def made(self, by: str, element: str = "") -> None:
        """An act is done: the book takes down what moved."""
        self.acts += 1
        self.work += len(self.running.moves)
        self.book.take(self.running.moves, by, element, failed=bool(self.running.errors))
        grown = len(self.book.open) - self.crowd
        if grown > 0:
            self.crowd += grown
            self.work += self.crowd**2 // CROWD if grown < JUMP else self.crowd

    def do(self, step: OpenStep) -> None:
        """A person's step: a way, an outcome, or just done."""
        if any(self.send(one) for one in self.before(step)):
            return
        if step.ways:
            way = step.ways[self.turn(step.scope, step.node, len(step.ways))]
            self.assumed[f"{step.node}：没有写条件，假定走“{way.label}”（{way.flow}）"] = None
            self.running.choose(step.token, way.flow)
        elif step.work and step.work.outcomes:
            outcomes = step.work.outcomes
            told = outcomes[self.turn(step.scope, step.node, len(outcomes))].code
            self.running.complete(step.token, {"outcome": told})
        else:
            self.running.complete(step.token)
            self.made("auto", step.node)
            return
        self.made("choice", step.node)

    def before(self, step: OpenStep) -> list[Waiting]:
        """The events on its border, or on that of a sub-process around it, that are let happen before it is done: none at
        first, but where a play gets stuck it is tried."""
        near = [one for one in listening(self.running) if one.kind in (*TOLD, "condition") and _around(one, step)]
        new = [one for one in near if not self.sent.get(_which(one))]
        return [one for one in new if self.choices.first((one.scope, f"{one.node} !"), 2)]

    def turn(self, scope: str, node: str, count: int) -> int:
        """Which of so many is taken this time: at the first visit as chosen, then the next one each time."""
        visit = self.visits[scope, node] = self.visits.get((scope, node), -1) + 1
        return (self.choices.first((scope, node), count) + visit) % count if count else 0

    # ---- what comes from elsewhere
    def in_turn(self, waiting: list[Waiting]) -> list[Waiting]:
        """The least sent first; then messages, signals, conditions, time last."""
        order = ("message", "signal", "condition", "timer")
        known = [one for one in waiting if one.kind in order]
        return sorted(known, key=lambda one: (self.sent.get(_which(one), 0), order.index(one.kind)))

    def send(self, one: Waiting) -> bool:
        """Lets one awaited event happen; whether something moved."""
        self.sent[_which(one)] = self.sent.get(_which(one), 0) + 1
        match one.kind:
            case "message":
                self.running.message(one.what or "")
            case "signal":
                self.running.signal(one.what or "")
            case "timer":
                self.now = max(self.now, one.due or self.now)
                self.process = later(self.running, self.plan, self.now, self.time, **self.more)
            case _:
                self.running.tell(self.fulfilled(one))
        moved = bool(self.running.moves)
        self.made(one.kind if one.kind in TOLD else "auto", one.node)
        return moved

    def rescued(self) -> bool:
        """Nothing else moves: what only a border or an event sub-process waits for is sent, a few times each."""
        waiting = [one for one in listening(self.running) if self.sent.get(_which(one), 0) < MOST_RESCUES]
        return any(map(self.send, self.in_turn(waiting)))

    # ---- facts that nobody has set
    def invent(self, question: Question) -> Mapping[str, Any] | str | None:
        match question.what:
            case "ways":
                return self.way(question)
            case "condition":  # comes true when nothing else moves
                return None
            case "collection":
                return self.noted(question, self.items(question))
            case "cardinality":
                return self.noted(question, len(PERSONS))
            case _:
                return self.noted(question, None)

    def way(self, question: Question) -> str | None:
        """Which way is taken where conditions read what nobody has set; None lets the conditions decide that can."""
        node = self.scopes[question.scope].nodes[question.node]
        flows = open_ways(question, node)
        if not flows:
            return None
        flow = flows[self.turn(question.scope, question.node, len(flows))]
        drawn = next(f for f in self.scopes[question.scope].leaving[node.id] if f.id == flow)
        names, words = "、".join(question.unset), drawn.name or self.named(question.scope, drawn.target)
        self.assumed[f"{node.id}：条件用到的 {names} 没有人填写，假定走“{words}”（{flow}）"] = None
        self.book.chosen.add((question.scope, node.id))
        return flow

    def items(self, question: Question) -> list[Any]:
        """Two items for a repeated step: such that conditions on them hold, where there are any; else two persons."""
        loop = self.scopes[question.scope].nodes[question.node].loop
        item = loop.item if loop else None
        flows = [flow for scope in self.scopes.values() for flow in scope.flows]
        texts = [
            f.condition for f in flows if item and f.condition and re.search(rf"\b{re.escape(item)}\b", f.condition)
        ]
        found = list[Any]()
        for text in dict.fromkeys(texts):
            try:
                asked = Asked(expression(text))
            except ExpressionNotUnderstood:  # of a process that is not played
                continue
            worth = solved(replace(question, what="condition", asked=(asked,), unset=(item or "",)), True)
            found += [worth[item]] if worth and item in worth else []
        return (found * 2)[:2] or list(PERSONS)

    def fulfilled(self, one: Waiting) -> Mapping[str, Any]:
        """Facts with which an awaited condition holds, as far as any do."""
        asked = Asked(expression(one.what or ""))
        names = tuple(sorted(asked.expression.names)) if asked.expression else ()
        question = Question("condition", one.node, one.scope, (asked,), names, self.running.facts)
        facts = solved(question, True)
        return self.noted(question, True) or {} if facts and asked.worth({**question.facts, **facts}) else {}

    def noted(self, question: Question, wanted: Any) -> Mapping[str, Any] | None:
        """Facts with which the expressions come out as wanted."""
        facts = solved(question, wanted)
        if facts is not None:
            told = "、".join(f"{name} = {_said(worth)}" for name, worth in facts.items())
            self.assumed[f"{question.node}：{_WHATS[question.what]}用到的没有人填写，假定 {told}"] = None
        return facts

    # ---- words
    def named(self, scope: str, element: str) -> str:
        return self.scopes[scope].nodes[element].name or element

    def witness(self) -> str:
        """Why nothing moves: which join lacks which flow, what is waited for, and where the tokens stand."""
        sentences = []
        for one in self.running.waiting:
            if one.kind == "join":
                lacking = "、".join(f"{gap.flow}（从“{gap.source}”）" for gap in one.missing)
                sentences.append(f"汇合“{one.name}”（{one.node}）一直等着 {lacking}，没有令牌能从那里来")
            elif one.kind == "tokens":
                sentences.append(f"“{one.name}”（{one.node}）要等齐 {one.what} 个令牌才开始，再没有令牌能来")
            elif not one.beside and one.host is None:
                sentences.append(f"“{one.name}”（{one.node}）等 {_KINDS[one.kind]} {one.what or ''}".rstrip())
        standing = "、".join(dict.fromkeys(self.book.standing())) or "没有"
        return f"{'；'.join(dict.fromkeys(sentences)) or '没有什么能再走'}；令牌在：{standing}"


_KINDS = {
    "message": "消息",
    "signal": "信号",
    "timer": "时间",
    "condition": "条件",
    "error": "错误",
    "escalation": "升级",
    "cancel": "取消",
}
_WHATS = {
    "collection": "名单",
    "cardinality": "份数",
    "loop": "循环条件",
    "completion": "完成条件",
    "condition": "等待的条件",
    "timer": "时间",
    "script": "脚本",
}


def _which(one: Waiting) -> tuple[str, str, str]:
    return one.scope, one.node, f"{one.kind} {one.what or ''}"


def _around(one: Waiting, step: OpenStep) -> bool:
    """Whether it is on the border of this step, or of a sub-process that the step lies in."""
    host = f"{one.scope}/{one.host}"
    return one.host is not None and f"{step.scope}/{step.node}/".startswith(f"{host}/")


def _said(worth: Any) -> str:
    return {True: "是", False: "否"}.get(worth, str(worth)) if isinstance(worth, bool) else str(worth)


def _scopes(diagram: Diagram) -> Iterator[tuple[str, Scope]]:
    todo = list(diagram.processes.values())
    while todo:
        scope = todo.pop()
        yield scope.id, scope
        todo += [node.inner for node in scope.nodes.values() if node.inner]
