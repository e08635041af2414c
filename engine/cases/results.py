"""What other cases must hear of this one: its stage, and those whose material its result is. Each hears by a job of its own,
enqueued in the act's transaction; no transaction holds two cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..catalogue import Need
from ..store import jobs, tables
from .phases import BEFORE_DECISION, ENDS, Phase

if TYPE_CHECKING:
    from .case import OpenCase

_STAGE_HEARS = frozenset(
    {
        *("receive", "decide_grant", "decide_refuse", "refuse_acceptance", "withdraw", "terminate"),
        *("upper_granted", "upper_refused"),
        *("start_special", "end_special"),
    }
)


_LOWER_HEARS = frozenset(
    {
        *("receive", "request_correction", "receive_correction", "accept", "accept_tolerant", "deem_accept"),
        *("start_special", "end_special", "extend"),
        *("decide_grant", "decide_refuse", "upper_granted", "upper_refused", "deliver"),
        *("withdraw", "terminate", "revoke", "upper_revoked"),
    }
)


def tell(case: OpenCase, acts: Sequence[str], n: int) -> None:
    """Leave the jobs by which others hear of these acts. Called when nothing of the case will change any more in this
    transaction. n: of its last journal row."""
    if case.row.master_id is not None and _STAGE_HEARS & set(acts):
        master, key = case.row.master_id, f"told:{case.row.master_id}:{case.id}:{n}"
        jobs.leave(case.tx, "child_told", run_at=case.now, case_id=master, payload=_standing(case, n), dedupe=key)
    if case.row.lower_id is not None and _LOWER_HEARS & set(acts):
        lower, key = case.row.lower_id, f"told:{case.row.lower_id}:{case.id}:{n}"
        payload = _standing_above(case, acts, n)
        jobs.leave(case.tx, "upper_told", run_at=case.now, case_id=lower, payload=payload, dedupe=key)
    if {"revoke", "upper_revoked"} & set(acts):
        told = {"matter": case.version.code, "source": case.id, "case_no": case.case_no}
        for target in _built_on(case):
            key = f"revoked:{target}:{case.id}:{n}"
            jobs.leave(case.tx, "result_revoked", run_at=case.now, case_id=target, payload=told, dedupe=key)
    if {"decide_grant", "upper_granted"} & set(acts):
        decided_at = case.get("decided_at").isoformat()
        told = {"matter": case.version.code, "source": case.id, "case_no": case.case_no, "at": decided_at}
        for target in _waiting_for(case):
            key = f"result:{target}:{case.id}:{n}"
            jobs.leave(case.tx, "result_came", run_at=case.now, case_id=target, payload=told, dedupe=key)


def _built_on(case: OpenCase) -> list[int]:
    """The cases that took the result of this one as a material."""
    m = tables.materials
    return sorted({r.case_id for r in case.tx.rows(sa.select(m.c.case_id).where(m.c.source_id == case.id))})


def _standing(case: OpenCase, n: int) -> dict[str, Any]:
    """How a child stands, whole: who hears it late or twice needs nothing else. n: of its last journal row."""
    p = tables.pauses
    spans = case.tx.rows(sa.select(p.c.started_on, p.c.ended_on).where(p.c.case_id == case.id).order_by(p.c.id))
    ending = ending_of(case.phase, case.get("result"))
    ended_on = case.get("decided_on") or (case.time.civil(case.get("closed_at")) if case.get("closed_at") else None)
    return {
        "child": case.id,
        "case_no": case.case_no,
        "matter": case.version.code,
        "n": n,
        "at": case.now.isoformat(),
        "ending": ending,
        "ended_on": ended_on.isoformat() if ending and ended_on else None,
        "pauses": [[s.started_on.isoformat(), s.ended_on.isoformat() if s.ended_on else None] for s in spans],
    }


def _standing_above(case: OpenCase, acts: Sequence[str], n: int) -> dict[str, Any]:
    """How a case stands for the lower office that sent it up, whole as well. details: of the act that ended it early."""
    decided_at, decided_on, served_at = (case.get(name) for name in ("decided_at", "decided_on", "served_at"))
    ended = [(e.payload, _SAID_AT_THE_END[e.act]) for e in case.entries if e.act in _SAID_AT_THE_END]
    said = {name: payload[name] for payload, names in ended for name in names}
    return {
        "case_no": case.case_no,
        "office": case.office.name,
        "n": n,
        "acts": [act for act in acts if act in _LOWER_HEARS],
        "ending": ending_of(case.phase, case.get("result")),
        "decided_at": decided_at.isoformat() if decided_at else None,
        "decided_on": decided_on.isoformat() if decided_on else None,
        "served_at": served_at.isoformat() if served_at else None,
        "details": said,
    }


_SAID_AT_THE_END = {"withdraw": ("reason",), "terminate": ("reason_code", "reasons", "basis")}


def ending_of(phase: Phase, result: str | None) -> str | None:
    """How a case has ended for those who wait for it; None while it is not decided. Its certificate may still be under way."""
    if phase in (Phase.DECIDED, Phase.SERVED, Phase.CLOSED):
        return result
    return str(phase) if phase in ENDS else None


def _waiting_for(case: OpenCase) -> Iterator[int]:
    """The cases of the same project, or of the same stage, that wait for a result of this matter: stages with a matter that
    waits for a prerequisite or was started before it, and cases whose list of materials names it."""
    c, m, s = tables.cases, tables.materials, tables.stage_matters
    project, master = case.row.project_code, case.row.master_id
    same = [c.c.project_code == project] if project is not None else []
    same += [c.c.master_id == master] if master is not None else []
    if not same:
        return
    before = c.c.phase.in_([str(phase) for phase in BEFORE_DECISION])
    mine = (c.c.office_id == case.row.office_id, sa.or_(*same), c.c.id != case.id, before)
    hoping = sa.or_(s.c.state == "waiting", sa.and_(s.c.state == "open", s.c.tolerant))
    stages = sa.select(c.c.id).join(s, s.c.case_id == c.c.id).where(*mine, hoping).distinct()
    yield from sorted(r.id for r in case.tx.rows(stages) if r.id != case.row.master_id)
    lists = sa.select(c.c.id, m.c.rule).join(m, m.c.case_id == c.c.id)
    lacking = case.tx.rows(lists.where(*mine, m.c.state.in_(["missing", "promised"]), m.c.rule.like("D:%")))
    yield from sorted({r.id for r in lacking if names(r.rule, case.version.code)})


def names(rule: str, code: str) -> bool:
    """Whether a rule of a list of materials is met by the result of this matter."""
    need = Need.parse(rule.removeprefix("D:")) if rule.startswith("D:") else None
    return need is not None and code in need.codes
