"""Columns of Chinese text."""

from __future__ import annotations

import unicodedata


def wide(text: str, width: int) -> str:
    """Padded to so many columns: a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(1, width - taken)
