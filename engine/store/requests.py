"""Double clicks: the answer of an act is kept under the caller's request id, in the act's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..errors import NotNow
from .columns import canonical
from .database import Tx
from .journal import digest
from .prepared import Prepared
from .tables import requests


class RequestReused(NotNow):
    """The same request id came with another content."""

    code = "request-reused"
    sentence = "同一个请求编号此前已用于另一次提交，这一次没有执行。"
    remedy = "请刷新页面，核对此前的提交是否已经生效，再决定是否重新提交。"


_KEY: sa.BindParameter[str | None] = sa.bindparam("request_id", type_=sa.Text)
_BY_KEY = Prepared(sa.select(requests).where(requests.c.key == _KEY))
SEEN = tuple(
    sa.select(column).where(requests.c.key == _KEY).scalar_subquery().label(f"request_{column.name}")
    for column in (requests.c.fingerprint, requests.c.answer)
)
"""What is there of a request id, as columns of the statement by which an act holds its case: a twin of this click has waited for
the case, so it sees what the first one left."""


def earlier_answer(seen: Any, content: Any) -> Mapping[str, Any] | None:
    """What the request was answered when it came the first time, or None. seen: the row with `SEEN`. Raises RequestReused for
    another content."""
    if seen.request_fingerprint is None:
        return None
    return _same(seen.request_fingerprint, seen.request_answer, content)


def first_time(tx: Tx, key: str, content: Any, at: datetime) -> Mapping[str, Any] | None:
    """Take a request id before the work is done, where there is no case yet to lock: a twin of this click waits here until
    the first one is answered. None when this is the first, and then `answered` must follow in the same transaction; else
    what the first was answered. Raises RequestReused for another content."""
    if tx.insert_once(requests, key=key, fingerprint=digest(canonical(content)), answer={}, at=at):
        return None
    row = tx.row(_BY_KEY, request_id=key)
    return None if row is None else _same(row.fingerprint, row.answer, content)


def answered(tx: Tx, key: str, answer: Mapping[str, Any]) -> None:
    """The answer of a request that `first_time` took."""
    tx.set(requests, key, answer=dict(answer))


def keep_answer(tx: Tx, key: str, content: Any, answer: Mapping[str, Any], at: datetime) -> None:
    """Remember the answer, with the rest of what the act writes. Race: the same request id came for another case in the same moment.
    Then RequestReused is raised, here or where that is written."""
    tx.refuse_as(str(requests.primary_key.name), RequestReused)
    tx.put(requests, key=key, fingerprint=digest(canonical(content)), answer=dict(answer), at=at)


def _same(fingerprint: str, answer: Any, content: Any) -> Mapping[str, Any]:
    if fingerprint != digest(canonical(content)):
        raise RequestReused()
    told: Mapping[str, Any] = answer
    return told
