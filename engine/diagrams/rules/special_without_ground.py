"""A special procedure has a lawful ground, begins before it ends, and is over before the decision (行政许可法 第45条).

Otherwise the clock would stand still without a right to, or for ever.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..paths import Breach
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps
from ..vocabulary import StepKind

RULE = Rule("special-without-ground", Severity.ERROR, "特别程序没有依据或没有起止")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    lawful = facts.grounds if facts else None
    for _, node, work in steps(diagram):
        if work.kind is not StepKind.SPECIAL:
            continue
        if work.ground is None:
            report(
                node,
                f"特别程序“{title(node)}”没有写依据（ls:ground）。",
                "请写明依据，例如 hearing（听证）、expert_review（专家评审）。",
            )
        elif lawful is not None and work.ground not in lawful:
            known = "、".join(sorted(lawful)) or "没有"
            report(
                node,
                f"本事项的时限不能因“{work.ground}”停止计算。",
                f"本事项可用的依据：{known}；没有依据的请改为一般步骤。",
            )
    for found in report.survey.walk.of(Breach.SPECIAL_NOT_STARTED):
        report(
            found.node,
            f"“{title(found.node)}”可能还没有启动就结束：{found}。",
            "请先画结果为启动（start）的同一依据的特别程序步骤。",
            way=found.way,
        )
    for found in report.survey.walk.of(Breach.DECIDED_IN_SPECIAL):
        report(
            found.node,
            f"特别程序没有结束就可能到“{title(found.node)}”：{found}。",
            "请在决定之前画结果为结束（end）的特别程序步骤。",
            way=found.way,
        )
