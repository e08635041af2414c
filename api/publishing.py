"""`lianshen sketch`, `publish` and `export`: diagrams and versions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from engine.catalogue import called_parts_only, content_hash, export, publish, read_folder, versions, write_folder
from engine.config import Settings
from engine.diagrams import standard
from engine.errors import LianshenError
from engine.people import Role, chosen_office, demand_role_in, officer_by_login

from .findings import line as finding_line
from .opening import OFFICE, opened, utc_now


@click.command()
@click.argument("code")
@click.argument("name")
@click.argument("pattern", type=click.File("r", encoding="utf-8"))
@click.option("--to", "target", type=click.Path(path_type=Path), help="写到哪个文件；默认打印出来。")
def sketch(code: str, name: str, pattern: TextIO, target: Path | None) -> None:
    """按几行文字画出标准流程图：PATTERN 一行一步，- 从标准输入读。写法见流程设计手册。"""
    drawn = standard(code, name, pattern.read())
    if target is None:
        click.echo(drawn.decode(), nl=False)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(drawn)
    click.echo(f"已画到 {target}")


@click.command("publish")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@OFFICE
@click.option("--as", "login", required=True, help="以哪位流程设计员的账号发布。")
@click.option("--over", type=int, help="确认替换的运行版次。")
@click.option("--note", default="", help="版本说明。")
@click.pass_obj
def publish_command(
    settings: Settings, folder: Path, office_code: str | None, login: str, over: int | None, note: str
) -> None:
    """发布一个事项的文件夹，成为运行版本。比运行版本旧的文件须用 --over N 确认。"""
    with opened(settings) as database, database.writing() as tx:
        of = chosen_office(tx, office_code)
        demand_role_in(tx, officer_by_login(tx, login), of.id, Role.DESIGNER)  # before a byte of the folder is read
        bundle = read_folder(folder)
        newest = max(f.stat().st_mtime for f in folder.rglob("*") if f.is_file())
        if over is None:
            over = _replaced(tx, of, folder.name, datetime.fromtimestamp(newest, UTC), bundle)
        done = publish(tx, of, bundle, officer_by_login(tx, login), note, utc_now(), over=over)
    for finding in done.warnings:
        click.echo(finding_line(finding))
    made = done.version
    click.echo(f"{made.code} {made.name} 第 {made.number} 版" + ("已运行" if done.new else "内容未变，继续运行"))


def _replaced(tx: Any, of: Any, code: str, newest: datetime, bundle: dict[str, bytes]) -> int | None:
    """The running number, when the files are newer than it and are not an older version's content; else None."""
    try:
        history = versions(tx, of, code)
    except LianshenError:
        return None
    running = next((v for v in history if v.running), None)
    known = {v.content_hash for v in history}
    if running is None or newest <= running.published_at or content_hash(called_parts_only(bundle)) in known:
        return None
    return running.number


@click.command("export")
@click.argument("code")
@click.option("--office", "office_code")
@click.option("--number", type=int, help="版次；默认运行版本。")
@click.option("--to", "target", type=click.Path(path_type=Path), help="写到哪个文件夹；默认 bpmn/CODE。")
@click.pass_obj
def export_command(
    settings: Settings, code: str, office_code: str | None, number: int | None, target: Path | None
) -> None:
    """把一个版本的原文件逐字节写回文件夹。"""
    with opened(settings) as database, database.reading() as tx:
        of = chosen_office(tx, office_code)
        chosen, files = export(tx, of, code, number)
    folder = target or Path("bpmn") / code
    write_folder(files, folder)
    click.echo(f"{chosen.code} 第 {chosen.number} 版已写到 {folder}（{len(files)} 个文件）")
