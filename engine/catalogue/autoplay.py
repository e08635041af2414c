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
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from ..clock import OfficeTime, WorkCalendar, shipped_notices
from ..diagrams import ENDINGS, Diagram, ExpressionNotUnderstood, Node, Scope, Severity, expression
from ..errors import Fault, LianshenError
from ..runtime import Asked, DiagramSpins, Move, OpenStep, Plan, Process, Question, Waiting
from .importing import Imported, import_diagram

BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)
"""Monday morning at nine in China: a play that is told no moment is the same on every day."""

MOST_ACTS = 2_000
MOST_STEPS = 10_000
"""Automatic steps of one act: fewer than a case may take, because nobody waits for a play that spins."""

MOST_WORK = 60_000
"""Moves of tokens in all attempts of a play together: what is longer goes round and round."""

CROWD, JUMP = 10, 10
"""Tokens that grow ever more are work by themselves: a few more than ever before of them cost their square over this. Many more
at once are a repeated step that begins."""

MOST_ATTEMPTS = 24
MOST_RESCUES = 3
"""How often an event on a border or beside the flow is sent for the sake of a play in which nothing else moves."""

PERSONS = ("甲", "乙")
GATHERED = ("join", "tokens")
"""Kinds of waiting that are for other tokens, and not for an event."""

GATHERING = ("parallelGateway", "inclusiveGateway", "complexGateway")
THROWING = ("endEvent", "intermediateThrowEvent", "sendTask")
TOLD = ("message", "signal", "timer")


@dataclass(frozen=True)
class Traced:
    """One line of a trace. event: entered, completed, cancelled. by: auto, timer, message, signal, choice. scope: the path of
    the process or sub-process that draws the element.

    A gateway that gathers several flows is entered when it has enough of them: until then its tokens stand on the flows. A
    repeated step is entered once a turn.
    """

    n: int
    element: str
    event: str
    by: str
    scope: str


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


# ---- waking: what is let happen when nobody has anything to do
def later(process: Process, plan: Plan, moment: datetime, office_time: OfficeTime, **more: Any) -> Process:
    """The process at a later moment, with all that was due until then."""
    process = Process.load(plan, process.dump(), now=moment, office_time=office_time, **more)
    process.run_timers()
    return process


def holding(process: Process) -> list[Waiting]:
    """The events that the flow itself waits for, the oldest first; not what listens on a border or beside."""
    return [one for one in process.waiting if one.kind not in GATHERED and not one.beside and one.host is None]


def listening(process: Process) -> list[Waiting]:
    """The events on borders and of event sub-processes."""
    return [one for one in process.waiting if one.kind not in GATHERED and (one.beside or one.host is not None)]


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
        self.book = _Book(self.scopes)
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
        if self.acts >= MOST_ACTS or self.work > self.most_work:
            where = "、".join(dict.fromkeys(f"“{name}”" for name in self.book.lately()))
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
        flows = _open_ways(question, node)
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
            solved = _solved(replace(question, what="condition", asked=(asked,), unset=(item or "",)), True)
            found += [solved[item]] if solved and item in solved else []
        return (found * 2)[:2] or list(PERSONS)

    def fulfilled(self, one: Waiting) -> Mapping[str, Any]:
        """Facts with which an awaited condition holds, as far as any do."""
        asked = Asked(expression(one.what or ""))
        names = tuple(sorted(asked.expression.names)) if asked.expression else ()
        question = Question("condition", one.node, one.scope, (asked,), names, self.running.facts)
        facts = _solved(question, True)
        return self.noted(question, True) or {} if facts and asked.worth({**question.facts, **facts}) else {}

    def noted(self, question: Question, wanted: Any) -> Mapping[str, Any] | None:
        """Facts with which the expressions come out as wanted."""
        facts = _solved(question, wanted)
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


def _open_ways(question: Question, node: Node) -> list[str]:
    """The flows that may be chosen; none where what is known decides already."""
    if node.kind != "exclusiveGateway":
        conditions = [way for way in question.asked if way.flow != node.default]
        if any(way.expression is None or _known(way, question) for way in conditions):
            return []
        return [way.flow or "" for way in conditions]
    found = list[str]()
    for way in question.asked:
        if way.expression is None or way.flow == node.default:
            continue
        known = _known(way, question)
        if known and way.worth(question.facts):
            return [*found, way.flow or ""] if found else []
        if not known:
            found.append(way.flow or "")
    spare = [way.flow or "" for way in question.asked if way.expression is None or way.flow == node.default]
    return found + spare[:1]


def _known(way: Asked, question: Question) -> bool:
    return way.expression is not None and not way.expression.names.intersection(question.unset)


