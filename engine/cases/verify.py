"""Whether a case holds together: its chain, its possession, its process state, its dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..catalogue import Version, altered_levels, holds_together, nodes, version
from ..clock import Clock, ClockKind, Lamp, OfficeTime, lamp
from ..connections import altered
from ..errors import LianshenError, NotReady
from ..people import office, office_time
from ..runtime import Process, StateNotReadable
from ..store import STANDS, Tx, journal, possession, tables
from .case import look_at
from .joint import signers_of, task_token
from .lamps import DEBTS, worst
from .levels import above, sent_up
from .outbound import CallRow, calls_of
from .retold import KEYS, Retold, retell
from .stage import leads, matters_of


@dataclass(frozen=True)
class Flaw:
    """One thing that does not hold, in words."""

    subject: str
    what: str


def verify_case(tx: Tx, case_id: int) -> Iterator[Flaw]:
    """Every flaw of one case: broken chain, a column, a fact beside the case or a task that is not what the journal told,
    possession that does not add up or is not where the case lies, state that is not the journalled one, stored dates and lamps that
    are not the recomputed ones, a task whose lamp or due day are not those of its clocks, one that is not as its step is drawn, an
    open task that no token bears or a token without its task or its call, a document or a file whose content is not that of its
    digest, a department that sees the case and never had a step of it.
    What cannot even be read is a flaw like any other."""
    c = tables.cases
    row = tx.execute(sa.select(c, *STANDS).outerjoin(tables.processes).where(c.c.id == case_id)).one()
    for check in _CHECKS:
        try:
            for what in check(tx, row):
                yield Flaw(row.case_no, what)
        except NotReady:
            raise
        except Exception as unreadable:
            yield Flaw(row.case_no, f"有内容读不懂，没有核验完（{type(unreadable).__name__}）")


def verify_offices(tx: Tx) -> Iterator[Flaw]:
    """Every flaw in the offices' own chains, in the versions that they published, the connections that they registered and the
    levels of rules that they set, and every chain whose owner is gone."""
    for row in tx.rows(sa.select(tables.offices.c.id, tables.offices.c.code)):
        for b in journal.verify(tx, journal.Stream("office", row.id)):
            yield Flaw(row.code, f"第 {b.n} 条记录：{b.why}")
        of = office(tx, row.id)
        for what in (*_version_flaws(tx, row.id), *altered(tx, of), *altered_levels(tx, of)):
            yield Flaw(row.code, what)
    for stream in journal.orphans(tx):
        yield Flaw(stream, "主体记录不存在")


def case_ids(tx: Tx) -> list[int]:
    return [r.id for r in tx.rows(sa.select(tables.cases.c.id).order_by(tables.cases.c.id))]


def _chain_flaws(tx: Tx, row: Any) -> Iterator[str]:
    for b in journal.verify(tx, journal.Stream("case", row.id)):
        yield f"第 {b.n} 条记录：{b.why}"


def _possession_flaws(tx: Tx, row: Any) -> Iterator[str]:
    ledger = possession.ledger(tx, row.id)
    for gap in possession.gaps(ledger, row.filed_at, row.closed_at):
        yield f"持有记录：{gap}"
    if row.closed_at is None and ledger and ledger[-1].hold != look_at(tx, row.id, row.filed_at).holder():
        yield "持有记录：登记的持有人不是现在持有办件的"


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
        elif not _lamp_holds(r, clock, time):
            yield f"{r.kind} 的灯色或下次查看的时刻与重算的不符"


def _lamp_holds(row: Any, clock: Clock, time: OfficeTime) -> bool:
    """Whether the lamp shows what it shows until the moment at which it is looked at next, and then another one. One that has been
    put off would never turn."""
    until = row.alert_at - timedelta(microseconds=1) if row.alert_at is not None else _FOR_EVER
    state = lamp(clock, time, until)
    return (state.lamp, state.next_at) == (row.lamp, row.alert_at)


def _task_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """Open tasks on which another lamp or due day stands than their clocks have."""
    t, c = tables.tasks, tables.clocks
    running = tx.rows(sa.select(c).where(c.c.case_id == row.id, c.c.state == "running"))
    for task in tx.rows(sa.select(t).where(t.c.case_id == row.id, tables.LIVE).order_by(t.c.id)):
        mine = [
            r for r in running if r.kind not in DEBTS and (r.kind != ClockKind.STEP or r.subject == f"task:{task.id}")
        ]
        lamp = worst((ClockKind(r.kind), Lamp(r.lamp)) for r in mine)
        due_on = min((r.due_on for r in mine if r.due_on is not None), default=None)
        if (task.lamp, task.due_on) != (lamp, due_on):
            yield f"任务“{task.name}”登记的灯色为 {task.lamp}、到期日为 {task.due_on}，时限为 {lamp}、{due_on or '未定'}"


def _drawn_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """Tasks that are not as their step is drawn. Who sits at the window of an open one sees its case and may claim it."""
    case, t = look_at(tx, row.id, row.filed_at), tables.tasks
    works = ((node, node.work) for node in nodes(case.version.content.diagram) if node.work is not None)
    drawn = {(node.id, node.name or node.id, work.kind, work.form): work for node, work in works}
    for task in tx.rows(sa.select(t).where(t.c.case_id == row.id).order_by(t.c.id)):
        if task.matter_id != row.matter_id:
            yield f"任务“{task.name}”登记的事项不是本件的事项"
        work = drawn.get((task.step, task.name, task.kind, task.form))
        if work is None:
            yield f"任务“{task.name}”不是流程图所画的一步"
            continue
        signs = (w for w in case.windows if w.department_id == task.department_id)
        window = case.window_drawn(work) if work.signing is None else next(signs, None)
        if window is None or (window.id, window.department_id) != (task.window_id, task.department_id):
            yield f"任务“{task.name}”登记的窗口不是流程图所画的"


def _listed_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """Materials that are not called, or not asked for, as the guide lists them."""
    listed = {one.key: (one.name, one.rule) for one in version(tx, row.version_id).guide.materials}
    m = tables.materials
    for r in tx.rows(sa.select(m.c.key, m.c.name, m.c.rule).where(m.c.case_id == row.id).order_by(m.c.id)):
        if listed.get(r.key) != (r.name, r.rule):
            yield f"材料 {r.key} 的名称、要求不是指南所写的"


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
    known = {r.token: r.name for r in tx.rows(sa.select(t).where(t.c.case_id == row.id, tables.LIVE))}
    calls = {one.token: one for one in calls_of(tx, row.id)}
    asking = {step.token: step.name for step in process.open_steps if step.outbound is not None}
    yield from _call_flaws(calls.values(), asking)
    away = {token for token in asking if token in calls and calls[token].state != "by_hand"}
    signing = {step.token for step in process.open_steps if step.work is not None and step.work.signing is not None}
    live = {step.token: step.name for step in process.open_steps if step.token not in signing | away}
    asked = [s for s in signers_of(tx, row.id) if s.token in signing and s.state == "asked"]
    live |= {task_token(s.token, s.id): s.department for s in asked}
    for token in known.keys() - live.keys():
        yield f"任务“{known[token]}”不是流程正在等的一步"
    for token in live.keys() - known.keys():
        yield f"流程在等“{live[token]}”，没有对应的任务"


def _call_flaws(calls: Iterable[CallRow], asking: Mapping[str, str]) -> Iterator[str]:
    """A step that another system answers waits for it, or for a person; a call that waits has its step."""
    known = {one.token: one for one in calls}
    for one in known.values():
        if one.state == "waiting" and one.token not in asking:
            yield f"“{one.name}”登记为等待{one.system}的答复，流程已经不在这一步"
    for token in asking.keys() - {token for token, one in known.items() if one.state in ("waiting", "by_hand")}:
        yield f"流程在等“{asking[token]}”的对外答复，没有对应的调用"


def _content_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """A document's text and a file's bytes against their digests; those are held against the journal with the other facts."""
    p, f, b = tables.papers, tables.material_files, tables.blobs
    for paper in tx.rows(sa.select(p).where(p.c.case_id == row.id).order_by(p.c.id)):
        if journal.digest(paper.body) != paper.digest:
            yield f"文书 {paper.number} 的正文与摘要不符"
        elif f"\n{paper.title}\n" not in paper.body:
            yield f"文书 {paper.number} 登记的标题不是正文的标题"
    for file in tx.rows(sa.select(f.c.name, f.c.digest).where(f.c.case_id == row.id).order_by(f.c.id)):
        body = tx.value(sa.select(b.c.body).where(b.c.digest == file.digest))
        if body is None or journal.digest(bytes(body)) != file.digest:
            yield f"材料文件“{file.name}”的内容与摘要不符"


def _retold_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """The tables against what the journal tells: the case's row, the facts beside it, the tasks."""
    rows = journal.read(tx, journal.Stream("case", row.id), limit=_ALL)
    told = retell(rows, office_time(tx, office(tx, row.office_id)))
    for name, value in told.columns.items():
        if getattr(row, name) != value:
            yield _differs("办件", name, getattr(row, name), value)
    of = version(tx, row.version_id)
    if told.versions != {"matter": of.code, "number": of.number, "content": of.content.hash}:
        yield f"办件的事项版本登记为 {of.code} 第 {of.number} 版，与办理记录不符"
    if (of.matter_id, of.office_id) != (row.matter_id, row.office_id):
        yield "办件登记的事项、机构不是其事项版本的"
    if told.whole:
        for table in KEYS:
            yield from _fact_flaws(tx, row, table, told)
        yield from _told_task_flaws(tx, row, told)
        yield from _seeing_flaws(tx, row, of)


