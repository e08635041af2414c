"""A stage of joint approval (并联审批): one form, one acceptance, and a row for each matter that its diagram calls.

Each matter becomes a case of its own with its own version, window and clocks; the stage waits for it by message
(`children.py`). The rows belong to the stage's case and are written by its acts alone, from what its children tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..catalogue import OWN_DEPARTMENT, Need, Version, nodes, running_version
from ..clock import ClockKind, Ground, Pause
from ..diagrams import ENDINGS, StepKind
from ..errors import NotLawful, NotNow
from ..people import SYSTEM
from ..store import Tx, jobs, tables
from .given import Given
from .phases import BEFORE_DECISION, Phase

if TYPE_CHECKING:
    from ..runtime import OpenCall
    from .case import OpenCase

STATES: Mapping[str, str] = {"waiting": "等待前置", "held": "暂缓", "open": "办理中"}
RESULTS: Mapping[str, str] = {
    "granted": "全部办结，全部准予",
    "partly": "全部办结，部分准予",
    "refused": "全部办结，均未准予",
}
KINDS = (ClockKind.STAGE_PROMISED, ClockKind.STAGE_STATUTORY)


class MattersOpen(NotNow):
    code = "matters-open"
    sentence = "阶段{case_no}还有 {count} 个事项没有办结：{matters}。"
    remedy = "等这些事项办结，或在阶段上登记不再办理。"


class MatterNotHeld(NotNow):
    code = "matter-not-held"
    sentence = "阶段{case_no}的“{matter}”现在是“{state}”，不能{act}。"
    remedy = "刷新页面查看阶段的最新进展。"


class NotStartableTolerantly(NotLawful):
    """Who accepts without a prerequisite needs a rule that lets him."""

    code = "not-startable-tolerantly"
    sentence = "“{matter}”没有登记可以容缺启动的依据，须等前置事项“{needs}”的结果。"
    remedy = "等前置事项办结；确有依据的，在该事项的办事指南里登记后发布新版本。"


@dataclass(frozen=True)
class MatterOfStage:
    """One matter of a stage as it stands. state: waiting (for a prerequisite), held (by the joint window), open, ended. pauses:
    civil dates of the child's special procedures, the end None while one runs. failed: the prerequisite that ended without a
    grant, where the matter could not start."""

    id: int
    token: str
    code: str
    optional: bool
    state: str
    reason: str
    tolerant: bool
    open_at: datetime | None
    open_on: date | None
    child_id: int | None
    told_n: int
    pauses: tuple[tuple[date, date | None], ...]
    ending: str | None
    failed: str | None
    ended_on: date | None

    @property
    def words(self) -> str:
        """How it stands, in words."""
        if self.ending is not None:
            return ENDINGS[self.ending] + (f"（前置事项 {self.failed} 未获准予）" if self.failed else "")
        return STATES[self.state]

    def told(self, names: Mapping[str, str]) -> str:
        """The same with the name of a prerequisite that failed. names: of matters by code."""
        if self.ending is None or self.failed is None:
            return self.words
        return f"{ENDINGS[self.ending]}（前置事项“{names.get(self.failed, self.failed)}”未获准予）"


@dataclass(frozen=True)
class Choices:
    """What the joint window says of single matters when it accepts the stage: held back, with the reason; started before a
    prerequisite has its result."""

    held: Mapping[str, str]
    tolerant: frozenset[str]

    @classmethod
    def of(cls, case: OpenCase, given: Given) -> Choices:
        """Read from the details of an acceptance: held [{matter, reason}], tolerant [codes]. A case of its own has none."""
        if not case.version.guide.stage:
            return NO_CHOICES
        diagram = case.version.content.diagram
        calls = {code for n in nodes(diagram) if (code := diagram.matter_called(n))}
        held = {
            row["matter"]: row["reason"]
            for row in given.rows("held", "暂缓的事项", ("matter", "reason"), optional=True)
        }
        tolerant = frozenset(given.names("tolerant", "容缺启动的事项", optional=True))
        for place, codes in (("held", held.keys()), ("tolerant", tolerant)):
            for code in sorted(codes - calls):
                given.fault(place, f"本阶段没有事项“{code}”", f"本阶段的事项：{'、'.join(sorted(calls))}")
        return cls(held, tolerant)


NO_CHOICES = Choices({}, frozenset())


# ---------------------------------------------------------------- the rows
def matters_of(tx: Tx, case_id: int) -> list[MatterOfStage]:
    """The matters of a stage in the order in which the diagram called them."""
    t = tables.stage_matters
    return [_row(r) for r in tx.rows(sa.select(t).where(t.c.case_id == case_id).order_by(t.c.id))]


def _row(r: Any) -> MatterOfStage:
    pauses = tuple((date.fromisoformat(s), date.fromisoformat(e) if e else None) for s, e in r.pauses)
    return MatterOfStage(
        r.id,
        r.token,
        r.code,
        r.optional,
        r.state,
        r.reason,
        r.tolerant,
        r.open_at,
        r.open_on,
        r.child_id,
        r.told_n,
        pauses,
        r.ending,
        r.failed,
        r.ended_on,
    )


def change(tx: Tx, matter: MatterOfStage, **values: Any) -> None:
    t = tables.stage_matters
    tx.execute(t.update().where(t.c.id == matter.id).values(**values))


# ---------------------------------------------------------------- the stage follows its process
def follow(case: OpenCase) -> None:
    """Give every call that the process has reached its row: the matter opens, waits for a prerequisite, or is held back; what
    has ended is answered. Twice changes nothing."""
    if not case.version.guide.stage or case.phase is not Phase.ACCEPTED:
        return
    while _lay_out(case) or _let_on(case) or _convert(case) or _answer(case):
        pass
    _pause_clocks(case)


def _lay_out(case: OpenCase) -> bool:
    """The rows of calls that have none yet, all told in one entry. A matter that is called again keeps its row."""
    known = {m.code: m for m in matters_of(case.tx, case.id)}
    told = []
    for call in case.process.open_calls:
        earlier = known.get(call.matter)
        if earlier is None:
            told.append(_begin(case, call))
        elif earlier.token != call.token:
            change(case.tx, earlier, token=call.token)
            case.also_told("called_again", [{"matter": call.matter, "token": call.token}])
    if told:
        for department_id in leads(case.tx, case.row.office_id, case.version):
            case.tx.insert_once(tables.case_departments, case_id=case.id, department_id=department_id)
        case.told("call_matters", SYSTEM, matters=told)
    return bool(told)


def leads(tx: Tx, office_id: int, of: Version) -> list[int]:
    """The departments that lead a stage: those that will sum it up. They see the stage and its matters from the first day."""
    drawn = {n.work.department for n in nodes(of.content.diagram) if n.work and n.work.kind is StepKind.SUMMARY}
    d = tables.departments
    codes = {of.department if code == OWN_DEPARTMENT else code for code in drawn if code}
    return [r.id for r in tx.rows(sa.select(d.c.id).where(d.c.office_id == office_id, d.c.code.in_(codes)))]


def _begin(case: OpenCase, call: OpenCall) -> dict[str, Any]:
    child = running_version(case.tx, case.row.office_id, call.matter)
    state, reason, tolerant = _first_state(case, child)
    at = case.get("accepted_at")
    opens = {"open_at": at, "open_on": case.time.civil(at)} if state == "open" else {}
    case.tx.insert(
        tables.stage_matters,
        case_id=case.id,
        token=call.token,
        code=call.matter,
        optional=call.optional,
        state=state,
        reason=reason,
        tolerant=tolerant,
        pauses=[],
        **opens,
    )
    if state == "open":
        _order_child(case, call.matter, tolerant, at)
    return {
        "matter": call.matter,
        "name": child.name,
        "token": call.token,
        "optional": call.optional,
        "state": state,
        "reason": reason,
        "tolerant": tolerant,
        "open_at": at.isoformat() if state == "open" else None,
    }


def _first_state(case: OpenCase, child: Version) -> tuple[str, str, bool]:
    """State, reason, and whether it starts tolerantly."""
    if child.code in case.choices.held:
        return "held", case.choices.held[child.code], False
    lacking = lacks(case, child)
    if lacking:
        return "held", f"材料不齐：{'、'.join(lacking)}", False
    unmet = _unmet(case, child)
    if not unmet:
        return "open", "", False
    if child.code not in case.choices.tolerant:
        return "waiting", f"等待前置事项：{_words(case, unmet)}", False
    if child.guide.tolerant_start is None:
        raise NotStartableTolerantly(matter=child.name, needs=_words(case, unmet))
    return "open", f"容缺启动，等待：{_words(case, unmet)}", True


def _unmet(case: OpenCase, child: Version) -> list[Need]:
    return [need for need in child.guide.needs_on(case.row.answers) if not is_met(case, need)]


def _words(case: OpenCase, needs: Sequence[Need]) -> str:
    """The needs by the names of their matters, as people read them."""
    names = matter_names(case.tx, case.row.office_id)
    return "、".join("或".join(names.get(code, code) for code in need.codes) for need in needs)


def matter_names(tx: Tx, office_id: int) -> dict[str, str]:
    """The names of an office's matters by their codes."""
    m = tables.matters
    return {r.code: r.name for r in tx.rows(sa.select(m.c.code, m.c.name).where(m.c.office_id == office_id))}


