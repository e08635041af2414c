"""How long an officer waits for his worklist, at the server, with fifty thousand tasks lying about.

    .venv/bin/python -m benchmarks.worklist [TASKS]

Method. The demo hall is filled into a temporary database, on SQLite and on a private PostgreSQL; one real case of GH02 is
filed and accepted through the engine, and its rows are copied in bulk until TASKS (50,000) tasks lie there, each of a case of
its own with its promised, its statutory and its step clock: nine in ten in the pool of the window of 自然资源 where zhao sits
(the worst case: one pool holds them all), a tenth claimed by him. Due days are spread over twenty weeks, a fiftieth is late,
a tenth paused. Then he signs in and each address is asked ROUNDS times through the test client of the application: the
whole way through session, queries, clocks and template, without the network. Printed are the median and the slowest of the
rounds in milliseconds, and the median of the processor time that the application itself took, which other work on the
machine does not lengthen; the first round, which compiles templates and statements, is left out. Nothing is asserted.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.app import create_app, set_aside
from api.demo import fill
from engine.clock import Clock, lamp
from engine.config import Settings
from engine.people import officer_by_login
from engine.people.sign_in import set_password
from engine.store import Database, migrate, tables
from tests.hall import FOUNDED, Hall
from tests.postgres import Cluster

TASKS = 50_000
ROUNDS = 15
PASSWORD = "benchmark-password"
NOW = datetime.fromisoformat("2026-06-10T09:30:00+08:00")
ADDRESSES = {
    "待签收": "/desk?box=pool",
    "待我处理": "/desk",
    "超承诺": "/desk?box=pool&lamp=red",
    "一个事项": "/desk?box=pool&matter=GH02",
    "没有的事项": "/desk?box=pool&matter=TZ01",
    "编号": "/desk?box=pool&q=GH02-2026-4",
    "申请人": "/desk?box=pool&q=虚构之名",
    "第二页": "/desk?box=pool&after={after}",
    "轮询": "/desk/rows?box=pool",
    "办件": "/cases",
    "办件，查无": "/cases?q=虚构之名",
}


def main() -> None:
    tasks = int(sys.argv[1]) if len(sys.argv) > 1 else TASKS
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for url in urls:
            measure(url, Path(folder), tasks)


@contextmanager
def databases(folder: Path) -> Iterator[list[str]]:
    cluster = Cluster.start()
    cluster.sql("CREATE DATABASE worklist")
    try:
        yield [f"sqlite:///{folder / 'worklist.db'}", cluster.url("worklist")]
    finally:
        cluster.stop()


def measure(url: str, folder: Path, tasks: int) -> None:
    database = Database.open(url)
    migrate(database)
    fill(database, FOUNDED)
    hall = Hall(database, NOW)
    last = lay_out(hall, tasks)
    with database.writing() as tx:
        set_password(tx, officer_by_login(tx, "zhao").id, PASSWORD)
    app = create_app(Settings(home=folder, database=url), database, lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/sign-in", data={"login": "zhao", "password": PASSWORD})
    set_aside()  # as the server does before it answers anybody
    print(f"\n{database.dialect}, {tasks} 个任务，{ROUNDS} 次，毫秒")
    for name, address in ADDRESSES.items():
        took, busy = zip(*[timed(client, address.format(after=last)) for _ in range(ROUNDS + 1)][1:], strict=True)
        middle = statistics.median
        print(f"  {name:　<6} 中位 {middle(took):6.1f}  最慢 {max(took):6.1f}  处理器 {middle(busy):6.1f}")
    database.close()


def timed(client: Any, address: str) -> tuple[float, float]:
    """Milliseconds on the clock, and milliseconds of processor."""
    began, busy = time.perf_counter(), time.process_time()
    answer = client.get(address)
    took = (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000
    assert answer.status_code == 200, (address, answer.status_code)
    return took


# ---------------------------------------------------------------- many cases out of one
def lay_out(hall: Hall, tasks: int) -> int:
    """Copy one accepted case until there are so many tasks. Returns the task in the middle of the order."""
    case_id = hall.accepted()
    case, clocks = hall.case(case_id), hall.rows(tables.clocks, case_id)
    task = hall.task(case_id, "review")
    zhao, office_time = hall.officer("zhao"), hall.time
    running = {r.kind: Clock.from_json(r.clock) for r in clocks if r.state == "running"}
    cases, made, rows, parts = [], [], [], []

    @cache
    def standing(shift: int, paused: bool) -> dict[str, dict[str, Any]]:
        return _standing(running, timedelta(shift), office_time, paused=paused)

    for n in range(1, tasks):
        one = case_id + n
        shift = n * 7 % 140 - (20 if n % 50 == 0 else 0)
        mine = n % 10 == 0
        cases.append(_copy(case, id=one, case_no=f"GH02-2026-{90000 + n}", applicant_name=f"临州第 {n} 号有限公司"))
        parts.append({"case_id": one, "department_id": task.department_id})
        state = standing(shift, n % 10 == 5)
        for kind, values in state.items():
            subject = f"task:{task.id + n}" if kind == "step" else ""
            made.append({"case_id": one, "kind": kind, "subject": subject, "state": "running", **values})
        lamps = {v["lamp"] for v in state.values()}
        gravest = next(g for g in ("dark_red", "red", "yellow", "grey", "green") if g in lamps)
        claimed = {"state": "claimed", "officer_id": zhao.id, "claimed_at": NOW} if mine else {}
        due_on = min(v["due_on"] for v in state.values())
        rows.append(_copy(task, id=task.id + n, case_id=one, lamp=gravest, due_on=due_on, **claimed))
    with hall.database.writing() as tx:
        for table, values in (
            (tables.cases, cases),
            (tables.case_departments, parts),
            (tables.clocks, made),
            (tables.tasks, rows),
        ):
            for start in range(0, len(values), 5000):
                tx.execute(table.insert(), values[start : start + 5000])
        if tx.dialect == "postgresql":  # its own daemon would have looked at the tables long ago
            tx.execute(sa.text("ANALYZE"))
    ordered = sorted(rows, key=lambda r: r["due_on"])
    return int(ordered[len(ordered) // 2]["id"])


def _copy(row: Any, **changes: Any) -> dict[str, Any]:
    return {**row._mapping, **changes}


def _standing(running: Mapping[str, Clock], shift: timedelta, time: Any, *, paused: bool) -> dict[str, dict[str, Any]]:
    """The clocks of a case that was accepted so many days later than the one that is copied."""
    found = {}
    for kind, clock in running.items():
        moved = replace(clock, started_on=_working(clock.started_on + shift, time))
        shown = lamp(moved, time, NOW)
        due = moved.due(time)
        grey = paused and shown.lamp == "green"
        found[kind] = {
            "clock": moved.to_json(),
            "due_on": due.on if due else None,
            "due_at": moved.due_at(time),
            "provisional": bool(due and due.provisional),
            "lamp": "grey" if grey else shown.lamp,
            "alert_at": shown.next_at,
        }
    return found


def _working(on: date, time: Any) -> date:
    return time.next_working_day(on - timedelta(1)).on


if __name__ == "__main__":
    main()
