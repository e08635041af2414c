"""Double clicks: the answer of an act is kept under the caller's request id, in the act's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..errors import NotNow
from .columns import canonical
from .database import Tx
from .failures import ConstraintBroken
from .journal import digest
from .prepared import Prepared
from .tables import requests


class RequestReused(NotNow):
    """The same request id came with another content."""

    code = "request-reused"
    sentence = "同一个请求编号此前已用于另一次提交，这一次没有执行。"
    remedy = "请刷新页面，核对此前的提交是否已经生效，再决定是否重新提交。"


_BY_KEY = Prepared(sa.select(requests).where(requests.c.key == sa.bindparam("key")))


def earlier_answer(tx: Tx, key: str, content: Any) -> Mapping[str, Any] | None:
    """What this request was answered when it came the first time, or None. Raises RequestReused for another content."""
    row = tx.row(_BY_KEY, key=key)
    if row is None:
        return None
    if row.fingerprint != digest(canonical(content)):
        raise RequestReused()
    answer: Mapping[str, Any] = row.answer
    return answer


def first_time(tx: Tx, key: str, content: Any, at: datetime) -> Mapping[str, Any] | None:
    """Take a request id before the work is done, where there is no case yet to lock: a twin of this click waits here until
    the first one is answered. None when this is the first, and then `answered` must follow in the same transaction; else
    what the first was answered. Raises RequestReused for another content."""
    if tx.insert_once(requests, key=key, fingerprint=digest(canonical(content)), answer={}, at=at):
        return None
    return earlier_answer(tx, key, content)


def answered(tx: Tx, key: str, answer: Mapping[str, Any]) -> None:
    """The answer of a request that `first_time` took."""
    tx.set(requests, key, answer=dict(answer))


def keep_answer(tx: Tx, key: str, content: Any, answer: Mapping[str, Any], at: datetime) -> None:
    """Remember the answer. The caller holds the case lock, so a twin of this click waits, then finds it."""
    try:
        tx.insert(requests, key=key, fingerprint=digest(canonical(content)), answer=dict(answer), at=at)
    except ConstraintBroken as twin:
        raise RequestReused() from twin
