"""Sending a case back (退回): to an earlier step of the same branch, or before a split with all its branches withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .branches import below
from .errors import SendBackNotNow
from .gateways import Join
from .marks import Facts, Mark, Undoing, Visit
from .scope import Scope
from .step import Step
from .token import WAITING, Token
from .views import OpenStep, is_open, open_step


@dataclass(frozen=True)
class Return:
    """What a return would do, or why it cannot be done now.

    target, scope, name: the step that opens again. withdrawn: open steps of others that are taken away with it.
    again: names of steps already finished whose branch waits at a join, and that will have to be done again.
    reason: in Chinese, empty when allowed.
    """

    target: str
    scope: str
    name: str
    allowed: bool
    reason: str = ""
    withdrawn: tuple[OpenStep, ...] = ()
    again: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """A return thought through: the scope that draws the target, its last visit, and the tokens that descend from it."""

    scope: Scope
    step: Step
    visit: Visit
    token: Token
    undone: tuple[Token, ...] = field(repr=False)


class _Impossible(Exception):
    """Why, in Chinese."""


def preview(token: Token, target: str) -> Return:
    """What sending this open step back to `target` would do. Changes nothing."""
    drawn = next((scope.spec.drawn for scope, _ in _outwards(token) if target in scope.spec.drawn.nodes), None)
    path, name = (drawn.id, drawn.nodes[target].name or target) if drawn else ("", target)
    try:
        found = _find(token, target)
    except _Impossible as why:
        return Return(target, path, name, allowed=False, reason=str(why))
    swept = list(_swept(found.undone))
    withdrawn = sorted(
        (other for other in swept if is_open(other) and other is not token), key=lambda other: other.number
    )
    return Return(target, path, name, True, "", tuple(map(open_step, withdrawn)), tuple(_arrived(swept)))


def targets(token: Token) -> tuple[Return, ...]:
    """Every earlier step that this one may be sent back to now, the latest visited first."""
    seen = [(visit.token, name, scope) for scope, at in _outwards(token) for name, visit in at.mark.visits.items()]
    names = list(dict.fromkeys(name for _, name, _ in sorted(seen, key=lambda visit: -visit[0])))
    return tuple(found for found in (preview(token, name) for name in names) if found.allowed)


def send_back(token: Token, target: str, facts: Facts) -> Token:
    """The branches that descend from the last visit of the target are taken off; what they wrote is kept. Raises SendBackNotNow."""
    try:
        found = _find(token, target)
    except _Impossible as why:
        raise SendBackNotNow(target=preview(token, target).name, reason=str(why)) from None
    scope, undone, visit = found.scope, found.undone, found.visit
    data = scope.branches.together(undone, [t for t in scope.living() if t not in undone], visit.forks)
    for other in undone:
        other.cancel()
    earlier = {name: known for name, known in found.token.mark.visits.items() if known.token < visit.token}
    again = scope.make(found.step, data, Mark(visit.forks, earlier))
    scope.forget_outcome(again)
    scope.write(again, facts)
    scope.enter(again)
    scope.settle()
    return again


def _outwards(token: Token) -> Iterator[tuple[Scope, Token]]:
    """The scopes around this token, each with the token of its flow that stands for it, from the inside out."""
    at: Token | None = token
    while at is not None:
        while at.mark.owner:
            at = at.scope.by_id(at.mark.owner)
        yield at.scope, at
        at = at.scope.host


def _find(token: Token, target: str) -> _Found:
    scope, at = next(((s, t) for s, t in _outwards(token) if target in s.spec.drawn.nodes), (None, token))
    if scope is None:
        raise _Impossible("本流程没有画这一步，或它在另一个子流程里")
    step = scope.spec.task_specs[target]
    if not step.returnable:
        raise _Impossible("这一步不由人办理")
    if at.step is step:
        raise _Impossible("案件正在这一步")
    visit = at.mark.visits.get(target)
    if visit is None:
        raise _Impossible("案件沿这一路没有到过这一步")
    if isinstance(at.standing, Undoing):
        raise _Impossible("正在撤销已办的事项")
    if not below(at.mark.forks, visit.forks):
        raise _Impossible("这一步所在的并行分支已经汇合")
    living = scope.living()
    undone = tuple(other for other in living if below(other.mark.forks, visit.forks))
    outside = (other for other in living if other not in undone and target in other.mark.visits)
    merged = [other for other in outside if other.mark.visits[target].token == visit.token]
    if merged:
        raise _Impossible(f"由它分出的一路已经和别的分支汇合，现在到了“{merged[0].step.title}”")
    return _Found(scope, step, visit, at, undone)


def _swept(tokens: Iterable[Token]) -> Iterator[Token]:
    """These tokens with all their parts and all that stands inside of them."""
    for token in tokens:
        yield token
        yield from _swept(part for part in token.scope.tokens() if part.mark.owner == token.id)
        inner = token.scope.top.subprocesses.get(token.id)
        if inner is not None:
            yield from _swept(inner.moving())


def _arrived(swept: Iterable[Token]) -> Iterator[str]:
    """The last step of each branch that waits at a join."""
    for token in swept:
        if isinstance(token.step, Join) and token.state == WAITING:
            drawn = token.scope.spec.drawn
            source = next(flow.source for flow in drawn.flows if flow.id == token.mark.flow)
            yield drawn.nodes[source].name or source
