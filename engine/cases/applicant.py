"""What an applicant sees of his case with number and query code: stages and dates, what is asked of him, papers to him.

No officer's name, no opinion, nobody else's data, and of materials only those that he himself has to bring. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ..catalogue import Version, step_kinds, version
from ..clock import (
    GROUND_NAMES,
    Clock,
    ClockKind,
    Ground,
    Lamp,
    OfficeTime,
    Span,
    due_by,
    lamp,
    long_date,
    receipt_sentence,
    sentence,
)
from ..diagrams import StepKind
from ..people import office, office_time
from ..store import Tx, tables
from .case import case_of_applicant
from .clocks import counting
from .levels import beside
from .papers import Paper, papers
from .phases import BEFORE_DECISION, ENDS, PHASE_NAMES, Phase
from .stage import RESULTS, matters_of

_SHOWN = (
    *(ClockKind.PROMISED, ClockKind.STATUTORY, ClockKind.STAGE_PROMISED, ClockKind.STAGE_STATUTORY),
    *(ClockKind.NOTICE, ClockKind.CORRECTION, ClockKind.DELIVERY),
)
# the work between acceptance and decision, by the word that the public knows for it
_WORK = {
    StepKind.REVIEW: "审查",
    StepKind.CHECK: "审核",
    StepKind.SITE_VISIT: "现场踏勘",
    StepKind.OPINION: "征求意见",
    StepKind.COUNTERSIGN: "会签",
    StepKind.PAYMENT: "缴费",
    StepKind.ESCALATE: "初审上报",
}
_AWAY = {"hq": "部门内部办理", "upper_level": "上级机关办理"}
_RESULTS = {"granted": "准予许可", "refused": "不予许可", "revoked": "准予的决定已撤销"}
_MODES = {"deemed": "逾期未告知，视为自收到之日受理", "tolerant": "容缺受理", "joint": "随阶段一并受理"}


class StageState(StrEnum):
    """Where a stage stands. ENDED: here the case ended, before a decision."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"
    ENDED = "ended"


@dataclass(frozen=True)
class Stage:
    """One stage of a case as the public knows it. office: the department whose stage it is. when: the day on which it was
    done, or until when it should be, in words. note: what came of it. papers: those that belong to it."""

    name: str
    state: StageState
    office: str
    when: str
    note: str = ""
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A paper that the applicant is asked for: in a correction, with what is wrong; or promised by him, with its day."""

    key: str
    name: str
    problem: str
    promised_on: date | None = None


@dataclass(frozen=True)
class PartOf:
    """A matter of a stage as its applicant sees it: office and state alone. case_no: of its own case, empty where there is none
    yet; the stage's query code opens it too. due: until when it should be decided, in words, while it runs."""

    name: str
    office: str
    words: str
    case_no: str
    ended: bool
    due: str


@dataclass(frozen=True)
class Progress:
    """A case as its applicant sees it. clocks: the running clocks in words. clock: the one that counts now, None when none
    does; due: its due day in words; statutory: the statutory clock beside a promise. turn: what the applicant has to do."""

    case_id: int
    case_no: str
    matter: str
    matter_code: str
    office: str
    office_code: str
    department: str
    phase: Phase
    phase_name: str
    filed_at: datetime
    received_at: datetime
    received_on: date
    receipt: str
    accepted_on: date | None
    decided_on: date | None
    closed_at: datetime | None
    clocks: tuple[str, ...]
    time: OfficeTime
    clock: Clock | None
    statutory: Clock | None
    say: str
    due: str
    lamp: Lamp
    turn: str
    stages: tuple[Stage, ...]
    asked: tuple[Asked, ...]
    promised: tuple[Asked, ...]
    may_withdraw: bool
    matters: tuple[PartOf, ...]
    """Of a stage: its matters in the order of its drawing."""
    levels: tuple[PartOf, ...]
    """Of a matter of two levels: the case of the other one; its name is what that level does."""


def progress(tx: Tx, case_no: str, query_code: str, now: datetime) -> Progress:
    """The case of this number for whoever has its code. Raises CaseUnknown, alike for a wrong number and a wrong code."""
    return _Told(tx, case_of_applicant(tx, case_no, query_code), now).progress()


