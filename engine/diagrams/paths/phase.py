"""What the law sees of a case on its way: which acts were done, and which of them may not come now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from ..graph import Work
from ..vocabulary import StepKind

ACCEPTING = ("accept", "accept_tolerant")
DECIDING = ("grant", "refuse")
SEEN = "!seen"
_OTHER_PERSON = (StepKind.INTAKE, StepKind.REVIEW, StepKind.CHECK)


class Breach(Enum):
    """What a drawn path does against the order of the acts."""

    DECIDED_UNACCEPTED = auto()
    DECIDED_TWICE = auto()
    ACCEPTED_TWICE = auto()
    ENDED_UNDECIDED = auto()
    SPECIAL_NOT_STARTED = auto()
    DECIDED_IN_SPECIAL = auto()
    DECIDED_ALONE = auto()


Procedure = tuple[str, str]
"""A special procedure: its ground, and the department that runs it; empty where none is drawn, which may mean any."""


@dataclass(frozen=True)
class Phase:
    """Acts done so far. `refused` is a refused acceptance, `open` the special procedures that run."""

    accepted: bool = False
    refused: bool = False
    decided: bool = False
    seen: bool = False
    open: frozenset[Procedure] = frozenset()

    @property
    def may_end(self) -> bool:
        return self.decided or self.refused


def procedure(work: Work) -> Procedure:
    """The special procedure that such a step starts or ends."""
    return work.ground or "", work.department or ""


def touches(work: Work, procedures: Iterable[Procedure]) -> frozenset[str]:
    """What completing such a step reads or changes of the phase, as labels; steps that share none may come in any order.

    procedures: all that the drawing has, because a decision asks for every one of them.
    """
    match work.kind:
        case StepKind.INTAKE:
            return frozenset(("!accepted", SEEN))
        case StepKind.DECIDE:
            return frozenset(("!accepted", "!decided", SEEN, *map(_running, procedures)))
        case StepKind.ESCALATE:
            return frozenset(("!accepted", "!decided", *map(_running, procedures)))
        case StepKind.SUMMARY:
            return frozenset(("!accepted", "!decided"))
        case StepKind.SPECIAL:
            mine = procedure(work)
            return frozenset(map(_running, (mine, *(other for other in procedures if _alike(mine, other)))))
        case kind:
            return frozenset((SEEN,)) if kind in _OTHER_PERSON else frozenset()


def _running(drawn: Procedure) -> str:
    return f"!running {drawn[0]} {drawn[1]}"


def _alike(one: Procedure, other: Procedure) -> bool:
    return all(a == b or not a or not b for a, b in zip(one, other, strict=True))


def after(phase: Phase, work: Work, outcome: str) -> tuple[Phase, tuple[Breach, ...]]:
    """The phase after a step was completed so, and what was wrong with that."""
    match work.kind:
        case StepKind.INTAKE:
            return _after_intake(phase, outcome)
        case StepKind.DECIDE:
            return _after_decide(phase, outcome)
        case StepKind.ESCALATE:
            return _after_escalate(phase, outcome)
        case StepKind.SUMMARY:
            return _after_summary(phase)
        case StepKind.SPECIAL:
            return _after_special(phase, procedure(work), outcome)
        case kind:
            return replace(phase, seen=phase.seen or kind in _OTHER_PERSON), ()


def _after_intake(phase: Phase, outcome: str) -> tuple[Phase, tuple[Breach, ...]]:
    phase = replace(phase, seen=True)
    if outcome not in (*ACCEPTING, "refuse_acceptance"):
        return phase, ()
    again = (Breach.ACCEPTED_TWICE,) if phase.accepted or phase.refused else ()
    return replace(phase, accepted=phase.accepted or outcome in ACCEPTING, refused=outcome not in ACCEPTING), again


def _after_decide(phase: Phase, outcome: str) -> tuple[Phase, tuple[Breach, ...]]:
    decides = outcome in DECIDING
    wrong = (
        (Breach.DECIDED_UNACCEPTED, not phase.accepted),
        (Breach.DECIDED_TWICE, decides and phase.decided),
        (Breach.DECIDED_IN_SPECIAL, bool(phase.open)),
        (Breach.DECIDED_ALONE, not phase.seen),
    )
    return replace(phase, decided=phase.decided or decides), tuple(breach for breach, found in wrong if found)


def _after_escalate(phase: Phase, outcome: str) -> tuple[Phase, tuple[Breach, ...]]:
    """What has been sent up is decided by the upper office: for the drawing that is the one decision of the way."""
    up = outcome == "sent_up"
    wrong = (
        (Breach.DECIDED_UNACCEPTED, not phase.accepted),
        (Breach.DECIDED_TWICE, up and phase.decided),
        (Breach.DECIDED_IN_SPECIAL, bool(phase.open)),
    )
    return replace(phase, decided=phase.decided or up), tuple(breach for breach, found in wrong if found)


def _after_summary(phase: Phase) -> tuple[Phase, tuple[Breach, ...]]:
    """A stage is concluded where a matter is decided: its result follows from its matters, so nobody decides it alone."""
    wrong = ((Breach.DECIDED_UNACCEPTED, not phase.accepted), (Breach.DECIDED_TWICE, phase.decided))
    return replace(phase, decided=True), tuple(breach for breach, found in wrong if found)


def _after_special(phase: Phase, mine: Procedure, outcome: str) -> tuple[Phase, tuple[Breach, ...]]:
    match outcome:
        case "start":
            return replace(phase, open=phase.open | {mine}), ()
        case "end":
            ended = _meant(phase, mine)
            wrong = (Breach.SPECIAL_NOT_STARTED,) if ended is None else ()
            return replace(phase, open=phase.open - {ended}), wrong
        case _:
            return phase, ()


def _meant(phase: Phase, mine: Procedure) -> Procedure | None:
    """The running procedure that such a step ends: its own if that runs, else one that may be the same."""
    alike = [other for other in sorted(phase.open) if _alike(mine, other)]
    return mine if mine in alike else next(iter(alike), None)
