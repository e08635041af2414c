"""A place in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """A place in a file, for people: line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int
