"""The accounts of the demo hall, offered on the start page; only where the product was started as a demo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from engine.people import Officer, OfficerUnknown, Role, check_password, office, officer_by_login, windows
from engine.store import Tx

from ..here import here
from ..limits import SIGN_IN, limiter
from .start import signed_in_as

pages = Blueprint("demo", __name__)
LISTING = "demo-log-ins.txt"
_FEW = 3


@dataclass(frozen=True)
class Account:
    """Somebody whom one may become; at: his window, or his office where he has none."""

    login: str
    name: str
    post: str
    at: str


@dataclass(frozen=True)
class Kind:
    """One kind of user: what he may try, and the accounts; `more` are shown on demand."""

    name: str
    try_this: str
    few: tuple[Account, ...]
    more: tuple[Account, ...]


# the first kind whose role an officer bears is his
KINDS: tuple[tuple[str, frozenset[Role], str], ...] = (
    ("系统管理", frozenset({Role.ADMIN}), "看机构、人员和日历；看不到任何办件。"),
    ("流程设计", frozenset({Role.DESIGNER}), "打开一个事项，改流程图，检查、试走，再发布新版本。"),
    ("电子监察", frozenset({Role.SUPERVISOR}), "看全部办件的灯色，打开一件核对办理记录，发督办单。"),
    ("绿色通道协调", frozenset({Role.COORDINATOR}), "看重点项目的倒排计划，找出今天卡住的那一步。"),
    ("首席代表和负责人", frozenset({Role.APPROVER, Role.HEAD}), "签收“核准”，准予或不予许可，延长一次审批期限。"),
    ("审查", frozenset({Role.REVIEWER}), "签收一件审查任务，看材料，填意见，通过或退回。"),
    ("窗口", frozenset({Role.CLERK}), "签收一件申请，受理，或者一次告知要补的材料。"),
)


@pages.post("/demo/enter")
@limiter.limit(SIGN_IN)
def enter() -> Response:
    """Sign in as one of the demo's officers, as if his password had been typed."""
    password = _passwords().get(request.form.get("login", ""))
    if password is None:
        abort(404)
    with here().database.reading() as tx:
        who = check_password(tx, request.form["login"], password)
    return signed_in_as(who)


def accounts(tx: Tx) -> list[Kind]:
    """Everybody whom one may become, by kind of user; nothing where this is no demo."""
    known = [who for login in _passwords() if (who := _officer(tx, login)) is not None and who.active]
    found = []
    for name, _, try_this in reversed(KINDS):
        of_kind = [_account(tx, who) for who in known if _kind_of(who) == name]
        if of_kind:
            found.append(Kind(name, try_this, tuple(of_kind[:_FEW]), tuple(of_kind[_FEW:])))
    return found


def _account(tx: Tx, who: Officer) -> Account:
    seats = [w.name for w in windows(tx, who.office_id) if w.id in who.windows]
    return Account(who.login, who.name, who.post, seats[0] if seats else office(tx, who.office_id).name)


def _kind_of(who: Officer) -> str:
    return next((name for name, roles, _ in KINDS if roles & who.roles), "")


def _officer(tx: Tx, login: str) -> Officer | None:
    try:
        return officer_by_login(tx, login)
    except OfficerUnknown:
        return None


def _passwords() -> dict[str, str]:
    settings = here().settings
    return dict(_lines(settings.home / LISTING)) if settings.demo else {}


def _lines(listing: Path) -> Iterator[tuple[str, str]]:
    """Log-in and password of every line; the file is written when the demo hall is filled."""
    if listing.exists():
        for line in listing.read_text("utf-8").splitlines():
            login, password, *_ = line.split()
            yield login, password
