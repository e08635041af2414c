"""The file is worked on after it has been accepted. Before that the law knows only receiving, correcting and accepting.

A step that comes too early cannot be finished: its act is refused while the case is only received.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..vocabulary import AFTER_ACCEPTANCE

RULE = Rule("work-before-acceptance", Severity.ERROR, "没有受理就开始办")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if not report.survey.is_matter:
        return
    told = set[int]()
    for key, node, work, standings in report.survey.standings.steps():
        early = next((one for one in standings if not one.accepted and not one.decided), None)
        if work.kind in AFTER_ACCEPTANCE and early is not None and id(node) not in told:
            told.add(id(node))
            way = report.survey.standings.way(key, early)
            report(
                node,
                f"“{title(node)}”可能在受理之前就到了，这时还不能办：{str(way) or '一开始就到'}。",
                "请在它前面画受理步骤（intake），由受理通过的一路通过来。",
                way=way,
            )
