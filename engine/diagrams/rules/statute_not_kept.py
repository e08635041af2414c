"""The step limits of the longest course fit into the statutory limit, on every start day of the known calendar.

Lengths that break the statute on most days are an error: nobody could keep them. A few days around long holidays, where calendar
days run on and working days do not, are a warning: the lamp follows the statute then, and the file has to be done earlier.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule
from ..timeproof import late_words, where_late

RULE = Rule("statute-not-kept", Severity.ERROR, "按环节时限守不住法定时限")
_NAME = "法定时限"


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    proof = report.survey.time_proof
    if proof is None:
        return
    straight = proof.straight.statutory
    returned = proof.returned.statutory if proof.returned is not None else None
    if straight is not None and not straight.kept:
        report(
            where_late(diagram, straight),
            f"各环节都按时限办完也会超过法定时限：{late_words(straight, _NAME)}。",
            "请缩短这几个环节的时限，或者把能同时办的改为同时办；法定时限不能延长。",
            None if straight.mostly_broken else Severity.WARNING,
            way=straight.way,
        )
    elif returned is not None and not returned.kept:
        report(
            where_late(diagram, returned),
            f"退回 {proof.returns} 次、每一步又用足时限的件会超过法定时限：{late_words(returned, _NAME)}。不退回时守得住。",
            "退回以后应当在剩余的时间里办完；请缩短环节时限。",
            Severity.WARNING,
            way=returned.way,
        )
