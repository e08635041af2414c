"""A whole stage of joint approval under real processes: killed at any moment, and sixteen windows pressing at once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import sqlalchemy as sa

from engine.cases import claim
from engine.catalogue import version
from engine.people import issue_token, officer_by_login
from engine.store import tables
from tests.cases.test_random_stages import publish_world
from tests.hall import Hall
from tests.joint import Joint, filled, somebody, step
from tests.journeys.processes import Answer, Server, ask, command, fork, until
from tests.pressing import all_press
from tests.stage_model import Model


def world(hall: Hall, needs: dict[str, list[list[str]]]) -> None:
    matters = {code: Model(code, needed, optional=False) for code, needed in needs.items()}
    hall.at("2026-03-02")
    publish_world(hall, matters, random.Random(7))


def children(hall: Hall, stage: Joint) -> Counter[int]:
    """How many cases of each matter there are."""
    c = tables.cases
    with hall.database.reading() as tx:
        return Counter(
            r.matter_id for r in tx.rows(sa.select(c.c.matter_id).where(c.c.master_id == stage.filed.case_id))
        )


def open_tasks(hall: Hall, stage: Joint) -> list[int]:
    """The cases of the stage that wait for somebody."""
    t, c = tables.tasks, tables.cases
    asked = sa.select(c.c.id).join(t, t.c.case_id == c.c.id).where(t.c.state == "open", c.c.phase == "accepted")
    with hall.database.reading() as tx:
        return sorted({r.id for r in tx.rows(asked.where(c.c.master_id == stage.filed.case_id))})


class Workers:
    """Two workers that carry the messages of the stage. When one is killed, its leases run out at once, as they would after five
    minutes; so may one of the other, which then does its work in vain, and again."""

    def __init__(self, hall: Hall, url: str, home: Path) -> None:
        self.hall, self.url, self.home, self.killed = hall, url, home, 0
        self.running = [self._start(), self._start()]

    def _start(self) -> BaseProcess:
        at = (self.hall.now + timedelta(hours=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return fork(self.url, self.home, "worker", "--at", at, LIANSHEN_SWEEP_SECONDS="0.1")

    def kill_one(self) -> None:
        dead, j = self.running.pop(0), tables.jobs
        dead.kill()
        dead.join()
        self.killed += 1
        with self.hall.database.writing() as tx:
            tx.execute(j.update().where(j.c.state == "running").values(leased_until=self.hall.now))

    def replace_one(self) -> None:
        self.kill_one()
        self.running.append(self._start())

    def end(self) -> None:
        while self.running:
            self.kill_one()


def test_a_stage_survives_whatever_is_killed(hall: Hall, hall_url: str, tmp_path: Path) -> None:
    """Twelve matters, five of them behind others. Two workers carry the messages; one of them is killed at every third act."""
    codes = [f"XA{n:02}" for n in range(1, 13)]
    world(hall, {code: [[codes[n - 7]]] if n >= 7 else [] for n, code in enumerate(codes)})
    stage = Joint.filing(hall.at("2026-03-03", "09:00"), "XS01")
    hall.does("chen", stage.filed.case_id, "intake", "accept")
    workers, luck, acts = Workers(hall, hall_url, tmp_path), random.Random(3), 0
    try:
        while not all(m.ending for m in stage.matters().values()):
            until(lambda: open_tasks(hall, stage) or all(m.ending for m in stage.matters().values()), "more to do")
            there = open_tasks(hall, stage)
            for case_id in luck.sample(there, min(2, len(there))):
                step(hall, case_id, "refuse" if hall.case(case_id).case_no.startswith("XA02") else "grant")
                acts += 1
                if acts % 3 == 0:
                    workers.replace_one()
    finally:
        workers.end()
    assert workers.killed >= 8
    hall.later(hours=2).duties()
    matters = stage.matters()
    opened = [m for m in matters.values() if m.open_on]
    assert set(children(hall, stage).values()) == {1}, "no matter was opened twice"
    assert len(children(hall, stage)) == len(opened)
    assert {m.ended_on for m in matters.values()} == {date(2026, 3, 3)}
    hall.at("2026-03-04")
    stage.concludes()
    assert hall.case(stage.filed.case_id).result == "partly"
    j = tables.jobs
    with hall.database.reading() as tx:
        assert tx.value(sa.select(sa.func.count()).where(j.c.state == "dead")) == 0
    assert command(hall_url, tmp_path, "verify") == (0, f"核验 {len(opened) + 1} 件办件，0 处不符\n")


def test_sixteen_windows_complete_at_once(hall: Hall, hall_url: str, tmp_path: Path) -> None:
    """Sixteen matters of one stage are decided at the same moment; nobody is shown an error, and the stage hears of all."""
    codes = [f"XA{n:02}" for n in range(1, 17)]
    world(hall, {code: [] for code in codes})
    stage = Joint.filing(hall.at("2026-03-03", "10:00"), "XS01").accepted()
    asked: list[tuple[str, str, dict[str, object]]] = []
    t, c, now = tables.tasks, tables.cases, datetime.now(UTC)
    for code in codes:
        step(hall, stage.child(code).id)
    rows = sa.select(t, c.c.version_id).join(c, c.c.id == t.c.case_id).where(t.c.state == "open", t.c.kind == "decide")
    with hall.database.reading() as tx:
        tasks = list(tx.rows(rows.where(c.c.master_id == stage.filed.case_id)))
    for task in tasks:
        with hall.database.writing() as tx:
            who = somebody(tx, task.case_id, task, "decide_grant")
            claim(tx, who, task.id, now=hall.now)
            token = issue_token(tx, officer_by_login(tx, who.login), "", now, now + timedelta(1))
            answers = filled(version(tx, task.version_id).form(task.form))
        asked.append((token, f"/api/tasks/{task.id}/complete", {"outcome": "grant", "answers": answers, "details": {}}))
    assert len(asked) == 16
    together, answers_, lock = threading.Barrier(16), list[Answer](), threading.Lock()
    with Server(hall_url, tmp_path) as server:

        def press(token: str, path: str, body: dict[str, object]) -> None:
            together.wait()
            answer = ask(server.port, token, "POST", path, body)
            with lock:
                answers_.append(answer)

        all_press(threading.Thread(target=press, args=one) for one in asked)
        assert [a.status for a in answers_] == [200] * 16, answers_
        until(lambda: all(m.ending == "granted" for m in stage.matters().values()), "the last message")
    assert hall.clock(stage.filed.case_id, "stage_statutory") is None
    assert command(hall_url, tmp_path, "verify") == (0, "核验 17 件办件，0 处不符\n")
