"""Play a diagram in memory: step by step, without a database, to see where it leads."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from engine.catalogue import parts_beside
from engine.clock import OfficeTime, WorkCalendar, shipped_notices
from engine.diagrams import ENDINGS, DiagramNotValid, has_errors, read
from engine.errors import NotValid
from engine.runtime import OpenCall, OpenStep, Plan, Process, compile

MOST = 500


class OutcomeNotOffered(NotValid):
    code = "outcome-not-offered"
    sentence = "步骤“{step}”没有“{outcome}”这种结果。"
    remedy = "可选：{outcomes}。"


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--take",
    "choices",
    multiple=True,
    help="STEP=OUTCOME，第一次到该步时选这个结果，调用的事项写怎样办结；可多次，按顺序用。",
)
@click.option("--fact", "facts", multiple=True, help="NAME=VALUE，申请时就有的事实；数、true、false 按 JSON 写。")
@click.option("--ask", is_flag=True, help="每一步都问。")
def play(path: Path, choices: Sequence[str], facts: Sequence[str], ask: bool) -> None:
    """在内存里走一遍流程图：PATH 是 .bpmn 文件或事项文件夹。没有指定的步骤取第一个结果。"""
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
    sys.exit(1 if waiting else 0)


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
    later = Process.load(plan, process.dump(), now=due, office_time=time)
    later.run_timers()
    return later


def _what_it_waits_for(process: Process) -> str:
    return "、".join(f"{one.name}（{one.kind} {one.what or ''}）" for one in process.waiting)
