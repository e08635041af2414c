"""`lianshen import`: somebody else's diagrams become drafts, each file for itself. No database is opened."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import click

from engine.catalogue import Imported, import_diagram, parts_beside
from engine.diagrams import MAX_BYTES, Finding, Severity, is_decisions, nodes_of

_DRAWN = (".bpmn", ".bpmn2", ".bpmn20.xml")
_NAMESPACE = b"omg.org/spec/BPMN/"
_MARK = ".imported"
_LEVELS = {Severity.ERROR: "错误", Severity.WARNING: "提醒", Severity.INFO: "说明"}
_RESULTS = {"imported": "可以导入", "repaired": "修复后可以导入", "refused": "不能导入"}


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--apply-repairs", is_flag=True, help="写出修复后的文件：旁边的 NAME.imported.bpmn，或 --to 的文件夹。原文件不动。"
)
@click.option(
    "--to", "target", type=click.Path(file_okay=False, path_type=Path), help="写到这个文件夹，没有修复的也放一份。"
)
@click.option("--main", "process", help="主流程的编号；不写，由程序判断。")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="json：一个数组，一项一个文件。"
)
@click.pass_context
def import_files(
    ctx: click.Context, paths: Sequence[Path], apply_repairs: bool, target: Path | None, process: str | None, form: str
) -> None:
    """导入别的工具画的流程图，说明每个文件能不能用、要作哪些修复。PATH 是文件或文件夹。

    退出码：0 全部可以导入，1 有不能导入的，2 用法不对。
    """
    if target is not None and not apply_repairs:
        raise click.UsageError("--to 和 --apply-repairs 一起用", ctx)
    files = list(dict.fromkeys(pair for path in paths for pair in found_diagrams(path)))
    if not files:
        raise click.UsageError("没有找到流程图（.bpmn、.bpmn20.xml）", ctx)
    told, refused = [], 0
    written = set[Path]()
    for file, relative in files:
        done = import_one(file, process)
        refused += done.result == "refused"
        wrote = _write(done, file, relative, target, written) if apply_repairs else None
        if form == "json":
            told.append(done.told())
        else:
            say(_lines(done, wrote))
    if form == "json":
        say([json.dumps(told, ensure_ascii=False, indent=1)])
    else:
        say([f"共 {len(files)} 个文件，{len(files) - refused} 个可以导入，{refused} 个不能"])
    sys.exit(1 if refused else 0)


def found_diagrams(path: Path) -> Iterator[tuple[Path, Path]]:
    """The diagrams of a folder, or the file itself, each with its name below what was asked for."""
    if not path.is_dir():
        yield path, Path(path.name)
        return
    for file in sorted(path.rglob("*")):
        if _is_diagram(file):
            yield file, file.relative_to(path)


def _is_diagram(file: Path) -> bool:
    """By its name; other XML by what it says of itself."""
    name = file.name.lower()
    if name.endswith(_DRAWN):
        return not file.is_dir()
    return name.endswith(".xml") and file.is_file() and _NAMESPACE in _head(file)


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(4096)
    except OSError:
        return b""


def import_one(file: Path, process: str | None = None) -> Imported:
    """One file; those beside it are looked at only where it calls what it does not draw."""
    name = shown(file)
    try:
        body = body_of(file)
    except OSError as unread:
        return Imported(name, "refused", (unreadable(file, unread),), (), {}, None, None)
    done = import_diagram({name: body}, process)
    if any(finding.rule == "called-unknown" for finding in done.findings) or _asks(done):
        return import_diagram({name: body, **_beside(file.parent)} | {name: body}, process)
    return done


def _asks(done: Imported) -> bool:
    """Whether a rule task asks a decision, whose file may lie beside."""
    return done.diagram is not None and any(node.decision for node in nodes_of(done.diagram))


def unreadable(file: Path, why: OSError) -> Finding:
    """A file that could not be read, as a finding like any other."""
    sentence, remedy = f"读不出文件：{why.strerror}。", "请核对文件名和读取权限。"
    return Finding("file-unreadable", Severity.ERROR, shown(file), 1, 1, shown(Path(file.name)), sentence, remedy)


def body_of(file: Path) -> bytes:
    """What is in it, as far as the reader would look. Raises OSError; a pipe or a device is no file."""
    if not file.is_file():
        raise OSError(0, "不是文件")
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


@lru_cache(maxsize=8)
def _beside(folder: Path) -> Mapping[str, bytes]:
    """Every diagram of a folder, without those of ours in it; every file of decisions there or in `decisions/`; every part
    beside a matter's own folder."""
    found, parts = {}, parts_beside(folder)
    beside = (*(folder / "decisions").glob("*.dmn"), *parts.glob("*.bpmn"))
    for file in sorted([*_inside(folder), *beside]):
        try:
            if (_is_diagram(file) and _MARK not in file.name) or is_decisions(file.name):
                found[shown(file)] = body_of(file)
        except OSError:
            continue
    return found


