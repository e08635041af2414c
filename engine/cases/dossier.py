"""What lies before an officer who opens a task (案卷): the case, its materials with their files, what earlier steps found, the
clock that counts, the form, and what he may do now. Read in one go; nothing is locked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from forms import Form

from ..catalogue import APPLICATION, Material, drawn_step
from ..clock import (
    GROUND_NAMES,
    Clock,
    ClockKind,
    ExtensionRule,
    Ground,
    Lamp,
    OfficeTime,
    due_by,
    lamp,
    lamp_words,
    sentence,
)
from ..diagrams import StepKind, drawn_names
from ..errors import LianshenError
from ..people import CaseUnknown, Officer, officer, officer_by_login, officers_at, remedy_text, sees
from ..store import Tx, journal, tables
from . import levels
from .case import OpenCase, look_at
from .clocks import counting
from .consultation import ConsultationRow, ResolutionRow, consultations_on
from .decisions import deliveries
from .desk import TaskUnknown, claiming, task_etag
from .files import FileRow, files_of
from .intake import correctable, earlier_problems
from .joint import OpinionRow, SigningRound, opinions_on, signing_rounds
from .offers import Offer, offered_acts, offered_outcomes
from .outbound import CallRow, waiting_calls
from .papers import Paper, papers
from .phases import PHASE_NAMES, Phase
from .special import LawfulGround, lawful_grounds
from .stage import Startable, foreseen, matter_names, matters_of, startable

_REMEDIED = ("refuse_acceptance", "decide_refuse", "terminate")
_NOTICED = {"hq": "在部门", "upper_level": "在上级机关"}


@dataclass(frozen=True)
class MaterialView:
    """One material of a case. results_of: codes of the matters one of whose results it is. needed False: the application says
    that it is not asked for. lamp, words: of a promise that runs. files: in the order in which they came."""

    key: str
    name: str
    tolerable: bool
    by_agency: bool
    results_of: tuple[str, ...]
    needed: bool
    state: str  # brought | missing | promised | not_needed
    promised_on: date | None
    brought_at: datetime | None
    lamp: Lamp | None
    words: str
    files: tuple[FileRow, ...]
    source: str
    """The number of the case whose result it is, where it came without an upload."""


@dataclass(frozen=True)
class Finding:
    """What a finished step said: its form as it was answered, its opinion, who and when."""

    name: str
    outcome: str
    who: str
    at: datetime
    form: Form | None
    answers: Mapping[str, Any]
    opinion: str


@dataclass(frozen=True)
class TaskFacts:
    """The task itself. officer: the holder's name, empty in the pool. outcome: how it was finished, as its button said it."""

    id: int
    step: str
    name: str
    kind: str
    state: str
    window_id: int
    window: str
    officer_id: int | None
    officer: str
    arrived_at: datetime
    claimed_at: datetime | None
    done_at: datetime | None
    outcome: str
    etag: str
    form: Form | None
    ground: str | None
    draft: Mapping[str, Any]


@dataclass(frozen=True)
class Time:
    """The clock of a case as it stands: the one that counts now, the statutory margin behind it, their sentences. due: the
    part of the sentence that is the due day; step: when the task itself is due. Both are empty where there is no limit.
    step_late: by how much it is late, empty while it is not."""

    time: OfficeTime
    clock: Clock | None
    statutory: Clock | None
    lamp: Lamp
    words: str
    say: str
    due: str
    margin: str
    step: str
    step_late: str


