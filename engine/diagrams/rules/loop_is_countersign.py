"""A multi-instance task that is step by step the same as a countersign may become one. Nothing is wrong with it as it is."""

from __future__ import annotations

from ..dialects import countersign
from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import nodes
from ..vocabulary import SIGNING_RULES

RULE = Rule("loop-is-countersign", Severity.INFO, "多实例任务与会签相同")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for node in nodes(diagram):
        signing = countersign(node)
        if signing is None:
            continue
        who = "、".join(signer.department for signer in signing.signers)
        report(
            node,
            f"“{title(node)}”是多实例任务，与会签（{SIGNING_RULES[signing.rule]}：{who}）每一步都相同。",
            "可以改成会签：意见、加签、减签就按会签办；不改也照样执行。",
        )
