"""A rehearsal (试走): a content walked step by step without a case, to see where it leads. Nothing is kept.

Whoever rehearses sends all his moves each time and they are made again from the start: a walk has no state that could be
forged or grow stale, and the drawing may change between two moves. Nothing of the law is asked here: a rehearsal shows the
route, the case decides what may be done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from forms import Field, FieldType, Form, Option, judge, read_form

from ..clock import OfficeTime
from ..diagrams import ENDINGS, OUTCOME_LABELS, Diagram, ExpressionNotUnderstood, Outcome, StepKind, names_read, read
from ..errors import LianshenError, NotNow, NotValid
from ..runtime import OpenStep, Plan, Process, compile
from .autoplay import later
from .bundle import FORMS, GUIDE, Bundle, drawn_of, form_key
from .guide import CHANNELS, Guide, read_guide
from .publish import called_parts_only
from .version import APPLICATION

MOST = 300


class OutcomeNotDrawn(NotNow):
    code = "rehearsal-outcome-not-drawn"
    sentence = "“{name}”没有“{outcome}”这个结果。"
    remedy = "流程图改过了，从头重走。"


class NobodyWaits(NotNow):
    code = "rehearsal-nobody-waits"
    sentence = "没有哪里在等{what}。"
    remedy = "流程图改过了，从头重走。"


class MoveNotUnderstood(NotValid):
    code = "rehearsal-move-not-understood"
    sentence = "试走的第 {number} 步看不懂，或超过 {most} 步。"
    remedy = "从头重走；流程图改过之后，原来的走法可能已不适用。"


@dataclass(frozen=True)
class Move:
    """One move of a walk. what: begin, step, way, call, message or time. token: of an open step or call. choice: the outcome,
    the flow of a way, how the called matter ended, the name of a message. facts: what is known from then on."""

    what: str
    token: str = ""
    choice: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Open:
    """A step that waits. outcomes: what one may choose; asks: the fields of its form that some condition reads."""

    token: str
    node: str
    name: str
    department: str | None
    limit: str | None
    kind: StepKind | None
    outcomes: tuple[Outcome, ...]
    is_way: bool
    asks: tuple[Field, ...]


@dataclass(frozen=True)
class Awaited:
    """What the walk waits for beside the steps: the end of a called matter, a message by its name, or the next moment of a timer.
    choices: what may be said of it, each with its words."""

    what: str
    node: str
    name: str
    choices: tuple[Outcome, ...]
    token: str = ""


@dataclass(frozen=True)
class Walked:
    """One line of the log; refused: the move could not be made, the sentence says why."""

    node: str
    name: str
    said: str
    refused: bool = False


@dataclass(frozen=True)
class Rehearsal:
    """Where the walk stands.

    made: how many of the moves it made. asks: what is to be known of the application before it begins. here, passed: the
    drawn nodes at which it stands and those behind it, each with its file. advice: what to do about a refused last move.
    """

    made: int
    asks: tuple[Field, ...]
    open: tuple[Open, ...]
    awaited: tuple[Awaited, ...]
    log: tuple[Walked, ...]
    here: tuple[tuple[str, str], ...]
    passed: tuple[tuple[str, str], ...]
    ended: bool
    advice: str = ""


def rehearse(bundle: Bundle, moves: Sequence[Move], now: datetime, office_time: OfficeTime) -> Rehearsal:
    """Make these moves from the start and tell where they lead. A move that the drawing does not allow is not made: the log
    ends with its sentence, and the walk stands where it stood before.

    now: the moment of the first move (UTC); a timer that is let run moves on from there. Raises GuideNotUnderstood,
    FormNotUnderstood, DiagramNotValid, Refused, MoveNotUnderstood.
    """
    for number, move in enumerate(moves, 1):
        if number > MOST or move.what not in _WHATS or (move.what == "begin") != (number == 1):
            raise MoveNotUnderstood(number=number, most=MOST)
    score = _Score.of(bundle)
    walk = _Walk(score, now, office_time)
    for number, move in enumerate(moves):
        try:
            walk.make(move)
        except (LianshenError, TypeError) as refused:
            said = walk.tried(move)
            walk = _Walk(score, now, office_time)
            for good in moves[:number]:
                walk.make(good)
            walk.log.append(Walked(said.node, said.name, f"{said.said}：{refused}", refused=True))
            return walk.rehearsal(number, refused.advice if isinstance(refused, LianshenError) else "")
    return walk.rehearsal(len(moves))


_WHATS = ("begin", "step", "way", "call", "message", "time")


@dataclass(frozen=True)
class _Score:
    """What is rehearsed: the content as far as a walk needs it."""

    guide: Guide
    diagram: Diagram
    forms: Mapping[str, Form]
    plan: Plan
    routing: frozenset[str]

    @classmethod
    def of(cls, bundle: Bundle) -> _Score:
        bundle = called_parts_only(bundle)
        guide = read_guide(bundle[GUIDE], GUIDE)
        diagram = read(drawn_of(bundle), guide.code.lower()).usable()
        forms = {form_key(name): read_form(body, name) for name, body in bundle.items() if name.startswith(FORMS)}
        plan = compile(diagram)
        try:
            routing = names_read(diagram)
        except ExpressionNotUnderstood:  # the compiler says where
            routing = frozenset()
        return cls(guide, diagram, forms, plan, routing)

    @property
    def endings(self) -> Mapping[str, str]:
        """How a called matter may end; the upper office, to which a case was sent up, grants or refuses."""
        up = self.guide.escalates is not None
        return {code: words for code, words in ENDINGS.items() if not up or code in ("granted", "refused")}

    def asks(self, form: str | None) -> tuple[Field, ...]:
        """What some condition reads of a form; nothing is demanded, because what is not known is a case of its own."""
        drawn = self.forms.get(form or "")
        asked = [replace(f, required=False) for f in (drawn.fields if drawn else ()) if f.key in self.routing]
        if form == APPLICATION and "channel" in self.routing:
            asked.append(Field("channel", FieldType.SELECT, "渠道", options=tuple(map(_option, self.guide.channels))))
        return tuple(asked)

    def known(self, form: str | None, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Facts as a case would have them. Raises FormNotAnswered."""
        return judge(Form(form or "", self.asks(form)), facts)

    def file_of(self, scope: str) -> str:
        return self.diagram.processes[scope.partition("/")[0]].at.file


