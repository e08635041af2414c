"""Random stages against a small model of their own (tests/stage_model.py): clocks, ends and possession, at every step.

Random prerequisites; matters are held back, released, dropped, started tolerantly, paused, sent back, refused, withdrawn and
terminated, the stage corrected, not accepted, withdrawn; messages arrive late and in heaps; and whoever works is killed with
SIGKILL at random moments (tests/hands.py). Whatever happens, the product and the model must tell the same.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import MatterOfStage
from engine.catalogue import publish
from engine.clock import WorkCalendar
from engine.diagrams.pattern import standard
from engine.people import office_by_code, officer_by_login
from engine.store import tables
from tests import hands
from tests.hall import APPLICATIONS, Hall
from tests.hands import Hands, MortalHands
from tests.joint import DETAILS, Joint, somebody
from tests.stage_model import PROMISED, STAGE_PROMISED, STAGE_STATUTORY, STATUTORY, Ledger, Model, StageModel, Work

DEPARTMENTS = ("nr", "ndrc", "hurd", "ee")
_FORM = {"type": "default", "schemaVersion": 16, "components": [{"type": "textfield", "key": "name", "label": "名称"}]}


# ---------------------------------------------------------------- the world
def graph(luck: random.Random, size: int) -> dict[str, Model]:
    """Matters that need only earlier ones: no circle."""
    matters: dict[str, Model] = {}
    for n in range(1, size + 1):
        earlier = list(matters)
        needs = [
            luck.sample(earlier, min(len(earlier), luck.choice((1, 1, 2)))) for _ in range(luck.choice((0, 0, 1, 2)))
        ]
        one = Model(f"XA{n:02}", [n for n in needs if n], luck.random() < 0.15)
        one.tolerated, one.checked = luck.random() < 0.5, luck.random() < 0.3
        matters[one.code] = one
    matters["XA01"].optional = False
    return matters


def guide(one: Model, stage: str = "") -> bytes:
    limits = f"[{STATUTORY}, wd, accepted], src: P, pause: [expert_review], pause_basis: {{expert_review: 测试规则}}"
    if stage:
        limits = f"[{STAGE_STATUTORY}, wd, accepted], src: P, pause: [matters_paused]"
        limits += ", pause_basis: {matters_paused: 测试规则}"
    wanted = ["|".join(need) for need in one.needs]
    results = [f'{{key: result_{n}, name: 结果{n}, rule: "D:{need}", src: P}}' for n, need in enumerate(wanted, 1)]
    return f"""code: {one.code}
name: 随机事项{one.code}
department: {one.department}
type: "10"
kind: promised
two_person: false
{f"stage: {stage}" if stage else ""}
prerequisites: {json.dumps(wanted)}
{"tolerant_start: {text: 测试规则, src: P}" if one.tolerated and wanted else ""}
limits:
  promised: {{lim: [{STAGE_PROMISED if stage else PROMISED}, wd, accepted], src: P}}
  statutory: {{lim: {limits}}}
