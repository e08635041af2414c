"""A file that is not in the encoding that it declares is read in the one that fits, and written in UTF-8."""

from __future__ import annotations

import re

from engine.errors import Fault

from .card import Card

CARD = Card(
    "encoding-mended",
    True,
    "改正文件的编码",
    "文件不是声明的编码，按 {encoding} 读出，改存为 UTF-8：请核对名称里有没有错字。",
    ("file-encoding-broken", "file-encoding-unknown"),
)
_DECLARED = re.compile(rb"""(\A<\?xml[^>]{0,200}?\bencoding\s*=\s*["'])[A-Za-z0-9._:-]{1,40}""")
_LIKELY = ("utf-8", "gb18030", "cp1252", "latin-1")


def mend(body: bytes, fault: Fault) -> tuple[bytes, dict[str, object]] | None:
    """The file in UTF-8, and how it was read. Bytes that no text has are nobody's encoding."""
    if b"\0" in body or b"<" not in body:
        return None
    for encoding in _LIKELY:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _DECLARED.sub(rb"\g<1>UTF-8", text.encode(), count=1), {"encoding": encoding.upper()}
    return None
