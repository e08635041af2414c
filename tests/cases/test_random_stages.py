"""Random stages against a small model of their own: clocks, ends and possession by plain counting, day after day.

The model knows nothing of the product: it walks the calendar, and remembers what was done on which day. Messages arrive late
and in heaps, matters pause, end and wait for each other; whatever happens, both must tell the same.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import MatterOfStage, act
from engine.catalogue import publish
from engine.clock import WorkCalendar
from engine.diagrams.pattern import standard
from engine.people import office_by_code, officer_by_login
from engine.store import tables
from tests.hall import APPLICATIONS, Hall
from tests.joint import Joint, step

DEPARTMENTS = ("nr", "ndrc", "hurd", "ee")
_FORM = {"type": "default", "schemaVersion": 16, "components": [{"type": "textfield", "key": "name", "label": "名称"}]}


# ---------------------------------------------------------------- the model
@dataclass
class Model:
    """One matter: what it needs (each met by any one of some others), and the days of what happened to it."""

    code: str
    needs: list[list[str]]
    optional: bool
    held: bool = False
    opened: date | None = None
    ended: date | None = None
    how: str = ""
    failed: str = ""
    pauses: list[list[date | None]] = field(default_factory=list)

    def alive(self, day: date) -> bool:
        return self.opened is not None and self.opened < day and (self.ended is None or day <= self.ended)

    def paused(self, day: date) -> bool:
        return any(s < day and (e is None or day <= e) for s, e in self.pauses if s)


@dataclass
class StageModel:
    matters: dict[str, Model]
    accepted: date

    def settle(self, on: date) -> None:
        """What follows from what has just happened, on this day."""
        moved = True
        while moved:
            moved = False
            for one in self.matters.values():
                if one.opened or one.ended or one.held:
                    continue
                lost = [need for need in one.needs if all(self.dead(code) for code in need)]
                if lost:
                    last = max((self.matters[c] for c in lost[0]), key=lambda m: m.ended or on)
                    one.ended, one.how, one.failed, moved = last.ended, "not_started", last.code, True
                elif all(any(self.matters[c].how == "granted" for c in need) for need in one.needs):
                    one.opened, moved = on, True

    def dead(self, code: str) -> bool:
        return self.matters[code].ended is not None and self.matters[code].how != "granted"

    def counted(self, day: date) -> bool:
        there = [m for m in self.matters.values() if not m.optional and m.alive(day)]
        return not there or not all(m.paused(day) for m in there)

    def due(self, days: int, calendar: WorkCalendar) -> date | None:
        """None where nobody knows: all are paused before the days are used up."""
        day, left = self.accepted, days
        while left:
            day += timedelta(1)
            left -= calendar.is_working(day) and self.counted(day)
            if day.year > 2027:
                return None
        return day

    @property
    def over(self) -> bool:
        return all(m.ended for m in self.matters.values() if not m.optional)


# ---------------------------------------------------------------- the world
def graph(luck: random.Random, size: int) -> dict[str, Model]:
    """Matters that need only earlier ones: no circle."""
    matters: dict[str, Model] = {}
    for n in range(1, size + 1):
        earlier = list(matters)
        needs = [
            luck.sample(earlier, min(len(earlier), luck.choice((1, 1, 2)))) for _ in range(luck.choice((0, 0, 1, 2)))
        ]
        matters[f"XA{n:02}"] = Model(f"XA{n:02}", [n for n in needs if n], luck.random() < 0.15)
    matters["XA01"].optional = False
    return matters


def guide(code: str, department: str, needs: list[list[str]], stage: str = "") -> bytes:
    limits = "[20, wd, accepted], src: P, pause: [expert_review], pause_basis: {expert_review: 测试规则}"
    if stage:
        limits = "[45, wd, accepted], src: P, pause: [matters_paused], pause_basis: {matters_paused: 测试规则}"
    wanted = json.dumps(["|".join(need) for need in needs])
    return f"""code: {code}