materials: [{{key: application, name: 申请表, rule: R, src: P}}{"".join(f", {one}" for one in results)}]
fee: {{text: 不收费, src: P}}
result: {{name: 结果{one.code}}}
channels: [window, web]
""".encode()


def publish_world(hall: Hall, matters: dict[str, Model], luck: random.Random) -> None:
    parts = {}
    with hall.database.reading() as tx:
        f, b = tables.version_files, tables.blobs
        rows = tx.rows(sa.select(f.c.name, b.c.body).join(b, b.c.digest == f.c.digest).where(f.c.name.like("parts/%")))
        parts = {r.name: r.body for r in rows}
    form = json.dumps({**_FORM, "id": "application"}).encode()

    def bring(one: Model, pattern: str, stage: str = "") -> None:
        bundle = {"guide.yaml": guide(one, stage), "matter.bpmn": standard(one.code, one.code, pattern)}
        with hall.database.writing() as tx:
            by = officer_by_login(tx, "wu")
            publish(tx, office_by_code(tx, "lz"), {**bundle, "forms/application.json": form, **parts}, by, "", hall.now)

    for one in matters.values():
        at = one.department = luck.choice(DEPARTMENTS)
        check = f"check 审核 {at} 1wd\n" if one.checked else ""
        bring(one, f"intake 受理 {at} {at}-1\nreview 审查 {at} 3wd\n{check}decide 决定 {at} 2wd\ncertificate")
    calls = "".join(f"    call 事项 {c}{' optional' if m.optional else ''}\n" for c, m in matters.items())
    stage = Model("XS01", [], optional=False, department="gsc")
    bring(stage, f"intake 受理 gsc joint-1\nmatters 办理\n{calls}summary 汇总 nr 1wd", "S1")
    APPLICATIONS_OF["XS01"] = {"name": "随机"}


APPLICATIONS_OF: dict[str, dict[str, Any]] = APPLICATIONS  # type: ignore[assignment]


# ---------------------------------------------------------------- one stage in step with the model
@dataclass
class Play:
    """From filing to the end. Each act is done by the hands, and told to the model."""

    hall: Hall
    hands: Hands
    luck: random.Random
    stage: Joint
    model: StageModel
    calendar: WorkCalendar

    @property
    def case_id(self) -> int:
        return self.stage.filed.case_id

    @property
    def now(self) -> datetime:
        return self.hall.now

    def goes_on(self) -> None:
        """Until nothing mandatory runs, and then to the delivery."""
        self.compare()
        walk = days(self.luck, self.now.date())
        while not (self.model.over or self.model.ended):
            self.later(next(walk))
            self.moves()
            self.model.settle(self.now)
            if self.luck.random() < 0.4 or self.model.over or self.model.ended:
                self.hears()
                self.compare()
        if not self.model.ended:
            self.concludes()
            self.hears()
            self.compare()

    def concludes(self) -> None:
        """The lead department sums up, and the notice is delivered."""
        work = self.model.work
        for outcome, act in (("concluded", "conclude"), ("delivered", "deliver")):
            self.later(self.now.date() + timedelta(1))
            self.steps(work, self.case_id, outcome, act)
            work.comes("deliver", "joint-1", self.now)
        work.ends(self.now)

    def later(self, day: date) -> None:
        """To a day that has not begun yet, at some hour; or some minutes on."""
        if day <= self.now.date():
            self.hall.later(minutes=1)
        else:
            self.hall.at(day.isoformat(), f"{self.luck.randint(8, 16):02}:05")

    def hears(self) -> None:
        """All messages are carried."""
        self.hands.do(hands.rounds)
        self.model.heard(self.now)

    # ---- what may happen
    def moves(self) -> None:
        """Something happens to the stage, or to one matter."""
        if self.luck.random() < 0.015:
            self.stops()
            return
        lively = [m for m in self.model.matters.values() if not (m.work.over or (m.ended and not m.opened))]
        one = self.luck.choice(lively)
        if one.opened is None:
            self.lies(one)
            return
        if self.stage.matters()[one.code].child_id is None:
            self.hears()
        if one.work.paused and self.luck.random() < 0.6:
            self.acts(one, "end_special", result="通过")
            one.pauses[-1][1], one.work.paused = self.now.date(), False
            one.work.stands(self.now)
        elif not one.ended and self.luck.random() < 0.08:
            self.given_up(one)
        elif not one.ended and not one.work.paused and self.luck.random() < 0.15:
            self.acts(one, "start_special", ground="expert_review", planned="10wd", reason="专家评审")
            one.pauses.append([self.now.date(), None])
            one.work.paused = True
            one.work.stands(self.now)
        elif not one.work.paused:
            self.works(one)

    def stops(self) -> None:
        """The applicant takes the whole stage back, or its office ends it."""
        self.hears()
        if self.luck.random() < 0.5:
            self.hands.do(hands.acts, None, self.case_id, "withdraw", {"reason": ""})
            how = "withdrawn"
        else:
            details = {"reason_code": "subject_gone", "reasons": "灭失", "basis": "第69条"}
            self.hands.do(hands.acts, self.approver(self.case_id), self.case_id, "terminate", details)
            how = "terminated"
        self.model.work.done.append("withdraw" if how == "withdrawn" else "terminate")
        self.model.stops(how, self.now)
        self.later(self.now.date() + timedelta(self.luck.randint(0, 4)))  # its matters hear of it later

    def lies(self, one: Model) -> None:
        """A matter that has not begun is released, started tolerantly, or dropped: acts of the stage on what it has heard."""
        self.hears()
        unmet = bool(self.model.unmet(one))
        tolerant = unmet and one.tolerated and self.luck.random() < 0.4
        if (one.held and self.luck.random() < 0.7) or tolerant:
            self.on_stage("release_matter", matter=one.code, tolerant="yes" if tolerant else "")
            one.held = False
            if tolerant or not unmet:
                one.opens(self.now, tolerant=tolerant)
        elif self.luck.random() < 0.2:
            self.on_stage("drop_matter", matter=one.code, reason="不需要")
            one.ends("not_started", self.now.date())
        self.model.settle(self.now)
        self.hears()

    def given_up(self, one: Model) -> None:
        if self.luck.random() < 0.5:
            self.hands.do(hands.acts, None, self.child(one), "withdraw", {"reason": ""})
            one.work.done.append("withdraw")
            one.ends("withdrawn", self.now.date())
        else:
            self.acts(one, "terminate", reason_code="subject_gone", reasons="灭失", basis="第69条")
            one.ends("terminated", self.now.date())
        one.work.ends(self.now)

    def works(self, one: Model) -> None:
        """A step is claimed; or done, or sent back, or given into another step of the case."""
        step, work, case_id = one.work.step, one.work, self.child(one)
        if step == "decide" and one.needs and not self.model.unmet(one):
            self.hears()  # what it waited for is among its papers
        if step in ("check", "decide") and self.luck.random() < 0.12:
            self.claims(work, case_id, "send_back")
            self.hands.do(hands.sends_back, work.officer, self.task(case_id).id, "review")
            work.done.append("send_back")
            work.comes("review", one.window, self.now)
            return
        if step == "decide":
            self.decides(one)
            return
        outcome, act = {"certificate": ("made", "make_certificate"), "deliver": ("delivered", "deliver")}.get(
            step, ("pass", step)
        )
        if self.steps(work, case_id, outcome, act):
            if step == "deliver":
                work.ends(self.now)
            else:
                follows = [*one.steps, "decide"] if step in one.steps else [step, "deliver"]
                work.comes(follows[follows.index(step) + 1], one.window, self.now)

    def decides(self, one: Model) -> None:
        """Nothing is granted while a result is missing that it was to be built on."""
        refused = self.luck.random() < (0.4 if self.model.unmet(one) else 0.2)
        if self.model.unmet(one) and not refused:
            return
        outcome = "refuse" if refused else "grant"
        if self.steps(one.work, self.child(one), outcome, f"decide_{outcome}"):
            one.ends("refused" if refused else "granted", self.now.date())
            one.work.comes("deliver" if refused else "certificate", one.window, self.now)

    # ---- how it is done
    def steps(self, work: Work, case_id: int, outcome: str, act: str) -> bool:
        """Claimed, and mostly completed a minute later. Returns whether it was completed."""
        self.claims(work, case_id, act)
        if self.luck.random() < 0.15 and work is not self.model.work:
            return False
        self.hall.later(minutes=1)
        self.hands.do(hands.completes, work.officer, self.task(case_id).id, outcome, DETAILS.get(act, {}))
        work.done.append(act)
        return True

    def claims(self, work: Work, case_id: int, act: str) -> None:
        if work.officer:
            return
        task = self.task(case_id)
        with self.hall.database.reading() as tx:
            who = somebody(tx, case_id, task, "decide_grant" if act == "send_back" else act, two=False)
        self.hands.do(hands.claims, who.login, task.id)
        work.officer = who.login
        work.done.append("claim")
        work.stands(self.now)

    def task(self, case_id: int) -> Any:
        t = tables.tasks
        with self.hall.database.reading() as tx:
            return tx.execute(sa.select(t).where(t.c.case_id == case_id, t.c.state.in_(["open", "claimed"]))).one()

    def child(self, one: Model) -> int:
        return int(self.stage.child(one.code).id)

    def acts(self, one: Model, name: str, **details: Any) -> None:
        case_id = self.child(one)
        self.hands.do(hands.acts, self.approver(case_id), case_id, name, details)
        one.work.done.append(name)

    def on_stage(self, name: str, **details: Any) -> None:
        self.hands.do(hands.acts, "chen", self.case_id, name, details)
        self.model.work.done.append(name)

    def approver(self, case_id: int) -> str:
        """Somebody of the matter's department who may decide."""
        o, c, m = tables.officers, tables.cases, tables.matters
        with self.hall.database.reading() as tx:
            of = tx.value(sa.select(m.c.department_id).join(c, c.c.matter_id == m.c.id).where(c.c.id == case_id))
            rows = tx.rows(sa.select(o.c.login, o.c.roles).where(o.c.department_id == of).order_by(o.c.id))
            return str(next(r.login for r in rows if "approver" in r.roles))

    # ---- both must tell the same
    def compare(self) -> None:
        rows = self.stage.matters()
        assert {c: told(m) for c, m in rows.items()} == {c: expected(m) for c, m in self.model.matters.items()}
        over = self.model.over or bool(self.model.ended)
        for kind, length in (("stage_promised", STAGE_PROMISED), ("stage_statutory", STAGE_STATUTORY)):
            running = self.hall.clock(self.case_id, kind)
            assert (running is None) == over, kind
            assert running is None or running.due_on == self.model.due(length, self.calendar), kind
            assert not over or self.stopped_on(self.case_id, kind) == self.model.last_day, kind
        assert self.had_by(self.case_id) == self.model.work.ledger.spans
        for one in self.model.matters.values():
            if one.opened is not None:
                self.compare_child(one, self.stage.child(one.code))

    def compare_child(self, one: Model, child: Any) -> None:
        assert child.accepted_at == one.opened, one.code
        for kind, length in (("promised", PROMISED), ("statutory", STATUTORY)):
            running = self.hall.clock(child.id, kind)
            assert (running is None) == bool(one.ended), (one.code, kind)
            assert running is None or running.due_on == one.due(length, self.calendar), (one.code, kind)
            assert not one.ended or self.stopped_on(child.id, kind) == one.ended, (one.code, kind)
        assert self.had_by(child.id) == one.work.ledger.spans, one.code

    def stopped_on(self, case_id: int, kind: str) -> date:
        (clock,) = (c for c in self.hall.rows(tables.clocks, case_id) if c.kind == kind)
        return date.fromisoformat(clock.clock["stopped_on"])

    def had_by(self, case_id: int) -> list[tuple[datetime, str]]:
        """The product's ledger of possession, in the words of the model; that it has no gap is asked of `verify`."""
        p, w, o = tables.possessions, tables.windows, tables.officers
        named = sa.select(p.c.holder, p.c.from_at, p.c.until_at, w.c.code, o.c.login)
        joined = p.outerjoin(w, w.c.id == p.c.window_id).outerjoin(o, o.c.id == p.c.officer_id)
        found = Ledger()
        with self.hall.database.reading() as tx:
            for r in tx.rows(named.select_from(joined).where(p.c.case_id == case_id).order_by(p.c.id)):
                name = {"window": f"window {r.code}", "officer": f"officer {r.login}"}.get(r.holder, r.holder)
                found.hand(name, r.from_at)
                if r.until_at is not None:
                    found.hand("", r.until_at)
        return found.spans

    def compare_acts(self) -> None:
        """What anybody did stands in the journal once, and in its order; nothing is left to do; every row is as it was told."""
        works = {self.case_id: self.model.work}
        works |= {self.child(one): one.work for one in self.model.matters.values() if one.opened}
        j, q = tables.journal, tables.jobs
        with self.hall.database.reading() as tx:
            for case_id, work in works.items():
                rows = tx.rows(sa.select(j.c.act, j.c.actor).where(j.c.stream == f"case:{case_id}").order_by(j.c.n))
                assert [r.act for r in rows if r.actor != "system"] == work.done
            assert not tx.rows(sa.select(q.c.kind).where(q.c.state != "done", q.c.run_at <= self.now))
        assert self.stage.flaws() == []