class _Told:
    """One case read once, and its stages told from it."""

    def __init__(self, tx: Tx, case_id: int, now: datetime) -> None:
        c, m, d = tables.cases, tables.matters, tables.departments
        self.tx, self.case_id, self.now = tx, case_id, now
        self.row = tx.execute(
            sa.select(c, m.c.name.label("matter"), m.c.code, d.c.name.label("department"))
            .join(m, m.c.id == c.c.matter_id)
            .join(d, d.c.id == m.c.department_id)
            .where(c.c.id == case_id)
        ).one()
        self.office = office(tx, self.row.office_id)
        self.time = office_time(tx, self.office)
        self.today = self.time.civil(now)
        self.phase = Phase(self.row.phase)
        self.rounds = self._rows(tables.corrections)
        self.running = {
            ClockKind(r.kind): Clock.from_json(r.clock)
            for r in self._rows(tables.clocks)
            if r.state == "running" and r.kind in _SHOWN
        }

    def progress(self) -> Progress:
        row, (clock, statutory) = self.row, self.counting
        say = sentence(clock, self.time, self.now, statutory=statutory) if clock else ""
        asked, promised = tuple(self._asked()), tuple(self._promised())
        return Progress(
            case_id=self.case_id,
            case_no=row.case_no,
            matter=row.matter,
            matter_code=row.code,
            office=self.office.name,
            office_code=self.office.code,
            department=row.department,
            phase=self.phase,
            phase_name=PHASE_NAMES[self.phase],
            filed_at=row.filed_at,
            received_at=row.received_at,
            received_on=row.received_on,
            receipt=receipt_sentence(row.filed_at, self.time, self.now, filed=True) if row.channel != "window" else "",
            accepted_on=row.accepted_on,
            decided_on=row.decided_on,
            closed_at=row.closed_at,
            clocks=tuple(sentence(self.running[k], self.time, self.now) for k in _SHOWN if k in self.running),
            time=self.time,
            clock=clock,
            statutory=statutory,
            say=say,
            due=due_by(clock, self.time, self.now) if clock else "",
            lamp=lamp(clock, self.time, self.now).lamp if clock else Lamp.DONE if self.phase in ENDS else Lamp.NONE,
            turn=self._turn(asked, promised),
            stages=tuple(self._stages()),
            asked=asked,
            promised=promised,
            may_withdraw=self.phase in BEFORE_DECISION,
            matters=tuple(self._matters()),
            levels=tuple(self._levels()),
        )

    # ---- the matters of a stage
    def _matters(self) -> Iterator[PartOf]:
        rows = matters_of(self.tx, self.case_id)
        if not rows:
            return
        c, m, d = tables.cases, tables.matters, tables.departments
        asked = sa.select(m.c.code, m.c.name, d.c.name.label("office")).join(d, d.c.id == m.c.department_id)
        known = {r.code: r for r in self.tx.rows(asked.where(m.c.office_id == self.row.office_id))}
        children = sa.select(c.c.id, c.c.case_no, c.c.phase, m.c.code).join(m, m.c.id == c.c.matter_id)
        cases = {r.code: r for r in self.tx.rows(children.where(c.c.master_id == self.case_id))}
        names = {code: r.name for code, r in known.items()}
        for one in rows:
            child = cases.get(one.code)
            paused = one.ending is None and any(end is None for _, end in one.pauses)
            yield PartOf(
                name=names[one.code],
                office=known[one.code].office,
                words=f"{one.told(names)}，暂停计时" if paused else one.told(names),
                case_no=child.case_no if child is not None else "",
                ended=one.ending is not None,
                due=self._due_of(child) if child is not None and one.ending is None else "",
            )

    # ---- the case of the other level
    def _levels(self) -> Iterator[PartOf]:
        for one in beside(self.tx, self.case_id):
            decided = _RESULTS.get(one.result or "")
            yield PartOf(
                name="作出决定" if one.lower_id == self.case_id else "初步审查、送达",
                office=f"{one.office}{one.department}",
                words=decided or PHASE_NAMES[Phase(one.phase)],
                case_no=one.case_no,
                ended=Phase(one.phase) in ENDS,
                due=self._due_of(one),
            )

    def _due_of(self, child: Any) -> str:
        k = tables.clocks
        running = {
            ClockKind(r.kind): Clock.from_json(r.clock)
            for r in self.tx.rows(sa.select(k).where(k.c.case_id == child.id, k.c.state == "running"))
            if r.kind in _SHOWN
        }
        clock, _ = counting(Phase(child.phase), running, self.time, self.today)
        return due_by(clock, self.time, self.now) if clock is not None else ""

    # ---- which clock counts
    @cached_property
    def counting(self) -> tuple[Clock | None, Clock | None]:
        """The clock that counts now, and the statutory one where it is the margin behind a promise."""
        return counting(self.phase, self.running, self.time, self.today)

    def _by(self, kind: ClockKind) -> str:
        return due_by(self.running[kind], self.time, self.now) if kind in self.running else ""

    # ---- what he has to do
    def _asked(self) -> Iterator[Asked]:
        if self.phase is not Phase.CORRECTING:
            return
        names = {m.key: m.name for m in self.materials}
        for item in self.rounds[-1].items:
            yield Asked(item["material"], names[item["material"]], item["problem"])

    def _promised(self) -> Iterator[Asked]:
        if self.phase is Phase.ACCEPTED:
            for m in self.materials:
                if m.state == "promised":
                    yield Asked(m.key, m.name, "", m.promised_on)

    def _turn(self, asked: Sequence[Asked], promised: Sequence[Asked]) -> str:
        if asked:
            by = self._by(ClockKind.CORRECTION)
            return f"请补交下面的 {len(asked)} 项材料{f'，{by}' if by else ''}。"
        if promised:
            first = min(p.promised_on for p in promised if p.promised_on is not None)
            return f"请补交您承诺的 {len(promised)} 项材料，{long_date(first, self.today)}前。"
        if self.phase in ENDS:
            return "这件事已经办完，不用您再做什么。" if self.phase is Phase.CLOSED else "这件申请已经结束。"
        if self.phase is Phase.DECIDED:
            return "结果已经作出，等候送达；选了窗口领取的，带证件到窗口领取。"
        return "现在不用您做什么。"

    @cached_property
    def materials(self) -> Sequence[Any]:
        return self._rows(tables.materials)

    # ---- the stages
    def _stages(self) -> Iterator[Stage]:
        yield self._receipt()
        yield from self._corrections()
        if self.row.accepted_on is not None or self.phase not in ENDS or self.phase is Phase.NOT_ACCEPTED:
            yield self._acceptance()
        yield from self._work()
        if self.phase in (Phase.WITHDRAWN, Phase.TERMINATED):
            yield self._ended()
        elif self.phase is not Phase.NOT_ACCEPTED:
            yield self._decision()
            yield from self._certificate()
            yield self._delivery()

    def _receipt(self) -> Stage:
        made = self._papers("receipt")
        if self.now < self.row.received_at:
            local = self.row.received_at.astimezone(self.time.zone)
            when = f"{long_date(local.date(), self.today)} {local:%H:%M}"
            return Stage("收件", StageState.NOW, self.row.department, when, "已经提交", made)
        return self._done("收件", self.row.received_on, papers=made)

    def _corrections(self) -> Iterator[Stage]:
        notices = self._papers("correction")
        for i, one in enumerate(self.rounds):
            made = notices[i : i + 1]
            if one.brought_at is not None:
                yield self._done("补正", self.time.civil(one.brought_at), papers=made)
            elif self.phase is Phase.CORRECTING:
                yield Stage(
                    "补正", StageState.NOW, self.row.department, self._by(ClockKind.CORRECTION), "等您补交", made
                )
            else:
                yield self._done("补正告知", self.time.civil(one.asked_at), papers=made)

    def _acceptance(self) -> Stage:
        row = self.row
        if self.phase is Phase.NOT_ACCEPTED:
            on = self.time.civil(row.closed_at)
            return Stage(
                "不予受理", StageState.ENDED, row.department, self._day(on), "", self._papers("non_acceptance")
            )
        if row.accepted_on is not None:
            note = _MODES.get(row.acceptance_mode, "")
            return self._done("受理", row.accepted_on, note=note, papers=self._papers("acceptance"))
        if self.phase is Phase.CORRECTING:
            return Stage("受理", StageState.AHEAD, row.department, "补正之后")
        state = StageState.NOW if self.now >= row.received_at else StageState.AHEAD
        return Stage("受理", state, row.department, self._by(ClockKind.NOTICE))

    def _work(self) -> Iterator[Stage]:
        """What happened between acceptance and decision in the order in which it began, and the review that must come."""
        begun = sorted([*self._examined(), *self._paused(), *self._away()], key=lambda found: found[0])
        yield from (stage for _, stage in begun)
        drawn = StepKind.REVIEW in step_kinds(self.version).values()
        if drawn and self.phase in BEFORE_DECISION and not any(s.name == "审查" for _, s in begun):
            yield Stage("审查", StageState.AHEAD, self.row.department, "")

    def _examined(self) -> Iterator[tuple[datetime, Stage]]:
        """One stage for each kind of work in each department, whatever rounds it took."""
        seen: dict[tuple[StepKind, str], list[Any]] = {}
        for t in self.tasks:
            if StepKind(t.kind) in _WORK and t.state != "withdrawn":
                seen.setdefault((StepKind(t.kind), t.department), []).append(t)
        for (kind, department), rows in seen.items():
            yield rows[0].arrived_at, self._task_stage(_WORK[kind], department, rows)

    def _task_stage(self, name: str, department: str, rows: Sequence[Any]) -> Stage:
        if any(t.state != "done" for t in rows):
            live = self.phase not in ENDS
            return Stage(
                name, StageState.NOW if live else StageState.ENDED, department, "进行中" if live else "没有完成"
            )
        return replace(self._done(name, self.time.civil(max(t.done_at for t in rows))), office=department)

    def _paused(self) -> Iterator[tuple[datetime, Stage]]:
        notices = self._papers("special")
        for i, one in enumerate(self._rows(tables.pauses)):
            name, made = GROUND_NAMES[Ground(one.ground)], notices[i : i + 1]
            if one.ended_on is not None:
                yield one.started_at, self._done(name, one.ended_on, papers=made)
                continue
            until = self.time.add(one.started_on, Span.parse(one.planned))
            when = f"计划至 {self._day(until.on)}{'（暂定）' if until.provisional else ''}"
            note = "暂停计时"
            yield one.started_at, Stage(name, StageState.NOW, self.row.department, when, note, made)

    def _away(self) -> Iterator[tuple[datetime, Stage]]:
        for one in self._rows(tables.transfers):
            name = _AWAY[one.kind]
            if one.back_at is not None:
                yield one.sent_at, self._done(name, self.time.civil(one.back_at))
            else:
                yield one.sent_at, Stage(name, StageState.NOW, self.row.department, "进行中")

    def _decision(self) -> Stage:
        row, extended = self.row, self._papers("extension")
        if self.version.guide.stage:
            return self._summary(extended)
        if row.decided_on is not None:
            made = (*extended, *self._papers("grant"), *self._papers("refusal"))
            return self._done("决定", row.decided_on, note=_RESULTS.get(row.result, ""), papers=made)
        clock, _ = self.counting
        when = due_by(clock, self.time, self.now) if clock is not None and self.phase is Phase.ACCEPTED else ""
        state = StageState.NOW if self._is_open(StepKind.DECIDE) else StageState.AHEAD
        return Stage("决定", state, row.department, when, "已延长审批期限" if extended else "", extended)

    def _summary(self, extended: Sequence[Paper]) -> Stage:
        """What a stage has instead of a decision: its matters have all ended, and the lead department sums them up."""
        row = self.row
        if row.decided_on is not None:
            note = RESULTS.get(row.result, "")
            return self._done("阶段汇总", row.decided_on, note=note, papers=(*extended, *self._papers("stage")))
        clock, _ = self.counting
        when = due_by(clock, self.time, self.now) if clock is not None and self.phase is Phase.ACCEPTED else ""
        state = StageState.NOW if self._is_open(StepKind.SUMMARY) else StageState.AHEAD
        return Stage("阶段汇总", state, row.department, when, "已延长审批期限" if extended else "", tuple(extended))

    def _certificate(self) -> Iterator[Stage]:
        rows = [t for t in self.tasks if t.kind == StepKind.CERTIFICATE and t.state != "withdrawn"]
        if rows:
            stage = self._task_stage("制证", rows[0].department, rows)
            yield replace(stage, papers=self._papers("certificate"))

    def _delivery(self) -> Stage:
        if self.row.served_at is not None:
            return self._done("送达", self.time.civil(self.row.served_at))
        if self.row.decided_on is not None:
            state = StageState.NOW if self._is_open(StepKind.DELIVER) else StageState.AHEAD
            return Stage("送达", state, self.row.department, self._by(ClockKind.DELIVERY))
        limit = self.version.guide.limits.get(ClockKind.DELIVERY)
        return Stage("送达", StageState.AHEAD, self.row.department, f"决定后 {limit.span.words}内" if limit else "")

    def _ended(self) -> Stage:
        name = "已撤回" if self.phase is Phase.WITHDRAWN else "终止办理"
        on = self._day(self.time.civil(self.row.closed_at))
        return Stage(name, StageState.ENDED, self.row.department, on, "", self._papers("termination"))

    # ---- how it reads
    def _done(self, name: str, on: date, *, note: str = "", papers: Sequence[Paper] = ()) -> Stage:
        return Stage(name, StageState.DONE, self.row.department, self._day(on), note, tuple(papers))

    def _day(self, on: date) -> str:
        return long_date(on, self.today)

    def _is_open(self, kind: StepKind) -> bool:
        return any(t.kind == kind and t.state in tables.LIVE_STATES for t in self.tasks)

    def _papers(self, kind: str) -> tuple[Paper, ...]:
        return tuple(p for p in self._all_papers if p.kind == kind)

    @cached_property
    def _all_papers(self) -> list[Paper]:
        return papers(self.tx, self.case_id)

    @cached_property
    def version(self) -> Version:
        return version(self.tx, self.row.version_id)

    @cached_property
    def tasks(self) -> Sequence[Any]:
        t, d = tables.tasks, tables.departments
        return self.tx.rows(
            sa.select(t.c.kind, t.c.state, t.c.arrived_at, t.c.done_at, d.c.name.label("department"))
            .join(d, d.c.id == t.c.department_id)
            .where(t.c.case_id == self.case_id)
            .order_by(t.c.arrived_at, t.c.id)
        )

    def _rows(self, table: sa.Table) -> Sequence[Any]:
        return self.tx.rows(sa.select(table).where(table.c.case_id == self.case_id).order_by(table.c.id))
