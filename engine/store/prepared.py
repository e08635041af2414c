"""Statements that every act asks: compiled once for a database, then handed to its driver as they are.

SQLAlchemy works out anew for each execution what a statement means; of a statement that never changes, that is most of what
it costs. Here the text, the order of the parameters and how values are read are worked out once. Values go through the
same column types, so that what is read here equals what is read the other way; its rows are plain ones (rows.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from .rows import rows_of
from .tables import metadata

Processor = Callable[[Any], Any]


class Prepared:
    """A statement whose parameters are named (`sa.bindparam`). Written once, at the level of a module."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self.ready: dict[str, Ready] = {}
        """By the dialect, where it has been made ready."""

    def on(self, dialect: Dialect) -> Ready:
        """As the driver of this database takes it."""
        ready = self.ready.get(dialect.name)
        if ready is None:
            ready = self.ready[dialect.name] = Ready(self.statement, dialect)
        return ready


class Joined(Prepared):
    """Several writes as one statement of PostgreSQL, as parts of a WITH. They see the rows as they were before all of them, and
    foreign keys are looked at when all are done. Its parameters are those of its parts, one after the other.

    demanded: parts that must change exactly one row. They are done first and in their order; where one changes none, the database
    divides by nothing, and nothing of the statement is kept. Without any, the last part is the statement itself, and tells how
    many rows it changed, or answers. behind: it reads `done` (see `DONE`), and so comes when all others are through."""

    def __init__(self, parts: Sequence[Prepared], demanded: Sequence[int] = (), behind: bool = False) -> None:
        super().__init__(None)
        self._parts, self._demanded, self._behind = parts, demanded, behind

    def on(self, dialect: Dialect) -> ReadyTogether:
        ready = self.ready.get(dialect.name)
        if ready is None:
            parts = [(one.statement.table, one.on(dialect)) for one in self._parts]
            ready = self.ready[dialect.name] = ReadyTogether(parts, self._demanded, self._behind)
        assert isinstance(ready, ReadyTogether)
        return ready


class Ready:
    """The statement for one driver. Threads may share it."""

    values: Callable[[Any], Sequence[Any]]
    """Makes what the driver gets, in the order of the places, out of what is given by name. Raises KeyError for one that is missing."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        binds: Mapping[str, sa.BindParameter[Any]] = {name: bind for bind, name in compiled.bind_names.items()}
        # lists of an IN are written out here, once: their values stand in the statement
        asked = {name: bind for name, bind in binds.items() if bind.required}
        whole = compiled.construct_expanded_state(dict.fromkeys(asked))
        self.text = whole.statement
        self.touches = _named(self.text) | _referred(statement)
        """The tables that it reads or writes, and of a row that it writes those that it refers to."""
        written = whole.processors
        self.places: dict[str, Place] = {
            name: Place(name, _writer(bind.type, dialect), None, _kind(bind.type)) for name, bind in asked.items()
        }
        for name, value in whole.parameters.items():
            if name not in asked:
                fixed = written[name](value) if name in written else value
                self.places[name] = Place("", None, fixed, _kind(binds[name].type) if name in binds else 0)
        self._names: tuple[str, ...] | None = None
        if whole.positiontup is None:
            self._numbered()
        else:
            self._in_order = [self.places[name] for name in whole.positiontup]
        self.values = _taking(self._in_order)
        columns = list(statement.exported_columns) if statement.is_select or statement._returning else []
        names = [column.key for column in columns]
        assert len(names) == len(set(names)), f"two columns of one name: {names}"
        self.answers = bool(names)
        self.row = rows_of(names, [_reader(column.type, dialect) for column in columns])
        """Makes a row of what the driver answers."""

    def _numbered(self) -> None:
        """PostgreSQL's own text, its parameters as $1, $2: psycopg would read a long one for names anew at each execution."""
        order: dict[str, int] = {}

        def numbered(found: re.Match[str]) -> str:
            name = found.group(1)
            return "%" if name is None else f"${order.setdefault(name, len(order) + 1)}"

        self.numbered = re.sub(r"%\((\w+)\)s|%%", numbered, self.text).encode()
        self._in_order = [self.places[name] for name in order]
        self._names, self.kinds = tuple(order), tuple(place.kind for place in self._in_order)

    def named(self, values: Sequence[Any]) -> Any:
        """The same for whoever listens to `text`: by name where its parameters have names."""
        return values if self._names is None else dict(zip(self._names, values, strict=True))


