"""Where the matter asks for two persons, somebody else looks at the file before the decision (一审一核).

A way to the decision without such a step lets one person do everything; where one and the same person is the only one who could
do both, nobody may decide.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram, Node, Work
from ..paths import Breach
from ..report import Report
from ..rulebook import Rule, title
from ..tour import steps
from ..vocabulary import StepKind

RULE = Rule("same-person", Severity.ERROR, "一个人可以从头办到决定")

EXAMINING = frozenset((StepKind.INTAKE, StepKind.REVIEW, StepKind.CHECK))


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or not facts.two_person:
        return
    for found in report.survey.walk.of(Breach.DECIDED_ALONE):
        report(
            found.node,
            f"本事项要求一审一核，可是不经受理、审查或审核就能到“{title(found.node)}”：{found}。",
            "请在决定之前画受理、审查（review）或审核（check）步骤，由另一个人办理。",
            way=found.way,
        )
    for step, examined, who in _alone(diagram, facts):
        named = all(node.work is not None and node.work.officer for node in (step, examined))
        report(
            step,
            f"本事项要求一审一核，可是“{title(examined)}”和“{title(step)}”都只有 {who} 一人能办：他办了前一步，就不能作决定。",
            "请把其中一步指定给别人（ls:officer），或改到有另一位工作人员的窗口。",
            Severity.ERROR if named else Severity.WARNING,
        )


def _alone(diagram: Diagram, facts: MatterFacts) -> Iterator[tuple[Node, Node, str]]:
    """Each decision that only he could take who alone can do an earlier look at the file, with that step."""
    drawn = list(steps(diagram))
    for _, step, work in drawn:
        doers = _doers(step, work, facts)
        if work.kind is not StepKind.DECIDE or len(doers) != 1:
            continue
        others = (node for _, node, other in drawn if other.kind in EXAMINING and _doers(node, other, facts) == doers)
        if (examined := next(others, None)) is not None:
            yield step, examined, next(iter(doers))


def _doers(step: Node, work: Work, facts: MatterFacts) -> frozenset[str]:
    """Who can do it, as far as that is known: the officer that is drawn, else those of its window."""
    return frozenset({work.officer}) if work.officer else (facts.doers or {}).get(step.id, frozenset())