def _fact_flaws(tx: Tx, row: Any, table: str, told: Retold) -> Iterator[str]:
    words, kept = _TABLES[table], tables.metadata.tables[table]

    def known_by(n: int, one: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(str(one[key]) for key in KEYS[table]) or (str(n),)

    there: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for n, one in enumerate(_kept(tx, row, kept), 1):
        if known_by(n, one) in there:
            yield f"{words} {' '.join(known_by(n, one))} 登记了不止一次"
        if "office_id" in kept.c and one["office_id"] != row.office_id:
            yield _differs(f"{words} {' '.join(known_by(n, one))} ", "office_id", one["office_id"], row.office_id)
        there.setdefault(known_by(n, one), one)
    expected = {known_by(n, one): one for n, one in enumerate(told.tables.get(table, ()), 1)}
    for key, facts in expected.items():
        named = f"{words} {' '.join(key)} "
        if key not in there:
            yield f"{named}有办理记录，登记却没有了"
            continue
        for name, value in facts.items():
            if there[key][name] != value:
                yield _differs(named, name, there[key][name], value)
    for key in there.keys() - expected.keys():
        yield f"{words} {' '.join(key)} 没有办理记录"


def _kept(tx: Tx, row: Any, t: sa.Table) -> Iterator[Mapping[str, Any]]:
    """The rows beside a case in their order; department and officers as the journal names them, by code and log-in. A department of
    another office has no code here."""
    d = tables.departments
    joined: sa.FromClause = t
    names: list[sa.ColumnElement[Any]] = []
    if "department_id" in t.c:
        here = sa.and_(d.c.id == t.c.department_id, d.c.office_id == row.office_id)
        joined, names = joined.outerjoin(d, here), [*names, d.c.code.label("department")]
    officers = [column for column in t.c if column.references(tables.officers.c.id)]
    for column in officers:
        o = tables.officers.alias()
        joined, names = joined.outerjoin(o, o.c.id == column), [*names, o.c.login.label(column.name)]
    columns = [column for column in t.c if column not in officers]
    for one in tx.rows(sa.select(*columns, *names).select_from(joined).where(t.c.case_id == row.id).order_by(t.c.id)):
        yield dict(one._mapping)


def _told_task_flaws(tx: Tx, row: Any, told: Retold) -> Iterator[str]:
    """Who holds a task, and what became of it. One that was withdrawn is told by the process, not by a row of its own."""
    t, o = tables.tasks, tables.officers
    joined = t.outerjoin(o, o.c.id == t.c.officer_id)
    rows = tx.rows(sa.select(t, o.c.login).select_from(joined).where(t.c.case_id == row.id).order_by(t.c.id))
    deemed = told.columns.get("acceptance_mode") == "deemed"
    for task in rows:
        facts = told.tasks.get(task.id, {"state": "open"})
        by_silence = deemed and (task.state, task.kind, task.outcome) == ("done", "intake", "accept")
        if (task.state == "withdrawn" or by_silence) and facts["state"] != "done":
            continue
        for name, value in facts.items():
            if getattr(task, name) != value:
                yield _differs(f"任务“{task.name}”", name, getattr(task, name), value)
    for gone in told.tasks.keys() - {task.id for task in rows}:
        yield f"任务 {gone} 有办理记录，登记却没有了"


def _seeing_flaws(tx: Tx, row: Any, of: Version) -> Iterator[str]:
    """Who sees the case has or had a step of it, was asked for an opinion, was called to a consultation, leads the stage, or sees
    the stage above. Of a department that the stage called in later its matters do not know."""
    part = _working(tx, row.id) | _called(tx, row.id, row.office_id)
    leading = set(leads(tx, row.office_id, of)) if matters_of(tx, row.id) else set()
    above, later = set[int](), set[int]()
    if row.master_id is not None:
        above = _seen_by(tx, row.master_id)
        later = _called(tx, row.master_id, row.office_id) - _working(tx, row.master_id)
    if not part | leading | (above - later) <= _seen_by(tx, row.id) <= part | leading | above:
        yield "能看到办件的部门与有过任务、被征求意见、参加会商的部门不符"


def _working(tx: Tx, case_id: int) -> set[int]:
    """By a task, or by a step that another system answers in its place."""
    among = (tx.rows(sa.select(t.c.department_id).where(t.c.case_id == case_id)) for t in (tables.tasks, tables.calls))
    return {r.department_id for rows in among for r in rows}


def _called(tx: Tx, case_id: int, office_id: int) -> set[int]:
    """Whom a case called in without a step: asked for an opinion, named in the minutes of a consultation."""
    c, d = tables.consultations, tables.departments
    rows = tx.rows(sa.select(c.c.attendees).where(c.c.case_id == case_id))
    codes = {one["department"] for r in rows for one in r.attendees}
    named = tx.rows(sa.select(d.c.id.label("department_id")).where(d.c.office_id == office_id, d.c.code.in_(codes)))
    asked = [
        tx.rows(sa.select(t.c.department_id).where(t.c.case_id == case_id))
        for t in (tables.opinions, tables.resolutions)
    ]
    return {r.department_id for among in (named, *asked) for r in among}


def _level_flaws(tx: Tx, row: Any) -> Iterator[str]:
    """Two levels: the case above stands at the level and for the matter that the guide names, and what was decided there has been
    decided here."""
    upper, up = above(tx, row.id), version(tx, row.version_id).guide.escalates
    if upper is None:
        return
    of = version(tx, upper.version_id)
    if up is None or (office(tx, upper.office_id).level, of.code) != (up.level, up.matter):
        yield f"上级办件 {upper.case_no} 不是指南所写的上级机构和事项"
    sent = sent_up(tx, row.id)
    if sent is None or upper.filed_at != sent.sent_at:
        yield f"上级办件 {upper.case_no} 的收件时间不是上报的时间"
    decided = (row.decided_at, row.decided_on)
    same = upper.result in (row.result, "revoked")  # of a revocation it may not have heard yet
    if row.decided_at is not None and not (same and decided == (upper.decided_at, upper.decided_on)):
        yield f"决定与上级办件 {upper.case_no} 的决定不符"


def _seen_by(tx: Tx, case_id: int) -> set[int]:
    part = tables.case_departments
    return {r.department_id for r in tx.rows(sa.select(part.c.department_id).where(part.c.case_id == case_id))}


def _version_flaws(tx: Tx, office_id: int) -> Iterator[str]:
    """The very bytes of every version against its digest, and the versions against what publishing told."""
    told = [r for r in journal.read(tx, journal.Stream("office", office_id), limit=_ALL) if r.act == "publish"]
    published = {(r.payload["matter"], r.payload["number"]): r.payload["content"] for r in told if r.payload}
    running = {r.payload["matter"]: r.payload["number"] for r in told if r.payload}
    v, m = tables.versions, tables.matters
    for row in tx.rows(
        sa.select(v.c.id, v.c.number, v.c.content_hash, m.c.code, m.c.running_number)
        .join(m, m.c.id == v.c.matter_id)
        .where(m.c.office_id == office_id)
        .order_by(v.c.id)
    ):
        named = f"事项 {row.code} 第 {row.number} 版"
        if not holds_together(tx, row.id, row.content_hash):
            yield f"{named}的原文件与摘要不符"
        if all(r.payload for r in told):
            if published.get((row.code, row.number)) != row.content_hash:
                yield f"{named}与发布记录不符"
            if running.get(row.code) != row.running_number:
                yield f"事项 {row.code} 登记运行第 {row.running_number} 版，发布记录为第 {running.get(row.code)} 版"


def _differs(subject: str, name: str, kept: Any, told: Any) -> str:
    """The place and both values; of what applicants wrote only the place, for a report may be read by anybody."""
    if name in _PRIVATE:
        return f"{subject}的 {name} 与办理记录不符"
    return f"{subject}的 {name} 登记为 {_shown(kept)}，办理记录为 {_shown(told)}"


def _shown(value: Any) -> str:
    return "空" if value is None else str(value)


_ALL = 1_000_000
_FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
_PRIVATE = frozenset(
    {"applicant", "applicant_name", "answers", "items", "text", "reply", "reason", "name", "opinion", "question"}
    | {"attendees", "report"}
)
_TABLES = {
    "materials": "材料",
    "material_files": "材料文件",
    "corrections": "补正",
    "extensions": "延期",
    "papers": "文书",
    "orders": "督办单",
    "consultations": "会商纪要",
    "resolutions": "议定事项",
    "pauses": "特别程序",
    "transfers": "转办",
    "nudges": "催办",
    "stage_matters": "阶段的事项",
    "signers": "会签单位",
    "opinions": "征求意见",
    "calls": "对外调用",
}
_CHECKS = (
    _chain_flaws,
    _retold_flaws,
    _possession_flaws,
    _state_flaws,
    _date_flaws,
    _task_flaws,
    _drawn_flaws,
    _listed_flaws,
    _token_flaws,
    _content_flaws,
    _level_flaws,
)
