"""What can be seen of a running process from outside: open steps, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.diagrams import Outbound, Work

from .data import plain
from .events import Catch, Trigger
from .gateways import Choice, Join
from .marks import Gathering, Listening
from .repeating import Many
from .tasks import MatterCall
from .token import READY, WAITING, Token

if TYPE_CHECKING:
    from .scope import Scope


@dataclass(frozen=True)
class Way:
    """One way out of a gateway where a person chooses: the flow, and what its button says."""

    flow: str
    label: str


class OpenStep(NamedTuple):
    """A step that waits for a person.

    token: unique in its process, never used again. scope: path of the process or sub-process that draws it.
    visit: the how-manyeth time that the case has come here. ways: of a choice gateway, else empty.
    index, item: of a multi-instance, the innermost one around it; the index counts from 0. outbound: of a step that another
    system may answer in the person's place; sends: what goes out to it, None for what nobody has said.
    """

    token: str
    node: str
    scope: str
    name: str
    kind: str
    work: Work | None
    lane: str | None
    ways: tuple[Way, ...]
    visit: int
    index: int | None  # type: ignore[assignment]  # nobody asks an open step for the place of a value
    item: Any
    outbound: Outbound | None
    sends: Mapping[str, Any]


@dataclass(frozen=True)
class OpenCall:
    """A call that waits for the end of a case of its own. matter: the code of the called matter."""

    token: str
    node: str
    name: str
    matter: str
    optional: bool


@dataclass(frozen=True)
class Missing:
    """A flow into a join by which nothing has come yet: its first node's name, and the tokens that may still come by it."""

    flow: str
    source: str
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """Something that the process waits for.

    kind: message, signal, timer, condition, error, escalation, cancel, join, or tokens (of an activity that needs several).
    what: the name or code, the timer's or condition's text, how many tokens are needed. host: the step on whose border it
    listens. beside: nothing is held up by it (a border, an event sub-process). due: of a timer, with provisional where the
    calendar is not known so far. missing: of a join.
    """

    token: str
    node: str
    scope: str
    name: str
    kind: str
    what: str | None
    host: str | None = None
    beside: bool = False
    due: datetime | None = None
    provisional: bool = False
    missing: tuple[Missing, ...] = ()


def open_steps(scopes: Iterable[Scope]) -> tuple[OpenStep, ...]:
    """Oldest first."""
    return tuple(map(open_step, sorted(standing(scopes), key=attrgetter("number"))))


def standing(scopes: Iterable[Scope]) -> list[Token]:
    """The tokens that wait for a person."""
    return [token for scope in scopes for token in scope.tokens() if is_open(token)]


def open_calls(scopes: Iterable[Scope]) -> tuple[OpenCall, ...]:
    """Oldest first."""
    standing = [token for scope in scopes for token in scope.tokens() if is_call(token)]
    return tuple(
        OpenCall(token.id, token.step.node.id, token.step.title, token.step.matter, token.step.node.optional)
        for token in sorted(standing, key=lambda token: token.number)
        if isinstance(token.step, MatterCall)
    )


def is_call(token: Token) -> bool:
    return isinstance(token.step, MatterCall) and token.state == WAITING


def is_open(token: Token) -> bool:
    return token.step.manual and token.state == READY


def open_step(token: Token) -> OpenStep:
    node, turn = token.step.node, _turn(token)
    ways = token.step.labels.items() if isinstance(token.step, Choice) else ()
    return OpenStep(
        token=token.id,
        node=node.id,
        scope=token.scope.spec.name,
        name=token.step.title,
        kind=node.kind,
        work=node.work,
        lane=node.lane,
        ways=tuple(starmap(Way, ways)),
        visit=token.mark.visits[token.step.name].number,
        index=turn.mark.index if turn else None,
        item=plain(_item(turn)) if turn else None,
        outbound=node.outbound,
        sends={name: plain(token.data.get(name)) for name in node.outbound.sends} if node.outbound else {},
    )


def _turn(token: Token) -> Token | None:
    """The innermost turn of a repetition that this token is or lies in."""
    inside: Token | None = token
    while inside is not None and inside.mark.index is None:
        inside = inside.scope.host
    return inside


def _item(turn: Token) -> Any:
    owner = turn.scope.by_id(turn.mark.owner or "")
    name = owner.step.loop.drawn.item if isinstance(owner.step, Many) else None
    return turn.data.get(name) if name else None


def waiting(scopes: Iterable[Scope]) -> tuple[Waiting, ...]:
    """Oldest first; several events of one token in the drawn order."""
    lacking = dict[tuple[int, str], tuple[Missing, ...]]()
    standing = sorted((t for s in scopes for t in s.tokens() if t.state == WAITING), key=lambda token: token.number)
    return tuple(found for token in standing for found in _of(token, lacking))


def _of(token: Token, lacking: dict[tuple[int, str], tuple[Missing, ...]]) -> list[Waiting]:
    """lacking: what each join lacks, worked out once for all who wait there."""
    step, scope = token.step, token.scope.spec.name
    if isinstance(step, Join):
        join = (id(token.scope), step.name)
        if join not in lacking:
            lacking[join] = _lacking(token, step)
        return [Waiting(token.id, step.node.id, scope, step.title, "join", None, missing=lacking[join])]
    if isinstance(token.standing, Gathering):
        return [Waiting(token.id, step.node.id, scope, step.title, "tokens", str(step.node.needs))]
    return _for_events(token)


def _lacking(token: Token, join: Join) -> tuple[Missing, ...]:
    steps, flows = token.scope.spec.task_specs, {flow.id: flow for flow in token.scope.spec.drawn.flows}
    return tuple(
        Missing(flow, steps[flows[flow].source].title, tuple(coming.id for coming in tokens))
        for flow, tokens in join.missing(token.scope).items()
    )


def _for_events(token: Token) -> list[Waiting]:
    listening = token.standing if isinstance(token.standing, Listening) else Listening()
    triggers = token.step.triggers if isinstance(token.step, Catch) else ()
    return [_for_event(token, listening, i, trigger) for i, trigger in enumerate(triggers) if i not in listening.seen]


def _for_event(token: Token, listening: Listening, index: int, trigger: Trigger) -> Waiting:
    due, host = listening.due.get(index), token.mark.host
    what = due.text if due else trigger.condition.text if trigger.condition else trigger.name
    return Waiting(
        token=token.id,
        node=token.step.node.id,
        scope=token.scope.spec.name,
        name=token.step.title,
        kind="condition" if trigger.condition else trigger.kind,
        what=what,
        host=token.scope.by_id(host).step.node.id if host else None,
        beside=token.listens,
        due=due.at if due else None,
        provisional=bool(due and due.provisional),
    )
