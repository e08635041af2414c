"""A case is accepted or refused once, and decided once.

A way that does so again would give one application two papers.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..paths import Breach
from ..report import Report
from ..rulebook import Rule, title

RULE = Rule("decides-twice", Severity.ERROR, "同一件受理或决定两次")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for found in report.survey.walk.of(Breach.DECIDED_TWICE, Breach.ACCEPTED_TWICE):
        act = "作出决定" if found.breach is Breach.DECIDED_TWICE else "受理或不予受理"
        report(
            found.node,
            f"在“{title(found.node)}”可能第二次{act}：{found}。",
            "请改连线，使每条路径只经过一次；退回修改请连到审查步骤，而不是受理或决定之前。",
            way=found.way,
        )
