"""What is wrong with a drawing, for people: the place, the sentence, the remedy. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import Fault, NotValid


class Severity(StrEnum):
    """An error keeps the diagram from being published; a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One finding of the reader or of a rule.

    `rule` is a stable kebab code (docs/rules/), `element` the id of what is drawn or empty for the whole file;
    line and column count from 1, columns in characters.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    element: str
    sentence: str
    remedy: str

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
