"""The proof in words: what the rules, the command line and the guide say of it."""

from __future__ import annotations

from ...clock import CountedFrom, Limit, Span, Unit
from ..graph import Diagram, Node
from ..tour import scopes
from .proof import Against, TimeProof
from .told import ApartKind

_SHOWN = 8


def days_words(n: int) -> str:
    """`3 个工作日`; none is the same day."""
    return Span(n, Unit.WD).words if n <= 9999 else f"{n} 个工作日"


def path_words(against: Against) -> str:
    """`审查 3 个工作日 → 审核 2 个工作日`; what takes no time is left out, and the middle of a very long one."""
    legs = [f"{leg.title} {days_words(leg.days)}" for leg in against.path if leg.days]
    if len(legs) > _SHOWN:
        legs = [*legs[: _SHOWN // 2], "…", *legs[-_SHOWN // 2 :]]
    return " → ".join(legs) or "各环节都是当日"


def start_words(limit: Limit) -> str:
    """What the start day is: `受理`, `收件`."""
    return limit.counted_from.words


def late_words(against: Against, name: str) -> str:
    """How a limit is not kept: the worst start day, by how much, on which path, on how many days."""
    limit, late = against.limit, -against.slack
    begun = "收到" if limit.counted_from is CountedFrom.RECEIVED else start_words(limit)
    where = f"{against.worst_on} {begun}的件最长办到 {against.ends_on}"
    by = f"比{name}（{limit.span.words}，{against.due_on} 到期）晚 {late} 个工作日"
    return f"{where}，{by}：{path_words(against)}；{often_words(against)}"


def often_words(against: Against) -> str:
    """On how many start days the limit is not kept."""
    if against.broken == against.days:
        return "每个开始日都守不住"
    return f"核算的 {against.days} 个开始日中有 {against.broken} 个守不住"


def range_words(proof: TimeProof) -> str:
    """Which start days were proved."""
    return f"按已公布的日历逐日核算（{proof.from_on} 至 {proof.through_on}）"


def apart_words(proof: TimeProof, kind: ApartKind) -> str:
    """What is told apart of one kind: `专家评审最长 15 个工作日、听证`."""
    return "、".join(dict.fromkeys(one.words for one in proof.apart if one.kind is kind))


def where_late(diagram: Diagram, against: Against) -> Node:
    """The step of the longest course by which the limit is over, on the worst day; the last one where none is."""
    late = [leg for leg in against.path if leg.ends_on > against.due_on] or against.path[-1:]
    drawn = {scope.id: scope for scope in scopes(diagram)}
    return drawn[late[0].scope].nodes[late[0].element]


def against_words(against: Against, name: str) -> str:
    """A limit and its course in one line: `承诺时限 8 个工作日：最长 6 个工作日，浮时 2 个工作日；审查 …`."""
    limit = f"{name} {against.limit.span.words}（自{start_words(against.limit)}起）"
    if not against.kept:
        return f"{limit}：守不住，{late_words(against, name)}"
    longest = f"最长 {days_words(against.longest)}" if against.longest else "当日办结"
    return f"{limit}：守得住，{longest}，浮时 {against.slack} 个工作日{_where_least(against)}；{path_words(against)}"


def _where_least(against: Against) -> str:
    if against.even:
        return "，每个开始日都一样"
    return f"，最不利的开始日 {against.worst_on}（办到 {against.ends_on}，期限 {against.due_on}）"


def slack_words(against: Against) -> str:
    """`审查 2，核准 2`: by how many working days each step may still grow."""
    return "，".join(f"{one.title} {one.days}" for one in against.slacks)