def told(m: MatterOfStage) -> tuple[Any, ...]:
    spans = [list(span) for span in m.pauses]
    return m.open_at, m.ended_on, m.ending or "", m.failed or "", m.tolerant and m.ending is None, spans


def expected(m: Model) -> tuple[Any, ...]:
    return m.opened, m.ended, m.how, m.failed, m.tolerant and not m.ended, m.pauses


def working(day: date, calendar: WorkCalendar) -> str:
    """This day, or the next on which people work."""
    while not calendar.is_working(day):
        day += timedelta(1)
    return day.isoformat()


def days(luck: random.Random, day: date) -> Iterator[date]:
    while True:
        day += timedelta(luck.choice((0, 0, 1, 1, 2, 5)))
        yield day


# ---------------------------------------------------------------- from the filing to the acceptance
def play(hall: Hall, who: Hands, matters: dict[str, Model], luck: random.Random, name: str) -> None:
    """One stage, in step with the model. What is filed in the evening is received on the next working day."""
    calendar, work, late = hall.time.calendar, Work(), luck.random() < 0.3
    hall.at(working(hall.now.date() + timedelta(luck.randint(1, 4)), calendar), "20:00" if late else "09:30")
    stage = Joint(hall, who.do(hands.files, "XS01", name, APPLICATIONS_OF["XS01"]))
    received = stage.filed.received_at
    assert received.date().isoformat() == working(hall.now.date() + timedelta(late), calendar)
    work.comes("intake", "joint-1", hall.now)
    work.done.append("receive")
    mine = {code: replace(one, pauses=[], work=Work()) for code, one in matters.items()}
    model = StageModel(mine, received, hall.now, work)
    one_play = Play(hall, who, luck, stage, model, calendar)
    if luck.random() < 0.2:
        corrected(one_play)
    hall.at(working(model.received.date() + timedelta(luck.choice((1, 2, 4))), calendar))
    if luck.random() < 0.05:
        not_accepted(one_play)
    else:
        accepted(one_play)
        one_play.goes_on()
    one_play.compare_acts()
    assert hall.case(one_play.case_id).result == model.result


