"""No two steps of a drawing bear one name.

The worklist, the progress and the journal tell a step by its name, and nobody could say which of the two is meant.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule
from ..tour import nodes_in

RULE = Rule("name-twice", Severity.WARNING, "两个步骤同名")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for process in diagram.processes.values():
        seen = dict[str, str]()
        for node in nodes_in(process):
            name = (node.name or "").strip()
            if node.work is None or not name:
                continue
            if name in seen:
                report(
                    node,
                    f"有两个步骤都叫“{name}”（{seen[name]}、{node.id}），待办和进度里分不清是哪一个。",
                    "请给其中一个改名，写出不同之处，例如“初审”“复审”。",
                )
            seen.setdefault(name, node.id)
