"""Every step has an owner: a department, a window, or both, that the catalogue knows.

A step of nobody waits for ever.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps

RULE = Rule("step-without-window", Severity.ERROR, "步骤没有承办部门或窗口")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    departments = facts.departments if facts else None
    windows = facts.windows if facts else None
    for _, node, work in steps(diagram):
        if work.department is None and work.window is None:
            report(
                node,
                f"步骤“{title(node)}”没有写由哪个部门或窗口承办。",
                "请写 ls:department（部门代码）或 ls:window（窗口代码）。",
            )
        if departments is not None and work.department is not None and work.department not in departments:
            report(
                node,
                f"步骤“{title(node)}”的部门“{work.department}”不在目录里。",
                f"可用的部门代码：{_listed(departments)}。",
            )
        if windows is not None and work.window is not None and work.window not in windows:
            report(
                node, f"步骤“{title(node)}”的窗口“{work.window}”不在目录里。", f"可用的窗口代码：{_listed(windows)}。"
            )


def _listed(codes: frozenset[str]) -> str:
    return "、".join(sorted(codes)) or "没有"
