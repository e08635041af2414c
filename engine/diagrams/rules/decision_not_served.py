"""What was decided reaches the applicant: every decision is served, and a grant brings the certificate that the guide promises.

Without the step nobody is asked to do it, and the limit for serving (行政许可法 第44条) runs out unseen.
"""

from __future__ import annotations

from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule, title

RULE = Rule("decision-not-served", Severity.WARNING, "决定以后没有送达", Level.WARNING)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    if facts is None or facts.result is None:
        return
    for key, node, standings in report.survey.standings.ends():
        unserved = next((one for one in standings if one.decided and not one.served), None)
        uncertified = next((one for one in standings if one.decided == "grant" and not one.certified), None)
        if unserved is not None:
            way = report.survey.standings.way(key, unserved)
            report(
                node,
                f"作出决定以后没有送达就到了“{title(node)}”：{way}。",
                "请在结束之前画送达（deliver）步骤，或调用公共流程 part-delivery。",
                way=way,
            )
        elif facts.result and uncertified is not None:
            way = report.survey.standings.way(key, uncertified)
            report(
                node,
                f"准予以后没有制作“{facts.result}”就到了“{title(node)}”：{way}。",
                "请在准予的一路上画制证（certificate）步骤，或调用公共流程 part-certificate。",
                way=way,
            )