class ReadyTogether(Ready):
    """See `Joined`."""

    def __init__(self, parts: Sequence[tuple[sa.Table, Ready]], demanded: Sequence[int], behind: bool) -> None:
        self.places = {}
        part_of: dict[str, int] = {}
        texts: list[str] = []
        written: dict[sa.Table, int] = {}
        for n, (table, one) in enumerate(parts):
            text = re.sub(r"%\((\w+)\)s", rf"%(\1_{n})s", one.text)
            if table in written and not text.startswith("UPDATE"):
                # PostgreSQL promises no order among parts, and a row comes after what was written into its table before it: the row
                # that it follows is closed, a journal's rows bear their numbers in their order
                text = _after(text, written[table])
                texts[written[table]] = texts[written[table]].removesuffix(_TELLS) + _TELLS
            written[table] = n
            texts.append(text + _TELLS if n in demanded else text)
            self.places |= {f"{name}_{n}": place for name, place in one.places.items()}
            part_of |= dict.fromkeys((f"{name}_{n}" for name in one.places), n)
        if demanded:
            texts.append("SELECT " + ", ".join(f"1 / (SELECT count(*) FROM part_{n})" for n in demanded))
        *before, last = texts
        named = [f"part_{n} AS ({text})" for n, text in enumerate(before)]
        if behind:
            named = [f"{one.removesuffix(')').removesuffix(_TELLS)}{_TELLS})" for one in named]
            rows = " + ".join(f"(SELECT count(*) FROM part_{n})" for n in range(len(named)))
            named.append(f"{DONE.name} AS (SELECT {rows or '0'} AS rows)")
        self.text = f"WITH {', '.join(named)} {last}"
        self._numbered()
        self._parts = [part_of[name] for name in self._names or ()]
        self.values = self._of_parts
        told = parts[-1][1]
        self.row, self.answers = told.row, told.answers and not demanded

    def _of_parts(self, given: Any) -> list[Any]:
        """given: of each part by name, in their order."""
        return [
            fixed if not name else given[n][name] if write is None else write(given[n][name])
            for n, (name, write, fixed, _) in zip(self._parts, self._in_order, strict=True)
        ]


class Place(NamedTuple):
    """A parameter of a statement: by what name it is given and how it is written, or no name and the value that it always has.
    kind: the number of its type at PostgreSQL, where the text does not say it."""

    name: str
    write: Processor | None
    fixed: Any
    kind: int


def _taking(places: Sequence[Place]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """What makes the values of these places out of those that are given by name. Most need but be taken out."""
    named = [place for place in places if place.name]
    names = [place.name for place in named]
    take: Any = itemgetter(*names) if len(names) > 1 else lambda given: [given[name] for name in names]
    writes = [(at, place.write) for at, place in enumerate(named) if place.write is not None]
    fixed = [(at, place.fixed) for at, place in enumerate(places) if not place.name]

    def written(given: Mapping[str, Any]) -> Sequence[Any]:
        values = list(take(given))
        for at, write in writes:
            values[at] = write(values[at])
        for at, value in fixed:
            values.insert(at, value)
        return values

    return written if writes or fixed else take


_KINDS = ((sa.Boolean, 16), (sa.LargeBinary, 17))
"""What SQLAlchemy writes into a statement without its type, and PostgreSQL then takes for text where nothing else is said."""


def _kind(of: Any) -> int:
    written = of.impl_instance if isinstance(of, sa.types.TypeDecorator) else of
    return next((number for kind, number in _KINDS if isinstance(written, kind)), 0)


_TELLS = " RETURNING 1"
DONE = sa.table("done", sa.column("rows", sa.BigInteger))
"""Of a statement that comes behind others: how many rows they have written."""
_ONCE = " ON CONFLICT DO NOTHING"


def _after(insertion: str, part: int) -> str:
    into, rest = insertion.split(" VALUES (", 1)
    values, once = (rest.removesuffix(_ONCE), _ONCE) if rest.endswith(_ONCE) else (rest, "")
    assert values.endswith(")"), insertion
    first, *more = re.split(r"\), \((?=%)", values[:-1])
    rows = [
        f"SELECT {first} FROM (SELECT count(*) FROM part_{part}) AS done_{part}",
        *(f"SELECT {row}" for row in more),
    ]
    return f"{into} {' UNION ALL '.join(rows)}{once}"


def _named(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text)) & metadata.tables.keys()


