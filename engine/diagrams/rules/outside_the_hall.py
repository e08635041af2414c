"""All steps but the site visit are done in the hall, and an instant matter never goes back to the department behind it.

Work outside the hall is what the hall was built to end.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps
from ..vocabulary import Place, StepKind

RULE = Rule("outside-the-hall", Severity.ERROR, "步骤在大厅以外办理")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for _, node, work in steps(diagram):
        if work.place is Place.OUTSIDE and work.kind is not StepKind.SITE_VISIT:
            report(
                node,
                f"步骤“{title(node)}”在大厅以外办理，只有现场踏勘可以。",
                "请改为在大厅办理（去掉 ls:place），或把步骤类型改为 site_visit。",
            )
        if facts is not None and facts.instant and work.place is Place.HQ:
            report(
                node,
                f"即办件的步骤“{title(node)}”要拿回原单位办理。",
                '即办件应当场办结：请授权窗口办理（去掉 ls:place="hq"），或把事项改为承诺件。',
            )
