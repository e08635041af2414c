"""One real case, many times over: how the benchmarks come to a hundred thousand cases in a minute.

A case is worked through the services once; its rows are then copied with numbers of their own. Journal and payloads are
told anew for each copy (its own stream, number and tasks, its own chain), so that a copy verifies like the case itself.
Its two documents are copied for one case in a thousand only, on which `flaws` may be asked: they have nothing to do with
clocks and are most of the bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa

from engine.cases import verify_case
from engine.store import Database, Tx, journal, tables
from engine.store.columns import canonical
from tests.hall import Hall

SAMPLE = 1000
AT_ONCE = 5000
Rows = dict[sa.Table, list[dict[str, Any]]]
_ALONGSIDE = (
    tables.case_departments,
    tables.processes,
    tables.tasks,
    tables.clocks,
    tables.materials,
    tables.possessions,
)


def multiply(hall: Hall, case_id: int, count: int) -> range:
    """Copy a case so many times. Returns the numbers of the copies."""
    made = _Model(hall, case_id)
    numbers = range(case_id + 1, case_id + 1 + count)
    for start in range(0, count, AT_ONCE):
        rows: Rows = {tables.cases: []}
        for one in numbers[start : start + AT_ONCE]:
            made.copy(one, rows)
        with hall.database.writing() as tx:
            for table, new in rows.items():
                fill(tx, table, new)
    settle(hall.database)
    return numbers


def sample(numbers: range) -> Sequence[int]:
    """Of the copies those that are whole."""
    return [one for one in numbers if _whole(one)]


def flaws(hall: Hall, case_ids: Sequence[int]) -> list[str]:
    """What does not hold in these cases."""
    with hall.database.reading() as tx:
        return [f"{flaw.subject}: {flaw.what}" for one in case_ids for flaw in verify_case(tx, one)]


def settle(database: Database) -> None:
    """What the databases' own daemons would have done long ago: the log is written back, the planner knows the tables, numbers
    go on behind the copies."""
    if database.dialect == "sqlite":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables.metadata.sorted_tables:
            if "id" in table.c:
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), coalesce(max(id), 1)) FROM {table.name}"
                )
        connection.exec_driver_sql("VACUUM (ANALYZE)")
        connection.exec_driver_sql("CHECKPOINT")


def _whole(case_id: int) -> bool:
    return case_id % SAMPLE == 0


class _Model:
    """The case that is copied, and how a copy differs from it."""

    def __init__(self, hall: Hall, case_id: int) -> None:
        self.case_id = case_id
        with hall.database.reading() as tx:
            self.case = _of(tx, tables.cases, tables.cases.c.id, case_id)[0]
            self.beside = {table: _of(tx, table, table.c.case_id, case_id) for table in _ALONGSIDE}
            self.papers = _of(tx, tables.papers, tables.papers.c.case_id, case_id)
            stream = str(journal.Stream("case", case_id))
            self.told = _of(tx, tables.journal, tables.journal.c.stream, stream)
            self.bodies = [json.loads(r["body"]) for r in _of(tx, tables.payloads, tables.payloads.c.stream, stream)]
            self.headers = [json.loads(r["header"]) for r in self.told]
        self.spans = {t: 1 + max(r["id"] for r in rows) for t, rows in self.beside.items() if "id" in t.c and rows}

    def copy(self, one: int, rows: Rows) -> None:
        shift = one - self.case_id
        papers = {r["digest"]: _paper(r, one, self.case["case_no"], self.number(one)) for r in self.papers}
        for table, those in self.beside.items():
            rows.setdefault(table, []).extend(self._moved(table, r, one, shift) for r in those)
        head = journal.Head(0, "")
        for row, header, body in zip(self.told, self.headers, self.bodies, strict=True):
            told = {**body, **dict(self._renamed(body, papers, shift))}
            head = self._chain(rows, row, header, told, one, head)
        rows[tables.cases].append({**self.case, "id": one, "case_no": self.number(one)})
        rows[tables.processes][-1] |= head._asdict()
        if _whole(one):
            rows.setdefault(tables.papers, []).extend(papers.values())

    def number(self, one: int) -> str:
        return f"{self.case['case_no'][:-5]}{one:07d}"

    def _moved(self, table: sa.Table, row: Mapping[str, Any], one: int, shift: int) -> dict[str, Any]:
        new = {**row, "case_id": one}
        if "id" in row:
            new["id"] = row["id"] + shift * self.spans[table]
        if table is tables.clocks and row["kind"] == "step":
            new["subject"] = self._subject(row["subject"], shift)
        return new

    def _task(self, number: int, shift: int) -> int:
        return int(number + shift * self.spans[tables.tasks])

    def _subject(self, subject: str, shift: int) -> str:
        return f"task:{self._task(int(subject.removeprefix('task:')), shift)}"

    def _renamed(self, body: Mapping[str, Any], papers: Mapping[str, Any], shift: int) -> Iterator[tuple[str, Any]]:
        if "task" in body:
            yield "task", self._task(body["task"], shift)
        if body.get("subject", "").startswith("task:"):
            yield "subject", self._subject(body["subject"], shift)
        if "paper" in body:
            yield "paper", papers[body["digest"]]["number"]
            yield "digest", papers[body["digest"]]["digest"]

    def _chain(
        self, rows: Rows, row: Mapping[str, Any], header: Mapping[str, Any], told: Any, one: int, head: journal.Head
    ) -> journal.Head:
        stream, n = str(journal.Stream("case", one)), head.journal_n + 1
        salt, body = f"{one:024x}{n:08x}", canonical(told)
        content = journal.digest(salt + body)
        text = canonical({**header, "stream": stream, "subject": self.number(one), "payload": content})
        link = journal.digest(head.journal_hash + "\n" + text)
        own = {"stream": stream, "payload_digest": content, "header": text, "previous": head.journal_hash, "hash": link}
        rows.setdefault(tables.journal, []).append({**row, **own})
        rows.setdefault(tables.payloads, []).append({"stream": stream, "n": n, "salt": salt, "body": body})
        return journal.Head(n, link)


def _paper(row: Mapping[str, Any], one: int, was: str, number: str) -> dict[str, Any]:
    """A document of the copy; where it is not kept it is only told."""
    numbered = row["number"].replace("号", f"-{one}号")
    body = row["body"].replace(was, number).replace(row["number"], numbered) if _whole(one) else ""
    own = {"id": row["id"] + one * SAMPLE, "case_id": one, "number": numbered}
    return {**row, **own, "body": body, "digest": journal.digest(body)}


def _of(tx: Tx, table: sa.Table, column: sa.ColumnElement[Any], value: Any) -> list[dict[str, Any]]:
    order = list(table.primary_key.columns)
    return [dict(r._mapping) for r in tx.rows(sa.select(table).where(column == value).order_by(*order))]


# ---------------------------------------------------------------- in bulk
def fill(tx: Tx, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Many rows at once: executemany on SQLite, COPY on PostgreSQL."""
    if not rows:
        return
    names = list(rows[0])
    dialect = tx._connection.dialect
    writers = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    values = ([w(row[n]) if w else row[n] for n, w in zip(names, writers, strict=True)] for row in rows)
    raw: Any = tx._connection.connection.driver_connection
    columns = ", ".join(names)
    if dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        raw.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", values)
        return
    assert isinstance(raw, psycopg.Connection)
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as into:  # type: ignore[arg-type]
        for value in values:
            into.write_row(value)
