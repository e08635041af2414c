"""The record of a case in words (办理记录): each journal entry as people read it, with the day that it counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..cases import (
    ACTS,
    ANSWERS,
    DELIVERIES,
    HANDED_DOWN,
    MEETINGS,
    PHASE_NAMES,
    RESULTS,
    VERDICTS,
    Phase,
    matter_names,
    opinions_on,
)
from ..catalogue import CHANNELS, Version, drawn_step, step_kinds, version
from ..clock import GROUND_NAMES, RULES, Clock, ClockKind, Ground, Lamp, OfficeTime, Span, Unit, short_date
from ..diagrams import ENDINGS, drawn_names
from ..people import office, office_time
from ..store import Tx, journal, tables

LATEST = 200
_OTHER_ACTS = {
    "flag": "灯色变化",
    "recount": "按新的放假通知重算",
    "timers": "到时自动继续",
    "call_matters": "并联审批开始",
    "matter_moved": "事项进展",
    "matter_ended": "事项办结",
    "answer_call": "流程继续",
    "stage_ended": "本阶段各事项均已办结",
    "result_arrived": "收到前置事项的结果",
    "result_revoked": "前置事项的结果被撤销",
    "convert_matter": "容缺启动转为正常办理",
    "upper_moved": "上级办件进展",
    "call_answered": "对接系统答复",
    "call_refused": "对接系统不予办理",
    "call_failed": "对接系统没有答复",
    "call_late": "迟到的答复，不采用",
}
_MODES = {"deemed": "逾期未告知，视为自收到之日受理", "tolerant": "容缺受理", "joint": "随阶段一并受理"}
_SAID = ("opinion", "summary", "question", "text", "reply", "reasons", "reason", "result")


@dataclass(frozen=True)
class Note:
    """One entry of the record. title: what was done, in a word or two; who and post: of the officer, or 申请人, 系统; quote:
    what he said; lines: what it was about; papers: numbers of the documents that it issued. day: what this day counted, or
    why it did not. lamp: of an entry that tells of a lamp. standing: since the entry before it the clocks stood still."""

    n: int
    act: str
    title: str
    at: datetime
    who: str
    post: str
    acting_for: str
    quote: str
    lines: tuple[str, ...]
    papers: tuple[str, ...]
    day: str
    lamp: Lamp | None
    standing: bool

    @property
    def system(self) -> bool:
        return self.who == "系统"


def record(tx: Tx, case_id: int, *, before: int | None = None, most: int = LATEST) -> list[Note]:
    """The latest notes of a case in the order of their numbers, at most so many; or the latest of those before a number. Numbers
    begin at 1 and none is missing. Whoever calls has asked whether he sees the case."""
    case = tx.execute(sa.select(tables.cases).where(tables.cases.c.id == case_id)).one()
    rows = journal.latest(tx, journal.Stream("case", case_id), most + 1, before=before)
    m, p = tables.materials, tables.pauses
    of = version(tx, case.version_id)
    teller = _Teller(
        time=office_time(tx, office(tx, case.office_id)),
        version=of,
        steps={element: name for (_, element), name in drawn_names(of.content.diagram).items()},
        people=_people(tx, rows),
        materials={r.key: r.name for r in tx.rows(sa.select(m.c.key, m.c.name).where(m.c.case_id == case_id))},
        clock=_decision_clock(tx, case_id),
        pauses=tx.rows(sa.select(p).where(p.c.case_id == case_id)),
        matters=matter_names(tx, case.office_id),
        departments=_departments(tx, case.office_id),
        opinions={o.id: o.department for o in opinions_on(tx, case_id)},
    )
    return list(teller.told(rows))[-most:]


def last_note(tx: Tx, case_id: int, but: Collection[str], most: int = LATEST) -> Note | None:
    """The last note of a case that tells of another act than these, looked for so many at a time."""
    before: int | None = None
    while notes := record(tx, case_id, before=before, most=most):
        if (found := next((note for note in reversed(notes) if note.act not in but), None)) is not None:
            return found
        before = notes[0].n
    return None


def doers(tx: Tx, rows: Sequence[journal.JournalRow]) -> dict[int, str]:
    """Who did what stands under each number of a journal, as people call him; empty for what the system did."""
    people = _people(tx, rows)
    return {row.n: "" if row.actor == "system" else _actor(row.actor, people)[0] for row in rows}


@dataclass(frozen=True)
class _Teller:
    time: OfficeTime
    version: Version
    steps: Mapping[str, str]
    people: Mapping[str, tuple[str, str]]
    materials: Mapping[str, str]
    clock: Clock | None
    pauses: Sequence[Any]
    matters: Mapping[str, str]
    departments: Mapping[str, str]
    opinions: Mapping[int, str]

    def told(self, rows: Sequence[journal.JournalRow]) -> Iterator[Note]:
        before: datetime | None = None
        for row in rows:
            payload = row.payload or {}
            who, post = _actor(row.actor, self.people)
            yield Note(
                n=row.n,
                act=row.act,
                title=self.title(row.act, payload),
                at=row.at,
                who=who,
                post=post,
                acting_for=self.people.get(row.acting_for or "", ("", ""))[0],
                quote=_quote(row.act, payload) if row.payload is not None else "这条记录的正文已依法删除",
                lines=tuple(self.lines(row.act, payload, self.time.civil(row.at))) if row.payload is not None else (),
                papers=(payload["paper"],) if payload.get("paper") else (),
                day=self.day(self.time.civil(row.at)),
                lamp=Lamp(payload["to"]) if row.act == "flag" else None,
                standing=before is not None and self.stood(before, row.at),
            )
            before = row.at

    def title(self, act: str, payload: Mapping[str, Any]) -> str:
        """`受理`, `审查：退回审查`, `签收“审查”`: the step as it is drawn and the outcome as its button said it."""
        label = ACTS[act].label if act in ACTS else _OTHER_ACTS.get(act, act)
        step, outcome = payload.get("step"), payload.get("outcome")
        if act == "flag" or step is None or step not in step_kinds(self.version):
            return label
        name = self.step_name(step)
        if outcome is None:
            return f"{label}“{name}”"
        chosen = {o.code: o.label for o in drawn_step(self.version, step).outcomes}.get(outcome, label)
        return name if chosen == name else f"{name}：{chosen}"

    def step_name(self, step: str) -> str:
        return self.steps.get(step, step)

    def day(self, on: date) -> str:
        """What this day counted on the clock of the decision; empty while none ran."""
        clock = self.clock
        if clock is None or on < clock.started_on or (clock.stopped_on is not None and on > clock.stopped_on):
            return ""
        if on == clock.started_on and not self.time.count_start_day:
            return f"{clock.starts}当日不计"
        if clock.course(self.time, on).in_gap(on):
            return "暂停，不计入"
        if clock.counted_in is Unit.WD and not self.time.calendar.is_working(on):
            return "休息日，不计入"
        return f"第 {clock.used(self.time, on)} {clock.counted_in.words}"

    def stood(self, since: datetime, until: datetime) -> bool:
        between = (p for p in self.pauses if p.started_at <= since and (p.ended_at is None or p.ended_at >= until))
        return since < until and any(between)

    # ---- what it was about
    def lines(self, act: str, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        if act in _ABOUT:
            yield from _ABOUT[act](self, payload, on)
        if asked := [f"{one['system']}（{one['name']}）" for one in payload.get("called_out") or ()]:
            yield f"对外调用：{'、'.join(asked)}"
        if names := [one["name"] for one in payload.get("files") or ()]:
            yield f"文件：{'、'.join(names)}"

    def names(self, keys: Sequence[str]) -> str:
        return "、".join(self.materials.get(key, key) for key in keys)

    def received(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        brought = [key for key, state in payload.get("materials", {}).items() if state == "brought"]
        yield f"{CHANNELS.get(payload.get('channel', ''), '')}提交，材料 {len(brought)} 份"

    def accepted(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        if words := _MODES.get(payload.get("mode", "")):
            yield words
        for one in payload.get("promises") or ():
            day = short_date(date.fromisoformat(one["promised_on"]), on)
            yield f"容缺：{self.names([one['material']])}，{day}前补交"

    def asked(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        for item in payload.get("items", ()):
            yield f"{self.names([item['material']])}：{item['problem']}"

    def brought(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        keys = payload.get("materials", ())
        yield f"材料：{self.names([keys] if isinstance(keys, str) else keys)}"

    def paused(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{GROUND_NAMES[Ground(payload['ground'])]}，计划 {Span.parse(payload['planned']).words}"

    def extended(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"延长 {Span.parse(payload['span']).words}"

    def handed(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        to = payload.get("to", "")
        yield "放回待签收" if to == "pool" else f"转给 {self.people.get(to, (to, ''))[0]}"

    def sent(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"送往 {payload['receiver']}" if payload.get("receiver") else ""

    def returned(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"退回到“{self.step_name(payload['to'])}”"
        if withdrawn := payload.get("withdrawn"):
            yield f"一并撤回：{'、'.join(map(self.step_name, withdrawn))}"

    def delivered(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        method = {**DELIVERIES, **HANDED_DOWN}.get(payload.get("method", ""), payload.get("method", ""))
        yield "，".join(part for part in (method, payload.get("receiver", "")) if part)

    def flagged(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        kind, lamp = ClockKind(payload["clock"]), Lamp(payload["to"])
        word = RULES[kind].late_word if lamp is RULES[kind].late else lamp.word
        step = f"“{payload['step']}”" if payload.get("step") else ""
        due = f"，到期 {short_date(date.fromisoformat(payload['due_on']), on)}" if payload.get("due_on") else ""
        yield f"{step}{RULES[kind].label}：{word}{due}（规则 {payload['rule']}）"

    def recounted(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        yield f"放假通知 {payload.get('notice', '')}"
        for moved in payload.get("moved", ()):
            was, now = (short_date(date.fromisoformat(d), on) if d else "未定" for d in (moved["from"], moved["to"]))
            yield f"{RULES[ClockKind(moved['clock'])].label}：{was} 改为 {now}"

    def closed(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        words = RESULTS if self.version.guide.stage else {"granted": "准予许可", "refused": "不予许可"}
        yield words.get(payload.get("result") or "") or PHASE_NAMES[Phase.CLOSED]

    # ---- a stage and its matters
    def matter(self, code: str) -> str:
        return self.matters.get(code, code)

    def called(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        """Those that open together in one line, the others each with its reason."""
        rows = payload.get("matters", ())
        begun = [self.matter(r["matter"]) for r in rows if r["state"] == "open" and not r["tolerant"]]
        if begun:
            yield f"开始办理：{'、'.join(begun)}"
        for row in rows:
            if row["state"] != "open" or row["tolerant"]:
                why = row["reason"] if row["tolerant"] or row["state"] == "waiting" else f"暂缓，{row['reason']}"
                yield f"{self.matter(row['matter'])}：{why}"

    def moved(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        name, spans = self.matter(payload["matter"]), payload.get("pauses") or ()
        if not spans:
            yield f"{name}：已经受理，办件编号 {payload['case_no']}"
        elif spans[-1][1] is None:
            yield f"{name}：{short_date(date.fromisoformat(spans[-1][0]), on)}起特别程序，暂停计时"
        else:
            yield f"{name}：特别程序结束，继续计时"

    def matter_end(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        failed = payload.get("failed")
        why = f"，前置事项“{self.matter(failed)}”未获准予" if failed else ""
        day = f"，{short_date(date.fromisoformat(payload['ended_on']), on)}" if payload.get("ended_on") else ""
        yield f"{self.matter(payload['matter'])}：{ENDINGS[payload['ending']]}{why}{day}"

    def released(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        name = self.matter(payload["matter"])
        if payload.get("waits"):
            yield f"{name}：不再暂缓，等待前置事项 {payload['waits']}"
        else:
            yield f"{name}：{'容缺启动' if payload.get('tolerant') else '开始办理'}"

    def dropped(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{self.matter(payload['matter'])}：不再办理"

    def answered(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        ending = payload.get("ending")
        yield f"{self.matter(payload['matter'])}：{ENDINGS[ending] if ending else '不等它办结'}，流程往下走"

    def stage_end(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        day = short_date(date.fromisoformat(payload["ended_on"]), on)
        yield f"{RESULTS[payload['result']]}，阶段时限到 {day}为止"

    def arrived(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{self.matter(payload['matter'])}：准予，办件编号 {payload['source']}"
        if keys := payload.get("materials"):
            yield f"转为本件材料：{self.names(keys)}"

    def converted(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{self.matter(payload['matter'])}：前置事项的结果已经收到"

    def lost(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{self.matter(payload['matter'])}（{payload['source']}）的准予决定被撤销"
        if payload.get("materials"):
            yield f"不再作为本件材料，须重新取得：{self.names(payload['materials'])}"
        elif payload.get("built"):
            yield f"本件已经决定，决定时用过：{self.names(payload['built'])}"

    # ---- other systems
    def call_answered(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{payload['system']}答复" + (f"，带回 {len(payload['facts'])} 项" if payload["facts"] else "")

    def call_refused(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{payload['system']}：{payload['error']}，按图上画的差错办理"

    def call_failed(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        then = "稍后再试" if payload["next_at"] else "转窗口由人确认"
        yield f"{payload['system']}，第 {payload['tries']} 次，{then}"

    def call_over(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"不再等{payload['system']}"

    # ---- the case of the other level
    def received_from(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        yield from self.received(payload, on)
        if payload.get("lower"):
            yield f"初审机关报送，初审办件 {payload['lower']}，材料不再向申请人要"

    def upper_moved(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{payload['office']}（{payload['upper']}）：{'、'.join(ACTS[act].label for act in payload['acts'])}"

    def upper_decided(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        yield f"上级办件 {payload['upper']}，{short_date(date.fromisoformat(payload['decided_on']), on)}决定"

    def upper_case(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        if payload.get("upper"):
            yield f"上级办件 {payload['upper']}"

    def concluded(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield RESULTS[payload["result"]]

    # ---- departments together
    def department(self, code: str) -> str:
        return self.departments.get(code, code)

    def signed(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        weight = f"，{payload['weight']} 票" if payload.get("weight", 1) != 1 else ""
        yield f"{payload['signer']}（第 {payload['round']} 轮{weight}）：{VERDICTS[payload['verdict']]}"
        yield from self.settled(payload)

    def signer_added(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        weight = f"，{payload['weight']} 票" if payload.get("weight", 1) != 1 else ""
        yield f"增加会签单位：{self.department(payload['department'])}（第 {payload['round']} 轮{weight}）"

    def signer_removed(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"不再会签：{self.department(payload['department'])}（第 {payload['round']} 轮）"
        yield from self.settled(payload)

    def settled(self, payload: Mapping[str, Any]) -> Iterator[str]:
        if verdict := payload.get("settles"):
            yield f"会签结果：{VERDICTS[verdict]}"

    def opinion_asked(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        due = short_date(date.fromisoformat(payload["due_on"]), on)
        yield f"向{self.department(payload['department'])}征求意见，{due}前回复"

    def opinion_given(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        department = self.opinions.get(payload["opinion"], "")
        yield f"{department}：{ANSWERS[payload['answer']]}"

    def consulted(self, payload: Mapping[str, Any], on: date) -> Iterator[str]:
        """The kind and the day, who was there, and each thing that was resolved."""
        held = short_date(date.fromisoformat(payload["held_on"]), on)
        yield f"{held}{MEETINGS[payload['kind']]}：{'、'.join(self.matter(code) for code in payload['agenda'])}"
        there = {a["department"] for a in payload["attendees"] if a["presence"] == "present"}
        missed = {a["department"] for a in payload["attendees"]} - there
        away = f"，缺席 {len(missed)} 个" if missed else ""
        yield f"{payload['chair']}主持，出席 {len(there)} 个部门{away}"
        if payload.get("corrects"):
            yield f"更正并代替{payload['corrects']}"
        for item, one in enumerate(payload["resolutions"], 1):
            due = f"，{short_date(date.fromisoformat(one['due_on']), on)}前" if one["due_on"] else ""
            yield f"议定第{item}项（{self.department(one['department'])}{due}）：{one['text']}"

    def resolution_reported(self, payload: Mapping[str, Any], _: date) -> Iterator[str]:
        yield f"{payload['resolution']}：已落实"


_About = Callable[[_Teller, Mapping[str, Any], date], Iterator[str]]
_ABOUT: Mapping[str, _About] = {
    "receive": _Teller.received_from,
    "accept": _Teller.accepted,
    "accept_tolerant": _Teller.accepted,
    "deem_accept": _Teller.accepted,
    "request_correction": _Teller.asked,
    "receive_correction": _Teller.brought,
    "bring_material": _Teller.brought,
    "start_special": _Teller.paused,
    "extend": _Teller.extended,
    "transfer": _Teller.handed,
    "hand_over": _Teller.handed,
    "transfer_hq": _Teller.sent,
    "escalate_up": _Teller.sent,
    "send_up": _Teller.sent,
    "upper_moved": _Teller.upper_moved,
    "upper_granted": _Teller.upper_decided,
    "upper_refused": _Teller.upper_decided,
    "upper_sent_down": _Teller.upper_case,
    "upper_revoked": _Teller.upper_case,
    "withdraw": _Teller.upper_case,
    "terminate": _Teller.upper_case,
    "send_back": _Teller.returned,
    "deliver": _Teller.delivered,
    "flag": _Teller.flagged,
    "recount": _Teller.recounted,
    "close": _Teller.closed,
    "call_matters": _Teller.called,
    "matter_moved": _Teller.moved,
    "matter_ended": _Teller.matter_end,
    "call_answered": _Teller.call_answered,
    "call_refused": _Teller.call_refused,
    "call_failed": _Teller.call_failed,
    **dict.fromkeys(("call_late", "take_over_call"), _Teller.call_over),
    "release_matter": _Teller.released,
    "drop_matter": _Teller.dropped,
    "answer_call": _Teller.answered,
    "stage_ended": _Teller.stage_end,
    "result_arrived": _Teller.arrived,
    "result_revoked": _Teller.lost,
    "convert_matter": _Teller.converted,
    "conclude": _Teller.concluded,
    "countersign": _Teller.signed,
    "add_signer": _Teller.signer_added,
    "remove_signer": _Teller.signer_removed,
    "ask_opinion": _Teller.opinion_asked,
    "answer_opinion": _Teller.opinion_given,
    "consult": _Teller.consulted,
    "report_resolution": _Teller.resolution_reported,
}


_SAYS_NOTHING = frozenset({"close", "stage_ended"})


def _quote(act: str, payload: Mapping[str, Any]) -> str:
    """What the actor said: his opinion before anything else, in the act or in the form of the step. The end says nothing."""
    if act in _SAYS_NOTHING:
        return ""
    answers = payload.get("answers")
    written = answers.get("opinion", "") if isinstance(answers, Mapping) else ""
    said = (payload.get(name) for name in _SAID)
    return next((str(one) for one in (*(s for s in said if isinstance(s, str)), written) if one), "")


def _actor(name: str, people: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Name and post."""
    if name in ("applicant", "system"):
        return {"applicant": "申请人", "system": "系统"}[name], ""
    return people.get(name.removeprefix("officer:"), (name, ""))


