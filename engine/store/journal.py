"""The journal: append-only, hash-chained per stream. It is evidence, so its format is written down (docs/journal.md).

A row is a canonical header plus the digest of its payload and the digest of the process state after the act; its hash
covers the previous hash and the header. Payload and state are stored apart: either can be removed lawfully one day, and
the chain still verifies. A payload's digest is salted, so that a removed one cannot be guessed from its digest.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from .columns import canonical
from .database import Tx
from .prepared import Prepared
from .tables import cases, journal, offices, payloads, processes

FORMAT = 1
ALGORITHM = "sha256"


def digest(text: str | bytes) -> str:
    made = _NOTHING.copy()  # to look the function up anew costs more than to reckon a short text
    made.update(text.encode() if isinstance(text, str) else text)
    return made.hexdigest()


_NOTHING = hashlib.sha256()


class Stream(NamedTuple):
    """What a chain is about: one case, or the office itself (publishing, calendar notices, staff)."""

    kind: str  # case | office
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def owner(self) -> sa.Column[Any]:
        """The key of the table in which the end of the chain stands."""
        return _OWNERS[self.kind]


class Entry(NamedTuple):
    """One thing that happened, before it is numbered and chained.

    actor: `officer:<login>`, `applicant`, or `system`; person: the natural person behind it; acting_for: the absent
    officer for whom a stand-in acted. payload: the evidence itself, for example the form as it was submitted.
    """

    act: str
    actor: str
    at: datetime
    payload: Mapping[str, Any]
    person: str = ""
    acting_for: str | None = None
    versions: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class JournalRow:
    """One row as it stands in the journal; `payload` is None where it was removed lawfully."""

    stream: str
    n: int
    act: str
    actor: str
    acting_for: str | None
    at: datetime
    header: Mapping[str, Any]
    payload: Mapping[str, Any] | None
    hash: str


class Head(NamedTuple):
    """The end of a chain, as its owner's row keeps it."""

    journal_n: int
    journal_hash: str


def append(tx: Tx, stream: Stream, subject: str, entry: Entry, state_digest: str) -> int:
    """Add one row to a stream and return its number.

    subject: what people call the stream's owner (case number, office code). state_digest: of the process state after
    the act, empty where the stream has none. The owner's row is locked here, so numbers have no gaps and no twins.
    """
    row = tx.row((_LOCKED_HEAD if tx.dialect == "postgresql" else _HEAD)[stream.kind], id=stream.id)
    assert row is not None, f"{stream} has no owner"
    head = chained(tx, stream, subject, entry, state_digest, Head(row.journal_n, row.journal_hash))
    tx.change(stream.owner.table, {stream.owner.name: stream.id}, **head._asdict())
    return head.journal_n


class Link(NamedTuple):
    """One row of a chain with its payload, reckoned and not yet written."""

    row: Mapping[str, Any]
    payload: Mapping[str, Any]
    head: Head


def chained(tx: Tx, stream: Stream, subject: str, entry: Entry, state_digest: str, head: Head) -> Head:
    """Add one row behind this head and return the new one. The caller has locked the owner's row, has the head from it, and
    writes the last one back with whatever else he changes there."""
    new = link(stream, subject, entry, state_digest, head)
    write(tx, new)
    return new.head


def write(tx: Tx, new: Link) -> None:
    """The caller has locked the owner's row."""
    tx.put(journal, **new.row)
    tx.put(payloads, **new.payload)


def link(stream: Stream, subject: str, entry: Entry, state_digest: str, head: Head) -> Link:
    """The row that follows this head."""
    name, n, previous = str(stream), head.journal_n + 1, head.journal_hash
    salt, body = os.urandom(16).hex(), canonical(entry.payload)
    content = digest(salt + body)
    header = canonical(
        {
            "format": FORMAT,
            "hash": ALGORITHM,
            "stream": name,
            "subject": subject,
            "n": n,
            "act": entry.act,
            "actor": entry.actor,
            "person": entry.person,
            "for": entry.acting_for,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "versions": entry.versions or {},
            "payload": content,
            "state": state_digest,
        }
    )
    end = Head(n, digest(previous + "\n" + header))
    row_of_it = {
        "stream": name,
        "n": n,
        "format": FORMAT,
        "act": entry.act,
        "actor": entry.actor,
        "acting_for": entry.acting_for,
        "at": entry.at,
        "header": header,
        "payload_digest": content,
        "state_digest": state_digest,
        "previous": previous,
        "hash": end.journal_hash,
    }
    return Link(row_of_it, {"stream": name, "n": n, "salt": salt, "body": body}, end)


def _head(owner: sa.Column[Any]) -> sa.Select[Any]:
    of = owner.table.c
    return sa.select(of.journal_n, of.journal_hash).where(owner == sa.bindparam("id"))


