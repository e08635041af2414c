"""Transactions, and the only commit of the project."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cache
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any, TypeVar
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.sql import Executable

from .drawn import ids_of_sequence, last_id
from .embedded import Embedded
from .failures import (
    CommitInDoubt,
    ConstraintBroken,
    DatabaseAddressNotUnderstood,
    DatabaseGone,
    constraint_name,
    translated,
)
from .line import Line
from .prepared import (
    Prepared,
    alteration,
    insertion,
    joined,
    of_all,
    plain,
    putting,
    putting_all,
    putting_once,
    single_insertion,
    whole_insertion,
)
from .served import Served
from .tables import cases, processes

Kept = TypeVar("Kept")
_DIVIDED_BY_NOTHING = "22012"


class Overtaken(Exception):
    """A row is not as it was seen: somebody else was there first, and nothing of this act is kept."""


class Tx:
    """One transaction, as the rooms above see it. Made by `Database.reading` and `Database.writing` only."""

    asks = True
    """Whether it gets an answer; one that is sent whole does not (several.py)."""

    def __init__(self, line: Line, writes: bool, lock_seconds: float, kept: dict[str, Any]) -> None:
        self._line, self._connection, self._lock_seconds = line, line.connection, lock_seconds
        self.dialect = line.on
        self.writes = writes
        self._kept = kept
        self.locked_case: int | None = None
        self.written: set[str] = set()
        """The tables that this transaction has written into: what was read of others before still holds."""
        self._drawn: dict[str, int] = {}
        """The last id that was drawn of a table (SQLite)."""
        self._to_write: list[Prepared] = []
        """What is to be written and has not been sent yet."""
        self._given: list[Any] = []
        """The parameters of each."""
        self._demanded: dict[int, Callable[[], Exception]] = {}
        """Of each that must change its one row, what is raised when there is none."""
        self._rows_to_write: set[tuple[Any, ...]] = set()
        self._tables_to_write: set[str] = set()
        self._refusals: dict[str, type[Exception]] = {}
        self._otherwise: Callable[[], Exception] | None = None
        """Makes what is raised when a row that what is sent now demands is not there."""

    def keeping(self, what: str, mark: str, begin: Callable[[], Kept]) -> Kept:
        """What this process keeps of the database under this name for as long as the mark is the same, begun empty; what was kept
        under another mark is forgotten. Threads may share it."""
        known: tuple[str, Kept] | None = self._kept.get(what)
        if known is None or known[0] != mark:
            known = self._kept[what] = (mark, begin())
        return known[1]

    def kept_last(self, what: str) -> tuple[str, Any] | None:
        """What was kept last under this name, with its mark, whether or not that still holds."""
        return self._kept.get(what)

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement. Raises ConstraintBroken, DatabaseBusy, DiskFull, DatabaseGone."""
        self.write_out()
        self._hear()
        self._line.begin(self._failure)
        if isinstance(statement, sa.UpdateBase) and isinstance(statement.table, sa.Table):
            self.written.add(statement.table.name)
        try:
            return self._connection.execute(statement, parameters)
        except sa.exc.DBAPIError as failed:
            raise self._failure(failed) from failed

    def rows(self, statement: Executable | Prepared, **parameters: Any) -> Sequence[Row[Any]]:
        """parameters: of a statement that was prepared, because every act asks it."""
        if isinstance(statement, Prepared):
            return self._asked(statement, parameters)
        return self.execute(statement, parameters or None).all()

    def row(self, statement: Executable | Prepared, **parameters: Any) -> Row[Any] | None:
        """The only row, or None. More than one is a bug."""
        if not isinstance(statement, Prepared):
            return self.execute(statement, parameters or None).one_or_none()
        found = self._asked(statement, parameters)
        if len(found) > 1:
            raise sa.exc.MultipleResultsFound("one row was asked for")
        return found[0] if found else None

    def value(self, statement: Executable | Prepared, **parameters: Any) -> Any:
        """The only column of the only row, or None."""
        found = self.row(statement, **parameters)
        return None if found is None else found[0]

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Insert one row and return its id."""
        if not plain(values):
            key = self.execute(table.insert(), values).inserted_primary_key
            assert key is not None
            return int(key[0])
        self.written.add(table.name)
        found = self._asked(_insertion(table, tuple(values)), values)
        return int(found[0][0]) if found else 0

    def bear_case(self, *beside: sa.ColumnElement[Any], **values: Any) -> Row[Any]:
        """Insert a case and hold it; nobody else has seen it. Returns its row with these columns beside it."""
        self.written.add(cases.name)
        row: Row[Any] = self._asked(_birth(tuple(values), beside), values)[0]
        self._holds(row.id)
        return row

    def draw_ids(self, table: sa.Table, count: int, first: int | None = None) -> Sequence[int]:
        """So many ids of new rows, ascending, greater than any that was given before: for rows that are `put` with them. first: one
        that was drawn beside the case when it was held (`drawn_id`). Until they are put, rows of this table come by no other way in
        this transaction.

        Race: two transactions draw at once; on PostgreSQL a sequence gives none twice, on SQLite there is one writer.
        """
        if self.dialect == "postgresql":
            drawn = [] if first is None else [first]
            more = count - len(drawn)
            return [*drawn, *(row.id for row in self.rows(ids_of_sequence(table), count=more))] if more else drawn
        last = self._drawn.get(table.name) or self.value(last_id(table)) or 0
        self._drawn[table.name] = last + count
        return range(last + 1, last + count + 1)

    def change(self, table: sa.Table, where: Mapping[str, Any], **values: Any) -> int:
        """Give the rows that have these values others. Returns how many they were."""
        if table.name in self._tables_to_write or self._demanded:
            self.write_out()
        self.written.add(table.name)
        _, driver = self._line.execute(*self._together(*altering(table, where, values)), self._failure)
        return int(driver.rowcount)

    def change_one(
        self,
        table: sa.Table,
        where: Mapping[str, Any],
        *,
        otherwise: Callable[[], Exception] = Overtaken,
        **values: Any,
    ) -> None:
        """Give the one row that has these values, its key among them, others. Raises what `otherwise` makes when there is none;
        that may come later, see `set`."""
        statement, given = altering(table, where, values)
        self._write(table, statement, given, (where,), otherwise)

    def put(self, table: sa.Table, **values: Any) -> None:
        """Insert one row of plain values; nothing is answered. What it raises may come later, see `set`."""
        self._write(table, _putting(table, tuple(values)), values, (values,))

    def put_once(self, table: sa.Table, **values: Any) -> None:
        """The same, unless a unique key says that it is there already."""
        self._write(table, _putting_once(table, tuple(values), self.dialect), values, (values,))

    def put_all(self, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, once: bool = False) -> None:
        """The same for many rows, in their order: those of the same columns go to the database together."""
        for columns, alike in groupby(rows, key=tuple):
            self._put_alike(table, columns, list(alike), once)

    def _put_alike(
        self, table: sa.Table, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]], once: bool
    ) -> None:
        one = _putting_once(table, columns, self.dialect) if once else _putting(table, columns)
        if self.dialect != "postgresql":
            self.written.add(table.name)
            self._line.execute(one, rows, self._failure, many=True)
        elif len(rows) == 1:
            self._write(table, one, rows[0], rows)
        else:
            self._write(table, _putting_all(table, columns, len(rows), once), of_all(rows), rows)

    def set(self, table: sa.Table, key: int | str, **values: Any) -> None:
        """Give the row of this primary key plain values; nothing is answered.

        PostgreSQL: a round trip costs more than a row, so writes that nobody waits for travel with the next statement that
        somebody does wait for and that could see them, the last of them with the end of the transaction; a refused one raises
        there. Whoever reads in between reads what was written; of other tables he may read before it is.
        """
        column, known_as = _single_key(table)
        statement = _alteration(table, (column,), tuple(values))
        self._write(table, statement, {known_as: key, **values}, ({column: key},))

    def _write(
        self,
        table: sa.Table,
        statement: Prepared,
        given: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]],
        otherwise: Callable[[], Exception] | None = None,
    ) -> None:
        """rows: those that it writes, as far as we know their keys. One statement must not write a row twice."""
        self.written.add(table.name)
        if self.dialect != "postgresql":
            _, driver = self._line.execute(statement, given, self._failure)
            if otherwise is not None and driver.rowcount != 1:
                raise otherwise()
            return
        keys = _keys(table, rows)
        if not self._rows_to_write.isdisjoint(keys):
            self.write_out()
        self._rows_to_write.update(keys)
        self._tables_to_write.add(table.name)
        if otherwise is not None:
            self._demanded[len(self._to_write)] = otherwise
        self._to_write.append(statement)
        self._given.append(given)

    def _would_see(self, statement: Prepared) -> bool:
        """Whether what waits to be written is anything to this statement: a table that it reads, writes or refers to. Triggers
        move the mark of the establishment with many a table."""
        touches = statement.on(self._connection.dialect).touches
        return "establishment" in touches or not self._tables_to_write.isdisjoint(touches)

    def send_ahead(self) -> None:
        """What was put and set so far is on its way, and the database at work, while the act goes on (PostgreSQL). What it raises comes
        with the next statement."""
        if self._to_write and not self._demanded:
            self.write_out(ahead=True)

    def write_out(self, *, last: bool = False, ahead: bool = False) -> None:
        """Write what was put, set and changed and has not been sent yet. last: nothing comes after it; on PostgreSQL it is committed
        in the same round trip. ahead: nobody waits for it now."""
        if not self._to_write:
            if last:
                self._hear()
            return
        waiting, given, demanded = self._no_longer_waiting()
        statement: Prepared = waiting[0]
        if demanded or len(waiting) > 1:
            statement = joined(tuple(waiting), tuple(demanded))
        else:
            given = given[0]
        self._otherwise = next(iter(demanded.values()), None)
        self._line.execute(statement, given, self._failure, last=last, ahead=ahead)
        self._otherwise = None

    def rows_behind(self, statement: Prepared, **parameters: Any) -> Sequence[Row[Any]]:
        """What a write answers that is to come last: behind all that waits to be written, and together with it. On PostgreSQL it
        reads `DONE`."""
        if self.dialect != "postgresql":
            return self._asked(statement, parameters)
        if self._demanded:
            self.write_out()
        return self._asked(*self._together(statement, parameters, behind=True))

    def _together(self, last: Prepared, given: Mapping[str, Any], *, behind: bool = False) -> tuple[Prepared, Any]:
        """This statement and all that waits for one, as a single one."""
        if not self._to_write and not behind:
            return last, given
        waiting, before, _ = self._no_longer_waiting()
        return joined((*waiting, last), behind=behind), [*before, given]

    def _no_longer_waiting(self) -> tuple[list[Prepared], Any, Mapping[int, Callable[[], Exception]]]:
        waiting = self._to_write, self._given, self._demanded
        self._to_write, self._given, self._demanded = [], [], {}
        self._rows_to_write.clear()
        self._tables_to_write.clear()
        return waiting

    def _asked(self, statement: Prepared, parameters: Any) -> Sequence[Any]:
        if self._to_write and self._would_see(statement):
            self.write_out()
        ready, _ = self._line.execute(statement, parameters, self._failure)
        return self._line.answer(ready, self._failure) if ready.answers else ()

    def _failure(self, failed: sa.exc.DBAPIError) -> Exception:
        if self._otherwise is not None and getattr(failed.orig, "sqlstate", None) == _DIVIDED_BY_NOTHING:
            return self._otherwise()
        if isinstance(failed, sa.exc.IntegrityError):
            name = constraint_name(failed)
            return self._refusals[name]() if name in self._refusals else ConstraintBroken(name)
        if not self._line.stands:
            self.over()
        return translated(failed, self._lock_seconds)

    def _hear(self) -> None:
        line = self.__dict__.get("_line")  # None when it is over
        if line is not None and line.ahead:
            line.hear(self._failure)

    def refuse_as(self, constraint: str, kind: type[Exception]) -> None:
        """What it means in this act when this constraint refuses a row, now or when what waits is written: this is raised in place of
        ConstraintBroken."""
        self._refusals[constraint] = kind

    def over(self) -> None:
        """Whoever goes on after that is a bug: what he did would stand in somebody else's act, or in none."""
        line = self.__dict__.pop("_line", None)
        if line is not None and line.ahead:  # of an act that failed meanwhile
            with suppress(Exception):
                line.hear(self._failure)
        self.__dict__.pop("_connection", None)
        self.__dict__.pop("dialect", None)

    def insert_once(self, table: sa.Table, **values: Any) -> bool:
        """Insert unless a unique key says that it is there already. True when this call put it there."""
        self.written.add(table.name)
        return bool(self._asked(_single_insertion(table, tuple(values), self.dialect), values))

    def hold(self, case: Prepared, **parameters: Any) -> Row[Any] | None:
        """Lock a case until the end of this transaction and return what this statement reads of it; None when there is none. `held`
        makes such a statement.

        House law 2: a transaction holds one case. On SQLite the whole database is locked for writing already. Race: an act leaves
        a job to another case, which that case's own act must not hold up; so the lock is one that a foreign key may pass
        (NO KEY UPDATE), or a stage and its matters would wait for each other in a circle.

        What is locked is where the case stands (`processes`), which all change who change anything that belongs to it.

        Race (PostgreSQL): whoever held it before has committed while we waited. Then that row is the new one, and what the statement
        read beside it is as it was before the wait; `as_held` says so, and it is asked once more, now that nobody else writes.
        """
        row = self.row(case, **parameters)
        if row is not None and not row.as_held:
            row = self.row(case, **parameters)
        if row is not None:
            self._holds(row.id)
        return row

    def lock_case(self, case_id: int) -> Row[Any] | None:
        """Hold a case and return its row, with where it stands; None when there is none."""
        return self.hold(_CASE[self.dialect], case_id=case_id)

    def keep_still(self, case_id: int) -> Row[Any] | None:
        """Let nobody act on a case until the end of this transaction, which does not write it, and return its row; None when there is
        none. Race: whoever acts on it now is waited for, so its row is read behind that, in a moment of its own."""
        if self.dialect == "postgresql":
            self.rows(_STILL, case_id=case_id)
        return self.row(_ROW, case_id=case_id)

    def _holds(self, case_id: int) -> None:
        if self.locked_case not in (None, case_id):
            raise AssertionError(
                f"case {case_id} asked for while case {self.locked_case} is held: one case a transaction"
            )
        self.locked_case = case_id


