"""The door of a running process. It lives for one act: start or load it, act, save it; after an error throw it away."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from engine.diagrams import Work

from ..json_text import writer
from . import known, returning, state
from .data import CONFLICTS, OUTCOME, plain, same, without_outcome
from .errors import ChoiceNeeded, StepNotOpen
from .events import Catch, broadcast, catcher, climb, deliver
from .gateways import Choice
from .inventing import Invent
from .known import START, Act, Came, Place
from .marks import Due, Facts, Listening
from .moments import OfficeTime, Timing
from .plan import Plan
from .returning import Return
from .step import Step
from .token import Token
from .top import MAX_STEPS, Move, Sent, TopScope
from .views import OpenCall, OpenStep, Waiting, is_call, is_open, open_calls, open_steps, standing, waiting


class Process:
    """One running process of a case.

    The caller holds the case's lock, gives the moment of the act, and saves `dump()` in the same transaction. Every act
    runs on until only people, messages and moments are waited for. An act that fails leaves this object useless, and the
    stored state untouched. Facts are JSON values; they go in and come out as copies.

    What is known of the plan (`known`) is not walked again: then the tokens are set up only when more is asked than where the
    process stands.
    """

    def __init__(self, plan: Plan, now: datetime, office_time: OfficeTime | None) -> None:
        self._plan, self._now, self._office_time = plan, now, office_time
        self._walked: TopScope | None = None
        self._place: Place | None = None
        """Where it stands, as long as that is known."""
        self._before: bytes | None = None
        """The state in which it stands, where acts from here are to be known."""
        self._moves: tuple[Move, ...] | None = None
        """What the last act did, where that was known."""
        self._spoilt = False

    @classmethod
    def start(
        cls,
        plan: Plan,
        facts: Facts,
        *,
        now: datetime,
        office_time: OfficeTime | None = None,
        at: str | None = None,
        invent: Invent | None = None,
        most_steps: int = MAX_STEPS,
    ) -> Process:
        """A new process, run until it waits for somebody.

        at: the start event that has been triggered, where several are drawn. invent: of a player, asked for facts that
        nobody has set. most_steps: automatic ones of an act, before DiagramSpins. Raises ValueError when it must be named and
        is not, or is none; TypeError for facts that are no JSON; NoWayOut, NotComputable, DiagramSpins, NestedTooDeep.
        """
        if at is None and not plan.main.layout.starts:
            raise ValueError(f"{plan.main.name} starts with one of {', '.join(plan.starts)}: say which")
        if at is not None and at not in plan.starts:
            raise ValueError(f"{plan.main.name} has no start event {at}")
        self = cls(plan, _moment(now), office_time)
        act = None if invent or most_steps != MAX_STEPS else _act_in(START, at or "", facts)
        if self._went(act):
            return self
        self._walked = TopScope(plan, plain(facts), self._now, office_time)
        self._walked.invent, self._walked.most_steps = invent, most_steps
        with self._act(act) as top:
            top.start(at)
        return self

    @classmethod
    def load(
        cls,
        plan: Plan,
        saved: bytes,
        *,
        now: datetime,
        office_time: OfficeTime | None = None,
        invent: Invent | None = None,
        most_steps: int = MAX_STEPS,
    ) -> Process:
        """A process as it was saved, on a plan of the same diagram. Runs nothing. Raises StateNotReadable."""
        self = cls(plan, _moment(now), office_time)
        if invent is None and most_steps == MAX_STEPS:
            self._place = plan.known.places.get(saved)
            self._before = saved if self._place is None else self._place.saved  # the very bytes that are kept already
        if self._place is None:
            self._walked = state.load(plan, saved, self._now, office_time)
            self._walked.invent, self._walked.most_steps = invent, most_steps
        return self

    def dump(self) -> bytes:
        """The state between two acts: equal for equal states, without the diagram. The caller keeps and hashes it."""
        self._whole()
        return self._place.saved if self._place is not None else state.dump(self._top)

    # ---- what there is to see
    @property
    def open_steps(self) -> tuple[OpenStep, ...]:
        """Steps that wait for a person, in the order in which the case came to them."""
        return self._place.open_steps if self._place is not None else open_steps(self._top.scopes())

    @property
    def open_tokens(self) -> Set[str]:
        """The tokens of these."""
        if self._place is not None:
            return self._place.open_tokens
        return {token.id for token in standing(self._top.scopes())}

    def work_of(self, token: str) -> Work | None:
        """What one of them asks for; None when this token waits for nobody."""
        if self._place is not None:
            return next((step.work for step in self._place.open_steps if step.token == token), None)
        found = self._top.find(token)
        return found.step.node.work if found is not None and is_open(found) else None

    @property
    def open_calls(self) -> tuple[OpenCall, ...]:
        """Calls of matters that wait for the end of the case that was opened for each, the oldest first."""
        return self._place.open_calls if self._place is not None else open_calls(self._top.scopes())

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """Joins, messages, moments and conditions that are waited for: why nothing moves."""
        return waiting(self._top.scopes())

    @property
    def facts(self) -> dict[str, Any]:
        """The last word on every name, across branches; `conflicts` lists what branches said differently."""
        found = list[Any]()
        for data in [t.data for scope in self._top.scopes() for t in scope.tokens()] + [self._top.result or {}]:
            found += [
                conflict for conflict in data.get(CONFLICTS, []) if not any(same(conflict, other) for other in found)
            ]
        known: dict[str, Any] = plain(self._top.facts)
        return {**known, CONFLICTS: plain(found)} if found else known

    @property
    def ended(self) -> bool:
        return self._place.ended if self._place is not None else self._top.completed

    @property
    def success(self) -> bool:
        """False once it was cancelled or an error was caught by nobody."""
        return bool(self._top.success)

    @property
    def errors(self) -> tuple[str, ...]:
        """Codes of errors that nobody caught."""
        return tuple(self._top.errors)

    @property
    def moves(self) -> tuple[Move, ...]:
        """What the last act did, in order: tokens that arrived, were done, joined or cancelled."""
        return self._moves if self._moves is not None else tuple(self._top.moves)

    @property
    def sent(self) -> tuple[Sent, ...]:
        """What the last act threw into the world: the caller delivers it after the commit."""
        return () if self._moves is not None else tuple(self._top.sent)

    def next_due(self) -> datetime | None:
        """The next moment (UTC) at which time alone moves this process; it may be past. Reads only."""
        if self._place is not None:
            return None  # a state with moments comes but once, and is not known
        timers = self._top.timers()
        return _due(*timers[0]).at if timers else None

    # ---- what people do
    def complete(self, token: str, facts: Facts | None = None) -> None:
        """A person has done the step. `outcome` holds on the flow behind it and, under the step's id, from then on.

        Raises StepNotOpen (the second of two clicks finds it gone), ChoiceNeeded at a gateway where a way is chosen,
        TypeError for facts that are no JSON; NoWayOut, NotComputable, DiagramSpins, NestedTooDeep.
        """
        act = None if self._before is None else _act_in(self._before, token, facts)
        if self._went(act):
            return
        step = self._open(token)
        if isinstance(step.step, Choice):
            raise _no_such_way(step.step)
        given = _told(step, facts)
        with self._act(act):
            step.scope.forget_outcome(step)
            step.scope.write(step, given)
            step.run()

    def choose(self, token: str, way: str) -> None:
        """A person says which of the `ways` (a flow's id) the case goes. Raises as `complete` does."""
        step = self._open(token)
        if not isinstance(step.step, Choice) or way not in step.step.labels:
            raise _no_such_way(step.step)
        with self._act():
            step.way = way
            step.run()

    def fail(self, token: str, code: str) -> bool:
        """The step reports a business error. False when nobody catches it: the process has ended as failed."""
        step = self._open(token)
        with self._act():
            return climb(step, "error", code)

    def catches(self, token: str, code: str) -> bool:
        """Whether something drawn catches this error of the step. Reads only. Raises StepNotOpen."""
        return catcher(self._open(token), "error", code) is not None

    def preview_send_back(self, token: str, target: str) -> Return:
        """What sending this step back to `target` would withdraw, or why it cannot be. Raises StepNotOpen."""
        return returning.preview(self._open(token), target)

    def withdrawable_targets(self, token: str) -> tuple[Return, ...]:
        """The earlier steps that this one may be sent back to now, the latest first. Raises StepNotOpen."""
        return returning.targets(self._open(token))

    def send_back(self, token: str, target: str, facts: Facts | None = None) -> None:
        """The target opens anew; all that came of its last visit is withdrawn, what was written is kept.

        Raises StepNotOpen, SendBackNotNow.
        """
        step, given = self._open(token), plain(facts or {})
        with self._act():
            returning.send_back(step, target, given)

    def cancel(self) -> None:
        """The case ends outside the drawing (withdrawn, terminated): everything is taken off."""
        with self._act() as top:
            if not top.completed:
                top.clear()
                top.success = False
                top.finish(dict(top.facts))

    # ---- what comes from elsewhere
    def message(self, name: str, payload: Any = None, keys: Facts | None = None) -> int:
        """To the oldest who waits for it. 0 when nobody does, or the keys are another case's: the caller decides.

        keys: what the message is known by; None lets the diagram find them in the payload.
        """
        given, known = plain({} if payload is None else payload), None if keys is None else plain(keys)
        with self._act() as top:
            return deliver(top, name, given, known)

    def answer_call(self, token: str, facts: Facts | None = None) -> None:
        """The case that was opened for a call has ended: `outcome` holds on the flow behind it and, under the id of the
        call, from then on. Raises StepNotOpen; NoWayOut, NotComputable, DiagramSpins, NestedTooDeep."""
        called = next((t for scope in self._top.scopes() for t in scope.tokens() if t.id == token and is_call(t)), None)
        if called is None or not isinstance(called.step, Catch):
            raise StepNotOpen(token=token)
        given = _told(called, facts)
        with self._act():
            called.scope.forget_outcome(called)
            called.step.fire(called, given)

    def signal(self, name: str, payload: Facts | None = None) -> int:
        """To everybody who waits for it; how many did."""
        given = plain(payload or {})
        with self._act() as top:
            return broadcast(top, name, given)

    def tell(self, facts: Facts) -> None:
        """Facts that have become known elsewhere: every branch has them from now on, and conditional events look at them.

        Raises TypeError for facts that are no JSON; NoWayOut, NotComputable, DiagramSpins, NestedTooDeep.
        """
        given = plain(facts)
        with self._act() as top:
            for scope in top.scopes():
                scope.owner.known.update(without_outcome(given))
                for token in scope.tokens():
                    if not token.listens:
                        scope.write(token, given)

    def run_timers(self) -> int:
        """What is due at `now` goes off, the earliest first; how many times. Missed repetitions are made up, capped."""
        with self._act() as top:
            return top.fire_timers()

    def recount(self, office_time: OfficeTime) -> int:
        """The calendar has changed: lengths in working days are reckoned anew from their start. How many moved."""
        self._top.office_time = office_time
        with self._act() as top:
            return sum(_recount(token, index, office_time) for token, index in top.timers())

    # ---- inside
    @property
    def _top(self) -> TopScope:
        """All of it."""
        if self._walked is None:
            assert self._place is not None, "it is loaded, or where it stands is known"
            self._walked = state.load(self._plan, self._place.saved, self._now, self._office_time)
        return self._walked

    def _went(self, act: Act | None) -> bool:
        """Whether it is known what this comes to; then it has come to that."""
        came = None if act is None else self._plan.known.acts.get(act)
        if came is None or self._spoilt:
            return False
        self._place, self._moves = came
        self._before, self._walked = came.place.saved, None
        return True

    def _open(self, token: str) -> Token:
        self._whole()
        found = self._top.find(token)
        if found is None or not is_open(found):
            raise StepNotOpen(token=token)
        return found

    def _whole(self) -> None:
        if self._spoilt:
            raise RuntimeError("an act has failed half-way: load the process anew")

    def _act(self, act: Act | None = None) -> _Act:
        """act: to be known from now on."""
        self._whole()
        return _Act(self, act)

    def _begin(self) -> TopScope:
        top = self._top
        top.open_book()
        self._place = self._before = self._moves = None
        self._spoilt = True
        return top

    def _end(self, act: Act | None) -> None:
        self._top.do_engine_steps()
        self._spoilt = False
        if act is not None and (came := _alike(act, self._top)) is not None:
            self._plan.known.add(act, came)
            self._place, self._before = came.place, came.place.saved


class _Act:
    """Around what an act does: it runs on until all is quiet. One that fails leaves its process useless."""

    def __init__(self, process: Process, act: Act | None) -> None:
        self.process, self.act = process, act

    def __enter__(self) -> TopScope:
        return self.process._begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.process._end(self.act)


def _act_in(before: bytes, token: str, facts: Facts | None) -> Act | None:
    """What somebody does, as it may be known. None for facts that are no JSON: whoever carries it out says so."""
    try:
        return Act(before, token, _text(plain(facts or {})))
    except (TypeError, ValueError):
        return None


_text = writer(sort_keys=False)
"""In the order in which they were told, which is the order in which the state keeps them."""


def _alike(act: Act, top: TopScope) -> Came | None:
    """What an act came to, where it comes to that in every case; None where it looked at the time, threw something into the
    world, left what a reader could change, or is done in a state with moments, which comes but once."""
    if top.timed or top.sent or state.bears_moments(act.before):
        return None
    steps = open_steps(top.scopes())
    if any(step.outbound is not None or isinstance(step.item, list | dict) for step in steps):
        return None
    saved = state.dump(top)
    if max(len(act.before), len(act.told), len(saved)) > known.LONGEST:
        return None
    tokens = frozenset(step.token for step in steps)
    return Came(Place(saved, steps, tokens, open_calls(top.scopes()), top.completed), tuple(top.moves))


def _told(token: Token, facts: Facts | None) -> Facts:
    """What was told at a step; its outcome is known by the step's id, too."""
    given: Facts = plain(facts or {})
    return {**given, token.step.node.id: given[OUTCOME]} if OUTCOME in given else given


def _moment(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("the moment of an act needs a zone")
    return now.astimezone(UTC)


def _no_such_way(step: Step) -> ChoiceNeeded:
    ways = step.labels.values() if isinstance(step, Choice) else ("无",)
    return ChoiceNeeded(name=step.title, ways="、".join(ways))


def _due(token: Token, index: int) -> Due:
    assert isinstance(token.standing, Listening)
    return token.standing.due[index]


def _recount(token: Token, index: int, office_time: OfficeTime) -> bool:
    """One timer, if it is a length in days; whether it moved."""
    known = _due(token, index)
    timing = Timing.read(known.text)
    if timing is None or not timing.in_days or not isinstance(token.standing, Listening):
        return False
    due = timing.due(known.start, office_time)
    token.standing = replace(token.standing, due={**token.standing.due, index: due})
    return due.at != known.at
