"""Whether every case can end is proven, or it is said that it is not.

Some drawings have more runs than can be tried, or a construct that is not counted out.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule
from .not_proven import surplus

RULE = Rule("soundness-undecided", Severity.WARNING, "没能证明每件都能办结", Level.WARNING)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    proof = report.survey.soundness
    told = proof.at is not None and report.survey.is_matter and surplus(proof.at)
    if not proof.decided and not told:
        report(
            proof.at or diagram.processes[diagram.main],
            f"没能逐一走完这张图，不能证明每件都能办结、每步只办一次：{proof.bound}。",
            "请把图画得简单些（少一些同时走的路，不用数令牌的写法），或请人逐条走一遍。",
        )
