"""The data of parallel branches: private until they meet, united without loss when they do.

Branches meet at a join, and when all the others of their fork have ended: the last one inherits what they left when it
leaves its step, and the fork is over. (Not sooner: whoever stands on a step answers to what was there when it came.)
So nothing is kept of a fork that is over, however often a process goes round.
No two moving tokens of a scope share a path of forks, and no path is the beginning of another: whoever stands below a
path descends from the token that had it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .data import OUTCOME, brought, same, united
from .marks import Facts, Forks
from .token import Token

_SCOPE = 0


@dataclass(frozen=True, slots=True)
class Parting:
    """A fork: what was common to its branches, and the forks that it lies in."""

    forks: Forks
    data: Facts


class Branches:
    """The forks of one scope. partings: by number of the fork. left: what ended branches left, by fork (0: no fork)."""

    def __init__(self, begin: Facts, number: Callable[[], int]) -> None:
        self.begin, self.number = begin, number
        self.partings: dict[int, Parting] = {}
        self.left: dict[int, Facts] = {}

    def part(self, forks: Forks, data: Facts, count: int) -> tuple[Forks, ...]:
        """From here on `count` branches go their own ways."""
        fork = self.number()
        self.partings[fork] = Parting(forks, data)
        return tuple((*forks, (fork, self.number())) for _ in range(count))

    def meet(self, taken: Sequence[Token], others: Sequence[Token]) -> tuple[Forks, Facts]:
        """Where the token of a join stands, and what it holds. While somebody else is inside their fork, so is it."""
        if len(taken) == 1:
            return taken[0].mark.forks, taken[0].data
        common = shared([token.mark.forks for token in taken])
        data = self.together(taken, others, common)
        depth = len(common)
        fork = next((token.mark.forks[depth][0] for token in taken if len(token.mark.forks) > depth), _SCOPE)
        if any(len(other.mark.forks) > depth and other.mark.forks[depth][0] == fork for other in others):
            return (*common, (fork, self.number())), data
        return common, data

    def together(self, taken: Sequence[Token], others: Sequence[Token], upto: Forks) -> Facts:
        """What these tokens hold together, seen from `upto`. Forks that nobody else is inside of give what ended there."""
        parts = [(token.mark.forks, token.data) for token in taken]
        while len(parts) > 1 or len(parts[0][0]) > len(upto):
            deepest = max((forks for forks, _ in parts), key=len)
            outer, fork = deepest[:-1], deepest[-1][0] if deepest else _SCOPE
            inside = [data for forks, data in parts if forks == deepest or _lies(forks, outer, fork)]
            left = [] if any(_lies(other.mark.forks, outer, fork) for other in others) else self._taken(fork)
            parts = [part for part in parts if part[0] != deepest and not _lies(part[0], outer, fork)]
            parts.append((outer, united(self._base(fork), *left, *inside)))
        return parts[0][1]

    def everything(self, living: Sequence[Token]) -> Facts:
        """What the whole scope holds now: its living branches and all that ended. Changes nothing."""
        kept = dict(self.left)
        data = self.together(living, (), ()) if living else self.begin
        self.left = kept
        return united(self.begin, *([kept[_SCOPE]] if _SCOPE in kept else []), data)

    def leave(self, token: Token) -> None:
        """A branch ends where no flow leads on."""
        self._leave(token.mark.forks, token.data)

    def bring_home(self, began: Facts, data: Facts, living: Sequence[Token]) -> None:
        """An event sub-process beside the flow has ended: what it changed comes to those who still move."""
        fork = self._own_fork(living[0]) if len(living) == 1 else _common_fork(living)
        self.left[fork] = brought(self.left.get(fork, self._base(fork)), began, data)

    def _own_fork(self, token: Token) -> int:
        """A fork that the only living token is alone in, parted with just what it holds."""
        innermost = token.mark.forks[-1][0] if token.mark.forks else _SCOPE
        if innermost != _SCOPE and same(self.partings[innermost].data, token.data):
            return innermost
        stays, _ = self.part(token.mark.forks, token.data, 2)
        token.mark = token.mark._replace(forks=stays)
        return stays[-1][0]

    def inherit(self, token: Token, others: Sequence[Token]) -> None:
        """A token leaves its step: where it is the last one alive of a fork, it takes what the others left."""
        for fork, _ in reversed(token.mark.forks):
            if any(number == fork for other in others for number, _ in other.mark.forks):
                return
            left = self.left.pop(fork, None)
            if left is not None:
                outcome = {OUTCOME: token.data[OUTCOME]} if OUTCOME in token.data else {}
                token.data = {**united(self.partings[fork].data, left, token.data), **outcome}
            self._strike(fork, token)

    def settle(self, living: Sequence[Token]) -> None:
        """Forks that nobody is inside of are over, and those that one is left in without anything to inherit."""
        within: dict[int, list[Token]] = {}
        for token in living:
            for fork, _ in token.mark.forks:
                within.setdefault(fork, []).append(token)
        for fork in sorted(self.partings, reverse=True):
            inside = within.get(fork, [])
            if not inside:
                parting, left = self.partings.pop(fork), self.left.pop(fork, None)
                if left is not None:
                    self._leave(parting.forks, left)
            elif len(inside) == 1 and self._handed_out(fork):
                self._strike(fork, inside[0])

    def _handed_out(self, fork: int) -> bool:
        """What was left in a fork goes to the one around it, where that parted with the same: reminder after reminder."""
        parting, left = self.partings[fork], self.left.get(fork)
        if left is None:
            return True
        outer = parting.forks[-1][0] if parting.forks else _SCOPE
        if outer == _SCOPE or not same(self.partings[outer].data, parting.data):
            return False
        self._leave(parting.forks, self.left.pop(fork))
        return True

    def _strike(self, fork: int, token: Token) -> None:
        """The fork is over, and struck from the path of its last token."""
        mine = next(step for step in token.mark.forks if step[0] == fork)
        visits = {name: visit._replace(forks=_without(visit.forks, mine)) for name, visit in token.mark.visits.items()}
        token.mark = token.mark._replace(forks=_without(token.mark.forks, mine), visits=visits)
        del self.partings[fork]
        for inner, parting in self.partings.items():  # one that it is inside of as well lies further out now
            if mine in parting.forks:
                self.partings[inner] = replace(parting, forks=_without(parting.forks, mine))

    def result(self) -> Facts:
        """What the scope ends with, when nobody moves any more."""
        return self.left.get(_SCOPE, self.begin)

    def _leave(self, forks: Forks, data: Facts) -> None:
        fork = forks[-1][0] if forks else _SCOPE
        left = self.left.get(fork)
        self.left[fork] = data if left is None else united(self._base(fork), left, data)

    def _base(self, fork: int) -> Facts:
        return self.partings[fork].data if fork in self.partings else self.begin

    def _taken(self, fork: int) -> list[Facts]:
        left = self.left.pop(fork, None) if fork != _SCOPE else None
        return [] if left is None else [left]


def shared(paths: Sequence[Forks]) -> Forks:
    """The forks that all of these are inside of, by the same branch."""
    depth = 0
    while all(len(path) > depth and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return paths[0][:depth]


def below(forks: Forks, path: Forks) -> bool:
    """Whether a token with these forks descends from the one that had this path."""
    return forks[: len(path)] == path


def _lies(forks: Forks, outer: Forks, fork: int) -> bool:
    return len(forks) > len(outer) and below(forks, outer) and forks[len(outer)][0] == fork


def _common_fork(tokens: Sequence[Token]) -> int:
    """The outermost fork that all of them are inside of."""
    outermost = {token.mark.forks[0][0] if token.mark.forks else _SCOPE for token in tokens}
    return outermost.pop() if len(outermost) == 1 else _SCOPE


def _without(forks: Forks, step: tuple[int, int]) -> Forks:
    return tuple(other for other in forks if other != step)
