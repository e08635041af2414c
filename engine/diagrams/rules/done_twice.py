"""What is drawn once is done once in one course of a case.

Branches that run side by side and are never joined do everything behind them again, each for itself.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..soundness import FlawKind

RULE = Rule("done-twice", Severity.ERROR, "同一步会办两遍")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    told: list[str] = []
    for flaw in sorted(report.survey.soundness.of(FlawKind.TWICE), key=lambda flaw: len(flaw.way.passed)):
        passed = [station.element for station in flaw.way.passed]
        if any(passed.count(key) > 1 for key in told):  # what lies behind is done twice as well, and follows
            continue
        told.append(flaw.node.id)
        report(
            flaw.node,
            f"同时走的几路没有汇合就都到了“{title(flaw.node)}”，从这里起会办两遍：{flaw.way}。",
            "请在它前面用并行网关（按条件分开的用包容网关）把几路汇合成一路。",
            way=flaw.way,
        )
