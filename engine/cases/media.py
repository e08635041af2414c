"""What a file is, told by its content alone: never by its name, never by what a browser says of it. Pure.

A closed list: what an office files away for years must open on any hall's machine and must carry nothing that runs.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
import zlib

from ..catalogue import PACKED
from .pdf_lock import locked_pdf

PIECE = 1024 * 1024
MOST_UNPACKED = 256 * PIECE
MOST_ENTRIES = 4000
LONGEST_STEM = 180  # bytes of UTF-8: with its ending a name fits every file system

_DWG = {b"AC1009", b"AC1012", b"AC1014", b"AC1015", b"AC1018", b"AC1021", b"AC1024", b"AC1027", b"AC1032"}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OFD, _TEXT = "application/ofd", "text/plain"

# media type -> (what people call it, the endings that its name may have; the first is given where it has none of them)
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "application/pdf": ("PDF", (".pdf",)),
    _OFD: ("OFD", (".ofd",)),
    "image/jpeg": ("JPEG", (".jpg", ".jpeg")),
    "image/png": ("PNG", (".png",)),
    _WORD: ("Word", (".docx",)),
    _SHEET: ("Excel", (".xlsx",)),
    "image/vnd.dwg": ("DWG", (".dwg",)),
    _TEXT: ("文本", (".txt", ".csv", ".md")),
}
ACCEPTED = "PDF、OFD、JPEG、PNG、Word（docx）、Excel（xlsx）、DWG 或 UTF-8 文本"
_WINDOWS_WORDS = {"CON", "PRN", "AUX", "NUL", *(f"{w}{n}" for w in ("COM", "LPT") for n in range(1, 10))}
_ELSEWHERE_FORBIDDEN = '<>:"/\\|?*'


class NotTaken(Exception):
    """Why a content is not taken: the end of a sentence that begins with the file's name, and what to do."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why, self.remedy = why, remedy


_CONVERT = f"另存为 {ACCEPTED}后重新上传"
_AGAIN = "用生成它的软件打开确认完好后，重新上传"


def media_type(body: bytes) -> str:
    """The media type of a content. Raises NotTaken for whatever is not on the list, is damaged, locked or swollen."""
    if not body:
        raise NotTaken("是空的", _AGAIN)
    if body.startswith(b"%PDF-"):
        return _pdf(body)
    if body.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"):
        return _whole(body.endswith(b"\0\0\0\0IEND\xaeB`\x82"), "image/png")
    if body.startswith(b"\xff\xd8\xff"):
        return _whole(b"\xff\xd9" in body[-PIECE:], "image/jpeg")
    if body[:6] in _DWG:
        return "image/vnd.dwg"
    if body.startswith(b"PK\x03\x04"):
        return _package(body)
    if body.startswith(_OLD_OFFICE):
        raise NotTaken("是旧格式或加了密码的 Office 文件", "去掉密码，另存为 docx、xlsx 或 PDF 后重新上传")
    return _text(body)


def clean_name(name: str, media: str) -> str:
    """A file's name as it is kept: its last part only, nothing invisible, nothing that another system forbids, short, and
    with an ending that its content bears out, so that no text comes back out as a program."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(
        c for c in last if unicodedata.category(c)[0] != "C" and unicodedata.category(c) not in ("Zl", "Zp")
    )
    words = " ".join("".join("_" if c in _ELSEWHERE_FORBIDDEN else c for c in shown).split()).strip(". ")
    stem, ending = _parted(words, KINDS[media][1])
    while len(stem.encode()) > LONGEST_STEM:
        stem = stem[:-1]
    if stem.split(".")[0].upper() in _WINDOWS_WORDS:
        stem = f"_{stem}"
    return f"{stem.rstrip('. ') or '未命名'}{ending}"


def kind_words(media: str) -> str:
    """`PDF`, `Word`: what people call it."""
    return KINDS[media][0]


def _parted(words: str, endings: tuple[str, ...]) -> tuple[str, str]:
    for ending in endings:
        if words.lower().endswith(ending):
            return words[: -len(ending)], words[-len(ending) :]
    return words, endings[0]


def _whole(ends_well: bool, media: str) -> str:
    if not ends_well:
        raise NotTaken("不完整，后面一段缺失", _AGAIN)
    return media


def _pdf(body: bytes) -> str:
    _whole(b"%%EOF" in body[-4096:], "application/pdf")
    if locked_pdf(body):
        raise NotTaken("设了密码或加密保护，窗口打不开，也不能归档", "去掉密码和保护后另存为 PDF，重新上传")
    return "application/pdf"


def _package(body: bytes) -> str:
    """A ZIP is taken only as one of the three formats that are made of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            names = {entry.filename for entry in package.infolist()}
            media = _made_of(names)
            _demand_modest(package.infolist())
            for entry in package.infolist():
                _demand_readable(package, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as damaged:
        raise NotTaken("已损坏，打不开", _AGAIN) from damaged
    return media


def _made_of(names: set[str]) -> str:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise NotTaken("带有宏", "去掉宏，另存为 docx、xlsx 或 PDF 后重新上传")
    if "OFD.xml" in names:
        return _OFD
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return _WORD
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return _SHEET
    raise NotTaken("是压缩包", "解压后逐个上传里面的文件")


def _demand_modest(entries: list[zipfile.ZipInfo]) -> None:
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise NotTaken("加了密码", "去掉密码后重新上传")
    if any(entry.compress_type not in PACKED for entry in entries):
        raise NotTaken("用了少见的压缩方法", "用生成它的软件另存一次，或另存为 PDF 后重新上传")
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise NotTaken(f"展开后超过 {MOST_UNPACKED // PIECE} MB", "压缩其中的图片，或另存为 PDF 后重新上传")


def _demand_readable(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpacks to the length that the entry declares and no further; its checksum tells a false length."""
    with package.open(entry) as part:
        while part.read(PIECE):
            pass


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as binary:
        raise NotTaken("不是可以接收的格式", _CONVERT) from binary
    if any((ord(c) < 32 and c not in "\t\n\r\f") or c == "\x7f" for c in text):
        raise NotTaken("不是可以接收的格式", _CONVERT)
    start = text.lstrip().lower()
    if not start:
        raise NotTaken("是空的", _AGAIN)
    if start.startswith(("<", "#!", "@echo", "%!ps", "{\\rtf")) or any(mark in start for mark in _MARKUP):
        raise NotTaken("是网页、图形或程序代码", _CONVERT)
    return _TEXT


_MARKUP = ("<html", "<!doctype", "<script", "<svg", "<iframe", "<object", "<embed")