class Look(Tx):
    """Asks, and each question is a moment of its own. Nothing is written by it: that would be kept at once, in no act."""

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        assert statement.is_select, "written while looking"
        return super().execute(statement, parameters)

    def _asked(self, statement: Prepared, parameters: Any) -> Sequence[Any]:
        assert statement.statement.is_select, "written while looking"
        return super()._asked(statement, parameters)

    def change(self, *what: Any, **values: Any) -> int:
        raise AssertionError("written while looking")

    def _write(self, *what: Any) -> None:
        raise AssertionError("written while looking")


def held(of_case: sa.Select[Any], dialect: str) -> Prepared:
    """This select of one case, where it stands and what belongs to it, as `Tx.hold` asks it."""
    if dialect != "postgresql":
        return Prepared(of_case.add_columns(sa.true().label("as_held")))
    seen = processes.alias("seen")
    before: sa.Select[Any] = sa.select(sa.literal_column("seen.xmin")).select_from(seen)
    before = before.where(seen.c.case_id == processes.c.case_id).correlate(processes)
    as_held = sa.literal_column("processes.xmin") == before.scalar_subquery()
    return Prepared(of_case.add_columns(as_held.label("as_held")).with_for_update(key_share=True, of=processes))


STANDS = tuple(processes.c[name] for name in ("revision", "journal_n", "journal_hash", "state_digest"))
"""Where a case stands, as columns beside it; the state of its process left out."""
_ROW = Prepared(sa.select(cases).where(cases.c.id == sa.bindparam("case_id")))
_STILL = Prepared(
    sa.select(processes.c.case_id).where(processes.c.case_id == sa.bindparam("case_id")).with_for_update(read=True)
)
_CASE = {
    one: held(sa.select(cases, *STANDS).join(processes).where(cases.c.id == sa.bindparam("case_id")), one)
    for one in ("sqlite", "postgresql")
}


