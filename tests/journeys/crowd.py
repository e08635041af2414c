"""A crowd of cases in a second: one is filed through the engine, and its rows are copied with chains of their own.

A copy is all that filing leaves, under numbers of its own: `lianshen verify` must find every one of them whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.store import Tx, canonical, journal, tables

Row = dict[str, Any]
_BESIDE = (tables.case_departments, tables.processes, tables.materials, tables.possessions, tables.papers, tables.jobs)


def multiply(tx: Tx, case_id: int, copies: int) -> None:
    """So many copies of a case that was just filed."""
    (case,) = _rows(tx, tables.cases, tables.cases.c.id == case_id)
    made = _insert(tx, tables.cases, [{**case, "case_no": f"{case['case_no']}-{i}"} for i in range(copies)])
    for table in _BESIDE:
        if rows := _rows(tx, table, table.c.case_id == case_id):
            tx.execute(table.insert(), [_twin(row, twin) for twin in made for row in rows])
    _clocks(tx, case_id, "", [(twin, "") for twin in made])
    for task in _rows(tx, tables.tasks, tables.tasks.c.case_id == case_id):
        tasks = _insert(tx, tables.tasks, [_twin(task, twin) for twin in made])
        _clocks(tx, case_id, f"task:{task['id']}", [(t, f"task:{n}") for t, n in zip(made, tasks, strict=True)])
    _chains(tx, case_id, {twin: f"{case['case_no']}-{i}" for i, twin in enumerate(made)})


def _twin(row: Row, case_id: int) -> Row:
    """The row as another case's; what must be unique is told apart."""
    own = {name: _numbered(row[name], case_id) for name in ("number", "dedupe") if row.get(name)}
    return {**{name: value for name, value in row.items() if name != "id"}, **own, "case_id": case_id}


def _numbered(number: str, case_id: int) -> str:
    return f"{number}~{case_id}"


def _clocks(tx: Tx, case_id: int, subject: str, owners: Sequence[tuple[int, str]]) -> None:
    c = tables.clocks
    if clocks := _rows(tx, c, c.c.case_id == case_id, c.c.subject == subject):
        tx.execute(c.insert(), [{**_twin(clock, twin), "subject": own} for twin, own in owners for clock in clocks])


def _chains(tx: Tx, case_id: int, twins: Mapping[int, str]) -> None:
    """Every record again, with the twin's own stream and numbers, chained anew."""
    j, p, c = tables.journal, tables.payloads, tables.processes
    records = _rows(tx, j, j.c.stream == f"case:{case_id}", order=j.c.n)
    bodies = {row["n"]: row for row in _rows(tx, p, p.c.stream == f"case:{case_id}")}
    papers = [row["number"] for row in _rows(tx, tables.papers, tables.papers.c.case_id == case_id)]
    chained, payloads, heads = [], [], []
    for twin, case_no in twins.items():
        stream, previous = f"case:{twin}", ""
        for record in records:
            payload = {**bodies[record["n"]], "stream": stream}
            for number in papers:
                payload["body"] = payload["body"].replace(number, _numbered(number, twin))
            digest = journal.digest(payload["salt"] + payload["body"])
            told = {**json.loads(record["header"]), "stream": stream, "subject": case_no, "payload": digest}
            chain = {"header": canonical(told), "payload_digest": digest, "previous": previous}
            previous = journal.digest(previous + "\n" + chain["header"])
            chained.append({**record, **chain, "stream": stream, "hash": previous})
            payloads.append(payload)
        heads.append({"twin": twin, "head": previous})
    tx.execute(j.insert(), chained)
    tx.execute(p.insert(), payloads)
    tx.execute(c.update().where(c.c.case_id == sa.bindparam("twin")).values(journal_hash=sa.bindparam("head")), heads)


def _rows(tx: Tx, table: sa.Table, *where: Any, order: Any = None) -> list[Row]:
    return [dict(row._mapping) for row in tx.rows(sa.select(table).where(*where).order_by(order))]


def _insert(tx: Tx, table: sa.Table, rows: Iterable[Row]) -> list[int]:
    """Insert, and tell the ids in the order of the rows."""
    statement = table.insert().returning(table.c.id, sort_by_parameter_order=True)
    return [row.id for row in tx.execute(statement, [{k: v for k, v in row.items() if k != "id"} for row in rows])]