@dataclass(frozen=True)
class CaseFacts:
    """The case as a task page and a page of an act show it. correctable: what a notice may name now; asked_before: what the
    last one said of each. pauses: the running special procedures, ground -> name; grounds: those that may begin. extension:
    how the statutory limit may be lengthened. remedies: what a refusal or termination tells of remedy."""

    id: int
    case_no: str
    matter: str
    matter_code: str
    applicant_name: str
    applicant: Mapping[str, Any]
    phase: Phase
    phase_name: str
    acceptance_mode: str | None
    project_code: str | None
    application: Form
    answers: Mapping[str, Any]
    materials: tuple[MaterialView, ...]
    correctable: tuple[str, ...]
    asked_before: Mapping[str, str]
    pauses: Mapping[str, str]
    grounds: tuple[LawfulGround, ...]
    extension: ExtensionRule | None
    remedies: Mapping[str, str]
    away: tuple[str, ...]
    papers: tuple[Paper, ...]
    time: Time
    acts: tuple[Offer, ...]
    validity: str
    deliveries: Mapping[str, str]
    startable: tuple[Startable, ...]
    """Of a stage: its matters that are held back or wait."""
    calls: tuple[CallRow, ...]
    """Of other systems, those that wait for an answer."""
    signings: tuple[SigningRound, ...]
    opinions: tuple[OpinionRow, ...]
    consultations: tuple[ConsultationRow, ...]
    to_report: tuple[ResolutionRow, ...]
    """What the department of whoever asks is to do by them, and has not reported."""
    agenda: Mapping[str, str]
    """The matters of a stage, name by code: what a consultation can be about; empty of a single matter."""
    involved: frozenset[str]
    """Codes of the departments that have or had a part in the case; of a stage, in one of its matters too."""
    departments: Mapping[str, str]
    """Those that have a window in the office, name by code: whom one can ask to sign or for an opinion, or call together."""

    @property
    def signing(self) -> SigningRound | None:
        """The countersign that is open."""
        return next((one for one in self.signings if one.open), None)


@dataclass(frozen=True)
class Dossier:
    """A task with its case. mine: he holds it; may_claim: he could take it from the pool. outcomes: only while he holds it."""

    task: TaskFacts
    case: CaseFacts
    mine: bool
    may_claim: bool
    outcomes: tuple[Offer, ...]
    findings: tuple[Finding, ...]
    matters: tuple[Startable, ...] = ()
    """At the intake of a stage: how each of its matters would begin if it were accepted now."""


def open_dossier(tx: Tx, who: Officer, task_id: int, now: datetime) -> Dossier:
    """A task and all that lies with it. Raises TaskUnknown, for a stranger too."""
    t, w = tables.tasks, tables.windows
    row = tx.row(sa.select(t, w.c.name.label("window")).join(w, w.c.id == t.c.window_id).where(t.c.id == task_id))
    if row is None:
        raise TaskUnknown()
    case = look_at(tx, row.case_id, now)
    if not sees(tx, who, case.id, case.row.office_id):
        raise TaskUnknown()
    mine = row.state == "claimed" and row.officer_id == who.id
    return Dossier(
        task=_task(case, row, mine=mine),
        case=_case(case, who, f"task:{row.id}"),
        mine=mine,
        may_claim=row.state == "open" and _may_claim(case, who, row),
        outcomes=tuple(offered_outcomes(case, who, row)) if mine else (),
        findings=tuple(_findings(case)),
        matters=tuple(foreseen(look_at(tx, case.id, now))) if row.kind == StepKind.INTAKE else (),
    )


def case_facts(tx: Tx, who: Officer, case_id: int, now: datetime) -> CaseFacts:
    """A case as the page of an act on it shows it. Raises CaseUnknown, for a stranger too."""
    case = look_at(tx, case_id, now)
    if not sees(tx, who, case_id, case.row.office_id):
        raise CaseUnknown()
    return _case(case, who, "")


def colleagues(tx: Tx, task: TaskFacts) -> list[Officer]:
    """Who else sits at the window of a task and may be handed it (转办)."""
    return [one for one in officers_at(tx, task.window_id) if one.id != task.officer_id]


# ---------------------------------------------------------------- how it is read
def _task(case: OpenCase, row: Any, *, mine: bool) -> TaskFacts:
    work = drawn_step(case.version, row.step)
    return TaskFacts(
        id=row.id,
        step=row.step,
        name=row.name,
        kind=row.kind,
        state=row.state,
        window_id=row.window_id,
        window=row.window,
        officer_id=row.officer_id,
        officer=officer(case.tx, row.officer_id).name if row.officer_id is not None else "",
        arrived_at=row.arrived_at,
        claimed_at=row.claimed_at,
        done_at=row.done_at,
        outcome=next((o.label for o in work.outcomes if o.code == row.outcome), row.outcome or ""),
        etag=task_etag(row),
        form=case.version.form(row.form),
        ground=work.ground,
        draft=row.draft if mine and row.draft else {},
    )


