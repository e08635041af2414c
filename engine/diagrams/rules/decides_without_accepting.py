"""Nothing is decided before it was accepted (行政许可法 第32条).

A way to a decision that passes no acceptance is drawn wrongly.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..paths import Breach
from ..report import Report
from ..rulebook import Rule, title

RULE = Rule("decides-without-accepting", Severity.ERROR, "没有受理就作决定")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for found in report.survey.walk.of(Breach.DECIDED_UNACCEPTED):
        report(
            found.node,
            f"可以不经受理就到“{title(found.node)}”：{found}。",
            "请让通向决定的每条路径都先经过受理步骤（intake），结果为受理或容缺受理。",
            way=found.way,
        )
