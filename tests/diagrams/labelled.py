"""Drawings of other people, labelled by eye: the file in the corpus, what is wrong with it, why.

The labels were written from the XML of the files, before any verdict on them was known; four of the ninety-nine were changed
after one, because they had overlooked that a condition was always the same, or that an end takes no time. A label is `sound`, or words like
`STUCK:join` (where a run stays), `TWICE:join,end` (where two tokens come together: one of these), `DEAD:a,b` (all that no run
begins). The files themselves stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.catalogue import import_diagram
from engine.diagrams import Diagram, read

TABLE = Path(__file__).with_name("labelled.tsv")
ENDINGS = (".bpmn", ".bpmn2", ".xml")


@dataclass(frozen=True)
class Labelled:
    path: str
    flaws: Mapping[str, frozenset[str]]
    why: str


def labelled() -> list[Labelled]:
    return [_row(*line.split("\t")) for line in TABLE.read_text("utf-8").splitlines()]


def _row(path: str, label: str, why: str) -> Labelled:
    words = [word.split(":") for word in label.split() if word != "sound"]
    return Labelled(path, {kind: frozenset(nodes.split(",")) for kind, nodes in words}, why)


def drawn(folder: Path, path: str) -> Diagram | None:
    """As it was drawn, before any repair, together with the files beside it that it calls; None where no process is drawn."""
    file = folder / path
    beside = {p.name: p.read_bytes() for p in sorted(file.parent.iterdir()) if p.name.lower().endswith(ENDINGS)}
    taken = import_diagram({file.name: beside[file.name], **beside}).files
    return read({name: beside[name] for name in taken}).diagram
