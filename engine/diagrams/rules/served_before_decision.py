"""A certificate is made and served after the matter was granted, and each of them once.

Before the decision, after a refusal or after it was served already there is nothing to certify or to serve.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..standing import Standing
from ..vocabulary import StepKind

RULE = Rule("served-before-decision", Severity.ERROR, "没有决定就制证或送达")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if not report.survey.is_matter:
        return
    told = set[int]()
    for key, node, work, standings in report.survey.standings.steps():
        for standing in standings:
            wrong = _wrong(work.kind, standing)
            if wrong and id(node) not in told:
                told.add(id(node))
                way = report.survey.standings.way(key, standing)
                report(
                    node,
                    f"“{title(node)}”可能{wrong}：{str(way) or '一开始就到'}。",
                    "请只在准予的一路上画制证，在决定之后画一次送达。",
                    way=way,
                )


def _wrong(kind: StepKind, standing: Standing) -> str:
    """What is wrong with coming to such a step so; empty for nothing."""
    if kind not in (StepKind.CERTIFICATE, StepKind.DELIVER):
        return ""
    if not standing.decided:
        return "在作出决定之前就到"
    if standing.served:
        return "在送达以后又到"
    return "在不予许可以后到，没有证可制" if kind is StepKind.CERTIFICATE and standing.decided == "refuse" else ""
