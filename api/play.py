"""Play a diagram in memory, without a database, to see where it leads: step by step, or by itself to its end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from engine.catalogue import Played, later, parts_beside, play_imported
from engine.clock import OfficeTime, WorkCalendar, shipped_notices
from engine.diagrams import ENDINGS, DiagramNotValid, has_errors, read
from engine.errors import NotValid
from engine.runtime import OpenCall, OpenStep, Plan, Process, compile

from .importing import found_diagrams, import_one, say

MOST = 500


class OutcomeNotOffered(NotValid):
    code = "outcome-not-offered"
    sentence = "步骤“{step}”没有“{outcome}”这种结果。"
    remedy = "可选：{outcomes}。"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--take",
    "choices",
    multiple=True,
    help="STEP=OUTCOME，第一次到该步时选这个结果，调用的事项写怎样办结；可多次，按顺序用。",
)
@click.option("--fact", "facts", multiple=True, help="NAME=VALUE，申请时就有的事实；数、true、false 按 JSON 写。")
@click.option("--ask", is_flag=True, help="每一步都问。")
@click.option("--auto", is_flag=True, help="自己走到头：每个文件各走一遍，没有人填的事实自己假定，一一列出。")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="和 --auto 一起用；json：一个数组，一项一个文件。",
)
def play(paths: Sequence[Path], choices: Sequence[str], facts: Sequence[str], ask: bool, auto: bool, form: str) -> None:
    """在内存里走一遍流程图：PATH 是 .bpmn 文件或事项文件夹。没有指定的步骤取第一个结果。

    --auto：PATH 可以有几个，文件夹里的每个流程图都走。退出码：0 都走了（走完、停在图上、不能执行，都写明），1 有程序自身的错。
    """
    if auto and (choices or facts or ask):
        raise click.UsageError("--auto 不和 --take、--fact、--ask 一起用")
    if not auto and (len(paths) > 1 or form != "text"):
        raise click.UsageError("几个 PATH 和 --format 要和 --auto 一起用")
    sys.exit(_by_itself(paths, form) if auto else _step_by_step(paths[0], choices, facts, ask))


def _step_by_step(path: Path, choices: Sequence[str], facts: Sequence[str], ask: bool) -> int:
    files = [path]
    if path.is_dir():
        parts, decisions = parts_beside(path).glob("*.bpmn"), (path / "decisions").glob("*.dmn")
        files = [*sorted(path.glob("*.bpmn")), *sorted(parts), *sorted(decisions)]
    main = path.name.lower() if path.is_dir() else None
    reading = read({str(f): f.read_bytes() for f in files}, main=main)
    if reading.diagram is None or has_errors(reading.findings):
        raise DiagramNotValid.because(reading.findings)
    plan, time = compile(reading.diagram), OfficeTime(WorkCalendar.of(shipped_notices()))
    process = Process.start(plan, dict(map(_fact, facts)), now=datetime.now(UTC), office_time=time)
    waiting = [_parted(choice) for choice in choices]
    for turn in range(1, MOST):
        if process.open_steps:
            _do(process, turn, process.open_steps[0], waiting, ask)
        elif process.open_calls:
            _end_matter(process, turn, process.open_calls[0], waiting, ask)
        elif process.ended or (woken := _wake(process, plan, time)) is None:
            break
        else:
            process = woken
    click.echo("结束" if process.ended else f"停在：{_what_it_waits_for(process)}")
    if waiting:
        click.echo(f"没有用到：{'、'.join(map('='.join, waiting))}")
    return 1 if waiting else 0


def _parted(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise click.BadParameter(f"“{text}”里没有等号")
    return name, value


def _fact(text: str) -> tuple[str, Any]:
    """A number, true, false, a list … as JSON writes it; anything else is a word."""
    name, value = _parted(text)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _do(process: Process, turn: int, step: OpenStep, waiting: list[tuple[str, str]], ask: bool) -> None:
    outcome = _outcome(step, waiting, ask)
    click.echo(f"{turn:3}. {step.name} [{step.node}] → {outcome}")
    if step.ways:
        process.choose(step.token, outcome)
    else:
        process.complete(step.token, {"outcome": outcome})


def _outcome(step: OpenStep, waiting: list[tuple[str, str]], ask: bool) -> str:
    offered = [o.code for o in step.work.outcomes] if step.work is not None else [w.flow for w in step.ways] or ["done"]
    return _chosen(step.node, step.name, offered, waiting, ask)


def _end_matter(process: Process, turn: int, call: OpenCall, waiting: list[tuple[str, str]], ask: bool) -> None:
    """The case that would have been opened for a called matter ends; for an optional one nobody waits."""
    outcome = "open" if call.optional else _chosen(call.node, call.name, list(ENDINGS), waiting, ask)
    click.echo(f"{turn:3}. {call.name or call.matter} [{call.node}] → {outcome}")
    process.answer_call(call.token, {"outcome": outcome})


def _chosen(node: str, name: str, offered: list[str], waiting: list[tuple[str, str]], ask: bool) -> str:
    """What was chosen for this node on the command line, or is chosen now; else the first that is offered."""
    for i, (chosen, outcome) in enumerate(waiting):
        if chosen == node:
            waiting.pop(i)
            if outcome not in offered:
                raise OutcomeNotOffered(step=name or node, outcome=outcome, outcomes="、".join(offered))
            return outcome
    if ask:
        return str(click.prompt(name or node, type=click.Choice(offered), default=offered[0]))
    return offered[0]


def _wake(process: Process, plan: Plan, time: OfficeTime) -> Process | None:
    """Nobody has anything to do: deliver what the diagram waits for, a message first, else the next timer."""
    for one in process.waiting:
        if one.kind == "message" and one.what and not one.beside and process.message(one.what):
            click.echo(f"     （收到消息 {one.what}）")
            return process
    due = process.next_due()
    if due is None:
        return None
    click.echo(f"     （到了 {due.astimezone(time.zone):%Y-%m-%d %H:%M}）")
    return later(process, plan, due, time)


def _what_it_waits_for(process: Process) -> str:
    return "、".join(f"{one.name}（{one.kind} {one.what or ''}）" for one in process.waiting)


# ---- by itself
def _by_itself(paths: Sequence[Path], form: str) -> int:
    files = list(dict.fromkeys(file for path in paths for file, _ in found_diagrams(path)))
    if not files:
        raise click.UsageError("没有找到流程图（.bpmn、.bpmn20.xml）")
    told, failed = list[dict[str, Any]](), 0
    for file in files:
        imported = import_one(file)
        played = play_imported(imported)
        failed += played.result == "failed"
        told.append(played.told(imported.file))
        if form == "text":
            say(_lines(imported.file, played))
    if form == "json":
        say([json.dumps(told, ensure_ascii=False, indent=1)])
    return 1 if failed else 0


def _lines(file: str, played: Played) -> Iterator[str]:
    how = {"completed": f"走完（{_OUTCOMES.get(played.outcome, '')}）", "waiting": "走不到头", "refused": "不能执行"}
    yield f"{file}：{how.get(played.result, '程序出错')}，{played.acts} 次操作{'。' if played.reason else ''}{played.reason}"
    yield from (f"  假定 {sentence}" for sentence in played.assumed)
    yield from (f"{line.n:5}. {line.element} {_EVENTS[line.event]} {_BY[line.by]}".rstrip() for line in played.trace)


_OUTCOMES = {"ended": "结束", "error": "以错误结束", "terminated": "终止", "cancelled": "取消"}
_EVENTS = {"entered": "进入", "completed": "完成", "cancelled": "取消"}
_BY = {"auto": "", "timer": "（时间）", "message": "（消息）", "signal": "（信号）", "choice": "（选择）"}
