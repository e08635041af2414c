"""Our attributes (ls:kind, ls:window, ls:outcome …) of the steps that a person does."""

from __future__ import annotations

import re
from enum import StrEnum

from ..graph import Outcome, Work
from ..vocabulary import OUTCOME_LABELS, OUTCOMES, Place, StepKind
from .sheet import Element, Sheet, children, foreign, local, our_children, ours, tag

_ATTRIBUTES = ("kind", "department", "window", "limit", "form", "ground", "place")
_OF_CALLS = ("optional",)
_LIMIT = re.compile(r"[0-9]{1,4}(\.5)?(wd|cd)")
_PERSONS = ("task", "userTask", "manualTask")
_PERFORMERS = ("performer", "humanPerformer", "potentialOwner")
_ASSIGNMENTS = ("assignee", "candidateUsers", "candidateGroups")


def is_optional(element: Element) -> bool:
    """Whether the stage goes on without waiting for the matter that this call opens."""
    return ours(element).get("optional") in ("true", "1")


def node_kind(element: Element) -> str:
    """The BPMN tag; an untyped task that names who does it is a person's step, whatever the tool wrote."""
    return "userTask" if tag(element) == "task" and _names_somebody(element) else tag(element)


def _names_somebody(element: Element) -> bool:
    performed = next(children(element, *_PERFORMERS), None) is not None
    return performed or bool(ours(element)) or any(foreign(element, name) for name in _ASSIGNMENTS)


def work(element: Element, sheet: Sheet) -> Work | None:
    """Our attributes of a step; None where no kind is drawn or the drawn one is unknown.

    Whatever is wrong becomes a finding at the element: the graph never stops for it.
    """
    drawn = ours(element)
    may = _OF_CALLS if tag(element) == "callActivity" else _ATTRIBUTES
    for name in drawn.keys() - set(may):
        sheet.complain("attribute-unknown", element, name=name, known="、".join(may))
    kind = _kind(drawn.get("kind"), element, sheet)
    if kind is None:
        return None
    if drawn.get("ground") and kind is not StepKind.SPECIAL:
        sheet.complain("ground-misplaced", element)
    return Work(
        kind=kind,
        department=drawn.get("department") or None,
        window=drawn.get("window") or None,
        limit=_limit(drawn.get("limit"), element, sheet),
        form=drawn.get("form") or None,
        outcomes=_outcomes(kind, element, sheet),
        ground=drawn.get("ground") or None,
        place=_place(drawn.get("place"), element, sheet),
    )


def _kind(value: str | None, element: Element, sheet: Sheet) -> StepKind | None:
    if not value:
        return None
    if tag(element) not in _PERSONS:
        sheet.complain("kind-misplaced", element, tag=tag(element))
        return None
    if value not in set(StepKind):
        sheet.complain("kind-unknown", element, value=value, known=_known(StepKind))
        return None
    return StepKind(value)


def _place(value: str | None, element: Element, sheet: Sheet) -> Place:
    if not value:
        return Place.HALL
    if value not in set(Place):
        sheet.complain("place-unknown", element, value=value, known=_known(Place))
        return Place.HALL
    return Place(value)


def _limit(value: str | None, element: Element, sheet: Sheet) -> str | None:
    if not value:
        return None
    if not _LIMIT.fullmatch(value):
        sheet.complain("limit-unreadable", element, value=value)
        return None
    return value


def _outcomes(kind: StepKind, element: Element, sheet: Sheet) -> tuple[Outcome, ...]:
    lawful, drawn = OUTCOMES[kind], dict[str, Outcome]()
    for inner in our_children(element):
        code = (inner.get("code") or "").strip()
        if local(inner) != "outcome":
            sheet.complain("attribute-unknown", inner, element.get("id"), name=local(inner), known="outcome")
        elif code not in lawful:
            sheet.complain("outcome-unknown", inner, element.get("id"), value=code, kind=kind, known="、".join(lawful))
        elif code in drawn:
            sheet.complain("outcome-duplicate", inner, element.get("id"), value=code)
        else:
            drawn[code] = Outcome(code, (inner.get("label") or "").strip() or OUTCOME_LABELS[code])
    return tuple(drawn.values()) or tuple(Outcome(code, OUTCOME_LABELS[code]) for code in lawful)


def _known(words: type[StrEnum]) -> str:
    return "、".join(words)
