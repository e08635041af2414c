"""Whether a case holds together: its chain, its possession, its process state, its dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..catalogue import version
from ..clock import Clock, ClockKind, Lamp
from ..errors import LianshenError, NotReady
from ..people import office, office_time
from ..runtime import Process, StateNotReadable
from ..store import Tx, journal, possession, tables
from .joint import signers_of, task_token
from .lamps import DEBTS, worst


@dataclass(frozen=True)
class Flaw:
    """One thing that does not hold, in words."""

    subject: str
    what: str


def verify_case(tx: Tx, case_id: int) -> Iterator[Flaw]:
    """Every flaw of one case: broken chain, possession that does not add up, state that is not the journalled one, stored
    dates that are not the recomputed ones, a task whose lamp or due day are not those of its clocks, an open task that no
    token bears or a token without its task, a document that is not the journalled one. What cannot even be read is a flaw
    like any other."""
    row = tx.execute(sa.select(tables.cases).where(tables.cases.c.id == case_id)).one()
    for check in (_chain_flaws, _possession_flaws, _state_flaws, _date_flaws, _task_flaws, _token_flaws, _paper_flaws):
        try:
            for what in check(tx, row):
                yield Flaw(row.case_no, what)
        except NotReady:
            raise
        except Exception as unreadable:
            yield Flaw(row.case_no, f"有内容读不懂，没有核验完（{type(unreadable).__name__}）")


def verify_offices(tx: Tx) -> Iterator[Flaw]:
    """Every flaw in the offices' own chains, and every chain whose owner is gone."""
    for row in tx.rows(sa.select(tables.offices.c.id, tables.offices.c.code)):
        for b in journal.verify(tx, journal.Stream("office", row.id)):
            yield Flaw(row.code, f"第 {b.n} 条记录：{b.why}")
    for stream in journal.orphans(tx):
        yield Flaw(stream, "主体记录不存在")


def case_ids(tx: Tx) -> list[int]:
    return [r.id for r in tx.rows(sa.select(tables.cases.c.id).order_by(tables.cases.c.id))]


def _chain_flaws(tx: Tx, row: Any) -> Iterator[str]:
    for b in journal.verify(tx, journal.Stream("case", row.id)):
        yield f"第 {b.n} 条记录：{b.why}"


def _possession_flaws(tx: Tx, row: Any) -> Iterator[str]:
    for gap in possession.gaps(possession.ledger(tx, row.id), row.filed_at, row.closed_at):
        yield f"持有记录：{gap}"


def _state_flaws(tx: Tx, row: Any) -> Iterator[str]:
    state = tx.value(sa.select(tables.processes.c.state).where(tables.processes.c.case_id == row.id))
    if state is None:
        yield "没有流程状态"
        return
    if journal.digest(state) != row.state_digest:
        yield "流程状态与登记的摘要不符"
    last = tx.value(
        sa.select(tables.journal.c.state_digest)
        .where(tables.journal.c.stream == str(journal.Stream("case", row.id)))
        .order_by(tables.journal.c.n.desc())
        .limit(1)
    )
    if last != row.state_digest:
        yield "流程状态与最后一条记录的摘要不符"


def _date_flaws(tx: Tx, row: Any) -> Iterator[str]:
    time = office_time(tx, office(tx, row.office_id))
    for r in tx.rows(
        sa.select(tables.clocks).where(tables.clocks.c.case_id == row.id, tables.clocks.c.state == "running")
    ):
        try:
            clock = Clock.from_json(r.clock)
        except LianshenError:
            yield f"{r.kind} 的时钟读不懂"
            continue
        due = clock.due(time)
        if (due.on if due else None) != r.due_on or clock.due_at(time) != r.due_at:
            yield f"{r.kind} 的到期日登记为 {r.due_on}，重算为 {due.on if due else '未定'}"


def _task_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """Open tasks on which another lamp or due day stands than their clocks have."""
    t, c = tables.tasks, tables.clocks
    running = tx.rows(sa.select(c).where(c.c.case_id == row.id, c.c.state == "running"))
    for task in tx.rows(sa.select(t).where(t.c.case_id == row.id, t.c.state.in_(["open", "claimed"])).order_by(t.c.id)):
        mine = [
            r for r in running if r.kind not in DEBTS and (r.kind != ClockKind.STEP or r.subject == f"task:{task.id}")
        ]
        lamp = worst((ClockKind(r.kind), Lamp(r.lamp)) for r in mine)
        due_on = min((r.due_on for r in mine if r.due_on is not None), default=None)
        if (task.lamp, task.due_on) != (lamp, due_on):
            yield f"任务“{task.name}”登记的灯色为 {task.lamp}、到期日为 {task.due_on}，时限为 {lamp}、{due_on or '未定'}"


def _token_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """Tasks and the tokens of the process are one and the same: each has the other."""
    state = tx.value(sa.select(tables.processes.c.state).where(tables.processes.c.case_id == row.id))
    if state is None:
        return
    time, plan = office_time(tx, office(tx, row.office_id)), version(tx, row.version_id).content.plan
    try:
        process = Process.load(plan, state, now=row.filed_at, office_time=time)
    except (StateNotReadable, LookupError, TypeError):
        yield "流程状态读不懂"
        return
    t = tables.tasks
    known = {
        r.token: r.name for r in tx.rows(sa.select(t).where(t.c.case_id == row.id, t.c.state.in_(["open", "claimed"])))
    }
    signing = {step.token for step in process.open_steps if step.work is not None and step.work.signing is not None}
    live = {step.token: step.name for step in process.open_steps if step.token not in signing}
    asked = [s for s in signers_of(tx, row.id) if s.token in signing and s.state == "asked"]
    live |= {task_token(s.token, s.id): s.department for s in asked}
    for token in known.keys() - live.keys():
        yield f"任务“{known[token]}”不是流程正在等的一步"
    for token in live.keys() - known.keys():
        yield f"流程在等“{live[token]}”，没有对应的任务"


def _paper_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """A document's text against its own digest, and that against the journal of the act that issued it. Where the payload was
    removed lawfully the text still has its own digest."""
    told = [r.payload for r in journal.read(tx, journal.Stream("case", row.id), limit=_ALL)]
    issued = {p["paper"]: p.get("digest") for p in told if p is not None and "paper" in p}
    for paper in tx.rows(
        sa.select(tables.papers).where(tables.papers.c.case_id == row.id).order_by(tables.papers.c.id)
    ):
        if journal.digest(paper.body) != paper.digest:
            yield f"文书 {paper.number} 的正文与摘要不符"
        elif None not in told and issued.get(paper.number) != paper.digest:
            yield f"文书 {paper.number} 的摘要与办理记录不符"


_ALL = 1_000_000
