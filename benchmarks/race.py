"""Several systems at the same work, by turns: round after round each of them works one case, in an order drawn by lot.

After every completion the stock engine works in memory and the floor is timed (`floor.py`), so that act, engine and floor of
each row alternate through the whole run. The first round, in which caches fill and statements are prepared, is left out.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Protocol

from .floor import Account, Beside
from .places import Place, places


class Lane(Protocol):
    """One system at one kind of work. A case is its completions: milliseconds of each, and the form that was stored."""

    name: str

    def case(self) -> Iterator[tuple[float, str]]: ...


Enter = Callable[[Place, bool], AbstractContextManager[Sequence[Lane]]]
"""How a system enters: the lanes that it has on a database, made ready. The flag is `quick`."""


def race(systems: Sequence[Enter], quick: bool, rounds: int, failed: list[str] | None = None) -> list[dict[str, Any]]:
    """The rows of all lanes, first on SQLite, then on PostgreSQL. A system that fails drops out and is told in `failed`, and the
    others go on; without such a list the failure is raised."""
    with places() as both:
        return [row for place in both for row in _on(place, systems, quick, rounds, failed)]


def _on(
    place: Place, systems: Sequence[Enter], quick: bool, rounds: int, failed: list[str] | None
) -> list[dict[str, Any]]:
    rng = random.Random(7)
    with ExitStack() as stack:
        accounts: list[tuple[Lane, Account]] = []
        beside = Beside(place)
        stack.callback(beside.close)
        for enter in systems:
            with _or_out(enter.__module__, place, failed):
                accounts += [(lane, Account(lane.name, beside)) for lane in stack.enter_context(enter(place, quick))]
        for number in range(rounds + 1):
            for one in rng.sample(accounts, len(accounts)):
                lane, account = one
                out = True
                with _or_out(lane.name, place, failed):
                    for milliseconds, form in lane.case():
                        account.add(milliseconds, form, counts=number > 0)
                    out = False
                if out:
                    accounts.remove(one)
        return [account.row() for _, account in accounts]


@contextmanager
def _or_out(name: str, place: Place, failed: list[str] | None) -> Iterator[None]:
    try:
        yield
    except Exception:
        if failed is None:
            raise
        failed.append(f"{name} on {place.db}: {traceback.format_exc()}")
