"""The command line: `lianshen …`. Exit codes: 0 done, 1 findings or flaws, 2 usage, 3 not found, 4 not allowed, 5 not now,
6 not valid, 7 not lawful, 8 not ready."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from engine.cases import clocks_of
from engine.catalogue import (
    called_parts_only,
    content_hash,
    export,
    publish,
    read_folder,
    versions,
    write_folder,
)
from engine.clock import (
    Clock,
    ClockKind,
    CountedFrom,
    Extension,
    Ground,
    Limit,
    OfficeTime,
    Pause,
    Span,
    Stop,
    WorkCalendar,
    shipped_notices,
)
from engine.config import Settings
from engine.diagrams import standard
from engine.errors import Fault, LianshenError, NotValid
from engine.people import (
    LogIn,
    Role,
    chosen_office,
    demand_role_in,
    found_offices,
    office_by_code,
    office_time,
    officer_by_login,
)
from engine.store import Database
from engine.supervision import (
    Watch,
    bring_shipped_notices,
    publish_notice,
    round_of_duties,
)

from .accounts import account, described, tell_log_ins
from .comparing import diff
from .connections import connection
from .findings import line as finding_line
from .importing import import_files
from .laid_aside import laid_aside
from .linting import lint, rules_of_drawings
from .log import keep_log
from .opening import opened, seal_of, utc_now
from .operations import LOW_DISK, AddressNotFree, backup, examine, flaws
from .play import play
from .proving import prove_paths

MOST_DAYS = 100_000
EXIT = {"not-found": 3, "not-allowed": 4, "not-now": 5, "not-valid": 6, "not-lawful": 7, "not-ready": 8}


class Command(click.Group):
    """Every LianshenError ends here: the sentence, the faults, the remedy, and an exit code by kind."""

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
    keep_log(sys.stderr)


# ---------------------------------------------------------------- running the product
@main.command()
@click.option("--host", help="监听地址，默认只在本机。")
@click.option("--port", type=int)
@click.option("--threads", default=8, show_default=True)
@click.option("--demo", is_flag=True, help="数据库为空时先装入演示大厅；首页列出演示账号，谁都可以进入。")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, threads: int, demo: bool) -> None:
    """启动服务，并按节拍巡查时限、执行到期的工作（LIANSHEN_WATCH=worker 时只服务，由 lianshen worker 去做）。"""
    from waitress import create_server

    from .app import create_app, set_aside

    signal.signal(signal.SIGTERM, _stop)  # as Ctrl-C: what runs is finished or rolled back, nothing is torn off
    with opened(settings, fresh=True) as database:
        if demo:
            _fill_demo(settings, database)
        with database.writing() as tx:
            bring_shipped_notices(tx, utc_now())
        host, port = host or settings.host, settings.port if port is None else port
        app = create_app(replace(settings, demo=demo), database)
        try:
            server = create_server(app, host=host, port=port, threads=threads, **_behind(settings.trusted_proxy))
        except (OSError, ValueError) as refused:
            raise AddressNotFree(host=host, port=port, why=getattr(refused, "strerror", None) or refused) from refused
        click.echo(f"联审已启动：http://{host}:{server.effective_port}  （接口文档 /api/openapi.json，Ctrl-C 停止）")
        sys.stdout.flush()
        set_aside()
        with _watched(settings, database):
            server.run()


@contextmanager
def _watched(settings: Settings, database: Database) -> Iterator[None]:
    """The duties beside the pages, for as long as the block lasts; nothing where they are left to workers."""
    if settings.watch == "worker":
        yield
        return
    watch = Watch(database, utc_now, seal_of(settings), settings.sweep_seconds)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


@main.command()
@click.option("--drain", is_flag=True, help="做完到期的工作就结束。")
@click.option("--at", type=click.DateTime(), help="以这个时刻（UTC）为现在，仅供检验。")
@click.pass_obj
def worker(settings: Settings, drain: bool, at: datetime | None) -> None:
    """巡查时限、执行到期的工作；可以在任意多台机器上各开几个。SIGTERM 或 Ctrl-C：做完手上的一件就停。"""
    now: Callable[[], datetime] = (lambda: at.replace(tzinfo=UTC)) if at else utc_now
    with opened(settings) as database:
        if drain:
            turned, ran = round_of_duties(database, now, seal_of(settings))
            click.echo(f"灯色变化 {turned} 处，执行工作 {ran} 件")
            return
        _keep_watch(Watch(database, now, seal_of(settings), settings.sweep_seconds))


def _keep_watch(watch: Watch) -> None:
    """Until this process is told to end: what is in hand is finished, and a second word does not tear it off."""
    ending = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: ending.set())
    watch.start()
    ending.wait()
    watch.stop()


@main.command()
@click.option("--story", is_flag=True, help="讲一个投资项目走完四个阶段并联审批的全过程，末尾逐日另算各时限。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    help="--story 的输出：text（默认），或一行一个操作的 json。",
)
@click.pass_context
def demo(ctx: click.Context, story: bool, form: str | None) -> None:
    """在空数据库里建立演示大厅，讲三件办件从申请到送达的故事；--story 改讲一个项目的并联审批。"""
    settings: Settings = ctx.obj
    if form and not story:
        raise click.UsageError("--format 和 --story 一起用", ctx)
    with opened(settings, fresh=True) as database:
        if story:
            filled, wrong = _tell_project(settings, database, form == "json")
        else:
            filled, wrong = _fill_demo(settings, database), 0
    if not filled:
        click.echo("数据库里已有机构，演示只装入空数据库。", err=True)
        sys.exit(5)
    sys.exit(1 if wrong else 0)


def _tell_project(settings: Settings, database: Database, as_json: bool) -> tuple[bool, int]:
    from .demo import tell_project

    log_ins, wrong = tell_project(settings, database, click.echo, as_json=as_json)
    if log_ins:
        _keep_log_ins(settings, log_ins)
    return bool(log_ins), wrong


def _fill_demo(settings: Settings, database: Database) -> bool:
    from .demo import fill, live, tell
    from .pages import LISTING

    log_ins = fill(database, utc_now())
    listing = settings.home / LISTING
    if log_ins:  # written down first: who breaks the story off must still get in
        _keep_log_ins(settings, log_ins)
        tell(database, utc_now(), click.echo)
        click.echo(f"\n演示大厅里另有 {live(database, utc_now())} 件办件，各种状态都有。")
    if listing.exists():
        click.echo("\n演示账号（账号 密码 姓名 机构 岗位）：")
        click.echo(listing.read_text("utf-8"))
    return bool(log_ins)


def _keep_log_ins(settings: Settings, log_ins: Sequence[LogIn]) -> None:
    """The accounts of the demo hall with their passwords, for whoever may read the home of the product."""
    from .pages import LISTING

    settings.home.mkdir(parents=True, exist_ok=True)
    listing = settings.home / LISTING
    listing.touch(mode=0o600)
    listing.write_text(
        "".join(f"{one.login:8} {one.password}  {one.name}　{one.office}　{one.post}\n" for one in log_ins), "utf-8"
    )


def _behind(proxy: str) -> dict[str, Any]:
    """Whose headers waitress believes: without them everybody would be the proxy, and share its limits."""
    believed = {"x-forwarded-for", "x-forwarded-proto"} if proxy else set[str]()
    return {
        "trusted_proxy": proxy or None,
        "trusted_proxy_headers": believed,
        "clear_untrusted_proxy_headers": True,
    }


def _stop(*_: Any) -> None:
    raise SystemExit(0)


# ---------------------------------------------------------------- diagrams and versions
main.add_command(diff)
main.add_command(lint)
main.add_command(rules_of_drawings)
main.add_command(play)
main.add_command(prove_paths)
main.add_command(import_files)
main.add_command(account)
main.add_command(connection)
main.add_command(laid_aside)


@main.command()
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


@main.command("publish")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--office", "office_code", help="机构代码；只有一个机构时可省略。")
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


@main.command("export")
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


# ---------------------------------------------------------------- time
REGION = click.option("--region", help="地区代码，默认 CN；用随程序提供的放假通知。")
OF_OFFICE = click.option("--office", "office_code", help="按这个机构的日历，含已导入的通知（需要数据库）。")


def _time(settings: Settings, region: str | None, office_code: str | None) -> OfficeTime:
    """Whose time is counted: an office's as its database knows it, or a region's as this release does.
    Raises RegionNotUnderstood, RegionNotPublished, OfficeUnknown."""
    if office_code is None:
        return OfficeTime(WorkCalendar.of_published(shipped_notices(), "CN" if region is None else region))
    if region is not None:
        raise click.UsageError("--region 和 --office 只写一个")
    with opened(settings) as database, database.reading() as tx:
        return office_time(tx, office_by_code(tx, office_code))


@main.group()
def workday() -> None:
    """工作日推算。"""


@workday.command("add")
@click.argument("start")
@click.argument("n", type=click.IntRange(0, MOST_DAYS), required=False)
@REGION
@OF_OFFICE
@click.pass_context
def workday_add(ctx: click.Context, start: str, n: int | None, region: str | None, office_code: str | None) -> None:
    """START 之后第 N 个工作日（当日不计）；暂定的日期后面注明 provisional。START 为 - 时从标准输入逐行读取“日期 N”。"""
    calendar = _time(ctx.obj, region, office_code).calendar
    if start != "-":
        if n is None:
            raise click.UsageError("缺少 N", ctx)
        click.echo(_counted(calendar, start, n))
        return
    failed = False
    for line in filter(str.strip, sys.stdin):
        try:
            click.echo(_counted(calendar, *_asked(line)))
        except LianshenError as error:
            click.echo(f"错误：{error}{error.advice}")
            failed = True
    sys.exit(6 if failed else 0)


def _asked(line: str) -> tuple[str, int]:
    words = line.split()
    if len(words) != 2 or not re.fullmatch("[0-9]{1,6}", words[1]) or int(words[1]) > MOST_DAYS:
        raise DateNotUnderstood(text=line.strip())
    return words[0], int(words[1])


class DateNotUnderstood(NotValid):
    code = "date-not-understood"
    sentence = "“{text}”不是日期和天数。"
    remedy = "写成 2025-09-26 20 的样子。"


def _counted(calendar: WorkCalendar, start: str, n: int) -> str:
    try:
        return str(calendar.add(date.fromisoformat(start), n))
    except ValueError as error:
        raise DateNotUnderstood(text=f"{start} {n}") from error


@main.group()
def clock() -> None:
    """时限。"""


@clock.command("explain")
@click.argument("start", required=False)
@click.argument("span", required=False)
@click.option("--kind", type=click.Choice([k.value for k in ClockKind]), default="statutory", show_default=True)
@click.option("--pause", "pauses", multiple=True, help="FROM..TO:GROUND，可多次；TO 留空表示还没结束。")
@click.option("--extend", "extension", help="延长，如 10wd。")
@click.option("--on", "on", help="以哪一天为今天，默认今天。")
@REGION
@OF_OFFICE
@click.option("--case", "case_no", help="解释一个办件的各个时钟（需要数据库）。")
@click.pass_obj
def clock_explain(
    settings: Settings,
    start: str | None,
    span: str | None,
    kind: str,
    pauses: Sequence[str],
    extension: str | None,
    on: str | None,
    region: str | None,
    office_code: str | None,
    case_no: str | None,
) -> None:
    """逐日讲清一个时限：START 起算日，SPAN 如 20wd、60cd；或用 --case 解释办件。"""
    today = _date(on) if on else datetime.now(UTC).astimezone().date()
    if case_no:
        if region is not None or office_code is not None:
            raise click.UsageError("办件按它自己机构的日历解释，不写 --region 或 --office")
        with opened(settings) as database, database.reading() as tx:
            time, clocks = clocks_of(tx, case_no)
        for one in clocks:
            click.echo("\n".join(one.explain(time, today).lines()) + "\n")
        return
    if not start or not span:
        raise click.UsageError("写 START SPAN，或 --case 办件编号")
    time = _time(settings, region, office_code)
    grounds = {Ground(_split_pause(p)[2]): Stop("命令行给出") for p in pauses}
    limit = Limit(Span.parse(span), CountedFrom.ACCEPTED, grounds)
    one = Clock(
        ClockKind(kind),
        limit,
        _date(start),
        tuple(_pause(p) for p in pauses),
        (Extension(Span.parse(extension), datetime.now(UTC), _any_approver()),) if extension else (),
    )
    click.echo("\n".join(one.explain(time, today).lines()))


def _any_approver() -> Any:
    from engine.clock import Approver

    return Approver.HEAD


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DateNotUnderstood(text=text) from error


def _split_pause(text: str) -> tuple[str, str, str]:
    days, _, ground = text.partition(":")
    begun, dots, ended = days.partition("..")
    if not dots or ground not in set(Ground):
        raise DateNotUnderstood(text=text)
    return begun, ended, ground


def _pause(text: str) -> Pause:
    begun, ended, ground = _split_pause(text)
    return Pause(Ground(ground), "命令行给出", _date(begun), _date(ended) if ended else None)


@main.group()
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


# ---------------------------------------------------------------- keeping it well
@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def found(settings: Settings, file: Path) -> None:
    """按机构说明（YAML）建立机构、部门、窗口和人员，打印初始密码。"""
    with opened(settings, fresh=True) as database, database.writing() as tx:
        log_ins = found_offices(tx, described(file))
        bring_shipped_notices(tx, utc_now())
    tell_log_ins(log_ins)


@main.command()
@click.pass_obj
def verify(settings: Settings) -> None:
    """核验每一件办件：记录链、持有记录、流程状态、到期日。"""
    with opened(settings) as database:
        cases, found = flaws(database)
    for flaw in found:
        click.echo(f"{flaw.subject}：{flaw.what}")
    click.echo(f"核验 {cases} 件办件，{len(found)} 处不符")
    sys.exit(1 if found else 0)


@main.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def backup_command(settings: Settings, target: Path) -> None:
    """备份数据库到一个新文件；服务不用停。升级之前用新旧程序备份都可以。"""
    with opened(settings, any_release=True) as database:
        size = backup(database, settings.database, target)
    click.echo(f"已备份到 {target}（{size / 1024 / 1024:.1f} MB）")


@main.command()
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


def _place(fault: Fault) -> str:
    if fault.line:
        return f"{fault.file}:{fault.line}:{fault.column}: [{fault.place}] "
    return f"{fault.file}{fault.place}：" if fault.file or fault.place else ""