@cache
def _birth(columns: tuple[str, ...], beside: tuple[sa.ColumnElement[Any], ...]) -> Prepared:
    return whole_insertion(cases, columns, beside)


def _keys(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, Any]]:
    """The table's name and the key, of each of these rows, which have the same columns; none of new ones to which the database gives
    their keys."""
    columns, key_of = _key(table)
    if not columns <= rows[0].keys():
        return []
    return list(zip(repeat(table.name), map(key_of, rows)))


@cache
def _single_key(table: sa.Table) -> tuple[str, str]:
    """The one column of a table's key, and by what name its value is known to a statement that alters the row."""
    (column,) = _key(table)[0]
    return column, _known_as((column,))[0]


@cache
def _key(table: sa.Table) -> tuple[frozenset[str], Callable[[Mapping[str, Any]], Any]]:
    """The columns of a table's key, and what takes the key out of a row."""
    columns = [column.name for column in table.primary_key]
    return frozenset(columns), itemgetter(*columns)


def altering(table: sa.Table, where: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Prepared, dict[str, Any]]:
    """The statement that gives the rows that have these values others, and its parameters."""
    columns = tuple(where)
    known = zip(_known_as(columns), where.values(), strict=True)
    return _alteration(table, columns, tuple(values)), dict(known, **values)


