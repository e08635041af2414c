"""A countersign asks several departments. With one signer it is an opinion, with a threshold that only all can reach it is no vote.

Nothing goes wrong with it; but whoever reads the drawing expects something else.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps

RULE = Rule("countersign-of-one", Severity.INFO, "会签只有一家，或表决等于全签")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for _, node, work in steps(diagram):
        signing = work.signing
        if signing is None:
            continue
        weights = [signer.weight for signer in signing.signers]
        if len(weights) == 1:
            report(
                node,
                f"会签“{title(node)}”只有一个部门（{signing.signers[0].department}）。",
                "请补上别的部门，或改成征求意见（opinion）。",
            )
        elif signing.rule == "vote" and signing.threshold > sum(weights) - min(weights):
            report(
                node,
                f"表决“{title(node)}”要 {signing.threshold} 票，缺一家都不够：等于全部会签。",
                "请降低 ls:threshold，或改成 ls:rule=all。",
            )
