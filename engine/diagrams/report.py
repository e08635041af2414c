"""What a rule writes its findings into, and the knowledge that all rules of one run share."""

from __future__ import annotations

from functools import cached_property

from .facts import MatterFacts
from .findings import Finding, Severity, Way
from .graph import Diagram
from .paths import Course, Walk, lay_out, walk
from .rulebook import Drawn, Rule
from .soundness import Verdict, prove
from .standing import Standings
from .timeproof import TimeProof, prove_time
from .tour import steps
from .vocabulary import StepKind


class Survey:
    """Found out once for a diagram, when the first rule asks. facts: what is known of its matter."""

    def __init__(self, diagram: Diagram, facts: MatterFacts | None = None) -> None:
        self.diagram, self.facts = diagram, facts

    @cached_property
    def course(self) -> Course:
        """The main process laid out flat, with what it calls."""
        return lay_out(self.diagram)

    @cached_property
    def walk(self) -> Walk:
        """All runs of the main process."""
        return walk(self.course)

    @cached_property
    def standings(self) -> Standings:
        """How a case can stand at each place of the main process."""
        return Standings(self.diagram, self.course)

    @cached_property
    def soundness(self) -> Verdict:
        """Whether every case can end, nothing is done twice, and every step can come."""
        return prove(self.diagram, course=self.course)

    @cached_property
    def time_proof(self) -> TimeProof | None:
        """Whether promise and statute hold by the step limits; None where the limits or the calendar are not known, or the drawing
        shows no matter."""
        facts = self.facts
        if facts is None or facts.time is None or not (facts.promised or facts.statutory) or not self.is_matter:
            return None
        limits = facts.promised, facts.statutory, facts.time
        return prove_time(self.diagram, *limits, called=facts.called, department=facts.department, course=self.course)

    @cached_property
    def is_matter(self) -> bool:
        """Whether the drawing shows a whole case and not a part of one: it accepts or decides something."""
        return any(work.kind in (StepKind.INTAKE, StepKind.DECIDE) for _, _, work in steps(self.diagram))


class Report:
    """Called with what is drawn wrongly, a sentence and a remedy: `report(node, "…", "…")`."""

    def __init__(self, rule: Rule, survey: Survey) -> None:
        self.rule, self.survey = rule, survey
        self.findings: list[Finding] = []

    def __call__(
        self,
        drawn: Drawn,
        sentence: str,
        remedy: str,
        severity: Severity | None = None,
        *,
        way: Way | None = None,
        fix: str = "",
    ) -> None:
        at, severity = drawn.at, severity or self.rule.severity
        where = (at.file, at.line, at.column, drawn.id)
        self.findings.append(Finding(self.rule.code, severity, *where, sentence, remedy, way, fix))