# ---------------------------------------------------------------- before it is accepted, and while matters wait
@dataclass(frozen=True)
class Startable:
    """A matter of a stage that is not open: how it stands, and why. basis: of the rule by which it may start although a
    prerequisite has no result yet; empty where there is none, or where none is unmet."""

    code: str
    name: str
    optional: bool
    state: str
    reason: str
    basis: str


def foreseen(case: OpenCase) -> list[Startable]:
    """How each matter of a stage would begin if its form were accepted now and nothing were held back, by the very rule of the
    acceptance. The process is walked on in memory alone: `case` was looked at, and is not used afterwards."""
    if not case.version.guide.stage or case.phase is not Phase.RECEIVED:
        return []
    intake = next((s for s in case.process.open_steps if s.work is not None and s.work.kind is StepKind.INTAKE), None)
    if intake is None:
        return []
    case.process.complete(intake.token, {"outcome": "accept"})
    return [_startable(case, call.matter, call.optional, None) for call in case.process.open_calls]


def startable(case: OpenCase) -> list[Startable]:
    """The matters of a stage that are held back or wait, in the order in which they were called."""
    return [_startable(case, m.code, m.optional, m) for m in matters_of(case.tx, case.id) if m.state in _LYING]


_LYING = ("held", "waiting")


def _startable(case: OpenCase, code: str, optional: bool, row: MatterOfStage | None) -> Startable:
    child = running_version(case.tx, case.row.office_id, code)
    state, reason = (row.state, row.reason) if row is not None else _first_state(case, child)[:2]
    rule = child.guide.tolerant_start
    basis = rule.text if rule is not None and _unmet(case, child) else ""
    return Startable(code, child.name, optional, state, reason, basis)


