"""`lianshen workday` and `clock`: days counted from the shipped calendars. A database is read only where an office or a case is named."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime

import click

from engine.clock import (
    Approver,
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
from engine.errors import LianshenError, NotValid

MOST_DAYS = 100_000
REGION = click.option("--region", help="地区代码，默认 CN；用随程序提供的放假通知。")
OF_OFFICE = click.option("--office", "office_code", help="按这个机构的日历，含已导入的通知（需要数据库）。")


def _time(settings: Settings, region: str | None, office_code: str | None) -> OfficeTime:
    """Whose time is counted: an office's as its database knows it, or a region's as this release does.
    Raises RegionNotUnderstood, RegionNotPublished, OfficeUnknown."""
    if office_code is None:
        return OfficeTime(WorkCalendar.of_published(shipped_notices(), "CN" if region is None else region))
    if region is not None:
        raise click.UsageError("--region 和 --office 只写一个")
    from engine.people import office_by_code, office_time

    from .opening import opened

    with opened(settings) as database, database.reading() as tx:
        return office_time(tx, office_by_code(tx, office_code))


@click.group()
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


@click.group()
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
        from engine.cases import clocks_of

        from .opening import opened

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
        (Extension(Span.parse(extension), datetime.now(UTC), Approver.HEAD),) if extension else (),
    )
    click.echo("\n".join(one.explain(time, today).lines()))


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
