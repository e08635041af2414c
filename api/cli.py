"""The command line: `lianshen …`. Exit codes: 0 done, 1 findings or flaws, 2 usage, 3 not found, 4 not allowed, 5 not now,
6 not valid, 7 not lawful, 8 not ready."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from engine.config import Settings
from engine.errors import Fault, LianshenError, NotValid

EXIT = {"not-found": 3, "not-allowed": 4, "not-now": 5, "not-valid": 6, "not-lawful": 7, "not-ready": 8}


class Elsewhere(click.Command):
    """A command that is read when it is called, and none of the others with it. place: its module here and its name there; told: its line
    in the list of all."""

    def __init__(self, name: str, place: str, told: str) -> None:
        super().__init__(name, short_help=told)
        self.place = place

    def read(self) -> click.Command:
        module, name = self.place.split(".")
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), name)
        return command


class Command(click.Group):
    """Every LianshenError ends here: the sentence, the faults, the remedy, and an exit code by kind."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.read() if isinstance(command, Elsewhere) else command, rest

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LianshenError as error:
            click.echo(f"错误：{error}", err=True)
            if isinstance(error, NotValid):
                for fault in error.faults:
                    click.echo(f"  {_place(fault)}{fault.sentence.rstrip('。')}。{fault.remedy}", err=True)
            if error.advice:
                click.echo(f"怎么办：{error.advice}", err=True)
            ctx.exit(EXIT.get(error.kind, 1))


@click.group(cls=Command)
@click.option("--database", "url", help="SQLAlchemy URL；默认用环境变量 LIANSHEN_DATABASE 或 var/lianshen.db。")
@click.pass_context
def main(ctx: click.Context, url: str | None) -> None:
    """联审：政务服务审批编排。"""
    settings = Settings.from_environ(os.environ)
    if url:
        settings = Settings(**{**vars(settings), "database": url})
    ctx.obj = settings
    from .log import keep_log  # whoever only asks for help need not wait for it

    keep_log(sys.stderr)


COMMANDS = (
    # running the product
    Elsewhere("serve", "running.serve", "启动服务，并按节拍巡查时限、执行到期的工作"),
    Elsewhere("worker", "running.worker", "巡查时限、执行到期的工作；可以在任意多台机器上各开几个。"),
    Elsewhere(
        "demo",
        "running.demo",
        "在空数据库里建立演示大厅，讲三件办件从申请到送达的故事；--story 改讲一个项目的并联审批。",
    ),
    # diagrams and versions
    Elsewhere("lint", "linting.lint", "检查流程图：一次列出全部问题。"),
    Elsewhere(
        "rules", "linting.rules_of_drawings", "列出流程图和办事指南的规则：代码、默认级别、最低级别、机构的级别、说明。"
    ),
    Elsewhere("prove", "proving.prove_paths", "证明流程图：每件都能办结吗；各环节按时限办，承诺和法定时限守得住吗。"),
    Elsewhere("play", "play.play", "在内存里走一遍流程图"),
    Elsewhere("diff", "comparing.diff", "比较两份流程"),
    Elsewhere("import", "importing.import_files", "导入别的工具画的流程图，说明每个文件能不能用、要作哪些修复。"),
    Elsewhere("sketch", "publishing.sketch", "按几行文字画出标准流程图"),
    Elsewhere("publish", "publishing.publish_command", "发布一个事项的文件夹，成为运行版本。"),
    Elsewhere("export", "publishing.export_command", "把一个版本的原文件逐字节写回文件夹。"),
    # time
    Elsewhere("workday", "counting.workday", "工作日推算。"),
    Elsewhere("clock", "counting.clock", "时限。"),
    Elsewhere("calendar", "keeping.calendar", "工作日历。"),
    # keeping it well
    Elsewhere("found", "keeping.found", "按机构说明（YAML）建立机构、部门、窗口和人员，打印初始密码。"),
    Elsewhere("account", "accounts.account", "人员账号：增加、列出、角色和窗口、代理、重置密码、停用。"),
    Elsewhere("connection", "connections.connection", "对接的别的系统：登记、列出、停用。"),
    Elsewhere("jobs", "laid_aside.laid_aside", "搁置的工作：看原因，重新做。"),
    Elsewhere("verify", "keeping.verify", "核验每一件办件：记录链、持有记录、流程状态、到期日。"),
    Elsewhere("backup", "keeping.backup_command", "备份数据库到一个新文件；服务不用停。"),
    Elsewhere("doctor", "keeping.doctor", "体检：表结构、日历年份、时区数据、巡查是否在跑、磁盘、积压。"),
)
for one in COMMANDS:
    main.add_command(one)


def _place(fault: Fault) -> str:
    if fault.line:
        return f"{fault.file}:{fault.line}:{fault.column}: [{fault.place}] "
    return f"{fault.file}{fault.place}：" if fault.file or fault.place else ""
