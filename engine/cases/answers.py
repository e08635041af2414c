"""What other systems answer: an errand of the worker, and what an answer does to the case.

It reads in one transaction, is away while none is open, and takes the answer in an act of its own, by which nobody but the token
that asked goes on. So it may be away for long, come twice, or come when nobody waits any more. It belongs to no case's line of
jobs: a system that does not answer must not hold up the timers of the case that waits for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from forms import Form, FormNotAnswered, judge

from ..connections import Answer, Asking, Connection, Seal, SecretNotOpened, Unanswered, call, connection
from ..errors import LianshenError
from ..people import SYSTEM
from ..runtime import OpenStep, Process
from ..store import Tx, jobs, tables
from .case import OpenCase, look_at, open_case
from .outbound import CallRow, about, change, row_of

MOST_TRIES = 8
"""How often a system is asked before a person takes over: some four minutes."""
LONGEST_TEXT = 500
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_TRY_LATER = frozenset((408, 425, 429))
"""Answers of the 4xx that refuse nothing but the moment."""


@dataclass(frozen=True)
class _Going:
    connection: Connection
    asking: Asking


def errand(seal: Seal) -> jobs.Errand:
    """The errand of the job `call_out`. seal: opens the secrets of this hall."""
    return jobs.Errand(
        ready=lambda tx, job, now: _ready(tx, job, now, seal),
        go=_go,
        back=_back,
        lost=lambda tx, job, failure, now: _back(tx, job, _unusable(failure), now),
    )


def _ready(tx: Tx, job: jobs.Job, now: datetime, seal: Seal) -> _Going | Unanswered | None:
    """What is asked of whom; None when nobody waits for it any more."""
    one = _call(tx, job)
    if one.state != "waiting":
        return None
    case = look_at(tx, int(job.payload["case"]), now)
    step = _step(case, one)
    if step is None:
        return None
    try:
        asked = connection(tx, case.row.office_id, one.connection, seal)
    except SecretNotOpened as closed:
        return Unanswered(_plain(closed))
    if asked is None:
        return Unanswered("这个对接没有登记，或已经停用", lasting=True)
    body = {"case_no": case.case_no, "matter": case.version.code, "step": one.step, "facts": dict(step.sends)}
    return _Going(asked, Asking(f"{case.case_no}/{one.token}", body))


def _go(needed: _Going | Unanswered | None, now: datetime) -> Answer | Unanswered | None:
    return call(needed.connection, needed.asking, now) if isinstance(needed, _Going) else needed


def _back(tx: Tx, job: jobs.Job, brought: Answer | Unanswered | None, now: datetime) -> bool:
    """Take what was brought. Race: a person confirmed the step meanwhile, or the case went another way: then the answer changes
    nothing, and the record says that it came."""
    if brought is None:
        return False
    with open_case(tx, int(job.payload["case"]), now) as case:
        one = _call(tx, job)
        step = _step(case, one) if one.state == "waiting" else None
        if step is None:
            if isinstance(brought, Answer):
                case.told("call_late", SYSTEM, **about(one), status=brought.status, digest=brought.digest)
            return False
        why = brought if isinstance(brought, Unanswered) else _take(case, one, step, brought)
        return _failed(case, one, why, job) if why is not None else False


def _call(tx: Tx, job: jobs.Job) -> CallRow:
    c = tables.calls
    return row_of(tx.execute(sa.select(c).where(c.c.id == int(job.payload["call"]))).one())


def _step(case: OpenCase, one: CallRow) -> OpenStep | None:
    return next((step for step in case.process.open_steps if step.token == one.token), None)


def _plain(said: Exception) -> str:
    return str(said).rstrip("。")


def _unusable(failure: Exception) -> Unanswered:
    why = _plain(failure) if isinstance(failure, LianshenError) else type(failure).__name__
    return Unanswered(f"答复没有能用上（{why}）")


# ---------------------------------------------------------------- what an answer does
def _take(case: OpenCase, one: CallRow, step: OpenStep, answer: Answer) -> Unanswered | None:
    """Let the process go on by this answer. Returns why it cannot be used, and then nothing has moved."""
    said = answer.said
    if 200 <= answer.status < 300:
        if said is None:
            return Unanswered("答复不是 JSON 对象")
        return _completed(case, one, step, said, answer)
    refused = said.get("error") if said is not None and 400 <= answer.status < 500 else None
    if answer.status not in _TRY_LATER and isinstance(refused, str) and _CODE.fullmatch(refused):
        return _refused(case, one, refused, answer)
    return Unanswered(f"对方答复状态 {answer.status}")


def _completed(
    case: OpenCase, one: CallRow, step: OpenStep, said: Mapping[str, Any], answer: Answer
) -> Unanswered | None:
    assert step.outbound is not None, "it stands on a step that calls"
    assert step.work is not None, "the reader gives it one"
    facts = {name: said[name] for name in step.outbound.returns if name in said}
    if wrong := [name for name, value in facts.items() if not _is_fact(value)]:
        return Unanswered(f"答复的“{'、'.join(wrong)}”不是一个数、一个是否或不超过 {LONGEST_TEXT} 字的文字")
    if unfit := _unfit(case.version.form(step.work.form), facts):
        return unfit
    drawn = [outcome.code for outcome in step.work.outcomes]
    outcome = said.get("outcome", drawn[0])
    if outcome not in drawn:
        return Unanswered("答复的办理结果图上没有")
    given = {**facts, "outcome": outcome}
    if stuck := _stuck(case, lambda process: process.complete(one.token, given)):
        return Unanswered(f"按答复走不下去：{stuck}")
    case.process.complete(one.token, given)
    change(case, one, state="answered", tries=one.tries + 1, reason="", next_at=None, ended_at=case.now)
    told = {"tries": one.tries + 1, "digest": answer.digest, "facts": facts, "outcome": outcome}
    case.told("call_answered", SYSTEM, **about(one), **told)
    return None


def _unfit(form: Form | None, facts: dict[str, Any]) -> Unanswered | None:
    """What comes back is judged as a person's answer would be, where the form of the step has a field for it, and kept as such:
    a text that only looks like a yes must not decide a way."""
    fields = tuple(replace(f, required=False) for f in (form.fields if form else ()) if facts.get(f.key) is not None)
    try:
        facts |= judge(Form("answer", fields), {field.key: facts[field.key] for field in fields})
    except FormNotAnswered as wrong:
        return Unanswered(f"答复不合表单：{'；'.join(fault.sentence for fault in wrong.faults)}"[:200])
    return None


def _refused(case: OpenCase, one: CallRow, code: str, answer: Answer) -> Unanswered | None:
    """A refusal that the drawing knows goes its drawn way; any other one goes to a person at once."""
    if not case.process.catches(one.token, code):
        return Unanswered(f"对方不予办理（{code}）", lasting=True)
    if stuck := _stuck(case, lambda process: process.fail(one.token, code)):
        return Unanswered(f"对方不予办理（{code}），按图走不下去：{stuck}", lasting=True)
    case.process.fail(one.token, code)
    change(case, one, state="refused", tries=one.tries + 1, reason="", next_at=None, ended_at=case.now)
    case.told("call_refused", SYSTEM, **about(one), tries=one.tries + 1, digest=answer.digest, error=code)
    return None


def _is_fact(value: Any) -> bool:
    """A word of JSON that a condition can read: no lists, no objects, no books."""
    match value:
        case None | bool() | float():
            return True
        case int():
            return abs(value) < 2**63
        case str():
            return len(value) <= LONGEST_TEXT and not any(0xD800 <= ord(c) < 0xE000 or c == "\0" for c in value)
    return False


def _stuck(case: OpenCase, moved: Callable[[Process], object]) -> str:
    """Why the process cannot go on so; empty when it can. Tried on a copy: a process that got stuck is of no more use."""
    content, state = case.version.content, case.process.dump()
    copy = Process.load(content.plan, state, now=case.now, office_time=case.time)
    try:
        moved(copy)
    except LianshenError as stuck:
        return _plain(stuck)
    return ""


def _failed(case: OpenCase, one: CallRow, why: Unanswered, job: jobs.Job) -> bool:
    """One more try was in vain. Whether it is tried again; else a person at the window of the step has it now."""
    tries = one.tries + 1
    again = not why.lasting and tries < MOST_TRIES
    next_at = jobs.next_try(job, case.now) if again else None
    ended = {} if again else {"state": "by_hand", "ended_at": case.now}
    change(case, one, tries=tries, reason=why.why, next_at=next_at, **ended)
    told = {"tries": tries, "reason": why.why, "next_at": next_at.isoformat() if next_at else None}
    case.told("call_failed", SYSTEM, **about(one), **told)
    return again
