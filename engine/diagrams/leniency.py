"""Leniency: what a designer lets pass at a place until a day, and how strictly a hall takes a rule. Nothing vanishes by it but
what a hall has switched off: a finding that is let pass stays, as information with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from .findings import Finding, Level, Severity, Waived
from .graph import Diagram, Waiver
from .reader.faults import FAULTS
from .rulebook import Rule

Levels = Mapping[str, Level]
"""How a hall takes its rules, by code; what is not named is taken as its card says."""

OF_WAIVERS: Mapping[str, tuple[Severity, str, str]] = {
    "waiver-expired": (
        Severity.WARNING,
        "规则“{rule}”的豁免（{reason}）到 {until} 为止，已经过期，不再起作用。",
        "请改正所豁免的问题并删去豁免，或重新商定日期。",
    ),
    "waiver-not-allowed": (
        Severity.WARNING,
        "规则“{rule}”不能豁免，这条豁免不起作用。",
        "涉及法律、安全和能不能执行的提示只能改正，请删去这条豁免。",
    ),
    "waiver-rule-unknown": (
        Severity.WARNING,
        "没有可以豁免的规则“{rule}”，这条豁免不起作用。",
        "请核对规则代码（lianshen rules 列出全部）。",
    ),
    "waiver-unused": (
        Severity.INFO,
        "规则“{rule}”的豁免在这里没有可豁免的{unasked}。",
        "问题已经改正的，请删去这条豁免。",
    ),
}
"""What is told of the waivers themselves: code, severity, sentence, remedy."""


def told(
    diagram: Diagram,
    findings: Iterable[Finding],
    rules: Mapping[str, Rule],
    levels: Levels,
    today: date | None,
    *,
    asked_all: bool,
) -> Iterator[Finding]:
    """The findings of the rules as they are told: let pass, milder, stricter, or not at all; and what is wrong with the waivers.

    today: the civil date on which waivers are judged; None takes all of them as running. asked_all: whether the rules knew the
    matter, so that a waiver without a finding is surely one too many.
    """
    running = [w for w in diagram.waivers if _why_not(w, rules, today) == ""]
    used = set[Waiver]()
    for finding in findings:
        waiver = next((w for w in running if _covers(w, finding)), None)
        if waiver is not None:
            used.add(waiver)
        rule = rules.get(finding.rule)
        severity = finding.severity if rule is None else taken(finding.severity, rule, levels.get(finding.rule))
        if severity is None:
            continue
        told = replace(finding, severity=severity)
        yield told if waiver is None else _passed(told, waiver)
    for waiver in diagram.waivers:
        code = _why_not(waiver, rules, today)
        if not code and waiver not in used and levels.get(waiver.rule) is not Level.OFF:
            code = "waiver-unused"
        if code:
            yield _of_waiver(code, waiver, asked_all)


def taken(severity: Severity, rule: Rule, level: Level | None) -> Severity | None:
    """How a finding of a rule is told under a hall's level; None: not at all.

    What the rule tells at its own severity takes the level; what it tells otherwise is never told more strictly by it. A level
    below the rule's floor (its card may have been raised since) counts as the floor.
    """
    if level is None:
        return severity
    level = rule.floor if level.is_below(rule.floor) else level
    return level.severity if severity is rule.severity or level.is_below(severity) else severity


def _why_not(waiver: Waiver, rules: Mapping[str, Rule], today: date | None) -> str:
    """The code of what keeps a waiver from having any effect; empty for one that runs."""
    rule = rules.get(waiver.rule)
    if rule is None:
        return "waiver-not-allowed" if waiver.rule in FAULTS else "waiver-rule-unknown"
    if rule.is_fixed:
        return "waiver-not-allowed"
    return "waiver-expired" if today is not None and waiver.until < today else ""


def _covers(waiver: Waiver, finding: Finding) -> bool:
    here = waiver.whole or waiver.id == finding.element
    return here and waiver.rule == finding.rule and waiver.at.file == finding.file


def _passed(finding: Finding, waiver: Waiver) -> Finding:
    waived = Waived(finding.severity, waiver.reason, waiver.until, waiver.at.line, waiver.at.column)
    sentence = f"{finding.sentence}（豁免到 {waiver.until}：{waiver.reason}）"
    return replace(finding, severity=Severity.INFO, sentence=sentence, waived=waived)


def _of_waiver(code: str, waiver: Waiver, asked_all: bool) -> Finding:
    severity, sentence, remedy = OF_WAIVERS[code]
    unasked = "" if asked_all else "（没有事项的资料，要凭资料才能查的规则没有查）"
    facts = {"rule": waiver.rule, "reason": waiver.reason, "until": waiver.until, "unasked": unasked}
    where = (waiver.at.file, waiver.at.line, waiver.at.column, waiver.id)
    return Finding(code, severity, *where, sentence.format_map(facts), remedy)
