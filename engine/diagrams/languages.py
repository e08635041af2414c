"""Which language an expression is written in, and how the graph keeps that: as a mark in front of the text.

BPMN lets a file, and each expression in it, declare a language. `${…}` and `= …` speak for themselves; anything else that is
declared as another language bears it in brackets, so that whoever reads the text knows what it is.
"""

from __future__ import annotations

import re

PYTHON, JUEL, FEEL, JAVASCRIPT, GROOVY = "python", "juel", "feel", "javascript", "groovy"
_MARK = re.compile(r"\[([a-z][a-z0-9.+-]*)\] (.*)", re.DOTALL)
_KNOWN = {
    "js": JAVASCRIPT,
    "javascript": JAVASCRIPT,
    "ecmascript": JAVASCRIPT,
    "x-javascript": JAVASCRIPT,
    "groovy": GROOVY,
    "x-groovy": GROOVY,
    "juel": JUEL,
    "uel": JUEL,
    "el": JUEL,
    "feel": FEEL,
    "python": PYTHON,
    "x-python": PYTHON,
}


def language(name: str | None) -> str | None:
    """The language that a name or address of it means; the last word of it where it is none of ours, None for no name."""
    if not name or not name.strip():
        return None
    plain = name.strip().lower()
    if "/feel" in plain:
        return FEEL
    last = re.sub(r"[^a-z0-9.+-]", "", re.split(r"[/#:]", plain.rstrip("/"))[-1]).lstrip("0123456789.+-")
    return _KNOWN.get(last, last or "unknown")


def marked(text: str | None, own: str | None, of_file: str | None) -> str | None:
    """The text with the mark of its language. own: as declared at the expression; of_file: for the whole file, where tools
    write XPath and mean their own, so that only a language that we read counts."""
    if text is None or re.fullmatch(r"[$#]\{.*\}|=.*", text, re.DOTALL):
        return text
    spoken = language(own)
    if spoken is None:
        spoken = language(of_file) if language(of_file) in (FEEL, JAVASCRIPT, GROOVY, JUEL) else PYTHON
    match spoken:
        case "python":
            return text
        case "feel":
            return f"= {text}"
        case "juel":
            return f"${{{text}}}"
        case _:
            return f"[{spoken}] {text}"


def declared(text: str) -> tuple[str, str]:
    """The language of a marked text and the text without the mark; Python for what bears none."""
    found = _MARK.fullmatch(text)
    return (found[1], found[2]) if found else (PYTHON, text)
