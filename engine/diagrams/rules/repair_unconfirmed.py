"""What an import has mended has been looked at by a person.

Where the meaning of the drawing was decided by us nobody has drawn what would run.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Severity
from ..graph import Diagram
from ..repairs import REPAIRS
from ..report import Report
from ..rulebook import Rule

RULE = Rule("repair-unconfirmed", Severity.ERROR, "没有确认的修复")

TITLES = {card.kind: card.title for card in REPAIRS}


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    for mend in diagram.mended:
        if mend.open:
            report(
                mend,
                f"“{mend.id}”在导入时作过修复（{TITLES.get(mend.kind, mend.kind)}），还没有人确认。",
                "请核对修复是否符合原意，再确认；不符合的改画，并删去这条记录。",
            )
