"""The step limits of the longest course fit into the promise, on every start day of the known calendar.

Where they do not, an office that keeps every limit of its own breaks its word to the applicant all the same. A promise that only
a return breaks is told with the proof and not here: what was sent back is done again in the time that is left, not in a new one.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule
from ..timeproof import late_words, where_late

RULE = Rule("promise-not-kept", Severity.WARNING, "按环节时限守不住承诺", Level.INFO)
_NAME = "承诺时限"


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    proof = report.survey.time_proof
    if proof is None:
        return
    straight = proof.straight.promised
    if straight is not None and not straight.kept:
        report(
            where_late(diagram, straight),
            f"各环节都按时限办完也守不住承诺：{late_words(straight, _NAME)}。",
            "请缩短这几个环节的时限，能同时办的改为同时办，或者在办事指南里延长承诺时限。",
            way=straight.way,
        )
