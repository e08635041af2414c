"""How long an officer waits for his worklist, for a case list and for a search, with a million tasks lying about.

    .venv/bin/python -m benchmarks.worklist [--tasks N] [--quick] [--pages] [--db sqlite|postgresql]

Method. The demo hall is filled into a temporary database, on SQLite and on a private PostgreSQL; one real case of GH02 is
filed and accepted through the engine, and the database itself copies its rows until TASKS (1,000,000) open tasks lie there,
each of a case of its own with its promised, its statutory and its step clock: nine in ten in the pool of the window of 自然资源
where zhao sits (the worst case: one pool holds them all), a tenth claimed by him. Due days are spread over twenty weeks, a
fiftieth is late, a tenth paused; applicants are persons and companies with names of their own. Then what pages and API ask
of the rooms is asked ROUNDS times with his rights, each time in a reading transaction of its own, which is part of what is
timed: a page of fifty with its groups, its sums and what each clock says; the page behind it deep in the list; the counts of
every box; the list of cases; searches for what is rare, common, short, old and none; lists narrowed by what few of them have:
every 王 is on his desk and none in the pool, a number begun stands in no order with the days. The first rounds, which compile
statements, are left out. With `--pages` the same is asked of the application through its test client, as the pages are.
Nothing is asserted; the statements and their plans are held by tests/reports.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.app import create_app, set_aside
from api.demo import fill
from engine.clock import Clock, Lamp, OfficeTime, lamp
from engine.config import Settings
from engine.diagrams import StepKind
from engine.people import officer_by_login
from engine.people.sign_in import set_password
from engine.reports import (
    Asked,
    Box,
    CasesAsked,
    boxes,
    case_list,
    cases_page,
    choices,
    standing,
    worklist,
    worklist_page,
)
from engine.reports.desks import Place
from engine.store import Database, Tx, migrate, tables
from tests.hall import FOUNDED, Hall
from tests.postgres import Cluster

TASKS = 1_000_000
QUICK = 20_000
ROUNDS = 40
WARM = 5
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
Question = Callable[[Tx], Any]


def main() -> None:
    asked = argparse.ArgumentParser(description="worklist, case list and search over many tasks")
    asked.add_argument("--tasks", type=int, default=TASKS)
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--pages", action="store_true")
    asked.add_argument("--db", choices=("sqlite", "postgresql"))
    given = asked.parse_args()
    for row in measure(given.quick, given.tasks, db=given.db, pages=given.pages, tell=print):
        print(
            f"{row['db']:<11}{row['name']:<32}median {row['median_ms']:8.2f}  p95 {row['p95_ms']:8.2f}  "
            f"least {row['least_ms']:8.2f}  own processor {row['cpu_ms']:8.2f} ms"
        )


def measure(
    quick: bool,
    tasks: int = TASKS,
    *,
    db: str | None = None,
    pages: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """A row for every question on each database. least_ms: of all rounds, what a machine takes that does nothing else; cpu_ms: the
    median of the processor time of the program itself, without that of a PostgreSQL server."""
    lying, rows = QUICK if quick else tasks, list[dict[str, Any]]()
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder), db) as urls:
        for url in urls:
            began = time.perf_counter()
            database = laid_out(url, lying)
            tell(f"{database.dialect}: {lying} tasks laid out in {time.perf_counter() - began:.0f} s")
            found = asked_of_pages(database, Path(folder)) if pages else asked_of_rooms(database)
            rows += [
                {"name": name, "db": database.dialect, "tasks": lying, **spread(times)} for name, times in found.items()
            ]
            database.close()
    return rows


@contextmanager
def databases(folder: Path, only: str | None) -> Iterator[list[str]]:
    if only == "sqlite":
        yield [f"sqlite:///{folder / 'worklist.db'}"]
        return
    cluster = Cluster.start()
    cluster.sql("CREATE DATABASE worklist")
    found = [cluster.url("worklist")]
    try:
        yield found if only else [f"sqlite:///{folder / 'worklist.db'}", *found]
    finally:
        cluster.stop()


Times = list[tuple[float, float]]
"""Milliseconds on the clock, and milliseconds of processor."""


def spread(times: Times) -> dict[str, float]:
    took, busy = (sorted(some) for some in zip(*times, strict=True))
    return {
        "median_ms": round(statistics.median(took), 3),
        "p95_ms": round(took[int(len(took) * 0.95)], 3),
        "least_ms": round(took[0], 3),
        "cpu_ms": round(statistics.median(busy), 3),
        "times": len(took),
    }


def timed(question: Callable[[], Any]) -> tuple[float, float]:
    began, busy = time.perf_counter(), time.process_time()
    question()
    return (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000


# ---------------------------------------------------------------- what is asked
def asked_of_rooms(database: Database) -> dict[str, Times]:
    """Every question in rounds of its own: whoever reads a list reads the next page of the same list."""

    def ask(question: Question) -> None:
        with database.reading() as tx:
            question(tx)

    return {
        name: [timed(lambda question=question: ask(question)) for _ in range(WARM + ROUNDS)][WARM:]  # type: ignore[misc]
        for name, question in _questions(database)
    }


def _questions(database: Database) -> Iterator[tuple[str, Question]]:
    with database.reading() as tx:
        zhao, zheng = officer_by_login(tx, "zhao"), officer_by_login(tx, "zheng")
        t = tables.tasks
        stands = sa.select(t.c.id, t.c.lamp, t.c.due_on)
        seen = tx.row(stands.where(t.c.due_on > date(2026, 7, 20), t.c.state == "open").order_by(t.c.id).limit(1))
        assert seen is not None
        deep = Place.of(seen.id, seen.lamp, seen.due_on).cursor
        somebody = tx.row(sa.select(tables.cases).where(tables.cases.c.id == 5_003))
    assert somebody is not None
    pool = Asked(Box.POOL)
    yield "worklist page and counts", lambda tx: worklist_page(tx, zhao, NOW, pool, limit=50)
    yield "worklist page", lambda tx: worklist(tx, zhao, NOW, pool, limit=50)
    yield "worklist page, deep", lambda tx: worklist(tx, zhao, NOW, pool, limit=50, after=deep)
    yield "worklist page, deep, counts", lambda tx: worklist_page(tx, zhao, NOW, pool, limit=50, after=deep)
    yield "worklist page of mine", lambda tx: worklist_page(tx, zhao, NOW, Asked(Box.MINE), limit=50)
    yield "worklist unchanged", lambda tx: standing(tx, zhao, NOW, pool, limit=101)
    yield "worklist boxes", lambda tx: boxes(tx, zhao, NOW)
    yield "worklist choices", lambda tx: choices(tx, zhao, NOW, Box.POOL)
    for name, narrowed in {
        "name": replace(pool, query="白鹿"),
        "matter": replace(pool, matter="GH02"),
        # the worst: looked for among many that do not have it
        "a kind that none has": replace(pool, kind=StepKind.INTAKE),
        "a common name": replace(pool, query="有限公司"),
        "a name rare in its pool": replace(pool, query="王"),
        "one character": replace(pool, query="鹿"),
        "three characters": replace(pool, query="临州白"),
        "a number, begun": replace(pool, query=somebody.case_no[:12]),
    }.items():
        yield (
            f"worklist narrowed by {name}",
            lambda tx, narrowed=narrowed: worklist_page(tx, zhao, NOW, narrowed, limit=50, further=50),
        )
    mine = Asked(Box.MINE, query="临州白")
    yield (
        "worklist of mine narrowed by three characters",
        lambda tx: worklist_page(tx, zhao, NOW, mine, limit=50, further=50),
    )
    yield "case list", lambda tx: cases_page(tx, zheng, NOW, CasesAsked(), limit=50)
    yield "case list of a department", lambda tx: case_list(tx, zhao, CasesAsked(), limit=50)
    yield "case list, red", lambda tx: case_list(tx, zheng, CasesAsked(lamp=Lamp.RED), limit=50)
    for name, query in {
        "number": somebody.case_no,
        "number, begun": somebody.case_no[:12],
        "number, begun with all": "GH02-2026",
        "applicant": somebody.applicant_name,
        "applicant, part": somebody.applicant_name[1:5],
        "common name": "有限公司",
        "two characters": "白鹿",
        "one character": "王",
        "one rare character": "龘",
        "matter": "用地规划",
        "matter without cases": "施工图",
        "three characters": "临州白",
        "nobody": "虚构之名",
    }.items():
        asked = CasesAsked(query)
        yield f"search {name}", lambda tx, asked=asked: case_list(tx, zheng, asked, limit=50)
        if name in ("number, begun with all", "common name", "three characters"):
            red = CasesAsked(query, lamp=Lamp.RED)
            yield f"search {name}, red", lambda tx, red=red: cases_page(tx, zheng, NOW, red, limit=50)
        if name in ("applicant", "common name", "nobody"):
            yield f"search {name}, department", lambda tx, asked=asked: case_list(tx, zhao, asked, limit=50)


def asked_of_pages(database: Database, folder: Path) -> dict[str, Times]:
    """The whole way through session, queries, clocks and template, without the network."""
    with database.writing() as tx:
        set_password(tx, officer_by_login(tx, "zhao").id, PASSWORD)
    with database.reading() as tx:
        last = worklist_page(tx, officer_by_login(tx, "zhao"), NOW, Asked(Box.POOL), limit=50).next
    app = create_app(Settings(home=folder, database=str(database.engine.url)), database, lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/sign-in", data={"login": "zhao", "password": PASSWORD})
    set_aside()  # as the server does before it answers anybody
    took: dict[str, Times] = {}
    for name, address in ADDRESSES.items():
        where = address.format(after=last)
        took[name] = [timed(lambda where=where: client.get(where)) for _ in range(WARM + ROUNDS)][WARM:]  # type: ignore[misc]
        assert client.get(where).status_code == 200, where
    return took


# ---------------------------------------------------------------- many cases out of one
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文建国志海春梅龙凤云雪山水天地东南西北松柏竹兰菊荷莲瑞祥福禄寿喜安康宁"
    "泰和顺达通利盈丰裕昌盛兴隆恒久永固诚信义仁德贤良忠孝廉洁智慧聪颖博雅清正思远怀谦若愚守拙白鹿青鸾"
)
TRADES = ("制药", "建设", "物流", "食品", "机械", "电子", "能源", "置业", "环保", "农业", "化工", "纺织", "商贸")
_NAMES = "ix_case_names_pieces"
PERIOD = 700  # after so many cases the days and lamps come again


def laid_out(url: str, tasks: int) -> Database:
    """The hall with so many open tasks, as its own daemons would leave it: with statistics, and nothing left to clean up."""
    database = Database.open(url)
    migrate(database)
    fill(database, FOUNDED)
    hall = Hall(database, NOW)
    case_id = hall.accepted()
    task, zhao = hall.task(case_id, "review"), hall.officer("zhao")
    variants = list(_variants(hall, case_id))
    database.close()
    with _bulk(url) as connection:
        _copy_all(connection, case_id, task.id, zhao.id, tasks, variants)
    return Database.open(url)


@contextmanager
def _bulk(url: str) -> Iterator[sa.Connection]:
    """A connection that writes without care; indexes are made anew when all rows are there."""
    engine = sa.create_engine(url)
    many = (tables.cases, tables.case_departments, tables.clocks, tables.tasks)
    indexes = [index for table in many for index in table.indexes]
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            for pragma in ("journal_mode=DELETE", "journal_mode=OFF", "synchronous=OFF", "cache_size=-200000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            pieces = ""
        else:
            pieces = connection.exec_driver_sql(
                "SELECT indexdef FROM pg_indexes WHERE indexname = %s", (_NAMES,)
            ).scalar_one()
            connection.exec_driver_sql(f"DROP INDEX {_NAMES}")
            connection.exec_driver_sql("SET maintenance_work_mem = '256MB'")
        for index in indexes:
            index.drop(connection)
        yield connection
        if pieces:
            connection.exec_driver_sql(pieces)
        for index in indexes:
            index.create(connection)
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def _copy_all(
    connection: sa.Connection,
    case_id: int,
    task_id: int,
    officer_id: int,
    tasks: int,
    variants: list[dict[str, Any]],
) -> None:
    t = tables
    kept = sa.Table(
        "variants",
        sa.MetaData(),
        sa.Column("v", sa.Integer),
        *(sa.Column(c.name, c.type) for c in t.clocks.c if c.name not in ("id", "case_id", "subject", "state")),
        sa.Column("task_lamp", t.tasks.c.lamp.type),
        sa.Column("task_due_on", sa.Date),
        prefixes=["TEMPORARY"],
    )
    kept.create(connection)
    connection.execute(kept.insert(), variants)
    series = _series(connection.dialect.name, tasks)
    n = series.c.n
    mine = n % 10 == 0
    _copy(
        connection,
        t.cases,
        case_id,
        series,
        id=case_id + n,
        case_no="GH02-2026-" + sa.cast(n + 1_000_000, sa.Text),
        applicant_name=_name(n),
    )
    part = t.case_departments
    known = sa.select(case_id + n, part.c.department_id).select_from(series.join(part, sa.true()))
    connection.execute(part.insert().from_select(["case_id", "department_id"], known.where(part.c.case_id == case_id)))
    of = sa.select(kept.c.v, kept.c.task_lamp, kept.c.task_due_on).distinct().subquery()
    _copy(
        connection,
        t.tasks,
        task_id,
        series.join(of, of.c.v == n % PERIOD),
        id=task_id + n,
        case_id=case_id + n,
        lamp=of.c.task_lamp,
        due_on=of.c.task_due_on,
        state=sa.case((mine, "claimed"), else_="open"),
        officer_id=sa.case((mine, officer_id), else_=sa.null()),
        claimed_at=sa.case((mine, sa.literal(NOW, t.tasks.c.claimed_at.type)), else_=sa.null()),
    )
    subject = sa.case((kept.c.kind == "step", "task:" + sa.cast(task_id + n, sa.Text)), else_="")
    running = ["kind", "clock", "due_on", "due_at", "provisional", "lamp", "alert_at"]
    made = sa.select(case_id + n, subject, sa.literal("running"), *(kept.c[name] for name in running))
    made = made.select_from(series.join(kept, kept.c.v == n % PERIOD))
    connection.execute(t.clocks.insert().from_select(["case_id", "subject", "state", *running], made))


def _series(dialect: str, upto: int) -> Any:
    if dialect == "postgresql":
        return (
            sa.func.generate_series(1, upto - 1)
            .table_valued(sa.column("n", sa.Integer), name="series")
            .render_derived()
        )
    counted = sa.select(sa.literal(1).label("n")).cte("series", recursive=True)
    return counted.union_all(sa.select(counted.c.n + 1).where(counted.c.n < upto - 1))


def _copy(connection: sa.Connection, table: sa.Table, row_id: int, source: Any, **changes: Any) -> None:
    """One row as often as the source has rows, with these columns changed."""
    one = table.alias("one")
    columns = [changes.get(c.name, one.c[c.name]) for c in table.c]
    many = sa.select(*columns).select_from(source.join(one, one.c.id == row_id))
    connection.execute(table.insert().from_select([c.name for c in table.c], many))


def _name(n: Any) -> sa.ColumnElement[str]:
    """A third are persons, the others companies."""

    def of(text: str, step: int) -> sa.ColumnElement[str]:
        return _letter(text, n * step)

    trade = sa.case(dict(enumerate(TRADES)), value=(n * 31) % len(TRADES), else_="")
    given = of(GIVEN, 17) + _letter(GIVEN, n // 7)
    person = of(SURNAMES, 11) + given
    company = "临州" + given + of(GIVEN, 53) + trade + "有限公司"
    return sa.case((n % 3 == 0, person), else_=company)


def _letter(text: str, at: Any) -> sa.ColumnElement[str]:
    return sa.func.substr(text, at % len(text) + 1, 1, type_=sa.Text)


def _variants(hall: Hall, case_id: int) -> Iterator[dict[str, Any]]:
    """How the three clocks of a case stand that was accepted earlier or later."""
    clocks, time = hall.rows(tables.clocks, case_id), hall.time
    running = {r.kind: Clock.from_json(r.clock) for r in clocks if r.state == "running"}
    for v in range(PERIOD):
        shift = v * 37 % 140 - (140 if v % 50 == 1 else 0)  # not one of every tenth, which he has claimed
        state = _standing(running, timedelta(shift), time, paused=v % 10 == 5)
        lamps = {one["lamp"] for one in state.values()}
        gravest = next(g for g in ("dark_red", "red", "yellow", "grey", "green") if g in lamps)
        due_on = min(one["due_on"] for one in state.values())
        for kind, values in state.items():
            yield {"v": v, "kind": kind, **values, "task_lamp": gravest, "task_due_on": due_on}


def _standing(
    running: Mapping[str, Clock], shift: timedelta, time: OfficeTime, *, paused: bool
) -> dict[str, dict[str, Any]]:
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


def _working(on: date, time: OfficeTime) -> date:
    return time.next_working_day(on - timedelta(1)).on


if __name__ == "__main__":
    main()
