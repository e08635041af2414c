"""Many small acts of one worker, which nobody waits for: lamps that turn, dates that are counted anew.

Each is a transaction of its own in all that counts: it is about one case, it is kept whole or not at all, and what becomes
of one is nothing to the others. Nothing is asked in it: what it builds on was read before, and `change_one` undoes it where
a row is not as it was seen.

* SQLite: several share a COMMIT, each under its own savepoint (house law 1), for at most `SHARE` seconds: then whoever
  waits to write comes first.
* PostgreSQL: all that an act writes is one statement, a writable CTE that commits itself: one round trip, and its rows are
  locked no longer than the server needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import Executable

from ..errors import NotReady
from .database import Database, Tx
from .failures import DatabaseBusy
from .line import Line
from .prepared import Prepared
from .served import Served

SHARE = 0.02
LANES = 4
Act = Callable[[Tx], object]


def several(database: Database, acts: Sequence[Act]) -> list[bool]:
    """Do these acts, the first one first. Returns of each whether it is committed; one that was overtaken or has failed left no
    trace, and why is found out by doing it alone. Raises DatabaseBusy, DiskFull, DatabaseGone; then some may be committed."""
    return list(_under_savepoints(database, acts) if database.dialect == "sqlite" else _as_statements(database, acts))


# ---------------------------------------------------------------- SQLite
def _under_savepoints(database: Database, acts: Sequence[Act]) -> Iterator[bool]:
    waiting = list(reversed(acts))
    while waiting:
        until, kept = time.monotonic() + SHARE, list[bool]()
        with database.writing() as tx:
            while waiting and (not kept or time.monotonic() < until):
                kept.append(_under_savepoint(tx, waiting.pop()))
        yield from kept


def _under_savepoint(tx: Tx, act: Act) -> bool:
    line = tx._line
    line.run("SAVEPOINT act")
    inside = Tx(line, True, tx._lock_seconds, tx._kept)
    try:
        act(inside)
    except NotReady:
        raise
    except Exception:
        line.run("ROLLBACK TO act")
        return False
    finally:
        inside.over()
        if line.stands:
            line.run("RELEASE act")
    return True


# ---------------------------------------------------------------- PostgreSQL
def _as_statements(database: Database, acts: Sequence[Act]) -> list[bool]:
    """In a few lanes, each a connection with every so-many-th act, so that they wait for the disk together."""
    lanes = [acts[n::LANES] for n in range(min(LANES, len(acts)))]
    kept: list[Any] = [None] * len(acts)
    with ThreadPoolExecutor(max(1, len(lanes))) as pool:
        for n, done in enumerate(pool.map(partial(_in_a_lane, database), lanes)):
            kept[n::LANES] = done
    return kept


def _in_a_lane(database: Database, acts: Sequence[Act]) -> list[bool]:
    assert isinstance(database._kept, Served)
    with database._kept.each_alone() as line:
        return [_as_statement(line, act, database.lock_seconds) for act in acts]


def _as_statement(line: Line, act: Act, lock_seconds: float) -> bool:
    """Raises DatabaseGone, DiskFull."""
    written = _Written(line, True, lock_seconds, {})
    try:
        act(written)
        written.write_out(last=True)
    except DatabaseBusy:  # whoever holds this case holds no other
        return False
    except NotReady:
        raise
    except Exception:
        return False
    finally:
        written.over()
    return True


class _Written(Tx):
    """What one act writes, kept until it is sent whole."""

    asks = False

    def execute(self, statement: Executable, parameters: Any = None) -> Any:
        raise AssertionError("an act that is sent whole asks nothing")

    def _asked(self, statement: Prepared, parameters: Mapping[str, Any]) -> Any:
        raise AssertionError("an act that is sent whole asks nothing")

    def write_out(self, *, last: bool = False, ahead: bool = False) -> None:
        """Not before all is there."""
        if last:
            super().write_out()

    def insert_once(self, table: sa.Table, **values: Any) -> bool:
        """True: whether it was there already is not known yet."""
        self.put_once(table, **values)
        return True
