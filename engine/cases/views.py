"""What people are shown of one case: task, case, journal, progress. Reads only; lists of many are `engine.reports`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..catalogue import Version, drawn_step, version
from ..clock import Clock, ClockKind, Lamp, OfficeTime, sentence
from ..diagrams import OUTCOMES, StepKind
from ..people import CaseUnknown, Officer, office, office_time, sees
from ..store import Tx, journal, possession, tables
from .consultation import consultations_on
from .desk import TaskUnknown, task_etag
from .joint import opinions_on, signers_of
from .lamps import worst
from .papers import papers
from .phases import PHASE_NAMES, Phase
from .stage import matter_names, matters_of

_OF_MATTER = ("code", "optional", "state", "reason", "tolerant", "open_on", "ending", "failed", "ended_on")


def task_view(tx: Tx, who: Officer, task_id: int) -> dict[str, Any]:
    """One task with its form, its outcomes and its ETag. Raises TaskUnknown for a stranger."""
    t, c, m, w = tables.tasks, tables.cases, tables.matters, tables.windows
    row = tx.row(
        sa.select(
            t,
            c.c.case_no,
            c.c.applicant_name,
            c.c.office_id,
            c.c.version_id,
            m.c.name.label("matter"),
            w.c.name.label("window"),
        )
        .join(c, c.c.id == t.c.case_id)
        .join(m, m.c.id == c.c.matter_id)
        .join(w, w.c.id == t.c.window_id)
        .where(t.c.id == task_id)
    )
    if row is None or not sees(tx, who, row.case_id, row.office_id):
        raise TaskUnknown()
    line = _task_line(row)
    return {**line, "etag": task_etag(row), "outcomes": _outcomes(version(tx, row.version_id), row.step, row.kind)}


def case_view(tx: Tx, who: Officer, case_no: str, now: datetime) -> dict[str, Any]:
    """All that an officer may see of a case. Raises CaseUnknown, for a stranger too.

    A co-department sees the shared form and the materials; the opinions of other departments' steps it sees once they are
    given (they are in the journal), their drafts never.
    """
    row = _seen(tx, who, case_no)
    clocks = clock_views(tx, row, now)
    return {
        **_case_line(row),
        "lamp": worst((ClockKind(k["kind"]), Lamp(k["lamp"])) for k in clocks if k["state"] == "running"),
        "applicant": row.applicant,
        "answers": row.answers,
        "project_code": row.project_code,
        "acceptance_mode": row.acceptance_mode,
        "above": _case_no(tx, tables.cases.c.lower_id == row.id),
        "below": _case_no(tx, tables.cases.c.id == row.lower_id) if row.lower_id is not None else None,
        "version": {"code": row.code, "number": row.number},
        "suspended": _open_rows(tx, tables.pauses, row.id, tables.pauses.c.ended_at),
        "away": _open_rows(tx, tables.transfers, row.id, tables.transfers.c.back_at),
        "clocks": clocks,
        "tasks": _tasks(tx, row.id),
        "materials": _rows(tx, tables.materials, row.id, "key", "name", "rule", "state", "promised_on"),
        "papers": [
            {"kind": p.kind, "number": p.number, "title": p.title, "issued_at": p.issued_at, "digest": p.digest}
            for p in papers(tx, row.id)
        ],
        "possession": [
            {"holder": p.hold.holder, "window_id": p.hold.window_id, "from_at": p.from_at, "until_at": p.until_at}
            for p in possession.ledger(tx, row.id)
        ],
    }


def case_journal(tx: Tx, who: Officer, case_no: str) -> list[dict[str, Any]]:
    """The journal of a case in order. Raises CaseUnknown, for a stranger too."""
    row = _seen(tx, who, case_no)
    rows = journal.read(tx, journal.Stream("case", row.id))
    return [
        {
            "n": r.n,
            "act": r.act,
            "actor": r.actor,
            "acting_for": r.acting_for,
            "at": r.at,
            "payload": r.payload,
            "hash": r.hash,
        }
        for r in rows
    ]


def stage_view(tx: Tx, who: Officer, case_no: str) -> list[dict[str, Any]]:
    """The matters of a stage in the order in which it called them, each with its own case; none of a case that is no stage.
    Raises CaseUnknown, for a stranger too."""
    row = _seen(tx, who, case_no)
    m, c = tables.matters, tables.cases
    names = matter_names(tx, row.office_id)
    children = sa.select(m.c.code, c.c.case_no).join(m, m.c.id == c.c.matter_id).where(c.c.master_id == row.id)
    numbers = {r.code: r.case_no for r in tx.rows(children)}
    return [
        {
            **{name: getattr(one, name) for name in _OF_MATTER},
            "name": names[one.code],
            "words": one.words,
            "case_no": numbers.get(one.code),
        }
        for one in matters_of(tx, row.id)
    ]


def signers_view(tx: Tx, who: Officer, case_no: str) -> list[dict[str, Any]]:
    """Who countersigns, round by round, and what he said. Raises CaseUnknown, for a stranger too."""
    row = _seen(tx, who, case_no)
    return [{**vars(one), "words": one.words} for one in signers_of(tx, row.id)]


def opinions_view(tx: Tx, who: Officer, case_no: str) -> list[dict[str, Any]]:
    """The opinions asked for beside the drawing. Raises CaseUnknown, for a stranger too."""
    row = _seen(tx, who, case_no)
    return [{**vars(one), "words": one.words} for one in opinions_on(tx, row.id)]


def consultations_view(tx: Tx, who: Officer, case_no: str, now: datetime) -> list[dict[str, Any]]:
    """The consultations about a case: their minutes, and what was resolved. Raises CaseUnknown, for a stranger too."""
    row = _seen(tx, who, case_no)
    return [
        {
            **vars(one),
            "words": one.words,
            "attendees": [{**vars(a), "department": a.code, "name": a.department} for a in one.attendees],
            "resolutions": [{**vars(r), "name": r.name, "owed": r.owed} for r in one.resolutions],
        }
        for one in consultations_on(tx, row.id, now)
    ]


def clock_views(tx: Tx, row: Any, now: datetime) -> list[dict[str, Any]]:
    """The clocks of a case with their sentences; the running ones first."""
    c = tables.clocks
    time = office_time(tx, office(tx, row.office_id))
    found = []
    for r in tx.rows(sa.select(c).where(c.c.case_id == row.id).order_by(c.c.state, c.c.id)):
        clock = Clock.from_json(r.clock)
        found.append(
            {
                "kind": r.kind,
                "subject": r.subject,
                "state": r.state,
                "lamp": r.lamp,
                "started_on": clock.started_on,
                "due_on": r.due_on,
                "used": clock.used(time, time.civil(now)),
                "paused": clock.paused_days(time, time.civil(now)),
                "provisional": r.provisional,
                "verified": clock.limit.verified,
                "sentence": sentence(clock, time, now),
            }
        )
    return found


def clocks_of(tx: Tx, case_no: str) -> tuple[OfficeTime, list[Clock]]:
    """The clocks of a case as values, with its office's time, for whoever sits at the machine. Raises CaseUnknown."""
    row = _case_row(tx, case_no)
    c = tables.clocks
    rows = tx.rows(sa.select(c.c.clock).where(c.c.case_id == row.id).order_by(c.c.id))
    return office_time(tx, office(tx, row.office_id)), [Clock.from_json(r.clock) for r in rows]