def corrected(p: Play) -> None:
    """Something is missing, and is brought some days later."""
    p.hall.at(working(p.model.received.date() + timedelta(1), p.calendar))
    items = [{"material": "application", "problem": "没有盖章"}]
    by_intake(p, "request_correction", items=items)
    p.model.work.ledger.hand("applicant", p.now)
    p.hall.at(working(p.now.date() + timedelta(2), p.calendar))
    p.hands.do(hands.acts, None, p.case_id, "receive_correction", {"materials": ["application"], "channel": "web"})
    p.model.work.done.append("receive_correction")
    p.model.received = p.now
    p.model.work.comes("intake", "joint-1", p.now)


def not_accepted(p: Play) -> None:
    by_intake(p, "refuse_acceptance", **DETAILS["refuse_acceptance"])
    p.model.ended = "not_accepted"
    p.model.work.ends(p.now)
    p.hears()
    assert p.stage.matters() == {}
    assert p.had_by(p.case_id) == p.model.work.ledger.spans


def accepted(p: Play) -> None:
    """The one acceptance: some matters are held back, some start before their prerequisites."""
    p.model.accepted = p.now + timedelta(minutes=1)
    for one in p.model.matters.values():
        one.held = p.luck.random() < 0.15
    early = [m for m in p.model.matters.values() if not m.held and m.needs and m.tolerated and p.luck.random() < 0.4]
    held = [{"matter": m.code, "reason": "暂缓"} for m in p.model.matters.values() if m.held]
    by_intake(p, "accept", held=held, tolerant=[m.code for m in early])
    for one in early:
        one.opens(p.now, tolerant=True, received=p.model.received)
    p.model.work.waits(p.now)
    p.model.settle(p.now)
    p.hears()


