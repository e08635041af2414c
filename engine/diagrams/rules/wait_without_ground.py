"""While the legal clock runs the case waits for nothing but work, unless a special procedure with its ground stops the clock.

A timer or a message in between spends days of the promise that no law gives back (行政许可法 第45条).
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram, Node
from ..report import Report
from ..rulebook import Rule, title
from ..vocabulary import NODE_NAMES

RULE = Rule("wait-without-ground", Severity.WARNING, "计时期间没有依据的等待", Level.WARNING)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.limits is None or facts.instant:
        return
    told = set[int]()
    for key, node, standings in report.survey.standings.places():
        if not waits(node) or id(node) in told:
            continue
        running = next((one for one in standings if one.accepted and not one.decided and not one.paused), None)
        if running is not None:
            told.add(id(node))
            report(
                node,
                f"{NODE_NAMES[node.kind]}“{title(node)}”在受理之后、决定之前，等待期间承诺和法定时限照样计算。",
                "依法不计时的（听证、检测、专家评审等），请画特别程序，启动和结束各一步，写明 ls:ground；否则请去掉等待。",
                way=report.survey.standings.way(key, running),
            )


def waits(node: Node) -> bool:
    """Whether a case stands here until something comes: a time, a message, a signal, a condition."""
    caught = node.kind == "intermediateCatchEvent" and any(event.kind != "link" for event in node.events)
    return caught or (node.kind == "receiveTask" and node.work is None)