def _case(case: OpenCase, who: Officer, subject: str) -> CaseFacts:
    row, guide, statutory = case.row, case.version.guide, case.clocks.find(case.decision_kinds[1])
    held = tuple(consultations_on(case.tx, case.id, case.now))
    names = matter_names(case.tx, row.office_id) if guide.stage else {}
    agenda = {m.code: names[m.code] for m in matters_of(case.tx, case.id)} if guide.stage else {}
    t = tables.transfers
    out = case.tx.rows(sa.select(t).where(t.c.case_id == case.id, t.c.back_at.is_(None)).order_by(t.c.id))
    return CaseFacts(
        id=case.id,
        case_no=case.case_no,
        matter=case.version.name,
        matter_code=case.version.code,
        applicant_name=row.applicant_name,
        applicant=row.applicant,
        phase=case.phase,
        phase_name=PHASE_NAMES[case.phase],
        acceptance_mode=row.acceptance_mode,
        project_code=row.project_code,
        application=case.version.content.forms[APPLICATION],
        answers=row.answers,
        materials=tuple(_materials(case)),
        correctable=tuple(correctable(case)),
        asked_before=earlier_problems(case),
        pauses={p.ground: GROUND_NAMES[Ground(p.ground)] for p in case.open_pauses()},
        grounds=tuple(lawful_grounds(case)),
        extension=statutory.clock.limit.extension if statutory else None,
        remedies={name: remedy_text(case.tx, row.office_id, name) or "" for name in _REMEDIED},
        away=tuple(f"{_NOTICED[r.kind]}（{r.receiver}）" for r in out),
        papers=tuple(papers(case.tx, case.id)),
        time=_time(case, subject),
        acts=tuple(offered_acts(case.tx, who, case.id, case.now)),
        validity=guide.validity,
        deliveries=deliveries(case),
        startable=tuple(startable(case)) if guide.stage else (),
        calls=tuple(waiting_calls(case.tx, case.id)) if case.version.content.calls_out else (),
        signings=tuple(signing_rounds(case)),
        opinions=tuple(opinions_on(case.tx, case.id)),
        consultations=held,
        to_report=tuple(r for one in held for r in one.resolutions if r.owed and r.department_id in who.departments),
        agenda=agenda,
        involved=_involved(case, agenda),
        departments=_with_windows(case),
    )


def _involved(case: OpenCase, agenda: Collection[str]) -> frozenset[str]:
    c, part, d, m = tables.cases, tables.case_departments, tables.departments, tables.matters
    mine = sa.select(c.c.id).where(sa.or_(c.c.id == case.id, c.c.master_id == case.id))
    taking = sa.select(part.c.department_id).where(part.c.case_id.in_(mine))
    owning = sa.select(m.c.department_id).where(m.c.office_id == case.row.office_id, m.c.code.in_(agenda))
    rows = case.tx.rows(sa.select(d.c.code).where(sa.or_(d.c.id.in_(taking), d.c.id.in_(owning))))
    return frozenset(r.code for r in rows)


def _with_windows(case: OpenCase) -> dict[str, str]:
    d = tables.departments
    ids = {w.department_id for w in case.windows}
    rows = case.tx.rows(sa.select(d.c.code, d.c.name).where(d.c.id.in_(ids)).order_by(d.c.id))
    return {r.code: r.name for r in rows}


def _may_claim(case: OpenCase, who: Officer, task: Any) -> bool:
    try:
        case.demand(who, claiming(case, task), task.window_id)
    except LianshenError:
        return False
    return True


def _materials(case: OpenCase) -> Iterator[MaterialView]:
    files, listed = files_of(case.tx, case.id), {m.key: m for m in case.version.guide.materials}
    sources = _sources(case)
    for row in case.materials():
        rule = listed.get(row.key) or Material(row.key, row.name, row.rule, "P")
        running = case.clocks.find(ClockKind.TOLERANCE, row.key)
        yield MaterialView(
            key=row.key,
            name=row.name,
            tolerable=rule.tolerable,
            by_agency=rule.rule == "I",
            results_of=rule.results_of,
            needed=_needed(rule, case.row.answers),
            state=row.state,
            promised_on=row.promised_on,
            brought_at=row.brought_at,
            lamp=lamp(running.clock, case.time, case.now).lamp if running else None,
            words=lamp_words(running.clock, case.time, case.now) if running else "",
            files=tuple(files.get(row.key, ())),
            source=sources.get(row.key, ""),
        )


