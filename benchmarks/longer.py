"""How a case comes to ten thousand past acts in seconds: its last claim and completion, as they were really done, told again.

Each repetition has a task, a clock and two possessions of its own, ended like those it is copied from, and two journal rows with
their payloads, chained on as the journal chains. The caller verifies the case afterwards: what was told must hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.store import Tx, journal, tables
from engine.store.columns import canonical

Row = dict[str, Any]
FAR = 1_000_000
"""Tokens of repeated tasks are numbered from here: the process itself will never come so far."""


def lengthen(tx: Tx, case_id: int, acts: int) -> None:
    """Repeat the last two acts of a case, a claim and a completion, until there are so many in its journal."""
    case = _rows(tx, tables.processes, tables.processes.c.case_id == case_id)[-1]
    repeats = max(0, acts - case["journal_n"] + 1) // 2
    t, c, p = tables.tasks.c, tables.clocks.c, tables.possessions.c
    task = _rows(tx, tables.tasks, t.case_id == case_id, t.state == "done")[-1]
    clock = _rows(tx, tables.clocks, c.case_id == case_id, c.subject == f"task:{task['id']}")[-1]
    held = _rows(tx, tables.possessions, p.case_id == case_id, p.until_at.is_not(None))[-2:]
    (holds,) = _rows(tx, tables.possessions, p.case_id == case_id, p.until_at.is_(None))
    first, clocks, possessions = (_last(tx, table) + 1 for table in (tables.tasks, tables.clocks, tables.possessions))
    numbers = range(repeats)
    tx.execute(tables.possessions.delete().where(p.id == holds["id"]))  # it goes on behind all the others
    _add(tx, tables.tasks, [{**task, "id": first + n, "token": str(FAR + n)} for n in numbers])
    _add(tx, tables.clocks, [{**clock, "id": clocks + n, "subject": f"task:{first + n}"} for n in numbers])
    ended = [{**held[n % 2], "id": possessions + n} for n in range(2 * repeats)]
    _add(tx, tables.possessions, [*ended, {**holds, "id": possessions + 2 * repeats}])
    head = _told_again(tx, case, [first + n for n in numbers])
    tx.change(tables.processes, {"case_id": case_id}, **head._asdict())
    if tx.dialect == "postgresql":
        for table in (tables.tasks, tables.clocks, tables.possessions):
            name = table.name
            tx.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"))


def _told_again(tx: Tx, case: Mapping[str, Any], tasks: list[int]) -> journal.Head:
    stream = str(journal.Stream("case", case["case_id"]))
    head = journal.Head(case["journal_n"], case["journal_hash"])
    models = _rows(tx, tables.journal, tables.journal.c.stream == stream)[-2:]
    bodies = [json.loads(r["body"]) for r in _rows(tx, tables.payloads, tables.payloads.c.stream == stream)[-2:]]
    rows, payloads = list[Row](), list[Row]()
    for task in tasks:
        for model, told in zip(models, bodies, strict=True):
            n, previous = head.journal_n + 1, head.journal_hash
            salt, body = f"{n:032x}", canonical({**told, "task": task})
            content = journal.digest(salt + body)
            header = canonical({**json.loads(model["header"]), "n": n, "payload": content})
            head = journal.Head(n, journal.digest(previous + "\n" + header))
            own = {"n": n, "header": header, "payload_digest": content, "previous": previous, "hash": head.journal_hash}
            rows.append({**model, **own})
            payloads.append({"stream": stream, "n": n, "salt": salt, "body": body})
    _add(tx, tables.journal, rows)
    _add(tx, tables.payloads, payloads)
    return head


def _rows(tx: Tx, table: sa.Table, *where: sa.ColumnElement[bool]) -> list[Row]:
    order = list(table.primary_key.columns)
    return [dict(r._mapping) for r in tx.rows(sa.select(table).where(*where).order_by(*order))]


def _last(tx: Tx, table: sa.Table) -> int:
    return int(tx.value(sa.select(sa.func.max(table.c.id))))


def _add(tx: Tx, table: sa.Table, rows: list[Row]) -> None:
    for start in range(0, len(rows), 1000):
        tx.execute(table.insert(), rows[start : start + 1000])
