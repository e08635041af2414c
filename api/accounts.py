"""Accounts on the command line: `lianshen account …`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import yaml

from engine.cases import hand_over
from engine.config import Settings
from engine.errors import Fault
from engine.people import (
    HallNotUnderstood,
    LogIn,
    add_officers,
    chosen_office,
    close_account,
    officer_by_login,
    reset_password,
)

from .opening import opened, utc_now

ADMIN = click.option("--as", "admin", required=True, help="以哪位系统管理员的账号办理。")


def described(file: Path) -> Any:
    """A description written as YAML. Raises HallNotUnderstood."""
    try:
        return yaml.safe_load(file.read_bytes())
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        fault = Fault(file.name, "不是能读懂的 YAML", "检查缩进、冒号和引号", "", file.name, *place)
        raise HallNotUnderstood(faults=[fault], count=1) from wrong


def tell_log_ins(log_ins: Iterable[LogIn]) -> None:
    for one in log_ins:
        click.echo(f"{one.login:12} {one.password}  {one.name}　{one.office}　{one.post}")


@click.group()
def account() -> None:
    """人员账号：增加、重置密码、停用。"""


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