_OWNERS: Mapping[str, sa.Column[Any]] = {"case": processes.c.case_id, "office": offices.c.id}
_HEAD = {kind: Prepared(_head(owner)) for kind, owner in _OWNERS.items()}
_LOCKED_HEAD = {kind: Prepared(_head(owner).with_for_update(key_share=True)) for kind, owner in _OWNERS.items()}


def read(tx: Tx, stream: Stream, *, after: int = 0, limit: int | None = None) -> list[JournalRow]:
    """Rows of one stream in order, from number `after` + 1 on; all of them, or so many."""
    rows = tx.rows(_rows_of(stream).where(journal.c.n > after).order_by(journal.c.n).limit(limit))
    return [_read(r) for r in rows]


def latest(tx: Tx, stream: Stream, limit: int, *, before: int | None = None) -> list[JournalRow]:
    """The last so many rows of a stream in their order, or the last of those before a number."""
    older = () if before is None else (journal.c.n < before,)
    rows = tx.rows(_rows_of(stream).where(*older).order_by(journal.c.n.desc()).limit(limit))
    return [_read(r) for r in reversed(rows)]


def _rows_of(stream: Stream) -> sa.Select[Any]:
    joined = journal.outerjoin(payloads, sa.and_(payloads.c.stream == journal.c.stream, payloads.c.n == journal.c.n))
    return sa.select(journal, payloads.c.body).select_from(joined).where(journal.c.stream == str(stream))


def _read(r: Any) -> JournalRow:
    return JournalRow(
        r.stream,
        r.n,
        r.act,
        r.actor,
        r.acting_for,
        r.at,
        json.loads(r.header),
        None if r.body is None else json.loads(r.body),
        r.hash,
    )


def last_at(tx: Tx, stream: Stream, *, but: str = "") -> datetime:
    """The moment of the last act of a stream that has begun; but: an act that does not count."""
    mine = (journal.c.stream == str(stream), journal.c.act != but)
    at: datetime = tx.execute(sa.select(sa.func.max(journal.c.at)).where(*mine)).scalar_one()
    return at


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold, in words."""

    stream: str
    n: int
    why: str


def verify(tx: Tx, stream: Stream) -> Iterator[Break]:
    """Walk one chain from its first row and name every place where it does not hold. Removed payloads are lawful."""
    joined = journal.outerjoin(payloads, sa.and_(payloads.c.stream == journal.c.stream, payloads.c.n == journal.c.n))
    rows = tx.execute(
        sa.select(journal, payloads.c.salt, payloads.c.body)
        .select_from(joined)
        .where(journal.c.stream == str(stream))
        .order_by(journal.c.n)
    )
    n, previous = 0, ""
    for n, row in enumerate(rows, 1):
        for why in _faults(row, n, previous):
            yield Break(str(stream), row.n, why)
        previous = row.hash
    head = tx.row(_HEAD[stream.kind], id=stream.id)
    if head is None:
        yield Break(str(stream), n, "主体记录不存在")
    elif tuple(head) != (n, previous):
        yield Break(str(stream), n, f"链尾与主体登记不符：登记第 {head.journal_n} 条，实有 {n} 条")


def orphans(tx: Tx) -> list[str]:
    """Streams whose owner is gone: whoever took a case away left its records behind."""
    owners = {"case": cases, "office": offices}
    owned = {str(Stream(kind, r.id)) for kind, of in owners.items() for r in tx.rows(sa.select(of.c.id))}
    return sorted({r.stream for r in tx.rows(sa.select(journal.c.stream).distinct())} - owned)


def _header(text: str) -> Any:
    try:
        header = json.loads(text)
    except ValueError:
        return None
    return header if isinstance(header, dict) else None


def _faults(row: Any, n: int, previous: str) -> Iterator[str]:
    if row.n != n:
        yield f"序号不连续：应为第 {n} 条"
    if row.format != FORMAT:
        yield f"格式 {row.format} 不认识"
        return
    if row.previous != previous:
        yield "与上一条的摘要接不上"
    if row.hash != digest(row.previous + "\n" + row.header):
        yield "本条摘要与内容不符"
    header = _header(row.header)
    if header is None:
        yield "记录正文不是 JSON"
        return
    told = {
        "stream": row.stream,
        "n": row.n,
        "act": row.act,
        "actor": row.actor,
        "for": row.acting_for,
        "at": row.at.isoformat(timespec="microseconds"),
        "payload": row.payload_digest,
        "state": row.state_digest,
    }
    for name, value in told.items():
        if header.get(name) != value:
            yield f"检索列“{name}”与记录正文不符"
    if row.body is not None and digest(row.salt + row.body) != row.payload_digest:
        yield "材料正文与其摘要不符"
