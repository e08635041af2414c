"""Numbers without gaps: case numbers and document numbers, per office, name and year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from .database import Tx
from .prepared import DONE, Prepared
from .tables import series


class Series(NamedTuple):
    """One line of numbers: from 1 on, each taken once."""

    office_id: int
    name: str
    year: int


def next_number(tx: Tx, office_id: int, name: str, year: int) -> int:
    """The next number of one series; see `next_numbers`."""
    return next_numbers(tx, [Series(office_id, name, year)])[0]


def next_numbers(tx: Tx, wanted: Sequence[Series]) -> list[int]:
    """The next number of each of these series, in their order. The rows of the series stay locked until the transaction ends: no
    gap, no twin. So they are drawn as late in an act as can be: all other acts that want such a number wait meanwhile.

    Race: acts that draw of several series take them in one order, whatever order they are wanted in, or two would wait for each
    other."""
    if not wanted:
        return []
    counts = Counter(wanted)
    every = sorted(counts, key=_lock)
    given = {f"{name}_{n}": value for n, one in enumerate(every) for name, value in one._asdict().items()}
    given |= {f"count_{n}": counts[one] for n, one in enumerate(every)}
    if tx.dialect == "postgresql":
        given |= {f"lock_{n}": _lock(one) for n, one in enumerate(every)}
    drawn = tx.rows_behind(_drawing(tx.dialect, len(every)), **given)
    taken = {Series(r.office_id, r.name, r.year): r.last for r in drawn}
    return [_one_of(taken, counts, one) for one in wanted]


def _lock(of: Series) -> int:
    """Its number among PostgreSQL's advisory locks. Two series may have the same: then acts wait that need not."""
    return int.from_bytes(sha256(f"series:{of.office_id}:{of.name}:{of.year}".encode()).digest()[:8], signed=True)


def _one_of(taken: dict[Series, int], left: Counter[Series], one: Series) -> int:
    left[one] -= 1
    return taken[one] - left[one]


@cache
def _drawing(dialect: str, several: int) -> Prepared:
    """Taken in their order: so are they locked."""
    first: Any = _in_line(several) if dialect == "postgresql" else sqlite.insert(series).values(_new(several))
    moved = first.on_conflict_do_update(
        index_elements=list(Series._fields), set_={"last": series.c.last + first.excluded.last}
    )
    return Prepared(moved.returning(*(series.c[name] for name in Series._fields), series.c.last))


def _new(several: int) -> list[dict[str, sa.BindParameter[Any]]]:
    columns = {**{name: name for name in Series._fields}, "last": "count"}
    return [
        {name: sa.bindparam(f"{asked}_{n}", type_=series.c[name].type) for name, asked in columns.items()}
        for n in range(several)
    ]


def _in_line(several: int) -> Any:
    """PostgreSQL: who wants a number of a series waits for a lock of the series' name, and those behind him in a line. At the
    row itself they would wait for whoever holds it, and all of them be woken by each COMMIT to see that another one was first."""
    rows = []
    for n, row in enumerate(_new(several)):
        lock = sa.bindparam(f"lock_{n}", type_=sa.BigInteger) + 0 * DONE.c.rows
        taken = sa.select(sa.func.pg_advisory_xact_lock(lock)).subquery(f"line_{n}")
        rows.append(sa.select(*(value.label(name) for name, value in row.items())).select_from(taken))
    return postgresql.insert(series).from_select(
        [*Series._fields, "last"], sa.union_all(*rows) if several > 1 else rows[0]
    )
