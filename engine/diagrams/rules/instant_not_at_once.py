"""What is decided on the spot needs nothing that takes days: no special procedure, no visit, no other office, no waiting.

An instant matter (即办件) that is drawn so promises the applicant what the drawing cannot keep.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node
from ..report import Report
from ..rulebook import Rule, title
from ..vocabulary import KIND_NAMES, StepKind
from .wait_without_ground import waits

RULE = Rule("instant-not-at-once", Severity.WARNING, "即办件里有不能当场办的步骤")

SLOW = frozenset((StepKind.SPECIAL, StepKind.SITE_VISIT, StepKind.OPINION, StepKind.COUNTERSIGN, StepKind.ESCALATE))
AT_ONCE = frozenset(("0wd", "0.5wd", "1wd", "0cd", "1cd"))


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or not facts.instant:
        return
    told = set[int]()
    for _, node, standings in report.survey.standings.places():
        counting = any(one.accepted and not one.decided for one in standings)
        slow = _slow(node, diagram) if counting else ""
        if slow and id(node) not in told:
            told.add(id(node))
            report(
                node,
                f"本事项是即办件，“{title(node)}”{slow}，不能当场办结。",
                "请改画成窗口当场能办的步骤，或把事项改为承诺件（指南的 kind: promised）。",
            )


def _slow(node: Node, diagram: Diagram) -> str:
    """Why this takes longer than a day; empty where it does not."""
    if diagram.matter_called(node) is not None:
        return "要等另一个事项办完"
    if waits(node):
        return "要等待"
    if node.work is None:
        return ""
    if node.work.kind in SLOW:
        return f"是{KIND_NAMES[node.work.kind]}"
    limit = node.work.limit
    return f"的环节时限是 {limit}" if limit is not None and limit not in AT_ONCE else ""
