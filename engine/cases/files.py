"""Files of materials: what applicants and officers hand in, judged by content, kept once by its hash, told in the journal.

A file is evidence: it is added, never changed or taken away by an act. Its bytes lie in `blobs` under their SHA-256, so the
same file brought twice is the same row, and the journal's digest is the address of what was brought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from ..errors import Fault, NotFound, NotValid
from ..people import APPLICANT, Actor, Officer, sees
from ..store import Tx, journal, tables
from .acts import ACTS, ActNotNow
from .case import OpenCase, case_of_applicant, open_case
from .levels import demand_here
from .media import ACCEPTED, KINDS, NotTaken, clean_name, kind_words, media_type
from .phases import PHASE_NAMES, Phase

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
MOST_TOGETHER = 60 * MEGABYTE
MOST_FILES = 20


class FilesNotTaken(NotValid):
    """Some of the files cannot be kept; none of them was."""

    code = "files-not-taken"
    sentence = "有 {count} 个文件不能接收，这一次没有保存。"
    remedy = "按每个文件的提示处理后重新上传。"


class FileUnknown(NotFound):
    """No such file, or none that the asker may see: the answer is the same."""

    code = "file-unknown"
    sentence = "没有找到这个文件。"
    remedy = "回到办件页面，从材料列表打开。"


@dataclass(frozen=True)
class Upload:
    """A file as it comes in. What is slow to find out about it is found out once: ask `check_files` before a transaction
    is opened, and nobody waits for it there."""

    name: str
    body: bytes

    @cached_property
    def digest(self) -> str:
        return journal.digest(self.body)

    @cached_property
    def media_type(self) -> str:
        """Raises NotTaken."""
        return media_type(self.body)


Files = Mapping[str, Sequence[Upload]]
NO_FILES: Files = MappingProxyType({})


@dataclass(frozen=True)
class FileRow:
    """A file of a material as it is kept. size: in bytes. digest: SHA-256 of its bytes. kind: what people call the format."""

    id: int
    case_id: int
    key: str
    name: str
    media_type: str
    size: int
    digest: str
    brought_at: datetime
    brought_by: str

    @property
    def kind(self) -> str:
        return kind_words(self.media_type) if self.media_type in KINDS else self.media_type


def check_files(files: Files) -> None:
    """Judge files by size and content, without a database. Raises FilesNotTaken with a fault for each, placed at
    `/files/<material>/<n>`."""
    faults = [fault for key, uploads in files.items() for fault in _faults(key, uploads)]
    if sum(len(u.body) for uploads in files.values() for u in uploads) > MOST_TOGETHER:
        faults.append(
            Fault("/files", f"一次提交的文件合计超过 {MOST_TOGETHER // MEGABYTE} MB", "分几次上传", FilesNotTaken.code)
        )
    _raise(faults)


def keep_files(case: OpenCase, files: Files, actor: Actor) -> list[dict[str, Any]]:
    """Keep all files of an act, or none: every fault is told at once. Raises FilesNotTaken."""
    if not files:
        return []
    check_files(files)
    _raise(_key_faults(case, files))
    return [_keep(case, key, upload, actor) for key, uploads in files.items() for upload in uploads]


def add_files(tx: Tx, who: Officer | Actor, case_id: int, files: Files, now: datetime) -> list[dict[str, Any]]:
    """补充材料文件: add files to materials of a case, an act of its own. who: an officer of the case, or APPLICANT, who was
    known outside and may do so only until acceptance.

    A missing material counts as brought with its first file. One that was asked for in a correction, or promised at a
    tolerant acceptance, is brought by that act alone: a receipt has a date in law, a file has none. Adding what is there
    already changes nothing. Raises CaseUnknown, ActNotAllowed, ActNotNow, FilesNotTaken.
    """
    check_files(files)
    with open_case(tx, case_id, now) as case:
        actor = case.demand(who, ACTS["add_file"]) if isinstance(who, Officer) else who
        ACTS["add_file"].demand_phase(case.phase, case.case_no)
        demand_here(case, "add_file")
        if actor == APPLICANT and case.phase is not Phase.RECEIVED:
            words = {"phase": PHASE_NAMES[case.phase], "phases": f"“{PHASE_NAMES[Phase.RECEIVED]}”"}
            raise ActNotNow(case_no=case.case_no, act=ACTS["add_file"].label, **words)
        states = {m.key: m.state for m in case.materials()}
        _raise([_promised(f"/files/{key}") for key in files if states.get(key) == "promised"])
        known = {(f.key, f.digest) for rows in files_of(tx, case_id).values() for f in rows}
        fresh = {key: [u for u in uploads if (key, u.digest) not in known] for key, uploads in files.items()}
        told = keep_files(case, {key: uploads for key, uploads in fresh.items() if uploads}, actor)
        for key in {t["material"] for t in told if states[t["material"]] == "missing"}:
            m = tables.materials
            where = sa.and_(m.c.case_id == case.id, m.c.key == key)
            tx.execute(m.update().where(where).values(state="brought", brought_at=now))
        if told:
            case.told("add_file", actor, files=told)
        return told


# ---------------------------------------------------------------- reads
def files_of(tx: Tx, case_id: int) -> dict[str, list[FileRow]]:
    """The files of a case by material, in the order in which they came. Whoever calls has asked whether he sees it."""
    f = tables.material_files
    found: dict[str, list[FileRow]] = {}
    for row in tx.rows(sa.select(f).where(f.c.case_id == case_id).order_by(f.c.id)):
        found.setdefault(row.key, []).append(_value(row))
    return found


def read_file(tx: Tx, who: Officer, case_no: str, file_id: int) -> tuple[FileRow, bytes]:
    """A file of a case and its bytes, for an officer who sees the case. Raises FileUnknown, for a stranger too."""
    f, c = tables.material_files, tables.cases
    row = tx.row(sa.select(f, c.c.office_id).join(c).where(f.c.id == file_id, c.c.case_no == case_no))
    if row is None or not sees(tx, who, row.case_id, row.office_id):
        raise FileUnknown()
    return _value(row), _body(tx, row)


def read_file_of_applicant(tx: Tx, case_no: str, query_code: str, file_id: int) -> tuple[FileRow, bytes]:
    """A file and its bytes, for the applicant with number and code. Raises CaseUnknown for a wrong number or code alike,
    FileUnknown for a file of another case."""
    case_id = case_of_applicant(tx, case_no, query_code)
    f = tables.material_files
    row = tx.row(sa.select(f).where(f.c.id == file_id, f.c.case_id == case_id))
    if row is None:
        raise FileUnknown()
    return _value(row), _body(tx, row)


# ---------------------------------------------------------------- how they work
def _keep(case: OpenCase, key: str, upload: Upload, actor: Actor) -> dict[str, Any]:
    """Keep one file and say what the journal is told of it. The same content at the same material is no second row."""
    media = upload.media_type
    case.tx.insert_once(tables.blobs, digest=upload.digest, body=upload.body)
    case.tx.insert_once(
        tables.material_files,
        case_id=case.id,
        key=key,
        name=clean_name(upload.name, media),
        media_type=media,
        size=len(upload.body),
        digest=upload.digest,
        brought_at=case.now,
        brought_by=actor.journal_name,
    )
    return {
        "material": key,
        "name": clean_name(upload.name, media),
        "type": media,
        "size": len(upload.body),
        "digest": upload.digest,
    }


def _body(tx: Tx, row: Any) -> bytes:
    b = tables.blobs
    return bytes(tx.execute(sa.select(b.c.body).where(b.c.digest == row.digest)).scalar_one())


def _value(row: Any) -> FileRow:
    return FileRow(
        row.id, row.case_id, row.key, row.name, row.media_type, row.size, row.digest, row.brought_at, row.brought_by
    )


def _faults(key: str, uploads: Sequence[Upload]) -> Iterator[Fault]:
    if len(uploads) > MOST_FILES:
        yield Fault(f"/files/{key}", f"一份材料最多 {MOST_FILES} 个文件", "合并后上传", FilesNotTaken.code)
    for n, upload in enumerate(uploads):
        wrong = _wrong(upload)
        if wrong is not None:
            shown = clean_name(upload.name, "text/plain").removesuffix(".txt")
            yield Fault(f"/files/{key}/{n}", f"“{shown}”{wrong.why}", wrong.remedy, FilesNotTaken.code)


def _wrong(upload: Upload) -> NotTaken | None:
    if len(upload.body) > MOST_BYTES:
        return NotTaken(f"超过 {MOST_BYTES // MEGABYTE} MB", "压缩或拆分后上传")
    try:
        upload.media_type  # noqa: B018  asked for its judgement
    except NotTaken as wrong:
        return wrong
    return None


def _key_faults(case: OpenCase, files: Files) -> list[Fault]:
    """Materials that the matter does not list, and those that would get too many files."""
    listed, kept = {m.key for m in case.materials()}, files_of(case.tx, case.id)
    faults = []
    for key, uploads in files.items():
        there = {f.digest for f in kept.get(key, [])}
        if key not in listed:
            faults.append(
                Fault(f"/files/{key}", f"材料清单里没有“{key}”", "按办事指南的材料清单上传", FilesNotTaken.code)
            )
        elif len(there | {u.digest for u in uploads}) > MOST_FILES:
            told = f"一份材料最多 {MOST_FILES} 个文件，已有 {len(there)} 个"
            faults.append(Fault(f"/files/{key}", told, "合并后上传", FilesNotTaken.code))
    return faults


def _promised(place: str) -> Fault:
    return Fault(place, "这是承诺补交的材料", "用“补交容缺材料”登记，文件一并上传", FilesNotTaken.code)


def _raise(faults: Sequence[Fault]) -> None:
    if faults:
        raise FilesNotTaken(faults=faults, count=len(faults))


__all__ = [
    "ACCEPTED",
    "MOST_BYTES",
    "MOST_FILES",
    "MOST_TOGETHER",
    "NO_FILES",
    "FileRow",
    "FileUnknown",
    "Files",
    "FilesNotTaken",
    "Upload",
    "add_files",
    "check_files",
    "files_of",
    "keep_files",
    "read_file",
    "read_file_of_applicant",
]