@cache
def _known_as(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"where_{name}" for name in columns)


_insertion, _single_insertion = cache(insertion), cache(single_insertion)
_alteration, _putting, _putting_once = cache(alteration), cache(putting), cache(putting_once)
_putting_all = cache(putting_all)


Kind = TypeVar("Kind", bound=Tx)


class Database:
    """One database, embedded SQLite or PostgreSQL. Threads may share it, and a process that is forked gets its own connections."""

    def __init__(self, kept: Embedded | Served) -> None:
        self._kept = kept
        self._memory: dict[str, Any] = {}
        self.engine, self.lock_seconds = kept.engine, kept.lock_seconds
        _OPEN.add(self)

    @classmethod
    def open(cls, url: str, *, lock_seconds: float = 5.0) -> Database:
        """Connect lazily; an SQLite file is made here, empty (see `migrate`) and for nobody else to read. What the database
        refuses is logged without its values: they are people's data. Raises DatabaseAddressNotUnderstood, DatabaseGone."""
        target = _address(url)
        kind = Embedded if target.get_backend_name() == "sqlite" else Served
        return cls(kind(target, lock_seconds))

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    def reading(self) -> AbstractContextManager[Tx]:
        """A consistent view for as long as the block lasts; nothing can be written."""
        return _Talk(self, self._kept.reading(), Tx)

    def looking(self) -> AbstractContextManager[Look]:
        """Questions that need no common moment: each sees what is there when it is asked. On PostgreSQL a question is one round trip
        then and not three."""
        return _Talk(self, self._kept.looking(), Look)

    def writing(self) -> AbstractContextManager[Tx]:
        """One act: committed when the block ends, rolled back whole when it raises.

        SQLite: one writer at a time, in turn among threads and processes; acts of several threads may share a COMMIT (group.py).
        Whoever waits longer than `lock_seconds` gets DatabaseBusy. PostgreSQL: rooms lock the case they work on; a line that
        breaks while COMMIT is on its way raises CommitInDoubt.
        """
        return _Talk(self, self._kept.writing(), Tx, writes=True)

    def close(self) -> None:
        self._kept.close()


