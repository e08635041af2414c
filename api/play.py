"""Play a diagram in memory: step by step, without a database, to see where it leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from engine.clock import OfficeTime, WorkCalendar, shipped_notices
from engine.diagrams import DiagramNotValid, has_errors, read
from engine.runtime import OpenStep, Process, compile

MOST = 500


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--take", "choices", multiple=True, help="STEP=OUTCOME，第一次到该步时选这个结果；可多次，按顺序用。")
@click.option("--fact", "facts", multiple=True, help="NAME=VALUE，申请时就有的事实。")
@click.option("--ask", is_flag=True, help="每一步都问。")
def play(path: Path, choices: Sequence[str], facts: Sequence[str], ask: bool) -> None:
    """在内存里走一遍流程图：PATH 是 .bpmn 文件或事项文件夹。没有指定的步骤取第一个结果。"""
    files = [*sorted(path.glob("*.bpmn")), *sorted((path.parent / "parts").glob("*.bpmn"))] if path.is_dir() else [path]
    main = path.name.lower() if path.is_dir() else None
    reading = read({str(f): f.read_bytes() for f in files}, main=main)
    if reading.diagram is None or has_errors(reading.findings):
        raise DiagramNotValid.because(reading.findings)
    time = OfficeTime(WorkCalendar.of(shipped_notices()))
    started = {f.partition("=")[0]: f.partition("=")[2] for f in facts}
    process = Process.start(compile(reading.diagram), started, now=datetime.now(UTC), office_time=time)
    waiting = [(c.partition("=")[0], c.partition("=")[2]) for c in choices]
    for turn in range(1, MOST):
        steps = process.open_steps
        if not steps and not _wake(process):
            break
        if steps:
            step = steps[0]
            outcome = _outcome(step, waiting, ask)
            click.echo(f"{turn:3}. {step.name} [{step.node}] → {outcome}")
            if step.ways:
                process.choose(step.token, outcome)
            else:
                process.complete(step.token, {"outcome": outcome})
    click.echo("结束" if process.ended else f"停在：{_what_it_waits_for(process)}")


def _outcome(step: OpenStep, waiting: list[tuple[str, str]], ask: bool) -> str:
    offered = [o.code for o in step.work.outcomes] if step.work is not None else [w.flow for w in step.ways] or ["done"]
    for i, (node, outcome) in enumerate(waiting):
        if node == step.node:
            waiting.pop(i)
            return outcome
    if ask:
        return str(click.prompt(f"{step.name or step.node}", type=click.Choice(offered), default=offered[0]))
    return offered[0]


def _wake(process: Process) -> bool:
    """Nobody has anything to do: deliver what the diagram waits for, a message first, else the next timer."""
    if process.ended:
        return False
    for one in process.waiting:
        if one.kind == "message" and one.what and not one.beside:
            click.echo(f"     （收到消息 {one.what}）")
            return bool(process.message(one.what))
    return False


def _what_it_waits_for(process: Process) -> str:
    return "、".join(f"{one.name}（{one.kind} {one.what or ''}）" for one in process.waiting)
