"""Cases found by number, applicant, project and matter: all of them once, page after page, and only what the asker may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import Lamp
from engine.people import Officer
from engine.reports import Asked, Box, CasesAsked, boxes, case_list, case_list_part, worklist_page
from engine.store import Cursor, CursorNotUnderstood, Database, Prepared, Tx, tables
from tests.hall import Hall

NAMES = ("王强", "临州白鹿制药有限公司", "李白鹿", "临州 50%_建材有限公司", "ABC 物流")
C, T = tables.cases, tables.tasks


def filled(hall: Hall, n: int) -> Hall:
    """So many cases of one, every one with a task in zhao's pool; every tenth is held by no department but another's."""
    case_id = hall.at("2026-03-02").file("GH02").case_id
    with hall.database.writing() as tx:
        case = tx.execute(sa.select(C).where(C.c.id == case_id)).one()._mapping
        task = tx.execute(sa.select(T).where(T.c.case_id == case_id)).one()._mapping
        part = tables.case_departments
        other = tx.value(sa.select(tables.departments.c.id).where(tables.departments.c.code == "hurd").limit(1))
        held = tx.value(sa.select(part.c.department_id).where(part.c.case_id == case_id))
        clocks = [r._mapping for r in tx.rows(sa.select(tables.clocks).where(tables.clocks.c.case_id == case_id))]
        cases, tasks, parts, running = [], [], [], []
        for i in range(1, n):
            name, project = NAMES[i % len(NAMES)], "LZ-2026-777" if i % 7 == 0 else None
            number = f"GH02-{2025 if i % 3 else 2026}-{10000 + i}"
            cases.append({**case, "id": 1000 + i, "case_no": number, "applicant_name": name, "project_code": project})
            lamp = ("green", "red", "yellow", "green", "grey", "dark_red")[i % 6]
            due_on = None if i % 50 == 0 else task["due_on"] + timedelta(i % 11)
            tasks.append({**task, "id": 1000 + i, "case_id": 1000 + i, "lamp": lamp, "due_on": due_on})
            parts.append({"case_id": 1000 + i, "department_id": other if i % 10 == 0 else held})
            for one in clocks:
                subject = f"task:{1000 + i}" if one["kind"] == "step" else one["subject"]
                running.append({**one, "id": 10_000 * (1 + i) + one["id"], "case_id": 1000 + i, "subject": subject})
        tx.execute(C.insert(), cases)
        tx.execute(T.insert(), tasks)
        tx.execute(part.insert(), parts)
        tx.execute(tables.clocks.insert(), running)
    return hall


@pytest.fixture(scope="module")
def full(shared_hall: Hall) -> Hall:
    return filled(shared_hall, 80)


def turned(tx: Tx, who: Officer, asked: CasesAsked, limit: int) -> list[int]:
    found, after = [], ""
    while True:
        lines, after = case_list_part(tx, who, asked, limit=limit, after=after)
        found += [line.id for line in lines]
        if not after:
            return found


TEXTS = (
    *("GH02", "gh02-2026-1001", "白鹿", "白", "有限公司", "50%_", "abc", "LZ-2026-777", "用地规划", "没有这个人", "_"),
)


def meant(tx: Tx, who: str, text: str) -> set[int]:
    """Said once more without an index."""
    m = tables.matters
    rows = tx.rows(
        sa.select(C.c.id, C.c.case_no, C.c.applicant_name, C.c.project_code, m.c.name).join(m, m.c.id == C.c.matter_id)
    )
    return {
        r.id
        for r in rows
        if (who == "zheng" or r.id < 1000 or r.id % 10)
        and (
            r.case_no.startswith(text.upper())
            or text.lower() in r.applicant_name.lower()
            or r.project_code == text
            or text in r.name
        )
    }


@pytest.mark.parametrize("few", [0, 5000])
@pytest.mark.parametrize("text", TEXTS)
def test_all_that_is_meant_is_found_once_on_pages_of_any_size(
    full: Hall, text: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether few cases are seen and all are looked at, or many and each index is asked: the same in the same order."""
    monkeypatch.setattr("engine.reports.search.FEW_SEEN", few)
    for login in ("zheng", "zhao"):
        with full.database.reading() as tx:
            whole = turned(tx, full.officer(login), CasesAsked(text), 200)
            assert sorted(whole) == sorted(meant(tx, login, text))
            assert turned(tx, full.officer(login), CasesAsked(text), 9) == whole


