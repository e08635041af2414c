"""A new holiday notice: every running version whose time proof may follow the calendar is proved again, one job each, and the
designers hear of each whose promise or statute held before the notice and does not hold with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from .. import notices
from ..catalogue import called_matters, follows_calendar, proof_of, version
from ..clock import Notice, WorkCalendar
from ..diagrams import TimeProof, late_words
from ..people import Office, Role, office, office_time, offices
from ..store import Tx, jobs, tables


@dataclass(frozen=True)
class Broken:
    """What the designers of an office are told; key: nobody is told twice."""

    office_id: int
    text: str
    key: str


def prove_all_again(tx: Tx, notice: Notice, now: datetime) -> int:
    """Leave a job for each running version of the offices that count by the notice. Returns how many; twice leaves none."""
    v, m = tables.versions, tables.matters
    running = sa.select(v.c.id).join(m, sa.and_(m.c.id == v.c.matter_id, m.c.running_number == v.c.number))
    left = 0
    for of in (one for one in offices(tx) if _counts_by(one, notice)):
        for row in tx.rows(running.where(m.c.office_id == of.id).order_by(v.c.id)):
            told = {"version": row.id, "region": notice.region, "number": notice.number, "year": notice.year}
            key = f"prove:{notice.region}:{notice.number}:{row.id}"
            left += jobs.enqueue(tx, "prove_again", run_at=now, payload=told, dedupe=key)
    return left


def _counts_by(of: Office, notice: Notice) -> bool:
    return f"{of.region}-".startswith(f"{notice.region}-")


def prove_again(tx: Tx, job: jobs.Job, now: datetime) -> Broken | None:
    """The job of one version: what no longer holds, in words. None when nothing is to be told; a version that does not run any more
    is nobody's worry. It reads only: a proof takes long, and nobody must wait for it."""
    chosen, payload = version(tx, job.payload["version"]), job.payload
    m = tables.matters
    runs = tx.value(sa.select(m.c.running_number).where(m.c.id == chosen.matter_id)) == chosen.number
    of = office(tx, chosen.office_id)
    called = called_matters(tx, of, chosen.content.diagram)
    if not runs or not follows_calendar(chosen.content, called):
        return None
    time = office_time(tx, of)
    known = [n for n in time.calendar.notices if (n.region, n.number) != (payload["region"], payload["number"])]
    earlier = replace(time, calendar=WorkCalendar.of(known, of.region))
    before, after = (proof_of(chosen.content, by, called) for by in (earlier, time))
    broken = "；".join(_newly_broken(before, after))
    if not broken:
        return None
    text = (
        f"{chosen.code} {chosen.name}：按放假通知 {payload['number']} 重新核算，各环节都按时限办也守不住了。{broken}。"
    )
    return Broken(of.id, text, f"prove:{payload['region']}:{payload['number']}:{chosen.code}")


def tell_designers(tx: Tx, job: jobs.Job, broken: Broken | None, now: datetime) -> bool:
    """Each is told once."""
    if broken is not None:
        notices.tell(tx, broken.office_id, Role.DESIGNER, broken.text, broken.key, now)
    return False


def as_any_failure(tx: Tx, job: jobs.Job, failure: Exception, now: datetime) -> bool:
    """It is tried again as any job is, and laid aside with its reason when it never comes right."""
    raise failure


PROVE_AGAIN = jobs.Errand(prove_again, lambda broken, now: broken, tell_designers, as_any_failure)
"""Proved while nothing is held, told in the transaction that ends the job."""


def _newly_broken(before: TimeProof, after: TimeProof) -> Iterator[str]:
    """Of promise and statute what held as far as the calendar reached, and does not hold as far as it reaches now."""
    both = (
        ("承诺时限", before.straight.promised, after.straight.promised),
        ("法定时限", before.straight.statutory, after.straight.statutory),
    )
    for name, was, now in both:
        if now is not None and not now.kept and (was is None or was.kept):
            yield late_words(now, name)