def _option(channel: str) -> Option:
    return Option(channel, CHANNELS[channel])


class _Walk:
    """The process as it is walked, and what was said of it."""

    def __init__(self, score: _Score, now: datetime, office_time: OfficeTime) -> None:
        self.score, self.now, self.office_time = score, now, office_time
        self.process: Process | None = None
        self.log: list[Walked] = []
        self.standing: dict[str, tuple[str, str]] = {}
        self.passed: dict[tuple[str, str], None] = {}

    def make(self, move: Move) -> None:
        """Make a move and log it. Raises what the process raises; it is of no use then."""
        said = self.tried(move)
        process = self.process = self._moved(move)
        self._follow(process)
        for call in process.open_calls:
            if call.optional:  # told of, waited for by nobody
                process.answer_call(call.token, {"outcome": "open"})
                self._follow(process)
        self.log.append(said)

    def _follow(self, process: Process) -> None:
        """Where the tokens went in the last act of the process: the next one begins a new book of moves."""
        for moved in process.moves:
            if moved.what == "arrived":
                self.standing[moved.token] = (self.score.file_of(moved.scope), moved.node)
            elif (place := self.standing.pop(moved.token, None)) and moved.what != "cancelled":
                self.passed[place] = None

    def _moved(self, move: Move) -> Process:
        if self.process is None:
            facts = {"channel": self.score.guide.channels[0], **self.score.known(APPLICATION, move.facts)}
            return Process.start(self.score.plan, facts, now=self.now, office_time=self.office_time)
        process = self.process
        match move.what:
            case "way":
                process.choose(move.token, move.choice)
            case "step":
                step = self._step(move)
                if step is not None and move.choice not in {o.code for o in self._open(step).outcomes}:
                    raise OutcomeNotDrawn(name=step.name, outcome=move.choice)
                facts = self.score.known(step.work.form if step and step.work else None, move.facts)
                process.complete(move.token, {**facts, "outcome": move.choice})
            case "call":
                if move.choice not in self.score.endings:
                    raise OutcomeNotDrawn(name=self.tried(move).name, outcome=move.choice)
                process.answer_call(move.token, {"outcome": move.choice})
            case "message":
                if not process.message(move.choice):
                    raise NobodyWaits(what=f"消息“{move.choice}”")
            case "time":
                process = self._later(process)
        return process

    def _later(self, process: Process) -> Process:
        due = process.next_due()
        if due is None:
            raise NobodyWaits(what="时间")
        self.now = max(due, self.now)
        return later(process, self.score.plan, self.now, self.office_time)

    def tried(self, move: Move) -> Walked:
        """How the log tells this move."""
        match move.what:
            case "begin":
                return Walked("", "申请人", "提交申请")
            case "message":
                return Walked("", "消息", f"收到 {move.choice}")
            case "time":
                return Walked("", "时间", "到了下一个时刻")
            case "call":
                calls = self.process.open_calls if self.process else ()
                node, name = next(((c.node, c.name) for c in calls if c.token == move.token), ("", "事项"))
                return Walked(node, name, ENDINGS.get(move.choice, move.choice))
        step = self._step(move)
        labels = {o.code: o.label for o in self._open(step).outcomes} if step else {}
        return Walked(step.node if step else "", step.name if step else "步骤", labels.get(move.choice, move.choice))

    # ---- what there is to see
    def rehearsal(self, made: int, advice: str = "") -> Rehearsal:
        process = self.process
        return Rehearsal(
            made=made,
            asks=self.score.asks(APPLICATION) if process is None else (),
            open=tuple(map(self._open, process.open_steps)) if process else (),
            awaited=tuple(_awaited(process, self.score.endings)) if process else (),
            log=tuple(self.log),
            here=tuple(dict.fromkeys(self.standing.values())),
            passed=tuple(self.passed),
            ended=process is not None and process.ended,
            advice=advice,
        )

    def _step(self, move: Move) -> OpenStep | None:
        steps = self.process.open_steps if self.process else ()
        return next((step for step in steps if step.token == move.token), None)

    def _open(self, step: OpenStep) -> Open:
        work = step.work
        outcomes = work.outcomes if work else tuple(Outcome(way.flow, way.label) for way in step.ways)
        return Open(
            token=step.token,
            node=step.node,
            name=step.name,
            department=(work.department or work.window) if work else None,
            limit=work.limit if work else None,
            kind=work.kind if work else None,
            outcomes=outcomes or (Outcome("done", OUTCOME_LABELS["done"]),),
            is_way=bool(step.ways),
            asks=self.score.asks(work.form) if work else (),
        )


def _awaited(process: Process, how: Mapping[str, str]) -> list[Awaited]:
    """Each called matter and each message that somebody waits for, and the next timer; what listens on a border or beside is
    offered too."""
    endings = tuple(Outcome(code, words) for code, words in how.items())
    found = [Awaited("call", c.node, c.name, endings, c.token) for c in process.open_calls]
    messages = {w.what: w for w in process.waiting if w.kind == "message" and w.what}
    found += [Awaited("message", w.node, w.name, (Outcome(name, f"收到 {name}"),)) for name, w in messages.items()]
    timers = [(w.due, w.node, w.name) for w in process.waiting if w.kind == "timer" and w.due is not None]
    if timers:
        _, node, name = min(timers)
        found.append(Awaited("time", node, name, (Outcome("", "时间到"),)))
    return found
