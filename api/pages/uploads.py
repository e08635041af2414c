"""Files chosen on a page: from what a browser sent to what the engine keeps, and back to what the page says of each place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage, MultiDict

from engine.cases import Files, Upload
from engine.errors import Fault

from .fields import Told

PREFIX = "m-"


@dataclass(frozen=True)
class Place:
    """Where the files of one material are chosen. faults: what is wrong with those that came; again: names of files that
    were chosen and have to be chosen once more, because a browser never fills them in."""

    key: str
    name: str
    field: str
    faults: tuple[Fault, ...]
    again: tuple[str, ...]


def files_of(sent: MultiDict[str, FileStorage]) -> dict[str, list[Upload]]:
    """The files that were sent, by material; a place left empty is left out. Which materials there are, the engine knows."""
    found = {
        name.removeprefix(PREFIX): [Upload(one.filename or "", one.read()) for one in files if one]
        for name, files in sent.lists()
        if name.startswith(PREFIX)
    }
    return {key: files for key, files in found.items() if files}


def places(
    materials: Sequence[tuple[str, str]], faults: Sequence[Fault] = (), chosen: Files | None = None
) -> list[Place]:
    """The places of these materials (key, name), after a fault with what is wrong at each."""
    return [
        Place(
            key,
            name,
            PREFIX + key,
            tuple(f for f in faults if f.place.split("/")[1:3] == ["files", key]),
            tuple(one.name for one in (chosen or {}).get(key, ())),
        )
        for key, name in materials
    ]


def told(faults: Sequence[Fault]) -> list[Told]:
    """Faults of files for the list above a form, with the places as anchors."""
    return [Told(f.sentence, f.remedy, _anchor(f.place)) for f in faults]


def _anchor(place: str) -> str:
    parts = place.split("/")
    return PREFIX + parts[2] if parts[1:2] == ["files"] and len(parts) > 2 else ""