def _case_no(tx: Tx, which: sa.ColumnElement[bool]) -> str | None:
    found = tx.value(sa.select(tables.cases.c.case_no).where(which))
    return None if found is None else str(found)


def _seen(tx: Tx, who: Officer, case_no: str) -> Any:
    row = _case_row(tx, case_no)
    if not sees(tx, who, row.id, row.office_id):
        raise CaseUnknown()
    return row


def _case_row(tx: Tx, case_no: str) -> Any:
    c, m, v = tables.cases, tables.matters, tables.versions
    row = tx.row(
        sa.select(c, m.c.name.label("matter"), m.c.code, v.c.number)
        .join(m, m.c.id == c.c.matter_id)
        .join(v, v.c.id == c.c.version_id)
        .where(c.c.case_no == case_no)
    )
    if row is None:
        raise CaseUnknown()
    return row


def _case_line(row: Any) -> dict[str, Any]:
    return {
        "case_no": row.case_no,
        "matter": row.matter,
        "applicant_name": row.applicant_name,
        "channel": row.channel,
        "phase": row.phase,
        "phase_name": PHASE_NAMES[Phase(row.phase)],
        "result": row.result,
        "filed_at": row.filed_at,
        "received_at": row.received_at,
        "accepted_on": row.accepted_on,
        "decided_on": row.decided_on,
        "closed_at": row.closed_at,
    }


def _task_line(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "case_no": row.case_no,
        "matter": row.matter,
        "applicant_name": row.applicant_name,
        "step": row.step,
        "name": row.name,
        "kind": row.kind,
        "form": row.form,
        "window": row.window,
        "state": row.state,
        "officer_id": row.officer_id,
        "arrived_at": row.arrived_at,
        "claimed_at": row.claimed_at,
        "done_at": row.done_at,
        "outcome": row.outcome,
        "lamp": row.lamp,
        "due_on": row.due_on,
    }


def _outcomes(of: Version, step: str, kind: str) -> list[dict[str, str | None]]:
    work = drawn_step(of, step)
    lawful: Mapping[str, str | None] = OUTCOMES[StepKind(kind)]
    return [{"code": o.code, "label": o.label, "act": lawful[o.code]} for o in work.outcomes]


def _tasks(tx: Tx, case_id: int) -> list[dict[str, Any]]:
    return _rows(
        tx,
        tables.tasks,
        case_id,
        "id",
        "step",
        "name",
        "kind",
        "state",
        "arrived_at",
        "claimed_at",
        "done_at",
        "outcome",
    )


def _open_rows(tx: Tx, table: sa.Table, case_id: int, ended: sa.Column[Any]) -> list[str]:
    name = table.c.ground if table is tables.pauses else table.c.kind
    return [r[0] for r in tx.rows(sa.select(name).where(table.c.case_id == case_id, ended.is_(None)))]


def _rows(tx: Tx, table: sa.Table, case_id: int, *names: str) -> list[dict[str, Any]]:
    columns = [table.c[name] for name in names]
    rows = tx.rows(sa.select(*columns).where(table.c.case_id == case_id).order_by(table.c.id))
    return [dict(zip(names, tuple(r), strict=True)) for r in rows]