name: 随机事项{code}
department: {department}
type: "10"
kind: promised
two_person: false
{f"stage: {stage}" if stage else ""}
prerequisites: {wanted}
limits:
  promised: {{lim: [15, wd, accepted], src: P}}
  statutory: {{lim: {limits}}}
materials: [{{key: application, name: 申请表, rule: R, src: P}}]
fee: {{text: 不收费, src: P}}
result: {{name: 结果{code}}}
channels: [window, web]
""".encode()


def publish_world(hall: Hall, matters: dict[str, Model], luck: random.Random) -> None:
    parts = {}
    with hall.database.reading() as tx:
        f, b = tables.version_files, tables.blobs
        rows = tx.rows(sa.select(f.c.name, b.c.body).join(b, b.c.digest == f.c.digest).where(f.c.name.like("parts/%")))
        parts = {r.name: r.body for r in rows}
    form = json.dumps({**_FORM, "id": "application"}).encode()

    def bring(code: str, department: str, needs: list[list[str]], pattern: str, stage: str = "") -> None:
        bundle = {"guide.yaml": guide(code, department, needs, stage), "matter.bpmn": standard(code, code, pattern)}
        with hall.database.writing() as tx:
            by = officer_by_login(tx, "wu")
            publish(tx, office_by_code(tx, "lz"), {**bundle, "forms/application.json": form, **parts}, by, "", hall.now)

    for code, one in matters.items():
        at = luck.choice(DEPARTMENTS)
        pattern = f"intake 受理 {at} {at}-1\nreview 审查 {at} 3wd\ndecide 决定 {at} 2wd\ncertificate"
        bring(code, at, one.needs, pattern)
    calls = "".join(f"    call 事项 {c}{' optional' if m.optional else ''}\n" for c, m in matters.items())
    bring("XS01", "gsc", [], f"intake 受理 gsc joint-1\nmatters 办理\n{calls}summary 汇总 nr 1wd", "S1")
    APPLICATIONS_OF["XS01"] = {"name": "随机"}


APPLICATIONS_OF: dict[str, dict[str, Any]] = APPLICATIONS  # type: ignore[assignment]


def days(luck: random.Random) -> Iterator[date]:
    day = date(2026, 1, 5)
    while True:
        yield day
        day += timedelta(luck.choice((0, 0, 1, 1, 2, 5)))


def play(hall: Hall, matters: dict[str, Model], luck: random.Random) -> None:
    """One stage, from filing to its end, in step with the model."""
    calendar, walk = hall.time.calendar, days(luck)
    hall.at(next(walk).isoformat())
    stage = Joint.filing(hall, "XS01")
    hall.at(next(walk).isoformat())
    held = [code for code in matters if luck.random() < 0.15]
    hall.does("chen", stage.filed.case_id, "intake", "accept", held=[{"matter": c, "reason": "暂缓"} for c in held])
    hall.duties()
    model = StageModel({c: Model(c, m.needs, m.optional, c in held) for c, m in matters.items()}, hall.now.date())
    model.settle(hall.now.date())
    compare(hall, stage, model, calendar)
    while not model.over:
        today = next(walk)
        hall.later(seconds=1) if today == hall.now.date() else hall.at(
            today.isoformat(), f"{luck.randint(8, 16):02}:05"
        )
        move(hall, stage, model, luck, today)
        model.settle(today)
        if luck.random() < 0.6 or model.over:
            hall.duties()
            compare(hall, stage, model, calendar)
    hall.later(days=1)
    stage.concludes()
    assert stage.flaws() == []
    granted = [m.how == "granted" for m in model.matters.values() if not m.optional]
    row = hall.case(stage.filed.case_id)
    assert row.result == ("granted" if all(granted) else "partly" if any(granted) else "refused")
    stopped = [c.clock["stopped_on"] for c in hall.rows(tables.clocks, row.id) if c.kind == "stage_statutory"]
    assert stopped == [max(m.ended for m in model.matters.values() if not m.optional and m.ended).isoformat()]


def move(hall: Hall, stage: Joint, model: StageModel, luck: random.Random, today: date) -> None:
    """Something happens to one matter."""
    rows = stage.matters()
    one = luck.choice([m for m in model.matters.values() if not m.ended])
    if one.opened is None:
        hall.duties()  # the stage's own acts are done on what it has heard
        if one.held and luck.random() < 0.7:
            hall.acts("chen", stage.filed.case_id, "release_matter", matter=one.code)
            one.held = False
        elif luck.random() < 0.2 and stage.matters()[one.code].ending is None:
            hall.acts("chen", stage.filed.case_id, "drop_matter", matter=one.code, reason="不需要")
            one.ended, one.how, one.held = today, "not_started", False
        hall.duties()
        return
    if rows[one.code].child_id is None:
        hall.duties()
    case_id, chance = stage.child(one.code).id, luck.random()
    if one.pauses and one.pauses[-1][1] is None:
        if chance < 0.5:
            acts(hall, case_id, "end_special", result="通过")
            one.pauses[-1][1] = today
        return
    if chance < 0.3:
        acts(hall, case_id, "start_special", ground="expert_review", planned="10wd", reason="专家评审")
        one.pauses.append([today, None])
    elif chance < 0.34:
        hall.applicant(case_id, "withdraw")
        one.ended, one.how = today, "withdrawn"
    elif chance < 0.37:
        acts(hall, case_id, "terminate", reason_code="subject_gone", reasons="灭失", basis="第69条")
        one.ended, one.how = today, "terminated"
    else:
        step(hall, case_id, "refuse" if luck.random() < 0.25 else "grant")
        row = hall.case(case_id)
        if row.result:
            one.ended, one.how = today, row.result


def acts(hall: Hall, case_id: int, name: str, **details: Any) -> None:
    """An approver of the matter's department acts on the case."""
    o, c, m = tables.officers, tables.cases, tables.matters
    with hall.database.writing() as tx:
        department = tx.value(sa.select(m.c.department_id).join(c, c.c.matter_id == m.c.id).where(c.c.id == case_id))
        logins = tx.rows(sa.select(o.c.login).where(o.c.department_id == department).order_by(o.c.id))
        who = next(w for r in logins if "approver" in (w := officer_by_login(tx, r.login)).roles)
        act(tx, who, case_id, name, details, now=hall.now)