def lacks(case: OpenCase, child: Version) -> list[str]:
    """The key papers of a matter that the stage's one list asked for and that were not brought, by name."""
    missing = {m.name for m in case.materials() if m.state == "missing"}
    return [m.name for m in child.guide.materials if m.rule in ("R", "I") and m.name in missing]


def _order_child(case: OpenCase, code: str, tolerant: bool, at: datetime) -> None:
    """The matter's own case is opened by a job: no transaction holds two cases. `at`: the moment of its acceptance."""
    payload = {"matter": code, "tolerant": tolerant, "at": at.isoformat()}
    key = f"child:{case.id}:{code}"
    jobs.leave(case.tx, "open_child", run_at=case.now, case_id=case.id, payload=payload, dedupe=key)


def _let_on(case: OpenCase) -> bool:
    """What waited opens when its prerequisites are there, and ends when one of them can never come. Both are dated by the acts
    that decided them: a day that the law counts never waits for a message."""
    moved = False
    matters = matters_of(case.tx, case.id)
    for matter in matters:
        if matter.state != "waiting":
            continue
        child = running_version(case.tx, case.row.office_id, matter.code)
        needs = child.guide.needs_on(case.row.answers)
        failed = next((f for need in needs if (f := _failed(case, need, matters))), None)
        if failed is not None:
            change(case.tx, matter, state="ended", ending="not_started", failed=failed.code, ended_on=failed.ended_on)
            told = {"matter": matter.code, "ending": "not_started", "failed": failed.code}
            case.told("matter_ended", SYSTEM, **told, ended_on=_ended_on(failed).isoformat())
            return True
        granted = [granted_case(case, need.codes) for need in needs]
        if all(granted):
            # the day of the last result, whenever the stage came to hear of it
            at = max([case.row.accepted_at, *(one.decided_at for one in granted)])
            change(case.tx, matter, state="open", reason="", open_at=at, open_on=case.time.civil(at))
            _order_child(case, matter.code, False, at)
            case.told("release_matter", SYSTEM, matter=matter.code, open_at=at.isoformat())
            moved = True
    return moved


