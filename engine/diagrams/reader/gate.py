"""The gate: hostile bytes become checked UTF-8 with the place of every element, or are refused. No tree is built here.

Order matters: the length is looked at first (50 MB answer at once), then the encoding, then one pass of expat that
stops at the first sign of a document type, of too many elements or of too deep a nesting.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn
from xml.parsers import expat

from ..findings import Finding
from ..graph import Mark
from .faults import fault

MAX_BYTES = 5 * 1024 * 1024
MAX_ELEMENTS = 50_000
MAX_DEPTH = 200

_DECLARED = re.compile(rb"""\A<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_LATE = re.compile(r"\A(\s+)(<\?xml\s[^>]{0,200}\?>)")
# An allow-list, because Python's codecs know words that are no encodings of text (zlib, idna, utf-7).
# Files declared as GB2312 are written with its superset in practice: browsers read them so, and so do we.
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
    # the first bytes would have told of a file in UTF-16: one without them that can be read so far is in UTF-8
    "utf-16": "utf-8",
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
    **{f"iso-8859-{part}": f"iso-8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
    **{name: name for name in ("shift_jis", "euc-jp", "euc-kr", "koi8-r")},
}
_BY_FIRST_BYTES = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before the shorter mark of UTF-16, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


_BROKEN = {
    expat.errors.XML_ERROR_NO_ELEMENTS: "文件是空的，或没有写完",
    expat.errors.XML_ERROR_INVALID_TOKEN: "有不合法的字符或写法",
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: "标签没有写完",
    expat.errors.XML_ERROR_TAG_MISMATCH: "开始标签和结束标签对不上",
    expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE: "同一个属性写了两次",
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "根元素之后还有多余的内容",
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: "用了没有定义的实体",
    expat.errors.XML_ERROR_MISPLACED_XML_PI: "XML 声明之前有多余的内容",
    expat.errors.XML_ERROR_SYNTAX: "不是 XML 的写法",
}


class Refused(Exception):
    """The file stops at the gate; caught by the reader and never seen outside of it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.sentence)
        self.finding = finding


@dataclass(frozen=True)
class Page:
    """A file that may be parsed: UTF-8 with plain line ends, and the places of its elements in document order."""

    file: str
    xml: bytes
    marks: tuple[Mark, ...]


@lru_cache(maxsize=4)
def admit(file: str, data: bytes) -> Page:
    """Check one file. Raises Refused with the one finding that says why. An import looks at the same bytes several times."""
    if len(data) > MAX_BYTES:  # how much larger is not known: a caller need not have read it whole
        _refuse("file-too-large", Mark(file, 1, 1), limit=MAX_BYTES // (1024 * 1024))
    xml = _without_late_declaration(_decoded(file, data).replace("\r\n", "\n").replace("\r", "\n"))
    try:
        body = xml.encode()
    except UnicodeEncodeError as error:  # half of a pair of UTF-16
        line, column = xml.count("\n", 0, error.start) + 1, error.start - xml.rfind("\n", 0, error.start)
        _refuse("file-encoding-broken", Mark(file, line, column), encoding="UTF-16")
    return Page(file, body, _measured(file, body))


def _without_late_declaration(text: str) -> str:
    """White space before the XML declaration is a slip of many a hand: the declaration becomes white space too, and every
    place stays where it is."""
    late = _LATE.match(text)
    return text if late is None else late[1] + re.sub(r"[^\n]", " ", late[2]) + text[late.end() :]


def decoded(file: str, data: bytes) -> str | None:
    """The text of a file by its own encoding, with plain line ends; None where it cannot be known."""
    try:
        return _decoded(file, data).replace("\r\n", "\n").replace("\r", "\n")
    except Refused:
        return None


def _decoded(file: str, data: bytes) -> str:
    codec = codec_of(file, data)
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(codec, "replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        _refuse("file-encoding-broken", Mark(file, line, column), encoding=codec.removesuffix("-sig").upper())


def codec_of(file: str, data: bytes) -> str:
    """The name of Python's codec for a file. Raises Refused."""
    for first, codec in _BY_FIRST_BYTES:
        if data.startswith(first):
            return codec
    declared = _DECLARED.match(data)
    if not declared:
        return "utf-8"
    name = declared[1].decode("ascii")
    if name.lower() not in _CODECS:
        _refuse("file-encoding-unknown", Mark(file, 1, 1), encoding=name)
    return _CODECS[name.lower()]


def _measured(file: str, xml: bytes) -> tuple[Mark, ...]:
    parser = expat.ParserCreate("utf-8")
    ruler, marks, depth = _Ruler(file, xml), list[Mark](), 0

    def start(name: str, attributes: Any) -> None:
        nonlocal depth
        depth += 1
        marks.append(ruler.at(parser.CurrentByteIndex))
        if len(marks) > MAX_ELEMENTS:
            _refuse("file-too-many-elements", marks[-1], limit=MAX_ELEMENTS)
        if depth > MAX_DEPTH:
            _refuse("file-too-deep", marks[-1], limit=MAX_DEPTH)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: Any) -> None:
        # expat tells it behind the name of the type
        _refuse("file-with-dtd", ruler.at(max(xml.rfind(b"<!DOCTYPE", 0, parser.CurrentByteIndex), 0)))

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, doctype
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        _refuse("file-not-xml", ruler.at(max(parser.ErrorByteIndex, 0)), reason=_reason(error))
    return tuple(marks)


def _reason(error: expat.ExpatError) -> str:
    message = expat.errors.messages[error.code]
    return _BROKEN.get(message, message)


class _Ruler:
    """Byte offsets that only grow -> lines and columns in characters, in one pass (a file may be a single line)."""

    def __init__(self, file: str, xml: bytes) -> None:
        self.file, self.xml = file, xml
        self.offset, self.line, self.column = 0, 1, 1

    def at(self, offset: int) -> Mark:
        passed = self.xml[self.offset : offset].decode("utf-8", "ignore")
        lines = passed.count("\n")
        self.column = len(passed) - passed.rfind("\n") if lines else self.column + len(passed)
        self.line += lines
        self.offset = max(offset, self.offset)
        return Mark(self.file, self.line, self.column)


def _refuse(code: str, at: Mark, **facts: Any) -> NoReturn:
    raise Refused(fault(code, at, "", **facts))