# ---- inventing facts
_WORTH: Mapping[str, tuple[Any, ...]] = {
    "timer": ("PT1H", 1, "1", "2026-01-06T09:00:00"),
    "script": (1, "甲", [1, 2], {}, True, None),
}
_MOMENT = re.compile(r"[PR]|\d{4}-\d\d")
MOST_TRIES = 300


def _solved(question: Question, wanted: Any) -> dict[str, Any] | None:
    """Values for the unset names: the first that make of the expressions what is wanted, else what can be worked out."""
    given = _WORTH.get(question.what) or _compared(question, wanted)
    paths = _paths(question)
    last = None
    for tried, values in enumerate(product(given, repeat=len(paths))):
        if tried > MOST_TRIES:
            break
        facts: dict[str, Any] = {}
        for path, worth in zip(paths, values, strict=True):
            _put(facts, path, worth)
        worths = _worths(question, facts)
        if _fits(question.what, worths, wanted):
            return facts
        if last is None and None not in worths:
            last = facts
    return last


def _fits(what: str, worths: list[Any], wanted: Any) -> bool:
    match what:
        case "timer":
            return all(isinstance(worth, str) and _MOMENT.match(worth) for worth in worths)
        case "script":
            return None not in worths
        case "collection":
            return all(isinstance(worth, list | dict) for worth in worths)
        case "cardinality":
            return all(type(worth) is int and 0 < worth <= 5 for worth in worths)
        case _:
            return all(bool(worth) is bool(wanted) and worth is not None for worth in worths)


def _worths(question: Question, facts: Mapping[str, Any]) -> list[Any]:
    """What each expression is worth. A line of a script that reads what an earlier one sets is not judged: its name counts."""
    known = {**question.facts, **facts}
    early = [asked for asked in question.asked if asked.expression and asked.expression.names <= known.keys()]
    return [asked.worth(known) for asked in early or question.asked]


def _compared(question: Question, wanted: Any) -> tuple[Any, ...]:
    """Values worth a try: what is wanted itself, yes and no, and what the texts compare with."""
    texts = [asked.expression.text for asked in question.asked if asked.expression]
    numbers = [int(n) + more for text in texts for n in re.findall(r"\b\d{1,6}\b", text) for more in (0, 1, -1)]
    words = [first or other for text in texts for first, other in re.findall(r"'([^']*)'|\"([^\"]*)\"", text)]
    values: list[Any] = [wanted if isinstance(wanted, list | int) and not isinstance(wanted, bool) else bool(wanted)]
    values += [True, False, *words[:5], *numbers[:9], 1, "甲", list(PERSONS)]
    return tuple(value for i, value in enumerate(values) if not any(_same(value, other) for other in values[:i]))


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _paths(question: Question) -> list[tuple[str, ...]]:
    """The unset names, each with the members that the expressions ask of it: `order.items` is (order, items)."""
    texts = " ".join(asked.expression.text for asked in question.asked if asked.expression)
    found: dict[tuple[str, ...], None] = {}
    for name in question.unset:
        deeper = re.findall(rf"(?<![\w.]){re.escape(name)}((?:\.\w+|\['\w+'\])+)", texts)
        for members in deeper:
            found[name, *re.findall(r"\w+", members)] = None
        if not deeper:
            found[(name,)] = None
    longest = [path for path in found if not any(other != path and other[: len(path)] == path for other in found)]
    return longest[:4] + [(name,) for name in question.unset if not any(path[0] == name for path in longest[:4])]


def _put(facts: dict[str, Any], path: tuple[str, ...], worth: Any) -> None:
    for name in path[:-1]:
        inner = facts.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        facts = inner
    facts[path[-1]] = worth


