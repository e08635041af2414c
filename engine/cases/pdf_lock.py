"""Whether a PDF is encrypted: told by its trailer alone, never by what its pages happen to say. Pure.

The last `startxref` of a file names the place of its newest cross-reference: a table with a trailer behind it, or a stream
whose dictionary is the trailer. An encrypted file names its lock there, in the key `/Encrypt`, whichever reader wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 256 * 1024  # of a cross-reference table with its trailer, and of a trailer's dictionary
_LAST = re.compile(rb"startxref\s+(\d{1,10})")
_STREAM = re.compile(rb"\s*\d{1,10}\s+\d{1,5}\s+obj\s*")
_TABLE = re.compile(rb"\s*xref\b")
_TRAILER = re.compile(rb"\btrailer\s*(?=<<)")
_TOKEN = re.compile(rb"<<|>>|/[^\s()<>\[\]{}/%]*|\(|<[0-9A-Fa-f\s]*>|%[^\r\n]*|[\[\]]|[^\s()<>\[\]{}/%]+")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


def locked_pdf(body: bytes) -> bool:
    """Whether opening it takes a key. A file whose cross-reference is not where it says is taken as it comes: readers mend
    such files, and a lock that cannot be found locks nobody out."""
    start = _trailer_at(body)
    return start is not None and _names_lock(body, start)


def _trailer_at(body: bytes) -> int | None:
    """Where the newest trailer's dictionary begins."""
    found = _LAST.findall(body, max(0, len(body) - 4096))
    if not found:
        return None
    at = int(found[-1])
    if stream := _STREAM.match(body, at):
        return stream.end() if body.startswith(b"<<", stream.end()) else None
    if _TABLE.match(body, at) is None:
        return None
    trailer = _TRAILER.search(body, at, at + LONGEST)
    return trailer.end() if trailer is not None else None


def _names_lock(body: bytes, start: int) -> bool:
    """Whether the dictionary that begins there has the key `/Encrypt` itself, with a dictionary or a reference to one."""
    depth, before = 0, b""
    for token in _tokens(body, start):
        if before == b"/Encrypt" and (token == b"<<" or token.isdigit()):
            return True
        if token in (b"<<", b"["):
            depth += 1
        if token in (b">>", b"]"):
            depth -= 1
            if depth == 0:
                return False
        before = token if depth == 1 else b""
    return False


def _tokens(body: bytes, start: int) -> Iterator[bytes]:
    """The tokens from there on, strings left out, names with their escapes undone."""
    at, end = start, min(len(body), start + LONGEST)
    while at < end:
        token = _TOKEN.match(body, at, end)
        if token is None:
            at += 1
        elif token[0] == b"(":
            at = _behind_string(body, token.end(), end)
        else:
            at = token.end()
            if not token[0].startswith(b"%"):
                yield _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), token[0])


def _behind_string(body: bytes, at: int, end: int) -> int:
    """Behind the bracket that closes a string of bytes, which may hold brackets of its own."""
    depth = 1
    while at < end and depth:
        byte = body[at : at + 1]
        depth += {b"(": 1, b")": -1}.get(byte, 0)
        at += 2 if byte == b"\\" else 1
    return at
