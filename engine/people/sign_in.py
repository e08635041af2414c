"""Passwords, sessions and tokens. The database holds digests only: a stolen copy signs nobody in."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from ..errors import NotAllowed
from ..store import Prepared, Tx, tables
from .establishment import MARK, establishment
from .officers import Officer, officer

SESSION = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=5)

CHOSEN = RFC_9106_LOW_MEMORY
"""What hashing a password costs that somebody thought of."""
DRAWN = replace(CHOSEN, time_cost=1, memory_cost=8 * 1024, parallelism=1)
"""What we draw ourselves has 72 random bits and stands in no list: 8 MiB a guess are dear enough for all of 2**71 guesses, and
a centre's hundreds of officers are founded in seconds."""
_CHOSEN, _DRAWN = (PasswordHasher.from_parameters(costs) for costs in (CHOSEN, DRAWN))


class SignInRefused(NotAllowed):
    """Wrong name, wrong password, or an account that is closed: one answer for all."""

    code = "sign-in-refused"
    sentence = "账号或密码不对。"
    remedy = "核对后重试；忘记密码请联系系统管理员重置。"


def set_password(tx: Tx, officer_id: int, password: str) -> None:
    """Give an account a new password; its sessions end, its tokens too."""
    _keep(tx, officer_id, _CHOSEN.hash(password))


def new_password(tx: Tx, officer_id: int) -> str:
    """A password that we draw for this account; it is told once. Sessions and tokens end."""
    password = secrets.token_urlsafe(9)
    _keep(tx, officer_id, _DRAWN.hash(password))
    return password


def check_password(tx: Tx, login: str, password: str) -> Officer:
    """The officer whose log-in and password these are. Raises SignInRefused, as slowly for an unknown name."""
    row = tx.row(sa.select(tables.officers).where(tables.officers.c.login == login))
    kept = row.password_hash if row is not None and row.active else None
    if not _proves(kept, password) or row is None:
        raise SignInRefused()
    return officer(tx, row.id)


def start_session(tx: Tx, who: Officer, now: datetime) -> str:
    """A new browser session; the secret is told once. It ends after 12 hours, or 2 hours without use."""
    return _issue(tx, who, "session", "", now, now + SESSION)


def issue_token(tx: Tx, who: Officer, note: str, now: datetime, ends_at: datetime) -> str:
    """A token for a program that acts as this officer; the secret is told once."""
    return _issue(tx, who, "token", note, now, ends_at)


class SignedIn(NamedTuple):
    """Who asks. kind: session or token. stale: it was last seen long enough ago to be written down again."""

    officer: Officer
    kind: str
    stale: bool


def officer_of(tx: Tx, secret: str, now: datetime) -> SignedIn | None:
    """The officer behind a session or token; None when it is unknown, ended or idle. The questions need no common moment."""
    row = tx.row(_SIGN_IN, digest=_digest(secret))
    if row is None or row.ends_at <= now or (row.kind == "session" and row.seen_at + IDLE <= now):
        return None
    known = establishment(tx, row.mark)
    who = known.officer(tx, row.officer_id)
    if not who.active:
        return None
    absent = known.absent_for(tx, who, now.astimezone(known.office(tx, who.office_id).zone).date())
    if absent:
        who = replace(who, stands_in=tuple(absent))
    return SignedIn(who, row.kind, row.seen_at + SEEN_EVERY <= now)


# Every request asks this first. Who the officer is, where he sits and whom he stands in for hardly ever changes: that is kept under
# the mark that is read together with the session.
_S = tables.sign_ins
_SIGN_IN = Prepared(
    sa.select(_S.c.kind, _S.c.seen_at, _S.c.ends_at, _S.c.officer_id, MARK.label("mark")).where(
        _S.c.digest == sa.bindparam("digest")
    )
)


def touch(tx: Tx, secret: str, now: datetime) -> None:
    tx.execute(tables.sign_ins.update().where(tables.sign_ins.c.digest == _digest(secret)).values(seen_at=now))


def end_session(tx: Tx, secret: str) -> None:
    """Sign out. Nothing happens when it has ended already."""
    tx.execute(tables.sign_ins.delete().where(tables.sign_ins.c.digest == _digest(secret)))


def _issue(tx: Tx, who: Officer, kind: str, note: str, now: datetime, ends_at: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    tx.execute(
        tables.sign_ins.insert().values(
            digest=_digest(secret),
            officer_id=who.id,
            kind=kind,
            note=note,
            created_at=now,
            seen_at=now,
            ends_at=ends_at,
        )
    )
    return secret


def _keep(tx: Tx, officer_id: int, digest: str) -> None:
    tx.execute(tables.officers.update().where(tables.officers.c.id == officer_id).values(password_hash=digest))
    tx.execute(tables.sign_ins.delete().where(tables.sign_ins.c.officer_id == officer_id))


def _proves(kept: str | None, password: str) -> bool:
    """Whether this is the password behind a digest. A no takes as long whatever was kept, nothing at all included: who tries
    names learns from none which of them there are."""
    spent: list[PasswordHasher] = []
    try:
        if kept is not None:
            return _CHOSEN.verify(kept, password)
    except VerifyMismatchError:
        spent = [one for one in (_CHOSEN, _DRAWN) if not one.check_needs_rehash(kept or "")]
    except InvalidHashError:
        pass
    for one in (_CHOSEN, _DRAWN):
        if one not in spent:
            one.hash(password)
    return False


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
