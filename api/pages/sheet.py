"""A written notice as a sheet of paper: its own text and nothing else, laid out as offices lay it out."""

from __future__ import annotations

from dataclasses import dataclass

from engine.cases import Paper


@dataclass(frozen=True)
class Sheet:
    """office, title and number stand on top; to: the line that names the receiver, empty where there is none; signed: who
    signs, and the date, above which there is room for a seal that is never drawn by us."""

    office: str
    title: str
    number: str
    to: str
    lines: tuple[str, ...]
    signed: tuple[str, ...]
    digest: str


def lay_out(paper: Paper) -> Sheet:
    """The parts of a document, which stand in its text apart by empty lines."""
    head, *text, signed = paper.body.rstrip("\n").split("\n\n")
    office, title, number = head.split("\n")
    lines = "\n\n".join(text).split("\n")
    to = lines.pop(0) if lines[0].endswith("：") else ""
    return Sheet(office, title, number, to, tuple(lines), tuple(signed.split("\n")), paper.digest)
