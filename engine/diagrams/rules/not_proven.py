"""What makes more tokens than the proof of the ways counts is carried out, and is not published as a matter.

That every case accepts once and decides once is proven for each version; of these constructs nothing is proven.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node
from ..report import Report
from ..rulebook import Rule, title
from ..soundness import goes_off_again
from ..tour import nodes

RULE = Rule("not-proven", Severity.ERROR, "证明不了走法的图形")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for node in nodes(diagram):
        if what := surplus(node):
            report(
                node,
                f"“{title(node)}”{what}，引擎能执行，但证明不了每件只受理一次、只决定一次。",
                "请改用并行网关、不中断的边界事件或会签来画。",
            )


def surplus(node: Node) -> str:
    """What of it makes more tokens, in words; empty where nothing does."""
    if (node.needs, node.gives) != (1, 1):
        return "一次要几个令牌，或办完走出几个令牌（startQuantity、completionQuantity）"
    if node.loop and node.loop.announces:
        return f"每办完一份都可能另开一路（behavior={node.loop.behavior}）"
    if goes_off_again(node):
        return "是流程当中重复的定时，到一次走出一路"
    return "要等后面的事件都来才完（eventGatewayType）" if node.all_events else ""
