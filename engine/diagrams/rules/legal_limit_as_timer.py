"""A legal limit is no timer of the drawing: it counts working days, pauses and extensions.

And a step that nobody finished in time is late, not done.
"""

from __future__ import annotations

import re

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, EventDefinition, Node
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes

RULE = Rule("legal-limit-as-timer", Severity.ERROR, "把法定时限画成定时器")

_DAYS = re.compile(r"P(\d+)D")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    limits = (facts.limits if facts else None) or frozenset()
    for scope in scopes(diagram):
        for node in scope.nodes.values():
            host = scope.nodes.get(node.attached_to or "")
            for event in node.events:
                if event.kind == "timer":
                    _check_timer(node, event, host, limits, report)


def _check_timer(node: Node, event: EventDefinition, host: Node | None, limits: frozenset[str], report: Report) -> None:
    work = host.work if host else None
    own = frozenset({work.limit}) if work and work.limit else frozenset[str]()
    if host is not None and work is not None and node.interrupting:
        report(
            node,
            f"定时器“{title(node)}”到点会自动结束步骤“{title(host)}”。",
            "超时的步骤应亮灯催办，不会自己办完：请用 ls:limit 写环节时限；要提醒的请用不中断的定时器。",
        )
    elif _is_limit(event.text or "", limits | own):
        report(
            node,
            f"定时器“{title(node)}”的时间“{event.text}”是法定或环节时限。",
            "时限按工作日计算并可暂停，由系统按事项和 ls:limit 计时；请删去这个定时器。",
        )


def _is_limit(text: str, limits: frozenset[str]) -> bool:
    """A wait of the length of a limit, in the limit's own unit or as calendar days; other waits are the drawing's own."""
    days = _DAYS.fullmatch(text.strip())
    return text.strip() in limits or (days is not None and any(limit[:-2] == days[1] for limit in limits))