def _convert(case: OpenCase) -> bool:
    """What was started tolerantly is an ordinary matter as soon as the results that it did not wait for are there."""
    moved = False
    for matter in matters_of(case.tx, case.id):
        if matter.state != "open" or not matter.tolerant:
            continue
        if not _unmet(case, running_version(case.tx, case.row.office_id, matter.code)):
            change(case.tx, matter, tolerant=False, reason="")
            case.told("convert_matter", SYSTEM, matter=matter.code)
            moved = True
    return moved


def is_met(case: OpenCase, need: Need) -> bool:
    """Whether one of the matters of a need has its result: in this stage, or in another case of the same project."""
    return granted_case(case, need.codes) is not None


def granted_case(case: OpenCase, codes: Sequence[str]) -> Any:
    """The first case of the same project, or of the same stage, that granted one of these matters."""
    c, m = tables.cases, tables.matters
    project, master = case.row.project_code, case.row.master_id or case.id
    same = [c.c.master_id == master] + ([c.c.project_code == project] if project else [])
    return case.tx.row(
        sa.select(c.c.id, c.c.case_no, c.c.decided_at, m.c.code)
        .join(m, m.c.id == c.c.matter_id)
        .where(c.c.office_id == case.row.office_id, m.c.code.in_(codes), c.c.result == "granted", sa.or_(*same))
        .order_by(c.c.decided_at, c.c.id)
        .limit(1)
    )


def _failed(case: OpenCase, need: Need, matters: Sequence[MatterOfStage]) -> MatterOfStage | None:
    """The matter of this stage by whose end a need can never be met any more: it ended without a grant, and no other one that
    the need names is granted, running or still to come."""
    here = {m.code: m for m in matters}
    ended = [m for code in need.codes if (m := here.get(code)) and m.ending not in (None, "granted")]
    if not ended or any(_may_come(case, code, here) for code in need.codes):
        return None
    return max(ended, key=_ended_on)


def _may_come(case: OpenCase, code: str, here: Mapping[str, MatterOfStage]) -> bool:
    """Whether the result of a matter is there or may still come: from this stage, or from another case of the project."""
    if code in here and here[code].ending in (None, "granted"):
        return True
    drawn = {n.called for n in nodes(case.version.content.diagram)}
    return (code in drawn and code not in here) or _in_project(case, code)


def _in_project(case: OpenCase, code: str) -> bool:
    """Whether a case of this matter was granted or still runs in the same project, outside this stage."""
    if case.row.project_code is None:
        return False
    c, m = tables.cases, tables.matters
    hopeful = sa.or_(c.c.result == "granted", c.c.phase.in_([str(p) for p in BEFORE_DECISION]))
    outside = sa.or_(c.c.master_id.is_(None), c.c.master_id != (case.row.master_id or case.id))
    where = (c.c.office_id == case.row.office_id, c.c.project_code == case.row.project_code, m.c.code == code)
    found = sa.select(c.c.id).join(m, m.c.id == c.c.matter_id).where(*where, hopeful, outside).limit(1)
    return case.tx.value(found) is not None


def _ended_on(matter: MatterOfStage) -> date:
    assert matter.ended_on is not None
    return matter.ended_on


def _answer(case: OpenCase) -> bool:
    """The call of a matter that has ended goes on, and so does one that nobody waits for."""
    known = {m.token: m for m in matters_of(case.tx, case.id)}
    for call in case.process.open_calls:
        matter = known.get(call.token)
        if matter is not None and (matter.ending is not None or matter.optional):
            case.process.answer_call(call.token, {"outcome": matter.ending or "open"})
            case.told("answer_call", SYSTEM, matter=matter.code, ending=matter.ending)
            _stop_when_all_ended(case)
            return True
    return False


