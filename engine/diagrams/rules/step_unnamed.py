"""A step bears a name of its own, as people call the work.

Without one the worklist shows an id; the name that a drawing tool gives by itself says as little.
"""

from __future__ import annotations

import re

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule
from ..tour import nodes
from ..vocabulary import KIND_NAMES

RULE = Rule("step-unnamed", Severity.WARNING, "步骤没有名称")

_BY_A_TOOL = re.compile(
    r"(user|manual|service|send|receive|script|business rule|call)?[ _-]?(task|activity)([ _-]?[0-9a-z]{0,8})?"
    r"|(用户|人工|服务|审批)?(任务|节点|活动|步骤)[ _-]?\d*|新(任务|步骤|节点)|未命名.*|untitled.*|new (task|activity|step|node)",
    re.IGNORECASE,
)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for node in nodes(diagram):
        if node.work is None:
            continue
        name = (node.name or "").strip()
        example = f"请写办的是什么，例如“{KIND_NAMES[node.work.kind]}”。"
        if not name:
            report(node, f"步骤 {node.id} 没有名称，待办和进度里只显示编号。", example)
        elif _BY_A_TOOL.fullmatch(name):
            report(node, f"步骤的名称“{name}”是绘图工具自动起的，看不出办什么。", example)
