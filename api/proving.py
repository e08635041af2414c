"""`lianshen prove`: whether every case of a drawing can end, and whether promise and statute hold by its step limits."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from engine.catalogue import (
    GUIDE,
    Guide,
    called_by,
    check,
    guide_findings,
    prove_guide,
    read_folder,
    read_guide,
    summary,
)
from engine.clock import OfficeTime, WorkCalendar, shipped_notices
from engine.config import Settings
from engine.diagrams import (
    ApartKind,
    Diagram,
    Proofs,
    TimeProof,
    Verdict,
    against_words,
    apart_words,
    has_errors,
    lint_files,
    prove,
    range_words,
    slack_words,
)
from engine.people import office_by_code

from .importing import body_of, shown
from .linting import found_below
from .opening import opened

_APART = {
    ApartKind.BEFORE: "受理以前，不计",
    ApartKind.PAUSE: "停止计时，另计",
    ApartKind.OPTIONAL: "可选，不等",
    ApartKind.BESIDE: "决定不等",
    ApartKind.AFTER: "决定以后，另有时限",
}


@click.command("prove")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--office", "office_code", help="按这个机构的日历和它所调用事项的承诺核算（需要数据库）。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def prove_paths(settings: Settings, paths: Sequence[Path], office_code: str | None, as_json: bool) -> None:
    """证明流程图：每件都能办结吗；各环节按时限办，承诺和法定时限守得住吗。PATH 是 .bpmn 文件、一个事项的文件夹，或装着
    事项和 .bpmn 文件的文件夹。

    只有文件的，只证明能不能办结。没有 --office 的，按国务院公布的日历，阶段所调用的事项取旁边的文件夹。退出码：0 都成立，1 有不成立或
    没能证明的，2 用法不对。
    """
    asked = list(dict.fromkeys(one for path in paths for one in found_below(path)))
    if not asked:
        raise click.UsageError("没有找到流程图（.bpmn、.bpmn20.xml）")
    told = []
    for path in asked:
        if path.is_dir() and office_code is not None:
            with opened(settings) as database, database.reading() as tx:
                checked = check(tx, office_by_code(tx, office_code), read_folder(path))
            told.append(_Told(path, checked.diagram, checked.proof))
        else:
            told.append(_drawn(path))
    if as_json:
        click.echo(json.dumps([one.record() for one in told], ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(line for one in told for line in one.lines()))
    sys.exit(0 if all(one.good for one in told) else 1)


class _Told:
    """What is proved of one drawing; diagram None: it could not be read."""

    def __init__(self, path: Path, diagram: Diagram | None, proof: TimeProof | None) -> None:
        self.path, self.diagram, self.proof = path, diagram, proof
        self.verdict: Verdict | None = prove(diagram) if diagram is not None else None

    @property
    def sound(self) -> bool:
        """Where nothing is drawn nothing can be stuck, and no case can begin either."""
        return self.verdict is not None and self.verdict.sound and not self.is_void

    @property
    def is_void(self) -> bool:
        return self.diagram is not None and not self.diagram.processes[self.diagram.main].nodes

    @property
    def good(self) -> bool:
        return self.sound and (self.proof is None or (self.proof.straight.kept and self.proof.decided))

    def record(self) -> dict[str, Any]:
        sound = None if self.verdict is None else {"decided": self.verdict.decided, "sound": self.sound}
        return {
            "path": shown(self.path),
            "sound": sound,
            "time": summary(self.proof) if self.proof is not None else None,
        }

    def lines(self) -> Iterator[str]:
        yield shown(self.path)
        if self.verdict is None:
            yield "  流程图读不出来，先用 lianshen lint 看错误"
            return
        yield "  图上什么都没有画，收件后没有地方开始" if self.is_void else f"  {_sound_words(self.verdict)}"
        if self.proof is not None:
            yield from (f"  {line}" for line in _time_lines(self.proof))


def _sound_words(verdict: Verdict) -> str:
    if verdict.sound:
        return "办得结：每件都能办结，没有办两遍和到不了的步骤"
    if verdict.flaws:
        return f"办不结：{len(verdict.flaws)} 处，见 lianshen lint"
    return f"没能证明每件都能办结：{verdict.bound}"


def _time_lines(proof: TimeProof) -> Iterator[str]:
    if proof.from_on is not None:
        yield f"{range_words(proof)}，各环节都用足时限："
    yield from _limits(proof.straight)
    for name, one in _named(proof.straight):
        if one.slacks:
            yield f"浮时（{name}，工作日）：{slack_words(one)}"
    if proof.returned is not None:
        yield f"退回 {proof.returns} 次、每一步又用足时限："
        yield from _limits(proof.returned)
    for kind, words in _APART.items():
        if said := apart_words(proof, kind):
            yield f"{words}：{said}"
    yield from (one.words for one in proof.unlimited)
    yield from (f"没有核算完全：{bound}" for bound in proof.bounds)


def _limits(proofs: Proofs) -> Iterator[str]:
    yield from (against_words(one, name) for name, one in _named(proofs))


def _named(proofs: Proofs) -> list[tuple[str, Any]]:
    both = (("承诺时限", proofs.promised), ("法定时限", proofs.statutory))
    return [(name, one) for name, one in both if one is not None]


# ---------------------------------------------------------------- without a database
def _drawn(path: Path) -> _Told:
    """A file, or a folder with its guide, by the calendar that comes with the program."""
    if not path.is_dir():
        return _Told(path, _read_alone(path), None)
    guide_file = path / GUIDE
    files = [*sorted(path.glob("*.bpmn")), *sorted((path.parent / "parts").glob("*.bpmn"))]
    tables = sorted((path / "decisions").glob("*.dmn"))
    diagram = lint_files({str(f): f.read_bytes() for f in (*files, *tables)}, main=path.name.lower()).diagram
    if diagram is None or not guide_file.is_file() or has_errors(guide_findings(guide_file.read_bytes(), GUIDE)):
        return _Told(path, diagram, None)
    guide = read_guide(guide_file.read_bytes(), GUIDE)
    time = OfficeTime(WorkCalendar.of(shipped_notices()))
    return _Told(path, diagram, prove_guide(diagram, guide, time, called_by(diagram, _beside(path))))


def _read_alone(file: Path) -> Diagram | None:
    try:
        return lint_files({shown(file): body_of(file)}).diagram
    except OSError:
        return None


def _beside(path: Path) -> dict[str, Guide]:
    """The guides of the matters in the folders beside this one, by code."""
    files = [file for file in sorted(path.parent.glob(f"*/{GUIDE}")) if file.parent != path]
    bodies = {file: file.read_bytes() for file in files}
    good = [body for file, body in bodies.items() if not has_errors(guide_findings(body, str(file)))]
    return {guide.code: guide for guide in (read_guide(body, GUIDE) for body in good)}
