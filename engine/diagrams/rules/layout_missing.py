"""What runs can be seen: every node and flow has its place on the drawing. Nobody checks what he does not see."""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram, Scope
from ..reader.layout import drawn_key
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes_in

RULE = Rule("layout-missing", Severity.ERROR, "图上看不见", Level.WARNING)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    home = diagram.processes[diagram.main].at.file
    for process in (process for process in diagram.processes.values() if not process.is_global_task):
        drawn = [
            drawn_key(node.id, process.at.file, home) for scope in scopes_in(process) for node in scope.nodes.values()
        ]
        if drawn and not any(key in diagram.shapes for key in drawn):
            report(
                process,
                f"流程“{title(process)}”没有布局，图上什么也看不见。",
                "请在设计工具里打开并保存，或使用自动布局。",
                Severity.WARNING,
            )
        else:
            _report_hidden(process, diagram, home, report)


def _report_hidden(process: Scope, diagram: Diagram, home: str, report: Report) -> None:
    for scope in scopes_in(process):
        for node in scope.nodes.values():
            if drawn_key(node.id, node.at.file, home) not in diagram.shapes:
                report(node, f"“{title(node)}”会执行，可是图上没有它。", "请在设计工具里补画，或删去它。")
        for flow in scope.flows:
            if drawn_key(flow.id, flow.at.file, home) not in diagram.edges:
                way = f"“{title(scope.nodes[flow.source])}”到“{title(scope.nodes[flow.target])}”"
                ends = (drawn_key(end, flow.at.file, home) in diagram.shapes for end in (flow.source, flow.target))
                fix = "line-drawn" if all(ends) else ""
                report(flow, f"{way}的连线会起作用，可是图上没有它。", "请在设计工具里补画，或删去它。", fix=fix)