def test_what_a_text_asks_was_written_for_another(full: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many it finds, and whatever else is asked of the cases: no statement is made or compiled anew."""
    written: list[Any] = []
    make = Prepared.__init__
    who = [full.officer(login) for login in ("zheng", "zhao")]

    def made(self: Prepared, statement: Any) -> None:
        written.append(statement)
        make(self, statement)

    def ask(text: str) -> None:
        with full.database.reading() as tx:
            for officer in who:
                case_list(tx, officer, CasesAsked(text), limit=9)
                case_list(tx, officer, CasesAsked(text, lamp=Lamp.RED), limit=9)
            worklist_page(tx, who[1], full.now, Asked(Box.POOL, query=text), limit=9)
            worklist_page(tx, who[1], full.now, Asked(Box.POOL, query=text, matter="GH02"), limit=9)

    ask("没有这个人")
    ask("李白鹿")
    monkeypatch.setattr(Prepared, "__init__", made)
    listening = (full.database.engine, "before_execute", lambda _, statement, *__: written.append(statement))
    sa.event.listen(*listening)
    for text in ("白鹿", "有限公司", "临州 50%_建材有限公司"):
        ask(text)
    sa.event.remove(*listening)
    assert written == []


def test_numbers_come_first_the_greatest_before(full: Hall) -> None:
    with full.database.reading() as tx:
        numbers = [
            line.case_no for line in case_list(tx, full.officer("zheng"), CasesAsked("GH02-2026-100"), limit=200)
        ]
        assert numbers == sorted(numbers, reverse=True)
        first = case_list(tx, full.officer("zheng"), CasesAsked("GH02-2025"), limit=1)
        assert first[0].case_no == "GH02-2025-10079"


def test_who_may_not_see_a_case_does_not_find_it(full: Hall) -> None:
    with full.database.reading() as tx:
        for login in ("li", "wu", "feng"):
            for text in ("王强", "GH02", "白", "用地规划", "LZ-2026-777"):
                assert case_list(tx, full.officer(login), CasesAsked(text)) == [], (login, text)


@pytest.mark.parametrize("cursor", ["x", "ZGVzay4xLjIu", "Zm91bmQuOS4xLg", Cursor("found", 0, 1, text="GH\0").written])
def test_a_cursor_of_another_list_is_refused(full: Hall, cursor: str) -> None:
    with full.database.reading() as tx:
        for asked in (CasesAsked(), CasesAsked("王")):
            with pytest.raises(CursorNotUnderstood):
                case_list(tx, full.officer("zheng"), asked, after=cursor)


# ---------------------------------------------------------------- while rows change
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(1, 40),
    moves=st.lists(st.tuples(st.integers(1, 79), st.sampled_from(["due", "lamp", "claim"])), min_size=1, max_size=25),
    lamp=st.sampled_from([None, Lamp.GREEN, Lamp.RED]),
)
def test_what_stays_where_it_is_comes_exactly_once_while_others_move(
    full: Hall, limit: int, moves: list[tuple[int, str]], lamp: Lamp | None
) -> None:
    zhao, asked = full.officer("zhao"), Asked(Box.POOL, lamp=lamp)
    moving, todo = {1000 + n for n, _ in moves}, list(moves)
    with full.database.reading() as tx:
        still = [x.id for x in worklist_page(tx, zhao, full.now, asked, limit=200).lines if x.id not in moving]
    kept: list[Any] = []
    came, after = [], ""
    try:
        while True:
            with full.database.writing() as tx:
                for n, how in (todo.pop() for _ in range(min(len(todo), 3))):
                    row = tx.execute(sa.select(T).where(T.c.id == 1000 + n)).one()._mapping
                    kept.append(dict(row))
                    changed: dict[str, Any] = {
                        "due": {"due_on": full.now.date() + timedelta(n % 30)},
                        "lamp": {"lamp": "red" if row["lamp"] == "green" else "green"},
                        "claim": {"state": "claimed", "officer_id": zhao.id, "claimed_at": full.now},
                    }[how]
                    tx.execute(T.update().where(T.c.id == 1000 + n).values(**changed))
            with full.database.reading() as tx:
                shown = worklist_page(tx, zhao, full.now, asked, limit=limit, after=after)
            came += [line.id for line in shown.lines]
            after = shown.next
            if not after:
                break
    finally:
        with full.database.writing() as tx:
            for row in reversed(kept):
                tx.execute(T.update().where(T.c.id == row.pop("id")).values(**row))
    assert [task_id for task_id in came if task_id not in moving] == still


# ---------------------------------------------------------------- how it is found
def planned(database: Database, ask: Any) -> list[tuple[str, list[str]]]:
    """The statements of one question, each with its plan."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters if isinstance(parameters, dict) else tuple(parameters)))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    with database.reading() as tx:
        ask(tx)
    sa.event.remove(database.engine, "before_cursor_execute", note)
    word = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    with database.engine.connect() as connection:
        if database.dialect == "postgresql":  # so few rows it would rather read whole where it has no need to
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [
            (statement, [str(row[-1]) for row in connection.exec_driver_sql(f"{word} {statement}", parameters)])
            for statement, parameters in asked
        ]


def test_no_list_and_no_search_goes_through_a_table(hall: Hall) -> None:
    """With some thousand rows and statistics: every way into the big tables is an index."""
    filled(hall, 3000)
    with hall.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    zhao, zheng = hall.officer("zhao"), hall.officer("zheng")
    questions = [
        lambda tx: worklist_page(tx, zhao, hall.now, Asked(Box.POOL)),
        lambda tx: worklist_page(tx, zhao, hall.now, Asked(Box.MINE)),
        lambda tx: boxes(tx, zhao, hall.now),
        lambda tx: case_list(tx, zheng),
        lambda tx: case_list(tx, zhao),
        *(
            lambda tx, text=text: case_list(tx, zheng, CasesAsked(text))
            for text in ("GH02-2025-102", "李白鹿", "白鹿", "没有这个人", "LZ-2026-777", "用地规划", "施工图")
        ),
    ]
    scans = [
        f"{word} {table}"
        for table in ("cases", "tasks", "clocks", "case_departments")
        for word in ("SCAN", "Seq Scan on")
    ]
    for ask in questions:
        for statement, plan in planned(hall.database, ask):
            told = [step for step in plan if any(step.strip(" ->").startswith(scan) for scan in scans)]
            read_in_order = [step for step in told if "USING" in step and "LIMIT" in statement]
            assert [step for step in told if step not in read_in_order] == [], (statement, plan)
    for text in ("用地规划", "施工图"):  # by its key all of a table is gone through, too
        of_matter = planned(hall.database, lambda tx, text=text: case_list(tx, zheng, CasesAsked(text)))
        assert [plan for _, plan in of_matter if "cases USING INTEGER PRIMARY KEY (rowid<" in str(plan)] == []
        assert [plan for _, plan in of_matter if "cases USING INTEGER PRIMARY KEY (rowid>" in str(plan)] == []
    one_case = Asked(Box.POOL, query="GH02-2025-10200")
    told_of_one = planned(hall.database, lambda tx: worklist_page(tx, zhao, hall.now, one_case))
    assert any("tasks" in statement for statement, _ in told_of_one)
    assert [plan for _, plan in told_of_one if "ix_tasks_pool_due" in str(plan)] == [], "few cases: no pool is read"