def _referred(statement: Any) -> frozenset[str]:
    if not isinstance(statement, sa.UpdateBase) or not isinstance(statement.table, sa.Table):
        return frozenset()
    return frozenset(key.column.table.name for key in statement.table.foreign_keys)


def _writer(kind: Any, dialect: Dialect) -> Processor | None:
    if isinstance(kind, sa.LargeBinary):  # both drivers take bytes as they are
        return None
    found: Processor | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _reader(kind: Any, dialect: Dialect) -> Processor | None:
    found: Processor | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


def insertion(table: sa.Table, columns: Sequence[str]) -> Prepared:
    """One row into a table; its id comes back where it has one."""
    statement = _into(table, columns)
    key = [c for c in table.primary_key.columns if c.autoincrement is True]
    return Prepared(statement.returning(*key) if key else statement)


def whole_insertion(table: sa.Table, columns: Sequence[str], beside: Sequence[sa.ColumnElement[Any]] = ()) -> Prepared:
    """One row into a table; all of it comes back, with what the database has put in, and with these columns beside it."""
    return Prepared(_into(table, columns).returning(*table.c, *beside))


def single_insertion(table: sa.Table, columns: Sequence[str], dialect: str) -> Prepared:
    """One row into a table, unless a unique key says that it is there already; its key comes back when it was not."""
    return Prepared(_once(table, columns, dialect).returning(*table.primary_key.columns))


def putting_once(table: sa.Table, columns: Sequence[str], dialect: str) -> Prepared:
    """The same; nothing comes back."""
    return Prepared(_once(table, columns, dialect).inline())


def _once(table: sa.Table, columns: Sequence[str], dialect: str) -> Any:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    new = {name: sa.bindparam(name, type_=table.c[name].type) for name in columns}
    return make(table).values(new).on_conflict_do_nothing()


def _into(table: sa.Table, columns: Sequence[str]) -> sa.Insert:
    return table.insert().values({name: sa.bindparam(name, type_=table.c[name].type) for name in columns})


def alteration(table: sa.Table, where: Sequence[str], columns: Sequence[str]) -> Prepared:
    """Rows that have these values get those."""
    known = [table.c[name] == sa.bindparam(f"where_{name}", type_=table.c[name].type) for name in where]
    new = {name: sa.bindparam(name, type_=table.c[name].type) for name in columns}
    return Prepared(table.update().where(*known).values(new))


def putting(table: sa.Table, columns: Sequence[str]) -> Prepared:
    """One row into a table; nothing comes back."""
    return Prepared(_into(table, columns).inline())


@lru_cache(maxsize=512)
def joined(parts: tuple[Prepared, ...], demanded: tuple[int, ...] = (), behind: bool = False) -> Joined:
    """Rows that are written together, by one statement of PostgreSQL; see `Joined`."""
    return Joined(parts, demanded, behind)


def of_all(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters of a statement over many rows (`putting_all`), out of those of each."""
    return {f"{name}_{n}": value for n, values in enumerate(given) for name, value in values.items()}


def putting_all(table: sa.Table, columns: Sequence[str], count: int, once: bool) -> Prepared:
    """So many rows into a table (PostgreSQL), the n-th with the parameters that end in `_n`; nothing comes back. once: but for those
    that a unique key says are there already."""
    new = [{name: sa.bindparam(f"{name}_{n}", type_=table.c[name].type) for name in columns} for n in range(count)]
    statement = postgresql.insert(table).values(new)
    return Prepared((statement.on_conflict_do_nothing() if once else statement).inline())


def plain(values: Mapping[str, Any]) -> bool:
    """Whether they are values, and none is to be worked out by the database."""
    return not any(
        isinstance(value, ClauseElement) or hasattr(value, "__clause_element__") for value in values.values()
    )
