"""What officers may do after the founding: roles, seats at windows, posts, and who stands in for whom. An administrator's,
and journalled; it holds from the next request on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from ..errors import Fault, NotFound, NotNow, NotValid
from ..store import Tx, jobs, tables
from .accounts import demand_admin, tell
from .officers import Officer, Role, officer, officer_by_login, officers_of
from .offices import Office, office, office_time, windows
from .permission import ROLE_NAMES, demand_role

LONGEST_STAND_IN = 366


class ChangeNotValid(NotValid):
    """A change of an officer, or a stand-in, that cannot be; nothing of it is done."""

    code = "change-not-valid"
    sentence = "人员变动有 {count} 处不对，没有执行。"
    remedy = "按所列位置修改后重试。"


class OwnPower(NotNow):
    """The last administrator must not lock himself out, and nobody makes himself more than he is."""

    code = "own-power"
    sentence = "不能改自己（{login}）的角色，也不能登记由自己代理别人。"
    remedy = "请另一位系统管理员办理。"


class StandInKnown(NotNow):
    code = "stand-in-known"
    sentence = "{stand_in}在 {from_on} 至 {until_on} 已经代理 {absent}。"
    remedy = "先结束原来的代理，再登记新的。"


class StandInUnknown(NotFound):
    code = "stand-in-unknown"
    sentence = "{stand_in}现在和以后都没有代理 {absent}。"
    remedy = "用 lianshen account list 查看登记的代理。"


@dataclass(frozen=True)
class Change:
    """What changes about one officer. give, take: roles; seat, leave: codes of windows of his office; post: what it says on
    his door, None leaves it. reason: the paper or the word that it rests on."""

    reason: str
    give: Collection[str] = ()
    take: Collection[str] = ()
    seat: Collection[str] = ()
    leave: Collection[str] = ()
    post: str | None = None


@dataclass(frozen=True)
class Changed:
    """The officer as he is now; freed: the windows whose work he may not do any more, or None where that is all of it."""

    officer: Officer
    freed: Collection[int] | None = ()


@dataclass(frozen=True)
class StandIn:
    """Who acts for whom, the first and the last day included."""

    absent: str
    stand_in: str
    from_on: date
    until_on: date
    basis: str


@dataclass(frozen=True)
class Placed:
    """An officer with the codes of his windows and those who stand in for him now or later."""

    officer: Officer
    windows: tuple[str, ...]
    stand_ins: tuple[StandIn, ...] = field(default=())


_LAST_ACTS = timedelta(minutes=5)
"""Race: a stand-in claims in the last moment in which he may; what frees it comes when that act has long ended."""
_WORK = frozenset({Role.CLERK, Role.REVIEWER, Role.APPROVER, Role.HEAD})


def change_officer(tx: Tx, login: str, change: Change, by: Officer, now: datetime) -> Changed:
    """Give and take roles, seat at windows and take away from them, another post; all of it or nothing. What he has claimed
    and may not do any more is told back, for whoever calls to hand it over. Nothing is journalled where nothing changes.

    Raises OfficerUnknown, ActNotAllowed, OwnPower, ChangeNotValid with every fault.
    """
    who, of = _theirs(tx, login, by)
    there = windows(tx, of.id)
    seats = {w.code: w.id for w in there}
    foreign = {w.code for w in there if w.department_id != who.department_id}
    faults = [*_change_faults(who, change, seats, foreign)]
    if faults:
        raise ChangeNotValid(faults=faults, count=len(faults))
    roles = (who.roles | {Role(r) for r in change.give}) - {Role(r) for r in change.take}
    at = (who.windows | {seats[c] for c in change.seat}) - {seats[c] for c in change.leave}
    post = who.post if change.post is None else change.post.strip()
    if (roles, at, post) == (who.roles, who.windows, who.post):
        return Changed(who)
    if who.person_id == by.person_id and roles != who.roles:
        raise OwnPower(login=login)
    o, w = tables.officers, tables.officer_windows
    tx.execute(o.update().where(o.c.id == who.id).values(roles=sorted(roles), post=post))
    tx.execute(w.delete().where(w.c.officer_id == who.id, w.c.window_id.in_(who.windows - at)))
    for window_id in sorted(at - who.windows):
        tx.execute(w.insert().values(officer_id=who.id, window_id=window_id))
    names = {key: code for code, key in seats.items()}
    told = {
        "login": login,
        "gave": sorted(roles - who.roles),
        "took": sorted(who.roles - roles),
        "seated": sorted(names[w] for w in at - who.windows),
        "left": sorted(names[w] for w in who.windows - at),
        "post": post if post != who.post else None,
        "reason": change.reason.strip(),
    }
    tell(tx, of, "change_officer", by, now, told)
    return Changed(officer(tx, who.id), None if (who.roles - roles) & _WORK else who.windows - at)


def appoint_stand_in(tx: Tx, asked: StandIn, by: Officer, now: datetime) -> None:
    """For some days one officer of an office acts for another: he sees and does what the absent one may, in his own name
    and for him. The two-person rule goes on comparing persons.

    Raises OfficerUnknown, ActNotAllowed, OwnPower, ChangeNotValid with every fault, StandInKnown where the days
    overlap.
    """
    absent, of = _theirs(tx, asked.absent, by)
    stand_in, _ = _theirs(tx, asked.stand_in, by)
    if stand_in.person_id == by.person_id:
        raise OwnPower(login=stand_in.login)
    faults = [*_stand_in_faults(absent, stand_in, asked, office_time(tx, of).civil(now))]
    if faults:
        raise ChangeNotValid(faults=faults, count=len(faults))
    s = tables.stand_ins
    pair = sa.and_(s.c.absent_id == absent.id, s.c.stand_in_id == stand_in.id)
    known = tx.row(sa.select(s).where(pair, s.c.from_on <= asked.until_on, s.c.until_on >= asked.from_on))
    if known is not None:
        days = {"from_on": known.from_on, "until_on": known.until_on}
        raise StandInKnown(absent=absent.name, stand_in=stand_in.name, **days)
    days = {"from_on": asked.from_on, "until_on": asked.until_on}
    tx.insert(s, absent_id=absent.id, stand_in_id=stand_in.id, basis=asked.basis.strip(), **days)
    over = datetime.combine(asked.until_on + timedelta(1), time.min, office_time(tx, of).zone)
    _free_what_he_holds(tx, stand_in.login, f"代理 {absent.login} 到期", by, over + _LAST_ACTS)
    told = {"absent": absent.login, "stand_in": stand_in.login, "basis": asked.basis.strip()}
    tell(tx, of, "appoint_stand_in", by, now, {**told, **{name: day.isoformat() for name, day in days.items()}})


def end_stand_in(tx: Tx, absent_login: str, stand_in_login: str, reason: str, by: Officer, now: datetime) -> None:
    """The absent one is back, or another stands in: what runs ends at once, what was to come is struck out.
    Raises OfficerUnknown, ActNotAllowed, ChangeNotValid, StandInUnknown."""
    absent, of = _theirs(tx, absent_login, by)
    stand_in, _ = _theirs(tx, stand_in_login, by)
    if not reason.strip():
        raise ChangeNotValid(faults=[Fault("/reason", "没有写原因", "写明文号或事由")], count=1)
    today, s = office_time(tx, of).civil(now), tables.stand_ins
    pair = sa.and_(s.c.absent_id == absent.id, s.c.stand_in_id == stand_in.id, s.c.until_on >= today)
    running = tx.rows(sa.select(s).where(pair))
    if not running:
        raise StandInUnknown(absent=absent.name, stand_in=stand_in.name)
    tx.execute(s.delete().where(pair, s.c.from_on >= today))
    tx.execute(s.update().where(pair).values(until_on=today - timedelta(1)))
    _free_what_he_holds(tx, stand_in.login, reason.strip(), by, now + _LAST_ACTS)
    told = {"absent": absent.login, "stand_in": stand_in.login, "reason": reason.strip(), "ended_on": today.isoformat()}
    tell(tx, of, "end_stand_in", by, now, told)


def free_what_stand_ins_hold(tx: Tx, absent: Officer, reason: str, by: Officer, now: datetime) -> None:
    """The absent one leaves: a job for whoever stands in for him. What he may not do any more, they may not either."""
    o, s = tables.officers, tables.stand_ins
    standing_in = sa.select(s.c.stand_in_id).where(s.c.absent_id == absent.id)
    for row in tx.rows(sa.select(o.c.login).where(o.c.id.in_(standing_in)).order_by(o.c.id)):
        _free_what_he_holds(tx, row.login, reason, by, now)


def _free_what_he_holds(tx: Tx, login: str, reason: str, by: Officer, at: datetime) -> None:
    """A job that gives back to its pools what a stand-in has claimed and may not finish any more: he could not even give it back."""
    jobs.leave(tx, "free_claimed", run_at=at, payload={"login": login, "by": by.login, "reason": reason})


def placed(tx: Tx, of: Office, by: Officer, now: datetime) -> list[Placed]:
    """Every account of an office with its seats and stand-ins, closed ones too. Raises ActNotAllowed, OfficerUnknown."""
    demand_admin(tx, by, of.id)
    names = {w.id: w.code for w in windows(tx, of.id)}
    there = officers_of(tx, of.id)
    s, today = tables.stand_ins, office_time(tx, of).civil(now)
    logins = {r.id: r.login for r in tx.rows(sa.select(tables.officers.c.id, tables.officers.c.login))}
    coming: dict[int, list[StandIn]] = {}
    mine = sa.and_(s.c.until_on >= today, s.c.absent_id.in_([o.id for o in there]))
    for r in tx.rows(sa.select(s).where(mine).order_by(s.c.from_on, s.c.id)):
        one = StandIn(logins[r.absent_id], logins[r.stand_in_id], r.from_on, r.until_on, r.basis)
        coming.setdefault(r.absent_id, []).append(one)
    return [Placed(o, tuple(sorted(names[w] for w in o.windows)), tuple(coming.get(o.id, ()))) for o in there]


# ---------------------------------------------------------------- what is wrong with it
def _change_faults(who: Officer, change: Change, seats: Collection[str], foreign: Collection[str]) -> Iterator[Fault]:
    if not change.reason.strip():
        yield Fault("/reason", "没有写原因", "写明文号或事由")
    if change.post is not None and not 0 < len(change.post.strip()) <= 100:
        yield Fault("/post", "岗位应当是不超过 100 字的文字", "写岗位的名称")
    for place, codes, known, what in (
        ("give", change.give, tuple(Role), "角色"),
        ("take", change.take, tuple(Role), "角色"),
        ("seat", change.seat, seats, "窗口"),
        ("leave", change.leave, seats, "窗口"),
    ):
        for code in codes:
            if code not in known:
                yield Fault(f"/{place}", f"{what}“{code}”不存在", f"可用：{'、'.join(sorted(known)) or '无'}")
    for code in sorted(set(change.seat) & set(foreign)):
        remedy = "换本部门的窗口；调到别的部门的，停用后用同一个 identity 在那里增加账号"
        yield Fault("/seat", f"窗口“{code}”是别的部门的，坐到那里也看不到它的办件", remedy)
    for both, what in ((set(change.give) & set(change.take), "角色"), (set(change.seat) & set(change.leave), "窗口")):
        for code in sorted(both):
            yield Fault("/take" if what == "角色" else "/leave", f"{what}“{code}”既给又收", "只留一样")
    if not (set(who.roles) | set(change.give)) - set(change.take):
        yield Fault("/take", "一个角色也不剩", f"不再任职的用停用；角色：{'、'.join(ROLE_NAMES.values())}")


def _stand_in_faults(absent: Officer, stand_in: Officer, asked: StandIn, today: date) -> Iterator[Fault]:
    if not asked.basis.strip():
        yield Fault("/basis", "没有写代理的依据", "写明文号或事由，如 休假")
    if absent.person_id == stand_in.person_id:
        yield Fault("/stand_in", f"{absent.login} 和 {stand_in.login} 是同一个人", "请另一位同事代理")
    if absent.office_id != stand_in.office_id:
        yield Fault("/stand_in", "不在同一个机构", "请本机构的同事代理")
    for place, one in (("/absent", absent), ("/stand_in", stand_in)):
        if not one.active:
            yield Fault(place, f"账号 {one.login} 已停用", "换一位，或先用 reset 重新启用")
    if asked.until_on < asked.from_on:
        yield Fault("/until_on", f"{asked.until_on} 早于 {asked.from_on}", "改正起止日期")
    elif asked.until_on < today:
        yield Fault("/until_on", f"{asked.until_on} 已经过去", "代理不能补登记；已经办的事不因此有效")
    elif (asked.until_on - asked.from_on).days >= LONGEST_STAND_IN:
        yield Fault("/until_on", f"代理最长 {LONGEST_STAND_IN} 天", "到期前再登记；长期接任的改角色和窗口")
    if asked.from_on < today:
        yield Fault("/from_on", f"{asked.from_on} 已经过去", f"从今天（{today}）或以后开始")


def _theirs(tx: Tx, login: str, by: Officer) -> tuple[Officer, Office]:
    demand_role(by, Role.ADMIN)  # first: who there is, is told to administrators only
    who = officer_by_login(tx, login)
    demand_admin(tx, by, who.office_id)
    return who, office(tx, who.office_id)
