"""`lianshen serve`, `worker` and `demo`: running the product."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from engine.config import Settings
from engine.people import LogIn
from engine.store import Database
from engine.supervision import Watch, bring_shipped_notices, round_of_duties

from .opening import opened, seal_of, utc_now


@click.command()
@click.option("--host", help="监听地址，默认只在本机。")
@click.option("--port", type=click.IntRange(0, 65535), help="监听端口；0 为任选一个空闲的。")
@click.option("--workers", type=click.IntRange(1, 64), help="几个进程，默认 1；SQLite 只能 1 个。")
@click.option("--threads", type=click.IntRange(1, 64), help="每个进程几个线程，默认 16。")
@click.option("--demo", is_flag=True, help="数据库为空时先装入演示大厅；首页列出演示账号，谁都可以进入。")
@click.pass_obj
def serve(
    settings: Settings, host: str | None, port: int | None, workers: int | None, threads: int | None, demo: bool
) -> None:
    """启动服务，并按节拍巡查时限、执行到期的工作（LIANSHEN_WATCH=worker 时只服务，由 lianshen worker 去做）。"""
    from . import serving

    signal.signal(signal.SIGTERM, _stop)  # as Ctrl-C: what runs is finished or rolled back, nothing is torn off
    settings = replace(
        settings,
        demo=demo,
        host=host or settings.host,
        port=settings.port if port is None else port,
        workers=workers or settings.workers,
        threads=threads or settings.threads,
    )
    serving.demand_servable(settings)
    with opened(settings, fresh=True) as database:
        if demo:
            _fill_demo(settings, database)
        with database.writing() as tx:
            bring_shipped_notices(tx, utc_now())
    serving.serve(settings, _watched)


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


@click.command()
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


@click.command()
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


def _stop(*_: Any) -> None:
    raise SystemExit(0)
