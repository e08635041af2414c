"""A matter begins in one place: one start event, and among several exactly one that waits for nothing.

A case is begun by being filed, and nobody then says which start is meant. Where nothing is drawn, none can begin.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title

RULE = Rule("starts-unclear", Severity.ERROR, "不知道从哪里开始")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    main = diagram.processes[diagram.main]
    if not main.nodes:
        report(main, f"“{title(main)}”里面什么都没有画，收件后没有地方开始。", "请画出从收件到办结的步骤。")
    starts = [node for node in main.nodes.values() if node.kind == "startEvent"]
    plain = [node for node in starts if not node.events]
    surplus = plain[1:] if plain else starts[1:]
    for node in surplus:
        report(
            node,
            f"“{title(node)}”是又一个开始事件，收件后不知道从哪一个开始。",
            "请只留一个普通的开始事件；别的改成后面的等待事件，或并成一个开始。",
        )
