"""Every case ends with a decision or with a refused acceptance.

Any other end leaves the applicant without an answer and a remedy.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..paths import Breach
from ..report import Report
from ..rulebook import Rule, title

RULE = Rule("ends-without-decision", Severity.ERROR, "没有决定就结束")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None and not report.survey.is_matter:
        return  # a part on its own: its decision stands in the matter that calls it
    walked = report.survey.walk
    for found in walked.of(Breach.ENDED_UNDECIDED):
        report(
            found.node,
            f"可以没有决定就在“{title(found.node)}”结束：{found}。",
            "请在结束之前画决定步骤（decide），或让受理步骤以不予受理结束；撤回、终止不用画。",
            way=found.way,
        )
    if not walked.whole:
        main = diagram.processes[diagram.main]
        report(
            main, "可能的走法太多，没有全部查完。", "请减少同时进行的分支，或把一段流程拆成子流程。", Severity.WARNING
        )
