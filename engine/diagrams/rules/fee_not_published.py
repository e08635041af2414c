"""Nothing is paid in a matter whose guide says that it costs nothing (行政许可法 第58条、第59条).

A payment step would ask the applicant for money that no published rule names.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps
from ..vocabulary import StepKind

RULE = Rule("fee-not-published", Severity.ERROR, "不收费的事项有缴费步骤")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or not facts.free:
        return
    for _, node, work in steps(diagram):
        if work.kind is StepKind.PAYMENT:
            report(
                node,
                f"办事指南写明不收费，流程却有缴费步骤“{title(node)}”。",
                "请删去这一步；依法收费的，请先在指南的 fee 写明项目、标准和依据。",
            )