_OF_CALLS = ("call_answered", "call_refused", "call_failed", "take_over_call")


def _said_of_call(
    case: OpenCase, row: journal.JournalRow, told: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[Finding]:
    """What another system answered to a step, or why a person confirms it."""
    if not told or told.get("next_at"):
        return
    form = case.version.form(drawn_step(case.version, told["step"]).form)
    facts = told.get("facts", {})
    said = told.get("reason") or told.get("error") or ""
    if form is None and facts:
        said = "、".join(f"{name}：{value}" for name, value in facts.items())
    outcome = {"call_answered": "已答复", "call_refused": "不予办理"}.get(row.act, "由人确认")
    yield Finding(names.get(told["step"], told["step"]), outcome, told["system"], row.at, form, facts, said)


def _sources(case: OpenCase) -> dict[str, str]:
    m, c = tables.materials, tables.cases
    asked = sa.select(m.c.key, c.c.case_no).join(c, c.c.id == m.c.source_id).where(m.c.case_id == case.id)
    return {r.key: r.case_no for r in case.tx.rows(asked)}


def _needed(rule: Material, answers: Mapping[str, Any]) -> bool:
    if rule.needed_when is None:
        return True
    field, value = rule.needed_when
    return field not in answers or str(answers[field]) == value


def _time(case: OpenCase, subject: str) -> Time:
    running = {c.kind: c.clock for c in case.clocks if not c.subject}
    clock, statutory = counting(case.phase, running, case.time, case.today)
    step = case.clocks.find(ClockKind.STEP, subject)
    return Time(
        time=case.time,
        clock=clock,
        statutory=statutory,
        lamp=lamp(clock, case.time, case.now).lamp if clock else Lamp.NONE,
        words=lamp_words(clock, case.time, case.now) if clock else "",
        say=sentence(clock, case.time, case.now, statutory=statutory) if clock else "",
        due=due_by(clock, case.time, case.now) if clock else "",
        margin=_margin(statutory, case) if statutory else "",
        step=due_by(step.clock, case.time, case.now) if step else "",
        step_late=_late_by(step.clock, case) if step else "",
    )


def _margin(statutory: Clock, case: OpenCase) -> str:
    due = due_by(statutory, case.time, case.now)
    return f"法定 {statutory.total.words}" + (f"，{due}" if due else "")


def _late_by(clock: Clock, case: OpenCase) -> str:
    late = lamp(clock, case.time, case.now).lamp in (Lamp.RED, Lamp.DARK_RED)
    return lamp_words(clock, case.time, case.now) if late else ""


def _findings(case: OpenCase) -> Iterator[Finding]:
    """What each finished step said, from the journal, and before all what the lower office found. A payload that was removed
    lawfully says nothing any more."""
    sent = levels.sent_from_below(case)
    if sent is not None:
        yield Finding("初审意见", "报送", f"{sent.office}（{sent.case_no}）", sent.sent_at, None, {}, sent.reason)
    names = {element: name for (_, element), name in drawn_names(case.version.content.diagram).items()}
    for row in journal.read(case.tx, journal.Stream("case", case.id)):
        told = row.payload or {}
        if row.act in _OF_CALLS:
            yield from _said_of_call(case, row, told, names)
        if not told.get("answers") and not told.get("opinion"):
            continue
        if "task" not in told or "outcome" not in told:
            continue
        work = drawn_step(case.version, told["step"])
        who = officer_by_login(case.tx, row.actor.removeprefix("officer:")).name if ":" in row.actor else "系统"
        yield Finding(
            name=names.get(told["step"], told["step"]),
            outcome=next((o.label for o in work.outcomes if o.code == told["outcome"]), told["outcome"]),
            who=who,
            at=row.at,
            form=case.version.form(work.form),
            answers=told.get("answers") or {},
            opinion=told.get("opinion") or "",
        )
