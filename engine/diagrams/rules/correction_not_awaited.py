"""After the applicant was told what is missing, the case waits until he has brought it, and then comes back to the intake.

Without the wait the intake stands open while nothing may be accepted, and the message that he came goes to nobody.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..vocabulary import CORRECTION_RECEIVED

RULE = Rule("correction-not-awaited", Severity.ERROR, "告知补正以后没有等待")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    standings = report.survey.standings
    places = ((key, node, some) for key, node, _, some in standings.steps())
    told = set[int]()
    for key, node, some in (*places, *standings.ends()):
        left = next((one for one in some if one.correcting), None)
        if left is not None and id(node) not in told:
            told.add(id(node))
            way = standings.way(key, left)
            report(
                node,
                f"告知补正以后没有等申请人补来材料，就到了“{title(node)}”：{way}。",
                f"请在补正的一路上画等待消息 {CORRECTION_RECEIVED} 的中间事件，再连回受理。",
                way=way,
            )
