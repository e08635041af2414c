"""Departments working on one case together: the countersign (会签), and opinions that are asked for beside the drawing.

A countersign is one step of the diagram whose signers are rows. Each signer who is asked has a task of his own; the step is done
when the rule is met. A step that the case comes to again is a new round with new rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..catalogue import OWN_DEPARTMENT, drawn_step
from ..clock import Clock, ClockKind, Lamp, OfficeTime, Unit, lamp_and_words, limit_of
from ..diagrams import SIGNING_RULES, Signing, Work, drawn_names
from ..errors import NotNow
from ..people import SYSTEM, Actor
from ..store import Tx, jobs, tables
from .given import Given
from .papers import LICENCE
from .phases import Phase

if TYPE_CHECKING:
    from ..runtime import OpenStep
    from .case import OpenCase

VERDICTS: Mapping[str, str] = {"agree": "同意", "conditions": "附条件同意", "object": "不同意"}
ANSWERS: Mapping[str, str] = {**VERDICTS, "silent": "逾期未回复，视为无意见"}
UNSIGNED: Mapping[str, str] = {"waiting": "待轮到", "asked": "待签署", "removed": "已减签", "spared": "不需再签"}
LONGEST_OPINION = 60


class NoCountersign(NotNow):
    code = "no-countersign"
    sentence = "办件{case_no}没有正在进行的会签。"
    remedy = "刷新页面查看办件的最新进展。"


class SignerKnown(NotNow):
    code = "signer-known"
    sentence = "“{department}”已经在会签名单里。"
    remedy = "核对名单。"


class SignerNotRemovable(NotNow):
    """Who has signed stays on the record; and somebody has to sign."""

    code = "signer-not-removable"
    sentence = "“{department}”{why}，不能从会签名单里移出。"
    remedy = "核对名单；需要重新会签的，退回后再会签一轮。"


class SignerOnlySigns(NotNow):
    code = "signer-only-signs"
    sentence = "会签单位只签署意见，不能退回办件。"
    remedy = "不同意的，签署“不同意”并写明理由，由牵头部门退回。"


class OpinionUnknown(NotNow):
    code = "opinion-unknown"
    sentence = "办件{case_no}没有向“{department}”征求过意见，或者已经回复。"
    remedy = "刷新页面查看办件的最新进展。"


class OpinionOwed(NotNow):
    """The same is not asked twice at once."""

    code = "opinion-owed"
    sentence = "已经向“{department}”征求意见，还没有收到回复。"
    remedy = "等待回复，或催办。"


@dataclass(frozen=True)
class SignerRow:
    """One signer of one round. state: waiting (in turn, not yet), asked, signed, removed, spared (the rule was met before)."""

    id: int
    token: str
    step: str
    round: int
    place: int
    department_id: int
    department: str
    weight: int
    state: str
    verdict: str | None
    opinion: str
    signer: str
    signed_at: datetime | None
    reason: str

    @property
    def words(self) -> str:
        """What he has said, or why he has not."""
        return VERDICTS[self.verdict] if self.verdict else UNSIGNED[self.state]


# ---------------------------------------------------------------- what there is
def signers_of(tx: Tx, case_id: int, token: str | None = None) -> list[SignerRow]:
    """All signers of a case, or of one open countersign: rounds in order, places in order."""
    s, d, p = tables.signers, tables.departments, tables.persons
    asked = sa.select(s, d.c.name.label("department"), p.c.name.label("signer"))
    asked = asked.join(d, d.c.id == s.c.department_id).outerjoin(p, p.c.id == s.c.person_id)
    rows = tx.rows(
        asked.where(s.c.case_id == case_id, *([s.c.token == token] if token else [])).order_by(
            s.c.round, s.c.place, s.c.id
        )
    )
    return [
        SignerRow(
            *(r.id, r.token, r.step, r.round, r.place, r.department_id, r.department, r.weight),
            *(r.state, r.verdict, r.opinion, r.signer or "", r.signed_at, r.reason),
        )
        for r in rows
    ]


@dataclass(frozen=True)
class SigningRound:
    """One round of a countersign. name: of the step; rule: in words; open: signatures are still awaited."""

    step: str
    name: str
    rule: str
    weighted: bool
    number: int
    open: bool
    rows: tuple[SignerRow, ...]


def signing_rounds(case: OpenCase) -> list[SigningRound]:
    """All rounds of all countersigns of a case, in the order in which they began."""
    found: dict[tuple[str, int], list[SignerRow]] = {}
    for row in sorted(signers_of(case.tx, case.id), key=lambda row: row.id):
        found.setdefault((row.step, row.round), []).append(row)
    names = {element: name for (_, element), name in drawn_names(case.version.content.diagram).items()}
    waiting = {step_token(t.token) for t in case.tasks()} if found else set()
    told = []
    for (step, number), rows in found.items():
        signing = _signing(drawn_step(case.version, step))
        told.append(
            SigningRound(
                step=step,
                name=names.get(step, step),
                rule=rule_words(signing),
                weighted=signing.rule == "vote",
                number=number,
                open=rows[0].token in waiting,
                rows=tuple(sorted(rows, key=lambda row: (row.place, row.id))),
            )
        )
    return told


def opinion_lamps(tx: Tx, rows: Sequence[OpinionRow], time: OfficeTime, now: datetime) -> dict[int, tuple[Lamp, str]]:
    """Of each opinion that is still owed the lamp of its clock and its words, by its id."""
    c = tables.clocks
    wanted = [c.c.case_id.in_({r.case_id for r in rows}), c.c.kind == ClockKind.OPINION, c.c.state == "running"]
    running = {r.subject: Clock.from_json(r.clock) for r in tx.rows(sa.select(c).where(*wanted))}
    return {
        r.id: lamp_and_words(clock, time, now) for r in rows if (clock := running.get(f"opinion:{r.id}")) is not None
    }


def task_token(token: str, signer_id: int) -> str:
    """The token of a signer's task: the step's own, and his row."""
    return f"{token}#{signer_id}"


def step_token(token: str) -> str:
    """The token of the step that a task stands for."""
    return token.partition("#")[0]


# ---------------------------------------------------------------- the countersign follows its step
def asked_signers(case: OpenCase, step: OpenStep) -> list[SignerRow]:
    """Who is asked now, at an open countersign; its rows are laid out when the case first comes to it."""
    rows = signers_of(case.tx, case.id, step.token)
    if not rows:
        _lay_out(case, step)
        rows = signers_of(case.tx, case.id, step.token)
    return [row for row in rows if row.state == "asked"]


def _lay_out(case: OpenCase, step: OpenStep) -> None:
    signing = _signing(step.work)
    s = tables.signers
    last = case.tx.value(sa.select(sa.func.max(s.c.round)).where(s.c.case_id == case.id, s.c.step == step.node)) or 0
    told = []
    for place, signer in enumerate(signing.signers, 1):
        waits = signing.rule == "in_turn" and place > 1
        code = case.version.department if signer.department == OWN_DEPARTMENT else signer.department
        at = {"token": step.token, "step": step.node, "round": last + 1, "place": place}
        told.append(_enlist(case, at, code, signer.weight, waits))
    case.also_told("signers", told)


def _enlist(case: OpenCase, at: Mapping[str, Any], code: str, weight: int, waits: bool) -> dict[str, Any]:
    """One more signer at his place in a round. Returns what the journal is told of him."""
    row = {**at, "weight": weight, "state": "waiting" if waits else "asked"}
    asked_at = None if waits else case.now
    case.tx.insert(tables.signers, case_id=case.id, department_id=_department_id(case, code), asked_at=asked_at, **row)
    return {**row, "department": code}


def sign(case: OpenCase, task: Any, verdict: str, opinion: str, actor: Actor) -> dict[str, Any]:
    """A signer has signed; when the rule is met the step is done, with the outcome that follows from all."""
    row_id = int(task.token.partition("#")[2])
    s = tables.signers
    values = {
        "state": "signed",
        "verdict": verdict,
        "opinion": opinion,
        "person_id": actor.person_id,
        "signed_at": case.now,
    }
    case.tx.execute(s.update().where(s.c.id == row_id, s.c.state == "asked").values(**values))
    row = next(r for r in signers_of(case.tx, case.id, step_token(task.token)) if r.id == row_id)
    told = {"signer": row.department, "verdict": verdict, "round": row.round, "place": row.place, "weight": row.weight}
    return {**told, **_follow(case, step_token(task.token))}


def _follow(case: OpenCase, token: str) -> dict[str, Any]:
    """Ask the next in turn, or finish the step with its outcome; nobody signs any more. Returns what is told of it. settles: the
    outcome, None while signers are waited for; asks: the place of who comes next in turn."""
    step = next(one for one in case.process.open_steps if one.token == token)
    signing, rows = _signing(step.work), signers_of(case.tx, case.id, token)
    outcome = verdict_of(signing, rows)
    s = tables.signers
    if outcome is None:
        due = next((r for r in rows if r.state == "waiting"), None)
        if due is not None and not any(r.state == "asked" for r in rows):
            case.tx.execute(s.update().where(s.c.id == due.id).values(state="asked", asked_at=case.now))
            return {"settles": None, "asks": due.place}
        return {"settles": None}
    left = (s.c.case_id == case.id, s.c.token == token, s.c.state.in_(["asked", "waiting"]))
    case.tx.execute(s.update().where(*left).values(state="spared"))
    case.process.complete(token, {"outcome": outcome})
    return {"settles": outcome}


def verdict_of(signing: Signing, rows: Sequence[SignerRow]) -> str | None:
    """What the signatures come to: agree, conditions (nobody objects, somebody sets conditions), object; None while it is open.

    all: everybody signs, one objection objects. any: the first signature is the answer. in_turn: one after another, an
    objection ends it. vote: agreeing weight reaches the threshold, or cannot reach it any more.
    """
    there = [r for r in rows if r.state != "removed"]
    signed = [r for r in there if r.verdict is not None]
    agreed = "conditions" if any(r.verdict == "conditions" for r in signed) else "agree"
    objected = any(r.verdict == "object" for r in signed)
    open_ = [r for r in there if r.verdict is None]
    match signing.rule:
        case "any":
            return signed[0].verdict if signed else None
        case "in_turn":
            return "object" if objected else None if open_ else agreed
        case "vote":
            weight = sum(r.weight for r in signed if r.verdict != "object")
            if weight >= signing.threshold:
                return agreed
            return None if weight + sum(r.weight for r in open_) >= signing.threshold else "object"
        case _:
            return None if open_ else "object" if objected else agreed


def _signing(work: Work | None) -> Signing:
    assert work is not None, "an open countersign has our attributes"
    assert work.signing is not None, "the reader refuses a countersign without signers"
    return work.signing


# ---------------------------------------------------------------- acts: the list of signers
def add_signer(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """One more department signs (加签). details: department (code), weight (of a vote, 1 unless said)."""
    given = Given("加签", details)
    code, weight = given.text("department", "部门"), given.text("weight", "票数", optional=True) or "1"
    token = _open_countersign(case)
    known = case.departments
    if code and code not in known:
        given.fault("department", f"没有部门“{code}”", f"可选：{'、'.join(known)}")
    if not (weight.isascii() and weight.isdigit()) or not 0 < int(weight) < 100:
        given.fault("weight", f"票数“{weight}”不是 1 到 99 的整数", "写整数")
    given.check()
    rows = signers_of(case.tx, case.id, token)
    if any(r.department_id == known[code] and r.state != "removed" for r in rows):
        raise SignerKnown(department=code)
    waits = any(r.state == "waiting" for r in rows) or (
        _rule(case, token) == "in_turn" and any(r.state == "asked" for r in rows)
    )
    place = max(r.place for r in rows) + 1
    at = {"token": token, "step": rows[0].step, "round": rows[0].round, "place": place}
    told = _enlist(case, at, code, int(weight), waits)
    return {"department": code, "weight": int(weight), "round": rows[0].round, "signers": [told]}


def remove_signer(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """A department that has not signed leaves the list (减签); the rule may be met by that. details: department, reason."""
    given = Given("减签", details)
    code, reason = given.text("department", "部门"), given.text("reason", "理由")
    token = _open_countersign(case)
    given.check()
    known, rows = case.departments, [r for r in signers_of(case.tx, case.id, token) if r.state != "removed"]
    row = next((r for r in rows if r.department_id == known.get(code)), None)
    if row is None or row.state == "signed":
        raise SignerNotRemovable(department=code, why="已经签署" if row else "不在名单里")
    if len(rows) == 1:
        raise SignerNotRemovable(department=code, why="是唯一的会签单位")
    s = tables.signers
    case.tx.execute(s.update().where(s.c.id == row.id).values(state="removed", reason=reason))
    told = {"department": code, "reason": reason, "step": row.step, "round": row.round, "place": row.place}
    return {**told, **_follow(case, token)}


def demand_countersign(case: OpenCase) -> None:
    """Whether a countersign is open. Raises NoCountersign."""
    _open_countersign(case)


def _open_countersign(case: OpenCase) -> str:
    found = [s.token for s in case.process.open_steps if s.work is not None and s.work.signing is not None]
    if not found:
        raise NoCountersign(case_no=case.case_no)
    return found[0]


def _rule(case: OpenCase, token: str) -> str:
    return _signing(next(s for s in case.process.open_steps if s.token == token).work).rule


def _department_id(case: OpenCase, code: str) -> int:
    found = case.departments.get(code)
    assert found is not None, f"{code}: publishing checked the signers"
    return found


def rule_words(signing: Signing) -> str:
    """`加权表决（满 3 票通过）`."""
    return SIGNING_RULES[signing.rule] + (f"（满 {signing.threshold} 票通过）" if signing.threshold else "")


# ---------------------------------------------------------------- opinions beside the drawing
@dataclass(frozen=True)
class OpinionRow:
    """An opinion that was asked for. answer: agree, conditions, object, silent (by the office's rule), None while it is owed."""

    id: int
    case_id: int
    case_no: str
    department_id: int
    department: str
    question: str
    due_on: date
    asked_by: str
    asked_at: datetime
    answer: str | None
    text: str
    answered_by: str
    answered_at: datetime | None

    @property
    def words(self) -> str:
        return ANSWERS[self.answer] if self.answer else "待回复"


def opinions_on(tx: Tx, case_id: int) -> list[OpinionRow]:
    """The opinions asked for on a case, in the order in which they were asked."""
    return _opinions(tx, tables.opinions.c.case_id == case_id)


def opinions_owed(tx: Tx, department_id: int) -> list[OpinionRow]:
    """What a department has been asked and not yet answered, the first due first. What can be answered no more, because the
    case has been decided or has ended, is no longer owed."""
    o = tables.opinions
    owed = (o.c.department_id == department_id, o.c.answer.is_(None), tables.cases.c.phase == str(Phase.ACCEPTED))
    return sorted(_opinions(tx, *owed), key=lambda r: (r.due_on, r.id))


def _opinions(tx: Tx, *where: sa.ColumnElement[bool]) -> list[OpinionRow]:
    o, c, d, f = tables.opinions, tables.cases, tables.departments, tables.officers
    asking, answering = tables.persons.alias(), tables.persons.alias()
    rows = tx.rows(
        sa.select(
            o, c.c.case_no, d.c.name.label("department"), asking.c.name.label("asker"), answering.c.name.label("said")
        )
        .join(c, c.c.id == o.c.case_id)
        .join(d, d.c.id == o.c.department_id)
        .join(f, f.c.id == o.c.asked_by)
        .join(asking, asking.c.id == f.c.person_id)
        .outerjoin(answering, answering.c.id == o.c.person_id)
        .where(*where)
        .order_by(o.c.id)
    )
    return [
        OpinionRow(
            *(r.id, r.case_id, r.case_no, r.department_id, r.department, r.question, r.due_on, r.asker, r.asked_at),
            *(r.answer, r.text, r.said or "", r.answered_at),
        )
        for r in rows
    ]


def ask_opinion(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Ask another department what it thinks (征求意见); the case's clocks run on. details: department (code), question, reply
    (`3wd`). At the due day it is flagged; silence counts only where the office has a rule for it, and never for a licence."""
    given = Given("征求意见", details)
    code, question, span = (
        given.text("department", "部门"),
        given.text("question", "征求的问题"),
        given.span("reply", "回复时限"),
    )
    known = case.departments
    if code and code not in known:
        given.fault("department", f"没有部门“{code}”", f"可选：{'、'.join(known)}")
    if span is not None and (span.unit is not Unit.WD or not 1 <= span.n <= LONGEST_OPINION):
        given.fault("reply", f"回复时限应当是 1 至 {LONGEST_OPINION} 个工作日", "如 3wd（3 个工作日）")
    given.check()
    assert span is not None
    officer = actor.officer
    assert officer is not None, "an opinion has an officer who asks"
    o = tables.opinions
    owed = (o.c.case_id == case.id, o.c.department_id == known[code], o.c.answer.is_(None))
    if case.tx.value(sa.select(o.c.id).where(*owed)) is not None:
        raise OpinionOwed(department=code)
    due = case.time.add(case.today, span)
    made = case.tx.insert(
        o,
        case_id=case.id,
        department_id=known[code],
        question=question,
        due_on=due.on,
        asked_by=officer.id,
        asked_at=case.now,
    )
    case.tx.insert_once(tables.case_departments, case_id=case.id, department_id=known[code])
    case.clocks.start(ClockKind.OPINION, limit_of(span), case.today, f"opinion:{made}")
    if silence_counts(case):
        run_at = case.time.closes_at(due.on)
        jobs.leave(
            case.tx, "opinion_due", run_at=run_at, case_id=case.id, payload={"opinion": made}, dedupe=f"silence:{made}"
        )
    return {"opinion": made, "department": code, "question": question, "reply": str(span), "due_on": due.on.isoformat()}


def answer_opinion(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The asked department answers. details: answer (agree, conditions, object), text (demanded unless it agrees)."""
    given = Given("回复意见", details)
    answer = given.one_of("answer", "意见", VERDICTS)
    text = given.text("text", "意见内容", optional=answer == "agree")
    given.check()
    bearer = actor.acting_for or actor.officer
    assert bearer is not None, "an answer has an officer"
    o = tables.opinions
    owed = (o.c.case_id == case.id, o.c.answer.is_(None))
    row = case.tx.row(sa.select(o).where(*owed, o.c.department_id == bearer.department_id))
    if row is None:
        raise OpinionUnknown(case_no=case.case_no, department=bearer.name)
    _answered(case, row.id, answer, text, actor.person_id)
    return {"opinion": row.id, "answer": answer, "text": text}


def demand_opinion_owed(case: OpenCase, actor: Actor) -> None:
    """Whether this officer's department owes an opinion on this case. Raises OpinionUnknown."""
    bearer = actor.acting_for or actor.officer
    mine = [
        r
        for r in opinions_on(case.tx, case.id)
        if r.answer is None and bearer and r.department_id == bearer.department_id
    ]
    if not mine:
        raise OpinionUnknown(case_no=case.case_no, department=bearer.name if bearer else "")


def silence_counts(case: OpenCase) -> bool:
    """Whether silence is no objection here: the office names its rule, and the matter is no licence."""
    return bool(silence_basis(case)) and case.version.guide.type != LICENCE


def silence_basis(case: OpenCase) -> str:
    o = tables.offices
    return str(case.tx.value(sa.select(o.c.silence_basis).where(o.c.id == case.row.office_id)) or "")


def take_silence(case: OpenCase, opinion_id: int) -> None:
    """The day is over and nobody answered: by the office's rule that is no objection, and it is written down as that."""
    row = next((r for r in opinions_on(case.tx, case.id) if r.id == opinion_id), None)
    if row is None or row.answer is not None or not silence_counts(case):
        return
    basis = silence_basis(case)
    _answered(case, row.id, "silent", basis, None)
    case.told("answer_opinion", SYSTEM, opinion=row.id, answer="silent", text=basis, department=row.department)


def _answered(case: OpenCase, opinion_id: int, answer: str, text: str, person_id: int | None) -> None:
    o = tables.opinions
    values = {"answer": answer, "text": text, "person_id": person_id, "answered_at": case.now}
    case.tx.execute(o.update().where(o.c.id == opinion_id).values(**values))
    case.clocks.stop(ClockKind.OPINION, case.today, f"opinion:{opinion_id}")