def by_intake(p: Play, outcome: str, **details: Any) -> None:
    """chen claims the intake, and a minute later it is done."""
    task = p.task(p.case_id)
    p.hands.do(hands.claims, "chen", task.id)
    p.model.work.officer = "chen"
    p.model.work.stands(p.now)
    p.hall.later(minutes=1)
    p.hands.do(hands.completes, "chen", task.id, outcome, details)
    p.model.work.done += ["claim", outcome]


def run(hall: Hall, who: Hands, seed: int, stages: int, most: int = 8) -> None:
    luck = random.Random(seed)
    hall.at("2026-01-05")
    matters = graph(luck, luck.randint(3, most))
    publish_world(hall, matters, luck)
    try:
        for number in range(1, stages + 1):
            play(hall, who, matters, luck, f"第{number}家公司")
    finally:
        who.end()


def test_a_random_stage_equals_a_small_model(hall: Hall) -> None:
    run(hall, Hands(hall), 9, stages=1, most=5)


def test_a_random_stage_survives_whoever_is_killed(hall: Hall, hall_url: str) -> None:
    who = MortalHands(hall, hall_url, random.Random(1), peril=0.1)
    run(hall, who, 4, stages=1, most=5)
    assert who.killed


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 150))
def test_a_thousand_random_stages(hall: Hall, hall_url: str, seed: int) -> None:
    """Ten of each seed, on each kind of database; with -s it says how often somebody was killed."""
    who = MortalHands(hall, hall_url, random.Random(seed), peril=0.06)
    run(hall, who, seed, stages=10, most=6)
    print(f"{hall.database.dialect} {seed}: killed {who.killed}")
    assert who.killed