class _Talk(AbstractContextManager[Kind]):
    """A transaction from its first word to its last. Every act is in one: a generator made into one would cost it more."""

    def __init__(
        self, database: Database, connected: AbstractContextManager[Line], kind: type[Kind], *, writes: bool = False
    ) -> None:
        self._database, self._connected, self._kind, self._writes = database, connected, kind, writes

    def __enter__(self) -> Kind:
        seconds = self._database.lock_seconds
        try:
            self._line = self._connected.__enter__()
        except sa.exc.DBAPIError as failed:  # BEGIN
            raise translated(failed, seconds) from failed
        self._tx = self._kind(self._line, self._writes, seconds, self._database._memory)
        return self._tx

    def __exit__(self, kind: Any, failed: BaseException | None, trace: Any) -> None:
        try:
            self._end(kind, failed, trace)
        except DatabaseGone as gone:
            if not self._writes or not self._line.in_doubt:
                raise
            raise CommitInDoubt(**gone.facts) from gone

    def _end(self, kind: Any, failed: BaseException | None, trace: Any) -> None:
        try:
            try:
                if failed is None:
                    self._tx.write_out(last=True)
            except BaseException as late:
                self._tx.over()
                self._connected.__exit__(type(late), late, late.__traceback__)
                raise
            self._tx.over()
            self._connected.__exit__(kind, failed, trace)
            if isinstance(failed, sa.exc.DBAPIError):  # met while an answer was read
                raise failed
        except sa.exc.DBAPIError as refused:
            raise translated(refused, self._database.lock_seconds) from refused


_OPEN: WeakSet[Database] = WeakSet()


def _forget() -> None:
    for database in _OPEN:
        database._kept.forget()


os.register_at_fork(after_in_child=_forget)


def _address(url: str) -> sa.URL:
    try:
        target = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as wrong:  # a port that is no number
        raise DatabaseAddressNotUnderstood(why="不是一个地址") from wrong
    known = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
    if target.drivername not in known:
        raise DatabaseAddressNotUnderstood(why=f"不支持 {target.drivername}")
    if "@" in (target.host or ""):  # the rest of a password, which must not be told as a host that is not found
        raise DatabaseAddressNotUnderstood(why="有不止一个 @，密码里的要写成 %40")
    return target
