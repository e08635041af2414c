"""`lianshen found`, `verify`, `backup`, `doctor` and `calendar`: founding a hall and keeping it well."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.config import Settings
from engine.people import chosen_office, found_offices, officer_by_login
from engine.supervision import bring_shipped_notices, publish_notice, round_of_duties

from .accounts import described, tell_log_ins
from .opening import opened, utc_now
from .operations import LOW_DISK, backup, examine, flaws


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def found(settings: Settings, file: Path) -> None:
    """按机构说明（YAML）建立机构、部门、窗口和人员，打印初始密码。"""
    with opened(settings, fresh=True) as database, database.writing() as tx:
        log_ins = found_offices(tx, described(file))
        bring_shipped_notices(tx, utc_now())
    tell_log_ins(log_ins)


@click.command()
@click.pass_obj
def verify(settings: Settings) -> None:
    """核验每一件办件：记录链、持有记录、流程状态、到期日。"""
    with opened(settings) as database:
        cases, found = flaws(database)
    for flaw in found:
        click.echo(f"{flaw.subject}：{flaw.what}")
    click.echo(f"核验 {cases} 件办件，{len(found)} 处不符")
    sys.exit(1 if found else 0)


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def backup_command(settings: Settings, target: Path) -> None:
    """备份数据库到一个新文件；服务不用停。升级之前用新旧程序备份都可以。"""
    with opened(settings, any_release=True) as database:
        size = backup(database, settings.database, target)
    click.echo(f"已备份到 {target}（{size / 1024 / 1024:.1f} MB）")


@click.command()
@click.option(
    "--low-disk", type=click.IntRange(1), default=LOW_DISK, show_default=True, help="磁盘少于多少 MB 就提醒。"
)
@click.pass_obj
def doctor(settings: Settings, low_disk: int) -> None:
    """体检：表结构、日历年份、时区数据、巡查是否在跑、磁盘、积压。"""
    with opened(settings) as database:
        found = examine(database, settings, utc_now(), low_disk)
    for one in found:
        click.echo(f"{'正常' if one.well else '注意'}  {one.subject}：{one.told}")
    sys.exit(0 if all(one.well for one in found) else 1)


@click.group()
def calendar() -> None:
    """工作日历。"""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "login", required=True, help="以哪位系统管理员的账号导入。")
@click.option("--office", "office_code")
@click.pass_obj
def calendar_import(settings: Settings, file: Path, login: str, office_code: str | None) -> None:
    """导入一份放假通知；在办办件的日期随后全部重算。"""
    with opened(settings) as database:
        with database.writing() as tx:
            of = chosen_office(tx, office_code)
            notice, cases = publish_notice(tx, of, file.read_bytes(), officer_by_login(tx, login), utc_now())
        round_of_duties(database, utc_now)
    click.echo(f"{notice.number} 已导入，重算 {cases} 件办件的日期")