def _stop_when_all_ended(case: OpenCase) -> None:
    """The stage's clocks stop on the day on which the last mandatory matter ended, whoever sums up later."""
    mandatory = [m for m in matters_of(case.tx, case.id) if not m.optional]
    if any(m.ending is None for m in mandatory) or any(c for c in case.process.open_calls if not c.optional):
        return
    ended_on = max(map(_ended_on, mandatory), default=case.today)
    if case.clocks.find(ClockKind.STAGE_STATUTORY) is not None:
        _pause_clocks(case)
        for kind in KINDS:
            case.clocks.stop(kind, ended_on)
        case.told("stage_ended", SYSTEM, result=result_of(mandatory), ended_on=ended_on.isoformat())


def result_of(matters: Sequence[MatterOfStage]) -> str:
    """granted, partly or refused: what became of the mandatory matters of a stage."""
    granted = [m.ending == "granted" for m in matters if not m.optional]
    return "granted" if all(granted) else "partly" if any(granted) else "refused"


# ---------------------------------------------------------------- clocks of the stage
def _pause_clocks(case: OpenCase) -> None:
    """The stage's clocks stop while every open mandatory matter is paused. Reckoned anew from the rows each time, so that the
    order in which children are heard does not matter; a version whose limits do not name the ground never stops."""
    spans = all_paused([m for m in matters_of(case.tx, case.id) if not m.optional])
    for kind in KINDS:
        running = case.clocks.find(kind)
        if running is not None:
            stop = running.clock.limit.grounds.get(Ground.MATTERS_PAUSED)
            basis = stop.basis if stop is not None else ""
            pauses = tuple(Pause(Ground.MATTERS_PAUSED, basis, start, end) for start, end in spans)
            if pauses != running.clock.pauses:
                running.clock = replace(running.clock, pauses=pauses)


def all_paused(matters: Sequence[MatterOfStage]) -> list[tuple[date, date | None]]:
    """The spans (start, end] of civil days on which at least one matter was open and every open one was paused. A matter is
    open on the days after its acceptance up to the day on which it ended."""
    live = [m for m in matters if m.open_on is not None]
    edges = sorted({d for m in live for d in _edges(m)})
    spans: list[tuple[date, date | None]] = []
    for start, end in zip(edges, (*edges[1:], None), strict=False):
        day = start + timedelta(1)
        there = [m for m in live if _is_open(m, day)]
        if there and all(_is_paused(m, day) for m in there):
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return spans


def _edges(matter: MatterOfStage) -> Iterator[date]:
    yield from (d for d in (matter.open_on, matter.ended_on) if d is not None)
    yield from (d for span in matter.pauses for d in span if d is not None)


def _is_open(matter: MatterOfStage, day: date) -> bool:
    assert matter.open_on is not None
    return matter.open_on < day and (matter.ended_on is None or day <= matter.ended_on)


def _is_paused(matter: MatterOfStage, day: date) -> bool:
    return any(start < day and (end is None or day <= end) for start, end in matter.pauses)


# ---------------------------------------------------------------- acts on the stage
def release_matter(case: OpenCase, actor: Any, details: Mapping[str, Any]) -> dict[str, Any]:
    """The joint window lets a matter go that was held back, or starts one tolerantly that waits for a prerequisite: it has its
    own acceptance, at this moment. details: matter, tolerant ("yes" where it starts before a prerequisite)."""
    given = Given("放行事项", details)
    code, tolerant = given.text("matter", "事项代码"), given.text("tolerant", "容缺启动", optional=True) == "yes"
    given.check()
    matter = _lying(case, code, "放行")
    _ = case.process  # the stage follows
    child = running_version(case.tx, case.row.office_id, code)
    unmet = _unmet(case, child)
    if unmet and not tolerant:
        why = f"等待前置事项：{_words(case, unmet)}"
        change(case.tx, matter, state="waiting", reason=why)
        return {"matter": code, "waits": _words(case, unmet), "why": why}
    if unmet and child.guide.tolerant_start is None:
        raise NotStartableTolerantly(matter=child.name, needs=_words(case, unmet))
    change(case.tx, matter, state="open", reason="", tolerant=bool(unmet), open_at=case.now, open_on=case.today)
    _order_child(case, code, bool(unmet), case.now)
    return {"matter": code, "tolerant": bool(unmet), "open_at": case.now.isoformat()}


