"""The two things that are written into a file that is not drawn anew: its text in UTF-8, and another process for a copy."""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

from .reader import decoded

_DECLARED = re.compile(r"""(\A<\?xml[^>]{0,200}?\bencoding\s*=\s*["'])[A-Za-z0-9._:-]{1,40}""")
_REFERENCES = ("bpmnElement", "processRef", "calledElement")


def as_text(data: bytes) -> str | None:
    """A file as text that says of itself that it is UTF-8, whatever it was stored in, with plain line ends; None where its
    encoding is unknown or broken (the reader's findings say so)."""
    text = decoded("", data)
    return None if text is None else _DECLARED.sub(r"\g<1>UTF-8", text, count=1)


def with_process(text: str, old: str, new: str, name: str) -> str:
    """The text with the process `old` under another id and name, and what refers to it; all else stays as it is."""
    process = re.compile(rf"""<(?:[\w.-]+:)?process\b(?=[^<>]*\sid\s*=\s*["']{re.escape(old)}["'])[^<>]*>""")
    text = process.sub(lambda found: _set(_set(found[0], "name", name), "id", new), text)
    refers = re.compile(rf"""(\s(?:{"|".join(_REFERENCES)})\s*=\s*)(["'])((?:[\w.-]+:)?){re.escape(old)}\2""")
    return refers.sub(lambda found: f"{found[1]}{found[2]}{found[3]}{new}{found[2]}", text)


def _set(tag: str, attribute: str, value: str) -> str:
    """The start tag with this attribute first."""
    without = re.sub(rf"""\s{attribute}\s*=\s*(?:"[^"]*"|'[^']*')""", "", tag, count=1)
    end = re.search(r"[\s/>]", without)
    at = end.start() if end else len(without)
    return f"{without[:at]} {attribute}={quoteattr(value)}{without[at:]}"