# ---- the trace
@dataclass
class _Book:
    """Takes down what the tokens do, in the file's own ids."""

    scopes: Mapping[str, Scope]
    rows: list[Traced] = field(default_factory=list)
    chosen: set[tuple[str, str]] = field(default_factory=set)
    gathering: dict[str, tuple[str, str]] = field(default_factory=dict)
    open: dict[str, tuple[str, str]] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    ended_by: set[tuple[str, str]] = field(default_factory=set)

    def take(self, moves: Sequence[Move], act: str, element: str, *, failed: bool) -> None:
        """The moves of one act; element: what the act was done to. failed: by an error that nobody caught."""
        begun = len(self.rows)
        for move in moves:
            node = self.scopes[move.scope].nodes[move.node]
            self.note(move, node, self.reason(move, node, act, element))
        self.chosen.clear()
        rows = self.rows[begun:]
        for i in range(len(rows)):
            if rows[i].event == "cancelled" and (i == 0 or rows[i - 1].event != "cancelled"):
                self.thrown(rows, i, failed)
        for i in range(len(rows) - 2, -1, -1):  # who is cancelled is so by what comes next
            if rows[i].event == "cancelled" and rows[i + 1].by in TOLD:
                rows[i] = replace(rows[i], by=rows[i + 1].by)
        self.rows[begun:] = rows

    def thrown(self, rows: list[Traced], first: int, failed: bool) -> None:
        """An event that takes off the very element that threw it: that one had done its work, and comes first."""
        last = next((i for i in range(first, len(rows)) if rows[i].event != "cancelled"), len(rows))
        caught = self.caught(rows[last]) if last < len(rows) else {"error"} if failed else set()
        for i in range(first, last):
            node = self.scopes[rows[i].scope].nodes[rows[i].element]
            if node.kind in THROWING and any(event.kind in caught for event in node.events):
                rows.insert(first, replace(rows.pop(i), event="completed"))
                return

    def caught(self, row: Traced) -> set[str]:
        """The events that this border or event sub-process catches."""
        node = self.scopes[row.scope].nodes[row.element]
        if node.by_event and node.inner:
            starts = [inner for inner in node.inner.nodes.values() if inner.kind == "startEvent"]
            return {event.kind for start in starts for event in start.events}
        return {event.kind for event in node.events} if node.kind == "boundaryEvent" else set()

    def note(self, move: Move, node: Node, by: str) -> None:
        place = (move.scope, move.node)
        whole = node.loop is not None and not move.part
        if move.what == "arrived":
            self.open[move.token] = place
            if whole:
                self.turns[move.token] = len(self.rows)
            elif self.gathers(place, node) or self.is_early(move, node):
                self.gathering[move.token] = place
            else:
                self.write(place, "entered", by)
            return
        self.open.pop(move.token, None)
        held = self.gathering.pop(move.token, None) is not None
        if whole:
            begun = self.turns.pop(move.token, 0)
            silent = any((row.scope, row.element) == place for row in self.rows[begun:])
            held = True
        else:
            silent = False
        if move.what == "joined" or (held and move.what == "cancelled") or silent:
            return
        if held:
            self.write(place, "entered", by)
        if move.what == "done":
            self.ended_by.add(place)
        self.write(place, "completed" if move.what == "done" else "cancelled", by)

    def is_early(self, move: Move, node: Node) -> bool:
        """Whether an activity that needs several tokens waits for more; with the last one it is entered."""
        here = [token for token, place in self.gathering.items() if place == (move.scope, move.node)]
        return not move.part and len(here) + 1 < node.needs

    def write(self, place: tuple[str, str], event: str, by: str) -> None:
        self.rows.append(Traced(0, place[1], event, by, place[0]))

    def gathers(self, place: tuple[str, str], node: Node) -> bool:
        return node.kind in GATHERING and len(self.scopes[place[0]].entering.get(node.id, ())) > 1

    def reason(self, move: Move, node: Node, act: str, element: str) -> str:
        """Why this happened: what an event waited for, a choice, or the flow of things."""
        if move.what == "done" and (move.scope, move.node) in self.chosen:
            return "choice"
        if act == "choice" and move.node == element and move.what == "done":
            return "choice"
        kinds = self.kinds(node)
        catches = node.kind in ("startEvent", "boundaryEvent") or node.by_event or move.what == "done"
        if move.what == "cancelled" or not kinds or not catches:
            return "auto"
        return act if act in kinds else kinds[0]

    def kinds(self, node: Node) -> list[str]:
        """The events that come from elsewhere that this node catches."""
        if node.kind == "receiveTask":
            return ["message"]
        if node.by_event and node.inner:
            starts = [inner for inner in node.inner.nodes.values() if inner.kind == "startEvent"]
            return [event.kind for start in starts for event in start.events if event.kind in TOLD]
        if node.kind in ("startEvent", "boundaryEvent", "intermediateCatchEvent"):
            return [event.kind for event in node.events if event.kind in TOLD]
        return []

    def lines(self) -> Iterator[Traced]:
        return (replace(row, n=n) for n, row in enumerate(self.rows, 1))

    def lately(self) -> list[str]:
        """What was done last, for one that goes round and round."""
        return [row.element for row in self.rows[-12:] if row.event == "completed"]

    def standing(self) -> list[str]:
        return [element for _, element in self.open.values()]

    def terminated(self, process: str) -> bool:
        nodes = self.scopes[process].nodes
        return any(
            scope == process and any(event.kind == "terminate" for event in nodes[element].events)
            for scope, element in self.ended_by
        )
