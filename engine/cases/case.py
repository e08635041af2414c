"""One case, locked and loaded for one act. What every act has in common stands here; what they differ in, beside it.

`open_case` locks the case row first (five departments may press at once), turns the lamps that are due, hands out an
`OpenCase`, and on leaving lets the process run, syncs tasks, clocks and possession, appends the journal and saves.
Whatever raises inside undoes all of it with the transaction.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from ..catalogue import OWN_DEPARTMENT, Version, version_kept
from ..clock import ClockKind, CountedFrom, Lamp, Limit, OfficeTime, Span, limit_of
from ..diagrams import Work
from ..errors import NotLawful, NotNow, NotReady
from ..people import (
    HOLDERS,
    MARK,
    SYSTEM,
    Actor,
    CaseUnknown,
    Demand,
    Establishment,
    Lead,
    Office,
    Officer,
    Window,
    bearers,
    establishment,
    may,
    officers_at,
    window_for,
)
from ..runtime import OpenStep, Process
from ..store import SEEN, STANDS, Prepared, Tx, drawn_id, held, jobs, journal, nested, possession, tables
from ..store.possession import Hold, Holder
from . import joint, outbound, papers, results, stage
from .acts import ACTS, Act, who_finishes
from .clocks import RUNNING, CaseClocks, look_due, running_rows
from .lamps import flag_due, shown_otherwise
from .phases import ENDS, PHASES, Phase

_OF_STAGE = dict(zip(stage.KINDS, (ClockKind.PROMISED, ClockKind.STATUTORY), strict=True))


class CaseChanged(NotNow):
    """The revision moved although the case was locked: the safety net, met only when a lock was lost."""

    code = "case-changed"
    sentence = "办件{case_no}刚刚被别的操作改动，这一步没有执行。"
    remedy = "刷新页面后重试。"


class StateAltered(NotNow):
    """The stored state of the process is not the one that the last act left: somebody wrote into the database by another way. An act
    would go on from it, and the journal take it for its own."""

    code = "state-altered"
    sentence = "办件{case_no}的流程状态与登记的摘要不符，这一步没有执行。"
    remedy = "请系统管理员运行 lianshen verify 核验，从备份恢复。"


class ClockBehind(NotReady):
    """The clock of this machine is behind what stands in the case already: it was set back, or two machines do not agree."""

    code = "clock-behind"
    sentence = "这台服务器的时钟（{now}）早于这件办件已经记下的时刻（{then}），这一步没有执行。"
    remedy = "请管理员校准各台服务器的时钟（NTP），再办这一步。"


class EndedTooEarly(NotLawful):
    """The diagram came to an end before the case did: lint refuses such diagrams, and a case never ends in silence."""

    code = "ended-too-early"
    sentence = "流程已走到结束，但办件{case_no}还没有作出决定或送达，不能办结。"
    remedy = "请流程设计员检查流程图的这条路径；这一步没有执行。"


@dataclass
class _Entry:
    act: str
    actor: Actor
    payload: dict[str, Any]


@dataclass
class OpenCase:
    """A case in the hands of one act. Made by `open_case` and `new_case` only."""

    tx: Tx
    row: Any
    now: datetime
    fields: dict[str, Any] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)
    steps_from: date | None = None
    """Day 0 of the clocks of steps that arrive in this act, where it is not today: filed after hours, received later."""
    passed_at: datetime | None = None
    """When it passed into other hands, where this act only hears of it."""
    choices: stage.Choices = stage.NO_CHOICES
    """Of the acceptance of a stage: which of its matters are held back, which start tolerantly."""
    _process: Process | None = None
    _clocks: CaseClocks | None = None
    _bearers: dict[int, Sequence[Officer]] = field(default_factory=dict)
    """In whose power those officers act here who asked."""
    _settled: bool = False
    """Whether nothing has been told, changed or moved since it was settled."""
    _mine: set[int] = field(default_factory=set)
    """Departments to which a step went in this act."""
    _live: Sequence[Any] | None = None
    """The tasks that are to do, as long as nothing of them has changed."""
    _new_id: int | None = None
    """Of the first task that arrives, where it was drawn when the case was held."""
    _coming: dict[int, Any] = field(default_factory=dict)
    """The tasks that have arrived in this act, by id, as their rows will be written: once, when it is known what they show."""

    _issued: list[papers.Issued] = field(default_factory=list)
    """The documents of this act that have no number yet."""
    _at_last: list[Callable[[], None]] = field(default_factory=list)

    request: Any = None
    """The row by which it was held, with what is there of the act's request id (`earlier_answer`)."""

    id: int = field(init=False)
    case_no: str = field(init=False)
    phase: Phase = field(init=False)
    """In which it will be saved."""
    known: Establishment = field(init=False)
    """What hardly anybody changes: offices, their time, windows and departments."""
    time: OfficeTime = field(init=False)
    today: date = field(init=False)

    def __post_init__(self) -> None:
        row = self.row
        self.id, self.case_no, self.phase = row.id, row.case_no, PHASES[row.phase]
        self.known = establishment(self.tx, row.mark)
        self.time = self.known.time(self.tx, row.office_id)
        self.today = self.time.civil(self.now)

    # ---- what it is
    def get(self, name: str) -> Any:
        """A column of the case as it will be saved."""
        return self.fields[name] if name in self.fields else getattr(self.row, name)

    def change(self, **values: Any) -> None:
        self._settled = False
        self.fields.update(values)
        if "phase" in values:
            self.phase = PHASES[values["phase"]]

    @cached_property
    def office(self) -> Office:
        return self.known.office(self.tx, self.row.office_id)

    @cached_property
    def version(self) -> Version:
        return version_kept(self.tx, self.row.version_id, self.row.mark)

    @property
    def clocks(self) -> CaseClocks:
        """Its running clocks, taken up at first touch: a claim never needs them."""
        if self._clocks is None:
            read = running_rows(self.tx, self.id) if "clocks" in self.tx.written else self.row.running_clocks
            self._clocks = CaseClocks(self.tx, self.id, read, self.time, self.now)
        return self._clocks

    @cached_property
    def windows(self) -> list[Window]:
        return self.known.windows(self.tx, self.row.office_id)

    @cached_property
    def departments(self) -> dict[str, int]:
        """The departments that have a window here, by code."""
        return {w.department: w.department_id for w in self.windows}

    @cached_property
    def lead(self) -> Lead:
        """Who leads: of a stage the departments that will sum it up, of a single matter its own; and the joint windows."""
        leading = stage.leads(self.tx, self.row.office_id, self.version)
        own = [w.department_id for w in self.windows if w.department == self.version.department]
        joint_windows = frozenset(w.id for w in self.windows if w.kind == "joint")
        return Lead(frozenset(leading or own), joint_windows)

    @property
    def process(self) -> Process:
        """The running process, loaded at first touch: claims, lamps and extensions never need it. Raises StateAltered."""
        self._settled = False
        if self._process is None:
            state = self.row.process_state
            if journal.digest(state) != self.row.state_digest:
                raise StateAltered(case_no=self.case_no)
            self._process = Process.load(self.version.content.plan, state, now=self.now, office_time=self.time)
        return self._process

    # ---- what acts do with it
    def demand(self, who: Officer, act: Act, window_id: int | None = None, department_id: int | None = None) -> Actor:
        """Who acts. Raises CaseUnknown for a stranger, ActNotAllowed for one who may not."""
        office_id = self.row.office_id
        if who.id not in self._bearers:
            held_by = set(map(int, self.row.holders.split(","))) if self.row.holders else ()  # when this act began
            self._bearers[who.id] = bearers(
                self.tx, who, self.today, known=self.known, office_id=office_id, holders=held_by
            )
        demand = Demand(act.roles, window_id, department_id, self.lead if act.by_lead else None)
        return may(self.tx, who, demand, self._bearers[who.id], office_id=office_id)

    def enter(self, act_name: str) -> None:
        """The phase that follows from an act. Raises ActNotNow when the act is not lawful in the present phase."""
        act = ACTS[act_name]
        act.demand_phase(self.phase, self.case_no)
        if act.becomes is not None:
            self.change(phase=act.becomes)
        if act.becomes in ENDS:
            self.change(closed_at=self.now)

    def told(self, act: str, actor: Actor, **payload: Any) -> None:
        """Note what happened, for the journal; it is written when the act is saved. Told after the process was moved, so
        that the tokens it moved stand with it."""
        self._settled = False
        moves = self._process.moves if self._process is not None else ()
        if moves:
            payload["moves"] = [[m.what, m.scope, m.node] for m in moves]
        self.entries.append(_Entry(act, actor, payload))

    def notify(self, key: str, **payload: Any) -> None:
        """Leave a notice to those whom it concerns. key: what it is about; nobody is told twice."""
        told = {"key": key, **payload}
        jobs.leave(self.tx, "notice", run_at=self.now, case_id=self.id, payload=told, dedupe=key)

    def also_told(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """What follows from an act and comes to be known only when the case settles, told with the act that was told last."""
        self.entries[-1].payload.setdefault(name, []).extend(rows)

    def start_process(self, facts: Mapping[str, Any]) -> None:
        self._process = Process.start(self.version.content.plan, facts, now=self.now, office_time=self.time)

    def limit(self, kind: ClockKind) -> Limit | None:
        """The limit of a clock as the guide says it; a stage's two clocks are its promised and its statutory limit."""
        return self.version.guide.limits.get(_OF_STAGE.get(kind, kind))

    @property
    def decision_kinds(self) -> tuple[ClockKind, ClockKind]:
        """The promised and the statutory clock that run from acceptance to the decision, or to the end of a stage."""
        return stage.KINDS if self.version.guide.stage else (ClockKind.PROMISED, ClockKind.STATUTORY)

    def start_decision_clocks(self, counted_from: CountedFrom, on: date) -> None:
        """Start the promised and the statutory clock, those that count from this fact."""
        for kind in self.decision_kinds:
            limit = self.limit(kind)
            if limit is not None and limit.counted_from is counted_from and self.clocks.find(kind) is None:
                self.clocks.start(kind, limit, on)

    def issue(self, kind: str, **facts: Any) -> papers.Issued:
        """Issue a document of this case; applicant, matter and number are filled in. It is signed by the department whose
        matter it is; what passes between offices, by the office. It is numbered when everything else of the act is done; what the
        act tells names it as `paper` and gets number and digest then."""
        known = {"applicant": self.row.applicant_name, "matter": self.version.name, "case_no": self.case_no}
        issued = papers.issue(
            self.office,
            self.time,
            self.now,
            kind,
            {**known, **facts},
            licence=self.version.guide.type == papers.LICENCE,
            signed=self.office.name if kind in papers.INTERNAL else self.department_name,
        )
        self._issued.append(issued)
        return issued

    def number_papers(self) -> None:
        """Give what was issued its number now: for an act whose own rows bear it, and for the end of every other."""
        if self._issued:
            papers.number(self.tx, self.id, self._issued)
            self._issued.clear()

    def at_last(self, write: Callable[[], None]) -> None:
        """Write this with the act when its documents have their numbers."""
        self._at_last.append(write)

    @cached_property
    def department_name(self) -> str:
        """The department whose matter this is: it decides and signs."""
        return self.known.departments(self.tx, self.row.office_id)[self.version.department]

    def tasks(self) -> Sequence[Any]:
        """What is to do now: tasks that are open or claimed, the oldest first."""
        if self._live is None:
            written = "tasks" in self.tx.written
            self._live = list(self.tx.rows(_TASKS, case_id=self.id) if written else self.row.live_tasks)
            if self._coming:
                self._live += [one for one in self._coming.values() if one.state in tables.LIVE_STATES]
        return self._live

    def set_task(self, task_id: int, **values: Any) -> None:
        """Change a task of this case. Nobody else does while it is open: the case is locked."""
        self._write_on_task(task_id, values)
        over = values.get("state") not in (None, *tables.LIVE_STATES)
        self._live = [one for one in self._live if one.id != task_id] if over and self._live is not None else None

    def _write_on_task(self, task_id: int, values: Mapping[str, Any]) -> None:
        if task_id in self._coming:
            vars(self._coming[task_id]).update(values)
        else:
            self.tx.set(tables.tasks, task_id, **values)

    def routing_facts(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Of an answer, what the diagram's conditions read. Opinions and papers never enter the process."""
        return {k: v for k, v in answers.items() if k in self.version.content.routing}

    def materials(self) -> Sequence[Any]:
        return self.tx.rows(_MATERIALS, case_id=self.id)

    def demand_not_before(self, then: datetime, at: datetime) -> None:
        """Nothing is dated before what it follows. Raises ClockBehind."""
        if at < then:
            shown, known = (f"{one.astimezone(self.time.zone):%Y-%m-%d %H:%M:%S}" for one in (at, then))
            raise ClockBehind(now=shown, then=known)

    def open_pauses(self) -> Sequence[Any]:
        return self.tx.rows(_OPEN_PAUSES, case_id=self.id)

    def end_pause(self, pause: Any) -> None:
        """A special procedure ends now. Raises ClockBehind."""
        self.demand_not_before(pause.started_at, self.now)
        p = tables.pauses
        self.tx.execute(p.update().where(p.c.id == pause.id).values(ended_on=self.today, ended_at=self.now))

    @property
    def paused(self) -> bool:
        return bool(self.open_pauses()) if "pauses" in self.tx.written else bool(self.row.paused)

    @property
    def out(self) -> set[str]:
        """Where it lies outside: at headquarters, at the level above."""
        if "transfers" in self.tx.written:
            return {r.kind for r in self.tx.rows(_OUT, case_id=self.id)}
        return set(self.row.out.split(",")) if self.row.out else set()

    # ---- saving
    def settle(self) -> None:
        """Let the tasks and the end of the case follow from where the process stands; twice changes nothing."""
        if self._process is not None and not self._settled:
            stage.follow(self)
            outbound.follow(self)
            self._sync_tasks(self._process)
            if self._process.ended:
                self._end()
        self._settled = True

    def _save(self) -> None:
        self.settle()
        if (self._clocks is not None and self._clocks.save()) or self._coming:
            self._keep_on_tasks()
        self._hand_on()
        if self.fields:
            self.tx.set(tables.cases, self.id, **self.fields)
        self.tx.send_ahead()
        state = self._dumped()
        digest = self.row.state_digest if state is None else journal.digest(state)
        assert self.entries or digest == self.row.state_digest, f"{self.case_no}: the process moved and nobody told why"
        if self.entries:
            results.tell(self, [entry.act for entry in self.entries], self.row.journal_n + len(self.entries))
        self.number_papers()  # from here on others wait who want such a number, too: nothing more is asked
        head = journal.Head(self.row.journal_n, self.row.journal_hash)
        for entry in self.entries:
            papers.name_in(entry.payload)
            head = self._chained(entry, digest, head)
        for write in self._at_last:
            write()
        self._at_last.clear()  # they know the case: memory that knows itself is given back late
        new: dict[str, Any] = {"revision": self.row.revision + 1, "state_digest": digest}
        new["journal_n"], new["journal_hash"] = head
        if state is not None:
            new["state"] = state
        if self.row.process_state is None:
            self.tx.put(tables.processes, case_id=self.id, **new)
            return
        mine = {"case_id": self.id, "revision": self.row.revision}
        self.tx.change_one(tables.processes, mine, otherwise=partial(CaseChanged, case_no=self.case_no), **new)

    def _chained(self, entry: _Entry, digest: str, head: journal.Head) -> journal.Head:
        person = entry.actor.person_id
        return journal.chained(
            self.tx,
            journal.Stream("case", self.id),
            self.case_no,
            journal.Entry(
                entry.act,
                entry.actor.journal_name,
                self.now,
                entry.payload,
                person=str(person) if person is not None else "",
                acting_for=entry.actor.acting_for.login if entry.actor.acting_for else None,
                versions={
                    "matter": self.version.code,
                    "number": self.version.number,
                    "content": self.version.content.hash,
                },
            ),
            digest,
            head,
        )

    def _dumped(self) -> bytes | None:
        """The state of the process, with the job that it waits for; None where this act did not touch it."""
        if self._process is None:
            return None
        state = self._process.dump()
        moment = self._process.next_due()
        if moment is not None:
            key = f"timers:{self.id}:{moment.isoformat()}"
            jobs.leave(self.tx, "run_timers", run_at=moment, case_id=self.id, dedupe=key)
        return state

    def _end(self) -> None:
        if self.phase is Phase.SERVED:
            self.enter("close")
            self.clocks.stop_all(self.today)
            self.told("close", SYSTEM, result=self.get("result"))
        elif self.phase not in ENDS:
            raise EndedTooEarly(case_no=self.case_no)

    def _keep_on_tasks(self) -> None:
        running = [(c.kind, c.subject, c.lamp, c.due_on) for c in self.clocks]
        for task_id, shown in shown_otherwise(self.tasks(), running):
            self._write_on_task(task_id, shown)
        coming = [
            {name: value for name, value in vars(task).items() if value is not None} for task in self._coming.values()
        ]
        self.tx.put_all(tables.tasks, coming)
        self._coming.clear()

    # ---- tasks follow the tokens
    def _sync_tasks(self, process: Process) -> None:
        known = {r.token: r for r in self.tasks()}
        if process.open_tokens == known.keys() and not self.version.content.calls_out:
            return  # none has come or gone, and no other system answers in a person's place
        live = dict(self._wanted(process))
        for token, row in known.items():
            if token not in live:
                self._withdraw(row)
        arriving = [one for one in live.items() if one[0] not in known]
        if not arriving:
            return
        ids, self._new_id = self.tx.draw_ids(tables.tasks, len(arriving), self._new_id), None
        for task_id, (token, (step, signer)) in zip(ids, arriving, strict=True):
            self._arrive(task_id, step, token, signer)
        mine = {t.department_id for t in self._coming.values()} - self._mine
        self._mine |= mine
        self.tx.put_all(
            tables.case_departments, [{"case_id": self.id, "department_id": one} for one in sorted(mine)], once=True
        )

    def _wanted(self, process: Process) -> Iterator[tuple[str, tuple[OpenStep, joint.SignerRow | None]]]:
        """The tasks that there should be: one for each open step, of a countersign one for each signer who is asked, of a step that
        another system answers one when a person confirms it."""
        steps = process.open_steps
        by_hand = outbound.by_hand(self) if any(step.outbound for step in steps) else frozenset()
        for step in steps:
            if step.outbound is not None and step.token not in by_hand:
                continue
            if step.work is None or step.work.signing is None:
                yield step.token, (step, None)
                continue
            for signer in joint.asked_signers(self, step):
                yield joint.task_token(step.token, signer.id), (step, signer)

    def _withdraw(self, row: Any) -> None:
        self.set_task(row.id, state="withdrawn", done_at=self.now)
        self.clocks.stop(ClockKind.STEP, self.today, f"task:{row.id}")

    def _arrive(self, task_id: int, step: OpenStep, token: str, signer: joint.SignerRow | None) -> None:
        work = step.work
        assert work is not None, f"{step.node}: a published diagram has no step without work"
        window = self.window_of(step)
        if signer is not None:
            window = next(w for w in self.windows if w.department_id == signer.department_id)
        task = SimpleNamespace(
            **_NO_TASK
            | {
                "id": task_id,
                "case_id": self.id,
                "matter_id": self.row.matter_id,
                "token": token,
                "step": step.node,
                "name": step.name,
                "kind": work.kind,
                "form": work.form,
                "department_id": window.department_id,
                "window_id": window.id,
                "state": "open",
                "arrived_at": self.passed_at or self.now,
            }
        )
        self._coming[task_id] = task
        self._live = None if self._live is None else [*self._live, task]
        if work.limit is not None:
            self.clocks.start(
                ClockKind.STEP, limit_of(Span.parse(work.limit)), self.steps_from or self.today, f"task:{task_id}"
            )
        if work.officer is not None:
            self._hand_to(work, task_id, step.node, window)

    def _hand_to(self, work: Work, task_id: int, step: str, window: Window) -> None:
        """The drawing names who does it (指定经办人): it is his at once. Where he has left, sits there no longer or may not finish
        such a step, it lies in the pool as any other."""
        named = next((one for one in officers_at(self.tx, window.id) if one.login == work.officer), None)
        if named is None or not named.roles & who_finishes(work):
            return
        self.set_task(task_id, state="claimed", officer_id=named.id, claimed_at=self.now)
        told = {"task": task_id, "step": step, "from": "pool", "to": named.login, "reason": "流程图指定"}
        self.told("hand_over", SYSTEM, **told)

    def window_of(self, step: OpenStep) -> Window:
        """Where a step lies, by its drawing."""
        work = step.work
        assert work is not None, f"{step.node}: a published diagram has no step without work"
        window = self.window_drawn(work)
        assert window is not None, f"{step.node}: publishing checked the window"
        return window

    def window_drawn(self, work: Work) -> Window | None:
        """The window that a step means; None where the office has none such."""
        department = self.version.department if work.department == OWN_DEPARTMENT else work.department
        return window_for(self.windows, work.window, department)

    # ---- possession follows phase, pauses, transfers and tasks
    def _hand_on(self) -> None:
        if self.phase in ENDS:
            possession.release(self.tx, self.id, self.now, read=self.row)
        else:
            possession.hand(self.tx, self.id, self.holder(), self.passed_at or self.now, read=self.row)

    def holder(self) -> Hold:
        """Who holds the case. With several open tasks it is the holder of the one that has been open longest."""
        if self.phase is Phase.CORRECTING:
            return Hold(Holder.APPLICANT)
        out = self.out
        if "upper_level" in out:
            return Hold(Holder.UPPER_LEVEL)
        if "hq" in out:
            return Hold(Holder.HQ)
        if self.paused:
            return Hold(Holder.THIRD_PARTY)
        waiting = self.tasks()
        if not waiting:
            return Hold(Holder.SYSTEM)
        first = waiting[0]
        if first.officer_id is not None:
            return Hold(Holder.OFFICER, first.window_id, first.officer_id)
        return Hold(Holder.WINDOW, first.window_id)


# ---- what every act asks, written once
_CASE_ID: sa.BindParameter[int] = sa.bindparam("case_id")
_NO_TASK = {**dict.fromkeys(tables.tasks.c.keys()), "lamp": Lamp.GREEN}
_OF_TASKS = tuple(column for column in tables.tasks.c if column.name != "draft")
"""What an act asks of the tasks of a case. What each officer has typed so far is long, and only himself's."""
_TASKS = Prepared(
    sa.select(*_OF_TASKS).where(tables.tasks.c.case_id == _CASE_ID, tables.LIVE).order_by(tables.tasks.c.id)
)
_MATERIALS = Prepared(
    sa.select(tables.materials).where(tables.materials.c.case_id == _CASE_ID).order_by(tables.materials.c.id)
)
_OPEN_PAUSES = Prepared(
    sa.select(tables.pauses)
    .where(tables.pauses.c.case_id == _CASE_ID, tables.pauses.c.ended_at.is_(None))
    .order_by(tables.pauses.c.id)
)
_OUT = Prepared(
    sa.select(tables.transfers.c.kind).where(
        tables.transfers.c.case_id == _CASE_ID, tables.transfers.c.back_at.is_(None)
    )
)


def _whole() -> sa.Select[Any]:
    """A case with what every act asks of it, in one row."""
    c, out, pause = tables.cases, tables.transfers.c, tables.pauses.c
    held = sa.and_(tables.possessions.c.case_id == c.c.id, possession.IS_OPEN)
    out_at = (
        sa.select(sa.func.aggregate_strings(out.kind, ","))
        .where(out.case_id == c.c.id, out.back_at.is_(None))
        .correlate(c)
        .scalar_subquery()
    )
    paused = sa.exists().where(pause.case_id == c.c.id, pause.ended_at.is_(None)).correlate(c)
    return sa.select(
        c,
        *STANDS,
        *possession.OPEN,
        tables.processes.c.state.label("process_state"),
        MARK.label("mark"),
        HOLDERS.label("holders"),
        out_at.label("out"),
        paused.label("paused"),
        nested(_OF_TASKS, tables.tasks.c.case_id == c.c.id, tables.LIVE, of=c).label("live_tasks"),
        RUNNING.label("running_clocks"),
    ).select_from(c.join(tables.processes).outerjoin(tables.possessions, held))


_WHOLE = _whole()
_ONE = Prepared(_WHOLE.where(tables.cases.c.id == _CASE_ID))
_OF_TASK = sa.select(tables.tasks.c.case_id).where(tables.tasks.c.id == sa.bindparam("task_id")).scalar_subquery()
_NEW_ID = drawn_id(tables.tasks).label("new_id")
_FOR_AN_ACT = _WHOLE.add_columns(*SEEN, _NEW_ID)
_BORN: Mapping[str, sa.ColumnElement[Any]] = {
    "mark": MARK,
    **dict.fromkeys(("revision", "journal_n"), sa.literal_column("0")),
    **dict.fromkeys(("journal_hash", "state_digest"), sa.literal_column("''")),
}
_AT_BIRTH = (
    *(
        sa.type_coerce(_BORN.get(str(one.key), sa.null()), one.type).label(str(one.key))
        for one in _WHOLE.selected_columns
        if str(one.key) not in tables.cases.c
    ),
    _NEW_ID,
)
"""The same beside a case that nothing belongs to yet."""
_HELD = {one: held(_FOR_AN_ACT.where(tables.cases.c.id == _CASE_ID), one) for one in ("sqlite", "postgresql")}
_HELD_OF_TASK = {one: held(_FOR_AN_ACT.where(tables.cases.c.id == _OF_TASK), one) for one in ("sqlite", "postgresql")}


def open_case(tx: Tx, case_id: int, now: datetime, request_id: str | None = None) -> AbstractContextManager[OpenCase]:
    """Lock and load one case for one act. Raises CaseUnknown. On leaving everything about it is saved together.

    request_id: whose earlier answer the act will ask for; on leaving RequestReused is raised where another act took it meanwhile."""
    return _Held(tx, now, _HELD, {"case_id": case_id, "request_id": request_id})


def open_case_of_task(
    tx: Tx, task_id: int, now: datetime, request_id: str | None = None
) -> AbstractContextManager[OpenCase]:
    """The same for the case of a task. Raises CaseUnknown where there is no such task."""
    return _Held(tx, now, _HELD_OF_TASK, {"task_id": task_id, "request_id": request_id})


class _Held(AbstractContextManager[OpenCase]):
    """See `open_case`. Every act is in one: a generator made into one would cost it more."""

    def __init__(self, tx: Tx, now: datetime, asked: Mapping[str, Prepared], of: Mapping[str, Any]) -> None:
        self._tx, self._now, self._asked, self._of = tx, now, asked, of

    def __enter__(self) -> OpenCase:
        tx, now = self._tx, self._now
        row = tx.hold(self._asked[tx.dialect], **self._of)
        if row is None:
            raise CaseUnknown()
        case = OpenCase(tx, row, now, _new_id=row.new_id)
        if look_due(row.running_clocks, now):
            flag_due(tx, row, case.time, now)
            case = _load(tx, row.id, now)
        case.request = row
        self._case = case
        return case

    def __exit__(self, kind: Any, failed: BaseException | None, trace: Any) -> None:
        if failed is None:
            self._case._save()


@contextmanager
def new_case(tx: Tx, values: Mapping[str, Any], now: datetime) -> Iterator[OpenCase]:
    """A case that is born in this act."""
    row = tx.bear_case(*_AT_BIRTH, **values)
    case = OpenCase(tx, row, now, _new_id=row.new_id)
    yield case
    case._save()


def look_at(tx: Tx, case_id: int, now: datetime) -> OpenCase:
    """A case to look at with the eyes of an act, so that what is offered and what is done follow one rule. It is not locked
    and never saved. Raises CaseUnknown; whether the asker may see it is asked by whoever calls."""
    return _load(tx, case_id, now)


def _load(tx: Tx, case_id: int, now: datetime) -> OpenCase:
    row = tx.row(_ONE, case_id=case_id)
    if row is None:
        raise CaseUnknown()
    return OpenCase(tx, row, now)


def case_id_of(tx: Tx, case_no: str) -> int:
    """Raises CaseUnknown."""
    found = tx.value(sa.select(tables.cases.c.id).where(tables.cases.c.case_no == case_no))
    if found is None:
        raise CaseUnknown()
    return int(found)


_NO_DIGEST = journal.digest("")


def case_of_applicant(tx: Tx, case_no: str, query_code: str) -> int:
    """The case of an applicant, known by its number and his query code. Raises CaseUnknown, alike for a wrong number and a
    wrong code, and after the same work: how long it takes tells nobody which numbers there are."""
    c = tables.cases
    row = tx.row(sa.select(c.c.id, c.c.query_digest).where(c.c.case_no == case_no))
    known = _NO_DIGEST if row is None else str(row.query_digest)
    if not hmac.compare_digest(known, journal.digest(query_code)) or row is None:
        raise CaseUnknown()
    return int(row.id)
