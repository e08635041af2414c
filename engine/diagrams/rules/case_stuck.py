"""From wherever a case can come to, it can still end.

A join that waits for a branch that nobody took leaves the case standing there, and its clock runs on.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node
from ..report import Report
from ..rulebook import Rule, title
from ..soundness import Flaw, FlawKind
from ..tour import scopes, steps
from .dead_end import going_round
from .outcome_without_way import shut_door

RULE = Rule("case-stuck", Severity.ERROR, "案件会停住，到不了结束")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    flaws = report.survey.soundness.of(FlawKind.STUCK)
    told = _told_by_others(diagram) if flaws else set()
    for flaw in flaws:
        if id(flaw.node) not in told:
            report(flaw.node, _sentence(flaw), _remedy(flaw.node), way=flaw.way)


def _told_by_others(diagram: Diagram) -> set[int]:
    """Where an outcome finds no way, and what only goes round: those have rules of their own."""
    shut = (shut_door(node, scope, outcome) for scope, node, work in steps(diagram) for outcome in work.outcomes)
    return {id(node) for node in shut if node} | {id(node) for scope in scopes(diagram) for node in going_round(scope)}


def _sentence(flaw: Flaw) -> str:
    name = title(flaw.node)
    if not flaw.lasting:
        return f"这样走以后，案件只会在“{name}”一带打转，怎么办都到不了结束：{flaw.way}。"
    if flaw.node.kind in ("parallelGateway", "inclusiveGateway", "complexGateway"):
        return f"“{name}”在等一条不会有人来的路，案件停在这里：{flaw.way}。"
    return f"案件会停在“{name}”，怎么办都到不了结束：{flaw.way}。"


def _remedy(node: Node) -> str:
    if node.kind == "parallelGateway":
        return "请让分开和汇合成对：按条件分开的用排他网关或包容网关汇合，同时分开的才用并行网关汇合。"
    return "请给它画一条总能走的去路，或用边界事件、默认连线让它走得下去。"
