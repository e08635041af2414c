"""Somebody else's drawing on the designer's page: what was found, what was mended, what a person has confirmed of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from werkzeug.datastructures import FileStorage

from engine.catalogue import DIAGRAM, PARTS, Bundle, Imported, copy_of, import_diagram
from engine.diagrams import REPAIRS, Repair, as_text, confirmed, with_process
from engine.errors import NotNow, NotValid

from . import drawing

_TITLES = {card.kind: card.title for card in REPAIRS}
RESULTS = {
    "imported": "可以照样执行，不用修复",
    "repaired": "修复后可以执行",
    "refused": "不能执行",
}


class DrawingMissing(NotValid):
    code = "import-drawing-missing"
    sentence = "没有选择流程图。"
    remedy = "选择一个 .bpmn 文件再导入。"


class DrawingRefused(NotNow):
    code = "import-refused"
    sentence = "这张流程图不能执行，没有打开。"
    remedy = "按列出的位置在原来的工具里修改，再导入。"


@dataclass(frozen=True)
class Shown:
    """One repair with its box. key: what the box sends; ticked: a person has confirmed it."""

    key: str
    title: str
    repair: Repair
    ticked: bool


def chosen(sent: FileStorage | None, parts: Sequence[FileStorage]) -> dict[str, bytes]:
    """The files of the form, the drawing first, as files of a bundle. Raises DrawingMissing."""
    if sent is None or not sent.filename:
        raise DrawingMissing()
    files = {DIAGRAM: sent.read()}
    for part in parts:
        if part.filename:
            files[f"{PARTS}{PurePosixPath(part.filename).stem[:60] or 'part'}.bpmn"] = part.read()
    return files


def imported(files: Bundle, known: Bundle) -> Imported:
    """The drawing of these files; the others, and the parts that the office knows, as far as it calls them."""
    return import_diagram({DIAGRAM: files[DIAGRAM], **known, **files})


def shown(done: Imported, ticked: Collection[str]) -> list[Shown]:
    """In the order of the file, what has to be confirmed first."""
    made = sorted(done.repairs, key=lambda one: (not one.confirm, one.file != DIAGRAM, one.file, one.line))
    return [Shown(key := _key(one), _TITLES[one.kind], one, key in ticked) for one in made]


def _key(made: Repair) -> str:
    return f"{made.kind} {made.file} {made.element}"


def lines(done: Imported) -> list[drawing.Line]:
    """What was found, errors first, then by place."""
    return drawing.lines(sorted(done.findings, key=lambda f: (f.file, f.line)), done.diagram)


def as_matter(done: Imported, ticked: Collection[str], pattern: Bundle, like: str, code: str, name: str) -> Bundle:
    """The files of a new matter with this drawing: guide and forms are those of the matter `like`, the drawing's process bears
    the new code. Raises CodeNotUsable, DrawingRefused."""
    if done.diagram is None:
        raise DrawingRefused()
    made = copy_of(pattern, like, code, name)
    for file, body in done.files.items():
        which = {(m.kind, m.element) for m in done.repairs if m.file == file and _key(m) in ticked}
        made[file] = confirmed(body, file, which) if which else body
    text = as_text(made[DIAGRAM])
    assert text is not None, "an imported drawing has been read"
    return {**made, DIAGRAM: with_process(text, done.diagram.main, code.lower(), name).encode()}
