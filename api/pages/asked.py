"""What an address asks for, read so that nothing odd gets further: words of a closed list, numbers, a text to search for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar
from unicodedata import category

from flask import abort, request

from engine.store import BIGGEST_KEY

_One = TypeVar("_One", bound=StrEnum)


def given() -> Mapping[str, str]:
    """What the address says, or, where something is sent, the form that went with it."""
    return request.form if request.method == "POST" else request.args


def one_of(kind: type[_One], name: str, among: Collection[_One] = ()) -> _One | None:
    """A word of a closed list, or of those among it that can be asked for; None for none. Another word is an address that does not
    exist: 404."""
    word = given().get(name, "")
    if word and word not in (among or list(kind)):
        abort(404)
    return kind(word) if word else None


def number(name: str) -> int:
    """A whole number that may be a key, 0 for none."""
    word = given().get(name, "")
    return min(int(word), BIGGEST_KEY) if word.isascii() and word.isdigit() and len(word) < 20 else 0


def text(name: str, most: int = 100) -> str:
    """A text to search for, without what is neither seen nor typed and comes along when something is pasted. All else may stand in a
    name: a wide space, a rare character that Unicode has only lately or that a hall has in an area of its own."""
    return "".join(c for c in given().get(name, "") if category(c) not in _NOT_SEEN).strip()[:most]


_NOT_SEEN = frozenset({"Cc", "Cf", "Cs"})
