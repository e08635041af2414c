"""Why a case waits, and for whom: one sentence for officers, another one, without names, for the public.

Read for a whole page of cases at once: a handful of queries, however many cases, and no process is loaded. Who holds the
case comes from the very rows that its possession comes from, in the same order: the applicant, the higher authority, the
department behind the window, experts, and only then the windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..cases import ENDS, PHASE_NAMES, RESULTS, Phase
from ..clock import GROUND_NAMES, Ground, Lamp, OfficeTime, Span, short_date, short_moment
from ..people import establishment_now
from ..store import Prepared, Tx, among, tables

_RESULTS = {"granted": "准予许可", "refused": "不予许可", "revoked": "准予的决定已撤销"}
_SHOWN_MATTERS = 3


@dataclass(frozen=True)
class Waiting:
    """Why a case waits. sentence: for officers, with names and moments; public: office and stage alone. whom: who is waited
    for, in a word or two, empty once it has ended. since: the moment (UTC) since when it has been in these hands, of an
    ended case the moment of its end; days: working days since then, the first day not counted."""

    sentence: str
    public: str
    whom: str
    since: datetime
    days: int


def waiting(tx: Tx, case_ids: Sequence[int], now: datetime) -> dict[int, Waiting]:
    """For each of these cases why it waits now, and for whom. A case that does not exist is left out; whether the asker
    may know of it was asked before."""
    if not case_ids:
        return {}
    known = establishment_now(tx)
    cases = tx.rows(_CASES, ids=case_ids)
    open_ids = [r.id for r in cases if Phase(r.phase) not in ENDS]
    facts = _Facts(
        since={r.case_id: r.from_at for r in tx.rows(_HELD, ids=open_ids)},
        tasks=_by_case(tx.rows(_TASKS, ids=open_ids)),
        corrections=_by_case(tx.rows(_CORRECTIONS, ids=open_ids)),
        transfers=_by_case(tx.rows(_TRANSFERS, ids=open_ids)),
        pauses=_by_case(tx.rows(_PAUSES, ids=open_ids)),
        stopped=frozenset(r.case_id for r in tx.rows(_STOPPED, ids=open_ids)),
        alarms={r.case_id: r.run_at for r in tx.rows(_ALARMS, ids=open_ids)},
        matters=_by_case(tx.rows(_MATTERS, ids=[r.id for r in cases])),
        calls=_by_case(tx.rows(_CALLS, ids=open_ids)),
    )
    return {r.id: _Speaker(r, facts, known.time(tx, r.office_id), now).told() for r in cases}


@dataclass(frozen=True)
class _Facts:
    """What the sentences are made of, by case. stopped: of which a clock stands still; alarms: when a process goes on by
    itself; matters: of a stage, the mandatory ones; calls: of other systems, that wait for an answer."""

    since: Mapping[int, datetime]
    tasks: Mapping[int, list[Any]]
    corrections: Mapping[int, list[Any]]
    transfers: Mapping[int, list[Any]]
    pauses: Mapping[int, list[Any]]
    stopped: frozenset[int]
    alarms: Mapping[int, datetime]
    matters: Mapping[int, list[Any]]
    calls: Mapping[int, list[Any]]


class _Said(NamedTuple):
    sentence: str
    public: str
    whom: str


@dataclass(frozen=True)
class _Speaker:
    """Speaks of one case."""

    row: Any
    facts: _Facts
    time: OfficeTime
    now: datetime

    def told(self) -> Waiting:
        phase = Phase(self.row.phase)
        if phase in ENDS:
            return Waiting(*self.ended(phase), self.row.closed_at, self.days(self.row.closed_at))
        since = self.facts.since.get(self.row.id, self.row.filed_at)
        return Waiting(*self.open(phase), since, self.days(since))

    def ended(self, phase: Phase) -> _Said:
        how = f"{self.day(self.row.closed_at)}{PHASE_NAMES[phase]}"
        words = RESULTS if self.row.id in self.facts.matters else _RESULTS
        result = f"，{words[self.row.result]}" if phase is Phase.CLOSED else ""
        return _Said(how + result, how, "")

    def open(self, phase: Phase) -> _Said:
        if phase is Phase.CORRECTING:
            return self.for_applicant()
        out = {t.kind: t for t in self.facts.transfers.get(self.row.id, [])}
        if "upper_level" in out:
            return self.out(out["upper_level"], "在上级机关", "上报")
        if "hq" in out:
            return self.out(out["hq"], "在部门办理", "转出")
        if pauses := self.facts.pauses.get(self.row.id):
            return self.paused(pauses)
        tasks = self.facts.tasks.get(self.row.id)
        return self.at_windows(phase, tasks) if tasks else self.for_nobody()

    # ---- out of the windows' hands
    def for_applicant(self) -> _Said:
        (asked,) = self.facts.corrections[self.row.id]
        on = self.day(asked.asked_at)
        told = f"等申请人补正，{on}告知{self.so_long(asked.asked_at)}"
        return _Said(told, f"等申请人补正材料，{on}已一次告知", "申请人")

    def out(self, transfer: Any, where: str, sent: str) -> _Said:
        on = self.day(transfer.sent_at)
        told = f"{where}（{transfer.receiver}），{on}{sent}{self.so_long(transfer.sent_at)}"
        return _Said(told, f"{where}，{on}{sent}", where.removeprefix("在").removesuffix("办理"))

    def paused(self, pauses: Sequence[Any]) -> _Said:
        names = "、".join(GROUND_NAMES[Ground(p.ground)] for p in pauses)
        stops = "，暂停计时" if self.row.id in self.facts.stopped else ""
        until = max(self.time.add(p.started_on, Span.parse(p.planned)).on for p in pauses)
        planned = "，已超过计划的 " if until < self.today else "，计划至 "
        told = f"{names}中{stops}{planned}{short_date(until, self.today)}"
        return _Said(told, told, names)

    # ---- at the windows
    def at_windows(self, phase: Phase, tasks: Sequence[Any]) -> _Said:
        decided = phase is Phase.DECIDED
        sentence = ("已决定，待送达；" if decided else "") + "；".join(self.task(t) for t in tasks)
        steps = "；".join(dict.fromkeys(f"在{t.window}，{t.name}" for t in tasks))
        late = self.now < self.row.received_at
        if late:
            sentence = f"下班后提交，{self.moment(self.row.received_at)} 收件；{sentence}"
            steps = f"下班后提交，{self.moment(self.row.received_at)} 收件"
        for call in self.facts.calls.get(self.row.id, []):
            sentence += f"；{self.call(call)}"
        whom = f"{tasks[0].window} {tasks[0].officer or ''}".strip()
        return _Said(sentence, "已作出决定，待送达" if decided else steps, whom)

    def task(self, task: Any) -> str:
        if task.officer is None:
            return f"待签收：{task.window}，{task.name}，{self.day(task.arrived_at)}到{self.so_long(task.arrived_at)}"
        claimed = f"{task.officer} {self.moment(task.claimed_at)} 签收"
        return f"在{task.window}，{task.name}，{claimed}{self.so_long(task.claimed_at)}"

    def for_nobody(self) -> _Said:
        """The process itself waits: for the answer of another system, for the matters of its stage, for a moment that was drawn, or
        for word from elsewhere."""
        if calls := self.facts.calls.get(self.row.id):
            whom = "、".join(dict.fromkeys(call.system for call in calls))
            return _Said("；".join(map(self.call, calls)), "等待其他系统的答复", whom)
        if waited := [m.name for m in self.facts.matters.get(self.row.id, []) if m.ending is None]:
            shown = "、".join(waited[:_SHOWN_MATTERS]) + ("等" if len(waited) > _SHOWN_MATTERS else "")
            told = f"等 {len(waited)} 个事项办结：{shown}"
            return _Said(told, told, f"{len(waited)} 个事项")
        alarm = self.facts.alarms.get(self.row.id)
        told = "等待外部消息" if alarm is None else f"等待至 {self.moment(alarm)}，到时自动继续"
        return _Said(told, told, "系统")

    def call(self, call: Any) -> str:
        told = f"等待对接系统{call.system}的回答（{call.name}）"
        if not call.tries:
            return told
        return f"{told}，已试 {call.tries} 次，下次 {self.moment(call.next_at).removeprefix('今日 ')}"

    # ---- how it counts and writes
    @property
    def today(self) -> date:
        return self.time.civil(self.now)

    def days(self, since: datetime) -> int:
        return self.time.calendar.count(self.time.civil(since), self.today)

    def so_long(self, since: datetime) -> str:
        days = self.days(since)
        return f"，已 {days} 个工作日" if days else ""

    def day(self, at: datetime) -> str:
        on = self.time.civil(at)
        return "今日" if on == self.today else short_date(on, self.today)

    def moment(self, at: datetime) -> str:
        return short_moment(at.astimezone(self.time.zone), self.today)


def _by_case(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(row)
    return found


# ---------------------------------------------------------------- a page of cases at once, each question written once
def _columns(table: sa.Table, names: str) -> list[sa.Column[Any]]:
    return [table.c[name] for name in names.split()]


def _open_rows(table: sa.Table, names: str, ended: sa.Column[Any]) -> Prepared:
    of_cases = sa.select(table.c.case_id, *_columns(table, names)).where(among(table.c.case_id, "ids"), ended.is_(None))
    return Prepared(of_cases.order_by(table.c.id))


def _tasks() -> sa.Select[Any]:
    t, w, o, p = tables.tasks, tables.windows, tables.officers, tables.persons
    return (
        sa.select(*_columns(t, "case_id name arrived_at claimed_at"))
        .add_columns(w.c.name.label("window"), p.c.name.label("officer"))
        .join(w, w.c.id == t.c.window_id)
        .outerjoin(o, o.c.id == t.c.officer_id)
        .outerjoin(p, p.c.id == o.c.person_id)
        .where(among(t.c.case_id, "ids"), tables.LIVE)
        .order_by(t.c.id)
    )


def _matters() -> sa.Select[Any]:
    s, c, m = tables.stage_matters, tables.cases, tables.matters
    named = sa.and_(m.c.code == s.c.code, m.c.office_id == c.c.office_id)
    asked = sa.select(s.c.case_id, s.c.ending, m.c.name).join(c, c.c.id == s.c.case_id).join(m, named)
    return asked.where(among(s.c.case_id, "ids"), s.c.optional.is_(False)).order_by(s.c.id)


_C, _H, _K, _J, _A = tables.cases, tables.possessions, tables.clocks, tables.jobs, tables.calls
_CASES = Prepared(
    sa.select(*_columns(_C, "id office_id phase result filed_at received_at closed_at")).where(among(_C.c.id, "ids"))
)
_HELD = Prepared(sa.select(_H.c.case_id, _H.c.from_at).where(among(_H.c.case_id, "ids"), _H.c.until_at.is_(None)))
"""Since when each case has been in the hands it is in."""
_TASKS = Prepared(_tasks())
_CORRECTIONS = _open_rows(tables.corrections, "asked_at", tables.corrections.c.brought_at)
_TRANSFERS = _open_rows(tables.transfers, "kind receiver sent_at", tables.transfers.c.back_at)
_PAUSES = _open_rows(tables.pauses, "ground started_on planned", tables.pauses.c.ended_at)
_STOPPED = Prepared(
    sa.select(_K.c.case_id).where(among(_K.c.case_id, "ids"), _K.c.state == "running", _K.c.lamp == str(Lamp.GREY))
)
"""The cases of which a clock stands still."""
_MATTERS = Prepared(_matters())
"""The mandatory matters of stages: name and how they ended."""
_CALLS = Prepared(
    sa.select(*_columns(_A, "case_id system name tries next_at"))
    .where(among(_A.c.case_id, "ids"), _A.c.state == "waiting")
    .order_by(_A.c.id)
)
_ALARMS = Prepared(
    sa.select(_J.c.case_id, sa.func.min(_J.c.run_at).label("run_at"))
    .where(among(_J.c.case_id, "ids"), _J.c.kind == "run_timers", _J.c.state == "waiting")
    .group_by(_J.c.case_id)
)
"""The next moment at which the process of each case goes on by itself."""
