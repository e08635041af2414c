"""Repairs of files that come from outside: one repair, one file, named. Keyed by what was found, so that a fault that is
no more needs none.

Where the meaning of the drawing is decided by us a person must confirm: until then the trace in the file keeps it from being
published (rule `repair-unconfirmed`). A repair changes nothing that it is not about: layout, comments and everything of other
tools stay.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from engine.errors import Fault

from ..reader.gate import Refused
from ..reader.sheet import Element
from ..vocabulary import NAMESPACE
from . import (
    activation_given,
    assignment,
    attribute_dropped,
    border_aside,
    call_by_hand,
    collection_named,
    condition_as_fact,
    condition_dropped,
    countersign,
    cron_translated,
    default_dropped,
    encoding_mended,
    event_narrowed,
    flow_aside,
    handler_aside,
    interrupts_always,
    link_first,
    listener_aside,
    loop_asked,
    meaning_aside,
    part_aside,
    prefix_declared,
    race_to_choice,
    reference_declared,
    result_dropped,
    script_by_hand,
    service_by_hand,
    start_by_message,
    start_given,
    start_plain,
    sub_process_passed,
    sub_process_plain,
    throw_passes,
    timer_given,
    timer_once,
    wait_for_message,
    wait_passes,
    way_asked,
)
from .card import Card, Mend, Repair, Repaired
from .paper import Paper

__all__ = ["REPAIRS", "Card", "Repair", "Repaired", "confirmed", "find_places", "repair"]


class OfDrawings(Protocol):
    """What a repair of something drawn offers. None: there is nothing of its kind to mend at this place."""

    @property
    def CARD(self) -> Card: ...  # noqa: N802

    def mend(self, paper: Paper, fault: Fault, element: Element) -> Mend | None: ...


class OfBytes(Protocol):
    """What a repair of a file that cannot be read yet offers."""

    @property
    def CARD(self) -> Card: ...  # noqa: N802

    def mend(self, body: bytes, fault: Fault) -> tuple[bytes, dict[str, object]] | None: ...


# the first that fits mends a fault: the narrower ones stand before the wider
OF_DRAWINGS: tuple[OfDrawings, ...] = (
    script_by_hand,
    way_asked,
    collection_named,
    condition_as_fact,
    cron_translated,
    timer_once,
    timer_given,
    call_by_hand,
    loop_asked,
    result_dropped,
    attribute_dropped,
    default_dropped,
    condition_dropped,
    flow_aside,
    event_narrowed,
    border_aside,
    start_given,
    part_aside,
    sub_process_passed,
    sub_process_plain,
    start_plain,
    wait_passes,
    wait_for_message,
    handler_aside,
    start_by_message,
    link_first,
    throw_passes,
    interrupts_always,
    race_to_choice,
    activation_given,
    service_by_hand,
    reference_declared,
    listener_aside,
    meaning_aside,
    assignment,
    countersign,
)
OF_BYTES: tuple[OfBytes, ...] = (encoding_mended, prefix_declared)
REPAIRS: tuple[Card, ...] = (*(module.CARD for module in OF_DRAWINGS), *(module.CARD for module in OF_BYTES))


def repair(body: bytes, file: str, faults: Sequence[Fault]) -> Repaired:
    """Mend in one file what of these faults can be mended. Raises nothing: what cannot be mended stays.

    faults: as the reader (`Finding.fault`) and the compiler tell them; those of other files are left alone. Made twice it
    changes nothing more, and where nothing was mended the very bytes are given back.
    """
    here = [fault for fault in faults if fault.file == file]
    for fault in here:
        for module in OF_BYTES:
            found = module.mend(body, fault) if fault.code in module.CARD.codes else None
            if found is not None:
                return _of_bytes(file, module.CARD, found[0], found[1], fault)
    try:
        paper = Paper(file, body, here)
    except Refused:
        return Repaired(body, ())
    repairs = [made for fault in here if (made := _mend(paper, fault)) is not None]
    return Repaired(paper.bytes(), tuple(repairs)) if repairs else Repaired(body, ())


def _of_bytes(file: str, card: Card, body: bytes, facts: dict[str, object], fault: Fault) -> Repaired:
    """A file that can be read now bears the trace at its root; one that still cannot is left to the next repair."""
    key = fault.place
    try:
        paper = Paper(file, body)
        paper.trace(paper.root, card, "、".join(map(str, facts.values())))
        body, key = paper.bytes(), paper.root.get("id") or "definitions"
    except Refused:
        pass
    return Repaired(body, (Repair(card.kind, key, card.confirm, card.sentence.format(**facts), max(fault.line, 1)),))


def _mend(paper: Paper, fault: Fault) -> Repair | None:
    """The first repair that fits, made; its trace left at what it changed."""
    element = paper.at(fault)
    if element is None:
        return None
    for module in OF_DRAWINGS:
        card = module.CARD
        fits = fault.code in card.codes and card.kind not in paper.traces(element)
        mend = module.mend(paper, fault, element) if fits else None
        if mend is not None:
            paper.trace(mend.at, card, mend.was)
            sentence = card.sentence.format(name=paper.name(mend.at), **mend.facts)
            key, line = mend.at.get("id") or fault.place, paper.lines.get(mend.at, fault.line)
            return Repair(card.kind, key, card.confirm, sentence, max(line, 1), mend.was, mend.now)
    return None


def confirmed(body: bytes, file: str, which: Collection[tuple[str, str]]) -> bytes:
    """The file with these repairs (kind, element id) confirmed by a person; one that cannot be read is given back as it
    is."""
    try:
        paper = Paper(file, body)
    except Refused:
        return body
    for trace in list(paper.root.iter(f"{{{NAMESPACE}}}repair")):
        holder = trace.getparent().getparent() if trace.getparent() is not None else None
        key = (trace.get("kind", ""), holder.get("id") or "") if holder is not None else ("", "")
        if key in which and trace.get("confirmed") == "false":
            paper.set(trace, "confirmed", "true")
    return paper.bytes()


def find_places(body: bytes, file: str) -> dict[str, tuple[int, int]]:
    """Line and column of everything that bears an id; nothing of a file that cannot be read."""
    try:
        paper = Paper(file, body)
    except Refused:
        return {}
    where = {element: place for place, element in paper.places.items()}
    return {key: where[element] for key, element in paper.ids.items()}
