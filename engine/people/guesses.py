"""Wrong guesses at something secret: the password of an account, the query code of a case, the code of an application.

They are counted in the database, by all serving processes together and beyond their ends. What was guessed at is kept as a digest: people
type a password where the account belongs.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..store import Prepared, Tx, journal, tables

_G = tables.guesses
_SINCE = sa.bindparam("since", type_=_G.c.at.type)
_RECENT = Prepared(
    sa.select(sa.func.count().label("times"), sa.func.min(_G.c.at).label("first")).where(
        _G.c.digest == sa.bindparam("digest", type_=sa.Text), _G.c.at > _SINCE
    )
)


def wrong_guesses(tx: Tx, at_what: str, since: datetime) -> tuple[int, datetime | None]:
    """How many there were after this moment, and when the first of them."""
    row = tx.row(_RECENT, digest=_digest(at_what), since=since)
    assert row is not None
    return row.times, row.first


def guessed_wrong(tx: Tx, at_what: str, now: datetime, since: datetime) -> None:
    """One more. Those until this moment, at whatever, are forgotten.

    Race: those who guess in the same moment are all counted, and none of them sees the others; so many more get through as the
    processes have threads."""
    tx.execute(_G.delete().where(_G.c.at <= since))
    tx.put(_G, digest=_digest(at_what), at=now)


def _digest(at_what: str) -> str:
    """Also of what is no text that can be kept: it is what somebody sent."""
    return journal.digest(at_what.encode(errors="surrogatepass"))
