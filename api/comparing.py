"""`lianshen diff`: two drawings, two folders of a matter, or two of its versions, compared in words.

Exit codes as those of diff(1): 0 nothing differs, 1 something does; 2 usage, and the others as everywhere.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from engine.catalogue import Comparison, code_names, compare_bundles, compare_drawings, export, read_folder
from engine.config import Settings
from engine.diagrams import Change, ChangeKind
from engine.people import chosen_office

from .importing import shown
from .opening import opened

COLOURS = {
    ChangeKind.ADDED: "green",
    ChangeKind.REMOVED: "red",
    ChangeKind.CHANGED: "yellow",
    ChangeKind.MOVED: "blue",
    ChangeKind.RENAMED: "cyan",
}


@click.command("diff")
@click.argument("sides", nargs=-1, required=True, metavar="OLD NEW | CODE OLD NEW")
@click.option(
    "--office", "office_code", help="比较这个机构的两个版本：lianshen diff --office lz GH02 3 5（需要数据库）。"
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_obj
def diff(settings: Settings, sides: Sequence[str], office_code: str | None, as_json: bool) -> None:
    """比较两份流程：OLD、NEW 是两个 .bpmn 文件，或两个事项的文件夹；写了 --office 时是事项代码和两个版次。

    退出码：0 没有不同，1 有不同。
    """
    found = _versions(settings, sides, office_code) if office_code else _paths(sides)
    click.echo(json.dumps(_told(found), ensure_ascii=False, indent=1) if as_json else "\n".join(_lines(found)))
    sys.exit(0 if found.same else 1)


def _versions(settings: Settings, sides: Sequence[str], office_code: str) -> Comparison:
    if len(sides) != 3 or not all(one.isascii() and one.isdigit() and 0 < int(one) < 10**9 for one in sides[1:]):
        raise click.UsageError("写事项代码和两个版次，例如：lianshen diff --office lz GH02 3 5")
    code, *numbers = sides
    with opened(settings) as database, database.reading() as tx:
        of = chosen_office(tx, office_code)
        old, new = (export(tx, of, code, int(number))[1] for number in numbers)
        return compare_bundles(old, new, code_names(tx, of))


def _paths(sides: Sequence[str]) -> Comparison:
    if len(sides) != 2:
        raise click.UsageError("写两个文件或两个文件夹，例如：lianshen diff 旧的/ 新的/")
    old, new = (Path(one) for one in sides)
    for path in (old, new):
        if not path.exists():
            raise click.UsageError(f"没有 {path}")
    if old.is_dir() != new.is_dir():
        raise click.UsageError("两个都写文件，或都写文件夹")
    if old.is_dir():
        return compare_bundles(read_folder(old), read_folder(new))
    return compare_drawings(old.read_bytes(), new.read_bytes(), (shown(old), shown(new)))


def _told(found: Comparison) -> Mapping[str, Any]:
    return {
        "same": found.same,
        "changes": [
            {"kind": one.kind, "file": one.file, "elements": one.elements, "sentence": one.sentence}
            for one in found.changes
        ],
        "unread": found.unread,
    }


def _lines(found: Comparison) -> Iterator[str]:
    for what, changes in (("流程图", found.drawing), ("办事指南", found.guide), ("表单", found.forms)):
        if changes:
            yield click.style(what, bold=True)
            yield from (_line(one) for one in changes)
    for name in found.unread:
        yield click.style(f"! {name} 还读不出来，没有比较", fg="red")
    counts = Counter(one.kind for one in found.changes)
    told = [f"{kind.words} {counts[kind]} 处" for kind in ChangeKind if counts[kind]]
    yield "、".join(told) or ("" if found.unread else "没有不同")


def _line(one: Change) -> str:
    """`~ 审查：环节时限 3 → 2 个工作日  [review]`; the sign tells what the colour tells."""
    where = click.style(f"  [{one.element}]", dim=True) if one.element else ""
    return f"  {click.style(f'{one.kind.sign} {one.sentence}', fg=COLOURS[one.kind])}{where}"
