"""Our attributes (ls:kind, ls:window, ls:outcome …) of the steps that a person does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from ..graph import Outbound, Outcome, Signer, Signing, Work
from ..vocabulary import CALLED_KINDS, CALLING, KIND_NAMES, OUTCOME_LABELS, OUTCOMES, SIGNING_RULES, Place, StepKind
from .sheet import Element, Sheet, children, foreign, local, our_children, ours, tag

_ATTRIBUTES = (
    "kind",
    "department",
    "window",
    "limit",
    "form",
    "ground",
    "place",
    "officer",
    "signers",
    "rule",
    "threshold",
)
_OF_CALLS = ("optional",)
_OUTBOUND = ("call", "sends", "returns")
_LIMIT = re.compile(r"[0-9]{1,4}(\.5)?(wd|cd)")
_SIGNER = re.compile(r"([a-z_][a-z0-9_]*|@matter)(?::([1-9][0-9]?))?")
_CONNECTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PERSONS = ("task", "userTask", "manualTask", "globalTask", "globalUserTask", "globalManualTask", *CALLING)
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
    may = _may(tag(element))
    for name in drawn.keys() - set(may):
        sheet.complain("attribute-unknown", element, name=name, known="、".join(may))
    calls = bool(drawn.get("call")) and tag(element) in CALLING
    kind = _kind(drawn.get("kind") or (StepKind.MANUAL if calls else None), element, sheet)
    if kind is None:
        return None
    if calls and kind not in CALLED_KINDS:
        sheet.complain("call-of-kind", element, kind=KIND_NAMES[kind], known="、".join(CALLED_KINDS))
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
        signing=_signing(kind, drawn, element, sheet),
        officer=_officer(kind, drawn.get("officer"), element, sheet),
    )


def _may(tag: str) -> tuple[str, ...]:
    if tag == "callActivity":
        return _OF_CALLS
    return (*_ATTRIBUTES, *_OUTBOUND) if tag in CALLING else _ATTRIBUTES


def outbound(element: Element, sheet: Sheet) -> Outbound | None:
    """`ls:call="RK"`, `ls:sends="id_number"`, `ls:returns="alive registered_on"`: the step asks another system. Whatever is wrong
    becomes a finding at the element."""
    drawn = ours(element)
    if tag(element) not in CALLING or not _OUTBOUND_DRAWN & drawn.keys():
        return None
    connection = drawn.get("call", "")
    if not _CONNECTION.fullmatch(connection):
        sheet.complain("call-unreadable", element, value=connection)
        return None
    sends, returns = (_names(drawn.get(name, ""), name, element, sheet) for name in ("sends", "returns"))
    return Outbound(connection, sends, returns)


_OUTBOUND_DRAWN = frozenset(_OUTBOUND)
_NOT_BROUGHT = frozenset(("outcome", "conflicts", "error", "error_code"))


def _names(text: str, attribute: str, element: Element, sheet: Sheet) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.replace(",", " ").split()))
    for name in names:
        if not _NAME.fullmatch(name) or (attribute == "returns" and name in _NOT_BROUGHT):
            sheet.complain("call-name-unreadable", element, value=name, attribute=attribute)
            return ()
    return names


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


def _officer(kind: StepKind, value: str | None, element: Element, sheet: Sheet) -> str | None:
    if value and kind is StepKind.COUNTERSIGN:
        sheet.complain("officer-misplaced", element)
        return None
    return value or None


def _signing(kind: StepKind, drawn: Mapping[str, str], element: Element, sheet: Sheet) -> Signing | None:
    """`ls:signers="cad hurd:2 met"`, `ls:rule="vote"`, `ls:threshold="3"`."""
    if kind is not StepKind.COUNTERSIGN:
        if {"signers", "rule", "threshold"} & drawn.keys():
            sheet.complain("signers-misplaced", element)
        return None
    signers, rule, text = drawn.get("signers", ""), drawn.get("rule") or "all", drawn.get("threshold") or "0"
    found = [_SIGNER.fullmatch(word) for word in signers.replace(",", " ").split()]
    read = tuple(Signer(m[1], int(m[2] or 1)) for m in found if m)
    if not read or not all(found) or len({s.department for s in read}) < len(read):
        sheet.complain("signers-unreadable", element, value=signers)
        return None
    if rule not in SIGNING_RULES:
        sheet.complain("rule-unknown", element, value=rule, known="、".join(SIGNING_RULES))
        return None
    most = sum(s.weight for s in read)
    if rule == "vote" and not (text.isascii() and text.isdigit() and 0 < int(text) <= most):
        sheet.complain("threshold-unreachable", element, value=text, most=most)
        return None
    return Signing(rule, read, int(text) if rule == "vote" else 0)


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
        if local(inner) in ("repair", "waiver"):
            continue
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
