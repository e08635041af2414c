"""Where the matter asks for two persons, somebody else looks at the file before the decision (一审一核).

A way to the decision without such a step lets one person do everything.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..paths import Breach
from ..report import Report
from ..rulebook import Rule, title

RULE = Rule("same-person", Severity.ERROR, "一个人可以从头办到决定")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or not facts.two_person:
        return
    for found in report.survey.walk.of(Breach.DECIDED_ALONE):
        report(
            found.node,
            f"本事项要求一审一核，可是不经受理、审查或审核就能到“{title(found.node)}”：{found}。",
            "请在决定之前画受理、审查（review）或审核（check）步骤，由另一个人办理。",
        )
