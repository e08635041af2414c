"""A bundle as one file to carry: packed for download, and what somebody brings taken apart with care.

Only names that a bundle knows come out, nothing is written anywhere, and no file grows larger than a bundle may be.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ..errors import Fault, NotValid
from .bundle import DECISIONS, DIAGRAM, FORMS, GUIDE, PARTS, Bundle

MAX_BYTES = 8 * 1024 * 1024
MAX_FILES = 100
PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How a part of an archive may be packed. The library unpacks the other ways whole, however little is asked for: a kilobyte of them
fills the memory before any length can be compared."""
_MADE = (1980, 1, 1, 0, 0, 0)  # equal bundles make equal archives


class BundleNotReadable(NotValid):
    """What was brought cannot be a bundle; nothing of it is used."""

    code = "bundle-not-readable"
    sentence = "带来的文件有 {count} 处不能用。"
    remedy = "可以上传：一个 .bpmn 流程图、guide.yaml、表单 .json、决策 .dmn，或者包含它们的 .zip。"


def pack(bundle: Bundle) -> bytes:
    """The files of a bundle as a zip archive; equal bundles make equal bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(bundle):
            archive.writestr(zipfile.ZipInfo(name, _MADE), bundle[name], zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def gather(*brought: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files that somebody brings, by their own names, as files of a bundle; archives are opened. A form may send
    two files of one name: each comes by itself then, and neither is passed over.

    The only .bpmn is the matter's diagram, whatever it is called; beside a `matter.bpmn` the others are parts. Raises
    BundleNotReadable with every file that has no place, and for what is too large or too many.
    """
    faults: list[Fault] = []
    files: dict[str, bytes] = {}
    for name, body in (file for some in brought for file in some.items()):
        opened = _opened(name, body, faults) if name.lower().endswith(".zip") else [(name, body)]
        for inner, inner_body in opened:
            if inner in files:
                faults.append(Fault(inner, f"有两个文件都叫 {inner}", "只留一个"))
            files[inner] = inner_body
    _measure(files, faults)
    drawn = [name for name in files if name.lower().endswith(".bpmn")]
    main = next((name for name in drawn if _last(name) == DIAGRAM), drawn[0] if len(drawn) == 1 else None)
    if drawn and main is None:
        faults.append(Fault("、".join(drawn), "有几个流程图，不知道哪一个是事项的", f"把主流程的文件命名为 {DIAGRAM}"))
    bundle: dict[str, bytes] = {}
    for name, body in files.items():
        place = DIAGRAM if name == main else _place(name)
        if place is None:
            faults.append(Fault(name, f"“{name}”不是事项的文件", "只上传 .bpmn、guide.yaml、表单 .json 和决策 .dmn"))
        elif place in bundle:
            faults.append(Fault(name, f"有两个文件都是 {place}", "只留一个"))
        else:
            bundle[place] = body
    if not faults and not bundle:
        faults.append(Fault("", "没有选择文件", "选择要上传的文件"))
    if faults:
        raise BundleNotReadable(faults=faults, count=len(faults))
    return bundle


def _opened(name: str, body: bytes, faults: list[Fault]) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return list(_entries(archive))
    except _TooLarge:
        faults.append(Fault(name, f"“{name}”展开后太大或文件太多", f"不超过 {MAX_FILES} 个文件、{MAX_BYTES >> 20} MB"))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        faults.append(Fault(name, f"“{name}”打不开，不是完好的 zip，或设了密码", "重新压缩后上传"))
    return []


class _TooLarge(Exception):
    pass


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """What is in an archive, never more than a bundle may be, whatever its table of contents claims."""
    left, inside = MAX_BYTES, [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(inside) > MAX_FILES:
        raise _TooLarge
    for entry in inside:
        if PurePosixPath(entry.filename).name.startswith(".") or entry.filename.startswith("__MACOSX/"):
            continue  # what a desktop leaves behind
        if entry.compress_type not in PACKED:
            raise zipfile.BadZipFile
        with archive.open(entry) as stream:
            body = stream.read(left + 1)
        left -= len(body)
        if left < 0:
            raise _TooLarge
        yield entry.filename, body


def _measure(files: Mapping[str, bytes], faults: list[Fault]) -> None:
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        faults.append(Fault("", "文件太多或太大", f"不超过 {MAX_FILES} 个文件、{MAX_BYTES >> 20} MB"))


def _place(name: str) -> str | None:
    """Where a file stands in a bundle, by its ending; None where it has no place."""
    last = _last(name)
    match PurePosixPath(last.lower()).suffix:
        case ".bpmn":
            return PARTS + last
        case ".dmn":
            return DECISIONS + last
        case ".json":
            return FORMS + last
        case ".yaml" | ".yml":
            return GUIDE
        case _:
            return None


def _last(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name
