"""What is wrong with a drawing, for people: the place, the sentence, the remedy. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine.errors import Fault, NotValid


class Severity(StrEnum):
    """An error keeps the diagram from being published; a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Level(StrEnum):
    """How strictly a hall takes a rule, the strictest first. off: nobody asks it."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"

    @property
    def severity(self) -> Severity | None:
        return None if self is Level.OFF else Severity(self)

    def is_below(self, other: Level | Severity) -> bool:
        """Whether it is the milder one of the two."""
        order = list(Level)
        return order.index(self) > order.index(Level(other))


@dataclass(frozen=True)
class Waived:
    """Why a finding is let pass: what it would be otherwise, the reason, the last day on which it is let pass, and where in the
    finding's file that is written."""

    severity: Severity
    reason: str
    until: date
    line: int
    column: int


@dataclass(frozen=True)
class Station:
    """One stop of a way through the drawing. scope: `Scope.id` of the graph; element: drawn id of a node or a flow; told: what a
    person would say of it (`受理（受理）`), empty for what runs by itself."""

    scope: str
    element: str
    told: str = ""


@dataclass(frozen=True)
class Way:
    """A way through the drawing that shows a finding, in the order in which it happens; a page plays it on the canvas.

    standing: the ids of what holds a token at its end.
    """

    passed: tuple[Station, ...]
    standing: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What a person would tell of it, in one line; of a very long one its beginning and its end."""
        told = [passed.told for passed in self.passed if passed.told]
        return " → ".join(told if len(told) <= 12 else (*told[:4], "…", *told[-7:]))


@dataclass(frozen=True)
class Finding:
    """One finding of the reader or of a rule.

    `rule` is a stable kebab code (docs/rules/), `element` the id of what is drawn or empty for the whole file;
    line and column count from 1, columns in characters. way: how it comes about, where a rule knows it. fix: the name of a
    mend that is certain, empty where a person has to decide. waived: a designer has let it pass, with a reason and a date.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    element: str
    sentence: str
    remedy: str
    way: Way | None = None
    fix: str = ""
    waived: Waived | None = None

    def fault(self) -> Fault:
        """The same as a fault of an error, for answers and pages."""
        return Fault(self.element, self.sentence, self.remedy, self.rule, self.file, self.line, self.column)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By file, line and column; several at one place by rule and element, so that two runs print the same."""
    return tuple(sorted(findings, key=lambda f: (f.file, f.line, f.column, f.rule, f.element, f.sentence)))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether something was found that keeps the diagram from being used."""
    return any(f.severity is Severity.ERROR for f in findings)


class DiagramNotValid(NotValid):
    """The diagram has errors; `faults` holds every one of them with its place."""

    code = "diagram-not-valid"
    sentence = "流程图有 {count} 处错误，不能使用。"
    remedy = "请按每一处的提示修改后重新提交。"

    @classmethod
    def because(cls, findings: Iterable[Finding]) -> DiagramNotValid:
        faults = [f.fault() for f in findings if f.severity is Severity.ERROR]
        return cls(faults=faults, count=len(faults))
