"""A call activity calls a part or a matter that exists. One that calls nothing would stop the case at this place."""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes

RULE = Rule("call-to-nowhere", Severity.ERROR, "调用的流程不存在")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    known = _known(facts)
    for node in nodes(diagram):
        if node.kind != "callActivity" or node.called in diagram.processes:
            continue
        if node.called is None:
            report(
                node, f"“{title(node)}”没有写调用哪个流程。", "请填写被调用的公共流程或事项的编号（calledElement）。"
            )
        elif known is not None and node.called not in known:
            report(
                node, f"“{title(node)}”调用的“{node.called}”不存在。", "请核对编号；被调用的公共流程或事项要先发布。"
            )


def _known(facts: MatterFacts | None) -> frozenset[str] | None:
    """Everything that may be called from outside of the files; None where that is not known."""
    if facts is None or facts.callable is None or facts.matters is None:
        return None
    return facts.callable | facts.matters
