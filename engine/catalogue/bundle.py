"""A version's files: the diagram with the parts that it calls, the guide, the forms, the decisions. From a folder, or from the
database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ..errors import NotFound

DIAGRAM, GUIDE, FORMS, PARTS, DECISIONS = "matter.bpmn", "guide.yaml", "forms/", "parts/", "decisions/"

Bundle = Mapping[str, bytes]


class BundleMissing(NotFound):
    code = "bundle-missing"
    sentence = "{folder} 里没有 {file}。"
    remedy = "一个事项的文件夹应有 matter.bpmn、guide.yaml 和 forms/。"


def content_hash(bundle: Bundle) -> str:
    """The identity of a version: over names and bytes, in the order of names."""
    whole = hashlib.sha256()
    for name in sorted(bundle):
        body = bundle[name]
        whole.update(f"{name}\n{len(body)}\n".encode())
        whole.update(body)
    return whole.hexdigest()


def read_folder(folder: Path, parts: Path | None = None) -> dict[str, bytes]:
    """The files of one matter, and every part beside it (publishing keeps only the parts that are called).

    Raises BundleMissing. `parts` defaults to the folder of `parts_beside`.
    """
    bundle = {}
    for name in (DIAGRAM, GUIDE):
        if not (folder / name).is_file():
            raise BundleMissing(folder=folder.name, file=name)
        bundle[name] = (folder / name).read_bytes()
    for form in sorted((folder / FORMS).glob("*.json")):
        bundle[FORMS + form.name] = form.read_bytes()
    for decided in sorted((folder / DECISIONS).glob("*.dmn")):
        bundle[DECISIONS + decided.name] = decided.read_bytes()
    for part in sorted((parts or parts_beside(folder)).glob("*.bpmn")):
        bundle[PARTS + part.name] = part.read_bytes()
    return bundle


def parts_beside(folder: Path) -> Path:
    """The folder `parts` beside a matter's own; of a matter that one level of office draws otherwise (`county/LY01`), the one beside
    that level."""
    around = (folder.parent / PARTS, folder.parent.parent / PARTS)
    return next((parts for parts in around if parts.is_dir()), around[0])


def write_folder(bundle: Bundle, folder: Path) -> None:
    """Write a version back as files, byte for byte; its parts go to the folder beside it. Forms and decisions of another
    version that lie there are taken away: the folder read again must be this version and no mixture."""
    for kind, files in ((FORMS, "*.json"), (DECISIONS, "*.dmn")):
        for file in (folder / kind).glob(files):
            if kind + file.name not in bundle:
                file.unlink()
    for name, body in bundle.items():
        target = folder.parent / name if name.startswith(PARTS) else folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)


def diagrams_of(bundle: Bundle) -> dict[str, bytes]:
    return {name: body for name, body in bundle.items() if name.endswith(".bpmn")}


def drawn_of(bundle: Bundle) -> dict[str, bytes]:
    """Everything that is read as one diagram: the drawings, and the decisions that they ask."""
    return diagrams_of(bundle) | {name: body for name, body in bundle.items() if name.startswith(DECISIONS)}


def form_key(name: str) -> str:
    """`forms/review.json` -> `review`."""
    return name.removeprefix(FORMS).removesuffix(".json")
