"""What prepares the decision comes before it. After a grant or a refusal nothing is reviewed, visited or asked any more.

Such a step could never be finished: its act is refused once the matter is decided.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..vocabulary import AFTER_ACCEPTANCE

RULE = Rule("work-after-decision", Severity.ERROR, "决定以后还在审查")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    told = set[int]()
    for key, node, work, standings in report.survey.standings.steps():
        late = next((one for one in standings if one.decided), None)
        if work.kind in AFTER_ACCEPTANCE and late is not None and id(node) not in told:
            told.add(id(node))
            way = report.survey.standings.way(key, late)
            report(
                node,
                f"“{title(node)}”可能在决定之后才到，这时已经不能办：{way}。",
                "请把它移到决定之前；决定以后要做的工作用 manual、notify、certificate 或 deliver。",
                way=way,
            )
