"""Accounts on the command line: `lianshen account …`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import yaml

from engine.cases import hand_over, reassign
from engine.config import Settings
from engine.errors import Fault
from engine.people import (
    ROLE_NAMES,
    Change,
    HallNotUnderstood,
    LogIn,
    Placed,
    StandIn,
    add_officers,
    appoint_stand_in,
    chosen_office,
    close_account,
    end_stand_in,
    office,
    officer_by_login,
    placed,
    reset_password,
)

from .opening import ADMIN, opened, utc_now

MOST_ENTRIES = 100_000
DAY = click.DateTime(["%Y-%m-%d"])


def described(file: Path) -> Any:
    """A description written as YAML. Raises HallNotUnderstood."""
    try:
        drawn = yaml.safe_load(file.read_bytes())
        if _size(drawn, {}) > MOST_ENTRIES:
            fault = Fault(file.name, f"展开后超过 {MOST_ENTRIES} 项", "分成几个文件，不要层层引用（*）", "", file.name)
            raise HallNotUnderstood(faults=[fault], count=1)
        return drawn
    except (yaml.YAMLError, RecursionError) as wrong:
        mark = getattr(wrong, "problem_mark", None)
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        fault = Fault(file.name, "不是能读懂的 YAML", "检查缩进、冒号和引号", "", file.name, *place)
        raise HallNotUnderstood(faults=[fault], count=1) from wrong


def _size(value: Any, known: dict[int, int]) -> int:
    """How many entries there are once every reference is written out; one that holds itself has no end."""
    if not isinstance(value, list | dict):
        return 1
    if id(value) not in known:
        known[id(value)] = MOST_ENTRIES + 1
        known[id(value)] = 1 + sum(_size(v, known) for v in (value.values() if isinstance(value, dict) else value))
    return known[id(value)]


def tell_log_ins(log_ins: Iterable[LogIn]) -> None:
    for one in log_ins:
        click.echo(f"{one.login:12} {one.password}  {one.name}　{one.office}　{one.post}")


@click.group()
def account() -> None:
    """人员账号：增加、列出、角色和窗口、代理、重置密码、停用。"""


@account.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ADMIN
@click.option("--office", "office_code", help="机构代码；只有一个机构时可省略。")
@click.pass_obj
def add(settings: Settings, file: Path, admin: str, office_code: str | None) -> None:
    """按人员说明（YAML，写法同机构说明的 officers）增加人员，打印初始密码。"""
    with opened(settings) as database, database.writing() as tx:
        of = chosen_office(tx, office_code)
        log_ins = add_officers(tx, of, described(file), officer_by_login(tx, admin), utc_now())
    tell_log_ins(log_ins)


@account.command("reset")
@click.argument("login")
@ADMIN
@click.pass_obj
def reset(settings: Settings, login: str, admin: str) -> None:
    """给账号 LOGIN 新的密码并打印；已登录的会话和令牌随即失效，停用的账号重新启用。"""
    with opened(settings) as database, database.writing() as tx:
        log_in = reset_password(tx, login, officer_by_login(tx, admin), utc_now())
    tell_log_ins([log_in])


@account.command("close")
@click.argument("login")
@ADMIN
@click.option("--to", "receiver", help="把他签收的任务移交给哪个账号；不写则放回待签收。")
@click.option("--reason", required=True, help="原因，记入每件移交的办件。")
@click.pass_obj
def close(settings: Settings, login: str, admin: str, receiver: str | None, reason: str) -> None:
    """停用账号 LOGIN：不能再登录，签收的任务移交。办过的事仍记在他名下。"""
    now = utc_now()
    with opened(settings) as database, database.writing() as tx:
        by = officer_by_login(tx, admin)
        close_account(tx, login, by, now)
        cases = hand_over(tx, by, login, receiver, reason, now=now)
    click.echo(f"{login} 已停用，{cases} 件办件的任务将由巡查移交")


@account.command("list")
@ADMIN
@click.option("--office", "office_code", help="机构代码；只有一个机构时可省略。")
@click.pass_obj
def list_accounts(settings: Settings, admin: str, office_code: str | None) -> None:
    """列出一个机构的账号：姓名、岗位、角色、窗口，现在和以后由谁代理。"""
    with opened(settings) as database, database.reading() as tx:
        found = placed(tx, chosen_office(tx, office_code), officer_by_login(tx, admin), utc_now())
    for one in found:
        click.echo(_line(one))
        for s in one.stand_ins:
            click.echo(f"{'':12} 由 {s.stand_in} 代理 {s.from_on} 至 {s.until_on}（{s.basis}）")


def _line(one: Placed) -> str:
    who = one.officer
    roles = "、".join(f"{ROLE_NAMES[r]} {r}" for r in ROLE_NAMES if r in who.roles)
    told = f"{who.login:12} {who.name}　{who.post}　{roles}　{'、'.join(one.windows) or '没有窗口'}"
    return told if who.active else f"{told}　已停用"


@account.command("change")
@click.argument("login")
@ADMIN
@click.option("--give", multiple=True, help="给一个角色，可多次，如 approver。")
@click.option("--take", multiple=True, help="收回一个角色，可多次。")
@click.option("--seat", multiple=True, help="坐到一个窗口，写窗口代码，可多次。")
@click.option("--leave", multiple=True, help="离开一个窗口，可多次。")
@click.option("--post", help="新的岗位名称。")
@click.option("--reason", required=True, help="依据或原因，如任免文号，记入机构的记录链。")
@click.pass_obj
def change(
    settings: Settings,
    login: str,
    admin: str,
    give: Sequence[str],
    take: Sequence[str],
    seat: Sequence[str],
    leave: Sequence[str],
    post: str | None,
    reason: str,
) -> None:
    """改账号 LOGIN 的角色、窗口、岗位，下一次操作起生效；不能再办的已签收任务放回待签收。"""
    asked, now = Change(reason, give, take, seat, leave, post), utc_now()
    with opened(settings) as database, database.writing() as tx:
        by = officer_by_login(tx, admin)
        who, cases = reassign(tx, login, asked, by, now=now)
        (shown,) = (one for one in placed(tx, office(tx, who.office_id), by, now) if one.officer == who)
    click.echo(_line(shown))
    if cases:
        click.echo(f"{cases} 件办件里他签收的任务将由巡查放回待签收")


@account.command("stand-in")
@click.argument("absent")
@click.argument("stand_in")
@ADMIN
@click.option("--from", "from_on", type=DAY, required=True, help="第一天，如 2026-03-02。")
@click.option("--until", "until_on", type=DAY, required=True, help="最后一天，含当日。")
@click.option("--basis", required=True, help="依据，如文号、休假。")
@click.pass_obj
def stand_in(
    settings: Settings, absent: str, stand_in: str, admin: str, from_on: datetime, until_on: datetime, basis: str
) -> None:
    """登记办理代理：这些天 STAND_IN 代 ABSENT 办理；一审一核仍按自然人。"""
    asked = StandIn(absent, stand_in, from_on.date(), until_on.date(), basis)
    with opened(settings) as database, database.writing() as tx:
        appoint_stand_in(tx, asked, officer_by_login(tx, admin), utc_now())
    click.echo(f"{stand_in} 代 {absent} 办理，{asked.from_on} 至 {asked.until_on}")


@account.command("end-stand-in")
@click.argument("absent")
@click.argument("stand_in")
@ADMIN
@click.option("--reason", required=True, help="原因，如提前返岗。")
@click.pass_obj
def end(settings: Settings, absent: str, stand_in: str, admin: str, reason: str) -> None:
    """结束 STAND_IN 对 ABSENT 的代理：正在代理的立即结束，还没开始的取消。"""
    with opened(settings) as database, database.writing() as tx:
        end_stand_in(tx, absent, stand_in, reason, officer_by_login(tx, admin), utc_now())
    click.echo(f"{stand_in} 不再代 {absent} 办理")
