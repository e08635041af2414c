"""What a button or a way says fits what it does: nothing labelled as a refusal grants, nothing labelled as a grant refuses.

The officer presses what he reads, and the act that is performed is the one of the code.
"""

from __future__ import annotations

import re

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..paths import outcome_asked
from ..report import Report
from ..rulebook import Rule, title
from ..tour import scopes, steps
from ..vocabulary import OUTCOME_LABELS

RULE = Rule("label-misleads", Severity.ERROR, "写的字和做的事相反")

FOR = frozenset(("accept", "accept_tolerant", "pass", "agree", "grant"))
AGAINST = frozenset(("refuse", "refuse_acceptance", "object", "return"))
_NO = re.compile("不予|不同意|不通过|未通过|不符合|不合格|不受理|不准|不批|驳回|退回|拒绝|否决|反对")
_YES = re.compile("准予|同意|通过|受理|批准|核准|许可|合格")


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for _, node, work in steps(diagram):
        for outcome in work.outcomes:
            if _contradicts(outcome.code, outcome.label):
                report(
                    node,
                    f"步骤“{title(node)}”的按钮写着“{outcome.label}”，按下去执行的是“{OUTCOME_LABELS[outcome.code]}”"
                    f"（{outcome.code}）。",
                    "请改正 ls:outcome 的 code 或 label，使两者一致。",
                )
    for scope in scopes(diagram):
        for flow in scope.flows:
            asked = outcome_asked(flow.condition)
            if asked is not None and _contradicts(asked[1], flow.name or ""):
                report(
                    flow,
                    f"连线上写着“{flow.name}”，条件却是“{OUTCOME_LABELS[asked[1]]}”（{asked[1]}）时走。",
                    "请改正连线上的字或条件，使两者一致。",
                    Severity.WARNING,
                )


def _contradicts(code: str, label: str) -> bool:
    no, yes = _NO.search(label) is not None, _YES.search(label) is not None
    return (code in FOR and no) or (code in AGAINST and yes and not no)
