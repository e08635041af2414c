"""All rules over a diagram in one pass; the same first line for the command line and for publishing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from .facts import MatterFacts
from .findings import Finding, Level, Severity, in_order
from .graph import Diagram
from .leniency import OF_WAIVERS, Levels, told
from .reader import Reading, read
from .report import Report, Survey
from .rulebook import Rule
from .rules import RULES, STRUCTURE, RuleModule


def rules() -> tuple[Rule, ...]:
    """The cards of all rules, by code."""
    return tuple(module.RULE for module in RULES)


def lint(
    diagram: Diagram,
    facts: MatterFacts | None = None,
    levels: Levels | None = None,
    today: date | None = None,
    survey: Survey | None = None,
) -> tuple[Finding, ...]:
    """Every finding of every rule, by place. Raises nothing: a rule that breaks becomes the finding `rule-error`.

    facts: what is known of the matter; None leaves the rules that need it silent. levels: how a hall takes its rules; one that is
    switched off is not asked. today: the civil date on which waivers are judged; None takes them all as running. survey: of this
    drawing and these facts, where the caller wants to ask it for what the rules had to find out.
    """
    survey, levels = survey or Survey(diagram, facts), levels or {}
    asked = (module for module in RULES if not _is_off(module.RULE, levels))
    found = (finding for module in asked for finding in judge(module, diagram, facts, survey))
    cards = {rule.code: rule for rule in rules()}
    return in_order(told(diagram, found, cards, levels, today, asked_all=facts is not None))


def _is_off(rule: Rule, levels: Levels) -> bool:
    return levels.get(rule.code) is Level.OFF and rule.floor is Level.OFF


def lint_structure(diagram: Diagram) -> tuple[Finding, ...]:
    """The findings of the rules that ask for nothing but a drawing: what any tool's file must keep."""
    survey = Survey(diagram)
    return in_order(finding for module in STRUCTURE for finding in judge(module, diagram, None, survey))


def judge(module: RuleModule, diagram: Diagram, facts: MatterFacts | None, survey: Survey) -> list[Finding]:
    """One rule over the diagram. What it found before it broke is kept."""
    report = Report(module.RULE, survey)
    try:
        module.check(diagram, facts, report)
    except Exception as error:
        at, code = diagram.processes[diagram.main].at, module.RULE.code
        sentence = f"规则 {code} 自身出错（{type(error).__name__}），没有查完。"
        remedy = "其他规则不受影响；请把流程图文件交给系统维护人员。"
        report.findings.append(
            Finding("rule-error", Severity.ERROR, at.file, at.line, at.column, code, sentence, remedy)
        )
    return report.findings


def lint_files(
    files: Mapping[str, bytes],
    main: str | None = None,
    facts: MatterFacts | None = None,
    levels: Levels | None = None,
    today: date | None = None,
) -> Reading:
    """Read and lint: the diagram, and the findings of the reader and of all rules together, by place.

    Where the reader found an error at an element, the rules say nothing of that element: it would only follow.
    """
    return lint_reading(read(files, main), facts, levels, today)


def lint_reading(
    reading: Reading,
    facts: MatterFacts | None = None,
    levels: Levels | None = None,
    today: date | None = None,
    survey: Survey | None = None,
) -> Reading:
    """The same for what has been read already."""
    if reading.diagram is None:
        return reading
    faulty = {(f.file, f.element) for f in reading.findings if f.severity is Severity.ERROR}
    judged = (
        f
        for f in lint(reading.diagram, facts, levels, today, survey)
        if (f.file, f.element) not in faulty or f.rule in OF_WAIVERS
    )
    return Reading(reading.diagram, in_order((*reading.findings, *judged)))