def _people(tx: Tx, rows: Sequence[journal.JournalRow]) -> dict[str, tuple[str, str]]:
    """Name and post by log-in of everybody that these rows name."""
    logins = {r.actor.removeprefix("officer:") for r in rows} | {r.acting_for for r in rows if r.acting_for}
    logins |= {str(r.payload["to"]) for r in rows if r.act in ("transfer", "hand_over") and r.payload}
    o, p = tables.officers, tables.persons
    found = tx.rows(
        sa.select(o.c.login, o.c.post, p.c.name).join(p, p.c.id == o.c.person_id).where(o.c.login.in_(logins))
    )
    return {r.login: (r.name, r.post) for r in found}


def _departments(tx: Tx, office_id: int) -> dict[str, str]:
    d = tables.departments
    return {r.code: r.name for r in tx.rows(sa.select(d.c.code, d.c.name).where(d.c.office_id == office_id))}


def _decision_clock(tx: Tx, case_id: int) -> Clock | None:
    """The clock by which people count the days of a case: the promise, and where there is none the statute; the last."""
    c = tables.clocks
    kinds = [ClockKind.PROMISED, ClockKind.STAGE_PROMISED, ClockKind.STATUTORY, ClockKind.STAGE_STATUTORY]
    rows = tx.rows(sa.select(c).where(c.c.case_id == case_id, c.c.kind.in_([str(k) for k in kinds])).order_by(c.c.id))
    last = {r.kind: r.clock for r in rows}
    return next((Clock.from_json(last[k]) for k in kinds if k in last), None)
