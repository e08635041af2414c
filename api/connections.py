"""Connections to other systems on the command line: `lianshen connection …`."""

from __future__ import annotations

from pathlib import Path

import click

from engine.config import Settings
from engine.connections import add_connection, connections, disable_connection
from engine.errors import Fault, NotValid
from engine.people import Role, chosen_office, demand_role_in, officer_by_login

from .opening import ADMIN, OFFICE, opened, seal_of, utc_now


class SecretNotRead(NotValid):
    """The file that should hold a secret is no text. What is in it is not repeated."""

    code = "secret-not-read"
    sentence = "密钥文件读不出文字。"
    remedy = "写成一行 UTF-8 文字。"


@click.group("connection")
def connection() -> None:
    """对接的别的系统：登记、列出、停用。流程图用代码对外调用（ls:call）。"""


@connection.command("add")
@click.argument("code")
@click.option("--name", required=True, help="办事人员看得懂的名称，如 人口库。")
@click.option("--url", required=True, help="接受调用的网址，http 或 https；不带用户名、密码和 ? 之后的部分。")
@click.option("--timeout", type=int, default=10, show_default=True, help="一次调用最多等几秒，1 到 60。")
@click.option(
    "--secret-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="从这个文件读密钥；不写则在提示后输入，不显示。",
)
@ADMIN
@OFFICE
@click.pass_obj
def add(
    settings: Settings,
    code: str,
    name: str,
    url: str,
    timeout: int,
    secret_file: Path | None,
    admin: str,
    office_code: str | None,
) -> None:
    """登记代码为 CODE 的对接；停用过的代码重新登记即重新启用，地址和密钥用新的。"""
    with opened(settings) as database:
        with database.reading() as tx:  # before anybody is asked for a secret
            of, by = chosen_office(tx, office_code), officer_by_login(tx, admin)
            demand_role_in(tx, by, of.id, Role.ADMIN)
        secret = _secret(secret_file)
        with database.writing() as tx:
            add_connection(tx, of, code, name, url, timeout, secret, seal_of(settings), by, utc_now())
    click.echo(f"{of.name}已登记对接 {code} {name}")


def _secret(file: Path | None) -> str:
    if file is None:
        return str(click.prompt("密钥", hide_input=True, confirmation_prompt="再输一次"))
    try:
        return file.read_text("utf-8").strip()
    except UnicodeDecodeError as wrong:
        raise SecretNotRead(faults=[Fault(file.name, "不是 UTF-8 文字", "重新保存这个文件")]) from wrong


@connection.command("list")
@ADMIN
@OFFICE
@click.pass_obj
def list_connections(settings: Settings, admin: str, office_code: str | None) -> None:
    """列出一个机构的对接：代码、名称、网址、等几秒、是否停用。密钥从不显示。"""
    with opened(settings) as database, database.reading() as tx:
        of = chosen_office(tx, office_code)
        demand_role_in(tx, officer_by_login(tx, admin), of.id, Role.ADMIN)
        found = connections(tx, of)
    for one in found:
        told = f"{one.code:12} {one.name}　{one.url}　{one.timeout} 秒"
        click.echo(told if one.active else f"{told}　已停用")


@connection.command("disable")
@click.argument("code")
@ADMIN
@OFFICE
@click.pass_obj
def disable(settings: Settings, code: str, admin: str, office_code: str | None) -> None:
    """停用对接 CODE，忘掉它的密钥：正在等它答复的办件随后转给窗口由人确认。"""
    with opened(settings) as database, database.writing() as tx:
        disable_connection(tx, chosen_office(tx, office_code), code, officer_by_login(tx, admin), utc_now())
    click.echo(f"{code} 已停用")