def compare(hall: Hall, stage: Joint, model: StageModel, calendar: WorkCalendar) -> None:
    rows = stage.matters()
    assert {c: (told(m)) for c, m in rows.items()} == {c: expected(m) for c, m in model.matters.items()}
    for kind, length in (("stage_promised", 15), ("stage_statutory", 45)):
        running = hall.clock(stage.filed.case_id, kind)
        assert (running is None) == model.over
        assert running is None or running.due_on == model.due(length, calendar), kind
    for code, one in model.matters.items():
        if one.opened is not None:
            child = stage.child(code)
            assert child.accepted_on == one.opened, code


def told(m: MatterOfStage) -> tuple[Any, ...]:
    return m.open_on, m.ended_on, m.ending or "", m.failed or "", [list(span) for span in m.pauses]


def expected(m: Model) -> tuple[Any, ...]:
    return m.opened, m.ended, m.how, m.failed, m.pauses


@pytest.mark.parametrize("seed", range(2))
def test_random_stages_equal_a_small_model(hall: Hall, seed: int) -> None:
    run(hall, seed, stages=3)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 150))
def test_a_thousand_random_stages(hall: Hall, seed: int) -> None:
    run(hall, seed, stages=20)


def run(hall: Hall, seed: int, stages: int) -> None:
    luck = random.Random(seed)
    hall.at("2026-01-05")
    matters = graph(luck, luck.randint(3, 8))
    publish_world(hall, matters, luck)
    for _ in range(stages):
        play(hall, matters, luck)