def drop_matter(case: OpenCase, actor: Any, details: Mapping[str, Any]) -> dict[str, Any]:
    """A matter that was not started will not be: the applicant does not need it, or its prerequisite will not come. details:
    matter, reason."""
    given = Given("不再办理", details)
    code, reason = given.text("matter", "事项代码"), given.text("reason", "理由")
    given.check()
    matter = _lying(case, code, "登记不再办理")
    _ = case.process  # the stage follows
    change(case.tx, matter, state="ended", reason=reason, ending="not_started", ended_on=case.today)
    return {"matter": code, "reason": reason}


def demand_matter(case: OpenCase) -> None:
    """Whether any matter is held back or waits. Raises MatterNotHeld."""
    if not any(m.state in _LYING for m in matters_of(case.tx, case.id)):
        raise MatterNotHeld(case_no=case.case_no, matter="各事项", state="办理中或已办结", act="放行")


def _lying(case: OpenCase, code: str, act: str) -> MatterOfStage:
    """A matter that is held back or waits. Raises MatterNotHeld."""
    found = next((m for m in matters_of(case.tx, case.id) if m.code == code), None)
    if found is None or found.state not in _LYING:
        named = matter_names(case.tx, case.row.office_id).get(code, code)
        raise MatterNotHeld(case_no=case.case_no, matter=named, state=found.words if found else "不在本阶段", act=act)
    return found


def demand_concluded(case: OpenCase) -> list[MatterOfStage]:
    """The matters of a stage, all mandatory ones ended. Raises MattersOpen."""
    matters = matters_of(case.tx, case.id)
    still = [m.code for m in matters if not m.optional and m.ending is None]
    if still:
        names = matter_names(case.tx, case.row.office_id)
        still = [names.get(code, code) for code in still]
        raise MattersOpen(case_no=case.case_no, count=len(still), matters="、".join(still))
    return matters


# ---------------------------------------------------------------- what a refusal would bring
@dataclass(frozen=True)
class Consequence:
    """A matter that could not start, or could not be granted, if this one were refused. started: it runs already, tolerantly."""

    code: str
    name: str
    started: bool


def consequences(stage: OpenCase, code: str) -> list[Consequence]:
    """What would follow if this matter of a stage were refused, to be shown before it is confirmed: every matter that could
    not be met any more, and those behind it, in the order in which they fall."""
    matters, found = matters_of(stage.tx, stage.id), list[Consequence]()
    while True:
        matters = [replace(m, ending="refused", ended_on=stage.today) if m.code == code else m for m in matters]
        fallen = next((c for m in matters if (c := _falls(stage, m, matters)) is not None), None)
        if fallen is None:
            return found
        found.append(fallen)
        code = fallen.code


def _falls(stage: OpenCase, matter: MatterOfStage, matters: Sequence[MatterOfStage]) -> Consequence | None:
    if matter.ending is not None or (matter.state == "open" and not matter.tolerant):
        return None
    child = running_version(stage.tx, stage.row.office_id, matter.code)
    lost = any(_failed(stage, need, matters) for need in child.guide.needs_on(stage.row.answers))
    return Consequence(matter.code, child.name, matter.state == "open") if lost else None


def ends_with_stage(case: OpenCase, act: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """A stage that is withdrawn or terminated takes its matters with it: those that have a case by a job each, the others at
    once. Race: a case that is being opened at this moment; `open_child` holds the stage's row until it is there, so this act
    finds it, whether or not the stage has heard of it. Returns what is told: which of them never started."""
    c, m = tables.cases, tables.matters
    asked = sa.select(m.c.code, c.c.id).join(m, m.c.id == c.c.matter_id).where(c.c.master_id == case.id)
    children = {r.code: r.id for r in case.tx.rows(asked)}
    never = []
    for matter in matters_of(case.tx, case.id):
        if matter.ending is not None:
            continue
        child = children.get(matter.code)
        if child is None:
            ended = {"state": "ended", "ending": "not_started", "ended_on": case.today}
            change(case.tx, matter, **ended, open_at=None, open_on=None)
            never.append(matter.code)
        else:
            payload = {"act": act, "details": dict(details)}
            key = f"end:{child}:{case.id}"
            jobs.leave(case.tx, "end_child", run_at=case.now, case_id=child, payload=payload, dedupe=key)
    return {"not_started": never} if never else {}