def _inside(folder: Path) -> list[Path]:
    """Nothing of a folder that may not be looked into."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def shown(file: Path) -> str:
    """A name that can be printed, whatever bytes the file system has for it."""
    return os.fsencode(file).decode("utf-8", "replace")


# ---------------------------------------------------------------- writing
def _write(done: Imported, file: Path, relative: Path, target: Path | None, written: set[Path]) -> Path | None:
    """The draft, where there is one to write: never over what is there, unless the bytes are the same."""
    if done.result == "refused" or (done.result == "imported" and target is None):
        return None
    body = done.files[done.file]
    place = file.with_name(_marked(file.name)) if target is None else target / relative
    place = _free(place, body, written)
    written.add(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.write_bytes(body)
    except OSError as error:
        raise click.ClickException(f"写不出 {shown(place)}：{error.strerror}") from None
    return place


def _marked(name: str) -> str:
    ending = next((ending for ending in _DRAWN if name.lower().endswith(ending)), Path(name).suffix)
    return f"{name[: len(name) - len(ending)]}{_MARK}.bpmn"


def _free(place: Path, body: bytes, written: set[Path]) -> Path:
    """This place, or the next to it that is free or holds these very bytes."""
    stem = place.name[: -len(".bpmn")] if place.name.endswith(f"{_MARK}.bpmn") else _marked(place.name)[: -len(".bpmn")]
    others = (place.with_name(f"{stem}{number}.bpmn") for number in ("", *(f"-{n}" for n in range(2, 10_000))))
    free = (one for one in (place, *others) if one not in written and (not one.exists() or _holds(one, body)))
    return next(free)


def _holds(place: Path, body: bytes) -> bool:
    try:
        return place.is_file() and place.stat().st_size == len(body) and place.read_bytes() == body
    except OSError:
        return False


# ---------------------------------------------------------------- telling
def _lines(done: Imported, wrote: Path | None) -> Iterator[str]:
    own = [made for made in done.repairs if made.file == done.file]
    asked = sum(1 for made in own if made.confirm)
    count = f"（{len(own)} 处修复，{asked} 处要由人确认）" if own else ""
    yield f"{done.file}：{_RESULTS[done.result]}{count}"
    for f in done.findings:
        where = f"{f.line}:{f.column}" if f.file == done.file else f"{f.file}:{f.line}:{f.column}"
        yield f"  {where} {_LEVELS[f.severity]} {f.rule} [{f.element}] {f.sentence} —— {f.remedy}"
    for made in own:
        yield f"  修复 {made.kind} [{made.element}] 第 {made.line} 行：{made.sentence}{'（要确认）' if made.confirm else ''}"
    if wrote is not None:
        yield f"  已写到 {shown(wrote)}"


def say(lines: Sequence[str] | Iterator[str]) -> None:
    """In UTF-8, whatever the terminal's own encoding is."""
    for line in lines:
        click.echo(line.encode("utf-8", "replace"))
